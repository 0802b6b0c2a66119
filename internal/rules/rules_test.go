package rules

import (
	"math"
	"slices"
	"strings"
	"testing"

	"broadsheet"
	"broadsheet/internal/config"
)

// rulesOf compiles the topics and unwanted groups of a test, with a threshold of 3.
func rulesOf(t testing.TB, topics, unwanted []config.Topic) *Rules {
	t.Helper()
	return New(config.Config{Selection: config.Scoring{Threshold: 3, Title: 3, Tags: 2, Lead: 1, Body: 0.5}, Topics: topics, Unwanted: unwanted})
}

func topic(name string, weight float64, words ...string) config.Topic {
	return config.Topic{Name: name, Weight: weight, Words: words}
}

var matching = broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://example.com/feed", Take: broadsheet.TakeMatching}

func TestJudge_MatchesPhrasesInTitle(t *testing.T) {
	r := rulesOf(t,
		[]config.Topic{
			topic("databases", 1, "database*", "b-tree*", "pub/sub", "sharding"),
			topic("ml", 1, "machine learning"),
			topic("jobs", 1, "delayed job*", "worker*"),
			topic("scaling", 1, "scal*"),
			topic("chinese", 1, "分布式", "存储引擎"),
			topic("japanese", 1, "アーキテクチャ"),
			topic("korean", 1, "분산"),
			topic("built", 1, "how * built"),
			topic("languages", 0.001, "scala", "c++"),
		},
		[]config.Topic{
			topic("howto", 1, "learning", "how to"),
			topic("hiring", 1, "job*", "we're hiring"),
			topic("releases", 1, "#.#", "version #"),
		})
	for _, c := range []struct{ title, rules string }{
		{"Machine learning at the edge", "topic ml"},
		{"Learning Rust", "unwanted howto"},
		{"Tuning Delayed Job workers", "topic jobs"},
		{"Jobs at our company", "unwanted hiring"},
		{"We’re hiring", "unwanted hiring"},
		{"Scaling Scala", "topic scaling, topic languages"},
		{"Scala for the impatient", "topic languages"},
		{"C++ and C", "topic languages"},
		{"V2 - Retrospective", ""},
		{"Kafka 2.4 is out", "unwanted releases"},
		{"Kafka v3.0.1 is out", "unwanted releases"},
		{"Version 7", "unwanted releases"},
		{"Databases and a B-Tree", "topic databases"},
		{"A pub/sub of our own", "topic databases"},
		{"Resharding is not sharding's friend", "topic databases"},
		{"Resharding", ""},
		{"大规模分布式存储引擎的设计", "topic chinese"},
		{"Redis分布式锁", "topic chinese"},
		{"新しいアーキテクチャについて", "topic japanese"},
		{"대용량 분산처리를 위한", "topic korean"},
		{"How we built it", "topic built"},
		{"How the payments team at Stripe built it", ""}, // a gap is one to four words
		{"How Netflix's edge team built it", "topic built"},
		{"How built", ""},
		{"How it works. Then we built it", ""}, // a phrase does not continue across the end of a sentence
		{"", ""},
	} {
		var got []string
		for _, why := range r.Judge(broadsheet.Article{Title: c.title, Excerpt: "-"}, matching).Why {
			if why.Field == "title" {
				got = append(got, why.Rule)
			}
		}
		if strings.Join(got, ", ") != c.rules {
			t.Errorf("%q: got %q, want %q", c.title, got, c.rules)
		}
	}
}

func TestJudge_ReasonsAddUpToScore(t *testing.T) {
	r := rulesOf(t,
		[]config.Topic{topic("databases", 2, "database*", "postgres*"), topic("scaling", 1, "scaling")},
		[]config.Topic{topic("hiring", 1, "hiring")})
	a := broadsheet.Article{
		Title: "Scaling Postgres: databases and hiring", Tags: []string{"Databases"},
		Excerpt: "A database is a database.", Text: "Postgres. Postgres! We scaled a database; scaling is hiring.",
	}
	s := matching
	s.Bonus = -0.5
	v := r.Judge(a, s)
	want := []broadsheet.Reason{
		{Rule: "topic databases", Field: "title", Words: "postgres, databases", Weight: 12},
		{Rule: "topic scaling", Field: "title", Words: "scaling", Weight: 3},
		{Rule: "unwanted hiring", Field: "title", Words: "hiring", Weight: -3},
		{Rule: "topic databases", Field: "tags", Words: "databases", Weight: 4},
		{Rule: "topic databases", Field: "lead", Words: "database", Weight: 2},
		{Rule: "topic databases", Field: "body", Words: "postgres, database", Weight: 1.17},
		{Rule: "topic scaling", Field: "body", Words: "scaling", Weight: 0.25},
		{Rule: "source bonus", Field: "", Words: "", Weight: -0.5},
		{Rule: "at or above threshold 3", Field: "", Words: "", Weight: 0},
	}
	if !slices.EqualFunc(v.Why, want, sameReason) {
		t.Errorf("reasons:\n got %v\nwant %v", v.Why, want)
	}
	if !v.Wanted || !slices.Equal(v.Topics, []string{"databases", "scaling"}) {
		t.Errorf("wanted %v, topics %v", v.Wanted, v.Topics)
	}
	if sum := sumOf(v.Why); math.Abs(sum-v.Score) > 1e-9 {
		t.Errorf("the reasons make %v, the score is %v", sum, v.Score)
	}
}

func sameReason(a, b broadsheet.Reason) bool {
	return a.Rule == b.Rule && a.Field == b.Field && a.Words == b.Words && math.Abs(a.Weight-b.Weight) < 1e-9
}

func sumOf(why []broadsheet.Reason) (sum float64) {
	for _, reason := range why {
		sum += reason.Weight
	}
	return sum
}

func TestJudge_SourceDecides(t *testing.T) {
	r := rulesOf(t, []config.Topic{topic("databases", 1, "database*")}, []config.Topic{topic("hiring", 2, "hiring")})
	good := broadsheet.Article{Title: "A database", Excerpt: "-", Link: "https://example.com/blog/1"}
	bad, plain := broadsheet.Article{Title: "Hiring", Excerpt: "-"}, broadsheet.Article{Title: "A walk", Excerpt: "-"}
	for _, c := range []struct {
		name   string
		a      broadsheet.Article
		s      broadsheet.Source
		wanted bool
		score  float64
		last   string
	}{
		{"matching, good", good, broadsheet.Source{Take: broadsheet.TakeMatching}, true, 3, "at or above threshold 3"},
		{"matching, plain", plain, broadsheet.Source{Take: broadsheet.TakeMatching}, false, 0, "below threshold 3"},
		{"a bonus lifts over the threshold", plain, broadsheet.Source{Take: broadsheet.TakeMatching, Bonus: 3}, true, 3, "at or above threshold 3"},
		{"a negative bonus pulls below it", good, broadsheet.Source{Take: broadsheet.TakeMatching, Bonus: -0.1}, false, 2.9, "below threshold 3"},
		{"take all, and no phrase matches", plain, broadsheet.Source{Take: broadsheet.TakeAll}, true, 0, "take all"},
		{"take all, and unwanted phrases", bad, broadsheet.Source{Take: broadsheet.TakeAll}, false, -6, "unwanted words outweigh take all"},
		{"take none", good, broadsheet.Source{Take: broadsheet.TakeNone}, false, 3, "take none"},
		{"an excluded path", good, broadsheet.Source{Take: broadsheet.TakeAll, Exclude: []string{"/blog/*"}}, false, 3, "exclude"},
		{"an excluded phrase", good, broadsheet.Source{Take: broadsheet.TakeAll, Exclude: []string{"database"}}, false, 3, "exclude"},
		{"no include pattern matches", plain, broadsheet.Source{Take: broadsheet.TakeAll, Include: []string{"/x/*", "cat"}}, false, 0, "no include pattern matches"},
		{"an included path", good, broadsheet.Source{Take: broadsheet.TakeMatching, Include: []string{"/blog/*"}}, true, 3, "at or above threshold 3"},
		{"picked by hand", plain, broadsheet.Source{Kind: broadsheet.KindList, Name: "Hand-picked", Take: broadsheet.TakeMatching}, true, 3, "picked by hand"},
		{"picked by hand, with unwanted phrases", bad, broadsheet.Source{Kind: broadsheet.KindList, Name: "Hand-picked", Take: broadsheet.TakeAll}, true, 3, "picked by hand"},
		{"picked by hand, but take none", good, broadsheet.Source{Kind: broadsheet.KindList, Name: "Old", Take: broadsheet.TakeNone}, false, 3, "take none"},
	} {
		v := r.Judge(c.a, c.s)
		if v.Wanted != c.wanted || math.Abs(v.Score-c.score) > 1e-9 || v.Why[len(v.Why)-1].Rule != c.last {
			t.Errorf("%s: wanted %v, score %v, last reason %q", c.name, v.Wanted, v.Score, v.Why[len(v.Why)-1].Rule)
		}
		if math.Abs(sumOf(v.Why)-v.Score) > 1e-9 {
			t.Errorf("%s: the reasons make %v, the score is %v", c.name, sumOf(v.Why), v.Score)
		}
	}
}

func TestJudge_TitleAloneCountsTwice(t *testing.T) {
	r := rulesOf(t, []config.Topic{topic("databases", 0.5, "database*")}, []config.Topic{topic("hiring", 0.5, "hiring")})
	for _, c := range []struct {
		a     broadsheet.Article
		score float64
	}{
		{broadsheet.Article{Title: "A database"}, 3},
		{broadsheet.Article{Title: "A database", Excerpt: "And more."}, 1.5},
		{broadsheet.Article{Title: "Hiring"}, -1.5}, // unwanted phrases are no stronger evidence for being all that is known
	} {
		if v := r.Judge(c.a, matching); v.Score != c.score || sumOf(v.Why) != c.score {
			t.Errorf("%+v: score %v, want %v", c.a, v.Score, c.score)
		}
	}
}

func TestJudge_PhraseOfWeightZeroHidesShorterOnes(t *testing.T) {
	r := rulesOf(t, []config.Topic{topic("scaling", 1, "scal*")}, []config.Topic{topic("neutral", 0, "scala")})
	v := r.Judge(broadsheet.Article{Title: "Scala", Excerpt: "-"}, matching)
	if v.Score != 0 || len(v.Why) != 1 || len(v.Topics) != 0 {
		t.Errorf("score %v, topics %v, reasons %v", v.Score, v.Topics, v.Why)
	}
}

func TestJudge_TopicsOfSourceComeFirst(t *testing.T) {
	r := rulesOf(t, []config.Topic{topic("databases", 1, "database*"), topic("caching", 2, "cache*")}, nil)
	v := r.Judge(broadsheet.Article{Title: "A cache for a database"}, broadsheet.Source{Topics: []string{"databases", "storage"}})
	if !slices.Equal(v.Topics, []string{"databases", "storage", "caching"}) {
		t.Errorf("topics %v", v.Topics)
	}
}

func TestFingerprint(t *testing.T) {
	base := func() config.Config {
		return config.Config{
			Selection: config.Scoring{Threshold: 3, Title: 3},
			Topics:    []config.Topic{topic("databases", 1, "database")},
			Unwanted:  []config.Topic{topic("hiring", 1, "hiring")},
			Companies: []config.Company{{Name: "Netflix", Links: []string{"netflix.com"}}},
			Sources:   []broadsheet.Source{{Kind: broadsheet.KindFeed, URL: "https://example.com/feed", Name: "Example"}},
		}
	}
	first := New(base()).Fingerprint()
	for name, edit := range map[string]func(*config.Config){
		"threshold": func(c *config.Config) { c.Selection.Threshold = 4 },
		"word":      func(c *config.Config) { c.Topics[0].Words[0] = "databases" },
		"weight":    func(c *config.Config) { c.Unwanted[0].Weight = 2 },
		"company":   func(c *config.Config) { c.Companies[0].Links[0] = "netflix.net" },
		"take":      func(c *config.Config) { c.Sources[0].Take = broadsheet.TakeAll },
		"bonus":     func(c *config.Config) { c.Sources[0].Bonus = 1 },
		"exclude":   func(c *config.Config) { c.Sources[0].Exclude = []string{"/x"} },
	} {
		c := base()
		edit(&c)
		if New(c).Fingerprint() == first {
			t.Errorf("a change of the %s changes verdicts but not the fingerprint", name)
		}
	}
	c := base()
	c.Sources[0].Name, c.Sources[0].Every, c.Title = "Another", 1, "Another"
	if New(c).Fingerprint() != first {
		t.Error("the fingerprint changed although no verdict can")
	}
}

// FuzzJudge checks that the reasons add up to the score, and that the words of each are in the title.
func FuzzJudge(f *testing.F) {
	r := rulesOf(f, []config.Topic{topic("a", 1, "data*", "b-tree", "how * built", "#.#", "分布"), topic("b", 1, "database")},
		[]config.Topic{topic("c", 1, "base*", "we're")})
	f.Add("Databases’s v1.2.3 how we've built 分布式", "b-tree. x")
	f.Fuzz(func(t *testing.T, title, text string) {
		v := r.Judge(broadsheet.Article{Title: title, Text: text, Tags: []string{text}}, matching)
		if math.Abs(sumOf(v.Why)-v.Score) > 1e-6 || len(v.Why) == 0 {
			t.Errorf("score %v, reasons %v", v.Score, v.Why)
		}
		for _, why := range v.Why {
			for _, words := range strings.Split(why.Words, ", ") {
				if why.Field == "title" && !strings.Contains(fold(title), words) {
					t.Errorf("%q is not in the title %q", words, title)
				}
			}
		}
	})
}
