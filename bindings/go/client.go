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
	"time"
	"unsafe"
)

// LogLevel says how much is logged, or how much a line matters.
type LogLevel int32

// The levels of the log; each includes those above it.
const (
	// LogError: calls that failed.
	LogError LogLevel = C.CHATFILE_LOG_ERROR
	// LogWarn: also attempts that failed.
	LogWarn LogLevel = C.CHATFILE_LOG_WARN
	// LogInfo: also attempts that succeeded.
	LogInfo LogLevel = C.CHATFILE_LOG_INFO
	// LogDebug: also the steps in between (tokens, redirects, lost connections).
	LogDebug LogLevel = C.CHATFILE_LOG_DEBUG
)

// Level is that of [log/slog], so that a LogLevel is a [slog.Leveler].
func (l LogLevel) Level() slog.Level {
	switch l {
	case LogError:
		return slog.LevelError
	case LogWarn:
		return slog.LevelWarn
	case LogDebug:
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// enabled is the finest level that a logger wants; that of errors, if it wants none.
func enabled(logger *slog.Logger) LogLevel {
	for _, level := range []LogLevel{LogDebug, LogInfo, LogWarn} {
		if logger.Enabled(context.Background(), level.Level()) {
			return level
		}
	}
	return LogError
}

// ClientOptions say how a client behaves. The zero value is good for a program on Wi-Fi.
type ClientOptions struct {
	// UserAgent is your program as it should appear in the User-Agent, for example "MyChat/4.2"; the library's own name
	// is added.
	UserAgent string
	// ConnectTimeout is the longest time for one connection: name look-up, TCP, proxy and TLS together. 0: 15 s. The
	// library counts in milliseconds, here and below.
	ConnectTimeout time.Duration
	// StallTimeout: a transfer in which no byte moves for so long has failed. 0: 60 s.
	StallTimeout time.Duration
	// Deadline is the longest time for a whole call with all its attempts; the context of a call can set a nearer one.
	// 0: no limit.
	Deadline time.Duration
	// MaxAttempts is how often one call is tried in all. 0: 4; 1: never again.
	MaxAttempts int
	// RetryDelay is the upper bound of the pause before the second attempt; it doubles with each further one, and the
	// pause is a random part of it. What the service asks for is added. 0: 500 ms.
	RetryDelay time.Duration
	// RetryTime: no attempt begins later than so long after its call did. 0: no limit.
	RetryTime time.Duration
	// CallsPerSecond is the most calls of the service in a second, over all goroutines that use this client. 0: what
	// the vendor allows an app. Several clients or programs with one app do not know of each other: divide it.
	CallsPerSecond int
	// UploadRate is the most bytes to send in a second, over all transfers; see [Client.SetRates]. 0: no limit.
	UploadRate int64
	// DownloadRate is the most bytes to receive in a second, over all transfers. 0: no limit.
	DownloadRate int64
	// Proxy for everything: "http://user:password@host:port" or "socks5://...", user name and password
	// percent-encoded. "": none.
	Proxy string `print:"url"`
	// NoProxy is a list of hosts to reach without the proxy, separated by commas, with their subdomains; "*" for all.
	NoProxy string
	// ProxyFromEnvironment takes the proxies from http_proxy, https_proxy, all_proxy and no_proxy, when the client is
	// opened; not together with Proxy.
	ProxyFromEnvironment bool
	// AllowPlainHTTP lets a service or host that is asked over https send us on to an http:// address, by a redirect or
	// as its store, where anyone in between can read and change the file. false: that is refused.
	AllowPlainHTTP bool
	// RefusePrivateAddresses sends nothing to a loopback, link-local, private or other special-purpose address if a
	// message, a presigned request, an answer or a redirect says so: for back-ends, which such a URL could lead to hosts
	// that nobody outside may reach. The service's own address and the proxies may be any.
	RefusePrivateAddresses bool
	// LogLevel is how much to log. 0: what Logger is enabled for when the client is opened.
	LogLevel LogLevel
	// Logger takes the lines of the log as messages, with the context of the call. They never hold a secret; but paths
	// are in them, and that of a NetEase file is enough to fetch it. Its handler is called by the goroutines that make
	// calls, so by several at once, and must not use the client. nil: nothing is logged.
	Logger *slog.Logger
	// CACertificates to trust besides the built-in ones: PEM (any number) or DER (one).
	CACertificates []byte
	// CACertificatesPath is a file with them instead. Set one of the two.
	CACertificatesPath string
	// ClientCertificate is a certificate chain that says who this client is: PEM, its own first.
	ClientCertificate []byte
	// ClientKey goes with it: PEM (PKCS#8, PKCS#1 or SEC1).
	ClientKey []byte `print:"secret"`
}

// Capabilities says what the service of a client can do.
type Capabilities uint32

// What services can do.
const (
	// CanUpload: the service takes files.
	CanUpload Capabilities = C.CHATFILE_CAN_UPLOAD
	// CanDownload: the service gives files back.
	CanDownload Capabilities = C.CHATFILE_CAN_DOWNLOAD
	// CanDeleteByTime: files can be deleted by the time of their upload.
	CanDeleteByTime Capabilities = C.CHATFILE_CAN_DELETE_BY_TIME
	// CanShareSecret: a file can be protected by a share secret.
	CanShareSecret Capabilities = C.CHATFILE_CAN_SHARE_SECRET
	// CanThumbnail: the service makes thumbnails of images.
	CanThumbnail Capabilities = C.CHATFILE_CAN_THUMBNAIL
	// CanPresign: requests can be presigned.
	CanPresign Capabilities = C.CHATFILE_CAN_PRESIGN
	// CanDelete: a file can be deleted.
	CanDelete Capabilities = C.CHATFILE_CAN_DELETE
	// CanParts: large files are sent in parts, side by side, and can be gone on with after a failure.
	CanParts Capabilities = C.CHATFILE_CAN_PARTS
	// CanInstantUpload: what the service has already is not sent again.
	CanInstantUpload Capabilities = C.CHATFILE_CAN_INSTANT_UPLOAD
	// CanInfo: [Client.Info] and [Client.Exists] work.
	CanInfo Capabilities = C.CHATFILE_CAN_INFO
	// CanList: [Client.List] works.
	CanList Capabilities = C.CHATFILE_CAN_LIST
)

// Has says whether all of these can be done.
func (c Capabilities) Has(all Capabilities) bool {
	return c&all == all
}

// Client speaks to one service with one set of credentials. Any number of goroutines may use it at once; they share
// tokens and open connections. It starts no thread of its own.
//
// Close it when it is no longer needed. One that is forgotten is closed when the garbage collector finds it. Copies of a
// Client are the same client.
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
		return C.chatfile_open(options, client, object)
	})
}

// opener fills the configuration of a service and opens its client.
type opener func(m *memory, hooks cgo.Handle, options *C.chatfile_client_options, client **C.chatfile_client, object **C.chatfile_error) C.chatfile_status

func open(options *ClientOptions, secret SecretFunc, opener opener) (*Client, error) {
	// What cgo compiled is of the header, and the library may be older than that.
	var object *C.chatfile_error
	if err := check(C.chatfile_check_version(C.CHATFILE_VERSION_NUMBER, &object), object); err != nil {
		return nil, err
	}
	var m memory
	defer m.free()
	made := &sharedClient{}
	h := &hooks{secret: secret}
	if options != nil {
		h.logger = options.Logger
	}
	if h.logger != nil || h.secret != nil {
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

// fill makes the structure of C; NULL of nil.
func (o *ClientOptions) fill(m *memory, hooks cgo.Handle) *C.chatfile_client_options {
	if o == nil {
		return nil
	}
	c := structure[C.chatfile_client_options](m)
	c.user_agent = m.text("user_agent", o.UserAgent)
	c.connect_timeout_ms = m.milliseconds("connect_timeout_ms", o.ConnectTimeout)
	c.stall_timeout_ms = m.milliseconds("stall_timeout_ms", o.StallTimeout)
	c.deadline_ms = m.milliseconds("deadline_ms", o.Deadline)
	c.max_attempts = m.u32("max_attempts", o.MaxAttempts)
	c.retry_delay_ms = m.milliseconds("retry_delay_ms", o.RetryDelay)
	c.retry_time_ms = m.milliseconds("retry_time_ms", o.RetryTime)
	c.calls_per_second = m.u32("calls_per_second", o.CallsPerSecond)
	c.upload_rate = m.u64("upload_rate", o.UploadRate)
	c.download_rate = m.u64("download_rate", o.DownloadRate)
	c.proxy = m.text("proxy", o.Proxy)
	c.no_proxy = m.text("no_proxy", o.NoProxy)
	c.proxy_from_environment = flag(o.ProxyFromEnvironment)
	c.allow_plain_http = flag(o.AllowPlainHTTP)
	c.refuse_private_addresses = flag(o.RefusePrivateAddresses)
	c.log_level = C.int32_t(o.LogLevel)
	if o.Logger != nil {
		if o.LogLevel == 0 {
			c.log_level = C.int32_t(enabled(o.Logger))
		}
		C.chatfile_go_set_log(c, C.uintptr_t(hooks))
	}
	c.ca_certificates, c.ca_certificates_size = m.bytes(o.CACertificates)
	c.ca_certificates_path = m.text("ca_certificates_path", o.CACertificatesPath)
	c.client_certificate = m.text("client_certificate", string(o.ClientCertificate))
	c.client_key = m.text("client_key", string(o.ClientKey))
	return c
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
	C.chatfile_client_set_rates(client, up, down)
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
