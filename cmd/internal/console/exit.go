package console

import (
	"errors"
	"regexp"
	"syscall"
)

// Exit statuses; others rely on them.
const (
	ExitDone   = 0
	ExitFailed = 1  // the job could not be done
	ExitUsage  = 2  // the command line or feeds.yaml is wrong
	ExitBusy   = 75 // another run holds the lock (EX_TEMPFAIL)

	ExitInterrupted = 128 + int(syscall.SIGINT)
)

// ExitError is an error that says which status the program ends with.
type ExitError struct {
	Status  int
	Err     error
	Printed bool // it was printed already, or is not to be printed again
}

func (e *ExitError) Error() string { return e.Err.Error() }
func (e *ExitError) Unwrap() error { return e.Err }

// UsageError says that the command line or feeds.yaml is.
func UsageError(err error) error { return &ExitError{Status: ExitUsage, Err: err} }

// placeInFile is how a message about a line of a file begins.
var placeInFile = regexp.MustCompile(`^[^\s:]+\.ya?ml(:\d+)*:`)

// Prefixed names the program before a message, but not before one that begins with a place in a file.
func Prefixed(text string) string {
	if placeInFile.MatchString(text) {
		return text
	}
	return "broadsheet: " + text
}

// IsPrinted reports whether the person concerned knows of an error already.
func IsPrinted(err error) bool {
	var e *ExitError
	return errors.As(err, &e) && e.Printed
}
