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

// Messages have two forms: sentences for a person, which is the default, and with --log-format one event a line for a
// machine. Both go to standard error, and neither can be forged by what a source says.

// StartLog makes events go where the flags say: nowhere when sentences are wanted.
func (c *Console) StartLog() (err error) {
	c.Log, err = c.logger()
	return err
}

// logger returns where events go.
func (c *Console) logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, UsageError(fmt.Errorf("--log-level %q is not known; it is debug, info, warn or error", c.LogLevel))
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: c.attr}
	switch c.LogFormat {
	case "":
		return slog.New(slog.DiscardHandler), nil
	case "text":
		return slog.New(slog.NewTextHandler(c.Stderr, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(c.Stderr, options)), nil
	}
	return nil, UsageError(fmt.Errorf("--log-format %q is not known; it is text or json", c.LogFormat))
}

// attr lets every value of an event be fit for a log, and its time be the program's.
func (c *Console) attr(_ []string, at slog.Attr) slog.Attr {
	switch at.Value.Kind() {
	case slog.KindTime:
		if at.Key == slog.TimeKey && c.Time != nil {
			return slog.Time(at.Key, c.Time().UTC())
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

// Event logs one, at a level.
func (c *Console) Event(level slog.Level, message string, attrs ...any) {
	if c.Log != nil {
		c.Log.Log(context.Background(), level, message, attrs...)
	}
}

// libraryLog receives what the libraries print with the log package, which no setting of net/http keeps from standard
// error: it quotes what servers send, and a server decides how often. Lines become events at the level debug, few a
// minute.
type libraryLog struct {
	log *slog.Logger
	now func() time.Time // the machine's

	mu     sync.Mutex
	since  time.Time // the minute's begin
	lines  int       // in this minute
	closed bool
}

const (
	maxLibraryLines = 50  // a minute
	maxLibraryLine  = 500 // bytes
)

// RedirectLibraryLogs makes the libraries print nothing that is not wanted; without debug events they do not even form a line.
func (c *Console) RedirectLibraryLogs() {
	log.SetFlags(0)
	if c.Log.Enabled(context.Background(), slog.LevelDebug) {
		c.Libraries = &libraryLog{log: c.Log, now: time.Now}
		log.SetOutput(c.Libraries)
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

// Close drops all further lines: the writer of the log may be gone.
func (l *libraryLog) Close() {
	log.SetOutput(io.Discard)
	if l != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.closed = true
	}
}

// Printable is text as it may stand in a log, a report or on a terminal: one line, nothing that a terminal obeys or that
// turns the order of letters, no secret of an address.
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
