// Command pulumi-language-python is the language host for Pulumi programs written in Python: the engine
// starts it and asks it, by gRPC, to install a program's dependencies, to name the plugins that it needs
// and to run it.
//
// The program itself runs in pulumi-language-python-exec, a script of Pulumi's Python SDK that lies beside
// this binary.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/cmdutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/logging"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

const executorName = "pulumi-language-python-exec"

func main() {
	tracing := flag.String("tracing", "", "a Zipkin-compatible endpoint that the program sends traces to")
	executor := flag.String("use-executor", "", "the script that runs programs, instead of the one beside this binary")
	flag.Parse()
	logging.InitLogging(false, 0, false)

	if err := serve(flag.Arg(0), *executor, *tracing); err != nil {
		cmdutil.Exit(err)
	}
}

// serve prints the port that it listens on, as the engine expects, and answers until it is told to stop.
func serve(engineAddress, executor, tracing string) error {
	executor, err := findExecutor(executor)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stopOnSignal(cancel)
	stopWithParent(cancel)

	host := newHost(ctx, cancel, executor, engineAddress, tracing)
	stop := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stop,
		Init: func(srv *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(srv, host)
			return nil
		},
		Options: rpcutil.TracingServerInterceptorOptions(nil),
	})
	if err != nil {
		return fmt.Errorf("serving the language host: %w", err)
	}
	fmt.Println(handle.Port)

	select {
	case err = <-handle.Done:
	case <-ctx.Done():
		close(stop) // no new calls
	}
	// A call may outlive its client: its processes are ended first (process.go), so that none is left.
	cancel()
	host.underway.Wait()
	if err != nil {
		return fmt.Errorf("the language host stopped serving: %w", err)
	}
	return nil
}

func findExecutor(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("finding this binary: %w", err)
	}
	// The binary may be reached through a link, for example from a virtual environment.
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return "", fmt.Errorf("finding this binary: %w", err)
	}
	path := filepath.Join(filepath.Dir(self), executorName)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("the script that runs Python programs is missing: %w", err)
	}
	return path, nil
}

// stopOnSignal calls cancel at an interrupt. Later ones change nothing: the engine sends one after it has
// cancelled us, while programs may still be ending.
func stopOnSignal(cancel context.CancelFunc) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
	}()
}

// stopWithParent calls cancel when the engine that started us is gone, even by SIGKILL: it holds the other
// end of our standard input. Where standard input is no pipe (a debugger, a service), nothing is watched.
func stopWithParent(cancel context.CancelFunc) {
	info, err := os.Stdin.Stat()
	if err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return
	}
	go func() {
		if _, err := io.Copy(io.Discard, os.Stdin); err != nil && !errors.Is(err, os.ErrClosed) {
			logging.V(5).Infof("watching standard input: %v", err)
		}
		cancel()
	}()
}
