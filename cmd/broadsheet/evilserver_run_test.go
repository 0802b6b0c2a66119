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
	memoryBound = 300              // MB of peak memory for a run, whatever is sent
	runBound    = 60 * time.Second // CPU time: the load of the machine does not count
)

// TestEvilServers_HTTP1 runs the program against servers that violate every rule: each may cost its own source at
// most, is named with the reason, and must not exhaust time or memory. BROADSHEET_RUNS sets the number of runs, with
// full-size bodies; without it there is one run with smaller ones.
func TestEvilServers_HTTP1(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it starts processes, which -short leaves out")
	}
	t.Parallel()
	runs := 1
	fmt.Sscan(os.Getenv("BROADSHEET_RUNS"), &runs)
	address := serveEvil(t.Skip, t.Cleanup)
	dir := t.TempDir()
	var b strings.Builder
	fmt.Fprintf(&b, "edition: {size: 200}\nlimits: {timeout: 2s, gap: 1ms, run: 10m, body: %d}\nsources:\n", 16*megabyte)
	for i, m := range evilServers {
		entry := m.yaml
		if entry == "" {
			entry = "feed: http://%s/feed"
		}
		fmt.Fprintf(&b, "  - name: '%s'\n    allow_private: true\n    %s\n", m.name, fmt.Sprintf(entry, address(i)))
	}
	if err := os.WriteFile(filepath.Join(dir, "feeds.yaml"), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	for n := range runs {
		c := programCommand(dir, "run", "--force", "--now", fmt.Sprintf("2026-11-24T%02d:00:00Z", 7+n))
		var errs bytes.Buffer
		memory := filepath.Join(dir, "peak")
		c.Stderr, c.Env = &errs, append(c.Env, "BROADSHEET_TEST_PEAK="+memory)
		if err := c.Run(); err != nil {
			t.Fatalf("run %d: %v: %s", n, err, errs.String())
		}
		took, peak := c.ProcessState.UserTime()+c.ProcessState.SystemTime(), peakOf(t, memory)
		t.Logf("run %d amid %d strangers: %.1f s of CPU, %d MB at its peak", n, len(evilServers), took.Seconds(), peak)
		if !underRace && (took > runBound || peak > memoryBound) {
			t.Errorf("run %d took %s and %d MB, more than %s and %d MB", n, took, peak, runBound, memoryBound)
		}
		checkPlain(t, "messages", errs.String())
		checkStatuses(t, dir, errs.String())
	}
	checkOutput(t, filepath.Join(dir, "public"))
}

// peakOf returns the peak memory of a process in MB, or 0 if the system does not report it.
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

// checkStatuses compares the message about each evil server with the one it should get.
func checkStatuses(t *testing.T, dir, printed string) {
	t.Helper()
	out, err := programCommand(dir, "status", "--json").Output()
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
	for _, m := range evilServers {
		got := health[m.name]
		switch {
		case m.want != "" && (strings.Contains(got, "no whole answer within") || strings.Contains(got, "no connection in time")): // on a busy machine this may be said of any
		case m.want != "" && !strings.Contains(got, m.want):
			t.Errorf("%s: %q, want %q", m.name, got, m.want)
		case m.want != "" && !strings.HasPrefix(got, "resting: ") && !strings.Contains(printed, m.name+": ") && !strings.Contains(printed, m.want): // one that asks for a pause is no news; many that fail alike are one line
			t.Errorf("%s is not named", m.name)
		case m.want == "":
			t.Logf("%s: %.160s", m.name, got)
		}
	}
}
