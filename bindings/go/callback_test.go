package chatfile_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

var errOwn = errors.New("an error of the test's own")

// badReader fails as soon as it is read, or gives ten bytes and fails when it is to give them again.
type badReader struct {
	read func() error
	seek func() error
	over bool
}

func (r *badReader) Read(buffer []byte) (int, error) {
	switch {
	case r.read != nil:
		return 0, r.read()
	case r.over:
		return 0, io.EOF
	}
	r.over = true
	return copy(buffer, sample(10)), nil
}

func (r *badReader) Seek(_ int64, whence int) (int64, error) {
	if whence == io.SeekStart && r.seek != nil {
		return 0, r.seek()
	}
	return 0, nil
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(data []byte) (int, error) { return f(data) }

// callbacks are calls in which a function of the caller's does what is asked of it.
var callbacks = map[string]func(t *testing.T, do func() error) error{
	"reader": func(t *testing.T, do func() error) error {
		_, err := openEasemob(t).Upload(background, chatfile.FromReader(&badReader{read: do}, 10), nil)
		return err
	},
	"seeker": func(t *testing.T, do func() error) error {
		// It refuses when it has read everything: earlier, nothing may have been read that is to be read again.
		fault(t, `{"match":{"verb":"upload"},"action":{"type":"answer","status":503}}`)
		_, err := openEasemob(t).Upload(background, chatfile.FromReader(&badReader{seek: do}, 10), nil)
		return err
	},
	"writer": func(t *testing.T, do func() error) error {
		client := openEasemob(t)
		stored, err := client.Upload(background, chatfile.FromBytes(sample(10)), nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Download(background, stored.File, chatfile.ToWriter(writerFunc(func([]byte) (int, error) { return 0, do() })), nil)
		return err
	},
	"progress": func(t *testing.T, do func() error) error {
		_, err := openEasemob(t).Upload(background, chatfile.FromBytes(sample(10)), &chatfile.UploadOptions{
			Progress: func(chatfile.Progress) error { return do() },
		})
		return err
	},
	"progress of a download": func(t *testing.T, do func() error) error {
		_, err := openEasemob(t).Download(background, "0-1", chatfile.ToMemory(), &chatfile.DownloadOptions{
			Progress: func(chatfile.Progress) error { return do() },
		})
		return err
	},
	"secret": func(t *testing.T, do func() error) error {
		config := netease()
		config.AppSecret = ""
		config.Secret = func(context.Context, string) (string, error) { return "", do() }
		made, err := chatfile.OpenNetEase(config, nil)
		_, err = opened(t, made, err).Upload(background, chatfile.FromBytes(sample(10)), nil)
		return err
	},
}

func TestErrorsOfCallbacksComeOutAsThemselves(t *testing.T) {
	leaksNothing(t)
	for name, run := range callbacks {
		t.Run(name, func(t *testing.T) {
			err := run(t, func() error { return errOwn })
			var failed *chatfile.Error
			if !errors.Is(err, errOwn) || !errors.Is(err, chatfile.ErrCallback) || !errors.As(err, &failed) {
				t.Fatal(err)
			}
			if !strings.Contains(err.Error(), errOwn.Error()) {
				t.Error(err)
			}
		})
	}
}

func thatPanics() error { panic(errOwn) }

// A panic comes out with its value, and with the stack of the function that panicked.
func TestPanicsOfCallbacksComeOut(t *testing.T) {
	leaksNothing(t)
	panics := func(t *testing.T, run func() error) {
		t.Helper()
		defer func() {
			failed, ok := recover().(*chatfile.PanicError)
			if !ok || failed.Value != errOwn || !errors.Is(failed, errOwn) {
				t.Fatalf("recovered %v", failed)
			}
			if !strings.Contains(string(failed.Stack), "thatPanics") || !strings.Contains(failed.Error(), "thatPanics") {
				t.Errorf("the stack does not name the function: %s", failed.Stack)
			}
		}()
		t.Errorf("no panic, but %v", run())
	}
	for name, run := range callbacks {
		t.Run(name, func(t *testing.T) {
			panics(t, func() error { return run(t, thatPanics) })
		})
	}
	t.Run("log", func(t *testing.T) {
		made, err := chatfile.OpenEasemob(easemob(), &chatfile.ClientOptions{Logger: toFunc(func(slog.Level, string) { thatPanics() })})
		client := opened(t, made, err)
		panics(t, func() error {
			_, err := client.Upload(background, chatfile.FromBytes(sample(10)), nil)
			return err
		})
	})
	t.Run("log, while there is more to do", func(t *testing.T) {
		lines, reads := 0, 0
		logger := toFunc(func(slog.Level, string) {
			lines++
			thatPanics()
		})
		made, err := chatfile.OpenEasemob(easemob(), &chatfile.ClientOptions{Logger: logger, LogLevel: chatfile.LogTrace})
		client := opened(t, made, err)
		panics(t, func() error {
			content := readerFunc(func(buffer []byte) (int, error) {
				reads++
				return len(buffer), nil
			})
			_, err := client.Upload(background, chatfile.FromReader(content, 1<<23), nil)
			return err
		})
		if lines != 1 || reads > 0 {
			t.Errorf("%d lines and %d reads", lines, reads)
		}
	})
}

// A callback may make calls of its own; what goes wrong there is told there.
func TestCallsInCallbacks(t *testing.T) {
	leaksNothing(t)
	outer, inner := openEasemob(t), openSMH(t)
	config := netease()
	config.AppSecret = ""
	config.Secret = func(ctx context.Context, _ string) (string, error) {
		if there, err := inner.Exists(ctx, "no such file", nil); there || err != nil {
			t.Error(there, err)
		}
		return netease().AppSecret, nil
	}
	made, err := chatfile.OpenNetEase(config, nil)
	asking := opened(t, made, err)
	calls := 0
	_, err = outer.Upload(background, chatfile.FromBytes(sample(10)), &chatfile.UploadOptions{Progress: func(chatfile.Progress) error {
		calls++
		if _, err := inner.Info(background, "no such file", nil); !errors.Is(err, chatfile.ErrNotFound) {
			t.Error(err)
		}
		func() {
			defer func() {
				if failed, ok := recover().(*chatfile.PanicError); !ok || failed.Value != errOwn {
					t.Error(failed)
				}
			}()
			inner.Upload(background, chatfile.FromReader(&badReader{read: func() error { panic(errOwn) }}, 10), nil)
		}()
		_, err := asking.Upload(background, chatfile.FromBytes(sample(10)), nil)
		return err
	}})
	if err != nil || calls < 2 {
		t.Error(calls, err)
	}
}

func TestReadersThatMisbehave(t *testing.T) {
	client := openEasemob(t)
	for name, read := range map[string]struct {
		read   func([]byte) (int, error)
		status chatfile.Status
		err    error
	}{
		"claims too much": {func(b []byte) (int, error) { return len(b) + 1, nil }, chatfile.ErrSource, nil},
		"is negative":     {func([]byte) (int, error) { return -1, nil }, chatfile.ErrSource, nil},
		"ends early":      {func([]byte) (int, error) { return 0, io.EOF }, chatfile.ErrSource, nil},
		"gives nothing":   {func([]byte) (int, error) { return 0, nil }, chatfile.ErrCallback, io.ErrNoProgress},
		"fails late":      {func(b []byte) (int, error) { return 1, errOwn }, chatfile.ErrCallback, errOwn},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client.Upload(background, chatfile.FromReader(readerFunc(read.read), 10), nil)
			if !errors.Is(err, read.status) || read.err != nil && !errors.Is(err, read.err) {
				t.Error(err)
			}
		})
	}
	// With the last byte, an error is none yet.
	once := readerFunc(func(b []byte) (int, error) { return 10, io.EOF })
	if _, err := client.Upload(background, chatfile.FromReader(once, 10), nil); err != nil {
		t.Error(err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(data []byte) (int, error) { return f(data) }

func TestAWriterThatTakesLess(t *testing.T) {
	client := openEasemob(t)
	stored, err := client.Upload(background, chatfile.FromBytes(sample(10)), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Download(background, stored.File, chatfile.ToWriter(writerFunc(func([]byte) (int, error) { return 1, nil })), nil)
	if !errors.Is(err, io.ErrShortWrite) {
		t.Error(err)
	}
}

func TestAWriterThatClaimsWhatItDidNotGet(t *testing.T) {
	client := openEasemob(t)
	stored, err := client.Upload(background, chatfile.FromBytes(sample(10)), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, claim := range []int{11, math.MaxInt, -1} {
		_, err = client.Download(background, stored.File, chatfile.ToWriter(writerFunc(func([]byte) (int, error) { return claim, nil })), nil)
		if !errors.Is(err, chatfile.ErrCallback) || !strings.Contains(err.Error(), fmt.Sprintf("claims to have written %d of 10 bytes", claim)) {
			t.Error(claim, err)
		}
	}
}

func TestASecretThatIsTooLong(t *testing.T) {
	config := netease()
	config.AppSecret = ""
	config.Secret = func(context.Context, string) (string, error) { return strings.Repeat("x", 1<<20), nil }
	made, err := chatfile.OpenNetEase(config, nil)
	_, err = opened(t, made, err).Upload(background, chatfile.FromBytes(sample(10)), nil)
	if !errors.Is(err, chatfile.ErrCallback) || !strings.Contains(err.Error(), "app_secret has 1048576 bytes") {
		t.Error(err)
	}
}

// Callbacks must not end their goroutine: the program ends then, and says why.
func TestGoexitIsRefused(t *testing.T) {
	if os.Getenv("CHATFILE_TEST_GOEXIT") != "" {
		openEasemob(t).Upload(background, chatfile.FromReader(&badReader{read: func() error { runtime.Goexit(); return nil }}, 10), nil)
		return
	}
	command := exec.Command(os.Args[0], "-test.run=^TestGoexitIsRefused$")
	command.Env = append(os.Environ(), "CHATFILE_TEST_GOEXIT=1")
	output, err := command.CombinedOutput()
	var ended *exec.ExitError
	if !errors.As(err, &ended) || !strings.Contains(string(output), "a callback has called runtime.Goexit") {
		t.Errorf("%v: %s", err, output)
	}
}

// What is uploaded may be a part of something that has pointers of Go's in it.
func TestBytesWithinSomethingElse(t *testing.T) {
	type letter struct {
		name *string
		body [64]byte
	}
	name := "a name"
	one := &letter{name: &name}
	stored, err := openEasemob(t).Upload(background, chatfile.FromBytes(one.body[:]), nil)
	if err != nil || stored.Size != 64 {
		t.Fatal(stored, err)
	}
}
