// Command pulumi-tfgen-openstack generates the provider's schema.json and bridge-metadata.json.
package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"

	openstack "bentre.vn/infra/engine/provider-openstack"
)

func main() {
	tfgen.Main(openstack.Package, openstack.Version, openstack.Provider())
}
