package chatfile_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

var background = context.Background()

func TestEverySourceReachesEverySink(t *testing.T) {
	leaksNothing(t)
	content := sample(300_000)
	folder := t.TempDir()
	path := filepath.Join(folder, "ü.png")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, client := range services(t) {
		sources := map[string]chatfile.Source{
			"file":   chatfile.FromFile(path),
			"bytes":  chatfile.FromBytes(content),
			"seeker": chatfile.FromReader(bytes.NewReader(content), chatfile.SizeUnknown),
			"reader": chatfile.FromReader(bytes.NewBuffer(append([]byte(nil), content...)), int64(len(content))),
			// Which says nothing of its length.
			"unsized": chatfile.FromReader(io.MultiReader(bytes.NewReader(content)), chatfile.SizeUnknown),
		}
		for kind, source := range sources {
			t.Run(name+" "+kind, func(t *testing.T) {
				var reports []chatfile.Progress
				options := &chatfile.UploadOptions{FileName: "ü.png", Progress: func(p chatfile.Progress) error {
					reports = append(reports, p)
					return nil
				}}
				stored, err := client.Upload(background, source, options)
				if err != nil {
					t.Fatal(err)
				}
				if stored.Size != int64(len(content)) || stored.File == "" || stored.Attempts != 1 {
					t.Errorf("%+v", stored)
				}
				last := reports[len(reports)-1]
				if reports[0].Done != 0 || !last.Finished || last.Done != stored.Size {
					t.Errorf("%+v", reports)
				}
				downloads(t, name, client, stored.File, content)
			})
		}
	}
}

func downloads(t *testing.T, name string, client *chatfile.Client, file string, content []byte) {
	t.Helper()
	options := downloadOptions[name]
	got, err := client.Download(background, file, chatfile.ToMemory(), options)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got.Data, content)
	target := filepath.Join(t.TempDir(), "target")
	got, err = client.Download(background, file, chatfile.ToFile(target), options)
	if err != nil {
		t.Fatal(err)
	}
	if got.Data != nil || got.Size != int64(len(content)) {
		t.Errorf("%+v", got)
	}
	data, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	same(t, data, content)
	var written bytes.Buffer
	if _, err = client.Download(background, file, chatfile.ToWriter(&written), options); err != nil {
		t.Fatal(err)
	}
	same(t, written.Bytes(), content)
}

func TestAFileThatIsReadFromItsMiddle(t *testing.T) {
	client := openEasemob(t)
	content := sample(5000)
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Seek(1000, 0); err != nil {
		t.Fatal(err)
	}
	// The first attempt fails, so that it has to go back to where it began.
	fault(t, `{"match":{"verb":"upload"},"times":1,"action":{"type":"service_error","name":"503"}}`)
	stored, err := client.Upload(background, chatfile.FromReader(file, chatfile.SizeUnknown), nil)
	if err != nil {
		t.Fatal(err)
	}
	if stored.Attempts != 2 {
		t.Errorf("%+v", stored)
	}
	downloads(t, "easemob", client, stored.File, content[1000:])
}

func TestAPipeCannotGoBack(t *testing.T) {
	client := openEasemob(t)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	go func() {
		defer writer.Close()
		writer.Write(sample(1000))
	}()
	stored, err := client.Upload(background, chatfile.FromReader(reader, 1000), nil)
	if err != nil {
		t.Fatal(err)
	}
	downloads(t, "easemob", client, stored.File, sample(1000))
}

func TestASizeIsThatOfAReader(t *testing.T) {
	client := openEasemob(t)
	for _, source := range []chatfile.Source{{Data: []byte("abc"), Size: 2}, {Path: "client_test.go", Size: 3}} {
		var failed *chatfile.Error
		_, err := client.Upload(background, source, nil)
		if !errors.As(err, &failed) || failed.Status != chatfile.ErrArgument || failed.Field != "Source.Size" {
			t.Errorf("%+v: %v", source, err)
		}
	}
}

// A size of 0 is one that is not known, not that of an empty file: the reader says it, or is read to its end.
func TestASizeThatIsNotSaid(t *testing.T) {
	client := openEasemob(t)
	content := sample(1000)
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for name, reader := range map[string]io.Reader{
		"a buffer":   bytes.NewBuffer(content),
		"a text":     strings.NewReader(string(content)),
		"a file":     file,
		"a section":  io.NewSectionReader(bytes.NewReader(content), 0, 1000),
		"an empty":   io.LimitReader(bytes.NewReader(content), 0),
		"a one-way":  io.LimitReader(bytes.NewReader(content), 1000),
		"one fails":  iotest.ErrReader(errOwn),
		"one is odd": iotest.DataErrReader(strings.NewReader("")),
	} {
		before := time.Now()
		stored, err := client.Upload(background, chatfile.Source{Reader: reader}, nil)
		if name == "one fails" {
			if !errors.Is(err, chatfile.ErrCallback) || !errors.Is(err, errOwn) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s, %v: %v", name, time.Since(before), err)
			continue
		}
		want := content
		if name == "an empty" || name == "one is odd" {
			want = nil
		}
		downloads(t, "easemob", client, stored.File, want)
	}
}

func TestErrorsAreThoseOfGo(t *testing.T) {
	client := openSMH(t)
	_, err := client.Info(background, "no such file", nil)
	if !errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	missing := chatfile.FromFile(filepath.Join(t.TempDir(), "missing"))
	if _, err = client.Upload(background, missing, nil); !errors.Is(err, chatfile.ErrSource) || !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for status, same := range map[chatfile.Status]error{
		chatfile.ErrNotFound:       fs.ErrNotExist,
		chatfile.ErrConflict:       fs.ErrExist,
		chatfile.ErrForbidden:      fs.ErrPermission,
		chatfile.ErrUnsupported:    errors.ErrUnsupported,
		chatfile.ErrTruncated:      io.ErrUnexpectedEOF,
		chatfile.ErrDeadline:       os.ErrDeadlineExceeded,
		chatfile.ErrStalled:        os.ErrDeadlineExceeded,
		chatfile.ErrConnectTimeout: os.ErrDeadlineExceeded,
	} {
		if !errors.Is(status, same) || !errors.Is(&chatfile.Error{Status: status}, same) || errors.Is(chatfile.ErrService, same) {
			t.Errorf("%v is not %v", status, same)
		}
	}
}

// The log goes to a logger of Go, with the context of the call and as far as the logger wants it.
func TestALogger(t *testing.T) {
	type key struct{}
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		var out bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level}))
		made, err := chatfile.OpenEasemob(easemob(), &chatfile.ClientOptions{Logger: logger})
		if _, err = opened(t, made, err).Upload(background, chatfile.FromBytes(nil), nil); err != nil {
			t.Fatal(err)
		}
		for what, least := range map[string]slog.Level{"level=DEBUG": slog.LevelDebug, "level=INFO": slog.LevelInfo} {
			if strings.Contains(out.String(), what) != (level <= least) {
				t.Errorf("%v: %s", level, out.String())
			}
		}
	}
	var seen any
	made, err := chatfile.OpenEasemob(easemob(), &chatfile.ClientOptions{Logger: slog.New(handler(func(ctx context.Context, record slog.Record) {
		seen = ctx.Value(key{})
	}))})
	if _, err = opened(t, made, err).Upload(context.WithValue(background, key{}, "mine"), chatfile.FromBytes(nil), nil); err != nil || seen != "mine" {
		t.Error(err, seen)
	}
}

func TestErrorsTellEverything(t *testing.T) {
	client := openEasemob(t)
	_, err := client.Download(background, "6d16e9a0-0000-11ee-8000-000000000000", chatfile.ToMemory(), nil)
	var failed *chatfile.Error
	if !errors.Is(err, chatfile.ErrNotFound) || !errors.As(err, &failed) {
		t.Fatal(err)
	}
	if failed.HTTPStatus != 404 || failed.Phase != chatfile.PhaseReceive || failed.Attempts != 1 || failed.Retryable || failed.Timeout() {
		t.Errorf("%+v", failed)
	}
	var status chatfile.Status
	if !errors.As(err, &status) || status != chatfile.ErrNotFound || status.String() != "CHATFILE_E_NOT_FOUND" {
		t.Errorf("%v", status)
	}
	if errors.Is(err, chatfile.ErrAuth) || errors.Unwrap(err) != nil {
		t.Errorf("%v", err)
	}
	if !strings.HasPrefix(err.Error(), "chatfile: ") {
		t.Error(err)
	}
}

func TestParametersThatCannotWork(t *testing.T) {
	field := func(err error, status chatfile.Status, field string) {
		t.Helper()
		var failed *chatfile.Error
		if !errors.As(err, &failed) || failed.Status != status || failed.Field != field {
			t.Errorf("%s of %s expected: %+v", status, field, err)
		}
	}
	_, err := chatfile.OpenNetEase(chatfile.NetEaseConfig{}, nil)
	field(err, chatfile.ErrNull, "AppKey")
	config := netease()
	config.AppKey = "a\x00b"
	_, err = chatfile.OpenNetEase(config, nil)
	field(err, chatfile.ErrText, "AppKey")
	config = netease()
	config.MaxUploadSize = -1
	_, err = chatfile.OpenNetEase(config, nil)
	field(err, chatfile.ErrArgument, "MaxUploadSize")
	_, err = chatfile.OpenNetEase(netease(), &chatfile.ClientOptions{Deadline: -time.Second})
	field(err, chatfile.ErrArgument, "Deadline")
	_, err = chatfile.OpenNetEase(netease(), &chatfile.ClientOptions{Deadline: 50 * 24 * time.Hour})
	field(err, chatfile.ErrArgument, "Deadline")
	_, err = chatfile.Open(&chatfile.ClientOptions{MaxAttempts: -1})
	field(err, chatfile.ErrArgument, "MaxAttempts")
	client := openEasemob(t)
	_, err = client.Upload(background, chatfile.Source{}, nil)
	field(err, chatfile.ErrArgument, "source")
	_, err = client.Upload(background, chatfile.FromFile(""), nil)
	field(err, chatfile.ErrArgument, "source")
	_, err = client.Download(background, "a", chatfile.Sink{}, nil)
	field(err, chatfile.ErrArgument, "sink")
	_, err = client.Download(background, "a", chatfile.ToFile(""), nil)
	field(err, chatfile.ErrSink, "Sink.Path")
	_, err = client.Upload(background, chatfile.FromReader(strings.NewReader(""), -2), nil)
	field(err, chatfile.ErrArgument, "Source.Size")
	_, err = client.Download(background, "a\x00", chatfile.ToMemory(), nil)
	field(err, chatfile.ErrText, "file")
	_, err = client.SendPresigned(background, nil, chatfile.FromBytes(nil), nil)
	field(err, chatfile.ErrNull, "presigned")
	field(client.SetRates(-1, 0), chatfile.ErrArgument, "UploadRate")
	// The shortest of times is not none.
	fault(t, `{"match":{"verb":"token"},"action":{"type":"stall_head","after":0}}`)
	slow, err := chatfile.OpenEasemob(easemob(), &chatfile.ClientOptions{Deadline: time.Nanosecond})
	if _, err = opened(t, slow, err).Upload(background, chatfile.FromBytes(nil), nil); !errors.Is(err, chatfile.ErrDeadline) {
		t.Error(err)
	}
	var failed *chatfile.Error
	if !errors.As(err, &failed) || !failed.Timeout() {
		t.Error("that is a time-out")
	}
}

func TestFilesOfSMH(t *testing.T) {
	leaksNothing(t)
	client := openSMH(t)
	if !client.Capabilities().Has(chatfile.CanInfo|chatfile.CanList|chatfile.CanDelete) || client.Capabilities().Has(chatfile.CanDeleteByTime) {
		t.Error("capabilities")
	}
	options := &chatfile.UploadOptions{SMH: &chatfile.SMHUpload{
		Directory:         "go/files",
		CreateDirectories: true,
		Labels:            []string{"one", "zwei"},
		Category:          "pictures",
		Conflict:          chatfile.SMHConflictOverwrite,
	}}
	names := []string{"a", "b", "c"}
	for _, name := range names {
		options.FileName = name
		if _, err := client.Upload(background, chatfile.FromBytes([]byte("123456789")), options); err != nil {
			t.Fatal(err)
		}
	}
	info, err := client.Info(background, "go/files/a", nil)
	if err != nil {
		t.Fatal(err)
	}
	if info.Kind != "file" || info.Size != 9 || len(info.Labels) != 2 || info.Labels[1] != "zwei" || info.Category != "pictures" {
		t.Errorf("%+v", info)
	}
	digest, err := chatfile.NewDigest(chatfile.DigestCRC64, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer digest.Close()
	digest.Write([]byte("123456789"))
	if info.CRC64 != strconv.FormatUint(digest.CRC64Value(), 10) {
		t.Errorf("%+v", info)
	}
	var found []string
	for marker := ""; ; {
		listing, err := client.List(background, "go/files", &chatfile.ListOptions{Marker: marker, Limit: 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range listing.Entries {
			found = append(found, entry.Name)
		}
		if marker = listing.NextMarker; marker == "" {
			break
		}
	}
	if strings.Join(found, " ") != strings.Join(names, " ") {
		t.Error(found)
	}
	folders, err := client.List(background, "", nil)
	if err != nil || folders.Entries[0].Size != chatfile.SizeUnknown {
		t.Errorf("%+v %v", folders, err)
	}
	deleted, err := client.Delete(background, "go/files/a", nil)
	if err != nil || deleted.RecycledItemID == "" {
		t.Errorf("%+v %v", deleted, err)
	}
	for file, expected := range map[string]bool{"go/files/a": false, "go/files/b": true} {
		if there, err := client.Exists(background, file, nil); err != nil || there != expected {
			t.Error(file, there, err)
		}
	}
	if _, err = client.Info(background, "go/files/a", nil); !errors.Is(err, chatfile.ErrNotFound) {
		t.Error(err)
	}
}

func TestAnUploadGoesOn(t *testing.T) {
	client := openSMH(t)
	content := sample(3<<20 + 5)
	options := &chatfile.UploadOptions{
		FileName:      "parts",
		ParallelParts: 1,
		Resumable:     true,
		SMH:           &chatfile.SMHUpload{Method: chatfile.SMHMethodParts, PartSize: 1 << 20, SkipInstant: true, Conflict: chatfile.SMHConflictOverwrite},
	}
	fault(t, `{"match":{"verb":"part_put"},"skip":2,"times":1,"action":{"type":"service_error","name":"EntityTooLarge"}}`)
	_, err := client.Upload(background, chatfile.FromBytes(content), options)
	var failed *chatfile.Error
	if !errors.As(err, &failed) || failed.ResumeToken == "" {
		t.Fatal(err)
	}
	options.ResumeToken = failed.ResumeToken
	stored, err := client.Upload(background, chatfile.FromBytes(content), options)
	if err != nil {
		t.Fatal(err)
	}
	downloads(t, "smh", client, stored.File, content)
	if err := client.AbortUpload(background, &chatfile.AbortUploadOptions{ResumeToken: failed.ResumeToken}); err != nil {
		t.Error(err)
	}
	if err := client.AbortUpload(background, &chatfile.AbortUploadOptions{ResumeToken: "{}"}); !errors.Is(err, chatfile.ErrArgument) {
		t.Error(err)
	}
}

func TestGoroutinesShareAClient(t *testing.T) {
	leaksNothing(t)
	var lines sync.Map
	options := &chatfile.ClientOptions{LogLevel: chatfile.LogDebug, Logger: toFunc(func(level slog.Level, line string) {
		lines.Store(line, level)
	})}
	config := easemob()
	secret := config.ClientSecret
	config.ClientSecret = ""
	config.Secret = func(context.Context, string) (string, error) { return secret, nil }
	shared, err := chatfile.OpenEasemob(config, options)
	client := opened(t, shared, err)
	var group sync.WaitGroup
	for i := 0; i < 16; i++ {
		i := i
		group.Add(1)
		go func() {
			defer group.Done()
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			content := sample(10_000 + i)
			reader := chatfile.FromReader(bytes.NewReader(content), chatfile.SizeUnknown)
			stored, err := client.Upload(ctx, reader, &chatfile.UploadOptions{Progress: func(chatfile.Progress) error { return nil }})
			if err != nil {
				t.Error(err)
				return
			}
			var got bytes.Buffer
			if _, err := client.Download(ctx, stored.File, chatfile.ToWriter(&got), nil); err != nil {
				t.Error(err)
			}
			if !bytes.Equal(got.Bytes(), content) {
				t.Error("other bytes")
			}
			if err := client.SetRates(0, 0); err != nil {
				t.Error(err)
			}
		}()
	}
	group.Wait()
	count := 0
	lines.Range(func(any, any) bool { count++; return true })
	if count < 3 {
		t.Errorf("%d lines in the log", count)
	}
}

func TestClosing(t *testing.T) {
	leaksNothing(t)
	client, err := chatfile.OpenEasemob(easemob(), nil)
	if err != nil {
		t.Fatal(err)
	}
	// Closed in the middle of a call, which goes on.
	stored, err := client.Upload(background, chatfile.FromBytes(sample(1000)), &chatfile.UploadOptions{Progress: func(chatfile.Progress) error {
		return client.Close()
	}})
	if err != nil || stored.Size != 1000 {
		t.Fatal(err)
	}
	closed := func(err error) {
		t.Helper()
		var failed *chatfile.Error
		if !errors.Is(err, fs.ErrClosed) || !errors.As(err, &failed) {
			t.Error(err)
		}
	}
	_, err = client.Upload(background, chatfile.FromBytes(nil), nil)
	closed(err)
	_, err = client.Download(background, "a", chatfile.ToMemory(), nil)
	closed(err)
	_, err = client.Delete(background, "a", nil)
	closed(err)
	closed(client.SetRates(0, 0))
	closed(client.AbortUpload(background, nil))
	if client.Capabilities() != 0 {
		t.Error("what is closed can do nothing")
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
}

// Clients and digests that are forgotten are collected; the emulator would run out of connections otherwise.
func TestForgettingToClose(t *testing.T) {
	for i := 0; i < 50; i++ {
		client, err := chatfile.OpenEasemob(easemob(), &chatfile.ClientOptions{Logger: toFunc(func(slog.Level, string) {})})
		if err != nil {
			t.Fatal(err)
		}
		client.Capabilities()
		digest, err := chatfile.NewDigest(chatfile.DigestCRC64, 0)
		if err != nil {
			t.Fatal(err)
		}
		digest.Write([]byte("a"))
	}
	runtime.GC()
	runtime.GC()
}

func TestVersions(t *testing.T) {
	if chatfile.Version() == "" || chatfile.VersionNumber() < 1000 {
		t.Error(chatfile.Version(), chatfile.VersionNumber())
	}
	sum, err := chatfile.NetEaseChecksum("a", "b", "c")
	if err != nil || sum != "a9993e364706816aba3e25717850c26c9cd0d89d" {
		t.Error(sum, err)
	}
	if _, err = chatfile.NetEaseChecksum("a\x00", "b", "c"); !errors.Is(err, chatfile.ErrText) {
		t.Error(err)
	}
	if chatfile.Status(12345).String() != "CHATFILE_E_UNKNOWN" || chatfile.Phase(7).String() != "unknown" || chatfile.PhaseSend.String() != "send" {
		t.Error("names")
	}
}
