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
	if p < 0 || int(p) >= len(names) {
		return "unknown"
	}
	return names[p]
}

// Error is why a call failed. Every error of this package is one; it never holds a secret. [errors.Is] finds its status
// and what that is in Go ([Status.Is]), the error of a context that was done, and what a function of yours returned.
type Error struct {
	// Status is the kind of failure.
	Status Status
	// Message says what happened and what to do about it, for a person to read.
	Message string
	// Field is the parameter, field or option at fault ("AppKey", "Source.Path"), or, with ErrUnsupported, the method
	// ("Delete"); "" if the error is not about one.
	Field string
	// HTTPStatus is that of the answer that made the call fail; 0 if there was none.
	HTTPStatus int
	// ServiceCode is the service's own error code as it wrote it; "" if it gave none.
	ServiceCode string
	// ServiceMessage is the service's own text; "" if it gave none.
	ServiceMessage string
	// RequestID is what the service has logged the request under, for its support; "" if it gave none.
	RequestID string
	// Phase is how far the call had come.
	Phase Phase
	// Retryable says that the same call may succeed when it is made again later.
	Retryable bool
	// RetryAfter is how long the service asks to wait before the next try; 0 if it does not say.
	RetryAfter time.Duration
	// Attempts counts the attempts that were made at the request that failed, also those that found no connection.
	Attempts int
	// ResumeToken is what a later upload of the same file needs to send only what is missing
	// ([UploadOptions.ResumeToken]), and [Client.AbortUpload] to throw away what has arrived; "" if the service has
	// kept nothing. It holds no secret.
	ResumeToken string
	// File is, with ErrNotRestricted, and with ErrIntegrity of an upload to SMH, the file that was stored all the same, as
	// [UploadResult.File] would name it.
	File string
	// OSError is the system's own number of what it refused, 0 if it was not the system; as a [syscall.Errno] it is in
	// the chain of the error, too.
	OSError int
	// Limit is, with ErrLimit, the limit that is exceeded, or not reached, in the unit of the field; 0 if it is no such
	// number.
	Limit uint64
	// Actual is, with ErrLimit, the value that is beyond Limit; of a download that was under way, what there is of it at
	// least.
	Actual uint64
	// TLSFault is, with ErrTLS, what it was that failed.
	TLSFault TLSFault
	// AtProxy says that it was the proxy that failed, or was not to be reached, and not what is behind it.
	AtProxy bool
	// Trace is, with [ClientOptions.Trace], what the call has done, for the support of a vendor or of your own, in lines:
	// how connections came about, the requests and the heads of their answers, with times and the ids under which they
	// are logged. It holds no secret, but paths and names of hosts. "" if nothing was sent, or without that option.
	Trace string

	// What a callback returned, or the error of the context and its cause.
	causes []error
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
	field, message := named(C.GoString(C.chatfile_error_field(object)), C.GoString(C.chatfile_error_message(object)))
	var limit, actual C.uint64_t
	C.chatfile_error_limit(object, &limit)
	C.chatfile_error_actual(object, &actual)
	made := &Error{
		Status:         Status(status),
		Message:        message,
		Field:          field,
		HTTPStatus:     int(C.chatfile_error_http_status(object)),
		ServiceCode:    C.GoString(C.chatfile_error_service_code(object)),
		ServiceMessage: C.GoString(C.chatfile_error_service_message(object)),
		RequestID:      C.GoString(C.chatfile_error_request_id(object)),
		Phase:          Phase(C.chatfile_error_phase(object)),
		Retryable:      C.chatfile_error_retryable(object) != 0,
		RetryAfter:     milliseconds(uint64(C.chatfile_error_retry_after_ms(object))),
		Attempts:       int(C.chatfile_error_attempts(object)),
		ResumeToken:    C.GoString(C.chatfile_error_resume_token(object)),
		File:           C.GoString(C.chatfile_error_file(object)),
		OSError:        int(C.chatfile_error_os_error(object)),
		Limit:          uint64(limit),
		Actual:         uint64(actual),
		TLSFault:       TLSFault(C.chatfile_error_tls_fault(object)),
		AtProxy:        C.chatfile_error_at_proxy(object) != 0,
		Trace:          C.GoString(C.chatfile_error_trace(object)),
	}
	if made.OSError != 0 {
		made.causes = append(made.causes, syscall.Errno(made.OSError))
	}
	return made
}

// check makes an error of a call that runs no callback.
func check(status C.chatfile_status, object *C.chatfile_error) error {
	if status == C.CHATFILE_OK {
		return nil
	}
	return newError(status, object)
}
