package main

import (
	"fmt"
	"strings"
)

// around is how many lines that stay are shown about a change.
const around = 3

// change is lines a[from:to] that b[into:onto] takes the place of.
type change struct{ from, to, into, onto int }

// diff shows what an edit changes in a file, in the unified form that patch(1) reads; "": nothing.
func diff(name string, was, is []byte) string {
	a, b := linesOf(was), linesOf(is)
	all := differences(a, b)
	if len(all) == 0 {
		return ""
	}
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", name, name)
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].from-all[n-1].to <= 2*around {
			n++
		}
		hunk(&out, a, b, all[:n])
		all = all[n:]
	}
	return out.String()
}

// linesOf parts a text after each line end.
func linesOf(text []byte) []string {
	lines := strings.SplitAfter(string(text), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// differences finds where two texts part and, as near as possible, where they meet again. Edits of feeds.yaml are
// small, so the nearest meeting is the right one.
func differences(a, b []string) (all []change) {
	for i, j := 0, 0; i < len(a) || j < len(b); {
		if i < len(a) && j < len(b) && a[i] == b[j] {
			i, j = i+1, j+1
			continue
		}
		x, y := meeting(a[i:], b[j:])
		all = append(all, change{i, i + x, j, j + y})
		i, j = i+x, j+y
	}
	return all
}

// meeting is how many lines of each to pass over until they are the same, or both at their end.
func meeting(a, b []string) (x, y int) {
	for far := 1; far <= len(a)+len(b); far++ {
		for x := max(0, far-len(b)); x <= min(far, len(a)); x++ {
			y := far - x
			if x == len(a) && y == len(b) || x < len(a) && y < len(b) && a[x] == b[y] {
				return x, y
			}
		}
	}
	return len(a), len(b)
}

func hunk(out *strings.Builder, a, b []string, changes []change) {
	first, last := changes[0], changes[len(changes)-1]
	start, stop := max(0, first.from-around), min(len(a), last.to+around)
	into, onto := first.into-(first.from-start), last.onto+(stop-last.to)
	fmt.Fprintf(out, "@@ -%s +%s @@\n", span(start, stop), span(into, onto))
	at := start
	for _, c := range changes {
		mark(out, " ", a[at:c.from])
		mark(out, "-", a[c.from:c.to])
		mark(out, "+", b[c.into:c.onto])
		at = c.to
	}
	mark(out, " ", a[at:stop])
}

// span is a range of lines as diffs write it: the first, counted from 1, and how many.
func span(from, to int) string {
	if from == to {
		return fmt.Sprintf("%d,0", from)
	}
	return fmt.Sprintf("%d,%d", from+1, to-from)
}

func mark(out *strings.Builder, sign string, lines []string) {
	for _, line := range lines {
		out.WriteString(sign + line)
		if !strings.HasSuffix(line, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}
