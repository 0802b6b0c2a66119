package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// TestSpoken holds what may stand in a log, a report or on a terminal.
func TestSpoken(t *testing.T) {
	for in, want := range map[string]string{
		"two\nlines\tand \u2028more":                             "two lines and  more",
		"\x1b[31mred\x1b[0m and \u202eback\u200b":                "[31mred[0m and back",
		"https://me:secret@a.example/f: 404":                     "https://***@a.example/f: 404",
		"https://me@a.example/f and http://x:y@b.example/":       "https://***@a.example/f and http://***@b.example/",
		"https://a.example/f?token=abc&page=2":                   "https://a.example/f?token=***&page=2",
		"https://a.example/f?page=2&api_key=abc;d Access_Token=": "https://a.example/f?page=2&api_key=*** Access_Token=",
		"mail me@a.example about https://a.example/@me":          "mail me@a.example about https://a.example/@me",
		"bad \xff byte": "bad  byte",
	} {
		if got := spoken(in); got != want {
			t.Errorf("spoken(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestNoLineIsForged lets a source say what would be a line of its own, in every format.
func TestNoLineIsForged(t *testing.T) {
	evil := "Blog\nlevel=ERROR msg=\"disk full\"\n{\"level\":\"ERROR\"}\r\x1b[2K"
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		a := &app{world: world{stderr: &out}, logFormat: format, logLevel: "info", now: func() time.Time { return time.Unix(1e9, 0) }}
		var err error
		if a.log, err = a.logger(); err != nil {
			t.Fatal(err)
		}
		a.event(slog.LevelWarn, "source failing", "name", evil, "why", evil)
		a.event(slog.LevelDebug, "not at this level")
		line, rest, _ := strings.Cut(out.String(), "\n")
		if rest != "" || strings.ContainsAny(line, "\r\x1b") {
			t.Errorf("%s: not one line: %q", format, out.String())
		}
		if format == "json" {
			var e map[string]any
			if err := json.Unmarshal([]byte(line), &e); err != nil || e["level"] != "WARN" || !strings.HasPrefix(e["time"].(string), "2001-09-09T") {
				t.Errorf("%v in %s", err, line)
			}
		} else if strings.Count(strings.ReplaceAll(line, `\"`, ""), "level=") != 3 || !strings.Contains(line, `name="Blog level=ERROR`) {
			t.Errorf("a value is not quoted: %s", line)
		}
	}
}
