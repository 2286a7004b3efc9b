// Command pulumi-tfgen-openstack prints the package's schema, which pulumi-resource-openstack embeds.
//
// It is no part of the build: it needs a third more packages than the provider itself.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"

	openstack "bentre.vn/infra/engine/provider-openstack"
)

func main() {
	spec, err := generate()
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(spec)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func generate() (schema.PackageSpec, error) {
	prov := openstack.Provider()
	if err := prov.P.InternalValidate(); err != nil {
		return schema.PackageSpec{}, fmt.Errorf("the Terraform provider is not valid: %w", err)
	}
	result, err := tfgen.GenerateSchemaWithOptions(tfgen.GenerateSchemaOptions{
		ProviderInfo:    prov,
		DiagnosticsSink: diag.DefaultSink(os.Stderr, os.Stderr, diag.FormatOptions{Color: colors.Never}),
		XInMemoryDocs:   true, // descriptions come from the Terraform schema, not from a clone of its docs
	})
	if err != nil {
		return schema.PackageSpec{}, fmt.Errorf("generating the schema: %w", err)
	}
	return result.PackageSpec, nil
}
