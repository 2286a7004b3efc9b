package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

// typecheck runs the type checker that Pulumi.yaml names, if it names one, over the program's folder.
func (h *languageHost) typecheck(ctx context.Context, p program, tc toolchain.Toolchain) error {
	if p.typechecker == "" {
		return nil
	}
	packages, err := tc.ListPackages(ctx, true)
	if err != nil {
		return fmt.Errorf("listing the program's packages: %w", err)
	}
	installed := slices.ContainsFunc(packages, func(d dependency) bool { return d.Name == p.typechecker })
	if !installed {
		return fmt.Errorf("Pulumi.yaml: runtime.options.typechecker is %[1]s, but %[1]s is not installed; "+
			"add it to the program's dependencies and run `pulumi install`", p.typechecker)
	}

	var args []string
	if p.typechecker == "mypy" {
		venv, err := tc.VirtualEnvPath(ctx)
		if err != nil {
			return fmt.Errorf("finding the virtual environment: %w", err)
		}
		if relative, err := filepath.Rel(p.ProgramDir, venv); venv != "" && err == nil {
			args = append(args, "--exclude", relative)
		}
	}
	cmd, err := tc.ModuleCommand(ctx, p.typechecker, append(args, p.ProgramDir)...)
	if err != nil {
		return fmt.Errorf("preparing %s: %w", p.typechecker, err)
	}
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.ProgramDir, os.Stdout, os.Stderr
	if err := runGroup(ctx, cmd); err != nil {
		return fmt.Errorf("%s failed: %w", p.typechecker, err)
	}
	return nil
}
