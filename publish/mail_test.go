package publish

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"

	"broadsheet/internal/link"
)

// smtpServer is an SMTP server (RFC 5321) in this process. It keeps the messages that it accepts.
type smtpServer struct {
	net.Listener
	refuseData   bool
	hangUpAtQuit bool // closes the connection without a reply to QUIT
	messages     chan string
}

func startSMTPServer(t *testing.T) *smtpServer {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := &smtpServer{Listener: l, messages: make(chan string, 9)}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			o.serve(c)
		}
	}()
	return o
}

func (o *smtpServer) serve(c net.Conn) {
	defer c.Close()
	say := func(line string) { fmt.Fprintf(c, "%s\r\n", line) }
	in := bufio.NewReader(c)
	say("220 post.example")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " "); verb {
		case "EHLO":
			say("250-post.example")
			say("250 8BITMIME")
		case "DATA":
			if o.refuseData {
				say("452 insufficient system storage")
				continue
			}
			say("354 go ahead")
			var b strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				b.WriteString(strings.TrimPrefix(line, "."))
			}
			o.messages <- b.String()
			say("250 accepted")
		case "QUIT":
			if o.hangUpAtQuit {
				return
			}
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (o *smtpServer) mailer() Mailer {
	return Mailer{Host: "127.0.0.1", Port: o.Addr().(*net.TCPAddr).Port, Plaintext: true}
}

func testMessage(t *testing.T) *Message {
	t.Helper()
	l, err := NewMessage(testConfig(), testEditions()[5], "editor@daily.example", "Réa Der <reader@mail.example>", "")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// bodyParts returns the bodies of a multipart message, by type.
func bodyParts(t *testing.T, m *mail.Message) map[string]string {
	t.Helper()
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("it is %s, %v", kind, err)
	}
	all, r := map[string]string{}, multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := r.NextRawPart()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		all[kind] = strings.ReplaceAll(string(body), "\r\n", "\n")
	}
}

func TestSend_Delivers(t *testing.T) {
	server := startSMTPServer(t)
	if err := testMessage(t).Send(t.Context(), server.mailer()); err != nil {
		t.Fatal(err)
	}
	m, err := mail.ReadMessage(strings.NewReader(<-server.messages))
	if err != nil {
		t.Fatal(err)
	}
	to, err := m.Header.AddressList("To")
	if err != nil || to[0].Address != "reader@mail.example" || to[0].Name != "Réa Der" {
		t.Errorf("to %v, %v", to, err)
	}
	from, _ := m.Header.AddressList("From")
	if len(from) != 1 || from[0].Name != "The Daily System" {
		t.Errorf("from %v", from)
	}
	at, err := m.Header.Date()
	if err != nil || !at.Equal(testEditions()[5].At) {
		t.Errorf("date %v, %v", at, err)
	}
	if s := m.Header.Get("List-Unsubscribe"); s != "<mailto:editor@daily.example?subject=unsubscribe>" {
		t.Errorf("List-Unsubscribe is %q", s)
	}
	if s := m.Header.Get("Subject"); s != "The Daily System, 24 November 2026" {
		t.Errorf("Subject is %q", s)
	}
	body := bodyParts(t, m)
	for _, p := range testEditions()[5].Picks {
		if !strings.Contains(body["text/plain"], p.Title+"\n") || !strings.Contains(body["text/plain"], link.WebURI(p.Link)) {
			t.Errorf("the text lacks %q", p.Title)
		}
		if !strings.Contains(body["text/html"], `href="`+link.WebURI(p.Link)+`"`) {
			t.Errorf("the HTML lacks %q", p.Title)
		}
	}
	if strings.Contains(body["text/html"], "<img") || strings.Contains(body["text/html"], "<script") {
		t.Error("the HTML loads something")
	}
}

func TestNewMessage_Deterministic(t *testing.T) {
	var a, b bytes.Buffer
	testMessage(t).WriteTo(&a)
	testMessage(t).WriteTo(&b)
	if a.String() != b.String() || a.Len() == 0 {
		t.Error("two messages differ")
	}
	other, err := NewMessage(testConfig(), testEditions()[4], "editor@daily.example", "reader@mail.example", "https://daily.example/off")
	if err != nil {
		t.Fatal(err)
	}
	var c bytes.Buffer
	other.WriteTo(&c)
	first, _ := mail.ReadMessage(&a)
	second, _ := mail.ReadMessage(&c)
	if id := first.Header.Get("Message-ID"); id == "" || id == second.Header.Get("Message-ID") || !strings.HasSuffix(id, "@daily.example>") {
		t.Errorf("Message-ID %q and %q", id, second.Header.Get("Message-ID"))
	}
	if s := second.Header.Get("List-Unsubscribe"); s != "<https://daily.example/off>" {
		t.Errorf("List-Unsubscribe is %q", s)
	}
}

func TestSend_ReportsRefusal(t *testing.T) {
	server := startSMTPServer(t)
	server.refuseData = true
	err := testMessage(t).Send(t.Context(), server.mailer())
	if err == nil || !strings.Contains(err.Error(), "reader@mail.example") || !strings.Contains(err.Error(), "452") {
		t.Errorf("error is %v", err)
	}
	server.Close()
	if err := testMessage(t).Send(t.Context(), server.mailer()); err == nil {
		t.Error("sent to nobody")
	}
}

func TestSend_IgnoresErrorAfterAcceptance(t *testing.T) {
	server := startSMTPServer(t)
	server.hangUpAtQuit = true
	if err := testMessage(t).Send(t.Context(), server.mailer()); err != nil {
		t.Errorf("the server took it, and yet: %v", err)
	}
}

func TestSend_RequiresSTARTTLS(t *testing.T) {
	server := startSMTPServer(t)
	mailer := server.mailer()
	mailer.Plaintext = false
	if err := testMessage(t).Send(t.Context(), mailer); err == nil {
		t.Error("sent without STARTTLS to a server that has none")
	}
	if len(server.messages) > 0 {
		t.Error("the message was sent unencrypted")
	}
}

func TestNewMessage_RejectsInvalidAddresses(t *testing.T) {
	for _, bad := range []string{"", "nobody", "a@b@c", "x@y.example\r\nBcc: z@y.example"} {
		if _, err := NewMessage(testConfig(), testEditions()[5], "editor@daily.example", bad, ""); err == nil {
			t.Errorf("%q is taken for an address", bad)
		}
	}
}

// TestNewMessage_NoHeaderOrSMTPInjection has titles and names that try to end a header or the message and to begin another.
func TestNewMessage_NoHeaderOrSMTPInjection(t *testing.T) {
	config, e := testConfig(), testEditions()[5]
	config.Title = "Daily\r\nBcc: all@mail.example\r\n\r\nowned"
	const attack = "Title\r\n.\r\nMAIL FROM:<x@mail.example>\r\nRCPT TO:<y@mail.example>\r\nDATA\r\n\n.\n\r.\rend"
	for i := range e.Picks {
		e.Picks[i].Title, e.Picks[i].Excerpt, e.Picks[i].SourceName, e.Picks[i].Authors = attack, attack, attack, []string{attack}
	}
	server := startSMTPServer(t)
	l, err := NewMessage(config, e, "editor@daily.example", "reader@mail.example", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Send(t.Context(), server.mailer()); err != nil {
		t.Fatal(err)
	}
	text := <-server.messages
	if len(server.messages) > 0 {
		t.Error("one message became two")
	}
	if strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\n") || strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\r") {
		t.Error("a line ends without CRLF, where servers differ in what ends a message")
	}
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for name := range m.Header {
		switch name {
		case "Bcc", "Cc":
			t.Errorf("a title became the header %s", name)
		}
	}
	if got := m.Header["Subject"]; len(got) != 1 || !strings.HasSuffix(got[0], "24 November 2026") {
		t.Errorf("Subject is %q", got)
	}
}

func TestListUnsubscribe(t *testing.T) {
	for _, tt := range []struct{ where, want string }{
		{"", "<mailto:s@daily.example?subject=unsubscribe>"},
		{"off@daily.example", "<mailto:off@daily.example?subject=unsubscribe>"},
		{"mailto:off@daily.example", "<mailto:off@daily.example?subject=unsubscribe>"},
		{"mailto:off@daily.example?subject=off", "<mailto:off@daily.example?subject=off>"},
		{"mailto:off@daily.example?subject=x>,<mailto:y", "<mailto:s@daily.example?subject=unsubscribe>"},
		{"https://daily.example/off?a=b", "<https://daily.example/off?a=b>"},
		{"javascript:alert(1)", "<mailto:s@daily.example?subject=unsubscribe>"},
	} {
		if got := listUnsubscribe(tt.where, "s@daily.example"); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.where, got, tt.want)
		}
	}
}
