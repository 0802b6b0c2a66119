package rules

import (
	"slices"
	"strings"
	"testing"

	"broadsheet"
	"broadsheet/internal/config"
)

// shipped returns the configuration of the feeds.yaml that is part of the program.
func shipped(t testing.TB) config.Config {
	t.Helper()
	c, err := config.Parse("feeds.yaml", broadsheet.DefaultFeeds)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaultFeeds_HasExpectedSources(t *testing.T) {
	c := shipped(t)
	if len(c.Sources) < 60 {
		t.Errorf("%d sources", len(c.Sources))
	}
	by := map[string]broadsheet.Kind{}
	for _, s := range c.Sources {
		by[s.Company], by[s.Name] = s.Kind, s.Kind
	}
	for _, name := range []string{
		"Instagram", "McDonald's", "Hotstar", "Twitch", "Netflix", "Uber", "Meta", "Cloudflare", "Slack", "Discord", "Dropbox",
		"Pinterest", "Airbnb", "Shopify", "Stripe", "Figma", "LinkedIn", "Spotify", "GitHub", "AWS Architecture", "ScyllaDB",
		"High Scalability", "ByteByteGo", "Martin Kleppmann", "Marc Brooker", "Hand-picked",
		"Cockroach Labs", "Databricks", "Temporal", "Honeycomb", "Nubank", "Notion", "Jepsen", "Oxide", "Martin Fowler",
	} {
		if by[name] == "" {
			t.Errorf("%s is not among the sources", name)
		}
	}
	for _, kind := range []broadsheet.Kind{broadsheet.KindFeed, broadsheet.KindPage, broadsheet.KindSitemap, broadsheet.KindList} {
		if !slices.ContainsFunc(c.Sources, func(s broadsheet.Source) bool { return s.Kind == kind }) {
			t.Errorf("no %s shows how one is written", kind)
		}
	}
}

// TestDefaultFeeds_SourcesComeFirst checks that the sources, which are edited most, stand above the rules, and that no
// address is doubtful.
func TestDefaultFeeds_SourcesComeFirst(t *testing.T) {
	text := string(broadsheet.DefaultFeeds)
	at := -1
	for _, key := range []string{"\nsources:\n", "\nselection:\n", "\ntopics:\n", "\nunwanted:\n"} {
		i := strings.Index(text, key)
		if i < at {
			t.Errorf("%q stands too early", key)
		}
		at = i
	}
	if strings.Contains(text, "not confirmed") {
		t.Error("an address is not confirmed")
	}
}

// TestDefaultFeeds_HandPickedArticles checks that each article of a list is wanted, and that its note is of our own
// words in the length of an excerpt.
func TestDefaultFeeds_HandPickedArticles(t *testing.T) {
	c := shipped(t)
	r := New(c)
	var all []string
	for _, s := range c.Sources {
		for _, l := range s.List {
			v := r.Judge(broadsheet.Article{Link: l.URL, Title: l.Title, Excerpt: l.Note}, s)
			if !v.Wanted || len(v.Topics) == 0 {
				t.Errorf("%q: %+v", l.Title, v)
			}
			if words := len(strings.Fields(l.Note)); words < 35 || words > 65 {
				t.Errorf("%q: a note of %d words", l.Title, words)
			}
			all = append(all, l.Title+" "+l.Note)
		}
	}
	for _, subject := range []string{"Instagram", "McDonald's", "Hotstar", "Akka, Kafka", "Twitch", "Wide-column"} {
		if !strings.Contains(strings.Join(all, "\n"), subject) {
			t.Errorf("nothing is picked about %s", subject)
		}
	}
}

// TestDefaultFeeds_WantedTitles judges titles, made up for this test, of the kinds that the shipped phrases are to
// select and to reject.
func TestDefaultFeeds_WantedTitles(t *testing.T) {
	r := New(shipped(t))
	for title, wanted := range map[string]bool{
		"How we sharded our Postgres database without downtime":              true,
		"Rate limiting at the edge: a distributed counter for 2 million qps": true,
		"Postmortem: the cache stampede that took down checkout":             true,
		"Migrating our monolith to microservices, five years on":             true,
		"Inside our real-time notification system":                           true,
		"A consensus protocol for multi-region replication":                  true,
		"Scaling live video transcoding for ten million concurrent viewers":  true,
		"An LSM storage engine from scratch":                                 true,
		"大规模分布式存储系统的架构":                                                      true,
		"We're hiring backend engineers in Berlin":                           false,
		"Meet the team: a day in the life of our interns":                    false,
		"Announcing version 3.2 of our CLI":                                  false,
		"Five tips for better code reviews":                                  false,
		"How to install Docker on Windows":                                   false,
		"What we learned at React Conf":                                      false,
		"My year in review":                                                  false,
		"Building a culture of feedback":                                     false,
		"Jenkins 与 Docker 入门教程":                                              false,
	} {
		v := r.Judge(broadsheet.Article{Title: title}, broadsheet.Source{Kind: broadsheet.KindFeed, Take: broadsheet.TakeMatching})
		if v.Wanted != wanted {
			t.Errorf("%q: wanted %v, score %v, reasons %v", title, v.Wanted, v.Score, v.Why)
		}
	}
}

// TestDefaultFeeds_UnwantedPhrasesInPassing checks that a year, a language or a release mentioned in the title of a
// system-design article does not outweigh its subject.
func TestDefaultFeeds_UnwantedPhrasesInPassing(t *testing.T) {
	r := New(shipped(t))
	for _, title := range []string{
		"The architecture of our message broker in 2026",
		"Rewriting our distributed cache in Rust",
		"A Java service behind a consistent hashing ring: scaling it to a billion requests",
		"Introducing our distributed tracing pipeline",
		"Open sourcing our stream processing engine",
		"Testing a consensus protocol with deterministic simulation",
	} {
		v := r.Judge(broadsheet.Article{Title: title}, broadsheet.Source{Kind: broadsheet.KindFeed, Take: broadsheet.TakeMatching})
		if !v.Wanted {
			t.Errorf("%q: score %v, reasons %v", title, v.Score, v.Why)
		}
	}
	for _, year := range []string{"2024", "2025", "2026", "2030"} {
		if v := r.Judge(broadsheet.Article{Title: year}, broadsheet.Source{Kind: broadsheet.KindFeed}); v.Score != 0 {
			t.Errorf("%s counts: %v", year, v.Why)
		}
	}
}

// TestDefaultFeeds_HasNoDuplicates checks that no phrase and no company's link is redundant, and that lines are not too
// long to read.
func TestDefaultFeeds_HasNoDuplicates(t *testing.T) {
	c := shipped(t)
	in := map[string]string{}
	for _, group := range slices.Concat(c.Topics, c.Unwanted) {
		for _, word := range group.Words {
			if in[word] != "" {
				t.Errorf("%q is in %s and in %s", word, in[word], group.Name)
			}
			in[word] = group.Name
			stem, isPrefix := strings.CutSuffix(word, "*")
			for _, other := range group.Words {
				if rest, ok := strings.CutPrefix(other, stem); isPrefix && ok && other != word && !strings.Contains(rest, " ") {
					t.Errorf("%s: %q is covered by %q", group.Name, other, word)
				}
			}
		}
	}
	for _, s := range c.Sources {
		for _, company := range c.Companies {
			for _, link := range company.Links {
				if s.Company == company.Name && strings.Contains(s.URL, link) {
					t.Errorf("%s: %s is covered by its source", company.Name, link)
				}
			}
		}
	}
	n := 0
	for line := range strings.Lines(string(broadsheet.DefaultFeeds)) {
		n++
		if words := strings.Fields(line); len([]rune(strings.TrimSuffix(line, "\n"))) > 120 && !strings.HasPrefix(words[len(words)-1], "https://") {
			t.Errorf("line %d is longer than 120 columns", n)
		}
	}
}

// BenchmarkJudge judges an article of about a thousand words.
func BenchmarkJudge(b *testing.B) {
	c := shipped(b)
	r := New(c)
	text := strings.Repeat("We moved the sharded database behind a cache, and nothing about the rest of the story was ever quite that simple. ", 50)
	a := broadsheet.Article{Link: "https://example.com/1", Title: "How we moved a sharded database", Text: text}
	for b.Loop() {
		r.Judge(a, c.Sources[0])
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "articles/s")
}
