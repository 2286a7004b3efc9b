module bentre.vn/infra/engine/provider-openstack

go 1.26.6

require (
	github.com/pulumi/pulumi-terraform-bridge/v3 v3.120.0
	github.com/pulumi/pulumi/pkg/v3 v3.218.0
	github.com/pulumi/pulumi/sdk/v3 v3.218.0
	github.com/terraform-provider-openstack/terraform-provider-openstack/v3 v3.4.0
)

// The bridge is written against Pulumi's fork of the plugin SDK, as its own go.mod says.
replace github.com/hashicorp/terraform-plugin-sdk/v2 => github.com/pulumi/terraform-plugin-sdk/v2 v2.0.0-20250923233607-7f1981c8674a
