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
	"time"
)

// Status says how a call ended. It is an error by itself, so that [errors.Is] can be asked for it:
//
//	if errors.Is(err, chatfile.ErrNotFound) { ...
//
// The numbers come in bands: 1xx the caller, 2xx the transport, 3xx the service, 4xx the integrity of the bytes, 5xx
// control by the caller, 9xx the library. New ones may come: treat one that you do not know by its band.
type Status int32

// The ways in which calls fail.
const (
	// ErrArgument: a parameter has a value that can never work.
	ErrArgument Status = C.CHATFILE_E_ARGUMENT
	// ErrNull: a required parameter is not set.
	ErrNull Status = C.CHATFILE_E_NULL
	// ErrText: a text is not UTF-8, or holds characters that may not stand there (CR, LF, NUL).
	ErrText Status = C.CHATFILE_E_TEXT
	// ErrStruct: an option is set that the installed library does not know.
	ErrStruct Status = C.CHATFILE_E_STRUCT
	// ErrLimit: a limit would be exceeded that is known beforehand, or your own [DownloadOptions.MaxSize].
	ErrLimit Status = C.CHATFILE_E_LIMIT
	// ErrUnsupported: the opened service cannot do this.
	ErrUnsupported Status = C.CHATFILE_E_UNSUPPORTED
	// ErrSource: the source could not be opened or read, or did not hold the bytes announced.
	ErrSource Status = C.CHATFILE_E_SOURCE
	// ErrSink: the target could not be written.
	ErrSink Status = C.CHATFILE_E_SINK
	// ErrSourceChanged: the file changed while it was being read.
	ErrSourceChanged Status = C.CHATFILE_E_SOURCE_CHANGED
	// ErrMemory: there is no memory for what the call needs: a file that is downloaded to memory, or an answer.
	ErrMemory Status = C.CHATFILE_E_MEMORY
	// ErrCheckpoint: the checkpoint of an upload cannot be read or written, or is in use.
	ErrCheckpoint Status = C.CHATFILE_E_CHECKPOINT
	// ErrSystem: the operating system refuses what a call needs: random numbers, a thread, a socket.
	ErrSystem Status = C.CHATFILE_E_SYSTEM

	// ErrResolve: the host name could not be resolved.
	ErrResolve Status = C.CHATFILE_E_RESOLVE
	// ErrConnect: no connection could be made.
	ErrConnect Status = C.CHATFILE_E_CONNECT
	// ErrTLS: TLS failed, most often because a certificate is not trusted.
	ErrTLS Status = C.CHATFILE_E_TLS
	// ErrConnection: the connection broke while sending or receiving.
	ErrConnection Status = C.CHATFILE_E_CONNECTION
	// ErrConnectTimeout: no connection within [ClientOptions.ConnectTimeout].
	ErrConnectTimeout Status = C.CHATFILE_E_CONNECT_TIMEOUT
	// ErrStalled: no byte moved for [ClientOptions.StallTimeout].
	ErrStalled Status = C.CHATFILE_E_STALLED
	// ErrDeadline: the call did not finish within [ClientOptions.Deadline]. (At the deadline of a context, calls end
	// with ErrCancelled and [context.DeadlineExceeded].)
	ErrDeadline Status = C.CHATFILE_E_DEADLINE
	// ErrRedirect: a redirect was refused: too many, from https to http, or unreadable.
	ErrRedirect Status = C.CHATFILE_E_REDIRECT
	// ErrProtocol: the other side does not speak HTTP/1.1.
	ErrProtocol Status = C.CHATFILE_E_PROTOCOL
	// ErrProxy: the proxy refused, or wants another login.
	ErrProxy Status = C.CHATFILE_E_PROXY

	// ErrService: the service refused the request for a reason of its own.
	ErrService Status = C.CHATFILE_E_SERVICE
	// ErrAuth: the credentials or the token were refused.
	ErrAuth Status = C.CHATFILE_E_AUTH
	// ErrForbidden: the credentials are good, but do not allow this.
	ErrForbidden Status = C.CHATFILE_E_FORBIDDEN
	// ErrNotFound: the file, the app or the address does not exist.
	ErrNotFound Status = C.CHATFILE_E_NOT_FOUND
	// ErrExpired: the file, or the presigned request, existed and has expired.
	ErrExpired Status = C.CHATFILE_E_EXPIRED
	// ErrTooLarge: the service finds the file too large.
	ErrTooLarge Status = C.CHATFILE_E_TOO_LARGE
	// ErrRateLimited: too many calls; try again later.
	ErrRateLimited Status = C.CHATFILE_E_RATE_LIMITED
	// ErrUnavailable: the service is out of order at the moment.
	ErrUnavailable Status = C.CHATFILE_E_UNAVAILABLE
	// ErrResponse: the answer is not the documented one, so nothing in it was believed.
	ErrResponse Status = C.CHATFILE_E_RESPONSE
	// ErrConflict: a file or folder of that name is there already.
	ErrConflict Status = C.CHATFILE_E_CONFLICT
	// ErrNotRestricted: the file was stored, but not restricted as was asked for; [Error.File] names it.
	ErrNotRestricted Status = C.CHATFILE_E_NOT_RESTRICTED

	// ErrTruncated: fewer bytes arrived than were announced; no file was left.
	ErrTruncated Status = C.CHATFILE_E_TRUNCATED
	// ErrIntegrity: the bytes do not match the checksum stated for them; no file was left.
	ErrIntegrity Status = C.CHATFILE_E_INTEGRITY

	// ErrCancelled: the context of the call was done; its error is in the chain, too.
	ErrCancelled Status = C.CHATFILE_E_CANCELLED
	// ErrCallback: a function of yours returned an error, which is in the chain, too.
	ErrCallback Status = C.CHATFILE_E_CALLBACK

	// ErrPanic: a defect of the library. Please report it with the message.
	ErrPanic Status = C.CHATFILE_E_PANIC
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

// Phase says how far a call had come when it failed.
type Phase int32

// The phases of a call.
const (
	// PhasePrepare: checking parameters and opening the source; nothing was sent.
	PhasePrepare Phase = C.CHATFILE_PHASE_PREPARE
	// PhaseToken: getting a token.
	PhaseToken Phase = C.CHATFILE_PHASE_TOKEN
	// PhaseConnect: resolving the name, connecting, and TLS.
	PhaseConnect Phase = C.CHATFILE_PHASE_CONNECT
	// PhaseSend: sending the request or its body.
	PhaseSend Phase = C.CHATFILE_PHASE_SEND
	// PhaseReceive: waiting for the answer, reading it, and judging it.
	PhaseReceive Phase = C.CHATFILE_PHASE_RECEIVE
	// PhaseFinish: putting the finished file in its place.
	PhaseFinish Phase = C.CHATFILE_PHASE_FINISH
)

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
	// File is, with ErrNotRestricted, the file that was stored all the same, as [Upload.File] would name it.
	File string

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

// Unwrap gives what a function of yours returned, or the error of the context that was done and its [context.Cause];
// nothing in other errors.
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
	cause := context.Cause(ctx)
	if cause == nil {
		return
	}
	e.Message = "the context is done: " + cause.Error()
	e.causes = []error{ctx.Err()}
	if cause != ctx.Err() {
		e.causes = append(e.causes, cause)
	}
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
	return &Error{
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
	}
}

// check makes an error of a call that runs no callback.
func check(status C.chatfile_status, object *C.chatfile_error) error {
	if status == C.CHATFILE_OK {
		return nil
	}
	return newError(status, object)
}
