package openstack

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/v3/openstack"
)

func TestToken(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "openstack:compute/instance:Instance", token("compute:Instance"))
	assert.Equal(t, "openstack:compute/getFlavor:getFlavor", token("compute:getFlavor"))
	assert.Equal(t, "openstack:bgpvpn/v2:V2", token("bgpvpn:V2"))
}

func TestEveryNameIsOfTheTerraformProvider(t *testing.T) {
	t.Parallel()
	prov := openstack.Provider()
	for _, names := range []map[string]string{resourceNames, formerResourceNames} {
		for name := range names {
			assert.Contains(t, prov.ResourcesMap, name)
		}
	}
	for _, names := range []map[string]string{dataSourceNames, formerDataSourceNames} {
		for name := range names {
			assert.Contains(t, prov.DataSourcesMap, name)
		}
	}
	// and nothing of it is left out
	assert.Len(t, resourceNames, len(prov.ResourcesMap))
	assert.Len(t, dataSourceNames, len(prov.DataSourcesMap))
}

func TestSecretsThatTheTerraformProviderForgets(t *testing.T) {
	t.Parallel()
	before, after := openstack.Provider(), openstack.Provider()
	require.NoError(t, markSecrets(after))

	assert.False(t, before.Schema["token"].Sensitive, "upstream marks it now: take it out of configSecrets")
	assert.True(t, after.Schema["token"].Sensitive)

	stack := after.ResourcesMap["openstack_orchestration_stack_v1"].Schema
	assert.True(t, stack["parameters"].Sensitive)
	assert.True(t, stack["outputs"].Sensitive)
	for name, paths := range resourceSecrets {
		for _, path := range paths {
			if field, ok := before.ResourcesMap[name].Schema[path]; ok {
				assert.False(t, field.Sensitive, "upstream marks %s.%s now: take it out", name, path)
			}
		}
	}
}

func TestMarkSensitiveNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	fields := openstack.Provider().ResourcesMap["openstack_compute_instance_v2"].Schema
	require.ErrorContains(t, markSensitive(fields, "no_such_field"), `no field "no_such_field"`)
	require.ErrorContains(t, markSensitive(fields, "user_data.x"), `"user_data" has no fields of its own`)
	require.NoError(t, markSensitive(fields, "personality.content"))
}

func TestHideNewExtra(t *testing.T) {
	t.Parallel()
	plain := resource.PropertyMap{"__meta": resource.NewProperty(`{"schema_version":"1"}`)}
	same, err := hideNewExtra(t.Context(), plain)
	require.NoError(t, err)
	assert.Equal(t, plain, same)

	hidden, err := hideNewExtra(t.Context(), resource.PropertyMap{
		"__meta": resource.NewProperty(`{"_new_extra_shim":{"user_data":"x"}}`),
	})
	require.NoError(t, err)
	assert.True(t, hidden["__meta"].IsSecret())
}
