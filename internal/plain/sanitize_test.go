package plain

import (
	"fmt"
	"testing"
)

// TestIsSanitized_MeansUnchanged tries each character in several surroundings: text that IsSanitized accepts stays as it is.
func TestIsSanitized_MeansUnchanged(t *testing.T) {
	for r := rune(' '); r < 0x20000; r++ {
		for _, format := range []string{"a%cb", "%c", "é%c", "’%c", "%cé"} {
			text := fmt.Sprintf(format, r)
			if IsSanitized(text) && sanitizeSlow(text) != text {
				t.Errorf("%+q (%U) is accepted, but sanitized to %+q", text, r, sanitizeSlow(text))
			}
		}
	}
}

// TestIsSanitized_EveryPosition tries each ASCII character at each position, between letters and beside a space.
func TestIsSanitized_EveryPosition(t *testing.T) {
	for at := range 20 {
		for c := range byte(0x80) {
			for _, plain := range []string{"abcdefghijklmnopqrst", "a b c d e f g h i j", " abcdefg hijklmn opqr", "abcdefg hijklmno pq "} {
				text := []byte(plain)
				text[min(at, len(text)-1)] = c
				if passed, kept := IsSanitized(string(text)), sanitizeSlow(string(text)) == string(text); passed != kept {
					t.Errorf("%q: IsSanitized %t, unchanged by sanitizing %t", text, passed, kept)
				}
			}
		}
	}
}
