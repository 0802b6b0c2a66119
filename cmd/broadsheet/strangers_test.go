package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	memoryBound = 300              // MB that a run may take at its peak, whatever is sent
	runBound    = 60 * time.Second // of the processor: how busy it is with others does not matter
)

// TestMisbehavingServers runs the program amid servers that do what none should: each costs its own source at most, is
// named with the reason, and neither time nor memory runs out. BROADSHEET_RUNS says how many runs there are, with bodies
// as large as they come; one with smaller ones otherwise.
func TestMisbehavingServers(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it starts processes, which -short leaves out")
	}
	t.Parallel()
	runs := 1
	fmt.Sscan(os.Getenv("BROADSHEET_RUNS"), &runs)
	address := serveStrangers(t.Skip, t.Cleanup)
	dir := t.TempDir()
	var b strings.Builder
	fmt.Fprintf(&b, "edition: {size: 200}\nlimits: {timeout: 2s, gap: 1ms, run: 10m, body: %d}\nsources:\n", 16*megabyte)
	for i, m := range misbehaviours {
		entry := m.entry
		if entry == "" {
			entry = "feed: http://%s/feed"
		}
		fmt.Fprintf(&b, "  - name: '%s'\n    allow_private: true\n    %s\n", m.name, fmt.Sprintf(entry, address(i)))
	}
	if err := os.WriteFile(filepath.Join(dir, "feeds.yaml"), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	for n := range runs {
		c := program(dir, "run", "--force", "--now", fmt.Sprintf("2026-11-24T%02d:00:00Z", 7+n))
		var errs bytes.Buffer
		memory := filepath.Join(dir, "peak")
		c.Stderr, c.Env = &errs, append(c.Env, "BROADSHEET_TEST_PEAK="+memory)
		if err := c.Run(); err != nil {
			t.Fatalf("run %d: %v: %s", n, err, errs.String())
		}
		took, peak := c.ProcessState.UserTime()+c.ProcessState.SystemTime(), peakOf(t, memory)
		t.Logf("run %d amid %d strangers: %.1f s of CPU, %d MB at its peak", n, len(misbehaviours), took.Seconds(), peak)
		if !underRace && (took > runBound || peak > memoryBound) {
			t.Errorf("run %d took %s and %d MB, more than %s and %d MB", n, took, peak, runBound, memoryBound)
		}
		checkPlain(t, "messages", errs.String())
		heldTo(t, dir, errs.String())
	}
	checkOutput(t, filepath.Join(dir, "public"))
}

// peakOf is how much memory a process had at its peak, in MB; 0 where the system does not say.
func peakOf(t *testing.T, file string) (megabytes int) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, rest, ok := strings.Cut(string(text), "VmHWM:"); ok {
		fmt.Sscan(rest, &megabytes)
	}
	return megabytes >> 10
}

// heldTo compares what was said of each stranger with what must be.
func heldTo(t *testing.T, dir, said string) {
	t.Helper()
	out, err := program(dir, "status", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var standing struct {
		Sources []struct{ Name, Health, Text string }
	}
	if err := json.Unmarshal(out, &standing); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	health := map[string]string{}
	for _, s := range standing.Sources {
		health[s.Name] = s.Health + ": " + s.Text
	}
	for _, m := range misbehaviours {
		got := health[m.name]
		switch {
		case m.want != "" && (strings.Contains(got, "no whole answer within") || strings.Contains(got, "no connection in time")): // what a machine that is busy says of any
		case m.want != "" && !strings.Contains(got, m.want):
			t.Errorf("%s: %q, want %q", m.name, got, m.want)
		case m.want != "" && !strings.Contains(said, m.name+": "):
			t.Errorf("%s is not named", m.name)
		case m.want == "":
			t.Logf("%s: %.160s", m.name, got)
		}
	}
}
