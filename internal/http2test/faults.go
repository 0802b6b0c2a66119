package http2test

import (
	"fmt"
	"strings"

	"golang.org/x/net/http2"
)

// Fault is a fault of an HTTP/2 server, to test what a client does with it.
type Fault struct {
	Name       string
	WantError  string                       // part of the client's error message; empty: not checked, and the request may succeed
	Repeatable bool                         // the server reports that it did not process the request, so that it may be repeated
	OnConnect  func(c *Conn)                // replaces the serving of the connection; nil: Do
	OnRequest  func(c *Conn, stream uint32) // replaces the response to a request
}

const rssFeed = `<rss version="2.0"><channel><title>S</title><item><title>T</title><link>https://a.example/1</link></item></channel></rss>`

// The most frequent parts of error messages.
const (
	refused          = "refuses the request"
	protocolError    = "no correct HTTP/2"
	connectionClosed = "hung up without an answer"
	timedOut         = "no whole answer within"
	flooded          = "more than an answer may have"
)

// sendOK sends the header of a successful response. It reports whether the connection still works.
func sendOK(c *Conn, stream uint32) bool {
	return c.Header(stream, false, ":status", "200", "content-type", "application/xml")
}

// flood returns a fault that sends a frame without end: before the header of the response, or after it.
func flood(before bool, frame func(stream uint32) []byte) func(*Conn, uint32) {
	return func(c *Conn, stream uint32) {
		if !before {
			sendOK(c, stream)
		}
		go c.Hang()
		c.Flood(frame(stream))
	}
}

// connectionFrame returns frames with n zero bytes for the connection as a whole (stream 0).
func connectionFrame(kind http2.FrameType, flags http2.Flags, n int) func(uint32) []byte {
	return func(uint32) []byte { return Frame(kind, flags, 0, make([]byte, n)) }
}

// streamFrame returns frames for the stream of the request.
func streamFrame(kind http2.FrameType, flags http2.Flags, payload string) func(uint32) []byte {
	return func(stream uint32) []byte { return Frame(kind, flags, stream, []byte(payload)) }
}

// reset returns a fault that resets the stream of the request.
func reset(code http2.ErrCode) func(*Conn, uint32) {
	return func(c *Conn, stream uint32) { _ = c.WriteRSTStream(stream, code); c.Hang() }
}

// sendGoAway returns a fault that sends GOAWAY. last is the highest stream that the server processes; then is what it does with
// the connection afterwards.
func sendGoAway(last uint32, code http2.ErrCode, then func(*Conn)) func(*Conn, uint32) {
	return func(c *Conn, stream uint32) { _ = c.WriteGoAway(last, code, []byte("\x1b[31mgo\naway")); then(c) }
}

func hang(c *Conn) { c.Hang() }

func closeNow(*Conn) {}

// Faults returns the faults that were observed in servers, and further possible ones.
func Faults() []Fault {
	all := []Fault{
		// connections
		{Name: "closes after the handshake", WantError: connectionClosed, OnConnect: closeNow},
		{Name: "closes after its settings", WantError: connectionClosed, OnConnect: func(c *Conn) { c.Open() }},
		{Name: "goes away at once", Repeatable: true, OnConnect: func(c *Conn) { c.Open(); _ = c.WriteGoAway(0, http2.ErrCodeNo, nil) }},
		{Name: "goes away at once and stays", Repeatable: true, OnConnect: func(c *Conn) { c.Open(); _ = c.WriteGoAway(0, http2.ErrCodeNo, nil); c.Hang() }},
		{Name: "goes away before its settings", OnConnect: func(c *Conn) { _ = c.WriteGoAway(0, http2.ErrCodeNo, nil); c.Hang() }},
		{Name: "goes away in anger at once", OnConnect: func(c *Conn) { c.Open(); _ = c.WriteGoAway(0, http2.ErrCodeEnhanceYourCalm, nil); c.Hang() }},
		{Name: "never speaks", WantError: timedOut, OnConnect: hang},
		{Name: "takes no streams", WantError: timedOut, OnConnect: func(c *Conn) { c.Open(http2.Setting{ID: http2.SettingMaxConcurrentStreams}); c.Hang() }},
		{Name: "settings that are none", OnConnect: func(c *Conn) { c.Open(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1}); c.Hang() }},
		{Name: "a window too large", OnConnect: func(c *Conn) {
			c.Open(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 31})
			c.Hang()
		}},
		{Name: "speaks HTTP/1", OnConnect: func(c *Conn) { _, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")); c.Hang() }},
		{Name: "pings and does not read", OnConnect: func(c *Conn) { c.Open(); c.Flood(Frame(http2.FramePing, 0, 0, make([]byte, 8))) }},
		{Name: "settings and does not read", OnConnect: func(c *Conn) { c.Open(); c.Flood(Frame(http2.FrameSettings, 0, 0, nil)) }},
		{Name: "a frame of 16 MB", OnConnect: func(c *Conn) {
			c.Open()
			_, _ = c.Write([]byte{0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1})
			c.Hang()
		}},
		// requests
		{Name: "closes on a request", WantError: connectionClosed, OnRequest: func(*Conn, uint32) {}},
		{Name: "stalls", WantError: timedOut, OnRequest: func(c *Conn, _ uint32) { c.Hang() }},
		{Name: "stalls in the body", OnRequest: func(c *Conn, s uint32) { sendOK(c, s); _ = c.WriteData(s, false, []byte("<rss>")); c.Hang() }},
		{Name: "resets after the header", OnRequest: func(c *Conn, s uint32) { sendOK(c, s); reset(http2.ErrCodeInternal)(c, s) }},
		{Name: "refuses after the header", OnRequest: func(c *Conn, s uint32) { sendOK(c, s); reset(http2.ErrCodeRefusedStream)(c, s) }},
		{Name: "closes in the body", OnRequest: func(c *Conn, s uint32) { sendOK(c, s); _ = c.WriteData(s, false, []byte("<rss>")) }},
		{Name: "goes away, took nothing", WantError: "takes no requests now", Repeatable: true, OnRequest: sendGoAway(0, http2.ErrCodeNo, hang)},
		{Name: "goes away, took nothing, closes", WantError: "takes no requests now", Repeatable: true, OnRequest: sendGoAway(0, http2.ErrCodeNo, closeNow)},
		{Name: "goes away in anger", WantError: "ENHANCE_YOUR_CALM", OnRequest: sendGoAway(0, http2.ErrCodeEnhanceYourCalm, hang)},
		{Name: "goes away, took it, closes", WantError: "NO_ERROR", OnRequest: sendGoAway(1, http2.ErrCodeNo, closeNow)},
		{Name: "goes away, took it, stalls", WantError: timedOut, OnRequest: sendGoAway(1<<31-1, http2.ErrCodeNo, hang)},
		{Name: "goes away again and again", OnRequest: func(c *Conn, _ uint32) {
			go c.Hang()
			c.Flood(Frame(http2.FrameGoAway, 0, 0, []byte{0, 0, 0, 1, 0, 0, 0, 0}))
		}},
		{Name: "drains, and answers", WantError: "", OnRequest: func(c *Conn, s uint32) {
			_ = c.WriteGoAway(s, http2.ErrCodeNo, nil)
			c.Respond(s, "200", "application/xml", rssFeed)
		}},
		// floods
		{Name: "pings", WantError: flooded, OnRequest: flood(true, connectionFrame(http2.FramePing, 0, 8))},
		{Name: "answers to pings", WantError: flooded, OnRequest: flood(true, connectionFrame(http2.FramePing, http2.FlagPingAck, 8))},
		{Name: "settings", WantError: flooded, OnRequest: flood(true, connectionFrame(http2.FrameSettings, 0, 0))},
		{Name: "priorities", WantError: flooded, OnRequest: flood(true, streamFrame(http2.FramePriority, 0, "\x00\x00\x00\x00\x10"))},
		{Name: "priorities after the header", OnRequest: flood(false, streamFrame(http2.FramePriority, 0, "\x00\x00\x00\x00\x10"))},
		{Name: "windows", OnRequest: flood(true, func(uint32) []byte { return Frame(http2.FrameWindowUpdate, 0, 0, []byte{0, 0, 0, 1}) })},
		{Name: "frames of no known kind", WantError: flooded, OnRequest: flood(true, streamFrame(0xbe, 0, "x"))},
		{Name: "alternative services", WantError: flooded, OnRequest: flood(true, streamFrame(0xa, 0, "\x00\x00h2=\":443\""))},
		{Name: "empty data", OnRequest: flood(false, streamFrame(http2.FrameData, 0, ""))},
		{Name: "padding", OnRequest: flood(false, streamFrame(http2.FrameData, http2.FlagDataPadded, "\xff"+strings.Repeat("\x00", 255)))},
		{Name: "resets of others", WantError: flooded, OnRequest: flood(true, func(uint32) []byte { return Frame(http2.FrameRSTStream, 0, 99, []byte{0, 0, 0, 8}) })},
		{Name: "continuations", WantError: protocolError, OnRequest: func(c *Conn, s uint32) {
			go c.Hang()
			_ = c.WriteHeaders(http2.HeadersFrameParam{StreamID: s, BlockFragment: HeaderBlock(":status", "200")})
			c.Flood(Frame(http2.FrameContinuation, 0, s, HeaderBlock("x-a", strings.Repeat("a", 500))))
		}},
		{Name: "empty continuations", OnRequest: func(c *Conn, s uint32) {
			go c.Hang()
			_ = c.WriteHeaders(http2.HeadersFrameParam{StreamID: s, BlockFragment: HeaderBlock(":status", "200")})
			c.Flood(Frame(http2.FrameContinuation, 0, s, nil))
		}},
		{Name: "early hints", WantError: "header is larger", OnRequest: flood(true, func(s uint32) []byte {
			return Frame(http2.FrameHeaders, http2.FlagHeadersEndHeaders, s, HeaderBlock(":status", "103", "link", "</x>"))
		})},
		{Name: "data without end", OnRequest: func(c *Conn, s uint32) {
			sendOK(c, s)
			go c.Hang()
			c.Flood(Frame(http2.FrameData, 0, s, []byte(strings.Repeat("<a>", 5000))))
		}},
		{Name: "a 404, pings, and does not read", OnRequest: func(c *Conn, s uint32) {
			c.Header(s, false, ":status", "404")
			_ = c.WriteData(s, false, make([]byte, 16000))
			c.Flood(Frame(http2.FramePing, 0, 0, make([]byte, 8)))
		}},
		// wrong frames
		{Name: "data before the header", WantError: protocolError, OnRequest: func(c *Conn, s uint32) { _ = c.WriteData(s, true, []byte(rssFeed)); c.Hang() }},
		{Name: "data of another stream", WantError: protocolError, OnRequest: func(c *Conn, s uint32) { _ = c.WriteData(s+100, true, []byte(rssFeed)); c.Hang() }},
		{Name: "no status", OnRequest: func(c *Conn, s uint32) { c.Header(s, true, "x", "y"); c.Hang() }},
		{Name: "a status that is none", OnRequest: func(c *Conn, s uint32) { c.Header(s, true, ":status", "ok"); c.Hang() }},
		{Name: "fields in capitals", OnRequest: func(c *Conn, s uint32) { c.Header(s, true, ":status", "200", "Content-Type", "x"); c.Hang() }},
		{Name: "fields of other lines", OnRequest: func(c *Conn, s uint32) { c.Header(s, true, ":status", "200", "x", "a\r\nb: c"); c.Hang() }},
		{Name: "a block that is none", WantError: protocolError, OnRequest: func(c *Conn, s uint32) {
			_ = c.WriteHeaders(http2.HeadersFrameParam{StreamID: s, BlockFragment: []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, EndHeaders: true})
			c.Hang()
		}},
		{Name: "a push", WantError: protocolError, OnRequest: func(c *Conn, s uint32) {
			_ = c.WritePushPromise(http2.PushPromiseParam{StreamID: s, PromiseID: 2, BlockFragment: HeaderBlock(":method", "GET", ":path", "/"), EndHeaders: true})
			c.Hang()
		}},
		{Name: "a switch of protocols", OnRequest: func(c *Conn, s uint32) { c.Header(s, true, ":status", "101"); c.Hang() }},
		{Name: "a header twice", OnRequest: func(c *Conn, s uint32) { sendOK(c, s); sendOK(c, s); c.Hang() }},
		{Name: "more than the length", OnRequest: func(c *Conn, s uint32) {
			c.Header(s, false, ":status", "200", "content-length", "5")
			_ = c.WriteData(s, true, []byte(rssFeed))
			c.Hang()
		}},
		{Name: "less than the length", OnRequest: func(c *Conn, s uint32) {
			c.Header(s, false, ":status", "200", "content-length", "999999")
			_ = c.WriteData(s, true, []byte(rssFeed))
			c.Hang()
		}},
		{Name: "more than the window", OnRequest: func(c *Conn, s uint32) {
			c.Header(s, false, ":status", "404")
			go c.Hang()
			c.Flood(Frame(http2.FrameData, 0, s, make([]byte, 16000)))
		}},
		{Name: "a window of nothing", OnRequest: func(c *Conn, s uint32) { _ = c.WriteRawFrame(http2.FrameWindowUpdate, 0, s, make([]byte, 4)); c.Hang() }},
		{Name: "trailers", OnRequest: func(c *Conn, s uint32) {
			sendOK(c, s)
			_ = c.WriteData(s, false, []byte(rssFeed))
			c.Header(s, true, "x-trailer", "y")
			c.Hang()
		}},
		{Name: "trailers without end", OnRequest: func(c *Conn, s uint32) {
			sendOK(c, s)
			_ = c.WriteData(s, false, []byte(rssFeed))
			go c.Hang()
			c.Flood(Frame(http2.FrameHeaders, http2.FlagHeadersEndHeaders, s, HeaderBlock("x-trailer", "y")))
		}},
	}
	for code := http2.ErrCode(0); code < 16; code++ {
		f := Fault{Name: fmt.Sprintf("resets with code %d", code), WantError: connectionClosed, OnRequest: reset(code)}
		if code == http2.ErrCodeRefusedStream {
			f.WantError, f.Repeatable = refused, true
		}
		all = append(all, f)
	}
	return all
}
