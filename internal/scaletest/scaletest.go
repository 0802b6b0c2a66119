//go:build scaling

// Package scaletest measures whether the time that a function takes grows in proportion to its input. Tests alone use it.
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

// What four times the input may cost, in time; and how long an input must take for that to be measured.
const (
	mostGrowth = 6.0
	measurable = 8 * time.Millisecond
	smallest   = 16 << 10
	largest    = 512 << 10
)

// leastTime returns the least processor time of several calls: another program that is busy does not count.
func leastTime(do func()) time.Duration {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // collected is between the calls
	least := time.Duration(1<<63 - 1)
	for i, spent := 0, time.Duration(0); i < 3 || i < 10 && spent < 100*time.Millisecond; i++ {
		runtime.GC()
		began := processorTime()
		do()
		d := processorTime() - began
		least, spent = min(least, d), spent+d
		if d > 2*time.Second {
			break
		}
	}
	return least
}

func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// Linear fails the test when do takes more than six times as long for an input of four times the size, as it does where
// the time grows with the square. Three attempts: a machine may be busy.
func Linear(t *testing.T, input func(size int) string, do func(string)) {
	t.Helper()
	size := smallest
	for ; size < largest; size *= 2 {
		text, began := input(size), processorTime()
		if do(text); processorTime()-began >= measurable {
			break
		}
	}
	one, four := input(size), input(4*size)
	growth, least := 0.0, time.Duration(0)
	for range 4 {
		a, b := leastTime(func() { do(one) }), leastTime(func() { do(four) })
		if growth, least = float64(b)/float64(a), b; growth <= mostGrowth {
			break
		}
	}
	fmt.Printf("%-60s %5.1f  (%v for %d KB)\n", t.Name(), growth, least.Round(10*time.Microsecond), len(four)>>10)
	if growth > mostGrowth && least > 3*measurable {
		t.Errorf("four times the input takes %.1f times as long: %v for %d bytes", growth, least, len(four))
	}
}

// Repeat returns a unit repeated up to a size; # in it becomes a number, another each time.
func Repeat(unit string) func(int) string { return Between("", unit, "") }

// Between is Repeat with a head before the units and a tail after them.
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

// Nested returns a unit repeated up to a size and then its end as often.
func Nested(open, end string) func(int) string {
	return func(size int) string {
		n := size / (len(open) + len(end))
		return strings.Repeat(open, n) + "x" + strings.Repeat(end, n)
	}
}
