package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet/cmd/internal/console"
)

// post is an entry of a simulated feed.
type post struct {
	title, link, guid, author, language string
	at                                  time.Time
}

var (
	hijackStart = time.Date(2026, 1, 1, 6, 0, 0, 0, time.UTC)
	shardTitles = strings.Fields("queues caches shards replicas leases clocks quorums pages logs indexes batches windows limits budgets alarms routers racks columns threads tables")
)

// shardPosts returns what the blog of the tests wrote until a day: a post every ten days, since long before.
func shardPosts(until int) []post {
	var posts []post
	for i := range 200 {
		at := hijackStart.AddDate(0, 0, 10*i-300)
		if at.After(hijackStart.AddDate(0, 0, until)) {
			break
		}
		link := fmt.Sprintf("https://shard.example/%d", i)
		posts = append(posts, post{fmt.Sprintf("What we learnt about %s in year %d", shardTitles[i%20], i), link, link, "Ana Ruiz", "en", at})
	}
	return posts
}

// casinoPosts returns what another writes at the same address from one day to another, several a day, in the words of the
// blog's topics.
func casinoPosts(from, until int, perDay int) []post {
	var posts []post
	for n := from; n <= until; n++ {
		for k := range perDay {
			link := fmt.Sprintf("https://shard.example/win/%d-%d", n, k)
			posts = append(posts, post{fmt.Sprintf("Win with distributed %s and consensus, hand %d of day %d", shardTitles[(n+k)%20], k, n), link, link, "Lucky Admin", "en",
				hijackStart.AddDate(0, 0, n).Add(time.Duration(k-perDay) * time.Minute)})
		}
	}
	return posts
}

// shardFeed returns a feed of the newest window posts.
func shardFeed(title string, posts []post, window int) []byte {
	var b strings.Builder
	for _, p := range posts[max(0, len(posts)-window):] {
		b.WriteString(strings.ReplaceAll(rssEntry(p.title, p.link, p.guid, p.author, uniqueText(p.title), "", ""), "Mon, 23 Nov 2026 09:00:00 GMT", p.at.Format(time.RFC1123Z)))
	}
	language := "<language>en</language>"
	if len(posts) > 0 {
		language = "<language>" + posts[len(posts)-1].language + "</language>"
	}
	return []byte(strings.Replace(rssFeed(title, "https://shard.example/", "", "", b.String()), "<channel>", "<channel>"+language, 1))
}

func changedPosts(posts []post, change func(i int, p *post)) []post {
	for i := range posts {
		change(i, &posts[i])
	}
	return posts
}

// changeDay is the day on which the blog of the tests changes.
const changeDay = 60

// longLives are those of the lives that run only as long tests: the pure tests of package hijack cover their rules.
var longLives = []string{"a casino, one post after the other", "a casino under the same name", "a shop in another language, without authors", "nothing changes",
	"another name", "a suffix to its name", "a group of authors, and more of them each time", "a second language", "three posts in a week",
	"all posts, then the newest two", "the newest ten, then all posts", "an outage of weeks", "a post a day for three weeks", "silence, then posts again"}

// lives are what the feed of the blog is on the days from changeDay on.
var lives = map[string]struct {
	hijacked bool
	feed     func(n int) []byte
}{
	"a casino after weeks of a parked domain": {true, func(n int) []byte {
		if n < changeDay+20 {
			return []byte("404\n\nthis domain is for sale\n")
		}
		return shardFeed("Lucky Casino", casinoPosts(changeDay+19, n, 10), 20)
	}},
	"a casino from one day to the next":  {true, func(n int) []byte { return shardFeed("Lucky Casino", casinoPosts(changeDay-1, n, 10), 20) }},
	"a casino, one post after the other": {true, func(n int) []byte { return shardFeed("Lucky Casino", casinoPosts(changeDay, n, 1), 20) }},
	"a casino under the same name":       {true, func(n int) []byte { return shardFeed("Shards", casinoPosts(changeDay-1, n, 10), 20) }},
	"a casino between the old posts": {true, func(n int) []byte {
		return shardFeed("Shards", append(shardPosts(changeDay), casinoPosts(changeDay-2, n, 10)...), 60)
	}},
	"a shop in another language, without authors": {true, func(n int) []byte {
		return shardFeed("Shards", changedPosts(casinoPosts(changeDay-1, n, 10), func(i int, p *post) { p.author, p.language = "", "id" }), 20)
	}},

	"nothing changes":      {false, func(n int) []byte { return shardFeed("Shards", shardPosts(n), 10) }},
	"another name":         {false, func(n int) []byte { return shardFeed("The Zebra", shardPosts(n), 10) }},
	"a suffix to its name": {false, func(n int) []byte { return shardFeed("Shards | Ana Ruiz on databases", shardPosts(n), 10) }},
	"a redesign": {false, func(n int) []byte {
		return shardFeed("The Zebra", changedPosts(shardPosts(n), func(i int, p *post) {
			p.link, p.guid, p.author = fmt.Sprintf("https://shard.example/posts/%d/", i), fmt.Sprint("zebra-", i), "zebra@shard.example"
		}), 10)
	}},
	"a move to a new platform": {false, func(n int) []byte {
		return shardFeed("The Zebra", changedPosts(shardPosts(n), func(i int, p *post) {
			p.link, p.guid, p.author = fmt.Sprintf("https://zebra.example/p/%d", i), fmt.Sprint("zebra-", i), "admin"
		}), 10)
	}},
	"a group of authors, and more of them each time": {false, func(n int) []byte {
		return shardFeed("Shards", changedPosts(shardPosts(n), func(i int, p *post) {
			if p.at.After(hijackStart.AddDate(0, 0, changeDay)) {
				p.author = fmt.Sprint("Author ", i)
			}
		}), 10)
	}},
	"a second language": {false, func(n int) []byte {
		return shardFeed("Shards", changedPosts(shardPosts(n), func(i int, p *post) {
			if i%2 == 0 && p.at.After(hijackStart.AddDate(0, 0, changeDay)) {
				p.language = "es"
			}
		}), 10)
	}},
	"three posts in a week": {false, func(n int) []byte {
		return shardFeed("Shards", append(shardPosts(changeDay), anaPosts(changeDay, n, 3)...), 10)
	}},
	"a post a day for three weeks": {false, func(n int) []byte {
		return shardFeed("Shards", append(shardPosts(changeDay), anaPosts(changeDay, n, 21)...), 10)
	}},
	"all posts, then the newest two": {false, func(n int) []byte { return shardFeed("Shards", shardPosts(n), 2) }},
	"the newest ten, then all posts": {false, func(n int) []byte { return shardFeed("Shards", shardPosts(n), 1000) }},
	"silence, then posts again": {false, func(n int) []byte {
		if n < changeDay+80 {
			return shardFeed("Shards", shardPosts(changeDay), 10)
		}
		return shardFeed("Shards", append(shardPosts(changeDay), anaPosts(changeDay+75, n, 8)...), 10)
	}},
	"an outage of weeks": {false, func(n int) []byte {
		if n < changeDay+60 {
			return []byte("503\n\nlater\n")
		}
		return shardFeed("Shards", shardPosts(n), 10)
	}},
}

// anaPosts returns posts of the blog's own author, one a day from a day on.
func anaPosts(from, until, most int) []post {
	var posts []post
	for n := from; n <= until && len(posts) < most; n++ {
		link := fmt.Sprintf("https://shard.example/daily/%d", n)
		posts = append(posts, post{fmt.Sprintf("A note on day %d about %s", n, shardTitles[n%20]), link, link, "Ana Ruiz", "en", hijackStart.AddDate(0, 0, n).Add(-time.Hour)})
	}
	return posts
}

// newShardSite returns a site with the blog of the tests, which feeds.yaml does not name, and an honest neighbour.
func newShardSite(t *testing.T) *testSite {
	p := newTestSite(t)
	must(t, os.WriteFile(p.in("feeds.yaml"), []byte("edition: {size: 4, per_source: 4}\nlimits: {gap: 1ms}\nsources:\n"+
		"  - {feed: 'https://shard.example/feed', take: all}\n  - {feed: 'https://fair.example/feed', name: Fair, take: all}\n"), 0o644))
	return p
}

// runHijackDay runs the program on a day, with the feed that the blog has then.
func (p *testSite) runHijackDay(n int, feed []byte) string {
	p.Helper()
	p.web.pages["https://shard.example/feed"] = feed
	link := fmt.Sprintf("https://fair.example/%d", n)
	p.web.pages["https://fair.example/feed"] = shardFeed("Fair", []post{{fmt.Sprintf("The fair on day %d of the year", n), link, link, "Bo", "en", hijackStart.AddDate(0, 0, n)}}, 1)
	_, printed := p.hijackCall(n, "run", "--force")
	return printed
}

func (p *testSite) hijackCall(n int, args ...string) (int, string) {
	p.Helper()
	at := hijackStart.AddDate(0, 0, n).Add(time.Hour)
	p.web.now = func() time.Time { return at }
	status, printed := p.call(append(args, "--now", at.Format(time.RFC3339))...)
	if status != console.ExitDone {
		p.Fatalf("day %d: %q: exit %d\n%s", n, args, status, printed)
	}
	return status, printed
}

// publishedLinks returns the links below https://shard.example that are anywhere in the output.
func (p *testSite) publishedLinks() map[string]bool {
	p.Helper()
	links := map[string]bool{}
	must(p.T, filepath.WalkDir(p.in("public"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		for _, link := range regexp.MustCompile(`https://(shard|zebra)\.example/[a-z]*/?[0-9-]+`).FindAllString(string(text), -1) {
			links[link] = true
		}
		if strings.Contains(string(text), "Lucky Casino") && !strings.HasSuffix(path, "health.xml") {
			p.Errorf("%s names the casino", path)
		}
		return err
	}))
	return links
}

// hijackDays are the days of the runs: all around the changes, fewer before and after them.
func hijackDays(from, until int) (days []int) {
	for n := from; n <= until; n++ {
		change := n >= changeDay-1 && n < changeDay+3 || n >= changeDay+19 && n < changeDay+22 || n >= changeDay+80 && n < changeDay+82
		if n%40 == 0 || change || longMode {
			days = append(days, n)
		}
	}
	return days
}

// TestHijack plays months of a blog that somebody else takes over, or that only changes. In quarantine nothing of the
// other is published, from the first run on, and the maintainer is told once.
func TestHijack(t *testing.T) {
	for name, life := range lives {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if slices.Contains(longLives, name) {
				skipUnlessLong(t)
			}
			p := newShardSite(t)
			told := ""
			window := 10
			if strings.HasPrefix(name, "all posts") {
				window = 1000
			}
			for _, n := range hijackDays(0, changeDay-1) {
				told += p.runHijackDay(n, shardFeed("Shards", shardPosts(n), window))
			}
			for _, n := range hijackDays(changeDay, changeDay+100) {
				told += p.runHijackDay(n, life.feed(n))
			}
			_, status := p.hijackCall(changeDay+100, "status")
			if got := strings.Contains(status, "quarantined"); got != life.hijacked {
				t.Errorf("quarantined: %v\n%s\n%s", got, status, told)
			}
			if got := strings.Count(told, "may be somebody else's now"); got > 1 || got == 1 != life.hijacked {
				t.Errorf("told %d times:\n%s", got, told)
			}
			health, err := os.ReadFile(p.in("public/health.xml"))
			must(t, err)
			if strings.Contains(string(health), "Shards may be somebody else&#39;s now") != life.hijacked {
				t.Errorf("health.xml:\n%s", health)
			}
			links := p.publishedLinks()
			for link := range links {
				if strings.Contains(link, "/win/") {
					t.Errorf("%s is published", link)
				}
			}
			if !links["https://shard.example/30"] {
				t.Errorf("what was published before is gone")
			}
			if after := regexp.MustCompile(`/(daily/\d+|4[0-9])\b`); after.MatchString(strings.Join(keys(links), "\n")) == life.hijacked {
				t.Errorf("published: %v", links)
			}
		})
	}
}

func keys(set map[string]bool) (all []string) {
	for key := range set {
		all = append(all, key)
	}
	return all
}

// TestHijack_Trust has the maintainer say that the source is what it should be.
func TestHijack_Trust(t *testing.T) {
	t.Parallel()
	p := newShardSite(t)
	for _, n := range []int{0, 20, 40, changeDay - 1} {
		p.runHijackDay(n, shardFeed("Shards", shardPosts(n), 10))
	}
	for n := changeDay; n < changeDay+3; n++ {
		p.runHijackDay(n, shardFeed("Casino of Ana", casinoPosts(changeDay-1, n, 10), 20))
	}
	if _, printed := p.hijackCall(changeDay+2, "trust", "Fair"); !strings.Contains(printed, "Fair is not in quarantine; nothing was changed.") {
		t.Error(printed)
	}
	if _, printed := p.hijackCall(changeDay+2, "why", "https://shard.example/win/60-1"); !strings.Contains(printed, "its source is in quarantine") {
		t.Error(printed)
	}
	if _, printed := p.hijackCall(changeDay+2, "check", "--fix"); !strings.Contains(printed, `if it is what you want: broadsheet trust "`) {
		t.Error(printed)
	}
	if status, printed := p.call("trust", "Nobody"); status != console.ExitUsage || !strings.Contains(printed, `"Nobody" is no source's name`) {
		t.Error(status, printed)
	}
	if _, printed := p.hijackCall(changeDay+2, "trust", "shard.example"); !strings.Contains(printed, "is trusted: ") {
		t.Error(printed)
	}
	for n := changeDay + 3; n < changeDay+9; n++ {
		if printed := p.runHijackDay(n, shardFeed("Casino of Ana", casinoPosts(changeDay-1, n, 10), 20)); strings.Contains(printed, "somebody else's") {
			t.Errorf("day %d: %s", n, printed)
		}
	}
	links := strings.Join(keys(p.publishedLinks()), "\n")
	if !strings.Contains(links, "https://shard.example/win/68-") {
		t.Errorf("what came since is not published: %s", links)
	}
	health, err := os.ReadFile(p.in("public/health.xml"))
	must(t, err)
	if !strings.Contains(string(health), "is out of quarantine") {
		t.Errorf("health.xml:\n%s", health)
	}
}

// TestHijack_Rebuild loses the database while the source is in quarantine: it stays there until the maintainer ends that.
func TestHijack_Rebuild(t *testing.T) {
	t.Parallel()
	p := newShardSite(t)
	for _, n := range []int{0, 20, 40, changeDay - 1} {
		p.runHijackDay(n, shardFeed("Shards", shardPosts(n), 10))
	}
	casino := func(n int) []byte { return shardFeed("Lucky Casino", casinoPosts(changeDay-1, n, 10), 20) }
	p.runHijackDay(changeDay, casino(changeDay))
	p.runHijackDay(changeDay+1, casino(changeDay+1))
	if _, printed := p.hijackCall(changeDay+1, "check", "--online"); strings.Count(printed, "Lucky Casino") != 1 {
		t.Errorf("why it is in quarantine is not told once:\n%s", printed)
	}
	for range 2 { // what a rebuilt database publishes can be rebuilt from
		must(t, os.Remove(p.in("broadsheet.db")))
		if status, printed := p.hijackCall(changeDay+1, "rebuild"); status != 0 {
			t.Fatal(printed)
		}
		for n := changeDay + 2; n < changeDay+5; n++ {
			p.runHijackDay(n, casino(n))
		}
	}
	if _, status := p.hijackCall(changeDay+5, "status"); !strings.Contains(status, "quarantined") {
		t.Error(status)
	}
	for link := range p.publishedLinks() {
		if strings.Contains(link, "/win/") {
			t.Errorf("%s is published", link)
		}
	}
	if _, printed := p.hijackCall(changeDay+5, "trust", "shard.example"); !strings.Contains(printed, "is trusted: ") {
		t.Error(printed)
	}
	p.runHijackDay(changeDay+6, casino(changeDay+6))
	feed, err := os.ReadFile(p.in("public/atom.xml"))
	must(t, err)
	if !strings.Contains(string(feed), "https://shard.example/win/") {
		t.Errorf("nothing of what is trusted is published: %s", feed)
	}
	if _, err := os.Stat(p.in("public/withdrawn.json")); !os.IsNotExist(err) {
		t.Errorf("withdrawn.json is still there: %v", err)
	}
}

// TestHijack_Returns has the source come back by itself: what it told in between stays out, its own posts do not.
func TestHijack_Returns(t *testing.T) {
	t.Parallel()
	p := newShardSite(t)
	for _, n := range []int{0, 20, 40, changeDay - 1} {
		p.runHijackDay(n, shardFeed("Shards", shardPosts(n), 10))
	}
	for n := changeDay; n < changeDay+3; n++ {
		p.runHijackDay(n, shardFeed("Lucky Casino", casinoPosts(changeDay-1, n, 10), 20))
	}
	for n := changeDay + 3; n < changeDay+30; n++ {
		if n%5 > 0 && !longMode {
			continue
		}
		p.runHijackDay(n, shardFeed("Shards", shardPosts(n), 10))
	}
	links := p.publishedLinks()
	for link := range links {
		if strings.Contains(link, "/win/") {
			t.Errorf("%s is published", link)
		}
	}
	if !links["https://shard.example/38"] {
		t.Errorf("its own posts are not published: %v", links)
	}
	if _, status := p.hijackCall(changeDay+30, "status"); strings.Contains(status, "quarantined") {
		t.Error(status)
	}
}

// TestHijack_OtherSourceToldIt has an honest source tell an article, before or after the source in quarantine did. It is
// published through the honest one, and the other is not named.
func TestHijack_OtherSourceToldIt(t *testing.T) {
	t.Parallel()
	p := newShardSite(t)
	for _, n := range []int{0, 20, 40, changeDay - 1} {
		p.runHijackDay(n, shardFeed("Shards", shardPosts(n), 10))
	}
	shared := post{"How one consensus survived a year of quorums", "https://third.example/consensus", "x", "Lucky Admin", "en", hijackStart.AddDate(0, 0, changeDay)}
	p.runHijackDay(changeDay, shardFeed("Lucky Casino", append(casinoPosts(changeDay-1, changeDay, 10), shared), 20))
	honest := shared
	honest.title, honest.author = "A year of quorums", "Cy"
	p.web.pages["https://third.example/feed"] = shardFeed("Third", []post{honest}, 1)
	text, err := os.ReadFile(p.in("feeds.yaml"))
	must(t, err)
	must(t, os.WriteFile(p.in("feeds.yaml"), append(text, "  - {feed: 'https://third.example/feed', name: Third, take: all}\n"...), 0o644))
	for n := changeDay + 1; n < changeDay+4; n++ {
		copied := post{fmt.Sprintf("The fair on day %d of the year", n), fmt.Sprintf("https://shard.example/win/%d-99", n), "copy", "Lucky Admin", "en", hijackStart.AddDate(0, 0, n)}
		p.runHijackDay(n, shardFeed("Lucky Casino", append(casinoPosts(changeDay-1, n, 10), shared, copied), 20))
	}
	atom, err := os.ReadFile(p.in("public/atom.xml"))
	must(t, err)
	if !strings.Contains(string(atom), "A year of quorums") || strings.Contains(string(atom), "How one consensus survived") {
		t.Errorf("atom.xml:\n%s", atom)
	}
	if _, printed := p.hijackCall(changeDay+3, "why", "https://shard.example/win/63-99"); !strings.Contains(printed, "https://fair.example/63") {
		t.Errorf("the copy is not in the story of its original:\n%s", printed)
	}
	for link := range p.publishedLinks() {
		if strings.Contains(link, "/win/") {
			t.Errorf("%s is published", link)
		}
	}
}

// TestHijack_WithoutProfile has a database from before there were profiles: the stored articles are what the source is
// compared with.
func TestHijack_WithoutProfile(t *testing.T) {
	t.Parallel()
	p := newShardSite(t)
	for _, n := range []int{0, 20, 40, changeDay - 1} {
		p.runHijackDay(n, shardFeed("Shards", shardPosts(n), 10))
	}
	db, err := sql.Open("sqlite", p.in("broadsheet.db"))
	must(t, err)
	_, err = db.Exec("DELETE FROM profile")
	must(t, err)
	must(t, db.Close())
	printed := p.runHijackDay(changeDay, shardFeed("Lucky Casino", casinoPosts(changeDay-1, changeDay, 10), 20))
	if !strings.Contains(printed, "may be somebody else's now") {
		t.Error(printed)
	}
}
