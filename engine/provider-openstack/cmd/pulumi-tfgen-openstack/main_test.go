package main

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// The committed schema is what the sources say today.
func TestSchemaIsCurrent(t *testing.T) {
	t.Parallel()
	spec, err := generate()
	require.NoError(t, err)
	generated, err := json.Marshal(spec)
	require.NoError(t, err)
	committed, err := os.ReadFile("../pulumi-resource-openstack/schema.json")
	require.NoError(t, err)
	require.JSONEq(t, string(generated), string(committed),
		"run: bentre engine go run ./cmd/pulumi-tfgen-openstack > cmd/pulumi-resource-openstack/schema.json")
}
