// Command pulumi-resource-openstack is the Pulumi resource provider for OpenStack.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"

	openstack "bentre.vn/infra/engine/provider-openstack"
)

//go:embed schema.json
var schema []byte

func main() {
	tfbridge.Main(openstack.Package, openstack.Version, openstack.Provider(), schema)
}
