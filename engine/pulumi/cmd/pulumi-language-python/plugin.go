package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/contract"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

// RunPlugin runs a plugin that is written in Python (for example a component provider) until it ends.
//
// A folder with __main__.py is run as a script. One with a buildable pyproject.toml is run by
// pulumi.run.plugin, which serves the components that the package exports.
func (h *languageHost) RunPlugin(
	req *pulumirpc.RunPluginRequest, server pulumirpc.LanguageRuntime_RunPluginServer,
) error {
	ctx, cancel := h.operation(server.Context())
	defer cancel()
	p, tc, err := resolvePlugin(ctx, req.GetInfo())
	if err != nil {
		return err
	}
	if err := tc.ValidateVenv(ctx); err != nil {
		return fmt.Errorf("checking the plugin's virtual environment: %w", err)
	}
	cmd, err := pluginCommand(ctx, p, tc, req.GetArgs())
	if err != nil {
		return err
	}
	closer, stdout, stderr, err := rpcutil.MakeRunPluginStreams(server, false)
	if err != nil {
		return fmt.Errorf("opening the output streams: %w", err)
	}
	// closed below with its error read; this is for the other ways out
	defer contract.IgnoreClose(closer)

	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Dir, cmd.Env = req.GetPwd(), append(cmd.Env, req.GetEnv()...)
	cmd.Stdout, cmd.Stderr = stdout, stderr

	if err := runGroup(ctx, cmd); err != nil {
		code, exited := exitCode(err)
		if !exited {
			return fmt.Errorf("the plugin ended unexpectedly: %w", err)
		}
		return server.Send(&pulumirpc.RunPluginResponse{
			Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: int32(code)}, //nolint:gosec // 8 bits
		})
	}
	return closer.Close()
}

func pluginCommand(ctx context.Context, p program, tc toolchain.Toolchain, args []string) (*exec.Cmd, error) {
	asPackage, err := runsAsPackage(p.Root)
	if err != nil {
		return nil, err
	}
	var cmd *exec.Cmd
	if asPackage {
		project, loadErr := toolchain.LoadPyproject(p.Root)
		if loadErr != nil {
			return nil, fmt.Errorf("reading the plugin's pyproject.toml: %w", loadErr)
		}
		if project.Project == nil || project.Project.Name == "" {
			return nil, errors.New("the plugin's pyproject.toml has no project.name")
		}
		cmd, err = tc.ModuleCommand(ctx, "pulumi.run.plugin", append([]string{project.Project.Name}, args...)...)
	} else {
		cmd, err = tc.Command(ctx, append([]string{"-u", p.ProgramDir}, args...)...)
	}
	if err != nil {
		return nil, fmt.Errorf("preparing the plugin: %w", err)
	}
	return cmd, nil
}
