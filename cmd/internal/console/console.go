// Package console is what the program prints, and the statuses that it exits with: sentences or log events, the progress bar,
// and no secret in any of them.
package console

import (
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"broadsheet"
	"broadsheet/internal/link"
)

// Console is what the program prints to: sentences for a person or, with a log format, events for a machine. Nothing that
// it prints holds a secret of feeds.yaml.
type Console struct {
	Stdout, Stderr io.Writer
	Quiet          bool   // print nothing but what a person must look at
	Terminal       bool   // a person reads Stderr, whatever it is
	LogFormat      string // text or json: events in place of sentences; empty: sentences
	LogLevel       string // the least level of events
	Log            *slog.Logger
	Time           func() time.Time // of events; nil: the machine's

	Libraries *libraryLog                   // nil: what libraries print is dropped
	secrets   *atomic.Pointer[link.Secrets] // of feeds.yaml; nil until it is read
	Listed    []broadsheet.Source           // in feeds.yaml
}

// New returns one for the program's streams. terminal says that a person reads stderr, whatever it is.
func New(stdout, stderr io.Writer, terminal bool) *Console {
	return &Console{Stdout: stdout, Stderr: stderr, Terminal: terminal, secrets: new(atomic.Pointer[link.Secrets])}
}

// PrintError tells what went wrong with the whole program, as a sentence or as an event.
func (c *Console) PrintError(level slog.Level, text string) {
	if c.LogFormat != "" && c.Log != nil {
		c.Event(level, text)
		return
	}
	fmt.Fprintln(c.Stderr, Prefixed(text))
}
