package feed

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"testing"

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
