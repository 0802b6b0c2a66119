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

func itoa(n int) string { return strconv.Itoa(n) }

// pack packs text by way of w.
func pack(text string, w func(io.Writer) io.WriteCloser) []byte {
	var b bytes.Buffer
	z := w(&b)
	io.WriteString(z, text)
	z.Close()
	return b.Bytes()
}

func gzipper(w io.Writer) io.WriteCloser  { return gzip.NewWriter(w) }
func zlibber(w io.Writer) io.WriteCloser  { return zlib.NewWriter(w) }
func brotlier(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }
func deflater(w io.Writer) io.WriteCloser { z, _ := flate.NewWriter(w, 6); return z }

func TestBodiesAreUnpackedHoweverTheyCome(t *testing.T) {
	long := "<rss>" + strings.Repeat("<item>How the queue moved</item>", 500) + "</rss>"
	gz := pack(long, gzipper)
	tests := []struct {
		story    string
		packed   []byte
		encoding string
		want     string
		cut      bool
	}{
		{"plain", []byte(long), "", long, false},
		{"gzip", gz, "gzip", long, false},
		{"x-gzip in capitals", gz, "X-GZIP", long, false},
		{"two members", append(bytes.Clone(gz), gz...), "gzip", long + long, false},
		{"rubbish after the end", append(bytes.Clone(gz), "rubbish and more"...), "gzip", long, false},
		{"a gzip file, not said to be packed", gz, "", long, false},
		{"a gzip file, packed for the way", pack(string(gz), gzipper), "gzip", long, false},
		{"deflate as zlib", pack(long, zlibber), "deflate", long, false},
		{"deflate without zlib", pack(long, deflater), "deflate", long, false},
		{"brotli", pack(long, brotlier), "br", long, false},
		{"two codings", pack(string(pack(long, brotlier)), gzipper), "br, gzip", long, false},
		{"said to be gzip, but is not", []byte(long), "gzip", long, false},
		{"said to be brotli, but is not", []byte(long), "br", long, false},
		{"said to be deflate, but is not", []byte(long), "deflate", long, false},
		{"an encoding nobody knows", []byte(long), "utf-8", long, false},
		{"nothing", nil, "gzip", "", false},
		{"cut off in its header", gz[:5], "gzip", "", true},
	}
	for _, test := range tests {
		body, cut, err := Decompress(test.packed, test.encoding, 1<<20)
		if string(body) != test.want || cut != test.cut || err != nil {
			t.Errorf("%s: %d bytes, cut %v, %v; want %d bytes, cut %v", test.story, len(body), cut, err, len(test.want), test.cut)
		}
	}
}

func TestWhatACutOffBodyHoldsIsKept(t *testing.T) {
	var long strings.Builder
	for i := range 5000 {
		long.WriteString("<item>" + itoa(i*i) + "</item>")
	}
	for encoding, packed := range map[string][]byte{
		"gzip": pack(long.String(), gzipper), "br": pack(long.String(), brotlier), "deflate": pack(long.String(), deflater),
	} {
		body, cut, err := Decompress(packed[:len(packed)*2/3], encoding, 1<<20)
		if err != nil || !cut || len(body) < long.Len()/3 || !strings.HasPrefix(long.String(), string(body)) {
			t.Errorf("%s: %d of %d bytes, cut %v, %v", encoding, len(body), long.Len(), cut, err)
		}
	}
}

// TestABombIsRefusedWithinABound unpacks what would be a hundred megabytes.
func TestABombIsRefusedWithinABound(t *testing.T) {
	bomb := func(w func(io.Writer) io.WriteCloser) []byte {
		var b bytes.Buffer
		z := w(&b)
		block := make([]byte, 1<<20)
		for range 100 {
			z.Write(block)
		}
		z.Close()
		return b.Bytes()
	}
	gz := bomb(gzipper)
	for story, test := range map[string]struct {
		packed   []byte
		encoding string
	}{
		"gzip": {gz, "gzip"}, "file": {gz, ""}, "twice": {pack(string(gz), gzipper), "gzip, gzip"},
		"brotli": {bomb(brotlier), "br"}, "deflate": {bomb(deflater), "deflate"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := Decompress(test.packed, test.encoding, 4<<20)
		runtime.ReadMemStats(&after)
		if !isTooLarge(err) {
			t.Errorf("%s: %v", story, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 40<<20 {
			t.Errorf("%s: %d MiB were needed to say so", story, used>>20)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(pack("<rss/>", gzipper), "gzip")
	f.Add(pack("<rss/>", brotlier), "br")
	f.Add(pack("<rss/>", zlibber), "deflate")
	f.Add([]byte("<rss/>"), "gzip, br, deflate, gzip")
	f.Fuzz(func(t *testing.T, packed []byte, encoding string) {
		const limit = 64 << 10
		body, _, err := Decompress(packed, encoding, limit)
		if len(body) > limit || err != nil && !isTooLarge(err) {
			t.Errorf("%d bytes, %v", len(body), err)
		}
	})
}
