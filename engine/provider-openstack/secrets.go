package openstack

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// The Terraform provider marks most of its secrets "sensitive", and the bridge makes Pulumi secrets of those.
// The ones that it forgets stand here, so that they never reach a state file, a diff or a log in the clear.
//
// They are marked in the Terraform schema: a mark in the bridge's own SchemaInfo covers what a program passes
// in, not what the cloud answers.

const (
	// where the bridge keeps a resource's private data
	metaKey = "__meta"
	// where the Terraform SDK keeps the values that a StateFunc will replace
	newExtraKey = "_new_extra_shim"
)

// configSecrets are the provider's own settings.
var configSecrets = []string{
	"application_credential_secret",
	"key", // the client certificate's private key, as a path or as PEM text
	"token",
}

// resourceSecrets are fields of resources, one path a secret. A dot enters the elements of a list.
var resourceSecrets = map[string][]string{
	"openstack_compute_instance_v2": {
		"personality.content", // a file written into the guest
		"user_data",           // cloud-init: passwords, keys, tokens
	},
	"openstack_dns_transfer_accept_v2":   {"key"},
	"openstack_dns_transfer_request_v2":  {"key"},
	"openstack_objectstorage_account_v1": {"metadata"}, // Temp-URL-Key
	"openstack_objectstorage_container_v1": {
		"container_sync_key",
		"metadata", // Temp-URL-Key
	},
	"openstack_orchestration_stack_v1": {
		"environment_opts", // parameter defaults, passwords among them
		"outputs",          // generated passwords and keys
		"parameters",
	},
	"openstack_vpnaas_site_connection_v2": {"psk"},
}

// dataSourceSecrets is resourceSecrets for data sources.
var dataSourceSecrets = map[string][]string{
	"openstack_compute_instance_v2": {"user_data"},
}

// markSecrets marks what the Terraform provider forgets.
//
// Where a whole map is secret, so is each of its values: the engine loses the mark of a map as a whole when
// the program passed it in without one (annotateSecrets in Pulumi's pkg/resource/plugin).
func markSecrets(prov *schema.Provider) error {
	for _, name := range configSecrets {
		if err := markSensitive(prov.Schema, name); err != nil {
			return fmt.Errorf("provider: %w", err)
		}
	}
	for _, kind := range []struct {
		resources map[string]*schema.Resource
		secrets   map[string][]string
	}{{prov.ResourcesMap, resourceSecrets}, {prov.DataSourcesMap, dataSourceSecrets}} {
		for name, paths := range kind.secrets {
			for _, path := range paths {
				if err := markSensitive(kind.resources[name].Schema, path); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
		}
		for _, described := range kind.resources {
			markMapValues(described.Schema)
		}
	}
	return nil
}

func markSensitive(fields map[string]*schema.Schema, path string) error {
	name, rest, nested := strings.Cut(path, ".")
	field, ok := fields[name]
	if !ok {
		return fmt.Errorf("no field %q to mark as secret", name)
	}
	if !nested {
		field.Sensitive = true
		return nil
	}
	elements, ok := field.Elem.(*schema.Resource)
	if !ok {
		return fmt.Errorf("field %q has no fields of its own", name)
	}
	return markSensitive(elements.Schema, rest)
}

// hideNewExtra makes a secret of the bridge's private data where that holds what the program passed in: a planned
// resource keeps, in the clear, each value that Terraform stores as a hash (user_data), so a saved plan would, too.
func hideNewExtra(_ context.Context, outputs resource.PropertyMap) (resource.PropertyMap, error) {
	meta, ok := outputs[metaKey]
	if !ok || !meta.IsString() || !strings.Contains(meta.StringValue(), newExtraKey) {
		return outputs, nil
	}
	hidden := outputs.Copy()
	hidden[metaKey] = resource.MakeSecret(meta)
	return hidden, nil
}

func markMapValues(fields map[string]*schema.Schema) {
	for _, field := range fields {
		if field.Sensitive && field.Type == schema.TypeMap {
			// a map without a type of its values holds strings
			field.Elem = &schema.Schema{Type: schema.TypeString, Sensitive: true}
		}
		if elements, ok := field.Elem.(*schema.Resource); ok {
			markMapValues(elements.Schema)
		}
	}
}
