package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/contract"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/logging"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// exitBail is the exit code by which the executor says that the user has seen what went wrong.
const exitBail = 32

// Run runs a program to its end.
func (h *languageHost) Run(call context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
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

	if err := tc.ValidateVenv(ctx); err != nil {
		return nil, fmt.Errorf("checking the virtual environment: %w", err)
	}
	if err := h.typecheck(ctx, p, tc); err != nil {
		return nil, err
	}

	// Unbuffered, so that what a program prints is seen when it prints it.
	args := []string{"-u"}
	started := func(int) {}
	if req.GetAttachDebugger() {
		debug, err := newDebugger()
		if err != nil {
			return nil, err
		}
		defer debug.close()
		args = append(args, debug.args()...)
		started = func(pid int) { debug.announce(ctx, engine, pid, cancel) }
	}
	args = append(append(args, h.executor), h.arguments(req)...)
	cmd, err := tc.Command(ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("preparing the program: %w", err)
	}
	if cmd.Env, err = environment(cmd, req); err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = os.Stdout, untilCancelled{ctx, os.Stderr}
	logging.V(5).Infof("running %v", cmd.Args)

	err = runGroupStarted(ctx, cmd, started)
	flush(os.Stdout, os.Stderr)
	return result(ctx, err), nil
}

// untilCancelled drops what a program writes once it has been interrupted: Python answers an interrupt with a
// traceback, which would stand beside the engine's own message and explain nothing.
type untilCancelled struct {
	ctx context.Context
	w   io.Writer
}

func (u untilCancelled) Write(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return len(p), nil
	}
	return u.w.Write(p)
}

// result says how a program ended; a cancelled one has nothing to add to what the engine says.
func result(ctx context.Context, err error) *pulumirpc.RunResponse {
	if err == nil {
		return &pulumirpc.RunResponse{}
	}
	if ctx.Err() != nil {
		return &pulumirpc.RunResponse{Bail: true}
	}
	code, exited := exitCode(err)
	switch {
	case exited && code == exitBail:
		return &pulumirpc.RunResponse{Bail: true}
	case exited:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("Program exited with non-zero exit code: %d", code)}
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("Program exited unexpectedly: %v", err)}
	}
}

// arguments are the executor's: where to find the engine, what to run.
func (h *languageHost) arguments(req *pulumirpc.RunRequest) []string {
	h.mu.Lock()
	engineAddress := h.engineAddress
	h.mu.Unlock()
	var args []string
	for _, option := range []struct{ name, value string }{
		{"monitor", req.GetMonitorAddress()},
		{"engine", engineAddress},
		{"project", req.GetProject()},
		{"root_directory", req.GetInfo().GetRootDirectory()},
		{"stack", req.GetStack()},
		{"pwd", req.GetPwd()},
		{"dry_run", strconv.FormatBool(req.GetDryRun())},
		{"parallel", strconv.Itoa(int(req.GetParallel()))},
		{"tracing", h.tracing},
		{"organization", req.GetOrganization()},
	} {
		if option.value != "" {
			args = append(args, "--"+option.name, option.value)
		}
	}
	// What follows is the program's, also where it looks like an option of the executor.
	args = append(args, "--", req.GetInfo().GetEntryPoint())
	return append(args, req.GetArgs()...)
}

// environment adds the stack's configuration to a command's environment. It is no argument: every user of a
// machine can read those.
func environment(cmd *exec.Cmd, req *pulumirpc.RunRequest) ([]string, error) {
	env := cmd.Env
	if env == nil {
		env = os.Environ()
	}
	config := req.GetConfig()
	if config == nil {
		config = map[string]string{}
	}
	secretKeys := req.GetConfigSecretKeys()
	if secretKeys == nil {
		secretKeys = []string{}
	}
	for _, variable := range []struct {
		name  string
		value any
	}{{"PULUMI_CONFIG", config}, {"PULUMI_CONFIG_SECRET_KEYS", secretKeys}} {
		encoded, err := json.Marshal(variable.value)
		if err != nil {
			return nil, fmt.Errorf("encoding %s: %w", variable.name, err)
		}
		env = append(env, variable.name+"="+string(encoded))
	}
	return env, nil
}

func flush(files ...interface{ Sync() error }) {
	for _, f := range files {
		// A pipe cannot be synced; where it is a file, this is what makes the last lines seen.
		contract.IgnoreError(f.Sync())
	}
}
