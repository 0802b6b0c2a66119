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

// evilServer is a server that misbehaves in one way. Its source is named after it.
type evilServer struct {
	name    string
	yaml    string // in feeds.yaml, after its name, with %s for its address; empty: the feed at /feed
	want    string // part of the message about the source; empty: no message, its article is published
	respond func(c *evilConn, path string)
}

// evilConn is one connection to such a server, after the request was read.
type evilConn struct {
	net.Conn
	host string // as requested, with the port
}

// write sends text, and reports whether the client still reads.
func (c *evilConn) write(format string, args ...any) bool {
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	_, err := io.WriteString(c.Conn, text)
	return err == nil
}

// writeForever sends text again and again, until the client stops reading.
func (c *evilConn) writeForever(text string) {
	for c.write("%s", text) {
	}
}

// writeSlowly sends a byte now and then.
func (c *evilConn) writeSlowly(text string) {
	for _, b := range []byte(text) {
		if _, err := c.Write([]byte{b}); err != nil {
			return
		}
		time.Sleep(100 * time.Millisecond) // too slow for the time limit of a whole response
	}
}

// waitForClose keeps the connection open until the client closes it.
func (c *evilConn) waitForClose() { _, _ = io.Copy(io.Discard, c.Conn) }

// reset makes Close send a TCP reset.
func (c *evilConn) reset() { _ = c.Conn.(*net.TCPConn).SetLinger(0) }

// respond sends a complete response.
func (c *evilConn) respond(kind, text string) {
	c.write("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", kind, len(text))
	c.write("%s", text)
}

func (c *evilConn) respondFeed(text string) { c.respond("application/rss+xml", text) }

// respondEncoded sends a response with a compressed body, repeated the given number of times.
func (c *evilConn) respondEncoded(coding string, packed []byte, times int) {
	c.write("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Encoding: %s\r\nConnection: close\r\n\r\n", coding)
	for i := 0; i < times && c.write("%s", string(packed)); i++ {
	}
}

func (c *evilConn) redirect(status int, to string, more string) {
	c.write("HTTP/1.1 %d x\r\nLocation: %s\r\n%sContent-Length: 0\r\nConnection: close\r\n\r\n", status, to, more)
}

// goodFeed returns a valid feed with one article, which has enough text.
func (c *evilConn) goodFeed() string {
	return `<rss version="2.0"><channel><title>S</title>` + c.goodItem(uniqueText(c.host)) + `</channel></rss>`
}

func (c *evilConn) goodItem(text string) string {
	return fmt.Sprintf(`<item><title>The %s of %s</title><link>http://%s/page</link><guid>%s</guid><pubDate>Mon, 23 Nov 2026 09:00:00 GMT</pubDate><description>%s</description></item>`,
		strings.Fields(uniqueText(c.host))[1], c.host, c.host, c.host, text)
}

// feedWithoutText returns a feed whose article must be read from its page.
func (c *evilConn) feedWithoutText() string {
	return `<rss version="2.0"><channel><title>S</title>` + c.goodItem("") + `</channel></rss>`
}

// onPage serves a valid feed, and misbehaves on the article's page.
func onPage(misbehave func(c *evilConn)) func(*evilConn, string) {
	return func(c *evilConn, path string) {
		switch path {
		case "/feed":
			c.respondFeed(c.feedWithoutText())
		case "/page":
			misbehave(c)
		default:
			c.write("HTTP/1.1 404 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		}
	}
}

// always misbehaves on each path but robots.txt.
func always(misbehave func(c *evilConn)) func(*evilConn, string) {
	return func(c *evilConn, path string) {
		if path == "/robots.txt" {
			c.write("HTTP/1.1 404 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			return
		}
		misbehave(c)
	}
}

// megabyte is the unit of body sizes: 1 MiB with BROADSHEET_RUNS, an eighth in long mode, else a sixteenth. The body limit
// is smaller by as much.
var megabyte = func() int {
	switch {
	case os.Getenv("BROADSHEET_RUNS") != "":
		return 1 << 20
	case longMode:
		return 1 << 17
	}
	return 1 << 16
}()

// repeatTo returns n bytes of the repeated text.
func repeatTo(text string, n int) string { return strings.Repeat(text, n/len(text)+1)[:n] }

func compressed(pack func(io.Writer) io.WriteCloser, data []byte) []byte {
	var b bytes.Buffer
	w := pack(&b)
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Bytes()
}

func gzipped(data []byte) []byte {
	return compressed(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, data)
}

// zeros is the content of the compression bombs, shared by all.
var zeros = sync.OnceValue(func() []byte { return make([]byte, 20*megabyte) })

const rssHead = `<?xml version="1.0"?><rss version="2.0"><channel><title>S</title>`

// evilServers are all servers, with what a run must say about each.
var evilServers = []evilServer{
	// connections
	{"closes at once", "", "hung up", always(func(c *evilConn) {})},
	{"resets at once", "", "the server", always(func(c *evilConn) { c.reset() })},
	{"hangs after the question", "", "no whole answer within", always(func(c *evilConn) { c.waitForClose() })},
	{"hangs in the status", "", "no whole answer within", always(func(c *evilConn) { c.write("HTTP/1.1 20"); c.waitForClose() })},
	{"hangs in the header", "", "no whole answer within", always(func(c *evilConn) { c.write("HTTP/1.1 200 OK\r\nContent-Ty"); c.waitForClose() })},
	{"hangs in the body", "", "no whole answer within", always(func(c *evilConn) { c.write("HTTP/1.1 200 OK\r\n\r\n<rss>"); c.waitForClose() })},
	{"header byte by byte", "", "no whole answer within", always(func(c *evilConn) { c.writeSlowly("HTTP/1.1 200 OK\r\n" + repeatTo("X: y\r\n", 9999)) })},
	{"body byte by byte", "", "no whole answer within", always(func(c *evilConn) {
		c.write("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n\r\n")
		c.writeSlowly(repeatTo("<rss> ", 9999))
	})},
	{"resets in the header", "", "hung up", always(func(c *evilConn) { c.write("HTTP/1.1 200 OK\r\nX: "); c.reset() })},
	{"resets in the body", "", "", always(func(c *evilConn) {
		c.write("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 100000\r\n\r\n%s", c.goodFeed())
		time.Sleep(50 * time.Millisecond)
		c.reset()
	})},
	{"speaks ssh", "", "no HTTP", always(func(c *evilConn) { c.write("SSH-2.0-OpenSSH_9.6\r\n") })},
	{"speaks nothing known", "", "no HTTP", always(func(c *evilConn) { c.write("\x16\x03\x01\x00\xff\r\n\r\n") })},
	// headers
	{"endless header", "", "header is larger", always(func(c *evilConn) { c.write("HTTP/1.1 200 OK\r\n"); c.writeForever(repeatTo("X-A: b\r\n", 65536)) })},
	{"header of 64 MB", "", "header is larger", always(func(c *evilConn) {
		c.write("HTTP/1.1 200 OK\r\nX: ")
		for i := 0; i < 64 && c.write("%s", repeatTo("a", megabyte)); i++ {
		}
	})},
	{"100 Continue for ever", "", "header is larger", always(func(c *evilConn) {
		for i := 0; i < 200000 && c.write("HTTP/1.1 100 Continue\r\n\r\n"); i++ {
		}
	})},
	{"early hints for ever", "", "header is larger", always(func(c *evilConn) {
		for i := 0; i < 200000 && c.write("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"); i++ {
		}
	})},
	{"length too long", "", "", always(func(c *evilConn) {
		c.write("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 999999\r\nConnection: close\r\n\r\n%s", c.goodFeed())
	})},
	{"length too short", "", "cut off", always(func(c *evilConn) {
		text := c.goodFeed()
		c.write("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(text)-20, text)
	})},
	{"length of a terabyte", "", "", always(func(c *evilConn) {
		c.write("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 1099511627776\r\nConnection: close\r\n\r\n%s", c.goodFeed())
	})},
	{"length is no number", "", "bad Content-Length", always(func(c *evilConn) { c.write("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n<rss/>") })},
	{"two lengths", "", "multiple Content-Length", always(func(c *evilConn) { c.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nContent-Length: 7\r\n\r\n<rss/>") })},
	{"chunks that lie", "", "hung up", always(func(c *evilConn) {
		c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff1\r\n<rss>")
	})},
	{"chunk extensions", "", "non-data", always(func(c *evilConn) {
		c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		c.writeForever("1;" + repeatTo("x", 4000) + "\r\na\r\n")
	})},
	{"trailers for ever", "", "trailer", always(func(c *evilConn) {
		c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n1\r\na\r\n0\r\n")
		c.writeForever(repeatTo("X: y\r\n", 65536))
	})},
	{"an etag of 200 KB", "", "", always(func(c *evilConn) {
		c.write("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nConnection: close\r\nETag: \"%s\"\r\n\r\n%s", repeatTo("e", 200<<10), c.goodFeed())
	})},
	{"cookies that grow", "", "circle", always(func(c *evilConn) { c.redirect(302, "/feed", "Set-Cookie: "+repeatTo("a=b; ", 100000)+"\r\n") })},
	{"no content type", "", "", always(func(c *evilConn) { c.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%s", c.goodFeed()) })},
	{"a wrong content type", "", "", always(func(c *evilConn) { c.respond("image/png", c.goodFeed()) })},
	{"a content type that forges", "", "malformed", always(func(c *evilConn) { c.respond("text/xml\x1b[31m; charset=\x07", c.goodFeed()) })},
	{"a reason that forges", "", "answered 404", always(func(c *evilConn) { c.write("HTTP/1.1 404 \x1b[2Jok\x07\r\nContent-Length: 0\r\n\r\n") })},
	// statuses
	{"204", "", "204", always(func(c *evilConn) { c.write("HTTP/1.1 204 x\r\n\r\n") })},
	{"206", "", "206", always(func(c *evilConn) {
		c.write("HTTP/1.1 206 x\r\nContent-Range: bytes 0-9/100\r\nConnection: close\r\n\r\n%s", c.goodFeed())
	})},
	{"300", "", "300", always(func(c *evilConn) { c.write("HTTP/1.1 300 x\r\nContent-Length: 0\r\n\r\n") })},
	{"304 to no condition", "", "304", always(func(c *evilConn) { c.write("HTTP/1.1 304 x\r\n\r\n") })},
	{"401", "", "401", always(func(c *evilConn) {
		c.write("HTTP/1.1 401 x\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n")
	})},
	{"418", "", "418", always(func(c *evilConn) { c.write("HTTP/1.1 418 x\r\nContent-Length: 0\r\n\r\n") })},
	{"500 with a feed", "", "500", always(func(c *evilConn) { c.write("HTTP/1.1 500 x\r\nConnection: close\r\n\r\n%s", c.goodFeed()) })},
	{"503 until the year 33658", "", "503", always(func(c *evilConn) { c.write("HTTP/1.1 503 x\r\nRetry-After: 999999999999\r\nContent-Length: 0\r\n\r\n") })},
	{"999", "", "999", always(func(c *evilConn) { c.write("HTTP/1.1 999 x\r\nContent-Length: 0\r\n\r\n") })},
	// redirects
	{"redirects to itself", "", "circle", always(func(c *evilConn) { c.redirect(301, "/feed", "") })},
	{"redirects for ever", "", "more than 10 times", always(func(c *evilConn) { c.redirect(302, fmt.Sprintf("/%d", rand.Int63()), "") })},
	{"redirects nowhere", "", "without a word", always(func(c *evilConn) { c.redirect(302, "", "") })},
	{"redirects to a file", "", "only http and https", always(func(c *evilConn) { c.redirect(302, "file:///etc/passwd", "") })},
	{"redirects to a script", "", "only http and https", always(func(c *evilConn) { c.redirect(302, "javascript:alert(1)", "") })},
	{"redirects inside", "", "not public", always(func(c *evilConn) { c.redirect(302, "http://127.0.0.1/", "") })},
	{"redirects to rubbish", "", "no address", always(func(c *evilConn) { c.redirect(302, "http://[::1/%zz", "") })},
	// bombs
	{"endless body", "", "larger than", always(func(c *evilConn) {
		c.write("HTTP/1.1 200 OK\r\n\r\n" + rssHead)
		c.writeForever(repeatTo("a ", megabyte))
	})},
	{"gzip bomb", "", "larger than", always(func(c *evilConn) { c.respondEncoded("gzip", gzipped(zeros()), 1000) })},
	{"gzip in gzip", "", "larger than", always(func(c *evilConn) { c.respondEncoded("gzip, gzip", gzipped(bytes.Repeat(gzipped(zeros()), 50)), 1) })},
	{"gzip ten times", "", "", always(func(c *evilConn) {
		data := zeros()
		for range 10 {
			data = gzipped(data)
		}
		c.respondEncoded(strings.TrimSuffix(strings.Repeat("gzip, ", 10), ", "), data, 1)
	})},
	{"brotli bomb", "", "larger than", always(func(c *evilConn) {
		c.respondEncoded("br", compressed(func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, 1) }, zeros()), 1)
	})},
	{"deflate bomb", "", "larger than", always(func(c *evilConn) {
		c.respondEncoded("deflate", compressed(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, zeros()), 1)
	})},
	{"raw deflate bomb", "", "larger than", always(func(c *evilConn) {
		c.respondEncoded("deflate", compressed(func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 1); return f }, zeros()), 1)
	})},
	{"gzip cut off", "", "", always(func(c *evilConn) { p := gzipped([]byte(c.goodFeed())); c.respondEncoded("gzip", p[:len(p)-9], 1) })},
	{"gzip that is none", "", "", always(func(c *evilConn) { c.respondEncoded("gzip", []byte(c.goodFeed()), 1) })},
	// documents
	{"nothing", "", "nothing at all", always(func(c *evilConn) { c.respondFeed("") })},
	{"garbage", "", "not a feed", always(func(c *evilConn) {
		noise := make([]byte, megabyte)
		rand.New(rand.NewSource(1)).Read(noise)
		c.respondFeed("x" + string(noise))
	})},
	{"NUL for 15 MB", "", "is empty", always(func(c *evilConn) { c.respondFeed(repeatTo("\x00", 15*megabyte)) })},
	{"a million entries", "", "", always(func(c *evilConn) {
		c.respondFeed(rssHead + c.goodItem(uniqueText(c.host)) + repeatTo("<item><guid>", 12) + repeatTo("</guid></item><item><guid>", 15*megabyte))
	})},
	{"entries of their own", "", "", always(func(c *evilConn) {
		var b strings.Builder
		b.WriteString(rssHead)
		for i := range 500 {
			fmt.Fprintf(&b, "<item><title>T%d</title><link>http://%s/%d</link><description>d %d</description></item>", i, c.host, i, i)
		}
		c.respondFeed(b.String() + "</channel></rss>")
	})},
	{"one text of 15 MB", "", "", always(func(c *evilConn) {
		c.respondFeed(rssHead + c.goodItem(repeatTo("word ", 15*megabyte)) + "</channel></rss>")
	})},
	{"a title of 8 MB", "", "", always(func(c *evilConn) {
		c.respondFeed(rssHead + "<item><title>" + repeatTo("word ", 8*megabyte) + "</title><link>http://" + c.host + "/page</link><description>" + uniqueText(c.host) + "</description></item></channel></rss>")
	})},
	{"deep XML", "", "cut off", always(func(c *evilConn) { c.respondFeed(rssHead + repeatTo("<a>", 10*megabyte)) })},
	{"deep text", "", "", always(func(c *evilConn) {
		c.respondFeed(rssHead + c.goodItem("<![CDATA["+repeatTo("<b><i>", 2*megabyte)+uniqueText(c.host)+"]]>") + "</channel></rss>")
	})},
	{"600 divs", "", "", always(func(c *evilConn) {
		c.respondFeed(rssHead + c.goodItem("<![CDATA["+strings.Repeat("<div>", 600)+"<p>"+uniqueText(c.host)+"</p>]]>") + "</channel></rss>")
	})},
	{"a flood of attributes", "", "", always(func(c *evilConn) {
		var b strings.Builder
		for i := range 50000 {
			fmt.Fprintf(&b, " a%d='b'", i)
		}
		c.respondFeed(strings.Replace(c.goodFeed(), "<item>", "<item"+b.String()+">", 1))
	})},
	{"a flood of namespaces", "", "", always(func(c *evilConn) {
		var b strings.Builder
		for i := range 200000 {
			fmt.Fprintf(&b, " xmlns:n%d='u'", i)
		}
		c.respondFeed(strings.Replace(c.goodFeed(), "<rss", "<rss"+b.String(), 1))
	})},
	{"a flood of categories", "", "", always(func(c *evilConn) {
		c.respondFeed(strings.Replace(c.goodFeed(), "<pubDate>", repeatTo("<category>go</category>", 8*megabyte/23*23)+"<pubDate>", 1))
	})},
	{"entity bomb", "", "", always(func(c *evilConn) {
		var b strings.Builder
		b.WriteString(`<!DOCTYPE r [<!ENTITY a0 "lol">`)
		for i := 1; i < 30; i++ {
			fmt.Fprintf(&b, `<!ENTITY a%d "%s">`, i, strings.Repeat(fmt.Sprintf("&a%d;", i-1), 10))
		}
		c.respondFeed(b.String() + "]>" + strings.Replace(c.goodFeed(), "<description>", "<description>&a29;", 1))
	})},
	{"an entity that is a file", "", "", always(func(c *evilConn) {
		c.respondFeed(`<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % y SYSTEM "http://127.0.0.1/"> %y;]>` + strings.Replace(c.goodFeed(), "<description>", "<description>&x;", 1))
	})},
	{"only less-than", "", "", always(func(c *evilConn) {
		c.respondFeed(rssHead + c.goodItem("<![CDATA["+repeatTo("<", 8*megabyte)+"]]>") + "</channel></rss>")
	})},
	{"only ampersands", "", "", always(func(c *evilConn) {
		c.respondFeed(rssHead + c.goodItem(repeatTo("&amp;", 8*megabyte/5*5)) + "</channel></rss>")
	})},
	{"comments that never end", "", "", always(func(c *evilConn) {
		c.respondFeed(rssHead + c.goodItem("<![CDATA["+repeatTo("<!--", 4*megabyte)+"]]>") + "</channel></rss>")
	})},
	{"quotes that never end", "", "", always(func(c *evilConn) {
		c.respondFeed(rssHead + c.goodItem("<![CDATA["+repeatTo(`<a b="`, 4*megabyte)+"]]>") + "</channel></rss>")
	})},
	{"CDATA that never ends", "", "", always(func(c *evilConn) {
		c.respondFeed(rssHead + c.goodItem("ok") + "<item><title><![CDATA[" + repeatTo("x]]", 8*megabyte))
	})},
	{"formatting misnested", "", "", always(func(c *evilConn) {
		c.respondFeed(rssHead + c.goodItem("<![CDATA["+repeatTo("<a><b><i><font><p></b>", megabyte)+uniqueText(c.host)+"]]>") + "</channel></rss>")
	})},
	{"tables misnested", "", "", always(func(c *evilConn) {
		c.respondFeed(rssHead + c.goodItem("<![CDATA["+repeatTo("<table><tr>x<td>", megabyte)+"]]>") + "</channel></rss>")
	})},
	{"deep JSON", "", "cut off", always(func(c *evilConn) {
		c.respond("application/feed+json", `{"version":"https://jsonfeed.org/version/1.1","items":`+repeatTo("[", 8*megabyte))
	})},
	{"JSON of a million items", "", "", always(func(c *evilConn) {
		c.respond("application/feed+json", `{"version":"https://jsonfeed.org/version/1.1","items":[{}`+repeatTo(`,{"id":""}`, 12*megabyte/10*10)+"]}")
	})},
	{"a charset that lies", "", "", always(func(c *evilConn) { c.respond("application/rss+xml; charset=utf-32", c.goodFeed()) })},
	{"UTF-16 of 15 MB", "", "not a feed", always(func(c *evilConn) { c.respondFeed("\xff\xfe" + repeatTo("<\x00a\x00>\x00", 15*megabyte/6*6)) })},
	{"dates to count by", "", "", always(func(c *evilConn) {
		c.respondFeed(strings.Replace(c.goodFeed(), "Mon, 23 Nov 2026 09:00:00 GMT", repeatTo("1 Jan 1 ", megabyte), 1))
	})},
	{"an opaque type", "", "video", always(func(c *evilConn) { c.respondFeed("\x1aE\xdf\xa3" + repeatTo("webm\x00", megabyte)) })},
	// pages, lists, sitemaps, robots.txt
	{"page hangs", "", "", onPage(func(c *evilConn) { c.write("HTTP/1.1 200 OK\r\n\r\n<html>"); c.waitForClose() })},
	{"page never ends", "", "", onPage(func(c *evilConn) {
		c.write("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
		c.writeForever(repeatTo("<p>word ", megabyte))
	})},
	{"page is a bomb", "", "", onPage(func(c *evilConn) {
		c.write("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n%s", string(gzipped(zeros())))
	})},
	{"page of 600 divs", "", "", onPage(func(c *evilConn) { c.respond("text/html", strings.Repeat("<div>", 600)+"<p>"+uniqueText(c.host)) })},
	{"page of a million divs", "", "", onPage(func(c *evilConn) { c.respond("text/html", repeatTo("<div>", 5*megabyte)+"<p>"+uniqueText(c.host)) })},
	{"page misnested", "", "", onPage(func(c *evilConn) { c.respond("text/html", repeatTo("<a><b><i><font><p></b>", 2*megabyte)) })},
	{"page of tables", "", "", onPage(func(c *evilConn) { c.respond("text/html", repeatTo("<table><tr>x<td>", 2*megabyte)) })},
	{"page of forms", "", "", onPage(func(c *evilConn) { c.respond("text/html", repeatTo("<form><select><option><svg><p>", 2*megabyte)) })},
	{"page of links", "", "", onPage(func(c *evilConn) { c.respond("text/html", repeatTo("<li><a href=/x>word</a> ", 8*megabyte)) })},
	{"page of attributes", "", "", onPage(func(c *evilConn) { c.respond("text/html", "<p"+repeatTo(" a=b", 4*megabyte)+">"+uniqueText(c.host)) })},
	{"page refreshes for ever", "", "", onPage(func(c *evilConn) { c.respond("text/html", `<meta http-equiv=refresh content="0;url=/page">`) })},
	{"page refreshes inside", "", "", onPage(func(c *evilConn) {
		c.respond("text/html", `<meta http-equiv=refresh content="0;url=http://127.0.0.1/">`)
	})},
	{"page is a film", "", "", onPage(func(c *evilConn) { c.respond("video/mp4", repeatTo("\x00", megabyte)) })},
	{"robots.txt never ends", "", "", func(c *evilConn, path string) {
		if path == "/robots.txt" {
			c.write("HTTP/1.1 200 OK\r\n\r\n")
			c.writeForever(repeatTo("Disallow: /*a*b*c*d*e*f*g*h*$\n", 65536))
			return
		}
		c.respondFeed(c.feedWithoutText())
	}},
	{"robots.txt byte by byte", "", "", func(c *evilConn, path string) {
		if path == "/robots.txt" {
			c.write("HTTP/1.1 200 OK\r\n\r\n")
			c.writeSlowly(repeatTo("# ", 9999))
			return
		}
		c.respondFeed(c.feedWithoutText())
	}},
	{"robots.txt in a circle", "", "", func(c *evilConn, path string) {
		if path == "/robots.txt" {
			c.redirect(302, "/robots.txt", "")
			return
		}
		c.respondFeed(c.feedWithoutText())
	}},
	{"sitemap of itself", "sitemap: http://%s/map.xml", "none of the sitemaps", always(func(c *evilConn) {
		c.respond("application/xml", "<sitemapindex>"+repeatTo("<sitemap><loc>http://"+c.host+"/map.xml</loc></sitemap>", megabyte)+"</sitemapindex>")
	})},
	{"sitemap without an end", "sitemap: http://%s/map.xml", "", always(func(c *evilConn) {
		var b strings.Builder
		for range 1000 {
			fmt.Fprintf(&b, "<sitemap><loc>http://%s/%d.xml</loc></sitemap>", c.host, rand.Int63())
		}
		c.respond("application/xml", "<sitemapindex>"+b.String()+"</sitemapindex>")
	})},
	{"sitemap of a million", "sitemap: http://%s/map.xml", "", always(func(c *evilConn) {
		var b strings.Builder
		for i := range 3000 {
			fmt.Fprintf(&b, "<url><loc>http://%s/a/%d</loc></url>", c.host, i)
		}
		c.respond("application/xml", "<urlset>"+b.String()+"</urlset>")
	})},
	{"list of a million", "page: http://%s/list\n    items: li", "", always(func(c *evilConn) { c.respond("text/html", repeatTo("<li><a href=/x>word</a> ", 8*megabyte)) })},
	{"list in the deep", "page: http://%s/list\n    items: div div div a", "matches nothing", always(func(c *evilConn) { c.respond("text/html", repeatTo("<div>", 2*megabyte)) })},
}

// serveEvil starts all evil servers, each at an address of its own, and returns a function for the address of the
// i-th.
func serveEvil(fail func(...any), cleanup func(func())) func(i int) string {
	listener, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		fail("no loopback server can be started here: ", err)
	}
	cleanup(func() { listener.Close() })
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	address := func(i int) string { return fmt.Sprintf("127.0.%d.%d:%s", 2+i/200, 1+i%200, port) }
	known := map[string]evilServer{}
	for i, m := range evilServers {
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
				path, ok := readRequest(conn)
				if m, known := known[conn.LocalAddr().String()]; ok && known {
					m.respond(&evilConn{Conn: conn, host: conn.LocalAddr().String()}, path)
				}
			}()
		}
	}()
	return address
}

// readRequest reads a request byte by byte, so that nothing after it is consumed.
func readRequest(c net.Conn) (path string, ok bool) {
	var b []byte
	for one := make([]byte, 1); !bytes.HasSuffix(b, []byte("\r\n\r\n")); b = append(b, one...) {
		if n, err := c.Read(one); n == 0 || err != nil || len(b) > megabyte {
			return "", false
		}
	}
	fields := strings.Fields(string(b))
	return fields[1], len(fields) > 2 && fields[0] == http.MethodGet
}
