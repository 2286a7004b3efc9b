package main

import (
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
)

func info(t *testing.T, options map[string]any) *pulumirpc.ProgramInfo {
	t.Helper()
	fields, err := structpb.NewStruct(options)
	require.NoError(t, err)
	return &pulumirpc.ProgramInfo{
		RootDirectory: "/project", ProgramDirectory: "/project/src", EntryPoint: ".", Options: fields,
	}
}

func TestParseProgram(t *testing.T) {
	t.Parallel()
	p, err := parseProgram(info(t, map[string]any{
		"virtualenv": "venv", "toolchain": "poetry", "typechecker": "mypy", "other": 1,
	}))
	require.NoError(t, err)
	assert.Equal(t, toolchain.PythonOptions{
		Root: "/project", ProgramDir: "/project/src", Virtualenv: "venv",
		Toolchain: toolchain.Poetry, Typechecker: toolchain.TypeCheckerMypy,
	}, p.PythonOptions)
	assert.Equal(t, "mypy", p.typechecker)

	p, err = parseProgram(&pulumirpc.ProgramInfo{})
	require.NoError(t, err)
	assert.Equal(t, toolchain.Auto, p.Toolchain)
	assert.Empty(t, p.typechecker)
}

func TestParseProgramNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		options map[string]any
		message string
	}{
		{map[string]any{"virtualenv": true}, "runtime.options.virtualenv must be a string, not true"},
		{map[string]any{"toolchain": "conda"}, `runtime.options.toolchain is "conda"; it can be pip, poetry or uv`},
		{map[string]any{"toolchain": ""}, `runtime.options.toolchain is ""`},
		{map[string]any{"typechecker": "ty"}, `runtime.options.typechecker is "ty"; it can be mypy or pyright`},
	} {
		_, err := parseProgram(info(t, c.options))
		require.ErrorContains(t, err, c.message)
	}
}

func TestRuntimeOptionsPrompts(t *testing.T) {
	t.Parallel()
	host := &languageHost{}
	keys := func(options map[string]any) []string {
		resp, err := host.RuntimeOptionsPrompts(t.Context(), &pulumirpc.RuntimeOptionsRequest{Info: info(t, options)})
		require.NoError(t, err)
		var keys []string
		for _, prompt := range resp.GetPrompts() {
			keys = append(keys, prompt.GetKey())
		}
		return keys
	}
	assert.Equal(t, []string{"toolchain"}, keys(map[string]any{}))
	assert.Equal(t, []string{"virtualenv"}, keys(map[string]any{"toolchain": "pip"}))
	assert.Empty(t, keys(map[string]any{"toolchain": "uv"}))
	assert.Empty(t, keys(map[string]any{"toolchain": "pip", "virtualenv": "x"}))
}
