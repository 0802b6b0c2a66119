package fetch

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/mmcdole/gofeed"
)

// BenchmarkParseFeed reads real feeds, beside gofeed alone on the same bytes.
func BenchmarkParseFeed(b *testing.B) {
	feeds, dir := corpusFeeds(b)
	var bodies [][]byte
	size := int64(0)
	for _, f := range feeds {
		body, err := os.ReadFile(filepath.Join(dir, f.File))
		if err != nil {
			b.Fatal(err)
		}
		bodies = append(bodies, body)
		size += int64(len(body))
	}
	base, _ := url.Parse("https://a.example/feed")
	run := func(name string, parse func(body []byte)) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				for _, body := range bodies {
					parse(body)
				}
			}
		})
	}
	run("decode", func(body []byte) { decode(body, "application/xml") })
	run("mend", func(body []byte) { mend(string(body), base) })
	run("ours", func(body []byte) { _, _ = parseFeed(body, "application/xml", base) })
	run("gofeed", func(body []byte) { _, _ = gofeed.NewParser().Parse(bytes.NewReader(body)) })
}

// BenchmarkExcerptsOfRealFeeds cuts an excerpt out of each text of the corpus' feeds.
func BenchmarkExcerptsOfRealFeeds(b *testing.B) {
	feeds, dir := corpusFeeds(b)
	base, _ := url.Parse("https://a.example/feed")
	type text struct{ title, text string }
	var texts []text
	for _, f := range feeds {
		body, err := os.ReadFile(filepath.Join(dir, f.File))
		if err != nil {
			b.Fatal(err)
		}
		doc, err := parseFeed(body, f.ContentType, base)
		if err != nil {
			continue
		}
		for _, s := range doc.Told {
			texts = append(texts, text{s.Title, s.Content}, text{s.Title, s.Summary})
		}
	}
	boilerplate := builtIn()
	b.ReportAllocs()
	for b.Loop() {
		for _, t := range texts {
			boilerplate.Excerpt(t.title, t.text)
		}
	}
}

// BenchmarkClean is the door that all text passes.
func BenchmarkClean(b *testing.B) {
	for _, text := range []struct{ name, text string }{
		{"ascii", "The queue keeps its order because each writer waits for the one before it, and that one knows."},
		{"unicode", "Die Schlange hält ihre Ordnung – jeder wartet auf den vor ihm … “und der weiß davon”, 队列保持顺序。"},
	} {
		b.Run(text.name, func(b *testing.B) {
			b.SetBytes(int64(len(text.text)))
			for b.Loop() {
				clean(text.text)
			}
		})
	}
}
