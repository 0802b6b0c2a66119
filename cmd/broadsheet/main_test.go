package main

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary be the program itself, so that it can be killed. It takes the machine's clock away: what a
// test finds must not depend on the hour at which it is called.
func TestMain(m *testing.M) {
	wallClock = func() time.Time { panic("a test asks the machine's clock; give it --now, or a clock") }
	if os.Getenv("BROADSHEET_TEST_AS_PROGRAM") != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		status := run(ctx, os.Args[1:], world{stdout: os.Stdout, stderr: os.Stderr, clock: fixedClock})
		if file := os.Getenv("BROADSHEET_TEST_PEAK"); file != "" { // what getrusage says begins with the memory of who started us
			process, _ := os.ReadFile("/proc/self/status")
			_ = os.WriteFile(file, process, 0o644)
		}
		os.Exit(status)
	}
	os.Exit(m.Run())
}

// fixedClock is the clock of all calls that are given no time of their own.
func fixedClock() time.Time { return firstDay }

// underRace is set when the race detector is on.
var underRace bool

// longMode is set by BROADSHEET_LONG, as .ci/run does: every case of every test runs, where go test alone runs the telling
// ones of the long series, so that it takes less than a minute.
var longMode = os.Getenv("BROADSHEET_LONG") != ""

// skipUnlessLong skips a case that finds nothing, as a rule, that a shorter one of its test does not find as well.
func skipUnlessLong(t *testing.T) {
	t.Helper()
	if !longMode {
		t.Skip("skipped: one of a long series of which others run; BROADSHEET_LONG=1 runs it too")
	}
}

// program is the command with the given arguments, as a process of its own.
func program(dir string, args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "BROADSHEET_TEST_AS_PROGRAM=1", "NO_PROXY=*")
	return c
}
