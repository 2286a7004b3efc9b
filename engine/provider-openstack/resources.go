// Package openstack describes the Terraform provider for OpenStack as the Pulumi package "openstack".
package openstack

import (
	"strings"
	"unicode"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/contract"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/v3/openstack"
)

// Package is the Pulumi package's name.
const Package = "openstack"

// Version is the release of the published SDK, pulumi-openstack, whose interface this provider has.
const Version = "5.5.3"

// configDefaults are the settings that Pulumi itself reads from the environment, so that they are
// recorded with the stack. The Terraform provider reads the other OS_* variables when it starts.
var configDefaults = map[string]string{
	"allow_reauth":  "OS_ALLOW_REAUTH",
	"cloud":         "OS_CLOUD",
	"delayed_auth":  "OS_DELAYED_AUTH",
	"endpoint_type": "OS_ENDPOINT_TYPE",
	"insecure":      "OS_INSECURE",
	"region":        "OS_REGION_NAME",
	"swauth":        "OS_SWAUTH",
}

// Provider returns the package: the Terraform provider, the Pulumi names of what is in it, and its secrets.
func Provider() tfbridge.ProviderInfo {
	upstream := openstack.Provider()
	contract.AssertNoErrorf(markSecrets(upstream), "the list of secrets does not fit the Terraform provider")
	prov := tfbridge.ProviderInfo{
		P:                       shimv2.NewProvider(upstream),
		Name:                    Package,
		Version:                 Version,
		Description:             "A Pulumi package for creating and managing OpenStack cloud resources.",
		Keywords:                []string{"pulumi", "openstack"},
		License:                 "Apache-2.0",
		GitHubOrg:               "terraform-provider-openstack",
		TFProviderModuleVersion: "v3",
		MetadataInfo:            tfbridge.NewProviderMetadata(nil),
		Config:                  map[string]*tfbridge.SchemaInfo{},
		Resources:               map[string]*tfbridge.ResourceInfo{},
		DataSources:             map[string]*tfbridge.DataSourceInfo{},
	}
	for name, variable := range configDefaults {
		prov.Config[name] = &tfbridge.SchemaInfo{Default: &tfbridge.DefaultInfo{EnvVars: []string{variable}}}
	}
	addResources(&prov)
	addDataSources(&prov)
	prov.SetAutonaming(255, "-")
	return prov
}

func addResources(prov *tfbridge.ProviderInfo) {
	for tfName, name := range resourceNames {
		prov.Resources[tfName] = &tfbridge.ResourceInfo{
			Tok:              tokens.Type(token(name)),
			TransformOutputs: hideNewExtra,
		}
	}
	// Pulumi's own name: `outputs` is what every resource of a stack has.
	prov.Resources["openstack_orchestration_stack_v1"].Fields = map[string]*tfbridge.SchemaInfo{
		"outputs": {Name: "StackOutputs"},
	}
	for tfName, former := range formerResourceNames {
		info := prov.Resources[tfName]
		prov.RenameResourceWithAlias(tfName, tokens.Type(token(former)), info.Tok,
			moduleFile(former), moduleFile(resourceNames[tfName]), info)
	}
}

func addDataSources(prov *tfbridge.ProviderInfo) {
	for tfName, name := range dataSourceNames {
		prov.DataSources[tfName] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(token(name))}
	}
	for tfName, former := range formerDataSourceNames {
		info := prov.DataSources[tfName]
		prov.RenameDataSource(tfName, tokens.ModuleMember(token(former)), info.Tok,
			moduleFile(former), moduleFile(dataSourceNames[tfName]), info)
	}
}

// token turns "compute:Instance" into "openstack:compute/instance:Instance".
func token(name string) string {
	_, member, _ := strings.Cut(name, ":")
	return Package + ":" + moduleFile(name) + ":" + member
}

// moduleFile turns "compute:Instance" into "compute/instance".
func moduleFile(name string) string {
	module, member, _ := strings.Cut(name, ":")
	return module + "/" + string(unicode.ToLower(rune(member[0]))) + member[1:]
}
