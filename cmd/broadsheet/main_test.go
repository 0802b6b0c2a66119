package main

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"runtime/debug"
	"syscall"
	"testing"
	"time"
)

// TestMain makes the test binary run as the program itself if an environment variable says so, so that it can be
// killed. It replaces the machine's clock by one that panics: a test result must not depend on the hour at which it
// runs.
func TestMain(m *testing.M) {
	wallClock = func() time.Time { panic("a test asks the machine's clock; give it --now, or a clock") }
	if os.Getenv("BROADSHEET_TEST_AS_PROGRAM") != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		status := run(ctx, os.Args[1:], env{stdout: os.Stdout, stderr: os.Stderr, clock: fixedClock})
		if file := os.Getenv("BROADSHEET_TEST_PEAK"); file != "" { // getrusage would begin with the memory of the parent process
			process, _ := os.ReadFile("/proc/self/status")
			_ = os.WriteFile(file, process, 0o644)
		}
		os.Exit(status)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // of the time of the tests, a fifth went into collecting what single runs leave behind
	}
	os.Exit(m.Run())
}

// fixedClock is the clock of all calls without a time of their own.
func fixedClock() time.Time { return startDay }

// underRace reports whether the race detector is on.
var underRace bool

// longMode is set by BROADSHEET_LONG, as in .ci/run. Then every case of every test runs. Without it go test runs a
// selection of the long series, so that it takes less than a minute.
var longMode = os.Getenv("BROADSHEET_LONG") != ""

// skipUnlessLong skips a case of a long series unless long mode is on. The cases that always run cover the same rule.
func skipUnlessLong(t *testing.T) {
	t.Helper()
	if !longMode {
		t.Skip("skipped: one of a long series of which others run; BROADSHEET_LONG=1 runs it too")
	}
}

// programCommand returns the program with the given arguments, as a process of its own.
func programCommand(dir string, args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "BROADSHEET_TEST_AS_PROGRAM=1", "NO_PROXY=*")
	return c
}
