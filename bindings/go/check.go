package chatfile

// #include "shim.h"
import "C"

import "context"

// String gives a word for what was looked at.
func (k CheckKind) String() string {
	names := [...]string{"address", "proxy", "name", "connection", "TLS", "clock", "credentials", "service"}
	if k >= CheckKind(len(names)) {
		return "unknown"
	}
	return names[k]
}

// String gives a word for what came of it.
func (v Verdict) String() string {
	names := [...]string{"not tried", "ok", "warning", "failed"}
	if v >= Verdict(len(names)) {
		return "unknown"
	}
	return names[v]
}

// Check looks at what works on the way to the service, each step for itself: the address, the proxy, the name, the
// connection, TLS, the clock, the credentials, and the smallest call. What does not work is no error, but VerdictFailed of
// its step; those behind it that need it are VerdictNotTried. Nothing is stored unless the options say so. It begins with a
// connection of its own; time-outs and attempts are those of the client. options may be nil.
//
// It fails with ErrCancelled and ErrCallback, and with ErrUnsupported of a client without a service.
func (c *Client) Check(ctx context.Context, options *CheckOptions) ([]CheckStep, error) {
	call := c.begin(ctx)
	defer call.end()
	filled := options.fill(call)
	return run(call, takeSteps, func(out **C.chatfile_check_result) C.chatfile_status {
		return C.chatfile_go_check(call.id(), call.client, filled, out, &call.object)
	})
}

// takeSteps reads what C gave and frees it; nil if it gave nothing.
func takeSteps(given *C.chatfile_check_result) (steps []CheckStep) {
	defer C.chatfile_check_result_free(given)
	for i := C.size_t(0); i < C.chatfile_check_result_count(given); i++ {
		steps = append(steps, readCheckStep(C.chatfile_check_result_step(given, i)))
	}
	return steps
}
