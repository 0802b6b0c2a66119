package main

import "fmt"

// count returns a number and its noun: "1 source", "2 sources".
func count(n int, noun string) string { return countOf(n, noun, noun+"s") }

// countOf returns a number and the words for one or for many.
func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
