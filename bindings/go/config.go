package chatfile

// #include "shim.h"
import "C"

import (
	"context"
	"runtime/cgo"
	"time"
)

// SecretFunc gives the secret of the field that is called name ("app_secret", "password", ...) when it is needed, so
// that it may live elsewhere. ctx is that of the call that needs it. An error stops that call and is in the chain of its
// error. The library wipes its copy after use. It is called by one goroutine at a time, and must not use the client.
type SecretFunc func(ctx context.Context, name string) (string, error)

// EasemobConfig is an Easemob app and who asks it. Give one kind of credentials: ClientID and ClientSecret, or Username
// and Password, or Token. Of these, a secret that is not set is asked for by Secret, if that is set.
type EasemobConfig struct {
	// BaseURL is the REST address of the app's data centre, without a path. "": "https://a1.easemob.com" (China 1).
	// Others: a31 (China 2), a1-sgp (Singapore), a41 (US-East), a51 (Frankfurt).
	BaseURL string `print:"url"`
	// AppKey is "org#app". Required.
	AppKey string
	// ClientID is the app's, for back-ends. The token is fetched when it is needed, kept, and fetched anew when it
	// expires or is refused.
	ClientID string
	// ClientSecret goes with ClientID.
	ClientSecret string `print:"secret"`
	// Username is a user's; the token is fetched and kept as above.
	Username string
	// Password goes with Username.
	Password string `print:"secret"`
	// Token is one that you got elsewhere. It cannot be renewed here: when it is refused, calls fail with ErrAuth. One
	// that Secret gives is asked for again then, once.
	Token string `print:"secret"`
	// TokenTTL is the lifetime to ask for when a token is fetched, in whole seconds. 0: what the Easemob console says,
	// 60 days unless changed.
	TokenTTL time.Duration
	// MaxUploadSize is the largest file that may be sent, in bytes. 0: 10 MiB, the service's limit unless it was raised
	// for your app.
	MaxUploadSize int64
	// Secret gives "client_secret", "password" or "token" when it is needed.
	Secret SecretFunc
}

// OpenEasemob opens a client of an Easemob app. Nothing is sent yet.
func OpenEasemob(config EasemobConfig, options *ClientOptions) (*Client, error) {
	return open(options, config.Secret, func(m *memory, hooks cgo.Handle, options *C.chatfile_client_options, client **C.chatfile_client, object **C.chatfile_error) C.chatfile_status {
		c := structure[C.chatfile_easemob](m)
		c.base_url = m.text("base_url", config.BaseURL)
		c.app_key = m.text("app_key", config.AppKey)
		c.client_id = m.text("client_id", config.ClientID)
		c.client_secret = m.text("client_secret", config.ClientSecret)
		c.username = m.text("username", config.Username)
		c.password = m.text("password", config.Password)
		c.token = m.text("token", config.Token)
		c.token_ttl_seconds = m.seconds("token_ttl_seconds", config.TokenTTL)
		c.max_upload_size = m.u64("max_upload_size", config.MaxUploadSize)
		if config.Secret != nil {
			C.chatfile_go_set_secret(&c.secret, &c.secret_user, C.uintptr_t(hooks))
		}
		if m.err != nil {
			return C.CHATFILE_OK
		}
		return C.chatfile_open_easemob(c, options, client, object)
	})
}

// NetEaseConfig is a NetEase IM (Yunxin) app.
type NetEaseConfig struct {
	// BaseURL is the server address with its path. "": "https://api.yunxinapi.com/nimserver". Overseas:
	// "https://api-sg.yunxinapi.com/nimserver".
	BaseURL string `print:"url"`
	// AppKey is required.
	AppKey string
	// AppSecret signs the requests and is never sent. "": Secret gives it.
	AppSecret string `print:"secret"`
	// MaxUploadSize is the largest content that may be sent, in bytes as the service counts them: of the file with
	// NetEaseForm, of its base64 text with NetEaseBase64. 0: 15 MiB, which as base64 is a file of 11,796,480
	// bytes.
	MaxUploadSize int64
	// Secret gives "app_secret" each time it is needed.
	Secret SecretFunc
}

// OpenNetEase opens a client of a NetEase IM app. Nothing is sent yet.
func OpenNetEase(config NetEaseConfig, options *ClientOptions) (*Client, error) {
	return open(options, config.Secret, func(m *memory, hooks cgo.Handle, options *C.chatfile_client_options, client **C.chatfile_client, object **C.chatfile_error) C.chatfile_status {
		c := structure[C.chatfile_netease](m)
		c.base_url = m.text("base_url", config.BaseURL)
		c.app_key = m.text("app_key", config.AppKey)
		c.app_secret = m.text("app_secret", config.AppSecret)
		c.max_upload_size = m.u64("max_upload_size", config.MaxUploadSize)
		if config.Secret != nil {
			C.chatfile_go_set_secret(&c.secret, &c.secret_user, C.uintptr_t(hooks))
		}
		if m.err != nil {
			return C.CHATFILE_OK
		}
		return C.chatfile_open_netease(c, options, client, object)
	})
}

// HuaweiConfig is a Huawei Cloud AICC tenant, and the customer on whose behalf files are sent.
type HuaweiConfig struct {
	// BaseURL is the domain of the deployment with its port, if it has one, for example
	// "https://service.besclouds.com". Required.
	BaseURL string `print:"url"`
	// AppKey is required.
	AppKey string
	// AppSecret goes with it. "": Secret gives it.
	AppSecret string `print:"secret"`
	// ChannelID is that of the configured channel. Required.
	ChannelID string
	// UserID is the customer, 1 to 32 characters. Required.
	UserID string
	// UserName is the customer's name. "": UserID.
	UserName string
	// Locale is "zh", "zh_CN", "en" or "en_US". "": "zh".
	Locale string
	// TokenTTL is the lifetime to ask for when the AccessToken is fetched, in whole seconds, at most an hour. 0: what
	// the service gives.
	TokenTTL time.Duration
	// MaxUploadSize is the largest file that may be sent, in bytes. 0: no limit, since the vendor publishes none.
	MaxUploadSize int64
	// Secret gives "app_secret" each time it is needed.
	Secret SecretFunc
}

// OpenHuawei opens a client of a Huawei AICC tenant. Nothing is sent yet.
func OpenHuawei(config HuaweiConfig, options *ClientOptions) (*Client, error) {
	return open(options, config.Secret, func(m *memory, hooks cgo.Handle, options *C.chatfile_client_options, client **C.chatfile_client, object **C.chatfile_error) C.chatfile_status {
		c := structure[C.chatfile_huawei](m)
		c.base_url = m.text("base_url", config.BaseURL)
		c.app_key = m.text("app_key", config.AppKey)
		c.app_secret = m.text("app_secret", config.AppSecret)
		c.channel_id = m.text("channel_id", config.ChannelID)
		c.user_id = m.text("user_id", config.UserID)
		c.user_name = m.text("user_name", config.UserName)
		c.locale = m.text("locale", config.Locale)
		c.token_ttl_seconds = m.seconds("token_ttl_seconds", config.TokenTTL)
		c.max_upload_size = m.u64("max_upload_size", config.MaxUploadSize)
		if config.Secret != nil {
			C.chatfile_go_set_secret(&c.secret, &c.secret_user, C.uintptr_t(hooks))
		}
		if m.err != nil {
			return C.CHATFILE_OK
		}
		return C.chatfile_open_huawei(c, options, client, object)
	})
}

// SMHConfig is a media library of Tencent SMH and who asks it: give LibrarySecret or AccessToken. If neither is set, one
// of them is asked for by Secret; AskAccessToken says which.
type SMHConfig struct {
	// BaseURL is the address of SMH without a path. "": "https://api.tencentsmh.cn". The vendor recommends the domain
	// of the library, "https://LIBRARY_ID.api.tencentsmh.cn". With http:// the store behind it is reached without TLS,
	// too.
	BaseURL string `print:"url"`
	// LibraryID is the id of the media library. Required.
	LibraryID string
	// LibrarySecret is the secret of the library, for back-ends. A token is fetched when it is needed, kept, and
	// fetched anew when it expires or is refused.
	LibrarySecret string `print:"secret"`
	// AccessToken is one that you got elsewhere. It cannot be renewed here: when it is refused, calls fail with
	// ErrAuth. One that Secret gives is asked for again then, once.
	AccessToken string `print:"secret"`
	// SpaceID is the tenant space. "": the only one of a single-tenant library.
	SpaceID string
	// UserID is the user in whose name it is done. "": nobody's.
	UserID string
	// ClientID is the client of that user that a token is fetched for. "": none.
	ClientID string
	// SessionID is the session of that user that a token is fetched for. "": none.
	SessionID string
	// Grant is what a fetched token may do, with commas between ("upload_file", "confirm_upload", ..., or "admin"). To
	// "": read only. nil: what uploads, downloads, deletions and the making of folders need.
	Grant *string
	// TokenPeriod is the lifetime of a fetched token in whole seconds, from 5 minutes to 10 years; every use of the
	// token begins it anew. 0: a day.
	TokenPeriod time.Duration
	// PrivateDeployment says that SMH runs as a private deployment, in which each part of a file has credentials of its
	// own.
	PrivateDeployment bool
	// AskAccessToken: with neither LibrarySecret nor AccessToken, Secret is asked for "access_token", not for
	// "library_secret".
	AskAccessToken bool
	// Secret gives "library_secret" or "access_token" when it is needed.
	Secret SecretFunc
}

// OpenSMH opens a client of a media library of Tencent SMH. Nothing is sent yet.
func OpenSMH(config SMHConfig, options *ClientOptions) (*Client, error) {
	return open(options, config.Secret, func(m *memory, hooks cgo.Handle, options *C.chatfile_client_options, client **C.chatfile_client, object **C.chatfile_error) C.chatfile_status {
		c := structure[C.chatfile_smh](m)
		c.base_url = m.text("base_url", config.BaseURL)
		c.library_id = m.text("library_id", config.LibraryID)
		c.library_secret = m.text("library_secret", config.LibrarySecret)
		c.access_token = m.text("access_token", config.AccessToken)
		c.space_id = m.text("space_id", config.SpaceID)
		c.user_id = m.text("user_id", config.UserID)
		c.client_id = m.text("client_id", config.ClientID)
		c.session_id = m.text("session_id", config.SessionID)
		c.grant = m.optional("grant", config.Grant)
		c.token_period_seconds = m.seconds("token_period_seconds", config.TokenPeriod)
		c.private_deployment = flag(config.PrivateDeployment)
		c.ask_access_token = flag(config.AskAccessToken)
		if config.Secret != nil {
			C.chatfile_go_set_secret(&c.secret, &c.secret_user, C.uintptr_t(hooks))
		}
		if m.err != nil {
			return C.CHATFILE_OK
		}
		return C.chatfile_open_smh(c, options, client, object)
	})
}

// OpenIMConfig is an OpenIM server and who asks it: a user with a token, or, for back-ends, the admin with the server's
// secret, for himself or for a user.
type OpenIMConfig struct {
	// BaseURL is the address of the server's API, for example "https://im.example.com/api" or "http://10.0.0.1:10002".
	// Required.
	BaseURL string `print:"url"`
	// UserID is who asks: a user's id; with AdminSecret and without Platform the admin's. Required.
	UserID string
	// Token is one of UserID that you got elsewhere. It cannot be renewed here: when it is refused, calls fail with
	// ErrAuth. One that Secret gives is asked for again then, once.
	Token string `print:"secret"`
	// AdminSecret is the server's secret, in place of Token, for back-ends. Tokens are fetched when they are needed,
	// kept, and fetched anew when they expire or are refused.
	AdminSecret string `print:"secret"`
	// AdminUserID is the admin who fetches the token of UserID; with Platform alone. "": "imAdmin".
	AdminUserID string
	// Platform is, with AdminSecret, what UserID is logged in on (1 to 9 or 11), which can end an older login of the
	// user there. 0: UserID is the admin.
	Platform int
	// AskAdminSecret: with neither Token nor AdminSecret, Secret is asked for "admin_secret", not for
	// "token".
	AskAdminSecret bool
	// MaxUploadSize is the largest file that may be sent, in bytes. 0: no limit, since the server has none.
	MaxUploadSize int64
	// Secret gives "token" or "admin_secret" when it is needed.
	Secret SecretFunc
}

// OpenOpenIM opens a client of an OpenIM server. Nothing is sent yet.
func OpenOpenIM(config OpenIMConfig, options *ClientOptions) (*Client, error) {
	return open(options, config.Secret, func(m *memory, hooks cgo.Handle, options *C.chatfile_client_options, client **C.chatfile_client, object **C.chatfile_error) C.chatfile_status {
		c := structure[C.chatfile_openim](m)
		c.base_url = m.text("base_url", config.BaseURL)
		c.user_id = m.text("user_id", config.UserID)
		c.token = m.text("token", config.Token)
		c.admin_secret = m.text("admin_secret", config.AdminSecret)
		c.admin_user_id = m.text("admin_user_id", config.AdminUserID)
		c.platform = m.u32("platform", config.Platform)
		c.ask_admin_secret = flag(config.AskAdminSecret)
		c.max_upload_size = m.u64("max_upload_size", config.MaxUploadSize)
		if config.Secret != nil {
			C.chatfile_go_set_secret(&c.secret, &c.secret_user, C.uintptr_t(hooks))
		}
		if m.err != nil {
			return C.CHATFILE_OK
		}
		return C.chatfile_open_openim(c, options, client, object)
	})
}
