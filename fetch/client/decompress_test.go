package client

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

// compress compresses text with the writer that newWriter returns.
func compress(text string, newWriter func(io.Writer) io.WriteCloser) []byte {
	var b bytes.Buffer
	z := newWriter(&b)
	io.WriteString(z, text)
	z.Close()
	return b.Bytes()
}

func newGzip(w io.Writer) io.WriteCloser    { return gzip.NewWriter(w) }
func newZlib(w io.Writer) io.WriteCloser    { return zlib.NewWriter(w) }
func newBrotli(w io.Writer) io.WriteCloser  { return brotli.NewWriter(w) }
func newDeflate(w io.Writer) io.WriteCloser { z, _ := flate.NewWriter(w, 6); return z }

func TestDecompress(t *testing.T) {
	long := "<rss>" + strings.Repeat("<item>How the queue moved</item>", 500) + "</rss>"
	gz := compress(long, newGzip)
	tests := []struct {
		name      string
		body      []byte
		encoding  string
		want      string
		truncated bool
	}{
		{"plain", []byte(long), "", long, false},
		{"gzip", gz, "gzip", long, false},
		{"x-gzip in capitals", gz, "X-GZIP", long, false},
		{"two members", append(bytes.Clone(gz), gz...), "gzip", long + long, false},
		{"garbage after the end", append(bytes.Clone(gz), "garbage and more"...), "gzip", long, false},
		{"a gzip file, served without Content-Encoding", gz, "", long, false},
		{"a gzip file, compressed for the transfer", compress(string(gz), newGzip), "gzip", long, false},
		{"deflate as zlib", compress(long, newZlib), "deflate", long, false},
		{"deflate without zlib", compress(long, newDeflate), "deflate", long, false},
		{"brotli", compress(long, newBrotli), "br", long, false},
		{"two codings", compress(string(compress(long, newBrotli)), newGzip), "br, gzip", long, false},
		{"declared as gzip, but is not", []byte(long), "gzip", long, false},
		{"declared as brotli, but is not", []byte(long), "br", long, false},
		{"declared as deflate, but is not", []byte(long), "deflate", long, false},
		{"an unknown encoding", []byte(long), "utf-8", long, false},
		{"empty", nil, "gzip", "", false},
		{"cut off in the gzip header", gz[:5], "gzip", "", true},
	}
	for _, test := range tests {
		got, truncated, err := Decompress(test.body, test.encoding, 1<<20)
		if string(got) != test.want || truncated != test.truncated || err != nil {
			t.Errorf("%s: %d bytes, truncated %v, %v; want %d bytes, truncated %v", test.name, len(got), truncated, err, len(test.want), test.truncated)
		}
	}
}

// TestDecompress_WrongLabel compresses documents in each format and declares each other one.
func TestDecompress_WrongLabel(t *testing.T) {
	var items strings.Builder
	for i := range 500 {
		items.WriteString("<item>" + strconv.Itoa(i*i) + "</item>")
	}
	for name, document := range map[string]string{
		"a feed": "<rss>" + items.String() + "</rss>", "JSON": `{"items": [` + strings.Repeat(`{"id": 1},`, 100) + `{}]}`,
		"a text sitemap": strings.Repeat("https://a.example/how-a-queue-works\n", 50), "robots.txt": "User-agent: *\nDisallow: /private\n",
	} {
		for format, body := range map[string][]byte{
			"gzip": compress(document, newGzip), "zlib": compress(document, newZlib), "raw deflate": compress(document, newDeflate),
			"brotli": compress(document, newBrotli), "nothing": []byte(document), "gzip twice": compress(string(compress(document, newGzip)), newGzip),
		} {
			for _, label := range []string{"", "gzip", "deflate", "br", "x-gzip", "gzip, gzip", "gzip, deflate, br", "br, gzip", "identity", "utf-8", "zstd"} {
				got, truncated, err := Decompress(body, label, 1<<20)
				if string(got) != document || truncated || err != nil {
					t.Errorf("%s as %s, declared as %q: %q, truncated %v, %v", name, format, label, got[:min(len(got), 40)], truncated, err)
				}
			}
			if name != "a feed" || format == "nothing" || format == "gzip twice" {
				continue
			}
			for _, label := range []string{"", "gzip", "deflate", "br"} {
				got, truncated, err := Decompress(body[:len(body)*2/3], label, 1<<20)
				if err != nil || !truncated || len(got) < len(document)/3 || !strings.HasPrefix(document, string(got)) {
					t.Errorf("%s, cut off, declared as %q: %d of %d bytes, truncated %v, %v", format, label, len(got), len(document), truncated, err)
				}
			}
		}
	}
}

func TestDecompress_Truncated(t *testing.T) {
	var long strings.Builder
	for i := range 5000 {
		long.WriteString("<item>" + strconv.Itoa(i*i) + "</item>")
	}
	for encoding, body := range map[string][]byte{
		"gzip": compress(long.String(), newGzip), "br": compress(long.String(), newBrotli), "deflate": compress(long.String(), newDeflate),
	} {
		got, truncated, err := Decompress(body[:len(body)*2/3], encoding, 1<<20)
		if err != nil || !truncated || len(got) < long.Len()/3 || !strings.HasPrefix(long.String(), string(got)) {
			t.Errorf("%s: %d of %d bytes, truncated %v, %v", encoding, len(got), long.Len(), truncated, err)
		}
	}
}

// TestDecompress_Bomb decompresses bodies of 100 MiB with a limit of 4 MiB.
func TestDecompress_Bomb(t *testing.T) {
	bomb := func(newWriter func(io.Writer) io.WriteCloser) []byte {
		var b bytes.Buffer
		z := newWriter(&b)
		block := make([]byte, 1<<20)
		for range 100 {
			z.Write(block)
		}
		z.Close()
		return b.Bytes()
	}
	gz := bomb(newGzip)
	for name, test := range map[string]struct {
		body     []byte
		encoding string
	}{
		"gzip": {gz, "gzip"}, "file": {gz, ""}, "twice": {compress(string(gz), newGzip), "gzip, gzip"},
		"brotli": {bomb(newBrotli), "br"}, "deflate": {bomb(newDeflate), "deflate"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := Decompress(test.body, test.encoding, 4<<20)
		runtime.ReadMemStats(&after)
		if !isTooLarge(err) {
			t.Errorf("%s: %v", name, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 40<<20 {
			t.Errorf("%s: %d MiB were allocated", name, used>>20)
		}
	}
}

func FuzzUncompress(f *testing.F) {
	f.Add(compress("<rss/>", newGzip), "gzip")
	f.Add(compress("<rss/>", newBrotli), "br")
	f.Add(compress("<rss/>", newZlib), "deflate")
	f.Add([]byte("<rss/>"), "gzip, br, deflate, gzip")
	f.Fuzz(func(t *testing.T, body []byte, encoding string) {
		const limit = 64 << 10
		got, _, err := Decompress(body, encoding, limit)
		if len(got) > limit || err != nil && !isTooLarge(err) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	})
}
