package publish

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/config"
)

// The publication that most tests write. It has the special cases: editions before and after the end of a month, a short and
// an empty one; articles in five languages, from the backlog, from several sources, and without an excerpt.

var zurich = func() *time.Location {
	z, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		panic(err)
	}
	return z
}()

func testConfig() config.Config {
	return config.Config{
		Title: "The Daily System", Subtitle: "How real systems are built, one edition a day",
		URL: "https://daily.example/", Language: "en", Contact: "editor@daily.example", Hub: "https://hub.example/",
		Edition: broadsheet.EditionRules{Time: "06:00", Location: zurich, Size: 12, PerSource: 2},
		Topics: []config.Topic{
			{Name: "databases", Label: "Databases"}, {Name: "events", Label: "Events & queues"}, {Name: "video"},
			{Name: "C++"}, {Name: "数据库"}, {Name: "operations", Label: "Operations"},
		},
		Companies: []config.Company{{Name: "McBurger"}, {Name: "Streamline"}, {Name: "Nobody yet"}},
		Groups:    []string{"Companies", "People"},
	}
}

func testSources() []SourceStatus {
	feed := func(url, name, group, home string) SourceStatus {
		return SourceStatus{Source: broadsheet.Source{Kind: broadsheet.KindFeed, URL: url, Name: name, Group: group}, HomePage: home, Health: "fine", Articles: 214, LastPublished: at("2026-11-23T09:12:00Z")}
	}
	tech := feed("https://tech.mcburger.example/feed.xml", "McBurger Technical Blog", "Companies", "https://tech.mcburger.example/")
	tech.Company, tech.Topics = "McBurger", []string{"events"}
	ida := feed("https://ida.example/atom.xml", "Ida’s notes", "People", "https://ida.example/")
	cold := feed("https://cold.example/rss", "Cold Storage", "Companies", "")
	cold.Health, cold.Failing, cold.Articles, cold.LastPublished = "failing since 3 November: 503 from its server", true, 1, at("2026-10-28T10:00:00Z")
	list := SourceStatus{Source: broadsheet.Source{Kind: broadsheet.KindList, Name: "Picked by hand", Group: "People"}, Health: "fine", Articles: 6}
	stream := SourceStatus{Source: broadsheet.Source{Kind: broadsheet.KindPage, URL: "https://streamline.example/engineering", Name: "Streamline Engineering", Group: "Companies", Company: "Streamline", Topics: []string{"video"}}, HomePage: "https://streamline.example/engineering", Health: "fine", Articles: 48, LastPublished: at("2026-11-20T10:00:00Z")}
	return []SourceStatus{tech, stream, cold, ida, list}
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

const lorem = "Orders used to wait for one another: a slow payment held back the kitchen, and the kitchen held back the counter. " +
	"Now each step writes an event and reads what it needs. This is how the queue between them was drawn, what it does when a shop loses its line, " +
	"and why the second design was smaller than the first…"

var testPicks = []broadsheet.Pick{
	pick("https://tech.mcburger.example/events-behind-every-order", "How an order becomes twelve events before the fries are done", "McBurger Technical Blog", "https://tech.mcburger.example/feed.xml", func(p *broadsheet.Pick) {
		p.Authors, p.Topics, p.Company, p.Words = []string{"Vera Lindt", "Omar Said"}, []string{"events", "operations"}, "McBurger", 2140
		p.Also = []broadsheet.SourceLink{{SourceName: "Medium", Link: "https://medium.example/@mcburger/events?id=7&x=ü"}, {SourceName: "Hacker Weekly", Link: "https://weekly.example/212#mcburger"}}
	}),
	pick("https://streamline.example/engineering/two-seconds", "Two seconds behind live: where the time goes", "Streamline Engineering", "https://streamline.example/engineering", func(p *broadsheet.Pick) {
		p.Topics, p.Company, p.Words = []string{"video"}, "Streamline", 3200
		p.Excerpt = "A viewer sees the goal two seconds after the stadium does. We followed one frame from the camera to a phone on a train, wrote down every place where it waits, and took away the three that cost most. The largest was not the encoder, which we had blamed for years, but a buffer that nobody remembered…"
	}),
	pick("https://ida.example/2026/11/lsm", "A log-structured merge tree that fits on one page", "Ida’s notes", "https://ida.example/atom.xml", func(p *broadsheet.Pick) {
		p.Authors, p.Topics, p.Words = []string{"Ida Holm"}, []string{"databases", "C++"}, 900
		p.Excerpt = "Every explanation of LSM trees that I found begins with Bloom filters. Mine begins with a notebook: you write on the last page, and once a week you copy the week in order."
	}),
	pick("https://tech.mcburger.example/tablets", "What <b>&amp;</b> means in a template, & other things that were escaped twice", "McBurger Technical Blog", "https://tech.mcburger.example/feed.xml", func(p *broadsheet.Pick) {
		p.Topics, p.Company = []string{"operations"}, "McBurger"
		p.Excerpt = "The receipt said “Fish &amp;amp; chips”. Four services had each been right about </p> and together they were wrong."
	}),
	pick("https://ida.example/tagebuch", "Warum die Übertragungsgröße nicht zählt", "Ida’s notes", "https://ida.example/atom.xml", func(p *broadsheet.Pick) {
		p.Language, p.Backlog, p.Topics = "de-CH", true, []string{"databases"}
		p.Published = at("2019-05-02T22:30:00Z")
		p.Excerpt = "Die Größe einer Antwort ist selten der Grund, warum sie spät kommt. Gemessen an dreißig Diensten kostet der Weg zum ersten Byte achtmal so viel wie alle übrigen zusammen."
	}),
	pick("https://kuaishou.example/向量", "向量数据库的存储结构：从写入到合并", "快手技术", "https://kuaishou.example/feed", func(p *broadsheet.Pick) {
		p.Language, p.Topics = "zh-Hans", []string{"数据库"}
		p.Excerpt = "我们把写入路径拆成三段，每一段都可以单独重放。本文说明为什么合并不再阻塞查询，以及在十亿条记录上测得的结果…"
	}),
	pick("https://souq.example/kafka", "كيف نقلنا طلبات السوق إلى Kafka دون توقف", "هندسة السوق", "https://souq.example/feed", func(p *broadsheet.Pick) {
		p.Language, p.Topics, p.Backlog = "ar", []string{"events"}, true
		p.Authors = []string{"ليلى حداد"}
		p.Excerpt = "كان كل طلب ينتظر الطلب الذي قبله. في هذا المقال نشرح كيف فصلنا الخطوات، وما الذي تعطل أولاً، وكيف عرفنا أن النظام الجديد أبطأ قليلاً لكنه لا يتوقف…"
	}),
	pick("https://cold.example/2026/silent-bit-rot", "Silent bit rot in twelve thousand disks", "Cold Storage", "https://cold.example/rss", func(p *broadsheet.Pick) {
		p.Excerpt, p.Topics = "", []string{"operations", "gone from feeds.yaml"}
		p.Authors = []string{"ops@cold.example"}
	}),
}

func pick(link, title, source, id string, also func(*broadsheet.Pick)) broadsheet.Pick {
	p := broadsheet.Pick{SourceName: source, Article: broadsheet.Article{
		Key: strings.TrimPrefix(link, "https://"), Link: link, Source: id, Title: title, Excerpt: lorem, Text: strings.Repeat(lorem, 9),
	}}
	also(&p)
	return p
}

// testEditions returns the editions of the test publication, oldest first.
func testEditions() []broadsheet.Edition {
	plan := []struct {
		day   broadsheet.Day
		picks []int
		more  bool
	}{
		{"2026-10-30", []int{4, 5, 6}, false},
		{"2026-10-31", []int{7, 0, 1, 3}, false},
		{"2026-11-21", []int{2, 6, 0, 5}, true},
		{"2026-11-22", nil, false},
		{"2026-11-23", []int{1}, false},
		{"2026-11-24", []int{0, 1, 2, 3, 4, 5, 6, 7}, true},
	}
	var all []broadsheet.Edition
	for n, d := range plan {
		e := broadsheet.Edition{Day: d.day, Number: n + 1, At: dayTime(d.day).Add(5*time.Hour + 7*time.Second), Sources: 92, Waiting: 341}
		for i, w := range d.picks {
			p := testPicks[w]
			if n < len(plan)-1 { // no two editions share an article
				p.Key = fmt.Sprintf("%s/%s", p.Key, d.day)
				p.Link = fmt.Sprintf("%s?of=%s", p.Link, d.day)
				p.Title = fmt.Sprintf("%s (%s)", p.Title, dayTime(d.day).Format("2 Jan"))
			}
			if p.Published.IsZero() {
				p.Published = e.At.Add(-time.Duration(i*7+3) * time.Hour)
			}
			p.Dated = !strings.Contains(p.Key, "bit-rot")
			p.Updated, p.Seen = p.Published, e.At.Add(-time.Hour)
			e.Picks = append(e.Picks, p)
		}
		if d.more {
			e.More = []broadsheet.SourceOverflow{{SourceName: "McBurger Technical Blog", Articles: []broadsheet.SourceLink{
				{Title: "A cache that knows when lunch is", Link: "https://tech.mcburger.example/lunch"},
				{Title: "Retiring the last nightly batch", Link: "https://tech.mcburger.example/batch"},
			}}}
		}
		all = append(all, e)
	}
	return all
}

// editionSourceOf returns the input of Write for editions.
func editionSourceOf(editions []broadsheet.Edition) EditionSource {
	s := EditionSource{Sources: testSources(), Edition: func(_ context.Context, day broadsheet.Day) (broadsheet.Edition, error) {
		i := slices.IndexFunc(editions, func(e broadsheet.Edition) bool { return e.Day == day })
		if i < 0 {
			return broadsheet.Edition{}, fmt.Errorf("no edition of %s", day)
		}
		return editions[i], nil
	}}
	for _, e := range editions {
		s.Days = append(s.Days, EditionRef{e.Day, e.Number, len(e.Picks)})
	}
	return s
}

// write calls Write, and fails the test on an error.
func write(t testing.TB, dir string, config config.Config, src EditionSource) []string {
	t.Helper()
	changed, err := Write(context.Background(), dir, config, src)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}
