package broadsheet

import "strings"

// nearest is the word that was most likely meant: the one that takes the fewest letters added, left out, changed or
// swapped, when those are few for its length; empty: none is near.
func nearest(wrong string, words []string) string {
	best, least := "", 1+min(3, len(wrong)/3)
	if len(wrong) > 100 {
		return ""
	}
	for _, word := range words {
		if n := edits(strings.ToLower(wrong), strings.ToLower(word)); n < least {
			best, least = word, n
		}
	}
	return best
}

// edits counts the letters to add, leave out, change or swap to turn a into b (optimal string alignment).
func edits(a, b string) int {
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
