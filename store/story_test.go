package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/config"
	"broadsheet/internal/link"
)

var (
	medium = broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://medium.com/feed/@ann", Name: "Ann"}
	planet = broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://planet.example.org/atom.xml", Name: "Planet"}
	links  = broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://news.example.net/rss", Name: "News"}
)

var plainWords = strings.Fields(`The queue keeps its order because each writer waits for the one before it and knows that it is waited for
	that is all there was to see after two years of looking in this post we tell how what failed at night would be done today`)

// randomText returns n words, the same for the same seed.
func randomText(seed uint64, n int) string {
	r := rand.New(rand.NewPCG(seed, 3))
	var b strings.Builder
	for range n {
		fmt.Fprintf(&b, "%s%d ", plainWords[r.IntN(len(plainWords))], r.IntN(50))
	}
	return strings.TrimSpace(b.String())
}

// textItem returns a feed item with a text.
func textItem(link, title, text string) broadsheet.FeedItem {
	return broadsheet.FeedItem{GUID: link, Link: link, Title: title, Published: monday.Add(-time.Hour), Content: text}
}

// storyLinks returns the links of each story, by the link of its canonical article.
func storyLinks(t testing.TB, s *Store) map[string][]string {
	t.Helper()
	all := storedByKey(t, s)
	out := map[string][]string{}
	for _, a := range all {
		speaks := all[a.Story].Link
		out[speaks] = append(out[speaks], a.Link)
	}
	for _, links := range out {
		slices.Sort(links)
	}
	return out
}

const (
	original   = "https://blog.example.com/queues"
	syndicated = "https://medium.com/@ann/queues-0123456789ab"
	planetCopy = "https://planet.example.org/entry/77"
	queues     = "How a queue keeps its order"
)

func TestStory_OneWorkAtThreeAddresses(t *testing.T) {
	text := randomText(1, 300)
	records := []func(*testing.T, *Store, time.Time){
		func(t *testing.T, s *Store, now time.Time) { record(t, s, now, blog, textItem(original, queues, text)) },
		func(t *testing.T, s *Store, now time.Time) {
			record(t, s, now, medium, textItem(syndicated, queues+" – Medium", text))
		},
		func(t *testing.T, s *Store, now time.Time) {
			record(t, s, now, planet, textItem(planetCopy, queues, strings.Join(strings.Fields(text)[:60], " ")+" […]"))
		},
		func(t *testing.T, s *Store, now time.Time) {
			record(t, s, now, links, textItem(original, queues+" (2026)", "Comments"))
		},
	}
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}, {3, 0, 1, 2}, {1, 2, 3, 0}} {
		s := open(t, dbPath(t))
		for i, which := range order {
			records[which](t, s, monday.Add(time.Duration(i)*time.Minute))
		}
		got := storyLinks(t, s)
		if len(got) != 1 || len(got[original]) != 3 {
			t.Errorf("recorded in the order %v: %v", order, got)
		}
	}
}

func TestStory_ShownArticleIsCanonical(t *testing.T) {
	text := randomText(1, 300)
	s := open(t, dbPath(t))
	record(t, s, monday, medium, textItem(syndicated, queues, text))
	publish(t, s, "2026-11-23")
	record(t, s, monday.Add(day), blog, textItem(original, queues, text))
	if got := storyLinks(t, s); len(got[syndicated]) != 2 {
		t.Errorf("%v", got)
	}
	if left := backlog(t, s); len(left) != 0 {
		t.Errorf("its original waits to be shown: %v", left)
	}
	d, err := s.ArticleDetail(ctx, original)
	if err != nil || d.Shown != "2026-11-23" {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestStory_ManualJoinKeepsTheShownArticleCanonical(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, medium, textItem(syndicated, "Inside our queue", randomText(1, 300)))
	publish(t, s, "2026-11-23")
	record(t, s, monday.Add(day), blog, textItem(original, queues, randomText(2, 300)))
	if left := backlog(t, s); len(left) != 1 {
		t.Fatal(left)
	}
	if err := s.SetStoryRules(ctx, monday.Add(day), config.StoryRules{Join: [][]string{{original, syndicated}}}); err != nil {
		t.Fatal(err)
	}
	if got := storyLinks(t, s); len(got[syndicated]) != 2 {
		t.Errorf("%v", got)
	}
	if left := backlog(t, s); len(left) != 0 {
		t.Errorf("%d wait", len(left))
	}
}

func TestStory_OwnSiteIsCanonicalBeforeAMirror(t *testing.T) {
	text, mirror := randomText(1, 300), "https://mirror.example.io/queues"
	s := open(t, dbPath(t))
	record(t, s, monday, links, textItem(mirror, queues, text))
	record(t, s, monday.Add(time.Hour), blog, textItem(original, queues, text))
	if got := storyLinks(t, s); len(got[original]) != 2 {
		t.Errorf("%v", got)
	}
}

func TestStory_AlternateTextFindsCopies(t *testing.T) {
	text := randomText(1, 120)
	s := open(t, dbPath(t))
	record(t, s, monday, links, textItem(original, queues, "Comments"))
	record(t, s, monday.Add(time.Hour), planet, textItem(original, queues, text))
	record(t, s, monday.Add(2*time.Hour), medium, textItem(syndicated, queues, text))
	if got := storyLinks(t, s); len(got) != 1 {
		t.Errorf("%v", got)
	}
	if a := storedByKey(t, s)[link.Key(original)]; a.Text != "Comments" {
		t.Errorf("a stranger's text became its own: %q", a.Text)
	}
}

func TestStory_ArticleJoinsTheOneAtItsNewLink(t *testing.T) {
	const moved = "https://blog.example.com/2026/queues"
	s := open(t, dbPath(t))
	first := textItem(original, queues, "")
	record(t, s, monday, blog, first)
	record(t, s, monday.Add(time.Hour), links, textItem(moved, queues, ""))
	first.Link = moved
	record(t, s, monday.Add(2*time.Hour), blog, first)
	one, err := s.ArticleDetail(ctx, original)
	if err != nil {
		t.Fatal(err)
	}
	if other, err := s.ArticleDetail(ctx, moved); err != nil || other.Article.Story != one.Article.Story {
		t.Errorf("%q and %q, %v", one.Article.Story, other.Article.Story, err)
	}
}

// The maintainer wants nothing of the site that published the original, and everything of one that copies it.
func TestStory_WantedCopyIsCanonicalBeforeAnUnwantedOriginal(t *testing.T) {
	text := randomText(1, 300)
	for _, first := range []broadsheet.Source{blog, planet} {
		s := open(t, dbPath(t))
		for _, src := range map[bool][]broadsheet.Source{true: {blog, planet}, false: {planet, blog}}[first.Name == blog.Name] {
			record(t, s, monday, src, textItem(map[string]string{blog.Name: original, planet.Name: planetCopy}[src.Name], queues, text))
		}
		if _, err := scoreBy(s, monday, "planet alone", func(a broadsheet.Article) (float64, bool) { return 1, a.Source == planet.ID() }); err != nil {
			t.Fatal(err)
		}
		if got := storyLinks(t, s); len(got[planetCopy]) != 2 {
			t.Errorf("%s reported it first: %v", first.Name, got)
		}
		if left, err := s.Backlog(ctx, 9, 9); err != nil || len(left) != 1 {
			t.Errorf("%v, %v", left, err)
		}
		publish(t, s, "2026-11-23")
		if left := backlog(t, s); len(left) != 0 {
			t.Errorf("%d wait after it was shown", len(left))
		}
	}
}

func TestStory_Evidence(t *testing.T) {
	text := randomText(1, 300)
	s := open(t, dbPath(t))
	record(t, s, monday, blog, textItem(original, queues, text))
	record(t, s, monday, medium, textItem(syndicated, queues, text))
	for address, other := range map[string]string{original: syndicated, syndicated: original} {
		d, err := s.ArticleDetail(ctx, address)
		if err != nil || !strings.HasPrefix(d.Evidence, "text, same title 1.00: ") || !strings.HasSuffix(d.Evidence, other) {
			t.Errorf("%s: %q, %v", address, d.Evidence, err)
		}
		if d.Article.Story != link.Key(original) {
			t.Errorf("%s is of story %q", address, d.Article.Story)
		}
	}
}

func TestStory_DifferentWorksStayApart(t *testing.T) {
	text := randomText(1, 200)
	preamble := randomText(7, 60)
	for name, items := range map[string][]broadsheet.FeedItem{
		"parts of a series": {textItem("https://blog.example.com/1", "Queues, part 1", preamble), textItem("https://blog.example.com/2", "Queues, part 2", preamble)},
		"one title":         {textItem("https://blog.example.com/1", "Weekly update", text), textItem("https://blog.example.com/2", "Weekly update", randomText(2, 200))},
		"no text":           {textItem("https://blog.example.com/1", "Links", ""), textItem("https://blog.example.com/2", "Links", "")},
		"one word":          {textItem("https://blog.example.com/1", "Tests in C#", text), textItem("https://blog.example.com/2", "Tests in F#", text)},
	} {
		s := open(t, dbPath(t))
		for i, e := range items {
			record(t, s, monday.Add(time.Duration(i)*day), blog, e)
		}
		if got := storyLinks(t, s); len(got) != 2 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// The text of a template is detected when three stories contain it; the first two may be taken for one story.
func TestStory_TemplateTextIsNoEvidence(t *testing.T) {
	template := randomText(7, 110)
	s := open(t, dbPath(t))
	for i := range 5 {
		record(t, s, monday, broadsheet.Source{Kind: broadsheet.KindFeed, URL: fmt.Sprintf("https://site%d.example/feed", i)},
			textItem(fmt.Sprintf("https://site%d.example/1", i), fmt.Sprintf("News number %d", i), template+" "+randomText(uint64(20+i), 40)))
	}
	for i := range 2 {
		update := textItem(fmt.Sprintf("https://blog.example.com/%d", i), "Weekly update", template+" "+randomText(uint64(30+i), 40))
		update.Published = time.Time{}
		record(t, s, monday.Add(day), blog, update)
	}
	if got := storyLinks(t, s); len(got) != 7 {
		t.Errorf("%v", got)
	}
}

func TestStory_RedirectsAndCanonicalLinks(t *testing.T) {
	page := func(t *testing.T, s *Store, address string, p broadsheet.Page) {
		t.Helper()
		if err := s.SetPages(ctx, monday.Add(time.Hour), PageResult{Key: link.Key(address), Page: p}); err != nil {
			t.Fatal(err)
		}
	}
	short := "https://go.example.info/x7"
	for name, c := range map[string]struct {
		items broadsheet.FeedItem
		page  broadsheet.Page
		want  int // stories
	}{
		"a redirect":                            {textItem(short, queues, ""), broadsheet.Page{URL: original + "?utm_source=x"}, 1},
		"a redirect to another work":            {textItem(short, "Caches that forget", ""), broadsheet.Page{URL: original, Title: queues}, 2},
		"a redirect to a front page":            {textItem(short, queues, ""), broadsheet.Page{URL: "https://blog.example.com/"}, 2},
		"a canonical link within the site":      {textItem("https://blog.example.com/?p=7", queues, ""), broadsheet.Page{URL: "https://blog.example.com/?p=7", Canonical: original}, 1},
		"one from a platform":                   {textItem(syndicated, queues, ""), broadsheet.Page{URL: syndicated, Canonical: original}, 1},
		"one to another site":                   {textItem("https://evil.example.net/1", queues, ""), broadsheet.Page{URL: "https://evil.example.net/1", Canonical: original}, 2},
		"one that every page of the site names": {textItem("https://blog.example.com/caches", "Caches that forget", ""), broadsheet.Page{URL: "https://blog.example.com/caches", Canonical: original}, 2},
		"a block page with a canonical link":    {textItem(syndicated, queues, ""), broadsheet.Page{URL: syndicated, Canonical: original, BlockPage: "login"}, 2},
	} {
		for _, before := range []bool{true, false} { // the original is reported before the page is read, or after
			s := open(t, dbPath(t))
			if before {
				record(t, s, monday, blog, textItem(original, queues, randomText(1, 200)))
			}
			record(t, s, monday, links, c.items)
			page(t, s, c.items.Link, c.page)
			if !before {
				record(t, s, monday.Add(day), blog, textItem(original, queues, randomText(1, 200)))
			}
			if got := storyLinks(t, s); len(got) != c.want {
				t.Errorf("%s, reported before: %v: %v", name, before, got)
			} else if c.want == 1 && len(got[original]) != 2 {
				t.Errorf("%s: the original is not canonical: %v", name, got)
			}
		}
	}
}

func TestStory_ManyRedirectsToOnePage(t *testing.T) {
	s := open(t, dbPath(t))
	for i := range 6 {
		address := fmt.Sprintf("https://blog.example.com/%d", i)
		record(t, s, monday, blog, textItem(address, fmt.Sprintf("%s %s %s", plainWords[3*i], plainWords[3*i+1], plainWords[3*i+2]), ""))
		if err := s.SetPages(ctx, monday, PageResult{Key: link.Key(address), Page: broadsheet.Page{URL: "https://blog.example.com/consent", Canonical: "https://blog.example.com/all"}}); err != nil {
			t.Fatal(err)
		}
	}
	if got := storyLinks(t, s); len(got) != 6 {
		t.Errorf("%v", got)
	}
}

func TestStory_ManualRulesOverrideEvidence(t *testing.T) {
	text := randomText(1, 300)
	other := "https://other.example.com/caches"
	rules := func(t *testing.T, s *Store, r config.StoryRules) {
		t.Helper()
		if err := s.SetStoryRules(ctx, monday, r); err != nil {
			t.Fatal(err)
		}
	}
	split := config.StoryRules{Split: [][]string{{original, syndicated + "?source=rss"}}}
	join := config.StoryRules{Join: [][]string{{"http://www.other.example.com/caches/", original}}}
	recordAll := func(t *testing.T, s *Store) {
		record(t, s, monday, blog, textItem(original, queues, text))
		record(t, s, monday, medium, textItem(syndicated, queues, text))
		record(t, s, monday, planet, textItem(other, "Caches", randomText(2, 300)))
	}
	for name, c := range map[string]struct {
		rules config.StoryRules
		want  map[string]string // link to the link of its canonical article
	}{
		"no rules": {config.StoryRules{}, map[string]string{original: original, syndicated: original, other: other}},
		"split":    {split, map[string]string{original: original, syndicated: syndicated, other: other}},
		"joined":   {join, map[string]string{original: original, syndicated: original, other: original}},
		"both":     {config.StoryRules{Join: join.Join, Split: split.Split}, map[string]string{original: original, syndicated: syndicated, other: original}},
	} {
		check := func(t *testing.T, s *Store, when string) {
			t.Helper()
			all := storedByKey(t, s)
			for _, a := range all {
				if got := all[a.Story].Link; got != c.want[a.Link] {
					t.Errorf("%s, %s: %s is canonical for %s, want %s", name, when, got, a.Link, c.want[a.Link])
				}
			}
		}
		s := open(t, dbPath(t))
		rules(t, s, c.rules)
		recordAll(t, s)
		check(t, s, "rules first")
		s = open(t, dbPath(t))
		recordAll(t, s)
		rules(t, s, c.rules)
		check(t, s, "rules later")
		recordAll(t, s)
		check(t, s, "recorded again")
		rules(t, s, config.StoryRules{Join: [][]string{{syndicated, other}}, Split: [][]string{{original, other}}})
		rules(t, s, c.rules)
		check(t, s, "rules removed and added again")
	}
}

func TestStory_RemovedManualRuleRestoresEvidence(t *testing.T) {
	text := randomText(1, 300)
	path := dbPath(t)
	s := open(t, path)
	record(t, s, monday, blog, textItem(original, queues, text))
	record(t, s, monday, medium, textItem(syndicated, queues, text))
	for _, c := range []struct {
		rules   config.StoryRules
		stories int
	}{{config.StoryRules{Split: [][]string{{original, syndicated}}}, 2}, {config.StoryRules{}, 1}} {
		if err := s.SetStoryRules(ctx, monday, c.rules); err != nil {
			t.Fatal(err)
		}
		if got := storyLinks(t, s); len(got) != c.stories {
			t.Errorf("%+v: %v", c.rules, got)
		}
	}
	other := "https://other.example.com/caches"
	record(t, s, monday, planet, textItem(other, "Caches", randomText(2, 300)))
	for _, c := range []struct {
		rules   config.StoryRules
		stories int
	}{{config.StoryRules{Join: [][]string{{original, other}}}, 1}, {config.StoryRules{}, 2}, {config.StoryRules{Split: [][]string{{original, syndicated}}}, 3}} {
		if err := s.SetStoryRules(ctx, monday, c.rules); err != nil {
			t.Fatal(err)
		}
		if got := storyLinks(t, s); len(got) != c.stories {
			t.Errorf("%+v: %v", c.rules, got)
		}
	}
	s.Close()
	s = open(t, path) // the rules are still known when SetStoryRules is not called
	record(t, s, monday.Add(day), planet, textItem(planetCopy, queues, text))
	if got := storyLinks(t, s); len(got) != 3 {
		t.Errorf("%v", got)
	}
}

func TestStory_HostileSourceCannotHideOrChangeAnArticle(t *testing.T) {
	evil := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://evil.example.net/feed", Name: "Evil"}
	text := randomText(1, 300)
	good := textItem(original, queues, text)
	old := time.Date(1991, 1, 1, 0, 0, 0, 0, time.UTC)
	lies := map[string]func(t *testing.T, s *Store, now time.Time){
		"a copy with an older date": func(t *testing.T, s *Store, now time.Time) {
			lie := textItem("https://evil.example.net/1", queues, text)
			lie.Published = old
			record(t, s, now, evil, lie)
		},
		"its link with another work's text": func(t *testing.T, s *Store, now time.Time) {
			record(t, s, now, planet, textItem("https://planet.example.org/other", "Another work", randomText(5, 300)))
			record(t, s, now, evil, textItem(original, queues, randomText(5, 300)))
		},
		"its guid": func(t *testing.T, s *Store, now time.Time) {
			lie := textItem("https://evil.example.net/1", "You have won", randomText(6, 50))
			lie.GUID = good.GUID
			record(t, s, now, evil, lie)
		},
		"its address as a canonical link": func(t *testing.T, s *Store, now time.Time) {
			record(t, s, now, evil, textItem("https://evil.example.net/1", queues, randomText(6, 300)))
			if err := s.SetPages(ctx, now, PageResult{Key: "evil.example.net/1", Page: broadsheet.Page{URL: "https://evil.example.net/1", Canonical: original}}); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, lie := range lies {
		s := open(t, dbPath(t))
		record(t, s, monday, blog, good)
		before := storedByKey(t, s)[link.Key(original)]
		lie(t, s, monday.Add(2*day))
		after := storedByKey(t, s)[link.Key(original)]
		if fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("%s: it was dated %s and its story is %s", name, after.Published, after.Story)
		}
		if left := backlog(t, s); !slices.ContainsFunc(left, func(a broadsheet.Article) bool { return a.Link == original }) {
			t.Errorf("%s: it is hidden, and %d others wait", name, len(left))
		}
	}
}

func TestStory_IndependentOfArrivalOrder(t *testing.T) {
	var items []struct {
		src broadsheet.Source
		s   broadsheet.FeedItem
	}
	add := func(src broadsheet.Source, s broadsheet.FeedItem) {
		items = append(items, struct {
			src broadsheet.Source
			s   broadsheet.FeedItem
		}{src, s})
	}
	for i := range 6 {
		title, text := fmt.Sprintf("%s %s on day %d", plainWords[5*i], plainWords[5*i+4], i), randomText(uint64(i), 200)
		add(blog, textItem(fmt.Sprintf("https://blog.example.com/%d", i), title, text))
		add(medium, textItem(fmt.Sprintf("https://medium.com/@ann/x-0123456789a%d", i), title, text))
		add(planet, textItem(fmt.Sprintf("https://planet.example.org/%d", i), title, strings.Join(strings.Fields(text)[:70], " ")))
	}
	var want string
	for seed := range uint64(4) {
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
		s := open(t, dbPath(t))
		for _, x := range items {
			record(t, s, monday, x.src, x.s)
		}
		got := fmt.Sprint(storyLinks(t, s))
		if want == "" {
			want = got
		}
		if got != want || len(storyLinks(t, s)) != 6 {
			t.Errorf("shuffled by %d: %s\nwant %s", seed, got, want)
		}
	}
}

func TestArrivals_LabelsByStory(t *testing.T) {
	text := randomText(1, 120)
	line := func(id, feed, link, title, text, final string) string {
		b, _ := json.Marshal(map[string]string{"id": id, "feed": feed, "guid": link, "link": link, "final_url": final, "canonical": "", "title": title, "summary": "", "text": text, "published": "Mon, 23 Nov 2026 05:00:00 GMT"})
		return string(b) + "\n"
	}
	in := line("a", "blog.example.com/https://blog.example.com/feed", original, queues, text, "") +
		line("b", "medium", syndicated, queues, text, "") +
		line("c", "proxy", "https://feedproxy.example/~3/abc", queues, "", original+"?utm_source=feedburner") +
		line("d", "blog", "https://blog.example.com/caches", "Caches that forget", randomText(2, 120), "")
	var out bytes.Buffer
	if err := Arrivals(ctx, open(t, dbPath(t)), monday, strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	var labels map[string]string
	if err := json.Unmarshal(out.Bytes(), &labels); err != nil {
		t.Fatal(err)
	}
	if len(labels) != 4 || labels["a"] != labels["b"] || labels["a"] != labels["c"] || labels["a"] == labels["d"] {
		t.Errorf("%v", labels)
	}
	if err := Arrivals(ctx, open(t, dbPath(t)), monday, strings.NewReader(in+"{"), &out); err == nil {
		t.Error("half a line is not an arrival")
	}
}

// BenchmarkArrivals records works of 150 words, a third of which are reported again elsewhere.
func BenchmarkArrivals(b *testing.B) {
	s := open(b, dbPath(b))
	var in bytes.Buffer
	enc := json.NewEncoder(&in)
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		for j := range 1000 {
			n := uint64(1000*i + j - j%3/2)
			enc.Encode(map[string]string{"id": fmt.Sprint(i, j), "feed": fmt.Sprintf("site%d.example", n%200+uint64(j%3/2)),
				"link": fmt.Sprintf("https://site%d.example/%d-%d", n%200, n, j), "title": fmt.Sprint("The work that has the number ", n), "text": randomText(n, 150)})
		}
		b.StartTimer()
		if err := Arrivals(ctx, s, monday, &in, io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "arrivals/s")
}
