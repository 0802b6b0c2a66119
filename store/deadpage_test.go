package store

import (
	"os"
	"strconv"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/link"
	"broadsheet/internal/rules"
)

// eligibleVerdict is a rule that wants every article that is not ineligible.
func eligibleVerdict(a broadsheet.Article) (float64, bool) {
	return 1, rules.Ineligible(a, broadsheet.Source{}) == ""
}

// backlogTitles returns the titles of the articles that may be shown.
func backlogTitles(t *testing.T, s *Store, now time.Time) []string {
	t.Helper()
	if _, err := scoreBy(s, now, "alive", eligibleVerdict); err != nil {
		t.Fatal(err)
	}
	found, err := s.Backlog(ctx, 100, 100)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, c := range found {
		all = append(all, c.Title)
	}
	return all
}

// failPage records that the page at an address could not be read.
func failPage(t *testing.T, s *Store, now time.Time, address string, dead broadsheet.DeadReason, retry bool) {
	t.Helper()
	r := PageResult{Key: link.Key(address), Err: "why", Dead: dead}
	if retry {
		r.RetryAt = now.Add(6 * time.Hour)
	}
	if err := s.SetPages(ctx, now, r); err != nil {
		t.Fatal(err)
	}
}

// TestDeadPage_ExcludesArticleUntilReadable: reported again, the article stays excluded; once its page was read, or it
// was reported with another link, it may be shown.
func TestDeadPage_ExcludesArticleUntilReadable(t *testing.T) {
	s := open(t, dbPath(t))
	one, two := feedItem("1", "https://blog.example.com/1", "One that comes back"), feedItem("2", "https://blog.example.com/2", "Two that moves away")
	record(t, s, monday, blog, one, two)
	wantSlice(t, "at first", backlogTitles(t, s, monday), []string{one.Title, two.Title})
	failPage(t, s, monday, one.Link, broadsheet.DeadMissing, true)
	failPage(t, s, monday, two.Link, broadsheet.DeadGone, false)
	wantSlice(t, "dead", backlogTitles(t, s, monday), nil)
	one.Summary += " And more of it."
	record(t, s, monday.Add(day), blog, one, two)
	wantSlice(t, "reported again", backlogTitles(t, s, monday.Add(day)), nil)

	pending, err := s.PendingNew(ctx, monday.Add(day), time.Time{}, time.Time{}, 10)
	if err != nil || len(pending) != 1 || pending[0].Title != one.Title {
		t.Fatalf("the page that may come is asked for again: %v, %v", titles(pending), err)
	}
	if err := s.SetPages(ctx, monday.Add(day), PageResult{Key: pending[0].Key, Page: broadsheet.Page{URL: one.Link, Text: "It is there."}}); err != nil {
		t.Fatal(err)
	}
	wantSlice(t, "read", backlogTitles(t, s, monday.Add(day)), []string{one.Title})
	two.Link = "https://blog.example.com/moved/2"
	record(t, s, monday.Add(2*day), blog, one, two)
	if got := backlogTitles(t, s, monday.Add(2*day)); len(got) != 2 {
		t.Errorf("reported with another link: %q", got)
	}
}

// TestDeadPage_ChangingLinkIsReadAtMostMaxTries: a new link gives a dead page another try, but not without limit.
func TestDeadPage_ChangingLinkIsReadAtMostMaxTries(t *testing.T) {
	s := open(t, dbPath(t))
	tries := 0
	for n := range 20 {
		now := monday.Add(time.Duration(n) * day)
		link := "https://blog.example.com/" + string(rune('a'+n))
		record(t, s, now, blog, feedItem("1", link, "One that wanders"))
		if _, err := scoreBy(s, now, "alive", eligibleVerdict); err != nil {
			t.Fatal(err)
		}
		pending, err := s.PendingNew(ctx, now, time.Time{}, time.Time{}, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range pending {
			tries++
			if err := s.SetPages(ctx, now, PageResult{Key: a.Key, Err: "410", Dead: broadsheet.DeadGone}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if tries != maxTries {
		t.Errorf("read %d times", tries)
	}
}

// TestDeadPage_AnotherArticleBecomesCanonical: and the dead one is not listed as another link of the story.
func TestDeadPage_AnotherArticleBecomesCanonical(t *testing.T) {
	s := open(t, dbPath(t))
	text := ""
	for _, w := range []string{"renewal", "authority", "certificate", "region", "machine", "jitter"} {
		text += "The " + w + " of the mesh was told apart from each other " + w + " by the hour at which its own " + w + " had begun, and by nothing else that we could find. "
	}
	first, second := feedItem("1", "https://blog.example.com/1", "How a mesh renews its certificates"), feedItem("1", "https://other.example.org/1", "How a mesh renews its certificates")
	first.Content, second.Content = text, text
	other := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://other.example.org/feed"}
	record(t, s, monday, blog, first)
	record(t, s, monday.Add(time.Hour), other, second)
	wantSlice(t, "one story", backlogTitles(t, s, monday), []string{first.Title})
	failPage(t, s, monday, first.Link, broadsheet.DeadMissing, true)
	if _, err := scoreBy(s, monday, "alive", eligibleVerdict); err != nil {
		t.Fatal(err)
	}
	found, err := s.Backlog(ctx, 10, 10)
	if err != nil || len(found) != 1 || found[0].Link != second.Link {
		t.Fatalf("%+v, %v", found, err)
	}
	if also, err := s.OtherLinks(ctx, found[0].Key); err != nil || len(also) != 0 {
		t.Errorf("also at %v, %v", also, err)
	}
}

// createVersion1 makes an empty database of version 1.
func createVersion1(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := connect(path, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := applyMigrations(ctx, conn, 0, migrations[:1]); err != nil {
		t.Fatal(err)
	}
}

// TestRebuild_RecognisesPrivateAddresses: earlier versions published articles under keys of private addresses; in newer
// editions only the id is known.
func TestRebuild_RecognisesPrivateAddresses(t *testing.T) {
	s := open(t, dbPath(t))
	key := "localhost:4000/1"
	e := broadsheet.Edition{Day: "2026-11-20", Number: 1, At: monday.Add(-4 * day), Picks: []broadsheet.Pick{
		{Article: broadsheet.Article{Key: key, Title: "One", Source: blog.ID()}, SourceName: "Blog"},
		{Article: broadsheet.Article{Key: broadsheet.Article{Key: "localhost:4000/2"}.ID(), Title: "Two", Source: blog.ID()}, SourceName: "Blog"}}}
	if err := s.SaveEdition(ctx, e); err != nil {
		t.Fatal(err)
	}
	one := broadsheet.FeedItem{Link: "https://blog.example.com/1", PrivateLink: "http://localhost:4000/1", Title: "One"}
	two := broadsheet.FeedItem{Link: "https://blog.example.com/2", PrivateLink: "http://localhost:4000/2", Title: "Two"}
	if out := record(t, s, monday, blog, one, two); out.New != 0 {
		t.Errorf("%+v", out)
	}
	wantSlice(t, "waits", backlogTitles(t, s, monday), nil)
}

// TestMigrateFromVersion1_DeadPagesAndPrivateAddresses opens a database of version 1 with pages that are known to be
// dead, and articles at addresses of their author's preview server, one of which was shown.
func TestMigrateFromVersion1_DeadPagesAndPrivateAddresses(t *testing.T) {
	path := dbPath(t)
	createVersion1(t, path)
	article := func(id, address, page, pageError, excerpt, shown string) string {
		key := link.Key(address)
		return "INSERT INTO article(id, key, link, source, title, published, dated, updated, seen, inherited, language, image, excerpt, origin, words, whole, story, page, page_error, need, judged, wanted, wanted_at, shown) VALUES(" +
			id + ", '" + key + "', '" + address + "', 1, 'Title " + id + "', 1764000000, 1, 1764000000, 1764000000, 0, '', '', '" + excerpt + "', '', 0, 0, " + id + ", " + page + ", '" + pageError + "', 0, 1, 1, 1764000000, " + shown + ");" +
			"INSERT INTO link(hash, article) VALUES(" + strconv.FormatInt(hash(key), 10) + ", " + id + ");" +
			"INSERT INTO sighting(source, guid_hash, link_hash, article, told, guid, link, title, published, language, image, via, summary, note, first, last) VALUES(1, 0, " +
			strconv.FormatInt(hash(key), 10) + ", " + id + ", 1, '', '" + address + "', 'Title " + id + "', 1764000000, '', '', '', '', '', 1764000000, 1764000000);"
	}
	execSQL(t, path, "INSERT INTO source(id, address, name, kind, heading, listed, added, first) VALUES(1, '"+blog.URL+"', 'Blog', 'feed', '', 1, 1, 1764000000);"+
		"INSERT INTO visit(source, success, reason, status, etag, last_modified, body_hash, failures, err, moved, gone, salvaged, title, home_page, hints) VALUES(1, 1764000000, '', 200, 'e', 'l', 'b', 0, '', '', 0, 0, '', '', '{}');"+
		article("1", "https://blog.example.com/1", "2", "https://blog.example.com/1: it answered 404 Not Found; look for its new address on the site", "Text.", "NULL")+
		article("2", "https://blog.example.com/2", "2", "https://blog.example.com/2: it answered 410 Gone: it will not come back", "Text.", "NULL")+
		article("3", "https://blog.example.com/3", "2", "https://blog.example.com/3: it answered 403 Forbidden", "Text.", "NULL")+
		article("4", "https://blog.example.com/4", "1", "", "", "NULL")+
		article("5", "http://localhost:4000/5", "2", "http://localhost:4000/5: it is at localhost, an address that is not public (a local name)", "Text.", "NULL")+
		article("6", "http://localhost:4000/6", "2", "http://localhost:4000/6: it is at localhost, an address that is not public (a local name)", "Text.", "'2026-11-20'"))
	s := open(t, path)
	wantSlice(t, "what may be shown", backlogTitles(t, s, monday), []string{"Title 3", "Title 4"})
	if pending, err := s.PendingNew(ctx, monday, time.Time{}, time.Time{}, 10); err != nil || len(pending) != 1 || pending[0].Title != "Title 4" {
		t.Errorf("what has no text is read once more: %q, %v", titles(pending), err)
	}
	visits, err := s.Visits(ctx)
	if v := visits[blog.ID()]; err != nil || v.HasValidators() || v.BodyHash != "" {
		t.Errorf("its feed is to be read anew: %+v, %v", v, err)
	}
	items := func(n string) broadsheet.FeedItem {
		return broadsheet.FeedItem{Link: "https://blog.example.com/" + n, PrivateLink: "http://localhost:4000/" + n, Title: "Retitled " + n}
	}
	if out := record(t, s, monday, blog, items("5"), items("6")); out.New != 0 || out.Reissued+out.Changed != 2 {
		t.Errorf("%+v", out)
	}
	wantSlice(t, "at its own address", backlogTitles(t, s, monday), []string{"Title 3", "Title 4", "Retitled 5"})
	all := storedByKey(t, s)
	if a := all["localhost:4000/5"]; len(all) != 6 || a.Link != "https://blog.example.com/5" {
		t.Errorf("%d articles, %+v", len(all), a)
	}
	// The same address of another blog's preview server is another article.
	other := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://other.example.org/feed"}
	if out := record(t, s, monday, other, broadsheet.FeedItem{Link: "https://other.example.org/6", PrivateLink: "http://localhost:4000/6", Title: "Another"}); out.New != 1 {
		t.Errorf("%+v", out)
	}
}
