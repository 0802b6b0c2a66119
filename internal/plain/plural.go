package plain

import "fmt"

// Count returns a number and its noun: "1 source", "2 sources".
func Count(n int, noun string) string { return CountOf(n, noun, noun+"s") }

// CountOf returns a number and the words for one or for many.
func CountOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
