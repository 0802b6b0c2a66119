package console

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"

	"broadsheet/internal/link"
)

// Messages have two forms: sentences for a person, which is the default, and with --log-format one event per line for a
// machine. Both are written to stderr, and a source cannot forge a line of its own in either.

// StartLog sets up the log by LogFormat and LogLevel. Without a format, events are dropped. It returns a UsageError if
// one of the two is not known.
func (c *Console) StartLog() error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return UsageError(fmt.Errorf("--log-level %q is not known; it is debug, info, warn or error", c.LogLevel))
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: c.replaceAttr}
	switch c.LogFormat {
	case "":
		c.log = slog.New(slog.DiscardHandler)
	case "text":
		c.log = slog.New(slog.NewTextHandler(c.Stderr, options))
	case "json":
		c.log = slog.New(slog.NewJSONHandler(c.Stderr, options))
	default:
		return UsageError(fmt.Errorf("--log-format %q is not known; it is text or json", c.LogFormat))
	}
	return nil
}

// replaceAttr makes each string and error of an event Printable, and sets its time by the clock of the program.
func (c *Console) replaceAttr(_ []string, at slog.Attr) slog.Attr {
	switch at.Value.Kind() {
	case slog.KindTime:
		if at.Key == slog.TimeKey && c.Clock != nil {
			return slog.Time(at.Key, c.Clock().UTC())
		}
	case slog.KindString:
		return slog.String(at.Key, Printable(at.Value.String()))
	case slog.KindAny:
		if err, ok := at.Value.Any().(error); ok {
			return slog.String(at.Key, Printable(err.Error()))
		}
	}
	return at
}

// LogEvent logs an event; attrs are as for slog.Logger.Log.
func (c *Console) LogEvent(level slog.Level, message string, attrs ...any) {
	if c.log != nil {
		c.log.Log(context.Background(), level, message, attrs...)
	}
}

// libraryLog is the writer of the log package. Libraries print with it, and no setting of net/http prevents that; their
// lines quote what servers send, and a server decides how often. Each line becomes an event at the level debug, up to a
// limit per minute.
type libraryLog struct {
	log *slog.Logger
	now func() time.Time // real time

	mu     sync.Mutex
	since  time.Time // when the current minute began
	lines  int       // in this minute
	closed bool
}

const (
	maxLibraryLines = 50  // per minute
	maxLibraryLine  = 500 // bytes
)

// RedirectLibraryLogs turns what libraries print with the log package into debug events. If those are not printed, it
// keeps the log package as it is: main has set its output to io.Discard, for which log does not even format a line.
func (c *Console) RedirectLibraryLogs() {
	log.SetFlags(0)
	if c.log.Enabled(context.Background(), slog.LevelDebug) {
		c.LibraryLog = &libraryLog{log: c.log, now: time.Now}
		log.SetOutput(c.LibraryLog)
	}
}

// Write logs one line, or drops it.
func (l *libraryLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := l.now(); now.Sub(l.since) >= time.Minute {
		l.since, l.lines = now, 0
	}
	l.lines++
	switch {
	case l.closed, l.lines > maxLibraryLines+1:
	case l.lines > maxLibraryLines:
		l.log.Debug("library: further lines of this minute are left out")
	default:
		l.log.Debug("library", "text", string(line[:min(len(line), maxLibraryLine)]))
	}
	return len(line), nil
}

// Close makes the log package drop all further lines, because the writer of the log may be closed. l may be nil.
func (l *libraryLog) Close() {
	log.SetOutput(io.Discard)
	if l != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.closed = true
	}
}

// Printable returns text in a form that is safe in a log, in a report and on a terminal: one line, without control
// characters and characters that change the direction of text, and without secrets in addresses.
func Printable(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return link.RedactText(text)
}
