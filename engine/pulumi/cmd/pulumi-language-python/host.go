package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/logging"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

// languageHost answers the engine's calls (pulumirpc.LanguageRuntime).
type languageHost struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	executor string             // the script that runs programs
	tracing  string             // passed on to the program
	ctx      context.Context    // ends with the host: its processes end then, too
	cancel   context.CancelFunc // ends the host
	underway sync.WaitGroup     // calls that may have processes

	mu            sync.Mutex
	engineAddress string
}

func newHost(
	ctx context.Context, cancel context.CancelFunc, executor, engineAddress, tracing string,
) *languageHost {
	return &languageHost{
		ctx: ctx, cancel: cancel, executor: executor, engineAddress: engineAddress, tracing: tracing,
	}
}

// Handshake learns the engine's address.
func (h *languageHost) Handshake(
	_ context.Context, req *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.engineAddress = req.GetEngineAddress()
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

// GetPluginInfo tells the version, which is the engine's: both are built together.
func (h *languageHost) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version.Version}, nil
}

// Cancel ends what is under way: programs get an interrupt first, so that they can clean up.
func (h *languageHost) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	logging.V(5).Infof("cancelled by the engine")
	h.cancel()
	return &emptypb.Empty{}, nil
}

// operation begins a call that may have processes. Its context ends with the call or with the host, whichever
// is first; the host waits until the returned function says that the call has ended.
func (h *languageHost) operation(call context.Context) (context.Context, context.CancelFunc) {
	h.underway.Add(1)
	ctx, cancel := context.WithCancel(call)
	stop := context.AfterFunc(h.ctx, cancel)
	return ctx, func() {
		stop()
		cancel()
		h.underway.Done()
	}
}

func (h *languageHost) engine() (pulumirpc.EngineClient, io.Closer, error) {
	h.mu.Lock()
	address := h.engineAddress
	h.mu.Unlock()
	if address == "" {
		return nil, nil, errors.New("the engine's address is not known: Handshake comes before this call")
	}
	conn, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()), rpcutil.GrpcChannelOptions())
	if err != nil {
		return nil, nil, fmt.Errorf("connecting to the engine: %w", err)
	}
	return pulumirpc.NewEngineClient(conn), conn, nil
}

// engineLog writes to the engine's display, as messages that the next ones replace.
type engineLog struct {
	ctx      context.Context
	engine   pulumirpc.EngineClient
	stream   int32
	severity pulumirpc.LogSeverity
}

// engineLogs returns the display's ordinary stream and its stream for errors.
func engineLogs(ctx context.Context, engine pulumirpc.EngineClient) (info, errs io.Writer) {
	stream := rand.Int32()
	return &engineLog{ctx, engine, stream, pulumirpc.LogSeverity_INFO},
		&engineLog{ctx, engine, stream, pulumirpc.LogSeverity_ERROR}
}

func (w *engineLog) Write(p []byte) (int, error) {
	_, err := w.engine.Log(w.ctx, &pulumirpc.LogRequest{
		Message:   strings.ToValidUTF8(string(p), "\uFFFD"),
		Ephemeral: true,
		StreamId:  w.stream,
		Severity:  w.severity,
	})
	if err != nil {
		return 0, fmt.Errorf("logging to the engine: %w", err)
	}
	return len(p), nil
}
