package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/errutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

//go:embed about.py
var aboutScript string

// interpreter is what about.py prints.
type interpreter struct {
	Executable string
	Version    string
	Pip        string // empty where pip is not installed
}

// About tells which Python and which toolchain a program uses (`pulumi about`). The CLI asks before every
// preview and update, so one start of Python answers: Pulumi's toolchain starts three, one of them pip.
func (h *languageHost) About(
	call context.Context, req *pulumirpc.AboutRequest,
) (*pulumirpc.AboutResponse, error) {
	ctx, cancel := h.operation(call)
	defer cancel()
	p, tc, err := resolve(req.GetInfo())
	if err != nil {
		return nil, err
	}
	python, version, err := about(ctx, p, tc)
	if err != nil {
		return nil, err
	}
	metadata := map[string]string{"toolchain": strings.ToLower(toolchain.Name(p.Toolchain))}
	if version != "" {
		metadata["toolchainVersion"] = version
	}
	if p.typechecker != "" {
		metadata["typechecker"] = p.typechecker
	}
	return &pulumirpc.AboutResponse{
		Executable: python.Executable,
		Version:    python.Version,
		Metadata:   metadata,
	}, nil
}

// about returns the program's Python and the version of the toolchain that its options name.
func about(ctx context.Context, p program, tc toolchain.Toolchain) (interpreter, string, error) {
	if p.Toolchain == toolchain.Poetry || p.Toolchain == toolchain.Uv {
		said, err := tc.About(ctx)
		if err != nil {
			return interpreter{}, "", fmt.Errorf("asking the toolchain about itself: %w", err)
		}
		return interpreter{Executable: said.PythonExecutable, Version: said.PythonVersion.String()},
			said.ToolchainVersion.String(), nil
	}
	var python interpreter
	cmd, err := tc.Command(ctx, "-I", "-c", aboutScript)
	if err != nil {
		return python, "", fmt.Errorf("preparing Python: %w", err)
	}
	out, err := cmd.Output()
	if err != nil {
		return python, "", errutil.ErrorWithStderr(err, "asking Python about itself")
	}
	if err := json.Unmarshal(out, &python); err != nil {
		return python, "", fmt.Errorf("reading what Python says of itself: %w", err)
	}
	if p.Toolchain == toolchain.Pip {
		return python, python.Pip, nil
	}
	return python, "", nil
}
