package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/link"
	"broadsheet/internal/rules"
)

// titles of articles, in order.
func titles(articles []broadsheet.Article) []string {
	out := []string{}
	for _, a := range articles {
		out = append(out, a.Title)
	}
	return out
}

func want[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

func pendingTitles(t *testing.T, s *Store, now time.Time, limit int) []string {
	t.Helper()
	found, err := s.Pending(ctx, now, limit)
	if err != nil {
		t.Fatal(err)
	}
	return titles(found)
}

// post is an entry of a feed that gives titles alone.
func post(host string, i int, age time.Duration) broadsheet.FeedItem {
	link := fmt.Sprintf("https://%s/%d", host, i)
	return broadsheet.FeedItem{GUID: link, Link: link, Title: fmt.Sprint(host, " ", i), Published: monday.Add(-age)}
}

func TestPagesThatAreWantedComeFirstAndHostsTakeTurns(t *testing.T) {
	s := open(t, at(t))
	summarised := tell("s", "https://a.example/s", "a.example summarised")
	record(t, s, monday, blog, post("a.example", 1, 1*time.Hour), post("a.example", 2, 2*time.Hour), post("a.example", 3, 3*time.Hour),
		post("b.example", 1, 4*time.Hour), post("b.example", 2, 5*time.Hour), summarised)
	want(t, "before they are judged", pendingTitles(t, s, monday, 9),
		[]string{"a.example 1", "b.example 1", "a.example 2", "b.example 2", "a.example 3"})
	if _, err := judgeBy(s, monday, "b alone", func(a broadsheet.Article) (float64, bool) {
		return 1, a.Title == "b.example 2" || a.Title == summarised.Title
	}); err != nil {
		t.Fatal(err)
	}
	want(t, "two are wanted", pendingTitles(t, s, monday, 9),
		[]string{"a.example summarised", "b.example 2", "a.example 1", "b.example 1", "a.example 2", "a.example 3"})
	want(t, "two are asked for", pendingTitles(t, s, monday, 2), []string{"a.example summarised", "b.example 2"})
}

func TestOnlyAFeedThatHoldsTheWholeArticleSparesItsPage(t *testing.T) {
	paragraph := "The queue kept its order for nine years, until the day that two brokers took turns at being the leader of one partition."
	whole, teaser := strings.Repeat(paragraph+"\n\n", 9), strings.Repeat(paragraph+"\n\n", 3)
	s := open(t, at(t))
	s.Excerpt = func(told []broadsheet.FeedItem) (string, broadsheet.Origin) {
		return told[0].Content, broadsheet.OriginContent
	}
	holds, begins, grows := post("a.example", 1, time.Hour), post("a.example", 2, time.Hour), post("a.example", 3, time.Hour)
	holds.Content, begins.Content, grows.Content = whole, teaser, teaser+"Continue reading"
	record(t, s, monday, blog, holds, begins, grows)
	judged(t, s)
	want(t, "first", pendingTitles(t, s, monday, 9), []string{"a.example 2", "a.example 3"})
	grows.Content = whole
	record(t, s, monday.Add(day), blog, holds, begins, grows)
	judged(t, s)
	want(t, "when all of one is told", pendingTitles(t, s, monday.Add(day), 9), []string{"a.example 2"})
}

func TestAPageThatIsDownIsTriedAgainLessAndLess(t *testing.T) {
	s := open(t, at(t))
	record(t, s, monday, blog, post("a.example", 1, time.Hour))
	now, tries, last := monday, 0, monday
	for ; now.Before(monday.AddDate(0, 2, 0)); now = now.Add(time.Hour) {
		found, err := s.Pending(ctx, now, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) > 0 {
			tries, last = tries+1, now
			if err := s.SetPages(ctx, now, Reading{Key: found[0].Key, Err: "503", Retry: now.Add(6 * time.Hour)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if tries != maxTries || last.Before(monday.AddDate(0, 0, 7)) {
		t.Errorf("tried %d times until %s", tries, last)
	}
	if d, err := s.Article(ctx, "https://a.example/1"); err != nil || d.Page != "given up" || d.PageError != "503" {
		t.Errorf("%+v, %v", d, err)
	}
	if left := backlog(t, s); len(left) != 1 {
		t.Error("an article whose page cannot be read is still an article")
	}
}

func TestAPageFillsWhatTheFeedLeftOut(t *testing.T) {
	published := monday.AddDate(-3, 0, 0)
	page := broadsheet.Page{URL: "https://a.example/1", Title: "The page's title", Authors: []string{"Ann"}, Published: published,
		Language: "en", Image: "https://a.example/i.png", Text: "The text of the page.", Words: 700}
	t.Run("all", func(t *testing.T) {
		s := open(t, at(t))
		record(t, s, monday, blog, broadsheet.FeedItem{Link: "https://a.example/1"}) // as a sitemap tells it
		reading := Reading{Key: "a.example/1", Page: page, Excerpt: "The text.", Origin: broadsheet.OriginPage}
		if err := s.SetPages(ctx, monday, reading); err != nil {
			t.Fatal(err)
		}
		a := stored(t, s)["a.example/1"]
		if a.Title != page.Title || a.Authors[0] != "Ann" || !a.Published.Equal(published) || !a.Dated || a.Language != "en" ||
			a.Image != page.Image || a.Text != page.Text || a.Words != 700 || a.Excerpt != "The text." || !a.Updated.Equal(published) {
			t.Errorf("%+v", a)
		}
		record(t, s, monday.Add(day), blog, broadsheet.FeedItem{Link: "https://a.example/1", Published: monday})
		if b := stored(t, s)["a.example/1"]; fmt.Sprint(b) != fmt.Sprint(a) {
			t.Errorf("told again: %+v", b)
		}
	})
	t.Run("nothing", func(t *testing.T) {
		s := open(t, at(t))
		told := tell("1", "https://a.example/1", "The feed's title")
		told.Authors, told.Language, told.Image = []string{"Bob"}, "de", "https://a.example/b.png"
		record(t, s, monday, blog, told)
		if err := s.SetPages(ctx, monday, Reading{Key: "a.example/1", Page: page}); err != nil {
			t.Fatal(err)
		}
		a := stored(t, s)["a.example/1"]
		if a.Title != told.Title || a.Authors[0] != "Bob" || !a.Published.Equal(told.Published) || a.Language != "de" || a.Image != told.Image || a.Text != told.Summary {
			t.Errorf("%+v", a)
		}
	})
	t.Run("a wall", func(t *testing.T) {
		s := open(t, at(t))
		record(t, s, monday, blog, broadsheet.FeedItem{Link: "https://a.example/1", Title: "Told"})
		wall := page
		wall.Wall = "captcha"
		if err := s.SetPages(ctx, monday, Reading{Key: "a.example/1", Page: wall}); err != nil {
			t.Fatal(err)
		}
		if a := stored(t, s)["a.example/1"]; a.Text != "" || len(a.Authors) > 0 || a.Dated {
			t.Errorf("believed a captcha: %+v", a)
		}
	})
	t.Run("not to be quoted", func(t *testing.T) {
		s := open(t, at(t))
		s.Excerpt = func([]broadsheet.FeedItem) (string, broadsheet.Origin) { return "Quoted.", broadsheet.OriginSummary }
		record(t, s, monday, blog, tell("1", "https://a.example/1", "Told"))
		quiet := page
		quiet.NoSnippet = true
		if err := s.SetPages(ctx, monday, Reading{Key: "a.example/1", Page: quiet, Excerpt: "Quoted.", Origin: broadsheet.OriginPage}); err != nil {
			t.Fatal(err)
		}
		if a := stored(t, s)["a.example/1"]; a.Excerpt != "" || a.Origin != broadsheet.OriginNone {
			t.Errorf("quoted: %q", a.Excerpt)
		}
		again := tell("1", "https://a.example/1", "Told")
		again.Summary = "Told in other words, and more of them: " + again.Summary
		record(t, s, monday.Add(day), blog, again)
		a, err := s.Current(ctx, "a.example/1")
		if err != nil || a.Excerpt != "" || a.Origin != broadsheet.OriginNone || !a.NoSnippet {
			t.Errorf("told in other words, it is quoted: %+v, %v", a, err)
		}
		if hits, err := s.Search(ctx, monday, "told", false, 1); err != nil || len(hits) != 1 || hits[0].Snippet != "" {
			t.Errorf("found, it is quoted: %+v, %v", hits, err)
		}
		s.Excerpt = func([]broadsheet.FeedItem) (string, broadsheet.Origin) {
			return "Our own words.", broadsheet.OriginNote
		}
		again.Note = "Our own words."
		record(t, s, monday.Add(2*day), blog, again)
		if a := stored(t, s)["a.example/1"]; a.Excerpt != "Our own words." {
			t.Errorf("a note is the maintainer's own words, and not quoted: %+v", a)
		}
	})
}

func TestAnArticleIsJudgedAsItComesIn(t *testing.T) {
	s := open(t, at(t))
	if err := s.Rules(ctx, "blog alone", func(a broadsheet.Article) rules.Verdict {
		return rules.Verdict{Score: 1, Wanted: a.Source == blog.ID() && a.Text != "" && a.Title != "", Topics: []string{"queues", "order"}}
	}); err != nil {
		t.Fatal(err)
	}
	other := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://other.example.org/feed"}
	record(t, s, monday, blog, tell("1", "https://blog.example.com/a", "Wanted"))
	record(t, s, monday, other, tell("1", "https://other.example.org/a", "Not wanted"))
	found, err := s.Backlog(ctx, 9, 9)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].Title != "Wanted" || found[0].Topic != "queues" || found[0].Score != 1 {
		t.Errorf("that waits: %+v", found)
	}
	if n, err := s.Judge(ctx, monday); n != 0 || err != nil {
		t.Errorf("%d were not judged, %v", n, err)
	}
}

func TestAnExcerptThatWasCutBeforehandIsTaken(t *testing.T) {
	s := open(t, at(t))
	s.Excerpt = func([]broadsheet.FeedItem) (string, broadsheet.Origin) {
		return "cut when it is stored", broadsheet.OriginContent
	}
	told := many(2)
	if _, err := s.Record(ctx, monday, Answer{Source: blog, Visit: visited(monday), Told: told,
		Cut: []Excerpt{{"the first", broadsheet.OriginSummary}, {"the second", broadsheet.OriginSummary}}}); err != nil {
		t.Fatal(err)
	}
	record(t, s, monday, blog, tell("later", "https://blog.example.com/later", "Later"))
	found := stored(t, s)
	for address, excerpt := range map[string]string{told[0].Link: "the first", told[1].Link: "the second", "https://blog.example.com/later": "cut when it is stored"} {
		if got := found[link.Key(address)].Excerpt; got != excerpt {
			t.Errorf("%s: %q, not %q", address, got, excerpt)
		}
	}
}

func TestNewRulesJudgeWhatWaitsAndOnlyThat(t *testing.T) {
	s := open(t, at(t))
	record(t, s, monday, blog, many(1200)...) // several batches
	asked := 0
	judge := func(rules string, wanted bool) int {
		t.Helper()
		n, err := judgeBy(s, monday, rules, func(a broadsheet.Article) (float64, bool) {
			asked++
			if a.Text == "" {
				t.Error("judged without its text")
			}
			return 1, wanted
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := judge("one", true); n != 1200 || asked != 1200 {
		t.Errorf("%d judged, %d asked", n, asked)
	}
	if n := judge("one", true); n != 0 {
		t.Errorf("the same rules judged %d again", n)
	}
	if n := judge("two", false); n != 1200 {
		t.Errorf("new rules judged %d", n)
	}
	if n := judge("one", true); n != 1200 {
		t.Errorf("going back to old rules judged %d", n)
	}
	fresh, err := s.Fresh(ctx, monday.Add(-day), monday.Add(-day), 5)
	if err != nil || len(fresh) != 5 {
		t.Fatal(err)
	}
	if err := s.SaveEdition(ctx, broadsheet.Edition{Day: "2026-11-23", At: monday, Picks: []broadsheet.Pick{{Article: whole(t, s, fresh)[0]}}}); err != nil {
		t.Fatal(err)
	}
	if n := judge("three", true); n != 1199 {
		t.Errorf("of 1199 that wait, new rules judged %d", n)
	}
}

func TestAFloodLeavesRoomForOtherSources(t *testing.T) {
	s := open(t, at(t))
	record(t, s, monday, blog)
	quiet := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://quiet.example/feed"}
	record(t, s, monday, quiet)
	record(t, s, monday.Add(day), blog, many(500)...)
	record(t, s, monday.Add(day), quiet, tell("1", "https://quiet.example/1", "Short"), tell("2", "https://quiet.example/2", "Shorter"))
	judgedAt(t, s, monday.Add(day)) // the flood's titles are the longest: it scores best
	fresh, err := s.Fresh(ctx, monday, monday.Add(-day), 4)
	if err != nil || len(fresh) != 4 || fresh[2].Source != quiet.ID() || fresh[3].Source != quiet.ID() {
		t.Errorf("%v, %v", titles(whole(t, s, fresh)), err)
	}
	if none, err := s.Fresh(ctx, monday.Add(day), monday.Add(-day), 4); err != nil || len(none) != 0 {
		t.Errorf("wanted since the last edition: %v, %v", titles(whole(t, s, none)), err)
	}
	if none, err := s.Fresh(ctx, monday, monday.Add(day), 4); err != nil || len(none) != 0 {
		t.Errorf("published of late: %v, %v", titles(whole(t, s, none)), err)
	}
}

func TestABigSourceLeavesRoomForOthersInTheBacklog(t *testing.T) {
	s := open(t, at(t))
	record(t, s, monday, blog, many(500)...)
	for i := range 3 {
		small := broadsheet.Source{Kind: broadsheet.KindFeed, URL: fmt.Sprintf("https://small%d.example/feed", i)}
		record(t, s, monday, small, tell("1", fmt.Sprintf("https://small%d.example/1", i), fmt.Sprint("Short ", i)))
	}
	judged(t, s) // the longer a title the better
	found, err := s.Backlog(ctx, 5, 6)
	if err != nil || len(found) != 6 {
		t.Fatal(len(found), err)
	}
	sources := map[string]int{}
	for _, a := range found {
		sources[a.Source]++
	}
	if len(sources) != 4 || sources[blog.ID()] != 3 || found[0].Source != blog.ID() {
		t.Errorf("%v", sources)
	}
	if found, err := s.Backlog(ctx, 5, 100); err != nil || len(found) != 5+3 {
		t.Errorf("at most five of each: %d, %v", len(found), err)
	}
	if n, err := s.Waiting(ctx); err != nil || n != 503 {
		t.Errorf("%d wait, %v", n, err)
	}
}

// A title alone may not be enough for the rules: then it is the page that makes an article wanted, and it may be read
// after the edition was cut.
func TestWhatIsWantedOnlyOnceItsPageWasReadIsNewsThen(t *testing.T) {
	s := open(t, at(t))
	fresh := func(since time.Time) []string {
		t.Helper()
		found, err := s.Fresh(ctx, since, monday.Add(-day), 9)
		if err != nil {
			t.Fatal(err)
		}
		return titles(whole(t, s, found))
	}
	judge := func(now time.Time, rules string) {
		t.Helper()
		if _, err := judgeBy(s, now, rules, func(a broadsheet.Article) (float64, bool) { return 1, a.Words > 0 }); err != nil {
			t.Fatal(err)
		}
	}
	record(t, s, monday, blog, post("a.example", 1, time.Hour))
	judge(monday, "rules")
	want(t, "before its page is read", fresh(monday.Add(-day)), []string{})
	cut, later := monday.Add(10*time.Minute), monday.Add(time.Hour)
	page := broadsheet.Page{URL: "https://a.example/1", Text: "How a queue keeps its order.", Words: 900}
	if err := s.SetPages(ctx, later, Reading{Key: "a.example/1", Page: page}); err != nil {
		t.Fatal(err)
	}
	judge(later, "rules")
	want(t, "since the cut", fresh(cut), []string{"a.example 1"})
	judge(later.Add(day), "other rules")
	want(t, "since it was wanted", fresh(later), []string{})
}

// The order of a day's articles must not depend on the order that they came in.
func TestTheBacklogIsTheSameWhateverOrderItCameIn(t *testing.T) {
	var first []string
	for round := range 3 {
		s := open(t, at(t))
		told := many(60)
		for i := range told {
			told[i].Title = "One title for all" // one score, one date: only the key is left to tell them apart
		}
		if round == 1 {
			slices.Reverse(told)
		}
		record(t, s, monday, blog, told...)
		judged(t, s)
		found, err := s.Backlog(ctx, 20, 99)
		if err != nil || len(found) != 20 {
			t.Fatal(len(found), err)
		}
		var keys []string
		for _, a := range found {
			keys = append(keys, a.Key)
		}
		if first == nil {
			first = keys
		}
		want(t, "backlog", keys, first)
	}
}

func TestAnEditionNeverChanges(t *testing.T) {
	s := open(t, at(t))
	record(t, s, monday, blog, many(4)...)
	e := publish(t, s, "2026-11-23")
	e.More = []broadsheet.More{{SourceName: "Blog", Articles: []broadsheet.Also{{Link: "https://x.example/"}}}}
	if err := s.SaveEdition(ctx, e); !errors.Is(err, ErrPublished) {
		t.Errorf("saved twice: %v", err)
	}
	changed := many(4)
	for i := range changed {
		changed[i].Title, changed[i].Published = "Another title", monday.AddDate(-1, 0, 0)
	}
	record(t, s, monday.Add(day), blog, changed...)
	got, err := s.Edition(ctx, "2026-11-23")
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range got.Picks {
		if was := e.Picks[i]; p.Title != was.Title || !p.Published.Equal(was.Published) || p.ID() != was.ID() {
			t.Errorf("pick %d became %+v", i, p.Article)
		}
	}
	for _, a := range stored(t, s) {
		if !a.Published.Equal(monday.Add(-time.Hour)) {
			t.Errorf("a date was rewritten after it was shown: %s", a.Published)
		}
	}
	again := broadsheet.Edition{Day: "2026-11-24", At: monday.Add(day), Picks: e.Picks[:1]}
	if err := s.SaveEdition(ctx, again); err == nil {
		t.Error("an article was shown twice")
	}
	if days, err := s.Days(ctx); err != nil || len(days) != 1 || days[0] != (DayCount{"2026-11-23", 1, 4}) {
		t.Errorf("days %v, %v", days, err)
	}
	if _, err := s.Edition(ctx, "2026-11-24"); !errors.Is(err, ErrUnknown) {
		t.Errorf("a day without one: %v", err)
	}
}

func TestALostStoreIsRebuiltFromWhatWasPublished(t *testing.T) {
	s := open(t, at(t))
	record(t, s, monday, blog, many(6)...)
	e := publish(t, s, "2026-11-23")
	lost := open(t, at(t))
	if err := lost.SaveEdition(ctx, e); err != nil {
		t.Fatal(err)
	}
	if out := record(t, lost, monday.Add(day), blog, many(8)...); out.Fresh != 2 {
		t.Errorf("%+v", out)
	}
	got, err := lost.Edition(ctx, "2026-11-23")
	if err != nil || len(got.Picks) != 6 || got.Picks[0].ID() != e.Picks[0].ID() {
		t.Errorf("%v, %v", got, err)
	}
	if left := backlog(t, lost); len(left) != 2 {
		t.Errorf("waits: %v", titles(left))
	}
}

func TestASourceThatMovedStaysTheSameSource(t *testing.T) {
	old := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "http://blog.example.com/feed.xml"}
	for name, to := range map[string]string{"to where it said": "https://new.example.net/rss", "to https": "https://blog.example.com/feed.xml"} {
		t.Run(name, func(t *testing.T) {
			s := open(t, at(t))
			if err := s.Sources(ctx, monday, []broadsheet.Source{old}); err != nil {
				t.Fatal(err)
			}
			v := visited(monday)
			v.Moved = "https://new.example.net/rss"
			if _, err := s.Record(ctx, monday, Answer{Source: old, Visit: v, Told: many(3)}); err != nil {
				t.Fatal(err)
			}
			moved := old
			moved.URL = to
			if err := s.Sources(ctx, monday, []broadsheet.Source{moved}); err != nil {
				t.Fatal(err)
			}
			visits, err := s.Visits(ctx)
			if err != nil || len(visits) != 1 || visits[to].ETag == "" {
				t.Errorf("%v, %v", visits, err)
			}
			told := many(4)
			for i := range told {
				told[i].Link = "https://elsewhere.example.net/" + told[i].GUID
			}
			if out := record(t, s, monday.Add(day), moved, told...); out.Fresh != 1 {
				t.Errorf("%+v", out)
			}
			for _, a := range stored(t, s) {
				if a.Source != to || a.Inherited != (a.Title != told[3].Title) {
					t.Errorf("%s of %s, inherited %v", a.Title, a.Source, a.Inherited)
				}
			}
		})
	}
}

func TestTheMaintainersListSpeaksForWhatItNames(t *testing.T) {
	list := broadsheet.Source{Kind: broadsheet.KindList, Name: "By hand"}
	s := open(t, at(t))
	s.Excerpt = func(told []broadsheet.FeedItem) (string, broadsheet.Origin) {
		if told[0].Note != "" {
			return told[0].Note, broadsheet.OriginNote
		}
		return told[0].Summary, broadsheet.OriginSummary
	}
	post := tell("1", "https://blog.example.com/a", "How a queue keeps its order")
	listed := broadsheet.FeedItem{Link: "https://www.blog.example.com/a/", Note: "The best there is on queues."}
	check := func(excerpt string) {
		t.Helper()
		for _, a := range stored(t, s) {
			if a.Source != list.ID() || a.Title != post.Title || a.Excerpt != excerpt {
				t.Errorf("%+v", a)
			}
		}
	}
	record(t, s, monday, blog, post)
	record(t, s, monday, list, listed)
	check(listed.Note)
	record(t, s, monday.Add(day), blog, post)
	check(listed.Note)
	listed.Note = "Still the best."
	record(t, s, monday.Add(2*day), list, listed)
	check(listed.Note)
}

func TestHealthIsToldOncePerChange(t *testing.T) {
	s := open(t, at(t))
	now := monday
	visit := func(change func(*broadsheet.Visit)) {
		t.Helper()
		now = now.Add(time.Hour)
		v := visited(now)
		change(&v)
		if _, err := s.Record(ctx, now, Answer{Source: blog, Visit: v}); err != nil {
			t.Fatal(err)
		}
	}
	fails := func(n int) func(*broadsheet.Visit) {
		return func(v *broadsheet.Visit) { v.Failures, v.Failing, v.Err = n, monday, "503" }
	}
	fine := func(*broadsheet.Visit) {}
	moved := func(v *broadsheet.Visit) { v.Moved = "https://new.example/" }
	for _, change := range []func(*broadsheet.Visit){fine, fails(1), fine, fails(1), fails(2), fails(3), fails(4), fails(5), fine, fine, moved, moved,
		func(v *broadsheet.Visit) { v.Gone = true }, func(v *broadsheet.Visit) { v.Gone = true }} {
		visit(change)
	}
	churned := many(5)
	for range 3 {
		for i := range churned {
			churned[i].GUID += "x"
		}
		now = now.Add(time.Hour)
		record(t, s, now, blog, churned...)
	}
	events, err := s.Events(ctx, monday, 100)
	if err != nil {
		t.Fatal(err)
	}
	var what []string
	for _, e := range slices.Backward(events) {
		what = append(what, e.What)
	}
	want(t, "events", what, []string{"broke", "recovered", "moved", "gone", "rebound"})
}
