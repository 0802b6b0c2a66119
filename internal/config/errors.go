package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"broadsheet/internal/link"
)

// Error is one error in feeds.yaml: its position, what is wrong, and what to do about it.
type Error struct {
	File    string // name of the file as the maintainer gave it
	Line    int    // from 1
	Col     int    // from 1, in characters
	Problem string // what is wrong
	Remedy  string // what to do about it
}

// Error returns the error on one line: "file:line:column: what is wrong; what to do".
func (e Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s; %s", e.File, e.Line, e.Col, e.Problem, e.Remedy)
}

// Errors holds all errors in feeds.yaml, in the order of the file.
type Errors []Error

// maxErrorsShown is the maximum number of errors in the text of Errors: a file that is wrong throughout is corrected
// from the top.
const maxErrorsShown = 100

// Error returns the errors, one per line.
func (all Errors) Error() string {
	var lines []string
	for _, e := range all[:min(len(all), maxErrorsShown)] {
		lines = append(lines, e.Error())
	}
	if more := len(all) - maxErrorsShown; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// sortAndCompact sorts the errors by position and removes duplicates: the value of an anchor is decoded once for each
// alias.
func (all Errors) sortAndCompact() Errors {
	slices.SortStableFunc(all, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col), cmp.Compare(a.Problem, b.Problem))
	})
	return slices.Compact(all)
}

// maxQuoted is the maximum number of characters that a message quotes of a wrong value: enough to find it, not enough
// to flood a terminal.
const maxQuoted = 80

// quoteForMessage quotes a text of feeds.yaml for a message: escaped, since it may come from a stranger's pull request,
// shortened, and with the secrets of a URL redacted.
func quoteForMessage(text string) string {
	text = link.RedactAddress(text[:min(len(text), maxURL)])
	if runes := []rune(text); len(runes) > maxQuoted {
		text = string(runes[:maxQuoted]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

// suggest returns the word that was most likely meant: the one with the smallest edit distance from text, if that is
// small for the length of text; empty: no word is close enough.
func suggest(text string, words []string) string {
	best, least := "", 1+min(3, len(text)/3)
	if len(text) > 100 {
		return ""
	}
	for _, word := range words {
		if n := levenshtein(strings.ToLower(text), strings.ToLower(word)); n < least {
			best, least = word, n
		}
	}
	return best
}

// levenshtein returns the number of letters to insert, delete, substitute or transpose to turn a into b: the edit
// distance with transpositions (optimal string alignment).
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
