package store

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/link"
)

// grownStore returns the path of a database with n articles, their signatures, and up to 3,000 editions. It is built
// once and left in the temporary folder for the next benchmark. One article in seven may still be shown, as in a
// publication with an archive.
func grownStore(b testing.TB, n int) string {
	kept := filepath.Join(os.TempDir(), fmt.Sprintf("broadsheet-grown-%d-v%d-%x.db", n, len(migrations), hash(schema)))
	if _, err := os.Stat(kept); err != nil {
		part := kept + ".part"
		os.Remove(part)
		s, err := Open(ctx, part)
		if err != nil {
			b.Fatal(err)
		}
		s.grow(b, n)
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		if err := os.Rename(part, kept); err != nil {
			b.Fatal(err)
		}
	}
	path := dbPath(b)
	from, err := os.Open(kept)
	if err != nil {
		b.Fatal(err)
	}
	defer from.Close()
	to, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	_, err = io.Copy(to, from)
	if err := errors.Join(err, to.Sync(), to.Close()); err != nil { // otherwise the first commit has to write the copy to the disk
		b.Fatal(err)
	}
	return path
}

// grow adds n articles of 200 sources by SQL, as years of runs would have left them.
func (s *Store) grow(b testing.TB, n int) {
	sources := make([]broadsheet.Source, 200)
	for i := range sources {
		sources[i] = numberedSource(i)
	}
	if err := s.SetSources(ctx, monday.AddDate(-9, 0, 0), sources); err != nil {
		b.Fatal(err)
	}
	start := monday.AddDate(-9, 0, 0).Unix()
	step := max(1, (monday.Unix()-start-86400)/int64(n))
	edition := max(1, n/3000)
	err := s.write(ctx, monday, func(t *tx) error {
		if err := t.setMeta("rules", "rules"); err != nil {
			return err
		}
		if err := t.setMeta("generation", "1"); err != nil {
			return err
		}
		for i := 1; i <= n; i++ {
			address := fmt.Sprintf("https://blog%d.example.com/posts/%d/how-a-queue-keeps-its-order-under-load", i%200, i)
			key, at, src := link.Key(address), start+int64(i)*step, i%200+1
			var shown any
			if i%7 != 0 && i%10 < 4 {
				shown = broadsheet.Day(time.Unix(at, 0).UTC().Format(time.DateOnly))
			}
			if _, err := t.exec(`INSERT INTO article(key, link, source, title, published, dated, updated, seen, inherited, language, image,
				excerpt, origin, words, whole, story, page, need, judged, score, wanted, shown) VALUES(?1, ?2, ?3, ?4, ?5, 1, ?5, ?5, 0, 'en', '',
				?6, 'page', 900, 1, ?7, 1, 0, 1, ?8, ?9, ?10)`, key, address, src, fmt.Sprint("How a queue keeps its order under load, part ", i), at,
				uniqueText(i, 55), i, float64(i*7919%100)/10, i%7 == 0, shown); err != nil {
				return err
			}
			if err := t.addLink(hash(key), int64(i)); err != nil {
				return err
			}
			if _, err := t.exec(`INSERT INTO sighting(source, guid_hash, link_hash, article, told, guid, link, title, published, language, image,
				via, summary, note, first, last) VALUES(?, ?, ?, ?, 1, ?, ?, ?, ?, 'en', '', '', ?, '', ?, ?)`, src, hash(address), hash(key), i, address, address,
				fmt.Sprint("How a queue keeps its order under load, part ", i), at, uniqueText(i, 30), at, at); err != nil {
				return err
			}
			if i%edition == 0 && i/edition <= 3000 {
				if err := t.setEdition(i/edition, i); err != nil {
					return err
				}
			}
		}
		// MinHash samples are random numbers: their entries are spread over the index.
		_, err := t.exec(`INSERT INTO trace(mark, article) SELECT CASE n WHEN 0 THEN -1 ELSE 1 END * (abs(random()) % 4294967296) AS mark, id
			FROM article, (SELECT value AS n FROM json_each('[0,1,2,3,4,5,6,7,8]')) WHERE mark <> 0 ORDER BY mark`)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

func (t *tx) setEdition(number, article int) error {
	day := string(broadsheet.Day(monday.AddDate(0, 0, number-3002).Format(time.DateOnly)))
	if _, err := t.exec("INSERT INTO edition(day, number, at, sources, waiting, picks, more) VALUES(?, ?, ?, 200, 0, 1, '[]')", day, number, 1); err != nil {
		return err
	}
	_, err := t.exec("INSERT INTO pick(day, position, article, snapshot) VALUES(?, 1, ?, '{}')", day, article)
	return err
}

// uniqueText returns a text of so many words that is similar to no other seed's.
func uniqueText(seed, words int) string {
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	var b strings.Builder
	for range words {
		b.WriteString(strconv.FormatUint(uint64(1000+r.IntN(4000))*2654435761, 36)[:3+r.IntN(4)])
		b.WriteByte(' ')
	}
	return b.String()
}

func numberedSource(i int) broadsheet.Source {
	return broadsheet.Source{Kind: broadsheet.KindFeed, URL: fmt.Sprintf("https://blog%d.example.com/feed", i), Name: fmt.Sprint("Blog ", i)}
}

func TestGrowthBenchmark_Runs(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // built again, whatever an earlier run left
	s := open(t, grownStore(t, 1000))
	s.recordDay(t, monday.Add(day), 1000)
	if n := count(t, s, "SELECT count(*) FROM trace"); n < 9000 {
		t.Errorf("%d keys are indexed", n)
	}
}

// BenchmarkADay measures a day's work of the store: 200 sources report six items each, of which two are new; the new
// articles are scored and their pages stored; and an edition is composed from the candidates and saved.
func BenchmarkADay(b *testing.B) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			path := grownStore(b, n)
			s := open(b, path)
			now := monday
			for b.Loop() {
				now = now.Add(day)
				s.recordDay(b, now, n)
			}
		})
	}
}

func (s *Store) recordDay(b testing.TB, now time.Time, n int) {
	answers := make([]VisitResult, 200)
	for i := range answers {
		answers[i] = VisitResult{Source: numberedSource(i), Visit: visitAt(now)}
		for j := range 4 { // already known
			k := n - n%200 - 200*j - i
			if k <= 0 {
				continue
			}
			link := fmt.Sprintf("https://blog%d.example.com/posts/%d/how-a-queue-keeps-its-order-under-load", k%200, k)
			answers[i].Items = append(answers[i].Items, broadsheet.FeedItem{GUID: link, Link: link, Published: monday, Summary: uniqueText(k, 30),
				Title: fmt.Sprint("How a queue keeps its order under load, part ", k)})
		}
		for j := range 2 {
			link := fmt.Sprintf("https://blog%d.example.com/new/%d/%d", i, now.Unix(), j)
			answers[i].Items = append(answers[i].Items, broadsheet.FeedItem{GUID: link, Link: link, Published: now.Add(-time.Hour),
				Summary: uniqueText(int(now.Unix())+i*2+j, 30), Title: uniqueText(int(now.Unix())+i*2+j, 8)})
		}
	}
	check := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	_, err := s.Visits(ctx)
	check(err)
	out, err := s.Record(ctx, now, answers...)
	check(err)
	if out[0].New != 2 {
		b.Fatalf("%+v", out[0])
	}
	_, err = scoreBy(s, now, "rules", longTitlesFirst)
	check(err)
	pending, err := s.PendingNew(ctx, now, time.Time{}, time.Time{}, 400)
	check(err)
	var readings []PageResult
	for i, a := range pending {
		text := uniqueText(int(now.Unix())+1000+i, 600)
		readings = append(readings, PageResult{Key: a.Key, Page: broadsheet.Page{URL: a.Link, Text: text, Words: 600}, Excerpt: text[:330], Origin: broadsheet.OriginPage})
	}
	check(s.SetPages(ctx, now, readings...))
	_, err = scoreBy(s, now, "rules", longTitlesFirst)
	check(err)
	fresh, err := s.Fresh(ctx, now.Add(-day), now.Add(-14*day), 300)
	check(err)
	_, err = s.Backlog(ctx, 20, 300)
	check(err)
	_, err = s.LastShown(ctx, broadsheet.Day(now.AddDate(0, 0, -7).Format(time.DateOnly)))
	check(err)
	_, err = s.Days(ctx)
	check(err)
	e := broadsheet.Edition{Day: broadsheet.Day(now.Format(time.DateOnly)), At: now}
	for _, a := range fullArticles(b, s, fresh[:min(6, len(fresh))]) {
		e.Picks = append(e.Picks, broadsheet.Pick{Article: a})
	}
	check(s.SaveEdition(ctx, e))
}

// BenchmarkRecordNew records 400 new articles in one transaction.
func BenchmarkRecordNew(b *testing.B) {
	for _, n := range []int{1_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := open(b, grownStore(b, n))
			list := broadsheet.Source{Kind: broadsheet.KindList, Name: "No room is counted for a list"}
			round := 0
			for b.Loop() {
				round++
				items := make([]broadsheet.FeedItem, 400)
				for j := range items {
					items[j] = feedItem(fmt.Sprint(round, "-", j), fmt.Sprintf("https://blog1.example.com/n/%d/%d", round, j), fmt.Sprint("Title ", round, j))
				}
				if out, err := s.Record(ctx, monday, VisitResult{Source: list, Visit: visitAt(monday), Items: items}); err != nil || out[0].New != 400 {
					b.Fatal(out, err)
				}
			}
		})
	}
}

func BenchmarkRecordKnown(b *testing.B) {
	s := open(b, dbPath(b))
	items := manyItems(400)
	for b.Loop() {
		if _, err := s.Record(ctx, monday, VisitResult{Source: blog, Visit: visitAt(monday), Items: items}); err != nil {
			b.Fatal(err)
		}
	}
}
