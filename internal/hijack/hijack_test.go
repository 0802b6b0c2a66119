package hijack_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/hijack"
)

var start = time.Date(2026, 1, 1, 6, 0, 0, 0, time.UTC)

// posts returns items of an author, one every some days before an end, oldest first.
func posts(host, author string, count int, every time.Duration, end time.Time) []broadsheet.FeedItem {
	var items []broadsheet.FeedItem
	for i := range count {
		at := end.Add(-every * time.Duration(count-1-i))
		link := fmt.Sprintf("https://%s/%s/%d", host, strings.ReplaceAll(author, " ", "-"), at.Unix())
		item := broadsheet.FeedItem{GUID: link, Link: link, Title: fmt.Sprintf("A title by %s of %s", author, at.Format(time.DateTime)), Published: at, Language: "en"}
		if author != "" {
			item.Authors = []string{author}
		}
		items = append(items, item)
	}
	return items
}

func changed(items []broadsheet.FeedItem, change func(i int, item *broadsheet.FeedItem)) []broadsheet.FeedItem {
	for i := range items {
		change(i, &items[i])
	}
	return items
}

// TestNext has a source of ten weekly posts, and another document of it a day later.
func TestNext(t *testing.T) {
	end := start.Add(day)
	week := 7 * day
	ana := func() []broadsheet.FeedItem { return posts("ana.example", "Ana Ruiz", 10, week, start) }
	lucky := func(n int, every time.Duration) []broadsheet.FeedItem {
		return posts("ana.example", "Lucky", n, every, end)
	}
	for name, c := range map[string]struct {
		title    string
		items    []broadsheet.FeedItem
		restored bool
		signs    []string // parts of the reason; none: it is not in quarantine
	}{
		"the same":                       {"Shards", ana(), false, nil},
		"another name":                   {"Zebra", ana(), false, nil},
		"another name and one post left": {"Zebra", append(ana()[9:], lucky(3, time.Hour)...), false, nil},
		"another name, all articles gone": {"Zebra", lucky(3, time.Hour), false,
			[]string{`it calls itself "Zebra"; it was "Shards"`, "none of the 10 articles that it had before is in it", "all its authors are others: lucky; they were ana ruiz"}},
		"all articles gone, nothing else":  {"Shards", posts("ana.example", "Ana Ruiz", 2, time.Hour, end), false, nil},
		"no title, no articles, no author": {"", changed(lucky(3, time.Hour), func(i int, item *broadsheet.FeedItem) { item.Authors = nil }), false, nil},
		"too few to know its author":       {"Shards", append(ana(), lucky(2, time.Hour)...), false, nil},
		"a burst by its author":            {"Shards", append(ana(), posts("ana.example", "Ana Ruiz", 30, 30*time.Minute, end)...), false, nil},
		"a burst by another": {"Shards", append(ana(), lucky(30, 30*time.Minute)...), false,
			[]string{"all its authors are others: lucky", "30 articles came within"}},
		"nine are no burst": {"Shards", append(ana(), lucky(9, time.Hour)...), false, nil},
		"another's links and language": {"Shards", append(ana(), changed(posts("casino.example", "Ana Ruiz", 3, time.Hour, end),
			func(i int, item *broadsheet.FeedItem) { item.Language = "id" })...), false,
			[]string{"all its links lead to casino.example; they led to ana.example", "another language: id; it was in en"}},
		"a move": {"Zebra", changed(ana(), func(i int, item *broadsheet.FeedItem) {
			item.Link, item.GUID, item.Authors, item.Language = fmt.Sprintf("https://zebra.example/%d", i), fmt.Sprint(i), []string{"admin"}, "es"
		}), false, nil},
		"links used again for other articles": {"Zebra", changed(lucky(10, time.Hour), func(i int, item *broadsheet.FeedItem) { item.Link, item.GUID = ana()[i].Link, ana()[i].GUID }), false,
			[]string{"it calls itself", "authors"}},
		"empty":         {"Zebra", nil, false, nil},
		"its own posts": {"Shards", posts("ana.example", "Ana Ruiz", 10, 2*time.Hour, end), false, nil},
	} {
		p, why := hijack.Profile{}.Next(hijack.NewDocument(source, "Shards", ana(), start, false))
		if why != "" {
			t.Fatal(why)
		}
		p = reread(t, p)
		_, why = p.Next(hijack.NewDocument(source, c.title, c.items, end, c.restored))
		if (why != "") != (len(c.signs) > 0) {
			t.Errorf("%s: %q", name, why)
		}
		for _, sign := range c.signs {
			if !strings.Contains(why, sign) {
				t.Errorf("%s: %q, want %q", name, why, sign)
			}
		}
	}
}

var source = broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://ana.example/feed"}

// reread returns the profile as the store keeps it.
func reread(t *testing.T, p hijack.Profile) (out hijack.Profile) {
	t.Helper()
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > 32<<10 {
		t.Errorf("the profile has %d bytes", len(data))
	}
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestNext_SignsThatComeOneAfterAnother has one sign at first, and another while the first one is remembered, or later.
func TestNext_SignsThatComeOneAfterAnother(t *testing.T) {
	for _, c := range []struct {
		after  time.Duration
		hijack bool
	}{{10 * day, true}, {100 * day, false}} {
		p := hijack.Learn(hijack.NewDocument(source, "Shards", posts("ana.example", "Ana Ruiz", 10, 7*day, start), start, false))
		first := posts("ana.example", "Lucky", 1, day, start.Add(day)) // its articles are gone
		p, why := p.Next(hijack.NewDocument(source, "Shards", first, start.Add(day), false))
		if why != "" {
			t.Fatal(why)
		}
		for at := start.Add(2 * day); at.Before(start.Add(c.after)); at = at.Add(day) {
			if p, why = p.Next(hijack.NewDocument(source, "Shards", first, at, false)); why != "" {
				t.Fatal(why)
			}
		}
		_, why = p.Next(hijack.NewDocument(source, "Shards", append(first, posts("ana.example", "Lucky", 2, day, start.Add(c.after))...), start.Add(c.after), false))
		if (why != "") != c.hijack {
			t.Errorf("after %v: %q", c.after, why)
		}
	}
}

// TestReturned compares documents with the profile from before a quarantine.
func TestReturned(t *testing.T) {
	ana := posts("ana.example", "Ana Ruiz", 10, 7*day, start)
	p := hijack.Learn(hijack.NewDocument(source, "Shards", ana, start, false))
	end := start.Add(20 * day)
	for name, c := range map[string]struct {
		title string
		items []broadsheet.FeedItem
		want  bool
	}{
		"as it was":               {"Shards", ana, true},
		"with a new post":         {"Shards", append(ana[2:len(ana):len(ana)], posts("ana.example", "Ana Ruiz", 1, day, end)...), true},
		"with a post of another":  {"Shards", append(ana[2:len(ana):len(ana)], posts("ana.example", "Lucky", 1, day, end)...), false},
		"its posts, another name": {"Lucky", ana, false},
		"another's posts":         {"Shards", posts("ana.example", "Lucky", 3, day, end), false},
		"empty":                   {"Shards", nil, false},
	} {
		if got := p.Returned(hijack.NewDocument(source, c.title, c.items, end, false)); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestNext_LinkBlog has a source whose links lead elsewhere each time, by another author each time: those are no sign.
func TestNext_LinkBlog(t *testing.T) {
	links := func(from, to int) []broadsheet.FeedItem {
		return changed(posts("links.example", "", to-from, day, start.AddDate(0, 0, to)), func(i int, item *broadsheet.FeedItem) {
			item.Link, item.GUID, item.Authors = fmt.Sprintf("https://site%d.example/%d", from+i, i), fmt.Sprint(from+i), []string{fmt.Sprint("author ", from+i)}
		})
	}
	p := hijack.Learn(hijack.NewDocument(source, "Links", links(0, 20), start.AddDate(0, 0, 20), false))
	if _, why := p.Next(hijack.NewDocument(source, "Other Links", links(20, 40), start.AddDate(0, 0, 40), false)); why != "" {
		t.Error(why)
	}
}

// TestNext_GroupBlog has a blog whose many authors take turns: another author is no sign, however often that one writes.
func TestNext_GroupBlog(t *testing.T) {
	group := changed(posts("ana.example", "", 20, 7*day, start), func(i int, item *broadsheet.FeedItem) { item.Authors = []string{fmt.Sprint("author ", i%5)} })
	p := hijack.Learn(hijack.NewDocument(source, "Shards", group, start, false))
	if _, why := p.Next(hijack.NewDocument(source, "Shards", append(group, posts("ana.example", "Guest", 20, time.Hour, start.Add(day))...), start.Add(day), false)); why != "" {
		t.Error(why)
	}
}

// TestNext_Sitemap has a sitemap whose site moves to another host: its links are all that it has, and all change.
func TestNext_Sitemap(t *testing.T) {
	sitemap := broadsheet.Source{Kind: broadsheet.KindSitemap, URL: "https://ana.example/sitemap.xml"}
	bare := func(host, slug string) []broadsheet.FeedItem {
		return changed(posts(host, "", 10, day, start), func(i int, item *broadsheet.FeedItem) {
			*item = broadsheet.FeedItem{Link: fmt.Sprintf("https://%s/%s-%d", host, slug, i)}
		})
	}
	p := hijack.Learn(hijack.NewDocument(sitemap, "", bare("ana.example", "a-post-of-some-length"), start, false))
	if _, why := p.Next(hijack.NewDocument(sitemap, "", bare("zebra.example", "another-address-of-it"), start.Add(day), false)); why != "" {
		t.Error(why)
	}
}

// TestNewDocument_Resembles compares names.
func TestNewDocument_Resembles(t *testing.T) {
	ana := posts("ana.example", "", 10, 7*day, start)
	other := posts("ana.example", "", 2, time.Hour, start.Add(day))
	for _, c := range []struct {
		was, now string
		same     bool
	}{
		{"Netflix TechBlog", "Netflix Technology Blog", true},
		{"Ana's Blog", "Lucky Casino Blog", false},
		{"The Blog", "The News", true},
		{"janedoe.com", "Jane Doe", true},
		{"Shards", "Shards – all about databases", true},
		{"美团技术团队", "美团技术博客", true},
		{"美团技术团队", "幸运赌场", false},
		{"Engineering at Meta", "Facebook Engineering", false},
		{"", "Anything", true},
	} {
		p := hijack.Learn(hijack.NewDocument(source, c.was, ana, start, false))
		_, why := p.Next(hijack.NewDocument(source, c.now, other, start.Add(day), false)) // its articles are gone: one sign
		if (why == "") != c.same {
			t.Errorf("%q, %q: %q", c.was, c.now, why)
		}
	}
}

// FuzzNext plays documents of random entries: nothing panics, and the profile stays small.
func FuzzNext(f *testing.F) {
	f.Add([]byte("abcabcabdabe"), "Shards", "Casino")
	f.Fuzz(func(t *testing.T, data []byte, was, now string) {
		var p hijack.Profile
		for i, title := range []string{was, was, now, now} {
			at := start.AddDate(0, 0, 10*i)
			var items []broadsheet.FeedItem
			for k, b := range data[min(len(data), i*len(data)/4):] {
				items = append(items, broadsheet.FeedItem{Title: strings.Repeat(string(rune(b)), int(b)%20), Link: fmt.Sprintf("https://h%d.example/%d", b%5, b), GUID: fmt.Sprint(k % 7),
					Authors: []string{fmt.Sprint(b % 3)}, Published: at.Add(-time.Duration(b) * time.Hour)})
			}
			doc := hijack.NewDocument(source, title, items, at, i%2 == 1)
			p.Returned(doc)
			p, _ = p.Next(doc)
			reread(t, p)
		}
	})
}
