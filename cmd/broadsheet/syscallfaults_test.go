package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"broadsheet/cmd/internal/console"
)

// TestSyscallFaults makes one system call of a run after the other fail (strace injects the errors): the program ends
// with a message and status 1, or did not need the call; published files are complete at all times; and the next run
// has the result of an undisturbed one. BROADSHEET_FAULTS sets at how many calls each of all kinds fails; otherwise a
// few of the most common do.
func TestSyscallFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it starts processes, which -short leaves out")
	}
	t.Parallel()
	if err := exec.Command("strace", "-f", "-e", "trace=none", "true").Run(); err != nil {
		t.Skipf("skipped: strace is not there, or may not trace: %v", err)
	}
	faults, calls := strings.Fields("pwrite64:ENOSPC write:EIO fsync:EIO renameat:EIO openat:EIO"), []int{3}
	if most, err := strconv.Atoi(os.Getenv("BROADSHEET_FAULTS")); err == nil {
		faults = strings.Fields("pwrite64:EIO pwrite64:ENOSPC write:EIO write:ENOSPC fsync:EIO fdatasync:EIO openat:EIO openat:EMFILE renameat:EIO renameat2:EIO mkdirat:ENOSPC ftruncate:EIO pread64:EIO fcntl:EIO unlinkat:EIO")
		calls = nil
		for n := range most {
			calls = append(calls, 1+n*n/2) // each thread counts its own calls; most have few
		}
	}
	feeds := loopbackFeeds(t, 3)
	first := t.TempDir()
	must(t, os.WriteFile(filepath.Join(first, "feeds.yaml"), feeds, 0o644))
	if out, err := programCommand(first, "run", "--now", "2026-11-24T07:00:00Z").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	start := func() string {
		dir := t.TempDir()
		must(t, os.CopyFS(dir, os.DirFS(first)))
		return dir
	}
	second := []string{"run", "--force", "--now", "2026-11-25T07:00:00Z"}
	calm := start()
	if out, err := programCommand(calm, second...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want, tried, noticed := outputOf(t, calm), 0, 0
	for _, fault := range faults {
		call, failure, _ := strings.Cut(fault, ":")
		for _, when := range calls {
			dir := start()
			traced := programCommand(dir, second...)
			traced.Args = append([]string{"strace", "-f", "-qq", "-o", os.DevNull, "-e", "trace=" + call, "-e", fmt.Sprintf("inject=%s:error=%s:when=%d", call, failure, when), os.Args[0]}, second...)
			traced.Path, _ = exec.LookPath("strace")
			out, err := traced.CombinedOutput()
			tried++
			if err != nil {
				noticed++
			}
			var ended *exec.ExitError
			unread := strings.Contains(string(out), "feeds.yaml cannot be read") // which is status 2, whatever the reason
			if errors.As(err, &ended) && ended.ExitCode() != console.ExitFailed && !unread && !isRuntimeFailure(string(out)) {
				t.Errorf("%s at call %d: exit %d: %s", fault, when, ended.ExitCode(), out)
			}
			if strings.Contains(string(out), "panic:") || err != nil && len(out) == 0 && call != "write" { // which prints the message, too
				t.Errorf("%s at call %d: %v: %s", fault, when, err, out)
			}
			checkWholeFiles(t, filepath.Join(dir, "public"))
			if out, err := programCommand(dir, second...).CombinedOutput(); err != nil {
				t.Errorf("the run after %s at call %d: %v: %s", fault, when, err, out)
			}
			if got := outputOf(t, dir); got != want {
				t.Errorf("after %s at call %d the result is another: %s", fault, when, firstDifference(got, want))
			}
		}
	}
	t.Logf("%d faults, of which %d ended the run", tried, noticed)
}

// isRuntimeFailure reports whether the Go runtime itself could not start, which no program can prevent.
func isRuntimeFailure(text string) bool {
	return strings.Contains(text, "runtime: ") || strings.Contains(text, "fatal error: ") || strings.Contains(text, "shared libraries")
}
