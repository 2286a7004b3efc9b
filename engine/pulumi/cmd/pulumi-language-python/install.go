package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/contract"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

type dependency = plugin.DependencyInfo

// InstallDependencies installs what a program or plugin needs into its environment (`pulumi install`).
func (h *languageHost) InstallDependencies(
	req *pulumirpc.InstallDependenciesRequest, server pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	ctx, cancel := h.operation(server.Context())
	defer cancel()
	p, tc, err := resolve(req.GetInfo())
	if req.GetIsPlugin() {
		p, tc, err = resolvePlugin(ctx, req.GetInfo())
	}
	if err != nil {
		return err
	}
	closer, stdout, stderr, err := rpcutil.MakeInstallDependenciesStreams(server, req.GetIsTerminal())
	if err != nil {
		return fmt.Errorf("opening the output streams: %w", err)
	}
	// closed below with its error read; this is for the other ways out
	defer contract.IgnoreClose(closer)

	if _, err := fmt.Fprint(stdout, "Installing dependencies...\n\n"); err != nil {
		return fmt.Errorf("writing output: %w", err)
	}
	if err := tc.InstallDependencies(
		ctx, p.ProgramDir, req.GetUseLanguageVersionTools(), true, stdout, stderr); err != nil {
		return fmt.Errorf("installing dependencies: %w", err)
	}
	if req.GetIsPlugin() {
		if err := installPlugin(ctx, p, tc, stdout, stderr); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprint(stdout, "Finished installing dependencies\n\n"); err != nil {
		return fmt.Errorf("writing output: %w", err)
	}
	return closer.Close()
}

// installPlugin installs a plugin that is a Python package of its own, so that it can be imported by name.
func installPlugin(ctx context.Context, p program, tc toolchain.Toolchain, stdout, stderr io.Writer) error {
	asPackage, err := runsAsPackage(p.Root)
	if err != nil || !asPackage {
		return err
	}
	if err := tc.InstallPackage(ctx, p.ProgramDir, false, true, stdout, stderr); err != nil {
		return fmt.Errorf("installing the plugin's package: %w", err)
	}
	return nil
}

// runsAsPackage says whether a plugin's folder is a Python package to install, not a script to run.
func runsAsPackage(folder string) (bool, error) {
	if _, err := os.Stat(filepath.Join(folder, "__main__.py")); err == nil {
		return false, nil
	} else if !os.IsNotExist(err) {
		return false, fmt.Errorf("looking for the plugin's __main__.py: %w", err)
	}
	buildable, err := toolchain.IsBuildablePackage(folder)
	if err != nil {
		return false, fmt.Errorf("reading the plugin's pyproject.toml: %w", err)
	}
	return buildable, nil
}

// RuntimeOptionsPrompts asks, in `pulumi new`, for the toolchain and then for its virtual environment.
func (h *languageHost) RuntimeOptionsPrompts(
	_ context.Context, req *pulumirpc.RuntimeOptionsRequest,
) (*pulumirpc.RuntimeOptionsResponse, error) {
	options := req.GetInfo().GetOptions().AsMap()
	resp := &pulumirpc.RuntimeOptionsResponse{}
	chosen, given := options["toolchain"]
	if !given {
		pip := choice("pip")
		resp.Prompts = append(resp.Prompts, &pulumirpc.RuntimeOptionPrompt{
			Key:         "toolchain",
			Description: "The toolchain to use for installing dependencies and running the program",
			PromptType:  pulumirpc.RuntimeOptionPrompt_STRING,
			// pip comes with Python; the others are offered where they are installed.
			Choices: append([]*pulumirpc.RuntimeOptionPrompt_RuntimeOptionValue{pip},
				plugin.MakeExecutablePromptChoices("poetry", "uv")...),
			Default: pip,
		})
	}
	if _, given := options["virtualenv"]; chosen == "pip" && !given {
		resp.Prompts = append(resp.Prompts, &pulumirpc.RuntimeOptionPrompt{
			Key:         "virtualenv",
			Description: "The virtualenv to use",
			PromptType:  pulumirpc.RuntimeOptionPrompt_STRING,
			Choices:     []*pulumirpc.RuntimeOptionPrompt_RuntimeOptionValue{choice("venv")},
			Default:     choice("venv"),
		})
	}
	return resp, nil
}

func choice(value string) *pulumirpc.RuntimeOptionPrompt_RuntimeOptionValue {
	return &pulumirpc.RuntimeOptionPrompt_RuntimeOptionValue{
		PromptType:  pulumirpc.RuntimeOptionPrompt_STRING,
		StringValue: value,
		DisplayName: value,
	}
}

// Template makes a new project's files suit the toolchain that was chosen for it.
func (h *languageHost) Template(
	call context.Context, req *pulumirpc.TemplateRequest,
) (*pulumirpc.TemplateResponse, error) {
	ctx, cancel := h.operation(call)
	defer cancel()
	p, tc, err := resolve(req.GetInfo())
	if err != nil {
		return nil, err
	}
	err = tc.PrepareProject(ctx, req.GetProjectName(), p.ProgramDir, false, io.Discard, io.Discard)
	if err != nil {
		return nil, fmt.Errorf("preparing the project for its toolchain: %w", err)
	}
	return &pulumirpc.TemplateResponse{}, nil
}

// GetProgramDependencies lists the packages that a program's environment holds.
func (h *languageHost) GetProgramDependencies(
	call context.Context, req *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	ctx, cancel := h.operation(call)
	defer cancel()
	_, tc, err := resolve(req.GetInfo())
	if err != nil {
		return nil, err
	}
	packages, err := tc.ListPackages(ctx, req.GetTransitiveDependencies())
	if err != nil {
		return nil, fmt.Errorf("listing the program's packages: %w", err)
	}
	resp := &pulumirpc.GetProgramDependenciesResponse{}
	for _, p := range packages {
		resp.Dependencies = append(resp.Dependencies,
			&pulumirpc.DependencyInfo{Name: p.Name, Version: p.Version})
	}
	return resp, nil
}
