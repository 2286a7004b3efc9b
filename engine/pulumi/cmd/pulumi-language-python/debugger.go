package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/contract"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/logging"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

// debugger is debugpy around a program (`pulumi up --attach-debugger`).
type debugger struct {
	port   int
	logDir string
}

func newDebugger() (*debugger, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("finding a port for the debugger: %w", err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	contract.IgnoreClose(listener)
	logDir, err := os.MkdirTemp("", "pulumi-debugpy-")
	if err != nil {
		return nil, fmt.Errorf("making the debugger's log folder: %w", err)
	}
	return &debugger{port: port, logDir: logDir}, nil
}

func (d *debugger) close() {
	contract.IgnoreError(os.RemoveAll(d.logDir))
}

// args are Python's, before the script: debugpy waits in it for a client.
func (d *debugger) args() []string {
	return []string{
		"-Xfrozen_modules=off", "-m", "debugpy", "--listen", fmt.Sprintf("127.0.0.1:%d", d.port),
		"--wait-for-client", "--log-to", d.logDir,
	}
}

// announce tells the engine where to attach as soon as debugpy listens; where that cannot be done, it ends
// the program, which would wait for ever.
func (d *debugger) announce(
	ctx context.Context, engine pulumirpc.EngineClient, pid int, cancel context.CancelFunc,
) {
	go func() {
		if err := d.attach(ctx, engine, pid); err != nil && ctx.Err() == nil {
			logging.Errorf("starting the debugger: %v", err)
			cancel()
		}
	}()
}

func (d *debugger) attach(ctx context.Context, engine pulumirpc.EngineClient, pid int) error {
	if err := d.waitUntilListening(ctx, pid); err != nil {
		return err
	}
	config, err := structpb.NewStruct(map[string]any{
		"name":       "Pulumi: Program (Python)",
		"type":       "python",
		"request":    "attach",
		"connect":    map[string]any{"host": "127.0.0.1", "port": d.port},
		"justMyCode": true,
	})
	if err != nil {
		return fmt.Errorf("describing the debugger: %w", err)
	}
	_, err = engine.StartDebugging(ctx, &pulumirpc.StartDebuggingRequest{
		Config: config, Message: fmt.Sprintf("on port %d", d.port),
	})
	if err != nil {
		return fmt.Errorf("telling the engine of the debugger: %w", err)
	}
	return nil
}

func (d *debugger) waitUntilListening(ctx context.Context, pid int) error {
	ctx, cancel := context.WithTimeoutCause(ctx, time.Minute, errors.New("debugpy did not start within a minute"))
	defer cancel()
	// debugpy takes one client only, so its port is no place to ask.
	log := filepath.Join(d.logDir, fmt.Sprintf("debugpy.server-%d.log", pid))
	for {
		text, err := os.ReadFile(log)
		if err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("reading debugpy's log: %w", err)
		}
		if bytes.Contains(text, []byte("Adapter is accepting incoming client connections")) {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
