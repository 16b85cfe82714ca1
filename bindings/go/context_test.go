package chatfile_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

// ended checks how a call ended whose context was done.
func ended(t *testing.T, err, reason error) {
	t.Helper()
	var failed *chatfile.Error
	if !errors.As(err, &failed) || !errors.Is(err, reason) || !errors.Is(err, chatfile.ErrCancelled) {
		t.Fatal(err)
	}
	if failed.Timeout() != (reason == context.DeadlineExceeded) {
		t.Errorf("Timeout() is %v", failed.Timeout())
	}
}

func TestCancelledBeforeTheCall(t *testing.T) {
	leaksNothing(t)
	client := openSMH(t)
	ctx, cancel := context.WithCancel(background)
	cancel()
	_, err := client.Upload(ctx, chatfile.FromBytes(sample(10)), nil)
	ended(t, err, context.Canceled)
	_, err = client.Download(ctx, "a", chatfile.ToMemory(), nil)
	ended(t, err, context.Canceled)
	_, err = client.Info(ctx, "a", nil)
	ended(t, err, context.Canceled)
	_, err = client.Exists(ctx, "a", nil)
	ended(t, err, context.Canceled)
	_, err = client.List(ctx, "", nil)
	ended(t, err, context.Canceled)
	_, err = client.Delete(ctx, "a", nil)
	ended(t, err, context.Canceled)
	_, err = client.PresignUpload(ctx, 10, nil)
	ended(t, err, context.Canceled)
	_, err = client.PresignDownload(ctx, "a", nil)
	ended(t, err, context.Canceled)
	digest, err := chatfile.NewDigest(chatfile.DigestCRC64, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer digest.Close()
	ended(t, digest.AddFile(ctx, "context_test.go", nil), context.Canceled)
}

// The error says why the context ended, in the words of who ended it.
func TestTheCauseOfAContext(t *testing.T) {
	client := openEasemob(t)
	ctx, cancel := context.WithCancelCause(background)
	cancel(errOwn)
	_, err := client.Upload(ctx, chatfile.FromBytes(sample(10)), nil)
	ended(t, err, context.Canceled)
	if !errors.Is(err, errOwn) || err.Error() != "chatfile: the context is done: "+errOwn.Error() {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(background)
	stop()
	_, err = client.Upload(ctx, chatfile.FromBytes(sample(10)), nil)
	if err.Error() != "chatfile: the context is done: context canceled" {
		t.Error(err)
	}
}

func TestNoContext(t *testing.T) {
	var none context.Context
	if _, err := openEasemob(t).Upload(none, chatfile.FromBytes(sample(10)), nil); err != nil {
		t.Error(err)
	}
}

func TestCancelledWhileItWaits(t *testing.T) {
	leaksNothing(t)
	client := openEasemob(t)
	if _, err := client.Upload(background, chatfile.FromBytes(nil), nil); err != nil {
		t.Fatal(err)
	}
	fault(t, `{"match":{"verb":"upload"},"action":{"type":"stall_head","after":0}}`)
	forgetJournal(t)
	ctx, cancel := context.WithCancel(background)
	go func() {
		waitFor(t, "upload")
		cancel()
	}()
	begun := time.Now()
	_, err := client.Upload(ctx, chatfile.FromBytes(sample(10)), nil)
	ended(t, err, context.Canceled)
	// Not the stall time-out of a minute.
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestTheDeadlineOfAContext(t *testing.T) {
	leaksNothing(t)
	client := openEasemob(t)
	if _, err := client.Upload(background, chatfile.FromBytes(nil), nil); err != nil {
		t.Fatal(err)
	}
	fault(t, `{"match":{"verb":"upload"},"action":{"type":"stall_head","after":0}}`)
	ctx, cancel := context.WithTimeout(background, 100*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, err := client.Upload(ctx, chatfile.FromBytes(sample(10)), nil)
	ended(t, err, context.DeadlineExceeded)
	if took := time.Since(begun); took < 100*time.Millisecond || took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestADeadlineThatIsMet(t *testing.T) {
	leaksNothing(t)
	client := openEasemob(t)
	ctx, cancel := context.WithTimeout(background, time.Hour)
	defer cancel()
	if _, err := client.Upload(ctx, chatfile.FromBytes(sample(10)), nil); err != nil {
		t.Fatal(err)
	}
}

// zeros gives zeros for ever.
type zeros struct{}

func (zeros) Read(buffer []byte) (int, error) {
	for i := range buffer {
		buffer[i] = 0
	}
	return len(buffer), nil
}

func TestCancelledByItsOwnCallback(t *testing.T) {
	leaksNothing(t)
	config := netease()
	config.MaxUploadSize = 1 << 40
	made, err := chatfile.OpenNetEase(config, nil)
	client := opened(t, made, err)
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	_, err = client.Upload(ctx, chatfile.FromReader(zeros{}, 1<<40), &chatfile.UploadOptions{Progress: func(p chatfile.Progress) error {
		cancel()
		return nil
	}})
	ended(t, err, context.Canceled)
}

// What the context and a callback say at once is told as what the callback said.
func TestACallbackThatReturnsTheErrorOfItsContext(t *testing.T) {
	leaksNothing(t)
	client := openEasemob(t)
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	_, err := client.Upload(ctx, chatfile.FromBytes(sample(10)), &chatfile.UploadOptions{Progress: func(chatfile.Progress) error {
		cancel()
		return ctx.Err()
	}})
	if !errors.Is(err, context.Canceled) || !errors.Is(err, chatfile.ErrCallback) {
		t.Error(err)
	}
	_, err = client.Upload(ctx, chatfile.FromReader(zeros{}, 10), &chatfile.UploadOptions{})
	ended(t, err, context.Canceled)
	if errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// A reader that is closed because the context is done, as the package says how, fails by its own error.
func TestAReaderThatIsClosedWithItsContext(t *testing.T) {
	leaksNothing(t)
	client := openEasemob(t)
	ctx, cancel := context.WithCancelCause(background)
	reader, writer := io.Pipe()
	defer writer.Close()
	stop := context.AfterFunc(ctx, func() { reader.CloseWithError(io.ErrClosedPipe) })
	defer stop()
	go func() {
		writer.Write(sample(10))
		cancel(errOwn)
	}()
	_, err := client.Upload(ctx, chatfile.FromReader(reader, 0), nil)
	for _, wanted := range []error{chatfile.ErrCancelled, context.Canceled, errOwn} {
		if !errors.Is(err, wanted) {
			t.Error(err, "is not", wanted)
		}
	}
}

// An error that cannot be compared.
type uncomparable []string

func (u uncomparable) Error() string { return u[0] }

// done is a context of one's own.
type done struct {
	context.Context
	closed chan struct{}
}

func (d done) Done() <-chan struct{} { return d.closed }
func (d done) Err() error            { return uncomparable{"at its end"} }

func TestAContextWhoseErrorCannotBeCompared(t *testing.T) {
	closed := make(chan struct{})
	close(closed)
	// Of one that embeds another, an older Go asks that alone for the cause.
	parent, cancel := context.WithCancel(background)
	defer cancel()
	_, err := openEasemob(t).Upload(done{parent, closed}, chatfile.FromBytes(sample(10)), nil)
	if !errors.Is(err, chatfile.ErrCancelled) || !strings.Contains(err.Error(), "at its end") {
		t.Error(err)
	}
}

// Who waits until another has read a file waits no longer than its own context.
func TestAContextEndsTheWaitForADigest(t *testing.T) {
	digest, err := chatfile.NewDigest(chatfile.DigestCRC64, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer digest.Close()
	path := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	// All of it is one hole.
	if err := os.Truncate(path, 1<<40); err != nil {
		t.Fatal(err)
	}
	reading, stop := context.WithCancel(background)
	read := make(chan error)
	go func() { read <- digest.AddFile(reading, path, nil) }()
	// It may not have begun yet.
	for err = nil; err == nil; {
		ctx, cancel := context.WithTimeout(background, 10*time.Millisecond)
		err = digest.AddFile(ctx, "context_test.go", nil)
		cancel()
	}
	if !errors.Is(err, chatfile.ErrCancelled) || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	stop()
	if err := <-read; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Whenever a call is cancelled, it either works or says so.
func TestCancelledAtAnyMoment(t *testing.T) {
	leaksNothing(t)
	client := openEasemob(t)
	content := sample(200_000)
	var group sync.WaitGroup
	for i := 0; i < 8; i++ {
		i := i
		group.Add(1)
		go func() {
			defer group.Done()
			for j := 0; j < 25; j++ {
				ctx, cancel := context.WithTimeout(background, time.Duration(i*25+j)*100*time.Microsecond)
				stored, err := client.Upload(ctx, chatfile.FromReader(bytes.NewReader(content), chatfile.SizeUnknown), nil)
				cancel()
				var failed *chatfile.Error
				switch {
				case err == nil && stored.Size == int64(len(content)):
				case errors.Is(err, context.DeadlineExceeded) && errors.As(err, &failed) && stored == nil:
				default:
					t.Error(stored, err)
				}
			}
		}()
	}
	group.Wait()
}
