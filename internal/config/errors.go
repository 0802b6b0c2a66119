package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"broadsheet/internal/link"
)

// Error is one thing that is wrong in feeds.yaml: where, what, and what to do about it.
type Error struct {
	File string // as the maintainer named it
	Line int    // from 1
	Col  int    // from 1, in characters
	What string
	Do   string
}

func (m Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s; %s", m.File, m.Line, m.Col, m.What, m.Do)
}

// Errors are all that is wrong in feeds.yaml, in the order of the file.
type Errors []Error

// maxErrorsShown is how many mistakes Error tells: a file that is wrong throughout is mended from the top.
const maxErrorsShown = 100

// Error tells the mistakes, one a line.
func (m Errors) Error() string {
	var lines []string
	for _, problem := range m[:min(len(m), maxErrorsShown)] {
		lines = append(lines, problem.Error())
	}
	if more := len(m) - maxErrorsShown; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// sortAndCompact sorts mistakes by place and drops what was told twice: an anchor's value is read once for each alias.
func (m Errors) sortAndCompact() Errors {
	slices.SortStableFunc(m, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col), cmp.Compare(a.What, b.What))
	})
	return slices.Compact(m)
}

// maxQuoted is how many characters of a wrong value are repeated: enough to find it, not enough to flood a terminal.
const maxQuoted = 80

// quoteForMessage repeats what stands in feeds.yaml: escaped, since it may come from a stranger's pull request,
// shortened, and without the secrets of an address.
func quoteForMessage(text string) string {
	text = link.RedactAddress(text[:min(len(text), maxURL)])
	if runes := []rune(text); len(runes) > maxQuoted {
		text = string(runes[:maxQuoted]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

// suggest is the word that was most likely meant: the one that takes the fewest letters added, left out, changed or
// swapped, when those are few for its length; empty: none is near.
func suggest(problem string, words []string) string {
	best, least := "", 1+min(3, len(problem)/3)
	if len(problem) > 100 {
		return ""
	}
	for _, word := range words {
		if n := levenshtein(strings.ToLower(problem), strings.ToLower(word)); n < least {
			best, least = word, n
		}
	}
	return best
}

// levenshtein counts the letters to add, leave out, change or swap to turn a into b (optimal string alignment).
func levenshtein(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			change := 1
			if x[i-1] == y[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
