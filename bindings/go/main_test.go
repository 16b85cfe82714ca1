package chatfile_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

// emulator is the address of the emulator that all tests and examples share.
var emulator string

const advice = `the tests need the emulator: build it with "cargo build -p chatfile-emulator" and name it by CHATFILE_EMULATOR`

func TestMain(m *testing.M) {
	program := os.Getenv("CHATFILE_EMULATOR")
	if program == "" {
		program = "../../target/debug/chatfile-emulator"
	}
	// It ends when its input does, so also when this program is killed.
	command := exec.Command(program, "--exit-with-stdin")
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err == nil {
		var output io.ReadCloser
		if output, err = command.StdoutPipe(); err == nil {
			err = command.Start()
		}
		if err == nil {
			lines := bufio.NewReader(output)
			var first string
			first, err = lines.ReadString('\n')
			emulator = strings.TrimSpace(strings.TrimPrefix(first, "listening on "))
			go io.Copy(io.Discard, lines)
		}
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%v; %s\n", err, advice)
		os.Exit(1)
	}
	tellPrograms()
	code := m.Run()
	input.Close()
	command.Wait()
	os.Exit(code)
}

// handler is a function that takes the lines of a log.
type handler func(context.Context, slog.Record)

func (handler) Enabled(context.Context, slog.Level) bool { return true }

func (h handler) Handle(ctx context.Context, record slog.Record) error {
	h(ctx, record)
	return nil
}

func (h handler) WithAttrs([]slog.Attr) slog.Handler { return h }

func (h handler) WithGroup(string) slog.Handler { return h }

// toFunc is a logger whose lines go to a function.
func toFunc(take func(level slog.Level, line string)) *slog.Logger {
	return slog.New(handler(func(_ context.Context, record slog.Record) { take(record.Level, record.Message) }))
}

// opened is the client of a test, which closes it.
func opened(t *testing.T, client *chatfile.Client, err error) *chatfile.Client {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// fault sets a fault of the emulator (docs/emulator.md) for the rest of the test.
func fault(t *testing.T, rule string) {
	t.Helper()
	if _, err := ask("POST", "faults", rule); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := ask("DELETE", "faults", ""); err != nil {
			t.Error(err)
		}
	})
}

// ask makes a control request to the emulator (docs/emulator.md). HTTP/1.0 needs no more than this, for the body ends
// with the connection; net/http would be the greater part of what these tests compile.
func ask(method, what, body string) ([]byte, error) {
	address := strings.TrimPrefix(emulator, "http://")
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	head := "%s /_emulator/%s HTTP/1.0\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s"
	if _, err := fmt.Fprintf(connection, head, method, what, address, len(body), body); err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(connection)
	if err != nil {
		return nil, err
	}
	told, text, _ := bytes.Cut(answer, []byte("\r\n\r\n"))
	if _, status, _ := bytes.Cut(told, []byte(" ")); !bytes.HasPrefix(status, []byte("200 ")) {
		return nil, fmt.Errorf("%s: %s", status, text)
	}
	return text, nil
}

// forgetJournal lets the emulator forget the requests it has seen.
func forgetJournal(t *testing.T) {
	t.Helper()
	if _, err := ask("DELETE", "journal", ""); err != nil {
		t.Fatal(err)
	}
}

// waitFor waits until a request of that verb has come.
func waitFor(t *testing.T, verb string) {
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(10 * time.Millisecond) {
		journal, err := ask("GET", "journal", "")
		if err != nil {
			t.Error(err)
			return
		}
		if bytes.Contains(journal, []byte(`"verb":"`+verb+`"`)) {
			return
		}
	}
	t.Error("no request of " + verb)
}

// sample is content of that size.
func sample(size int) []byte {
	data := make([]byte, size)
	x := uint32(size)
	for i := range data {
		x = x*1664525 + 1013904223
		data[i] = byte(x >> 24)
	}
	return data
}

func same(t *testing.T, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Fatalf("%d bytes are not the %d that were sent", len(got), len(want))
	}
}

// leaksNothing checks at the end of a test that no goroutine is left of it.
func leaksNothing(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for i := 0; i < 6000; i++ {
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		stacks := make([]byte, 1<<16)
		t.Errorf("goroutines are left:\n%s", stacks[:runtime.Stack(stacks, true)])
	})
}
