package client

import (
	"fmt"
	"path"
	"runtime"
	"strings"
)

// RecoverAsError is to be deferred around the work on one address. It turns a panic, in our code or a library's, into
// that address's error. What a server sent may cost its own source, but never the run, in which hundreds of other
// sources are fetched.
func RecoverAsError(address string, err *error) {
	if p := recover(); p != nil {
		*err = &Error{address: address, reason: fmt.Sprintf("the program stumbled over its answer, which is our mistake (%s: %s); please report it, with the address",
			panicLocation(), Printable(fmt.Sprint(p)))}
	}
}

// panicLocation returns the file and line of the innermost function of this module that a panic passed through.
func panicLocation() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)]) // without Callers, this function and RecoverAsError
	for {
		frame, more := frames.Next()
		if strings.HasPrefix(frame.Function, "broadsheet") {
			return fmt.Sprintf("%s:%d", path.Base(frame.File), frame.Line)
		}
		if !more {
			return "somewhere"
		}
	}
}
