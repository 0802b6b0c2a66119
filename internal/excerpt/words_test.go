package excerpt

import (
	"strings"
	"testing"
)

// FuzzMeasure: what is counted many signs at once is what is counted sign by sign.
func FuzzMeasure(f *testing.F) {
	for _, text := range []string{
		"", "word", "One two three, four-five; don't: 6 or 7.", strings.Repeat("x", 100), "the end of " + strings.Repeat("y", 24) + " and " + strings.Repeat("z", 25),
		"Grüße aus Köln 漢字かな交じり文 and back to plain text again", "a-b-c-d-e-f-g-h-" + strings.Repeat("long", 12), "@[`{~\x7f\x01\x1a are no letters", "`'-`'-`'-`'-x'-y",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var m meter
		for _, r := range text {
			m.take(r)
		}
		if got := measure(text); got != m.sum {
			t.Errorf("%q measures %v words; sign by sign it is %v", text, got, m.sum)
		}
	})
}
