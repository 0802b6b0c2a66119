// Package console prints the messages of the program, as sentences or as log events, and the progress bar; it redacts
// secrets in everything that is printed, and defines the exit statuses.
package console

import (
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"broadsheet"
	"broadsheet/internal/link"
)

// Console prints the messages of the program: sentences for a person or, if there is a log format, events for a
// machine. Nothing that it prints contains a secret of feeds.yaml.
type Console struct {
	// Flags of the command line. StartLog must be called after they have changed.
	Quiet     bool   // print only what the maintainer should look at
	LogFormat string // text or json: print events instead of sentences; empty: sentences
	LogLevel  string // lowest level of the events that are printed: debug, info, warn or error

	Clock  func() time.Time // the time of events; nil: real time
	Stdout io.Writer
	Stderr io.Writer

	Sources    []broadsheet.Source // the sources of feeds.yaml, as far as it was read
	LibraryLog *libraryLog         // set by RedirectLibraryLogs; nil: messages of libraries are dropped

	mu        sync.Mutex          // guards Sources, former and addresses, since serve reads feeds.yaml again during a run
	former    []broadsheet.Source // secret sources that feeds.yaml does not list any more
	addresses []string            // of webhooks

	terminal bool // a person reads stderr, even if it is not a terminal
	log      *slog.Logger
	secrets  *atomic.Pointer[link.Secrets] // of feeds.yaml and of former sources; it holds nil until feeds.yaml is read
}

// New returns a Console for the streams of the program. terminal means that a person reads stderr, even if it is not a
// terminal.
func New(stdout, stderr io.Writer, terminal bool) *Console {
	return &Console{Stdout: stdout, Stderr: stderr, terminal: terminal, secrets: new(atomic.Pointer[link.Secrets])}
}

// PrintError prints a message about the program as a whole, as a sentence or as an event.
func (c *Console) PrintError(level slog.Level, text string) {
	if c.LogFormat != "" && c.log != nil {
		c.LogEvent(level, text)
		return
	}
	fmt.Fprintln(c.Stderr, WithProgramName(text))
}
