package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/pulumi/pulumi/pkg/v3/codegen/hcl2/syntax"
	"github.com/pulumi/pulumi/pkg/v3/codegen/pcl"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/contract"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	codegenrpc "github.com/pulumi/pulumi/sdk/v3/proto/go/codegen"
)

// generator is the name that generated files carry.
const generator = "pulumi-language-python"

func bindOptions(strict bool) []pcl.BindOption {
	options := []pcl.BindOption{pcl.PreferOutputVersionedInvokes}
	if !strict {
		options = append(options, pcl.NonStrictBindOptions()...)
	}
	return options
}

func diagnostics(d hcl.Diagnostics) []*codegenrpc.Diagnostic {
	return plugin.HclDiagnosticsToRPCDiagnostics(d)
}

// withLoader calls f with a loader of schemas that asks the engine.
func withLoader(target string, f func(schema.ReferenceLoader) error) error {
	loader, err := schema.NewLoaderClient(target)
	if err != nil {
		return fmt.Errorf("connecting to the schema loader: %w", err)
	}
	defer contract.IgnoreClose(loader)
	return f(schema.NewCachedLoader(loader))
}

// GenerateProgram writes Python for a program in Pulumi's intermediate language: the code that
// `pulumi import` shows.
func (h *languageHost) GenerateProgram(
	_ context.Context, req *pulumirpc.GenerateProgramRequest,
) (*pulumirpc.GenerateProgramResponse, error) {
	resp := &pulumirpc.GenerateProgramResponse{}
	err := withLoader(req.GetLoaderTarget(), func(loader schema.ReferenceLoader) error {
		parser := syntax.NewParser()
		for path, text := range req.GetSource() {
			if err := parser.ParseFile(strings.NewReader(text), path); err != nil {
				return fmt.Errorf("parsing %s: %w", path, err)
			}
		}
		if parser.Diagnostics.HasErrors() {
			return parser.Diagnostics
		}
		program, diags, err := pcl.BindProgram(
			parser.Files, loader, bindOptions(req.GetStrict())...)
		if err != nil {
			return fmt.Errorf("binding the program: %w", err)
		}
		resp.Diagnostics = diagnostics(diags)
		if diags.HasErrors() {
			return nil
		}
		if program == nil {
			return errors.New("binding the program: no program")
		}
		files, diags, err := python.GenerateProgram(program)
		if err != nil {
			return fmt.Errorf("generating the program: %w", err)
		}
		resp.Source = files
		resp.Diagnostics = append(resp.Diagnostics, diagnostics(diags)...)
		return nil
	})
	return resp, err
}

// GenerateProject writes a whole Python project for a program in Pulumi's intermediate language
// (`pulumi convert --language python`).
func (h *languageHost) GenerateProject(
	_ context.Context, req *pulumirpc.GenerateProjectRequest,
) (*pulumirpc.GenerateProjectResponse, error) {
	resp := &pulumirpc.GenerateProjectResponse{}
	err := withLoader(req.GetLoaderTarget(), func(loader schema.ReferenceLoader) error {
		program, diags, err := pcl.BindDirectory(
			req.GetSourceDirectory(), loader, bindOptions(req.GetStrict())...)
		if err != nil {
			return fmt.Errorf("binding the program: %w", err)
		}
		resp.Diagnostics = diagnostics(diags)
		if diags.HasErrors() {
			return nil
		}
		var project workspace.Project
		if err := json.Unmarshal([]byte(req.GetProject()), &project); err != nil {
			return fmt.Errorf("reading the project: %w", err)
		}
		err = python.GenerateProject(
			req.GetTargetDirectory(), project, program, req.GetLocalDependencies(), "", "")
		if err != nil {
			return fmt.Errorf("generating the project: %w", err)
		}
		return nil
	})
	return resp, err
}

// GeneratePackage writes a Python SDK for a package's schema (`pulumi package add`).
func (h *languageHost) GeneratePackage(
	_ context.Context, req *pulumirpc.GeneratePackageRequest,
) (*pulumirpc.GeneratePackageResponse, error) {
	resp := &pulumirpc.GeneratePackageResponse{}
	err := withLoader(req.GetLoaderTarget(), func(loader schema.ReferenceLoader) error {
		var spec schema.PackageSpec
		if err := json.Unmarshal([]byte(req.GetSchema()), &spec); err != nil {
			return fmt.Errorf("reading the schema: %w", err)
		}
		pkg, diags, err := schema.BindSpec(
			spec, loader, schema.ValidationOptions{AllowDanglingReferences: true})
		if err != nil {
			return fmt.Errorf("binding the schema: %w", err)
		}
		resp.Diagnostics = diagnostics(diags)
		if diags.HasErrors() {
			return nil
		}
		files, err := python.GeneratePackage(generator, pkg, req.GetExtraFiles(), loader)
		if err != nil {
			return fmt.Errorf("generating the package: %w", err)
		}
		return writeFiles(req.GetDirectory(), files)
	})
	return resp, err
}

func writeFiles(folder string, files map[string][]byte) error {
	for name, data := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("writing the package: %w", err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return fmt.Errorf("writing the package: %w", err)
		}
	}
	return nil
}
