package store

import (
	"hash/maphash"
	"strings"
)

var seed = maphash.MakeSeed()

// contained is the share of the shorter text's runs of four words that the other one has too; 0 when it has fewer than
// eight.
func contained(a, b string) float64 {
	x, y := runs(a), runs(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(x) < 8 {
		return 0
	}
	both := 0
	for run := range x {
		if y[run] {
			both++
		}
	}
	return float64(both) / float64(len(x))
}

// runs are the hashes of a text's runs of four words, within its first 400.
func runs(text string) map[uint64]bool {
	words := strings.Fields(strings.ToLower(text))
	words = words[:min(len(words), 400)]
	out := map[uint64]bool{}
	for i := 0; i+4 <= len(words); i++ {
		out[maphash.String(seed, strings.Join(words[i:i+4], " "))] = true
	}
	return out
}
