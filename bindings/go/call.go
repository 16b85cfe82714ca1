package chatfile

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/cgo"
	"runtime/debug"
	"time"
	"unsafe"
)

// call is one call of the library: its memory in C, its context, and what its callbacks need and bring about.
type call struct {
	memory
	// The client that it is a call of, its handle, and why that cannot be used; nothing of a call without one.
	of     *Client
	client *C.chatfile_client
	closed error
	ctx    context.Context
	handle cgo.Handle
	cancel *C.chatfile_cancel
	// Ends the goroutine that waits for the context, and says that it has ended; nil without one.
	stop, stopped chan struct{}

	reader   io.Reader
	seeker   io.Seeker
	start    int64
	pending  error
	writer   io.Writer
	progress func(Progress) error

	// Why C says that it failed.
	object *C.chatfile_error
	// What a callback returned.
	err error
	// That of a callback; nil if none panicked.
	panicked *PanicError
}

// begin prepares a call of this client, which stays open until the call's end. That must be deferred.
func (c *Client) begin(ctx context.Context) *call {
	call := begin(ctx)
	call.of = c
	call.client, call.closed = c.use()
	return call
}

// run makes a call, unless what it is given cannot be handed to C: ask calls the function of C, and take takes over what
// that gives.
func run[Given, Result any](call *call, take func(Given) Result, ask func(out *Given) C.chatfile_status) (result Result, err error) {
	if err := call.prepared(); err != nil {
		return result, err
	}
	var given Given
	status := ask(&given)
	return take(given), call.result(status)
}

// begin prepares a call. Its end must be deferred.
func begin(ctx context.Context) *call {
	if ctx == nil {
		ctx = context.Background()
	}
	c := &call{ctx: ctx}
	c.handle = cgo.NewHandle(c)
	c.cancel = C.chatfile_cancel_new()
	if c.cancel == nil {
		panic("chatfile: out of memory")
	}
	if ctx.Done() == nil {
		return c
	}
	if ctx.Err() != nil {
		C.chatfile_cancel_fire(c.cancel)
		return c
	}
	c.stop, c.stopped = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(c.stopped)
		select {
		case <-ctx.Done():
			C.chatfile_cancel_fire(c.cancel)
		case <-c.stop:
		}
	}()
	return c
}

// end frees what the call held.
func (c *call) end() {
	if c.stop != nil {
		close(c.stop)
		<-c.stopped
	}
	C.chatfile_cancel_free(c.cancel)
	c.handle.Delete()
	c.free()
	if c.client != nil {
		c.of.release()
	}
}

func (c *call) id() C.chatfile_go_call {
	return C.chatfile_go_call(c.handle)
}

// result judges how the call ended. What a callback panicked with goes on from here.
func (c *call) result(status C.chatfile_status) error {
	object := c.object
	c.object = nil
	if c.panicked != nil {
		C.chatfile_error_free(object)
		panic(c.panicked)
	}
	if status == C.CHATFILE_OK {
		return nil
	}
	failed := newError(status, object)
	switch {
	case failed.Status == ErrCallback && c.err != nil:
		failed.causes = []error{c.err}
		// It may have done so because the context is done, as a connection that was closed then.
		if c.ctx.Err() != nil {
			failed.causes = append(failed.causes, ErrCancelled)
			failed.causes = append(failed.causes, causes(c.ctx)...)
		}
	case failed.Status == ErrCancelled:
		failed.cancelled(c.ctx)
	}
	return failed
}

// prepared says what is wrong with what the call is given, if anything is.
func (c *call) prepared() error {
	if c.closed != nil {
		return c.closed
	}
	if c.err != nil {
		return c.err
	}
	if c.memory.err != nil {
		return c.memory.err
	}
	return nil
}

// What a callback returns to C to stop a call.
const stopped C.int32_t = 1

// guard runs a callback. Nothing unwinds C: a panic is kept until the call has returned, and no other callback runs then.
func (c *call) guard(callback func() error) (code C.int32_t) {
	if c.panicked != nil {
		return stopped
	}
	returned := false
	defer func() {
		if returned {
			return
		}
		value := recover()
		if value == nil {
			// It cannot be kept from unwinding, and the C code below it cannot be unwound.
			fmt.Fprintln(os.Stderr, "chatfile: a callback has called runtime.Goexit (as t.FailNow and t.Fatal do); it must return an error instead")
			debug.PrintStack()
			os.Exit(2)
		}
		// One that comes from a call in the callback has its stack already.
		nested, ok := value.(*PanicError)
		if !ok {
			nested = &PanicError{Value: value, Stack: debug.Stack()}
		}
		c.panicked = nested
		// The log cannot stop the call by what it returns.
		C.chatfile_cancel_fire(c.cancel)
		code = stopped
	}()
	err := callback()
	returned = true
	if err != nil {
		c.err = err
		return stopped
	}
	// What has been cancelled by the callback, or long before it, is so before the next byte moves.
	if c.ctx.Err() != nil {
		C.chatfile_cancel_fire(c.cancel)
	}
	return 0
}

func called(handle C.uintptr_t) *call {
	return cgo.Handle(handle).Value().(*call)
}

//export chatfileGoRead
func chatfileGoRead(handle C.uintptr_t, buffer unsafe.Pointer, capacity C.size_t, size *C.size_t) C.int32_t {
	c := called(handle)
	return c.guard(func() error {
		count, err := c.read(unsafe.Slice((*byte)(buffer), int(capacity)))
		*size = C.size_t(count)
		return err
	})
}

// How often a reader may give no byte and no error.
const emptyReads = 100

// read gives at least a byte, unless the data or the patience ends.
func (c *call) read(buffer []byte) (int, error) {
	if c.pending != nil {
		err := c.pending
		if err == io.EOF {
			return 0, nil
		}
		return 0, err
	}
	for i := 0; i < emptyReads; i++ {
		count, err := c.reader.Read(buffer)
		if err != nil {
			c.pending = err
		}
		switch {
		case count != 0 || err == io.EOF:
			return count, nil
		case err != nil:
			return 0, err
		case len(buffer) == 0:
			return 0, nil
		}
	}
	return 0, io.ErrNoProgress
}

//export chatfileGoRewind
func chatfileGoRewind(handle C.uintptr_t) C.int32_t {
	c := called(handle)
	return c.guard(func() error {
		c.pending = nil
		_, err := c.seeker.Seek(c.start, io.SeekStart)
		return err
	})
}

//export chatfileGoWrite
func chatfileGoWrite(handle C.uintptr_t, data unsafe.Pointer, size C.size_t) C.int32_t {
	c := called(handle)
	return c.guard(func() error {
		if size == 0 {
			return nil
		}
		count, err := c.writer.Write(unsafe.Slice((*byte)(data), int(size)))
		switch {
		case count < 0 || count > int(size):
			return fmt.Errorf("the writer claims to have written %d of %d bytes", count, int(size))
		case err == nil && count < int(size):
			return io.ErrShortWrite
		}
		return err
	})
}

//export chatfileGoProgress
func chatfileGoProgress(handle C.uintptr_t, now *C.chatfile_progress) C.int32_t {
	c := called(handle)
	return c.guard(func() error {
		return c.progress(Progress{
			Done:       int64(now.done),
			Total:      int64(now.total),
			TotalKnown: now.total_known != 0,
			Finished:   now.finished != 0,
			Activity:   Activity(now.activity),
			Hashed:     int64(now.hashed),
			HashTotal:  int64(now.hash_total),
			Rate:       int64(now.rate),
			Remaining:  remaining(now.remaining_ms),
		})
	})
}

// remaining is what is not known at all as -1.
func remaining(ms C.int64_t) time.Duration {
	if ms < 0 {
		return -1
	}
	return milliseconds(uint64(ms))
}

// hooks are the callbacks of a client, which outlive a call.
type hooks struct {
	logger *slog.Logger
	login  LoginFunc
	secret SecretFunc
}

//export chatfileGoLog
func chatfileGoLog(handle, during C.uintptr_t, level C.uint32_t, line *C.char) {
	h := cgo.Handle(handle).Value().(*hooks)
	c := callOf(during)
	c.guard(func() error {
		h.logger.Log(c.ctx, LogLevel(level).Level(), C.GoString(line))
		return nil
	})
}

//export chatfileGoSecret
func chatfileGoSecret(handle, during C.uintptr_t, name *C.char, buffer *C.char, capacity C.size_t, size *C.size_t) C.int32_t {
	h := cgo.Handle(handle).Value().(*hooks)
	c := callOf(during)
	return c.guard(func() error {
		name := C.GoString(name)
		secret, err := h.secret(c.ctx, name)
		return handOver(name, secret, err, buffer, capacity, size)
	})
}

//export chatfileGoLogin
func chatfileGoLogin(handle, during C.uintptr_t, proxy, scheme, realm *C.char, buffer *C.char, capacity C.size_t, size *C.size_t) C.int32_t {
	h := cgo.Handle(handle).Value().(*hooks)
	c := callOf(during)
	return c.guard(func() error {
		login, err := h.login(c.ctx, C.GoString(proxy), C.GoString(scheme), C.GoString(realm))
		return handOver("ProxyLogin", login, err, buffer, capacity, size)
	})
}

// handOver copies what a callback gave into C's buffer.
func handOver(name, secret string, err error, buffer *C.char, capacity C.size_t, size *C.size_t) error {
	if err != nil {
		return err
	}
	if uint64(len(secret)) > uint64(capacity) {
		return fmt.Errorf("%s has %d bytes, which are more than %d", name, len(secret), capacity)
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(buffer)), int(capacity)), secret)
	*size = C.size_t(len(secret))
	return nil
}

// callOf is the call that a thread is in; one of its own, which nobody asks, if it is in none.
func callOf(during C.uintptr_t) *call {
	if during == 0 {
		return &call{ctx: context.Background()}
	}
	return called(during)
}
