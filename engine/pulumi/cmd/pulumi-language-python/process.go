package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// gracePeriod is what an interrupted process has to clean up. It is shorter than the 5 s after which the
// engine kills the language host itself.
const gracePeriod = 3 * time.Second

// runGroup runs a command and everything that it starts as one process group, and leaves none of it behind.
//
// When ctx ends, the group is interrupted (SIGINT, as by Ctrl-C) and after the grace period killed. When this
// process is killed itself, the kernel kills the command (PR_SET_PDEATHSIG).
func runGroup(ctx context.Context, cmd *exec.Cmd) error {
	return runGroupStarted(ctx, cmd, func(int) {})
}

// runGroupStarted is runGroup that calls started with the process's id once it runs.
func runGroupStarted(ctx context.Context, cmd *exec.Cmd, started func(pid int)) error {
	// The death signal is tied to the thread that starts the command (prctl(2)), so that thread must stay.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	if err := ctx.Err(); err != nil {
		return fmt.Errorf("not started: %w", err)
	}
	cmd = detached(cmd)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", cmd.Path, err)
	}
	group := -cmd.Process.Pid
	started(cmd.Process.Pid)

	ended := make(chan struct{})
	interrupted := make(chan struct{})
	go func() {
		defer close(interrupted)
		select {
		case <-ended:
		case <-ctx.Done():
			signalGroup(group, syscall.SIGINT)
			select {
			case <-ended:
			case <-time.After(gracePeriod):
				signalGroup(group, syscall.SIGKILL)
			}
		}
	}()
	err := cmd.Wait()
	close(ended)
	<-interrupted
	signalGroup(group, syscall.SIGKILL)
	return err
}

// detached returns the same command without the context that it was made with, whose end would kill it
// at once and leave its children alone.
func detached(cmd *exec.Cmd) *exec.Cmd {
	return &exec.Cmd{
		Path: cmd.Path, Args: cmd.Args, Env: cmd.Env, Dir: cmd.Dir, Err: cmd.Err,
		Stdin: cmd.Stdin, Stdout: cmd.Stdout, Stderr: cmd.Stderr,
		// A grandchild may hold the output open: its reader must not wait for it for ever.
		WaitDelay: gracePeriod,
	}
}

// signalGroup sends a signal to a process group; one that has ended already is what was wanted.
func signalGroup(group int, signal syscall.Signal) {
	_ = syscall.Kill(group, signal)
}

// exitCode returns the code that a process ended with, or false when it did not end by itself.
func exitCode(err error) (int, bool) {
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		return exit.ExitCode(), true
	}
	return 0, false
}
