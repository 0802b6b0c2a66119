package console

import (
	"bytes"
	"encoding/json"
	"log"
	"log/slog"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

func TestPrintable(t *testing.T) {
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
		if got := Printable(in); got != want {
			t.Errorf("Printable(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestEvent_SourceCannotForgeLine logs the name of a source that contains a line of its own, in every format.
func TestEvent_SourceCannotForgeLine(t *testing.T) {
	evil := "Blog\nlevel=ERROR msg=\"disk full\"\n{\"level\":\"ERROR\"}\r\x1b[2K"
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		c := &Console{Stderr: &out, LogFormat: format, LogLevel: "info", Clock: func() time.Time { return time.Unix(1e9, 0) }}
		if err := c.StartLog(); err != nil {
			t.Fatal(err)
		}
		c.LogEvent(slog.LevelWarn, "source failing", "name", evil, "why", evil)
		c.LogEvent(slog.LevelDebug, "not at this level")
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

// TestRedirectLibraryLogs checks what becomes of lines of the log package: debug events, printable, a limited number
// per minute.
func TestRedirectLibraryLogs(t *testing.T) {
	var out bytes.Buffer
	c := &Console{Stderr: &out, LogFormat: "json", LogLevel: "debug", Clock: func() time.Time { return time.Unix(1e9, 0) }}
	_ = c.StartLog()
	c.RedirectLibraryLogs()
	defer c.LibraryLog.Close()
	now := time.Unix(5e8, 0)
	c.LibraryLog.now = func() time.Time { return now }
	for range 1000 {
		log.Printf("from \x1b[31mhttps://me:secret@a.example/?token=abc\n%s", strings.Repeat("x", 10000))
	}
	slog.Info("a library that knows slog")
	for line := range strings.Lines(out.String()) {
		if !json.Valid([]byte(line)) || strings.ContainsAny(strings.TrimSuffix(line, "\n"), "\x1b\n") {
			t.Fatalf("not an event: %q", line)
		}
	}
	if n := strings.Count(out.String(), "\n"); n != maxLibraryLines+1 || strings.Contains(out.String(), "secret") || strings.Contains(out.String(), "abc") || out.Len() > 100<<10 {
		t.Errorf("%d lines, %d bytes, the first %.300s", n, out.Len(), out.String())
	}
	now = now.Add(time.Minute)
	log.Print("another minute")
	if !strings.Contains(out.String(), "another minute") {
		t.Error("the next minute's lines are missing")
	}
	c.LibraryLog.Close()
	before := out.Len()
	log.Print("later")
	if out.Len() != before {
		t.Error("a line was written after Close")
	}
	// Without debug events, many lines cost nothing: they are not even formatted.
	c = &Console{Stderr: &out, LogFormat: "json", LogLevel: "info"}
	_ = c.StartLog()
	c.RedirectLibraryLogs()
	if n := testing.AllocsPerRun(100, func() { log.Printf("%T", http2.ErrCodeNo) }); n > 0 {
		t.Errorf("%v allocations for a line that is dropped", n)
	}
}
