package excerpt

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzNoPatternIsLost holds the finder to what the expressions say: it saves looking, and must never hide a match.
func FuzzNoPatternIsLost(f *testing.F) {
	var known []struct{ Is, Not []string }
	if err := json.Unmarshal(builtin, &known); err != nil {
		f.Fatal(err)
	}
	for _, k := range known {
		for _, line := range append(k.Is, k.Not...) {
			f.Add(line)
			f.Add(strings.ToUpper(line))
			f.Add("So it is: " + line + " And so on.")
		}
	}
	b := standard(f)
	b.passage("") // compiles
	f.Fuzz(func(t *testing.T, line string) {
		if strings.ContainsAny(line, "ſ\u212a") {
			t.Skip("other forms of s and k are not looked for")
		}
		l := b.passage(line)
		for _, list := range [][]chrome{b.lead, b.any, b.prefix} {
			for _, c := range list {
				if got, want := c.matches(l), c.re().MatchString(line); got != want {
					t.Errorf("%s matches %q: %v, its expression says %v", c.id, line, got, want)
				}
			}
		}
	})
}

func TestAnExpressionsNeeds(t *testing.T) {
	for _, c := range []struct{ re, needs string }{
		{`cookies?`, "cookie"},
		{`\b(ad|ads)\b`, "\x00ad\x00|\x00ads\x00"},
		{`^\W*(pin|tag) it`, "pin\x00 \x00it|tag\x00 \x00it"},
		{`\d+ min`, " \x00min"},
		{`[km]?\d`, ""},
		{`a*`, ""},
		{`(x|\d)`, ""},
		{`©.{0,9}rights`, "rights"},
		{`(old|new)(er|est)`, "older|oldest|newer|newest"},
	} {
		want := map[string]bool{}
		for _, s := range strings.FieldsFunc(c.needs, func(r rune) bool { return r == '|' }) {
			want[s] = true
		}
		got, _ := needsOf(c.re)
		for _, s := range got {
			if !want[s] {
				t.Errorf("%s does not need %q", c.re, s)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s needs %q, got %q", c.re, c.needs, got)
		}
	}
}

// BenchmarkExcerpt cuts an excerpt out of a feed's summary, after what stands above it on a page.
func BenchmarkExcerpt(b *testing.B) {
	text := "By Ada Lovelace\n\nMarch 3, 2026 · 7 min read\n\nShare this article\n\n" + strings.Repeat(
		"The queue kept its order because each writer waited for the one before it, and that one knew that it was waited for. ", 9)
	of := standard(b)
	b.ReportAllocs()
	for b.Loop() {
		if of.Excerpt("How a queue keeps its order", text) == "" {
			b.Fatal("no excerpt")
		}
	}
}
