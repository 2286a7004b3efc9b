package openstack

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

// The Terraform provider marks most secrets "sensitive", and the bridge carries that over. The ones it
// forgets stand here, so that they never reach a state file, a diff or a log in the clear.

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

// markSecret marks the field at path, creating the entries on the way.
func markSecret(fields *map[string]*tfbridge.SchemaInfo, path ...string) {
	info := field(fields, path[0])
	if len(path) == 1 {
		info.Secret = tfbridge.True()
		return
	}
	if info.Elem == nil {
		info.Elem = &tfbridge.SchemaInfo{}
	}
	markSecret(&info.Elem.Fields, path[1:]...)
}

// field returns the entry of a Terraform field, creating it where there is none.
func field(fields *map[string]*tfbridge.SchemaInfo, name string) *tfbridge.SchemaInfo {
	if *fields == nil {
		*fields = map[string]*tfbridge.SchemaInfo{}
	}
	info, ok := (*fields)[name]
	if !ok {
		info = &tfbridge.SchemaInfo{}
		(*fields)[name] = info
	}
	return info
}
