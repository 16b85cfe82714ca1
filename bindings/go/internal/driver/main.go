// The Go package as a driver of the table of cases: reads operations as lines from standard input, answers with one line
// each. The protocol is described in ffi-tests/tests/suite/protocol.rs.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

func die(why string) {
	fmt.Fprintln(os.Stderr, "driver:", why)
	os.Exit(3)
}

var verbs = map[string]func(line, *answer){
	"open":               openNone,
	"upload":             upload,
	"download":           download,
	"delete":             deleteFile,
	"delete_by_time":     deleteByTime,
	"abort_upload":       abortUpload,
	"info":               info,
	"exists":             exists,
	"check":              check,
	"list":               list,
	"list_all":           listAll,
	"presign_upload":     presignUpload,
	"presign_download":   presignDownload,
	"send_presigned":     sendPresigned,
	"complete_presigned": completePresigned,
	"receive_presigned":  receivePresigned,
	"set_rates":          setRates,
	"capabilities":       capabilities,
	"checksum":           checksum,
	"digest":             digest,
	"combine":            combine,
	"version":            version,
	"seen":               seen,
	"free":               free,
	"reset":              reset,
}

func main() {
	// Callbacks must run on the thread of the call, so that has to stay the same.
	runtime.LockOSThread()
	startPoller()
	for verb, open := range opening {
		verbs[verb] = open
	}
	input := bufio.NewReaderSize(os.Stdin, 1<<16)
	for {
		text, err := input.ReadString('\n')
		if err != nil {
			break
		}
		verb, keys := parse(text)
		run, ok := verbs[verb]
		if !ok {
			die("an unknown verb: " + verb)
		}
		before := runtime.NumGoroutine()
		var a answer
		run(keys, &a)
		fmt.Println(a.String())
		// What a call has started has ended with it, but for the last steps of goroutines that said so.
		for i := 0; runtime.NumGoroutine() > before; i++ {
			if i > 1000 {
				die("a goroutine has outlived " + verb)
			}
			time.Sleep(time.Millisecond)
		}
	}
	reset(nil, &answer{})
}

// startPoller lets the runtime open now what it keeps open for ever, so that it is not taken for a leak.
func startPoller() {
	reader, writer, err := os.Pipe()
	if err != nil {
		die(err.Error())
	}
	reader.Close()
	writer.Close()
}

// refusal is an error of a callback, with a value as callbacks in C return it.
type refusal int64

func (r refusal) Error() string {
	return fmt.Sprintf("refused with %d", int64(r))
}

// outcome answers with "ok", or tells of the error. It says whether it was "ok".
func outcome(a *answer, err error, given bool) bool {
	if err == nil {
		if !given {
			die("a call that worked, without its output")
		}
		a.begin("ok")
		return true
	}
	if given {
		die("a failed call with an output")
	}
	var failed *chatfile.Error
	if !errors.As(err, &failed) {
		die("an error of another type: " + err.Error())
	}
	if !errors.Is(err, failed.Status) {
		die("an error that is not its status")
	}
	a.begin("error")
	a.say("status", failed.Status.String())
	a.say("message", failed.Message)
	a.sayText("field", failed.Field)
	a.sayError(failed)
	var refused refusal
	if errors.As(err, &refused) != (failed.Status == chatfile.ErrCallback) {
		die("a callback's error is in the chain of a callback's status alone: " + err.Error())
	}
	a.sayNumber("callback_value", int64(refused))
	if !strings.HasPrefix(err.Error(), "chatfile: ") {
		die("a text that does not say whose it is: " + err.Error())
	}
	return false
}

func version(_ line, a *answer) {
	a.begin("ok")
	a.say("version", chatfile.Version())
	a.sayFlag("empty_is_unset", true)
	a.sayNumber("number", int64(chatfile.VersionNumber()))
}
