//go:build scaling

// Package scaletest checks that the CPU time of a function grows linearly with the size of its input. Only tests import it.
package scaletest

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	maxGrowth   = 6.0                  // most that four times the input may cost, as a factor of CPU time
	minMeasured = 8 * time.Millisecond // CPU time that an input must take to be measured
	minSize     = 16 << 10             // bytes of the first input tried
	maxSize     = 512 << 10            // bytes of the largest
)

// minCPUTime returns the least CPU time of several calls. CPU time does not count other programs, however busy the machine is.
func minCPUTime(do func()) time.Duration {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // garbage is collected between the calls instead
	least := time.Duration(1<<63 - 1)
	for i, spent := 0, time.Duration(0); i < 3 || i < 10 && spent < 100*time.Millisecond; i++ {
		runtime.GC()
		start := cpuTime()
		do()
		d := cpuTime() - start
		least, spent = min(least, d), spent+d
		if d > 2*time.Second {
			break
		}
	}
	return least
}

// cpuTime returns the CPU time that this process has used.
func cpuTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// Linear fails the test if do takes more than six times as long for an input of four times the size; quadratic time takes
// sixteen times as long. It measures up to four times, since the machine may be busy. input returns an input of about a size
// in bytes.
func Linear(t *testing.T, input func(size int) string, do func(string)) {
	t.Helper()
	size := minSize
	for ; size < maxSize; size *= 2 {
		text, start := input(size), cpuTime()
		if do(text); cpuTime()-start >= minMeasured {
			break
		}
	}
	one, four := input(size), input(4*size)
	growth, least := 0.0, time.Duration(0)
	for range 4 {
		a, b := minCPUTime(func() { do(one) }), minCPUTime(func() { do(four) })
		if growth, least = float64(b)/float64(a), b; growth <= maxGrowth {
			break
		}
	}
	fmt.Printf("%-60s %5.1f  (%v for %d KB)\n", t.Name(), growth, least.Round(10*time.Microsecond), len(four)>>10)
	if growth > maxGrowth && least > 3*minMeasured {
		t.Errorf("four times the input takes %.1f times as long: %v for %d bytes", growth, least, len(four))
	}
}

// Repeat returns an input function: the unit repeated up to the size, with each # in it replaced by the number of the
// repetition.
func Repeat(unit string) func(int) string { return Between("", unit, "") }

// Between returns an input function like Repeat, with head before the units and tail after them.
func Between(head, unit, tail string) func(int) string {
	return func(size int) string {
		var b strings.Builder
		b.WriteString(head)
		for i := 0; b.Len() < size; i++ {
			b.WriteString(strings.ReplaceAll(unit, "#", fmt.Sprint(i)))
		}
		return b.String() + tail
	}
}

// Nested returns an input function: open repeated up to the size, an "x", and end as often.
func Nested(open, end string) func(int) string {
	return func(size int) string {
		n := size / (len(open) + len(end))
		return strings.Repeat(open, n) + "x" + strings.Repeat(end, n)
	}
}
