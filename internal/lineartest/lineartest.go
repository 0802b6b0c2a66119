// Package lineartest holds parsers to a time that grows with their input. It is for tests alone.
package lineartest

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

const (
	maxRatio = 6                    // how many times as long four times the input may take
	least    = 5 * time.Millisecond // less than this is taken for this: what is so short is harmless, and cannot be measured
)

// Shapes are inputs of about n bytes, by name.
type Shapes map[string]func(n int) string

// Run holds parse to a time of at most maxRatio for four times the input, for inputs of n bytes of each shape. It measures
// time, so it is skipped unless BROADSHEET_LINEAR is set; .ci/run sets it, and runs nothing beside it.
func Run(t *testing.T, name string, n int, shapes Shapes, parse func(text string)) {
	t.Helper()
	if os.Getenv("BROADSHEET_LINEAR") == "" {
		t.Skip("measures time: set BROADSHEET_LINEAR to run it")
	}
	for shape, input := range shapes {
		t.Run(name+"/"+shape, func(t *testing.T) {
			small, large := input(n), input(4*n)
			var ratio float64
			for range 5 { // something else on the machine may disturb one
				one, four := fastest(parse, small), fastest(parse, large)
				if ratio = float64(four) / float64(max(one, least)); ratio <= maxRatio {
					t.Logf("%d bytes %v, %d bytes %v: %.1f times", len(small), one, len(large), four, ratio)
					return
				}
			}
			t.Errorf("four times the input takes %.1f times as long", ratio)
		})
	}
}

// fastest returns the least time of three.
func fastest(parse func(string), text string) time.Duration {
	best := time.Hour
	for range 3 {
		began := time.Now()
		parse(text)
		if best = min(best, time.Since(began)); best > time.Second {
			break
		}
	}
	return best
}

// Repeat returns inputs made of the same piece again and again, between before and after.
func Repeat(before, piece, after string) func(n int) string {
	return fill(before, func(int) string { return piece }, after)
}

// Count returns inputs made of a piece with a number in it (%d) that grows, between before and after.
func Count(before, format, after string) func(n int) string {
	return fill(before, func(i int) string { return fmt.Sprintf(format, i) }, after)
}

func fill(before string, piece func(i int) string, after string) func(n int) string {
	return func(n int) string {
		var b strings.Builder
		b.WriteString(before)
		for i := 0; b.Len() < n; i++ {
			b.WriteString(piece(i))
		}
		b.WriteString(after)
		return b.String()
	}
}
