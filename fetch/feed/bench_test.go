package feed

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"broadsheet/internal/excerpt"

	"broadsheet/fetch/text"

	"github.com/mmcdole/gofeed"
)

// BenchmarkParse parses real feeds, and for comparison with gofeed alone.
func BenchmarkParse(b *testing.B) {
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
	run("decode", func(body []byte) { text.Decode(body, "application/xml") })
	run("repair", func(body []byte) { repair(string(body), base) })
	run("parse", func(body []byte) { _, _ = Parse(body, "application/xml", base) })
	run("gofeed", func(body []byte) { _, _ = gofeed.NewParser().Parse(bytes.NewReader(body)) })
}

// BenchmarkExcerptsOfRealFeeds truncates an excerpt out of each text of the corpus' feeds.
func BenchmarkExcerptsOfRealFeeds(b *testing.B) {
	feeds, dir := corpusFeeds(b)
	base, _ := url.Parse("https://a.example/feed")
	type article struct{ title, text string }
	var texts []article
	for _, f := range feeds {
		body, err := os.ReadFile(filepath.Join(dir, f.File))
		if err != nil {
			b.Fatal(err)
		}
		doc, err := Parse(body, f.ContentType, base)
		if err != nil {
			continue
		}
		for _, item := range doc.Items {
			texts = append(texts, article{item.Title, item.Content}, article{item.Title, item.Summary})
		}
	}
	boilerplate := excerpt.DefaultPatterns
	b.ReportAllocs()
	for b.Loop() {
		for _, a := range texts {
			boilerplate.Excerpt(a.title, a.text)
		}
	}
}
