package config

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzParse checks that no file causes a panic, that each error has a position within the file and a text, and that a
// valid file has at least one source and only sources with unique IDs and names.
func FuzzParse(f *testing.F) {
	text, err := os.ReadFile("testdata/errors.txt")
	if err != nil {
		f.Fatal(err)
	}
	for each := range strings.SplitSeq(string(text), "\n=== ") {
		_, file, _ := strings.Cut(each, "\n")
		file, _, _ = strings.Cut(file, ">>>\n")
		f.Add([]byte(file))
	}
	f.Add([]byte("\ufeffsources:\r\n- &a https://a.example/ # first\r\n- {<<: {name: b}, feed: *a}\r\n"))
	f.Add([]byte("? - a\n: |2-\n   x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("feeds.yaml", data)
		if err == nil {
			ids, names := map[string]bool{}, map[string]bool{}
			for _, s := range c.Sources {
				if ids[s.ID()] || names[strings.ToLower(s.Name)] || s.Name == "" || s.ID() == "" || s.Take == "" {
					t.Errorf("source %+v has no unique identity", s)
				}
				ids[s.ID()], names[strings.ToLower(s.Name)] = true, true
			}
			if len(c.Sources) == 0 || c.Title == "" || c.Edition.Location == nil || c.Edition.Size < 1 {
				t.Errorf("a valid file without sources or defaults: %+v", c)
			}
			return
		}
		var errs Errors
		if !errors.As(err, &errs) || len(errs) == 0 {
			t.Fatalf("%T is not Errors", err)
		}
		// Lines as YAML counts them: it has more kinds of line endings than an editor.
		text := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(string([]rune(string(data))))
		lines := strings.Split(text, "\n")
		for i, m := range errs {
			if m.Line < 1 || m.Line > len(lines) || m.Col < 1 || m.Col > utf8.RuneCountInString(lines[m.Line-1])+2 {
				t.Errorf("%v is not within the file of %d lines", m, len(lines))
			}
			if m.Problem == "" || m.Remedy == "" || m.File != "feeds.yaml" || strings.ContainsAny(m.Error(), "\n\r\x1b\x00") {
				t.Errorf("%#v is incomplete", m)
			}
			if i > 0 && (m.Line < errs[i-1].Line) {
				t.Errorf("%v is listed after %v", m, errs[i-1])
			}
		}
	})
}

// Hostile files must be refused, or decoded, at a cost in proportion to their size. The test measures memory, not time.
func TestParse_HostileFiles(t *testing.T) {
	r := strings.Repeat
	merges := "x-0: &m0 {bonus: 1}\n"
	for i := range 30 {
		merges += fmt.Sprintf("x-%d: &m%d {<<: [*m%d, *m%d]}\n", i+1, i+1, i, i)
	}
	laughs := "x-0: &l0 [ha]\n"
	for i := range 100 {
		laughs += fmt.Sprintf("x-%d: &l%d [%s]\n", i+1, i+1, r(fmt.Sprintf("*l%d,", i), 9))
	}
	patterns := "sources: [https://a.example/]\nboilerplate:\n"
	for i := range 200 {
		patterns += fmt.Sprintf("- '(x{1000}|y{1000}%d){1}'\n", i)
	}
	for _, tt := range []struct{ name, file, want string }{
		{"billion laughs", laughs + "sources: *l100\n", "with its aliases written out"},
		{"billion laughs under an extension key", laughs + "sources: [https://a.example/]\n", "with its aliases written out"},
		{"merges of merges", merges + "sources: [{<<: *m30}]\n", "with its aliases written out"},
		{"one alias many times", "x: &a [" + r("x,", 1000) + "]\nsources: [" + r("*a,", 1000) + "]", "with its aliases written out"},
		{"nested brackets", r("[", 1<<20), "the file has more than"},
		{"nested brackets, closed", r("[", 9000) + r("]", 9000), "this is nested more than"},
		{"nested maps", r("{a: ", 9000) + r("}", 9000), "this is nested more than"},
		{"nested lists", r("- ", 1<<20) + "x", "this is nested absurdly deep"},
		{"nested complex keys", r("? ", 9000) + "x", "this is nested more than"},
		{"a million lines", r("- x\n", 1<<20), "the file has more than"},
		{"five megabytes", r("#", 5<<20), "the file is larger than 4 MB"},
		{"a long line", "title: " + r("a", 3<<20) + "\nsources: [https://a.example/]", "has 3145728 characters"},
		{"a long key", r("a", 3<<20) + ": x", "a key cannot begin here"},
		{"thousands of unknown keys", func() string {
			var b strings.Builder
			for i := range 20_000 {
				fmt.Fprintf(&b, "sorces%d: x\n", i)
			}
			return b.String()
		}(), "is not known here"},
		{"one source twenty thousand times", "sources:\n" + r("- https://a.example/\n", 20_000), "stands here a second time"},
		{"an unclosed quote", "title: \"" + r("a\n", 390_000), "a text begins with a quote"},
		{"many comments", "sources:\n" + r("# x\n- https://a.example/\n", 20_000), "stands here a second time"},
		{"regular expressions with large repetitions", patterns, ""},
		{"nested selectors", "sources: [{page: https://a.example/, items: '" + r(":not(", 80) + "a" + r(")", 80) + "'}]", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Parse("feeds.yaml", []byte(tt.file))
			runtime.ReadMemStats(&after)
			if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 100 && !raceEnabled {
				t.Errorf("%d MB were allocated in all", spent)
			} else {
				t.Logf("%d MB", spent)
			}
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %.300v, want %s", err, tt.want)
			}
		})
	}
}

// raceEnabled is true in a build with the race detector.
var raceEnabled bool
