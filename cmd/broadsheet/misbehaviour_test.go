package main

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/andybalholm/brotli"
)

// misbehaviour is a server that does what none should. Its source is named after it.
type misbehaviour struct {
	name   string
	entry  string // of feeds.yaml, beside its name, %s its address; empty: the feed at /feed
	want   string // in what is said of the source; empty: nothing, its article is published
	answer func(c *stranger, path string)
}

// stranger is one connection to such a server, after it has read the request.
type stranger struct {
	net.Conn
	host string // as asked, with the port
}

// say writes, and tells whether anybody still listens.
func (c *stranger) say(format string, args ...any) bool {
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	_, err := io.WriteString(c.Conn, text)
	return err == nil
}

// forever writes again and again, until nobody listens any more.
func (c *stranger) forever(text string) {
	for c.say("%s", text) {
	}
}

// slowly writes a byte now and then.
func (c *stranger) slowly(text string) {
	for _, b := range []byte(text) {
		if _, err := c.Write([]byte{b}); err != nil {
			return
		}
		time.Sleep(100 * time.Millisecond) // slower than any limit of time for a whole answer lets pass
	}
}

// hang keeps the connection until the other side has had enough.
func (c *stranger) hang() { _, _ = io.Copy(io.Discard, c.Conn) }

// reset ends the connection without a goodbye.
func (c *stranger) reset() { _ = c.Conn.(*net.TCPConn).SetLinger(0) }

// body is a whole answer.
func (c *stranger) body(kind, text string) {
	c.say("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", kind, len(text))
	c.say("%s", text)
}

func (c *stranger) feed(text string) { c.body("application/rss+xml", text) }

// coded is an answer whose body is packed.
func (c *stranger) coded(coding string, packed []byte, times int) {
	c.say("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Encoding: %s\r\nConnection: close\r\n\r\n", coding)
	for i := 0; i < times && c.say("%s", string(packed)); i++ {
	}
}

func (c *stranger) redirect(status int, to string, more string) {
	c.say("HTTP/1.1 %d x\r\nLocation: %s\r\n%sContent-Length: 0\r\nConnection: close\r\n\r\n", status, to, more)
}

// goodFeed is an honest feed with one article, which has text enough of its own.
func (c *stranger) goodFeed() string {
	return `<rss version="2.0"><channel><title>S</title>` + c.goodItem(hostileProse(c.host)) + `</channel></rss>`
}

func (c *stranger) goodItem(text string) string {
	return fmt.Sprintf(`<item><title>The %s of %s</title><link>http://%s/page</link><guid>%s</guid><pubDate>Mon, 23 Nov 2026 09:00:00 GMT</pubDate><description>%s</description></item>`,
		strings.Fields(hostileProse(c.host))[1], c.host, c.host, c.host, text)
}

// bare is a feed whose article must be read from its page.
func (c *stranger) bare() string {
	return `<rss version="2.0"><channel><title>S</title>` + c.goodItem("") + `</channel></rss>`
}

// onPage gives an honest feed, and misbehaves on the page.
func onPage(do func(c *stranger)) func(*stranger, string) {
	return func(c *stranger, path string) {
		switch path {
		case "/feed":
			c.feed(c.bare())
		case "/page":
			do(c)
		default:
			c.say("HTTP/1.1 404 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		}
	}
}

// always does the same on each path but robots.txt.
func always(do func(c *stranger)) func(*stranger, string) {
	return func(c *stranger, path string) {
		if path == "/robots.txt" {
			c.say("HTTP/1.1 404 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			return
		}
		do(c)
	}
}

// megabyte is what bodies are measured in: a whole one with BROADSHEET_RUNS, else an eighth, for a body limit that is as
// much smaller.
var megabyte = func() int {
	if os.Getenv("BROADSHEET_RUNS") != "" {
		return 1 << 20
	}
	return 1 << 17
}()

// much is n bytes of the text again and again.
func much(text string, n int) string { return strings.Repeat(text, n/len(text)+1)[:n] }

func squeezed(pack func(io.Writer) io.WriteCloser, data []byte) []byte {
	var b bytes.Buffer
	w := pack(&b)
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Bytes()
}

func gzipped(data []byte) []byte {
	return squeezed(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, data)
}

// zeros are packed once for all bombs.
var zeros = sync.OnceValue(func() []byte { return make([]byte, 20*megabyte) })

const rssHead = `<?xml version="1.0"?><rss version="2.0"><channel><title>S</title>`

// misbehaviours are told with what a run must say about each.
var misbehaviours = []misbehaviour{
	// connections
	{"closes at once", "", "hung up", always(func(c *stranger) {})},
	{"resets at once", "", "the server", always(func(c *stranger) { c.reset() })},
	{"hangs after the question", "", "no whole answer within", always(func(c *stranger) { c.hang() })},
	{"hangs in the status", "", "no whole answer within", always(func(c *stranger) { c.say("HTTP/1.1 20"); c.hang() })},
	{"hangs in the header", "", "no whole answer within", always(func(c *stranger) { c.say("HTTP/1.1 200 OK\r\nContent-Ty"); c.hang() })},
	{"hangs in the body", "", "no whole answer within", always(func(c *stranger) { c.say("HTTP/1.1 200 OK\r\n\r\n<rss>"); c.hang() })},
	{"header byte by byte", "", "no whole answer within", always(func(c *stranger) { c.slowly("HTTP/1.1 200 OK\r\n" + much("X: y\r\n", 9999)) })},
	{"body byte by byte", "", "no whole answer within", always(func(c *stranger) {
		c.say("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n\r\n")
		c.slowly(much("<rss> ", 9999))
	})},
	{"resets in the header", "", "hung up", always(func(c *stranger) { c.say("HTTP/1.1 200 OK\r\nX: "); c.reset() })},
	{"resets in the body", "", "", always(func(c *stranger) {
		c.say("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 100000\r\n\r\n%s", c.goodFeed())
		time.Sleep(50 * time.Millisecond)
		c.reset()
	})},
	{"speaks ssh", "", "no HTTP", always(func(c *stranger) { c.say("SSH-2.0-OpenSSH_9.6\r\n") })},
	{"speaks nothing known", "", "no HTTP", always(func(c *stranger) { c.say("\x16\x03\x01\x00\xff\r\n\r\n") })},
	// headers
	{"endless header", "", "header is larger", always(func(c *stranger) { c.say("HTTP/1.1 200 OK\r\n"); c.forever(much("X-A: b\r\n", 65536)) })},
	{"header of 64 MB", "", "header is larger", always(func(c *stranger) {
		c.say("HTTP/1.1 200 OK\r\nX: ")
		for i := 0; i < 64 && c.say("%s", much("a", megabyte)); i++ {
		}
	})},
	{"100 Continue for ever", "", "header is larger", always(func(c *stranger) {
		for i := 0; i < 200000 && c.say("HTTP/1.1 100 Continue\r\n\r\n"); i++ {
		}
	})},
	{"early hints for ever", "", "header is larger", always(func(c *stranger) {
		for i := 0; i < 200000 && c.say("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"); i++ {
		}
	})},
	{"length too long", "", "", always(func(c *stranger) {
		c.say("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 999999\r\nConnection: close\r\n\r\n%s", c.goodFeed())
	})},
	{"length too short", "", "cut off", always(func(c *stranger) {
		text := c.goodFeed()
		c.say("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(text)-20, text)
	})},
	{"length of a terabyte", "", "", always(func(c *stranger) {
		c.say("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 1099511627776\r\nConnection: close\r\n\r\n%s", c.goodFeed())
	})},
	{"length is no number", "", "bad Content-Length", always(func(c *stranger) { c.say("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n<rss/>") })},
	{"two lengths", "", "multiple Content-Length", always(func(c *stranger) { c.say("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nContent-Length: 7\r\n\r\n<rss/>") })},
	{"chunks that lie", "", "hung up", always(func(c *stranger) {
		c.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff1\r\n<rss>")
	})},
	{"chunk extensions", "", "non-data", always(func(c *stranger) {
		c.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		c.forever("1;" + much("x", 4000) + "\r\na\r\n")
	})},
	{"trailers for ever", "", "trailer", always(func(c *stranger) {
		c.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n1\r\na\r\n0\r\n")
		c.forever(much("X: y\r\n", 65536))
	})},
	{"an etag of 200 KB", "", "", always(func(c *stranger) {
		c.say("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nConnection: close\r\nETag: \"%s\"\r\n\r\n%s", much("e", 200<<10), c.goodFeed())
	})},
	{"cookies that grow", "", "circle", always(func(c *stranger) { c.redirect(302, "/feed", "Set-Cookie: "+much("a=b; ", 100000)+"\r\n") })},
	{"no content type", "", "", always(func(c *stranger) { c.say("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%s", c.goodFeed()) })},
	{"a wrong content type", "", "", always(func(c *stranger) { c.body("image/png", c.goodFeed()) })},
	{"a content type that forges", "", "malformed", always(func(c *stranger) { c.body("text/xml\x1b[31m; charset=\x07", c.goodFeed()) })},
	{"a reason that forges", "", "answered 404", always(func(c *stranger) { c.say("HTTP/1.1 404 \x1b[2Jok\x07\r\nContent-Length: 0\r\n\r\n") })},
	// statuses
	{"204", "", "204", always(func(c *stranger) { c.say("HTTP/1.1 204 x\r\n\r\n") })},
	{"206", "", "206", always(func(c *stranger) {
		c.say("HTTP/1.1 206 x\r\nContent-Range: bytes 0-9/100\r\nConnection: close\r\n\r\n%s", c.goodFeed())
	})},
	{"300", "", "300", always(func(c *stranger) { c.say("HTTP/1.1 300 x\r\nContent-Length: 0\r\n\r\n") })},
	{"304 to no condition", "", "304", always(func(c *stranger) { c.say("HTTP/1.1 304 x\r\n\r\n") })},
	{"401", "", "401", always(func(c *stranger) {
		c.say("HTTP/1.1 401 x\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n")
	})},
	{"418", "", "418", always(func(c *stranger) { c.say("HTTP/1.1 418 x\r\nContent-Length: 0\r\n\r\n") })},
	{"500 with a feed", "", "500", always(func(c *stranger) { c.say("HTTP/1.1 500 x\r\nConnection: close\r\n\r\n%s", c.goodFeed()) })},
	{"503 until the year 33658", "", "503", always(func(c *stranger) { c.say("HTTP/1.1 503 x\r\nRetry-After: 999999999999\r\nContent-Length: 0\r\n\r\n") })},
	{"999", "", "999", always(func(c *stranger) { c.say("HTTP/1.1 999 x\r\nContent-Length: 0\r\n\r\n") })},
	// redirects
	{"redirects to itself", "", "circle", always(func(c *stranger) { c.redirect(301, "/feed", "") })},
	{"redirects for ever", "", "more than 10 times", always(func(c *stranger) { c.redirect(302, fmt.Sprintf("/%d", rand.Int63()), "") })},
	{"redirects nowhere", "", "without a word", always(func(c *stranger) { c.redirect(302, "", "") })},
	{"redirects to a file", "", "only http and https", always(func(c *stranger) { c.redirect(302, "file:///etc/passwd", "") })},
	{"redirects to a script", "", "only http and https", always(func(c *stranger) { c.redirect(302, "javascript:alert(1)", "") })},
	{"redirects inside", "", "not public", always(func(c *stranger) { c.redirect(302, "http://127.0.0.1/", "") })},
	{"redirects to rubbish", "", "no address", always(func(c *stranger) { c.redirect(302, "http://[::1/%zz", "") })},
	// bombs
	{"endless body", "", "larger than", always(func(c *stranger) { c.say("HTTP/1.1 200 OK\r\n\r\n" + rssHead); c.forever(much("a ", megabyte)) })},
	{"gzip bomb", "", "larger than", always(func(c *stranger) { c.coded("gzip", gzipped(zeros()), 1000) })},
	{"gzip in gzip", "", "larger than", always(func(c *stranger) { c.coded("gzip, gzip", gzipped(bytes.Repeat(gzipped(zeros()), 50)), 1) })},
	{"gzip ten times", "", "", always(func(c *stranger) {
		data := zeros()
		for range 10 {
			data = gzipped(data)
		}
		c.coded(strings.TrimSuffix(strings.Repeat("gzip, ", 10), ", "), data, 1)
	})},
	{"brotli bomb", "", "larger than", always(func(c *stranger) {
		c.coded("br", squeezed(func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, 1) }, zeros()), 1)
	})},
	{"deflate bomb", "", "larger than", always(func(c *stranger) {
		c.coded("deflate", squeezed(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, zeros()), 1)
	})},
	{"raw deflate bomb", "", "larger than", always(func(c *stranger) {
		c.coded("deflate", squeezed(func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 1); return f }, zeros()), 1)
	})},
	{"gzip cut off", "", "", always(func(c *stranger) { p := gzipped([]byte(c.goodFeed())); c.coded("gzip", p[:len(p)-9], 1) })},
	{"gzip that is none", "", "", always(func(c *stranger) { c.coded("gzip", []byte(c.goodFeed()), 1) })},
	// documents
	{"nothing", "", "nothing at all", always(func(c *stranger) { c.feed("") })},
	{"garbage", "", "not a feed", always(func(c *stranger) {
		noise := make([]byte, megabyte)
		rand.New(rand.NewSource(1)).Read(noise)
		c.feed("x" + string(noise))
	})},
	{"NUL for 15 MB", "", "is empty", always(func(c *stranger) { c.feed(much("\x00", 15*megabyte)) })},
	{"a million entries", "", "", always(func(c *stranger) {
		c.feed(rssHead + c.goodItem(hostileProse(c.host)) + much("<item><guid>", 12) + much("</guid></item><item><guid>", 15*megabyte))
	})},
	{"entries of their own", "", "", always(func(c *stranger) {
		var b strings.Builder
		b.WriteString(rssHead)
		for i := range 500 {
			fmt.Fprintf(&b, "<item><title>T%d</title><link>http://%s/%d</link><description>d %d</description></item>", i, c.host, i, i)
		}
		c.feed(b.String() + "</channel></rss>")
	})},
	{"one text of 15 MB", "", "", always(func(c *stranger) { c.feed(rssHead + c.goodItem(much("word ", 15*megabyte)) + "</channel></rss>") })},
	{"a title of 8 MB", "", "", always(func(c *stranger) {
		c.feed(rssHead + "<item><title>" + much("word ", 8*megabyte) + "</title><link>http://" + c.host + "/page</link><description>" + hostileProse(c.host) + "</description></item></channel></rss>")
	})},
	{"deep XML", "", "cut off", always(func(c *stranger) { c.feed(rssHead + much("<a>", 10*megabyte)) })},
	{"deep text", "", "", always(func(c *stranger) {
		c.feed(rssHead + c.goodItem("<![CDATA["+much("<b><i>", 2*megabyte)+hostileProse(c.host)+"]]>") + "</channel></rss>")
	})},
	{"600 divs", "", "", always(func(c *stranger) {
		c.feed(rssHead + c.goodItem("<![CDATA["+strings.Repeat("<div>", 600)+"<p>"+hostileProse(c.host)+"</p>]]>") + "</channel></rss>")
	})},
	{"a flood of attributes", "", "", always(func(c *stranger) {
		var b strings.Builder
		for i := range 50000 {
			fmt.Fprintf(&b, " a%d='b'", i)
		}
		c.feed(strings.Replace(c.goodFeed(), "<item>", "<item"+b.String()+">", 1))
	})},
	{"a flood of namespaces", "", "", always(func(c *stranger) {
		var b strings.Builder
		for i := range 200000 {
			fmt.Fprintf(&b, " xmlns:n%d='u'", i)
		}
		c.feed(strings.Replace(c.goodFeed(), "<rss", "<rss"+b.String(), 1))
	})},
	{"a flood of categories", "", "", always(func(c *stranger) {
		c.feed(strings.Replace(c.goodFeed(), "<pubDate>", much("<category>go</category>", 8*megabyte/23*23)+"<pubDate>", 1))
	})},
	{"entity bomb", "", "", always(func(c *stranger) {
		var b strings.Builder
		b.WriteString(`<!DOCTYPE r [<!ENTITY a0 "lol">`)
		for i := 1; i < 30; i++ {
			fmt.Fprintf(&b, `<!ENTITY a%d "%s">`, i, strings.Repeat(fmt.Sprintf("&a%d;", i-1), 10))
		}
		c.feed(b.String() + "]>" + strings.Replace(c.goodFeed(), "<description>", "<description>&a29;", 1))
	})},
	{"an entity that is a file", "", "", always(func(c *stranger) {
		c.feed(`<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % y SYSTEM "http://127.0.0.1/"> %y;]>` + strings.Replace(c.goodFeed(), "<description>", "<description>&x;", 1))
	})},
	{"only less-than", "", "", always(func(c *stranger) {
		c.feed(rssHead + c.goodItem("<![CDATA["+much("<", 8*megabyte)+"]]>") + "</channel></rss>")
	})},
	{"only ampersands", "", "", always(func(c *stranger) { c.feed(rssHead + c.goodItem(much("&amp;", 8*megabyte/5*5)) + "</channel></rss>") })},
	{"comments that never end", "", "", always(func(c *stranger) {
		c.feed(rssHead + c.goodItem("<![CDATA["+much("<!--", 4*megabyte)+"]]>") + "</channel></rss>")
	})},
	{"quotes that never end", "", "", always(func(c *stranger) {
		c.feed(rssHead + c.goodItem("<![CDATA["+much(`<a b="`, 4*megabyte)+"]]>") + "</channel></rss>")
	})},
	{"CDATA that never ends", "", "", always(func(c *stranger) {
		c.feed(rssHead + c.goodItem("ok") + "<item><title><![CDATA[" + much("x]]", 8*megabyte))
	})},
	{"formatting misnested", "", "", always(func(c *stranger) {
		c.feed(rssHead + c.goodItem("<![CDATA["+much("<a><b><i><font><p></b>", megabyte)+hostileProse(c.host)+"]]>") + "</channel></rss>")
	})},
	{"tables misnested", "", "", always(func(c *stranger) {
		c.feed(rssHead + c.goodItem("<![CDATA["+much("<table><tr>x<td>", megabyte)+"]]>") + "</channel></rss>")
	})},
	{"deep JSON", "", "cut off", always(func(c *stranger) {
		c.body("application/feed+json", `{"version":"https://jsonfeed.org/version/1.1","items":`+much("[", 8*megabyte))
	})},
	{"JSON of a million items", "", "", always(func(c *stranger) {
		c.body("application/feed+json", `{"version":"https://jsonfeed.org/version/1.1","items":[{}`+much(`,{"id":""}`, 12*megabyte/10*10)+"]}")
	})},
	{"a charset that lies", "", "", always(func(c *stranger) { c.body("application/rss+xml; charset=utf-32", c.goodFeed()) })},
	{"UTF-16 of 15 MB", "", "not a feed", always(func(c *stranger) { c.feed("\xff\xfe" + much("<\x00a\x00>\x00", 15*megabyte/6*6)) })},
	{"dates to count by", "", "", always(func(c *stranger) {
		c.feed(strings.Replace(c.goodFeed(), "Mon, 23 Nov 2026 09:00:00 GMT", much("1 Jan 1 ", megabyte), 1))
	})},
	{"an opaque type", "", "video", always(func(c *stranger) { c.feed("\x1aE\xdf\xa3" + much("webm\x00", megabyte)) })},
	// pages, lists, sitemaps, robots.txt
	{"page hangs", "", "", onPage(func(c *stranger) { c.say("HTTP/1.1 200 OK\r\n\r\n<html>"); c.hang() })},
	{"page never ends", "", "", onPage(func(c *stranger) {
		c.say("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
		c.forever(much("<p>word ", megabyte))
	})},
	{"page is a bomb", "", "", onPage(func(c *stranger) {
		c.say("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n%s", string(gzipped(zeros())))
	})},
	{"page of 600 divs", "", "", onPage(func(c *stranger) { c.body("text/html", strings.Repeat("<div>", 600)+"<p>"+hostileProse(c.host)) })},
	{"page of a million divs", "", "", onPage(func(c *stranger) { c.body("text/html", much("<div>", 5*megabyte)+"<p>"+hostileProse(c.host)) })},
	{"page misnested", "", "", onPage(func(c *stranger) { c.body("text/html", much("<a><b><i><font><p></b>", 2*megabyte)) })},
	{"page of tables", "", "", onPage(func(c *stranger) { c.body("text/html", much("<table><tr>x<td>", 2*megabyte)) })},
	{"page of forms", "", "", onPage(func(c *stranger) { c.body("text/html", much("<form><select><option><svg><p>", 2*megabyte)) })},
	{"page of links", "", "", onPage(func(c *stranger) { c.body("text/html", much("<li><a href=/x>word</a> ", 8*megabyte)) })},
	{"page of attributes", "", "", onPage(func(c *stranger) { c.body("text/html", "<p"+much(" a=b", 4*megabyte)+">"+hostileProse(c.host)) })},
	{"page refreshes for ever", "", "", onPage(func(c *stranger) { c.body("text/html", `<meta http-equiv=refresh content="0;url=/page">`) })},
	{"page refreshes inside", "", "", onPage(func(c *stranger) { c.body("text/html", `<meta http-equiv=refresh content="0;url=http://127.0.0.1/">`) })},
	{"page is a film", "", "", onPage(func(c *stranger) { c.body("video/mp4", much("\x00", megabyte)) })},
	{"robots.txt never ends", "", "", func(c *stranger, path string) {
		if path == "/robots.txt" {
			c.say("HTTP/1.1 200 OK\r\n\r\n")
			c.forever(much("Disallow: /*a*b*c*d*e*f*g*h*$\n", 65536))
			return
		}
		c.feed(c.bare())
	}},
	{"robots.txt byte by byte", "", "", func(c *stranger, path string) {
		if path == "/robots.txt" {
			c.say("HTTP/1.1 200 OK\r\n\r\n")
			c.slowly(much("# ", 9999))
			return
		}
		c.feed(c.bare())
	}},
	{"robots.txt in a circle", "", "", func(c *stranger, path string) {
		if path == "/robots.txt" {
			c.redirect(302, "/robots.txt", "")
			return
		}
		c.feed(c.bare())
	}},
	{"sitemap of itself", "sitemap: http://%s/map.xml", "none of the sitemaps", always(func(c *stranger) {
		c.body("application/xml", "<sitemapindex>"+much("<sitemap><loc>http://"+c.host+"/map.xml</loc></sitemap>", megabyte)+"</sitemapindex>")
	})},
	{"sitemap without an end", "sitemap: http://%s/map.xml", "", always(func(c *stranger) {
		var b strings.Builder
		for range 1000 {
			fmt.Fprintf(&b, "<sitemap><loc>http://%s/%d.xml</loc></sitemap>", c.host, rand.Int63())
		}
		c.body("application/xml", "<sitemapindex>"+b.String()+"</sitemapindex>")
	})},
	{"sitemap of a million", "sitemap: http://%s/map.xml", "", always(func(c *stranger) {
		var b strings.Builder
		for i := range 3000 {
			fmt.Fprintf(&b, "<url><loc>http://%s/a/%d</loc></url>", c.host, i)
		}
		c.body("application/xml", "<urlset>"+b.String()+"</urlset>")
	})},
	{"list of a million", "page: http://%s/list\n    items: li", "", always(func(c *stranger) { c.body("text/html", much("<li><a href=/x>word</a> ", 8*megabyte)) })},
	{"list in the deep", "page: http://%s/list\n    items: div div div a", "matches nothing", always(func(c *stranger) { c.body("text/html", much("<div>", 2*megabyte)) })},
}

// serveStrangers answers for all misbehaviours, each at an address of its own, and returns where the i-th is.
func serveStrangers(fail func(...any), cleanup func(func())) func(i int) string {
	listener, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		fail("no loopback server can be started here: ", err)
	}
	cleanup(func() { listener.Close() })
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	address := func(i int) string { return fmt.Sprintf("127.0.%d.%d:%s", 2+i/200, 1+i%200, port) }
	known := map[string]misbehaviour{}
	for i, m := range misbehaviours {
		known[address(i)] = m
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(time.Minute))
				path, ok := question(conn)
				if m, known := known[conn.LocalAddr().String()]; ok && known {
					m.answer(&stranger{Conn: conn, host: conn.LocalAddr().String()}, path)
				}
			}()
		}
	}()
	return address
}

// question reads a request byte by byte, so that nothing behind it is taken.
func question(c net.Conn) (path string, ok bool) {
	var b []byte
	for one := make([]byte, 1); !bytes.HasSuffix(b, []byte("\r\n\r\n")); b = append(b, one...) {
		if n, err := c.Read(one); n == 0 || err != nil || len(b) > megabyte {
			return "", false
		}
	}
	fields := strings.Fields(string(b))
	return fields[1], len(fields) > 2 && fields[0] == http.MethodGet
}
