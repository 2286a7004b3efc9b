package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/contract"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/errutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/logging"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

//go:embed discover.py
var discoverScript string

// Pulumi's Python SDK asks for this Python or a newer one.
const minimumPythonMinor = 10

// withoutPlugin are packages of Pulumi that need no plugin but do not say so.
var withoutPlugin = map[string]bool{"pulumi-policy": true, "pulumi-esc-sdk": true}

// environmentInfo is what discover.py prints.
type environmentInfo struct {
	Python   [2]int
	Packages []pythonPackage
}

// pythonPackage is an installed package that belongs to Pulumi.
type pythonPackage struct {
	Name    string // as PEP 503 normalises it
	Version string // as PEP 440 writes it
	Plugin  *plugin.PulumiPluginJSON
}

// GetRequiredPackages names the plugins that the program's installed packages need, so that the engine can
// look for them before the program runs.
func (h *languageHost) GetRequiredPackages(
	call context.Context, req *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	ctx, cancel := h.operation(call)
	defer cancel()
	p, tc, err := resolve(req.GetInfo())
	if err != nil {
		return nil, err
	}
	engine, closer, err := h.engine()
	if err != nil {
		return nil, err
	}
	defer contract.IgnoreClose(closer)

	info, errs := engineLogs(ctx, engine)
	if err := tc.EnsureVenv(ctx, p.ProgramDir, false, true, info, errs); err != nil {
		return nil, fmt.Errorf("preparing the virtual environment: %w", err)
	}
	found, err := discover(ctx, tc)
	if err != nil {
		return nil, err
	}
	if found.Python[0] == 3 && found.Python[1] < minimumPythonMinor {
		return nil, fmt.Errorf("the program's Python is 3.%d; Pulumi needs 3.%d or newer",
			found.Python[1], minimumPythonMinor)
	}
	resp := &pulumirpc.GetRequiredPackagesResponse{}
	for _, pkg := range found.Packages {
		if dep := requiredPackage(pkg); dep != nil {
			resp.Packages = append(resp.Packages, dep)
		}
	}
	return resp, nil
}

func discover(ctx context.Context, tc toolchain.Toolchain) (environmentInfo, error) {
	var found environmentInfo
	cmd, err := tc.Command(ctx, "-c", discoverScript)
	if err != nil {
		return found, fmt.Errorf("preparing Python: %w", err)
	}
	out, err := cmd.Output()
	if err != nil {
		return found, errutil.ErrorWithStderr(err, "looking for Pulumi packages in the program's environment")
	}
	if err := json.Unmarshal(out, &found); err != nil {
		return found, fmt.Errorf("reading the list of Pulumi packages: %w", err)
	}
	return found, nil
}

// requiredPackage returns the plugin that an installed package needs, or nil when it needs none.
//
// pulumi-plugin.json decides; what it leaves out follows from the package's name and version. Where that
// version has no counterpart among plugin versions, none can be asked for.
func requiredPackage(pkg pythonPackage) *pulumirpc.PackageDependency {
	spec := pkg.Plugin
	if withoutPlugin[pkg.Name] || (spec != nil && !spec.Resource) {
		return nil
	}
	if spec == nil {
		spec = &plugin.PulumiPluginJSON{}
	}
	dep := &pulumirpc.PackageDependency{
		Kind:             "resource",
		Name:             spec.Name,
		Version:          spec.Version,
		Server:           spec.Server,
		Parameterization: parameterization(spec.Parameterization),
		Extension:        parameterization(spec.ExtensionParameterization),
	}
	if dep.Name == "" {
		dep.Name = strings.TrimPrefix(pkg.Name, "pulumi-")
	}
	if dep.Version == "" {
		version, err := pluginVersion(pkg.Version)
		if err != nil {
			logging.V(5).Infof("package %s needs no known plugin: %v", pkg.Name, err)
			return nil
		}
		dep.Version = version
	}
	if !strings.HasPrefix(dep.Version, "v") {
		dep.Version = "v" + dep.Version
	}
	return dep
}

func parameterization(p *plugin.PulumiParameterizationJSON) *pulumirpc.PackageParameterization {
	if p == nil {
		return nil
	}
	return &pulumirpc.PackageParameterization{Name: p.Name, Version: p.Version, Value: p.Value}
}
