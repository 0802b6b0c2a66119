package console

import (
	"bytes"
	"strings"
	"testing"
)

// TestWaitingText checks that the sources that the run waits for are named if there are only a few.
func TestWaitingText(t *testing.T) {
	for names, want := range map[string]string{
		"":                  "",
		"a":                 ", waiting for a",
		"a b":               ", waiting for a and b",
		"a b c":             ", waiting for a, b and 1 more",
		"a b c d e f g h i": "",
		"a\x1b[31m":         ", waiting for a[31m",
	} {
		if got := waitingText(strings.Fields(names)); got != want {
			t.Errorf("%q: %q, want %q", names, got, want)
		}
	}
}

// TestProgress_NamesSlowSources checks that the bar names a source while the run waits for it, and that a nil *Progress
// shows nothing.
func TestProgress_NamesSlowSources(t *testing.T) {
	var out bytes.Buffer
	p := &Progress{w: &out}
	p.Stage("asking sources", 2)
	slow, fast := p.WaitFor("slow.example"), p.WaitFor("fast.example")
	fast()
	p.Add(1)
	if !strings.Contains(out.String(), "waiting for slow.example") || strings.Contains(out.String(), "fast.example") {
		t.Errorf("shown: %q", out.String())
	}
	slow()
	p.Done()
	var none *Progress
	none.Stage("x", 1)
	none.WaitFor("x")()
	none.Add(1)
	none.Done()
}
