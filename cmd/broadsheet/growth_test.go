//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/internal/config"
	"broadsheet/internal/edition"
	"broadsheet/internal/link"
	"broadsheet/internal/rules"
	"broadsheet/store"
)

// BenchmarkDailyRun is a day of the whole program: 200 sources answer with four known articles and two new ones, the
// new ones' pages are read, an edition is cut and published. It runs on a young site, and on one of nine years with a
// million articles. A site is made once and kept in the temporary folder; the old one takes some minutes.
func BenchmarkDailyRun(b *testing.B) {
	for _, size := range []struct{ articles, editions int }{{1_000, 5}, {100_000, 300}, {1_000_000, 3_000}} {
		b.Run(fmt.Sprintf("%d_articles", size.articles), func(b *testing.B) {
			site := newAgedSite(b, size.articles, size.editions)
			site.day(b) // the articles of the day before are known
			var cpu time.Duration
			files, stages := 0, map[string]float64{}
			for b.Loop() {
				before := cpuTime(b)
				report := site.day(b)
				cpu += cpuTime(b) - before
				files += len(report.Files)
				for stage, seconds := range report.Stages {
					stages[stage] += seconds
				}
			}
			b.ReportMetric(float64(cpu.Milliseconds())/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(files)/float64(b.N), "files/op")
			for stage, seconds := range stages {
				b.ReportMetric(1000*seconds/float64(b.N), stage+"-ms/op")
			}
		})
	}
}

const agedSources = 200

// agedSite is a publication on a web that has new articles each day.
type agedSite struct {
	dir string
	now time.Time
}

// agedReport is the part of a run's report that is used.
type agedReport struct {
	Articles int                `json:"articles_new"`
	Files    []string           `json:"files"`
	Stages   map[string]float64 `json:"stages"`
}

func (p *agedSite) run(b *testing.B, command string) (report agedReport) {
	b.Helper()
	var out bytes.Buffer
	kept := filepath.Join(p.dir, "report.json")
	status := run(context.Background(), []string{command, "--quiet", "--feeds", filepath.Join(p.dir, "feeds.yaml"), "--db", filepath.Join(p.dir, "paper.db"),
		"--out", filepath.Join(p.dir, "public"), "--report", kept},
		env{stdout: &out, stderr: &out, transport: roundTripper(p.answer), clock: func() time.Time { return p.now }})
	if status != console.ExitDone {
		b.Fatalf("%s: %d\n%s", command, status, out.String())
	}
	text, err := os.ReadFile(kept)
	if err := errors.Join(err, json.Unmarshal(text, &report)); err != nil {
		b.Fatal(err)
	}
	return report
}

// day makes one day's run.
func (p *agedSite) day(b *testing.B) agedReport {
	b.Helper()
	p.now = p.now.AddDate(0, 0, 1)
	report := p.run(b, "run")
	if report.Articles < 2*agedSources {
		b.Fatalf("%d new articles", report.Articles)
	}
	return report
}

// answer responds as the web does on the present day.
func (p *agedSite) answer(r *http.Request) (*http.Response, error) {
	response := &http.Response{StatusCode: http.StatusNotFound, Header: http.Header{}, Request: r, ProtoMajor: 1, ProtoMinor: 1}
	var body bytes.Buffer
	host, today := r.URL.Hostname(), int(p.now.Unix()/86400)
	switch {
	case r.URL.Path == "/feed":
		response.StatusCode = http.StatusOK
		fmt.Fprintf(&body, `<rss version="2.0"><channel><title>%s</title><link>https://%s/</link>`, host, host)
		for i := range 6 {
			day, n := today-i/2, i%2
			link := fmt.Sprintf("https://%s/new/%d-%d", host, day, n)
			fmt.Fprintf(&body, "<item><title>%s</title><link>%s</link><guid>%s</guid><pubDate>%s</pubDate><description>%s</description></item>",
				agedProse(host+link, 8), link, link, time.Unix(int64(day)*86400, 0).UTC().Format(time.RFC1123Z), agedProse(link, 40))
		}
		body.WriteString("</channel></rss>")
	case strings.HasPrefix(r.URL.Path, "/new/"):
		response.StatusCode = http.StatusOK
		response.Header.Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(&body, "<!doctype html><title>%s</title><article>", agedProse(host+r.URL.String(), 8))
		for i := range 12 {
			fmt.Fprintf(&body, "<p>%s</p>", agedProse(fmt.Sprint(r.URL, i), 50))
		}
	}
	response.Body, response.ContentLength = io.NopCloser(&body), int64(body.Len())
	return response, nil
}

// agedProse returns a text of so many words that resembles no other, with a sentence of every eleven.
func agedProse(seed string, words int) string {
	var mixed uint64
	for _, c := range []byte(seed) {
		mixed = mixed*1099511628211 + uint64(c)
	}
	r := rand.New(rand.NewPCG(mixed, 1))
	var text strings.Builder
	for i := range words {
		word := strconv.FormatUint(uint64(1000+r.IntN(4000))*2654435761, 36)[:3+r.IntN(4)]
		if i%11 == 0 {
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		text.WriteString(word)
		if i%11 == 10 || i == words-1 {
			text.WriteByte('.')
		}
		text.WriteByte(' ')
	}
	return strings.TrimSpace(text.String())
}

// newAgedSite returns a site as years of runs would have left it, in a folder of its own.
func newAgedSite(b *testing.B, articles, editions int) *agedSite {
	b.Helper()
	kept := filepath.Join(os.TempDir(), fmt.Sprintf("broadsheet-aged-%d-%d", articles, editions))
	p := &agedSite{now: time.Date(2026, 11, 1, 7, 0, 0, 0, time.UTC)}
	if _, err := os.Stat(kept); err != nil {
		p.dir = kept + ".part"
		if err := os.RemoveAll(p.dir); err != nil {
			b.Fatal(err)
		}
		p.age(b, articles, editions)
		if err := os.Rename(p.dir, kept); err != nil {
			b.Fatal(err)
		}
	}
	p.dir = b.TempDir()
	if err := os.CopyFS(p.dir, os.DirFS(kept)); err != nil {
		b.Fatal(err)
	}
	err := filepath.WalkDir(p.dir, func(path string, at fs.DirEntry, err error) error { // else the first day pays for the copy
		if err != nil || at.IsDir() {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		return errors.Join(file.Sync(), file.Close())
	})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// age fills a store as years of runs would have, with one article in seven waiting, and publishes.
func (p *agedSite) age(b *testing.B, articles, editions int) {
	ctx := context.Background()
	check := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	check(os.MkdirAll(p.dir, 0o755))
	feeds := "title: Growth\nurl: https://paper.example/\nlimits: {pages: 400}\nselection: {threshold: 0}\nsources:\n"
	for i := range agedSources {
		feeds += fmt.Sprintf("  - {feed: https://blog%d.example/feed, take: all}\n", i)
	}
	check(os.WriteFile(filepath.Join(p.dir, "feeds.yaml"), []byte(feeds), 0o644))
	config, err := config.Parse("feeds.yaml", []byte(feeds))
	check(err)
	s, err := store.Open(ctx, filepath.Join(p.dir, "paper.db"))
	check(err)
	defer s.Close()
	first := p.now.AddDate(0, 0, -editions-1)
	check(s.SetSources(ctx, first, config.Sources))
	composer := edition.NewComposer(config)
	check(s.SetRules(ctx, composer.Rules.Fingerprint(), func(a broadsheet.Article) rules.Verdict {
		n, _ := strconv.Atoi(a.Link[strings.LastIndexByte(a.Link, '/')+1:])
		return rules.Verdict{Score: float64(n*7919%100) / 10, Wanted: n%7 == 0}
	}))
	key := func(i int) string {
		return fmt.Sprintf("https://blog%d.example/posts/%d", i%agedSources, i/agedSources)
	}
	const each = 50 // articles of a source in a transaction
	for from := 0; from < articles; from += each * agedSources {
		at := first.Add(time.Duration(float64(p.now.Sub(first)) * float64(from) / float64(articles)))
		var answers []store.VisitResult
		for j, source := range config.Sources {
			a := store.VisitResult{Source: source, Visit: broadsheet.Visit{At: at, LastSuccess: at, Status: 200, Next: at.Add(time.Hour)}}
			for i := from + j; i < min(from+each*agedSources, articles); i += agedSources {
				link := key(i)
				a.Items = append(a.Items, broadsheet.FeedItem{GUID: link, Link: link, Title: agedProse(link, 8), Published: at, Summary: agedProse(link+"s", 40)})
			}
			answers = append(answers, a)
		}
		_, err := s.Record(ctx, at, answers...)
		check(err)
	}
	for n := range editions {
		at := first.AddDate(0, 0, n)
		e := broadsheet.Edition{Day: broadsheet.Day(at.Format(time.DateOnly)), Number: n + 1, At: at, Sources: agedSources}
		for i := range 12 {
			address := key((n*12 + i) % articles)
			e.Picks = append(e.Picks, broadsheet.Pick{SourceName: "Blog", Article: broadsheet.Article{Key: link.Key(address), Link: address,
				Source: config.Sources[0].ID(), Title: agedProse(address, 8), Excerpt: agedProse(address+"s", 40), Published: at, Updated: at}})
		}
		check(s.SaveEdition(ctx, e))
	}
	check(s.Close())
	p.run(b, "publish")
}

// cpuTime returns the CPU time that this process has used so far.
func cpuTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
