package console

import (
	"errors"
	"regexp"
	"syscall"
)

// Exit statuses. They never change: scripts rely on them.
const (
	ExitDone   = 0
	ExitFailed = 1  // the command could not do its work
	ExitUsage  = 2  // the command line or feeds.yaml is wrong
	ExitBusy   = 75 // another run holds the lock (EX_TEMPFAIL)

	ExitInterrupted = 128 + int(syscall.SIGINT)
)

// ExitError is an error with the exit status that it leads to.
type ExitError struct {
	Status  int
	Err     error
	Printed bool // it was printed already, by this run or an earlier one, and must not be printed again
}

func (e *ExitError) Error() string { return e.Err.Error() }
func (e *ExitError) Unwrap() error { return e.Err }

// UsageError returns an error that leads to ExitUsage: the command line or feeds.yaml is wrong.
func UsageError(err error) error { return &ExitError{Status: ExitUsage, Err: err} }

// filePosition matches the beginning of a message about a position in a YAML file: "feeds.yaml:3:".
var filePosition = regexp.MustCompile(`^[^\s:]+\.ya?ml(:\d+)*:`)

// WithProgramName returns a message with the name of the program before it, unless it begins with a position in a file.
func WithProgramName(text string) string {
	if filePosition.MatchString(text) {
		return text
	}
	return "broadsheet: " + text
}

// IsPrinted reports whether an error was printed already (ExitError.Printed).
func IsPrinted(err error) bool {
	var e *ExitError
	return errors.As(err, &e) && e.Printed
}
