package main

import (
	"errors"
	"regexp"
	"syscall"
)

// Exit statuses; others rely on them.
const (
	exitDone   = 0
	exitFailed = 1  // the job could not be done
	exitUsage  = 2  // the command line or feeds.yaml is wrong
	exitBusy   = 75 // another run holds the lock (EX_TEMPFAIL)

	exitInterrupted = 128 + int(syscall.SIGINT)
)

// exitError is an error that says which status the program ends with.
type exitError struct {
	status int
	err    error
	told   bool // it was printed already, or is not to be printed again
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// wrong says that the command line or feeds.yaml is.
func wrong(err error) error { return &exitError{status: exitUsage, err: err} }

// placeInFile is how a message about a line of a file begins.
var placeInFile = regexp.MustCompile(`^[^\s:]+\.ya?ml(:\d+)*:`)

// prefixed names the program before a message, but not before one that begins with a place in a file.
func prefixed(text string) string {
	if placeInFile.MatchString(text) {
		return text
	}
	return "broadsheet: " + text
}

// isTold reports whether the person concerned knows of an error already.
func isTold(err error) bool {
	var e *exitError
	return errors.As(err, &e) && e.told
}
