package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"unicode"

	"broadsheet"
)

// Messages have two forms: sentences for a person, which is the default, and with --log-format one event a line for a
// machine. Both go to standard error, and neither can be forged by what a source says.

// logger is where events go; nowhere when sentences are wanted.
func (a *app) logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.logLevel)); err != nil {
		return nil, wrong(fmt.Errorf("--log-level %q is not known; it is debug, info, warn or error", a.logLevel))
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: a.attr}
	switch a.logFormat {
	case "":
		return slog.New(slog.DiscardHandler), nil
	case "text":
		return slog.New(slog.NewTextHandler(a.stderr, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(a.stderr, options)), nil
	}
	return nil, wrong(fmt.Errorf("--log-format %q is not known; it is text or json", a.logFormat))
}

// attr lets every value of an event be fit for a log, and its time be the program's.
func (a *app) attr(_ []string, at slog.Attr) slog.Attr {
	switch at.Value.Kind() {
	case slog.KindTime:
		if at.Key == slog.TimeKey && a.now != nil {
			return slog.Time(at.Key, a.now().UTC())
		}
	case slog.KindString:
		return slog.String(at.Key, spoken(at.Value.String()))
	case slog.KindAny:
		if err, ok := at.Value.Any().(error); ok {
			return slog.String(at.Key, spoken(err.Error()))
		}
	}
	return at
}

// event logs one, at a level.
func (a *app) event(level slog.Level, message string, attrs ...any) {
	if a.log != nil {
		a.log.Log(context.Background(), level, message, attrs...)
	}
}

// spoken is text as it may stand in a log, a report or on a terminal: one line, nothing that a terminal obeys or that
// turns the order of letters, no secret of an address.
func spoken(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return broadsheet.RedactText(text)
}
