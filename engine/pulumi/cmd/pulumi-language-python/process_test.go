package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// patience bounds waiting only.
const patience = 2 * time.Minute

func TestRunGroupLeavesNoChildBehind(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pid")
	cmd := exec.Command("sh", "-c", `sleep 3600 & echo $! > "$0"`, file)
	require.NoError(t, runGroup(t.Context(), cmd))
	requireGone(t, file)
}

func TestRunGroupInterruptsFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pid, ended := filepath.Join(dir, "pid"), filepath.Join(dir, "ended")
	script := `trap 'echo yes > "$1"; exit 7' INT; sleep 3600 & echo $! > "$0"; wait`
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.Command("sh", "-c", script, pid, ended)
	go func() {
		if assert.Eventually(t, func() bool { return readPid(pid) > 0 }, patience, 10*time.Millisecond) {
			cancel()
		}
	}()
	code, exited := exitCode(runGroup(ctx, cmd))
	assert.True(t, exited)
	assert.Equal(t, 7, code)
	assert.FileExists(t, ended)
	requireGone(t, pid)
}

func TestRunGroupKillsWhatIgnoresTheInterrupt(t *testing.T) {
	t.Parallel()
	pid := filepath.Join(t.TempDir(), "pid")
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.Command("sh", "-c", `trap '' INT; sleep 3600 & echo $! > "$0"; wait`, pid)
	go func() {
		if assert.Eventually(t, func() bool { return readPid(pid) > 0 }, patience, 10*time.Millisecond) {
			cancel()
		}
	}()
	_, exited := exitCode(runGroup(ctx, cmd))
	assert.False(t, exited, "it was killed")
	requireGone(t, pid)
}

func TestRunGroupStartsNothingThatIsCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, runGroup(ctx, exec.Command("true")), context.Canceled)
}

func TestResult(t *testing.T) {
	t.Parallel()
	exit := func(script string) error { return exec.Command("sh", "-c", script).Run() }
	assert.Equal(t, &pulumirpc.RunResponse{}, result(t.Context(), nil))
	assert.Equal(t, &pulumirpc.RunResponse{Bail: true}, result(t.Context(), exit("exit 32")))
	assert.Equal(t, "Program exited with non-zero exit code: 3", result(t.Context(), exit("exit 3")).GetError())
	assert.Equal(t, "Program exited unexpectedly: signal: killed", result(t.Context(), exit("kill -9 $$")).GetError())
	assert.Contains(t, result(t.Context(), errors.New("no python")).GetError(), "no python")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Equal(t, &pulumirpc.RunResponse{Bail: true}, result(ctx, exit("exit 1")))
}

func TestEnvironmentIsNeverNull(t *testing.T) {
	t.Parallel()
	cmd := &exec.Cmd{Env: []string{"A=b"}}
	env, err := environment(cmd, &pulumirpc.RunRequest{})
	require.NoError(t, err)
	assert.Equal(t, []string{"A=b", "PULUMI_CONFIG={}", "PULUMI_CONFIG_SECRET_KEYS=[]"}, env)
}

func TestArgumentsCarryNoConfiguration(t *testing.T) {
	t.Parallel()
	host := &languageHost{engineAddress: "127.0.0.1:1"}
	args := host.arguments(&pulumirpc.RunRequest{
		Config: map[string]string{"a:password": "hunter2"}, ConfigSecretKeys: []string{"a:password"},
		Project: "p", Stack: "s", DryRun: true, Parallel: 4, Args: []string{"--x"},
		Info: &pulumirpc.ProgramInfo{RootDirectory: "/r", EntryPoint: "."},
	})
	assert.Equal(t, []string{
		"--engine", "127.0.0.1:1", "--project", "p", "--root_directory", "/r", "--stack", "s",
		"--dry_run", "true", "--parallel", "4", "--", ".", "--x",
	}, args)
}

func readPid(file string) int {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return pid
}

func requireGone(t *testing.T, file string) {
	t.Helper()
	pid := readPid(file)
	require.Positive(t, pid)
	require.Eventually(t, func() bool {
		return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || isZombie(pid)
	}, patience, 10*time.Millisecond)
}

// isZombie says whether a process has ended and only its parent, pid 1, has yet to take note.
func isZombie(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || strings.Contains(string(stat), ") Z ")
}
