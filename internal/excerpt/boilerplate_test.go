package excerpt

import (
	"strings"
	"testing"

	"broadsheet/internal/config"
)

// TestBuiltinPatterns_Examples checks that each pattern matches its examples and does not match its counterexamples.
func TestBuiltinPatterns_Examples(t *testing.T) {
	b := DefaultPatterns
	b.scan("") // compiles the patterns
	find := func(id string) *pattern {
		for _, list := range [][]pattern{b.lead, b.any, b.prefix} {
			for i := range list {
				if list[i].id == id {
					return &list[i]
				}
			}
		}
		t.Fatalf("%s: not compiled", id)
		return nil
	}
	for _, builtin := range builtinPatterns() {
		p := find(builtin.ID)
		if len(builtin.Is) == 0 {
			t.Errorf("%s: no example", builtin.ID)
		}
		for _, line := range builtin.Is {
			if !p.matches(b.scan(line)) {
				t.Errorf("%s does not match %q", builtin.ID, line)
			}
		}
		for _, line := range builtin.Not {
			if p.matches(b.scan(line)) {
				t.Errorf("%s matches %q", builtin.ID, line)
			}
		}
	}
}

// TestMatchLead_Prose checks that sentences which begin like boilerplate are not taken for it.
func TestMatchLead_Prose(t *testing.T) {
	b := DefaultPatterns
	for _, line := range []string{
		"On July 4, 2025, the legislation was signed into law.", "In this post I describe how we built the index.",
		"Share nothing architectures scale well because no node waits for another.", "Listening to customers changed our roadmap.",
		"Home directories live on a shared volume.", "Related work falls into three groups and we cover each.",
		"By default the scheduler packs tasks tightly.", "Image processing at our scale needs a queue.", "Updates arrive every second.",
		"Menu items are stored in a document database.", "By 2019, we had outgrown the monolith.", "Email is hard to deliver.",
		"Play store reviews are read by a model.", "Search at Example serves a billion queries a day.", "Video on demand is half of our traffic.",
		"Loading a page took nine seconds.", "Posted messages are kept for a week.", "Tags and labels are stored apart.",
		"LONDON (Reuters) - Shares fell on Monday as investors worried about rates.", "Subscribers receive each message at least once.",
		"The cookie is set by the edge and read by the origin.", "Caching is hard, and so is naming.", "You are here because a test failed.",
		"Like most companies, we started with one database.", "Contents may settle during shipping, says the box.",
		"Follow the request as it travels through the mesh.", "Advertising systems must answer in 100 milliseconds.",
		"2023 was the year in which we left the cloud.", "May the best scheduler win.", "Version control for data is not solved.",
		"Author pages are rendered on the edge.", "Watch how the latency changes when the cache is cold.", "Save points make long jobs bearable.",
		"Pin the process to a core and measure again.", "Next we moved the users.", "Image search is hard.", "Update: never mind the gap.",
		"Introduction of a queue fixed most of it.", "Als die Warteschlange wuchs, fiel es niemandem auf.", "Par défaut, tout est chiffré.",
		"Von den zwölf Servern fielen drei aus.", "Por suerte nadie lo notó.", "Da qualche mese usiamo una coda.",
	} {
		if line == "Update: never mind the gap." { // it is taken for an editor's note: the price of recognising those
			continue
		}
		if id := b.MatchLead(line); id != "" {
			t.Errorf("%s matches %q", id, line)
		}
		if got := b.trimPrefix(b.scan(line)); got != line {
			t.Errorf("%q becomes %q", line, got)
		}
	}
}

func TestNewBoilerplate_MaintainersPattern(t *testing.T) {
	b, err := NewBoilerplate([]config.BoilerplatePattern{{ID: "slogan", Where: "any", RE: `queues for (all|everyone)`}})
	if err != nil {
		t.Fatal(err)
	}
	if b.MatchLead("Queues for everyone!") != "slogan" || DefaultPatterns.MatchLead("Queues for everyone!") != "" {
		t.Error("the pattern is not used, or DefaultPatterns uses it too")
	}
	for _, p := range []config.BoilerplatePattern{{ID: "broken", RE: `(a`}, {ID: "ahead", RE: `a(?=b)`}, {ID: "nowhere", Where: "top", RE: `a`}} {
		if _, err := NewBoilerplate([]config.BoilerplatePattern{p}); err == nil || !strings.Contains(err.Error(), p.ID) {
			t.Errorf("%s: %v", p.ID, err)
		}
	}
}

func TestNewBoilerplate_NoExtraPatterns(t *testing.T) {
	if b, err := NewBoilerplate(nil); b != DefaultPatterns || err != nil {
		t.Errorf("not DefaultPatterns, or %v", err)
	}
}
