// Package chatfile uploads files to chat services and downloads them again. It is the C library libchatfile, seen from Go.
//
// A [Client] speaks to one service with one set of credentials; [OpenNetEase] and its like, one for each service, make one,
// [Open] one that only sends presigned requests. The methods are the same for all services; what one service alone can do
// hangs off their options (UploadOptions.NetEase and so on), and is refused with ErrUnsupported where it does not belong.
// What names a file at a service, and whether it has a URL there, is said in its section of chatfile.h and on its page.
//
// # Values
//
// The zero value of an option means its default, which its documentation names; "" of a text is one that is not set. Text
// is UTF-8 without CR, LF and NUL, file names too, on every system.
//
// # Contexts
//
// When the context of a call is done, the call ends within 100 ms, also while it is connecting, sending or receiving.
// Its error is then ErrCancelled and that of the context, [context.Canceled] or [context.DeadlineExceeded], and its
// [context.Cause], whose text it gives. A nil context is [context.Background].
//
// What the library cannot interrupt is your own code: while a reader, a writer or another function of yours blocks, the
// call goes on until that returns. Make it return when the context is done; a network connection does when it is
// closed, for example by [context.AfterFunc].
//
// # Errors
//
// Every error is an [*Error], which says what happened, what to do about it, and what the service said.
// [errors.Is] asks for a [Status] such as ErrNotFound, or for what that is in Go, such as [fs.ErrNotExist]; see [Status.Is].
//
// # Your functions
//
// Readers, writers, progress functions, secrets and the handlers of loggers are called by the goroutine that made the call, while it waits. An
// error that they return stops the call, and is in the chain of its error. A panic comes out of the call as a
// [*PanicError] (but for one of a reader's Seek or Len, which is asked beforehand), which has the value and the stack of the function that panicked. They must not
// call [runtime.Goexit], as t.FailNow and t.Fatal of the testing package do: that ends the program, for C cannot be
// unwound. In a test, return an error, or call t.Error.
//
// # Threads
//
// A call takes a thread of the operating system while it lasts, as every call of C does, and where parts of a file are
// sent, or ranges of one fetched, side by side, one for each on its way. No thread or goroutine outlives the call that started it, but for a look-up of a
// name that hangs.
//
// # Linking
//
// Without build tags, pkg-config says where the header and the library are. With the tag chatfile_flags, CGO_CFLAGS and
// CGO_LDFLAGS say it; with chatfile_static, too, and libchatfile.a is linked into the program. See README.md.
package chatfile
