package main

import (
	"context"
	"fmt"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

// program is what Pulumi.yaml says of a program.
type program struct {
	toolchain.PythonOptions
	typechecker string // "", "mypy" or "pyright"
}

// parseProgram reads runtime.options of Pulumi.yaml: virtualenv, toolchain, typechecker.
func parseProgram(info *pulumirpc.ProgramInfo) (program, error) {
	p := program{PythonOptions: toolchain.PythonOptions{
		Root:       info.GetRootDirectory(),
		ProgramDir: info.GetProgramDirectory(),
	}}
	options := info.GetOptions().AsMap()
	values := map[string]string{}
	for _, name := range []string{"virtualenv", "toolchain", "typechecker"} {
		value, ok := options[name]
		if !ok {
			continue
		}
		text, ok := value.(string)
		if !ok {
			return p, fmt.Errorf("Pulumi.yaml: runtime.options.%s must be a string, not %v", name, value)
		}
		values[name] = text
	}

	p.Virtualenv = values["virtualenv"]
	switch tc, given := values["toolchain"]; {
	case !given:
		p.Toolchain = toolchain.Auto
	case tc == "pip":
		p.Toolchain = toolchain.Pip
	case tc == "poetry":
		p.Toolchain = toolchain.Poetry
	case tc == "uv":
		p.Toolchain = toolchain.Uv
	default:
		return p, fmt.Errorf("Pulumi.yaml: runtime.options.toolchain is %q; it can be pip, poetry or uv", tc)
	}
	switch tc, given := values["typechecker"]; {
	case !given:
		p.Typechecker = toolchain.TypeCheckerNone
	case tc == "mypy":
		p.Typechecker, p.typechecker = toolchain.TypeCheckerMypy, tc
	case tc == "pyright":
		p.Typechecker, p.typechecker = toolchain.TypeCheckerPyright, tc
	default:
		return p, fmt.Errorf("Pulumi.yaml: runtime.options.typechecker is %q; it can be mypy or pyright", tc)
	}
	return p, nil
}

// resolve parses a program's options and finds the toolchain that they name.
func resolve(info *pulumirpc.ProgramInfo) (program, toolchain.Toolchain, error) {
	p, err := parseProgram(info)
	if err != nil {
		return p, nil, err
	}
	tc, err := toolchain.ResolveToolchain(p.PythonOptions)
	if err != nil {
		return p, nil, fmt.Errorf("finding the Python toolchain: %w", err)
	}
	return p, tc, nil
}

// resolvePlugin is resolve for a plugin written in Python. One that pip manages never runs in the machine's
// own Python: without a virtual environment of its own it gets one in its folder.
func resolvePlugin(ctx context.Context, info *pulumirpc.ProgramInfo) (program, toolchain.Toolchain, error) {
	p, tc, err := resolve(info)
	if err != nil || p.Virtualenv != "" {
		return p, tc, err
	}
	if venv, err := tc.VirtualEnvPath(ctx); err != nil || venv != "" {
		return p, tc, err
	}
	p.Virtualenv = "venv"
	if tc, err = toolchain.ResolveToolchain(p.PythonOptions); err != nil {
		return p, nil, fmt.Errorf("finding the Python toolchain: %w", err)
	}
	return p, tc, nil
}
