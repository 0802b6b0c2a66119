package plain

import "fmt"

// Count returns a number and its noun: "1 source", "2 sources". The plural is the noun with an "s".
func Count(n int, noun string) string { return CountOf(n, noun, noun+"s") }

// CountOf returns a number and its noun, for nouns whose plural is irregular: "1 entry", "2 entries".
func CountOf(n int, one, many string) string { return fmt.Sprintf("%d %s", n, Plural(n, one, many)) }

// Plural returns one if n is 1, else many.
func Plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Thousands returns a number with a comma before each group of three digits: "12,000".
func Thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", Thousands(n/1000), n%1000)
}
