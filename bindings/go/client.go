package chatfile

// #include "shim.h"
import "C"

import (
	"context"
	"io/fs"
	"log/slog"
	"runtime"
	"runtime/cgo"
	"sync"
	"unsafe"
)

// Level is that of [log/slog], so that a LogLevel is a [slog.Leveler]; that of LogTrace is 4 below [slog.LevelDebug].
func (l LogLevel) Level() slog.Level {
	switch l {
	case LogError:
		return slog.LevelError
	case LogWarn:
		return slog.LevelWarn
	case LogDebug:
		return slog.LevelDebug
	case LogTrace:
		return slog.LevelDebug - 4
	}
	return slog.LevelInfo
}

// enabled is the finest level that a logger wants; that of errors, if it wants none.
func enabled(logger *slog.Logger) LogLevel {
	for _, level := range []LogLevel{LogTrace, LogDebug, LogInfo, LogWarn} {
		if logger.Enabled(context.Background(), level.Level()) {
			return level
		}
	}
	return LogError
}

// Has says whether all of these can be done.
func (c Capabilities) Has(all Capabilities) bool {
	return c&all == all
}

// SecretFunc gives the secret of the field that is called name ("app_secret", "password", ...) when it is needed, so
// that it may live elsewhere. ctx is that of the call that needs it. An error stops that call and is in the chain of its
// error. The library wipes its copy after use. It is called by one goroutine at a time, and must not use the client.
type SecretFunc func(ctx context.Context, name string) (string, error)

// LoginFunc gives the user name and password for the proxy at proxy ("host:port"), which asks for them by scheme
// ("Basic", "Digest" or "SOCKS5") for what it calls realm: "NAME:PASSWORD", or "" where there is none. It is called again where the
// proxy refuses that, up to three times in a row. ctx is that of the call that needs it. An error stops that call and is
// in the chain of its error. The library keeps what it is given while the client is open, and then wipes it. It is called
// by one goroutine at a time, and must not use the client.
type LoginFunc func(ctx context.Context, proxy, scheme, realm string) (string, error)

// Client speaks to one service with one set of credentials. Any number of goroutines may use it at once; they share
// tokens and open connections. It has no thread of its own.
//
// Close it when it is no longer needed. One that is forgotten is closed when the garbage collector finds it, which it does
// not if the client's own Logger, ProxyLogin or Secret refers to it. Copies of a Client are the same client.
type Client struct {
	shared *sharedClient
}

// sharedClient is what all copies of a [Client] have in common.
type sharedClient struct {
	mutex  sync.Mutex
	client *C.chatfile_client
	// The calls under way; the last one frees a client that is closed.
	calls  int
	closed bool
	// Of the callbacks, if there are any.
	hooks cgo.Handle
}

// Open opens a client without a service and without credentials. All it can do is send what others have presigned:
// [Client.SendPresigned] and [Client.ReceivePresigned]. options may be nil, as in the other functions that open.
func Open(options *ClientOptions) (*Client, error) {
	return open(options, nil, func(_ *memory, _ cgo.Handle, options *C.chatfile_client_options, client **C.chatfile_client, object **C.chatfile_error) C.chatfile_status {
		return C.chatfile_open_without_service(options, client, object)
	})
}

// opener fills the configuration of a service and opens its client.
type opener func(m *memory, hooks cgo.Handle, options *C.chatfile_client_options, client **C.chatfile_client, object **C.chatfile_error) C.chatfile_status

func open(options *ClientOptions, secret SecretFunc, opener opener) (*Client, error) {
	// What cgo compiled is of the header, and the library may be older than that.
	var object *C.chatfile_error
	if err := check(C.chatfile_version_check(C.CHATFILE_VERSION_NUMBER, &object), object); err != nil {
		return nil, err
	}
	var m memory
	defer m.free()
	made := &sharedClient{}
	h := &hooks{secret: secret}
	if options != nil {
		h.logger, h.login = options.Logger, options.ProxyLogin
	}
	if h.logger != nil || h.login != nil || h.secret != nil {
		made.hooks = cgo.NewHandle(h)
	}
	filled := options.fill(&m, made.hooks)
	status := opener(&m, made.hooks, filled, &made.client, &object)
	if err := m.err; err != nil {
		C.chatfile_error_free(object)
		made.free()
		return nil, err
	}
	if err := check(status, object); err != nil {
		made.free()
		return nil, err
	}
	runtime.SetFinalizer(made, (*sharedClient).close)
	return &Client{made}, nil
}

// log sets where the log goes.
func (o *ClientOptions) log(c *C.chatfile_client_options, hooks cgo.Handle) {
	if o.LogLevel == 0 {
		c.log_level = C.chatfile_log_level(enabled(o.Logger))
	}
	C.chatfile_go_set_log(c, C.uintptr_t(hooks))
}

// use keeps the client open for a call; release ends that.
func (c *Client) use() (*C.chatfile_client, error) {
	if c != nil && c.shared != nil && c.shared.begin() {
		return c.shared.client, nil
	}
	return nil, &Error{Status: ErrNull, Field: "client", Message: "the client is closed: open another one", causes: []error{fs.ErrClosed}}
}

func (c *Client) release() {
	c.shared.end()
}

// begin counts a call, if the client is open.
func (s *sharedClient) begin() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.closed {
		return false
	}
	s.calls++
	return true
}

func (s *sharedClient) end() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.calls--
	if s.closed && s.calls == 0 {
		s.free()
	}
}

// free is called once: under the mutex, or when nobody knows of the client yet.
func (s *sharedClient) free() {
	C.chatfile_client_free(s.client)
	s.client = nil
	if s.hooks != 0 {
		s.hooks.Delete()
		s.hooks = 0
	}
}

func (s *sharedClient) close() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	runtime.SetFinalizer(s, nil)
	if s.calls == 0 {
		s.free()
	}
}

// Close closes the client and its copies: further calls fail with [fs.ErrClosed]. Calls under way go on; the connections
// are closed when the last of them has ended. It does not wait for them, and gives no error. Closing twice does no harm.
func (c *Client) Close() error {
	if c != nil && c.shared != nil {
		c.shared.close()
	}
	return nil
}

// Capabilities says what the service of this client can do; nothing, if the client is closed.
func (c *Client) Capabilities() Capabilities {
	client, err := c.use()
	if err != nil {
		return 0
	}
	defer c.release()
	return Capabilities(C.chatfile_client_capabilities(client))
}

// SetRates sets the most bytes to send and to receive in a second, over all transfers of this client, those under way,
// too; 0 is no limit.
func (c *Client) SetRates(upload, download int64) error {
	client, err := c.use()
	if err != nil {
		return err
	}
	defer c.release()
	var m memory
	up, down := m.u64("upload_rate", upload), m.u64("download_rate", download)
	if m.err != nil {
		return m.err
	}
	C.chatfile_client_set_rates(client, up, down, nil)
	return nil
}

// Version is that of the library, for example "0.1.0".
func Version() string {
	return C.GoString(C.chatfile_version())
}

// VersionNumber is the same as major × 1,000,000 + minor × 1,000 + patch.
func VersionNumber() int {
	return int(C.chatfile_version_number())
}

// NetEaseChecksum signs a NetEase request: it is the CheckSum header for these values of the Nonce (at most 128
// characters) and CurTime (seconds since 1970 UTC, decimal) headers. The service takes it for 5 minutes from curTime.
func NetEaseChecksum(appSecret, nonce, curTime string) (string, error) {
	var m memory
	defer m.free()
	secret, once, now := m.required("app_secret", appSecret), m.required("nonce", nonce), m.required("cur_time", curTime)
	if m.err != nil {
		return "", m.err
	}
	var out [C.CHATFILE_NETEASE_CHECKSUM_SIZE]C.char
	var object *C.chatfile_error
	status := C.chatfile_netease_checksum(secret, once, now, &out[0], C.size_t(unsafe.Sizeof(out)), &object)
	if err := check(status, object); err != nil {
		return "", err
	}
	return C.GoString(&out[0]), nil
}
