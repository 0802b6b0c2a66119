package client

import (
	"fmt"
	"path"
	"runtime"
	"strings"
)

// RecoverAsError is deferred around the work on one address: a panic in it, ours or a library's, becomes that address's
// error. What a stranger sent may cost his source, but never the run, in which hundreds of others are on their way.
func RecoverAsError(where string, err *error) {
	if p := recover(); p != nil {
		*err = &Error{where: where, what: fmt.Sprintf("the program stumbled over its answer, which is our mistake (%s: %s); please report it, with the address",
			panicLocation(), Printable(fmt.Sprint(p)))}
	}
}

// panicLocation is the innermost line of ours that a panic came through.
func panicLocation() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)]) // without Callers, this and stumbled
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
