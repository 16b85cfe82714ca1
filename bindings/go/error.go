package chatfile

// #include "shim.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"syscall"
	"time"
)

// String gives the name that the C header has for it, for example "CHATFILE_E_LIMIT".
func (s Status) String() string {
	return C.GoString(C.chatfile_status_name(C.chatfile_status(s)))
}

// Error gives the same name.
func (s Status) Error() string {
	return s.String()
}

// Is makes a status the errors of Go's own packages that mean the same: ErrNotFound is [fs.ErrNotExist], ErrConflict
// [fs.ErrExist], ErrForbidden [fs.ErrPermission], ErrUnsupported [errors.ErrUnsupported], ErrTruncated
// [io.ErrUnexpectedEOF], and one of time that ran out [os.ErrDeadlineExceeded].
func (s Status) Is(target error) bool {
	switch s {
	case ErrNotFound:
		return target == fs.ErrNotExist
	case ErrConflict:
		return target == fs.ErrExist
	case ErrForbidden:
		return target == fs.ErrPermission
	case ErrUnsupported:
		return target == errors.ErrUnsupported
	case ErrTruncated:
		return target == io.ErrUnexpectedEOF
	}
	return s.timeout() && target == os.ErrDeadlineExceeded
}

func (s Status) timeout() bool {
	return s == ErrConnectTimeout || s == ErrStalled || s == ErrDeadline
}

// String gives a word for the phase.
func (p Phase) String() string {
	names := [...]string{"prepare", "token", "connect", "send", "receive", "finish"}
	if p >= Phase(len(names)) {
		return "unknown"
	}
	return names[p]
}

// Error gives the message, and what a callback returned behind it.
func (e *Error) Error() string {
	if e.Status == ErrCallback && len(e.causes) > 0 {
		return "chatfile: " + e.Message + ": " + e.causes[0].Error()
	}
	return "chatfile: " + e.Message
}

// Unwrap gives what a function of yours returned, the error of the context that was done and its [context.Cause], or
// the [syscall.Errno] of what the system refused; nothing in other errors.
func (e *Error) Unwrap() []error {
	return e.causes
}

// Is says whether target is the status of this error, or what that is ([Status.Is]).
func (e *Error) Is(target error) bool {
	return target == e.Status || e.Status.Is(target)
}

// As sets a *Status to the status of this error.
func (e *Error) As(target any) bool {
	status, ok := target.(*Status)
	if ok {
		*status = e.Status
	}
	return ok
}

// Timeout says whether time ran out: that of a connection, of a transfer in which nothing moves, or of the whole call.
func (e *Error) Timeout() bool {
	if e.Status.timeout() {
		return true
	}
	for _, cause := range e.causes {
		if errors.Is(cause, context.DeadlineExceeded) {
			return true
		}
	}
	return false
}

// cancelled says why a context ended a call.
func (e *Error) cancelled(ctx context.Context) {
	if cause := causeOf(ctx); cause != nil {
		e.Message = "the context is done: " + cause.Error()
		e.causes = causes(ctx)
	}
}

// cancelledBy is the error of a call that a context ended before it began.
func cancelledBy(ctx context.Context) error {
	failed := &Error{Status: ErrCancelled}
	failed.cancelled(ctx)
	return failed
}

// causeOf says why a context is done. Before Go 1.25, [context.Cause] does not know it of one that has methods of its own.
func causeOf(ctx context.Context) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return ctx.Err()
}

// causes gives the error of a context that is done, and its cause if that is another.
func causes(ctx context.Context) []error {
	err, cause := ctx.Err(), causeOf(ctx)
	// Not by !=, for errors may be of a type that cannot be compared.
	if errors.Is(err, cause) {
		return []error{err}
	}
	return []error{err, cause}
}

// PanicError is what a call panics with when a function of yours did: a reader, a writer, a progress function, one that
// gives a secret, or the log.
type PanicError struct {
	// Value is what the function panicked with.
	Value any
	// Stack is that of the function, as [debug.Stack] gives it.
	Stack []byte
}

// Error gives the value and the stack.
func (e *PanicError) Error() string {
	return fmt.Sprintf("%v\n\nin a function that chatfile called:\n%s", e.Value, e.Stack)
}

// Unwrap gives the value, if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// milliseconds is a time of C, which may be longer than Go has.
func milliseconds(ms uint64) time.Duration {
	return time.Duration(min(ms, math.MaxInt64/uint64(time.Millisecond))) * time.Millisecond
}

// newError takes over an error object of C.
func newError(status C.chatfile_status, object *C.chatfile_error) *Error {
	defer C.chatfile_error_free(object)
	made := readError(object)
	// In an error that has no object, too.
	made.Status = Status(status)
	made.Field, made.Message = named(made.Field, made.Message)
	if made.OSError != 0 {
		made.causes = append(made.causes, syscall.Errno(made.OSError))
	}
	return &made
}

// check makes an error of a call that runs no callback.
func check(status C.chatfile_status, object *C.chatfile_error) error {
	if status == C.CHATFILE_OK {
		return nil
	}
	return newError(status, object)
}
