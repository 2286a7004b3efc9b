package main

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPluginVersion(t *testing.T) {
	t.Parallel()
	for pep440, semver := range map[string]string{
		"5.5.3":            "5.5.3",
		"1":                "1.0.0",
		"1.0":              "1.0.0",
		"1.2.3.4":          "1.2.3.4",
		"3.31.0a160518":    "3.31.0-alpha.160518",
		"1.2.3b4":          "1.2.3-beta.4",
		"1.2.3rc4":         "1.2.3-rc.4",
		"1.2.3.post4":      "1.2.3+post4",
		"1.2.3.dev5":       "1.2.3+dev5",
		"1.2.3.post4.dev5": "1.2.3+post4dev5",
		"1.2rc1.post2":     "1.2.0-rc.1+post2",
	} {
		got, err := pluginVersion(pep440)
		require.NoError(t, err, pep440)
		assert.Equal(t, semver, got, pep440)
	}
	for _, none := range []string{"", "1!2.0", "1.2.3+local", "1.2.x", "v1.2.3", "1.2.3rc", "1..2", "1.２.3"} {
		_, err := pluginVersion(none)
		require.Error(t, err, none)
	}
}

func TestRequiredPackage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pkg  pythonPackage
		want *pulumirpc.PackageDependency
	}{
		"by its file": {
			pythonPackage{"pulumi-openstack", "5.5.3", &plugin.PulumiPluginJSON{
				Resource: true, Name: "openstack", Version: "5.5.3", Server: "https://plugins.example",
			}},
			&pulumirpc.PackageDependency{
				Kind: "resource", Name: "openstack", Version: "v5.5.3", Server: "https://plugins.example",
			},
		},
		"by its name and version": {
			pythonPackage{"pulumi-random", "4.19.0rc1", nil},
			&pulumirpc.PackageDependency{Kind: "resource", Name: "random", Version: "v4.19.0-rc.1"},
		},
		"under a name of its own": {
			pythonPackage{"acme-cloud", "1.0", &plugin.PulumiPluginJSON{Resource: true, Name: "acme"}},
			&pulumirpc.PackageDependency{Kind: "resource", Name: "acme", Version: "v1.0.0"},
		},
		"parameterized": {
			pythonPackage{"pulumi-x", "1.0.0", &plugin.PulumiPluginJSON{
				Resource: true, Name: "terraform-provider", Version: "0.8.0",
				Parameterization: &plugin.PulumiParameterizationJSON{
					Name: "x", Version: "1.0.0", Value: []byte("{}"),
				},
			}},
			&pulumirpc.PackageDependency{
				Kind: "resource", Name: "terraform-provider", Version: "v0.8.0",
				Parameterization: &pulumirpc.PackageParameterization{
					Name: "x", Version: "1.0.0", Value: []byte("{}"),
				},
			},
		},
		"a library":                {pythonPackage{"pulumi-tls-self", "1", &plugin.PulumiPluginJSON{}}, nil},
		"a policy package":         {pythonPackage{"pulumi-policy", "1.20.0", nil}, nil},
		"a version with no plugin": {pythonPackage{"pulumi-kafka", "1.0+local", nil}, nil},
	} {
		assert.Equal(t, c.want, requiredPackage(c.pkg), name)
	}
}
