package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

// slot is what outlives the line that opened a client: that, a secret to tell, and the log.
type slot struct {
	client  *chatfile.Client
	asked   int64
	refusal int64
	secret  string
	// Of the login function.
	logins       int64
	challenge    string
	login        string
	loginRefusal int64
	mutex        sync.Mutex
	log          strings.Builder
}

// levels are the numbers of the protocol.
var levels = map[slog.Level]int{slog.LevelError: 1, slog.LevelWarn: 2, slog.LevelInfo: 3, slog.LevelDebug: 4, slog.LevelDebug - 4: 5}

// Enabled takes every line: the library is told which are wanted.
func (s *slot) Enabled(context.Context, slog.Level) bool { return true }

// Handle keeps a line of the log.
func (s *slot) Handle(_ context.Context, record slog.Record) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	fmt.Fprintf(&s.log, "%d %s\n", levels[record.Level], record.Message)
	return nil
}

// WithAttrs is not asked for.
func (s *slot) WithAttrs([]slog.Attr) slog.Handler { return s }

// WithGroup is not asked for.
func (s *slot) WithGroup(string) slog.Handler { return s }

var slots [8]*slot

func (l line) slot() *slot {
	index := l.number("client")
	if index < 0 || index >= int64(len(slots)) {
		die("no such slot")
	}
	if slots[index] == nil {
		slots[index] = &slot{}
	}
	return slots[index]
}

func (l line) client() *chatfile.Client {
	client := l.slot().client
	if client == nil {
		die("no client in the slot")
	}
	return client
}

// ownClientOptions are nil if none is asked for.
func (l line) ownClientOptions() *chatfile.ClientOptions {
	any := false
	for _, key := range clientOptionKeys {
		any = any || l.has(key)
	}
	if !any {
		return nil
	}
	options := l.clientOptions()
	slot := l.slot()
	slot.log.Reset()
	if l.has("log_level") {
		options.Logger = slog.New(slot)
	}
	slot.logins, slot.challenge, slot.login, slot.loginRefusal = 0, "", l["login"], l.number("login_refusal")
	if l.has("login") || l.has("login_refusal") {
		options.ProxyLogin = slot.proxyLogin
	}
	return options
}

func (s *slot) proxyLogin(ctx context.Context, proxy, scheme, realm string) (string, error) {
	if ctx == nil || !strings.Contains(proxy, ":") {
		die("a login without a proxy or context")
	}
	s.logins++
	s.challenge = scheme + " " + realm
	if s.loginRefusal != 0 {
		return "", refusal(s.loginRefusal)
	}
	return s.login, nil
}

var secretNames = map[string]bool{
	"client_secret": true, "password": true, "token": true, "app_secret": true, "library_secret": true,
	"access_token": true, "admin_secret": true,
}

// secretFunc is nil if there is to be none.
func (l line) secretFunc() chatfile.SecretFunc {
	slot := l.slot()
	slot.asked, slot.refusal, slot.secret = 0, l.number("secret_refusal"), l["secret"]
	if !l.has("secret") && !l.has("secret_refusal") {
		return nil
	}
	return func(ctx context.Context, name string) (string, error) {
		if !secretNames[name] || ctx == nil {
			die("a secret without a name or context")
		}
		slot.asked++
		if slot.refusal != 0 {
			return "", refusal(slot.refusal)
		}
		return slot.secret, nil
	}
}

func (l line) opened(a *answer, client *chatfile.Client, err error) {
	if !outcome(a, err, client != nil) {
		return
	}
	slot := l.slot()
	if slot.client != nil {
		slot.client.Close()
	}
	slot.client = client
}

func openNone(l line, a *answer) {
	client, err := chatfile.Open(l.ownClientOptions())
	l.opened(a, client, err)
}

func setRates(l line, a *answer) {
	if err := l.client().SetRates(l.number("upload_rate"), l.number("download_rate")); err != nil {
		die(err.Error())
	}
	a.begin("ok")
}

func capabilities(l line, a *answer) {
	a.begin("ok")
	a.sayNumber("value", int64(l.client().Capabilities()))
}

func seen(l line, a *answer) {
	slot := l.slot()
	slot.mutex.Lock()
	defer slot.mutex.Unlock()
	a.begin("ok")
	a.sayNumber("asked", slot.asked)
	a.sayNumber("logins", slot.logins)
	a.sayText("challenge", slot.challenge)
	a.say("log", slot.log.String())
}

func closeSlot(index int) {
	if slots[index] == nil {
		return
	}
	if slots[index].client != nil {
		slots[index].client.Close()
	}
	slots[index] = nil
}

func free(l line, a *answer) {
	closeSlot(int(l.number("client")))
	a.begin("ok")
}

func reset(_ line, a *answer) {
	for index := range slots {
		closeSlot(index)
	}
	a.begin("ok")
}
