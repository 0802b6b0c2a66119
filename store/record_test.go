package store

import (
	"fmt"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/link"
)

// Each case is a feed that is recorded twice, a day apart; all of the first document is shown in between. Fresh counts
// what the second would show to readers again.
func TestRecord_ChangedItemsAreNotShownTwice(t *testing.T) {
	first := func() []broadsheet.FeedItem {
		var items []broadsheet.FeedItem
		for i, title := range []string{"How a queue keeps its order", "A cache that forgets in time", "Moving a city of data"} {
			items = append(items, feedItem(fmt.Sprintf("tag:%d", i), fmt.Sprintf("https://blog.example.com/%d/post", i), title))
		}
		return items
	}
	stories := []struct {
		name   string
		change func(i int, s *broadsheet.FeedItem)
	}{
		{"nothing changes", func(int, *broadsheet.FeedItem) {}},
		{"every guid changes", func(_ int, s *broadsheet.FeedItem) { s.GUID = "new:" + s.GUID }},
		{"guids are taken away", func(_ int, s *broadsheet.FeedItem) { s.GUID = "" }},
		{"every item is dated today", func(_ int, s *broadsheet.FeedItem) { s.Published = monday.Add(day) }},
		{"every item is dated 2099", func(_ int, s *broadsheet.FeedItem) { s.Published = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"dates are taken away", func(_ int, s *broadsheet.FeedItem) { s.Published = time.Time{} }},
		{"https becomes http", func(_ int, s *broadsheet.FeedItem) { s.Link = "http" + s.Link[5:] }},
		{"https becomes http and guids are links", func(_ int, s *broadsheet.FeedItem) { s.Link = "http" + s.Link[5:]; s.GUID = s.Link }},
		{"www comes before the host", func(_ int, s *broadsheet.FeedItem) { s.Link = "https://www." + s.Link[8:]; s.GUID = s.Link }},
		{"tracking parameters are added", func(_ int, s *broadsheet.FeedItem) { s.Link += "?utm_source=rss&utm_medium=feed"; s.GUID = s.Link }},
		{"titles are edited", func(_ int, s *broadsheet.FeedItem) { s.Title += " (updated)" }},
		{"titles are edited and guids change", func(_ int, s *broadsheet.FeedItem) { s.Title += "!"; s.GUID += "x" }},
		{"slugs follow edited titles", func(i int, s *broadsheet.FeedItem) {
			s.Title += " again"
			s.Link = fmt.Sprintf("https://blog.example.com/%d/again", i)
		}},
		{"the blog moves to another host", func(_ int, s *broadsheet.FeedItem) { s.Link = "https://example.net" + s.Link[24:] }},
		{"links are taken away", func(_ int, s *broadsheet.FeedItem) { s.Link = "" }},
		{"texts are rewritten", func(_ int, s *broadsheet.FeedItem) {
			s.Summary = "Something else altogether, told at quite some length and twice."
		}},
		{"everything but the guid and the date changes", func(i int, s *broadsheet.FeedItem) {
			s.Title, s.Link, s.Summary = fmt.Sprint("New ", i), fmt.Sprintf("https://blog.example.com/new/%d", i), "New words."
		}},
	}
	for _, story := range stories {
		t.Run(story.name, func(t *testing.T) {
			s := open(t, dbPath(t))
			if out := record(t, s, monday, blog, first()...); out.New != 3 {
				t.Fatalf("%+v", out)
			}
			publish(t, s, "2026-11-23")
			again := first()
			for i := range again {
				story.change(i, &again[i])
			}
			for visit := range 3 { // the changed document is repeated, and nothing is new
				now := monday.Add(time.Duration(visit+1) * day)
				if out := record(t, s, now, blog, again...); out.New != 0 {
					t.Errorf("visit %d: %+v", visit, out)
				}
			}
			for visit := range 2 { // and the first document again
				now := monday.Add(time.Duration(visit+5) * day)
				if out := record(t, s, now, blog, first()...); out.New != 0 {
					t.Errorf("back, visit %d: %+v", visit, out)
				}
			}
			if left := backlog(t, s); len(left) != 0 {
				t.Errorf("waits again: %v", left)
			}
		})
	}
}

func TestRecord_SeveralWorksUnderOneGUIDOrLink(t *testing.T) {
	docs := []struct {
		name  string
		items []broadsheet.FeedItem
		want  int
	}{
		{"one guid for all", []broadsheet.FeedItem{
			feedItem("1", "https://blog.example.com/a", "Ants"), feedItem("1", "https://blog.example.com/b", "Bees"), feedItem("1", "https://blog.example.com/c", "Cats")}, 3},
		{"one link for all", []broadsheet.FeedItem{
			feedItem("1", "https://blog.example.com/news", "Ants"), feedItem("2", "https://blog.example.com/news", "Bees"), feedItem("3", "https://blog.example.com/news", "Cats")}, 3},
		{"one link for all and no guid", []broadsheet.FeedItem{
			feedItem("", "https://blog.example.com/news", "Ants"), feedItem("", "https://blog.example.com/news", "Bees"), feedItem("", "https://blog.example.com/news", "Cats")}, 3},
		{"one guid and one link for all", []broadsheet.FeedItem{
			feedItem("1", "https://blog.example.com/news", "Ants"), feedItem("1", "https://blog.example.com/news", "Bees"), feedItem("1", "https://blog.example.com/news", "Cats")}, 3},
		{"the front page as every link", []broadsheet.FeedItem{
			feedItem("", "https://blog.example.com/", "Ants"), feedItem("", "https://blog.example.com/", "Bees"), feedItem("", "https://blog.example.com/", "Cats")}, 3},
		{"neither guid nor link", []broadsheet.FeedItem{feedItem("", "", "Ants"), feedItem("", "", "Bees"), feedItem("", "", "Cats")}, 3},
		{"one title for all, different guids", []broadsheet.FeedItem{feedItem("1", "", "Note"), feedItem("2", "", "Note"), feedItem("3", "", "Note")}, 3},
		{"one title for all, different links", []broadsheet.FeedItem{
			feedItem("", "https://blog.example.com/a", "Note"), feedItem("", "https://blog.example.com/b", "Note"), feedItem("", "https://blog.example.com/c", "Note")}, 3},
		{"no titles, one link", []broadsheet.FeedItem{
			{GUID: "1", Link: "https://blog.example.com/news"}, {GUID: "2", Link: "https://blog.example.com/news"}, {GUID: "3", Link: "https://blog.example.com/news"}}, 3},
		{"the same entry three times", []broadsheet.FeedItem{
			feedItem("1", "https://blog.example.com/a", "Ants"), feedItem("1", "https://blog.example.com/a", "Ants"), feedItem("1", "https://blog.example.com/a", "Ants")}, 1},
		{"the same entry under three guids", []broadsheet.FeedItem{
			feedItem("1", "https://blog.example.com/a", "Ants"), feedItem("2", "https://blog.example.com/a", "Ants"), feedItem("3", "https://blog.example.com/a", "Ants")}, 1},
	}
	for _, doc := range docs {
		t.Run(doc.name, func(t *testing.T) {
			s := open(t, dbPath(t))
			if out := record(t, s, monday, blog, doc.items...); out.New != doc.want {
				t.Errorf("%+v", out)
			}
			if n := len(storedByKey(t, s)); n != doc.want {
				t.Errorf("%d stored", n)
			}
			if out := record(t, s, monday.Add(day), blog, doc.items...); out.New != 0 {
				t.Errorf("reported again: %+v", out)
			}
			// The feed loses its first items, one after the other, and gains one.
			if doc.want > 1 {
				more := doc.items[2]
				more.Title, more.Summary = "Dogs", "A summary of dogs that tells nothing at all of what was told before, be it ants or bees."
				if more.GUID != "" && more.GUID != "1" {
					more.GUID = "4"
				}
				if doc.items[0].Link != doc.items[1].Link {
					more.Link = "https://blog.example.com/d"
				}
				more.Published = monday.Add(2 * day)
				for left := 2; left >= 0; left-- {
					items := append([]broadsheet.FeedItem{more}, doc.items[3-left:]...)
					want := 0
					if left == 2 {
						want = 1
					}
					if out := record(t, s, monday.Add(2*day), blog, items...); out.New != want {
						t.Errorf("with %d of the old: %+v", left, out)
					}
				}
			}
		})
	}
}

// A GUID that was once given to several works is never enough again, not even with the same date.
func TestRecord_SharedGUIDStaysShared(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog, feedItem("1", "https://blog.example.com/a", "Ants"), feedItem("1", "https://blog.example.com/b", "Bees"))
	if out := record(t, s, monday.Add(day), blog, feedItem("1", "https://blog.example.com/c", "Cats")); out.New != 1 {
		t.Errorf("%+v", out)
	}
}

func TestRecord_ReusedGUIDMakesANewArticle(t *testing.T) {
	s := open(t, dbPath(t))
	a, b := feedItem("1", "https://blog.example.com/a", "Ants"), feedItem("1", "https://blog.example.com/b", "Bees")
	b.Published = monday.Add(time.Hour)
	b.Summary = "Of bees and their keepers, and of all that they do from the first warm day of spring to the last of autumn."
	record(t, s, monday, blog, a)
	if out := record(t, s, monday.Add(day), blog, b); out.New != 1 {
		t.Errorf("%+v", out)
	}
	if out := record(t, s, monday.Add(2*day), blog, a); out.New != 0 {
		t.Errorf("the first one, reported again: %+v", out)
	}
}

func TestRecord_OtherSitesCannotChangeAnArticle(t *testing.T) {
	evil := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://evil.example.org/feed", Name: "Evil"}
	good := feedItem("1", "https://blog.example.com/a", "How a queue keeps its order")
	lie := good
	lie.Title, lie.Summary, lie.Content, lie.Published = "You have won", "Click here.", "Click here, and here.", time.Date(1991, 1, 1, 0, 0, 0, 0, time.UTC)

	t.Run("after", func(t *testing.T) {
		s := open(t, dbPath(t))
		record(t, s, monday, blog, good)
		before := storedByKey(t, s)
		record(t, s, monday.Add(time.Hour), evil, lie, lie)
		twice := lie
		twice.Title = "And another"
		record(t, s, monday.Add(2*time.Hour), evil, lie, twice)
		for key, a := range storedByKey(t, s) {
			if was, ok := before[key]; ok && fmt.Sprint(a) != fmt.Sprint(was) {
				t.Errorf("changed to %+v", a)
			}
		}
		if out := record(t, s, monday.Add(day), blog, good); out.New != 0 || out.Known != 1 {
			t.Errorf("the site reports it again: %+v", out)
		}
		good.GUID, good.Title = "2", good.Title+", at last"
		if out := record(t, s, monday.Add(2*day), blog, good); out.New != 0 {
			t.Errorf("the site reports it under another title: %+v", out)
		}
	})
	t.Run("after another one", func(t *testing.T) {
		s := open(t, dbPath(t))
		aggregator := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://news.example.net/rss", Name: "News"}
		record(t, s, monday, aggregator, good)
		record(t, s, monday.Add(time.Hour), evil, lie)
		for _, a := range storedByKey(t, s) {
			if a.Title == lie.Title || a.Source != aggregator.ID() {
				t.Errorf("%+v", a)
			}
		}
	})
	t.Run("from another account of the same platform", func(t *testing.T) {
		for host, accounts := range map[string][2]string{
			"https://medium.com/": {"@ann/", "feed/@evil"}, "https://dev.to/": {"ann/", "feed/evil"}, "https://github.com/": {"ann/", "evil/a/releases.atom"},
		} {
			s := open(t, dbPath(t))
			aggregator := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://news.example.net/rss", Name: "News"}
			stranger := broadsheet.Source{Kind: broadsheet.KindFeed, URL: host + accounts[1], Name: "Evil"}
			post, twisted := good, lie
			post.Link = host + accounts[0] + "how-a-queue-keeps-its-order"
			twisted.Link = post.Link
			record(t, s, monday, aggregator, post)
			record(t, s, monday.Add(time.Hour), stranger, twisted)
			for _, a := range storedByKey(t, s) {
				if a.Title == lie.Title || a.Source != aggregator.ID() {
					t.Errorf("%+v", a)
				}
			}
		}
	})
	t.Run("its own account owns it", func(t *testing.T) {
		s := open(t, dbPath(t))
		author := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://medium.com/feed/@ann", Name: "Ann"}
		post, twisted := good, lie
		post.Link = "https://medium.com/@ann/how-a-queue-keeps-its-order-0123456789ab"
		twisted.Link = post.Link
		record(t, s, monday, evil, twisted)
		record(t, s, monday.Add(time.Hour), author, post)
		for _, a := range storedByKey(t, s) {
			if a.Title != good.Title || a.Source != author.ID() {
				t.Errorf("%+v", a)
			}
		}
	})
	t.Run("before", func(t *testing.T) {
		s := open(t, dbPath(t))
		record(t, s, monday, evil, lie)
		record(t, s, monday.Add(time.Hour), blog, good)
		for _, a := range storedByKey(t, s) {
			if a.Title != good.Title || a.Source != blog.ID() || !a.Published.Equal(good.Published) || a.Text != good.Summary {
				t.Errorf("%+v", a)
			}
		}
	})
}

func TestRecord_RemovedLinkIsKept(t *testing.T) {
	list := broadsheet.Source{Kind: broadsheet.KindList, URL: "list:picks", Name: "Picks"}
	for name, link := range map[string]string{"none": "", "the front page": "https://blog.example.com/", "a parameter of it": "https://blog.example.com/?utm_source=rss"} {
		for _, src := range []broadsheet.Source{blog, list} {
			s := open(t, dbPath(t))
			post := feedItem("1", "https://blog.example.com/a", "How a queue keeps its order")
			record(t, s, monday, src, post)
			post.Link = link
			record(t, s, monday.Add(day), src, post)
			if a := storedByKey(t, s)["blog.example.com/a"]; a.Link != "https://blog.example.com/a" {
				t.Errorf("%s, reported by a %s: it leads to %q", name, src.Kind, a.Link)
			}
		}
	}
}

func TestRecord_OnlyRealChangesSetUpdated(t *testing.T) {
	post := feedItem("1", "https://blog.example.com/a", "How a queue keeps its order")
	now := monday
	s := open(t, dbPath(t))
	record(t, s, now, blog, post)
	updated := func() time.Time {
		for _, a := range storedByKey(t, s) {
			return a.Updated
		}
		return time.Time{}
	}
	recordAs := func(change func(*broadsheet.FeedItem)) bool {
		before := updated()
		now = now.Add(day)
		next := post
		change(&next)
		record(t, s, now, blog, next)
		return !updated().Equal(before)
	}
	if !updated().Equal(post.Published) {
		t.Error("an article that never changed was updated when it was published")
	}
	if recordAs(func(s *broadsheet.FeedItem) { s.Title = "  How a  queue keeps its order " }) {
		t.Error("white space moved it")
	}
	if recordAs(func(s *broadsheet.FeedItem) { s.Published = now; s.Updated = now }) {
		t.Error("a new date moved it")
	}
	if !recordAs(func(s *broadsheet.FeedItem) { s.Title = "How a queue kept its order" }) {
		t.Error("a new title did not move it")
	}
	for i := range 6 {
		if recordAs(func(s *broadsheet.FeedItem) {
			if i%2 == 1 {
				s.Title = "How a queue kept its order"
			}
		}) {
			t.Errorf("a title that flips moved it, turn %d", i)
		}
	}
	moved := 0
	for i := range 40 {
		if recordAs(func(s *broadsheet.FeedItem) { s.Title = fmt.Sprint("Read by ", i, " people") }) {
			moved++
		}
	}
	if moved > maxRevisions {
		t.Errorf("a title with a counter moved it %d times", moved)
	}
}

func TestPlausibleDate(t *testing.T) {
	for items, want := range map[string]string{
		"2026-11-22T10:00:00Z": "2026-11-22T10:00:00Z",
		"1989-12-31T00:00:00Z": "2026-11-23T06:00:00Z",
		"1970-01-01T00:00:01Z": "2026-11-23T06:00:00Z",
		"9999-12-31T00:00:00Z": "2026-11-23T06:00:00Z",
		"0000-01-01T00:00:00Z": "2026-11-23T06:00:00Z",
		"2026-11-23T09:00:00Z": "2026-11-23T06:00:00Z", // a wrong time zone: today, but not after now
		"1990-01-01T00:00:00Z": "1990-01-01T00:00:00Z",
	} {
		at, err := time.Parse(time.RFC3339, items)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := plausibleDate(at, monday); got.Format(time.RFC3339) != want {
			t.Errorf("%s is believed to be %s, want %s", items, got, want)
		}
	}
	if got, dated := plausibleDate(time.Time{}, monday); dated || !got.Equal(monday) {
		t.Errorf("no date: %s, %v", got, dated)
	}
}

func TestRecord_UsesGivenExcerpts(t *testing.T) {
	s := open(t, dbPath(t))
	s.Excerpt = func([]broadsheet.FeedItem) (string, broadsheet.Origin) {
		return "cut when it is stored", broadsheet.OriginContent
	}
	items := manyItems(2)
	if _, err := s.Record(ctx, monday, VisitResult{Source: blog, Visit: visitAt(monday), Items: items,
		Excerpts: []Excerpt{{"the first", broadsheet.OriginSummary}, {"the second", broadsheet.OriginSummary}}}); err != nil {
		t.Fatal(err)
	}
	record(t, s, monday, blog, feedItem("later", "https://blog.example.com/later", "Later"))
	found := storedByKey(t, s)
	for address, excerpt := range map[string]string{items[0].Link: "the first", items[1].Link: "the second", "https://blog.example.com/later": "cut when it is stored"} {
		if got := found[link.Key(address)].Excerpt; got != excerpt {
			t.Errorf("%s: %q, not %q", address, got, excerpt)
		}
	}
}

func TestRecord_ManualListOwnsItsArticles(t *testing.T) {
	list := broadsheet.Source{Kind: broadsheet.KindList, Name: "By hand"}
	s := open(t, dbPath(t))
	s.Excerpt = func(items []broadsheet.FeedItem) (string, broadsheet.Origin) {
		if items[0].Note != "" {
			return items[0].Note, broadsheet.OriginNote
		}
		return items[0].Summary, broadsheet.OriginSummary
	}
	post := feedItem("1", "https://blog.example.com/a", "How a queue keeps its order")
	listed := broadsheet.FeedItem{Link: "https://www.blog.example.com/a/", Note: "The best there is on queues."}
	check := func(excerpt string) {
		t.Helper()
		for _, a := range storedByKey(t, s) {
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
