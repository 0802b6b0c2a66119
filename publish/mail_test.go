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

// postOffice is an SMTP server (RFC 5321) in this process: it keeps what it accepts, and refuses data when it is full.
type postOffice struct {
	net.Listener
	full    bool
	rude    bool // hangs up in place of saying goodbye
	letters chan string
}

func openPostOffice(t *testing.T) *postOffice {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := &postOffice{Listener: l, letters: make(chan string, 9)}
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

func (o *postOffice) serve(c net.Conn) {
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
			if o.full {
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
			o.letters <- b.String()
			say("250 accepted")
		case "QUIT":
			if o.rude {
				return
			}
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (o *postOffice) box() Mailer {
	return Mailer{Host: "127.0.0.1", Port: o.Addr().(*net.TCPAddr).Port, Open: true}
}

func letter(t *testing.T) *Message {
	t.Helper()
	l, err := NewMessage(scenarioConfig(), scenarioEditions()[5], "editor@daily.example", "Réa Der <reader@mail.example>", "")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// parts are the bodies of a multipart letter, by type.
func parts(t *testing.T, m *mail.Message) map[string]string {
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

func TestLetterArrives(t *testing.T) {
	office := openPostOffice(t)
	if err := letter(t).Send(t.Context(), office.box()); err != nil {
		t.Fatal(err)
	}
	m, err := mail.ReadMessage(strings.NewReader(<-office.letters))
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
	if err != nil || !at.Equal(scenarioEditions()[5].At) {
		t.Errorf("date %v, %v", at, err)
	}
	if s := m.Header.Get("List-Unsubscribe"); s != "<mailto:editor@daily.example?subject=unsubscribe>" {
		t.Errorf("List-Unsubscribe is %q", s)
	}
	if s := m.Header.Get("Subject"); s != "The Daily System, 24 November 2026" {
		t.Errorf("Subject is %q", s)
	}
	body := parts(t, m)
	for _, p := range scenarioEditions()[5].Picks {
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

func TestSameEditionIsTheSameLetter(t *testing.T) {
	var a, b bytes.Buffer
	letter(t).WriteTo(&a)
	letter(t).WriteTo(&b)
	if a.String() != b.String() || a.Len() == 0 {
		t.Error("two letters differ")
	}
	other, err := NewMessage(scenarioConfig(), scenarioEditions()[4], "editor@daily.example", "reader@mail.example", "https://daily.example/off")
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

func TestRefusedLetterIsNotSent(t *testing.T) {
	office := openPostOffice(t)
	office.full = true
	err := letter(t).Send(t.Context(), office.box())
	if err == nil || !strings.Contains(err.Error(), "reader@mail.example") || !strings.Contains(err.Error(), "452") {
		t.Errorf("error is %v", err)
	}
	office.Close()
	if err := letter(t).Send(t.Context(), office.box()); err == nil {
		t.Error("sent to nobody")
	}
}

func TestAcceptedLetterIsSentWhateverFollows(t *testing.T) {
	office := openPostOffice(t)
	office.rude = true
	if err := letter(t).Send(t.Context(), office.box()); err != nil {
		t.Errorf("the server took it, and yet: %v", err)
	}
}

func TestPasswordNeedsEncryption(t *testing.T) {
	office := openPostOffice(t)
	box := office.box()
	box.Open = false
	if err := letter(t).Send(t.Context(), box); err == nil {
		t.Error("sent without STARTTLS to a server that has none")
	}
	if len(office.letters) > 0 {
		t.Error("the letter left in the clear")
	}
}

func TestMailAddressesAreChecked(t *testing.T) {
	for _, bad := range []string{"", "nobody", "a@b@c", "x@y.example\r\nBcc: z@y.example"} {
		if _, err := NewMessage(scenarioConfig(), scenarioEditions()[5], "editor@daily.example", bad, ""); err == nil {
			t.Errorf("%q is taken for an address", bad)
		}
	}
}

// TestTitlesAreNotHeaders lets titles and names try to end a header or the letter itself, and to begin another.
func TestTitlesAreNotHeaders(t *testing.T) {
	config, e := scenarioConfig(), scenarioEditions()[5]
	config.Title = "Daily\r\nBcc: all@mail.example\r\n\r\nowned"
	const attack = "Title\r\n.\r\nMAIL FROM:<x@mail.example>\r\nRCPT TO:<y@mail.example>\r\nDATA\r\n\n.\n\r.\rend"
	for i := range e.Picks {
		e.Picks[i].Title, e.Picks[i].Excerpt, e.Picks[i].SourceName, e.Picks[i].Authors = attack, attack, attack, []string{attack}
	}
	office := openPostOffice(t)
	l, err := NewMessage(config, e, "editor@daily.example", "reader@mail.example", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Send(t.Context(), office.box()); err != nil {
		t.Fatal(err)
	}
	text := <-office.letters
	if len(office.letters) > 0 {
		t.Error("one letter became two")
	}
	if strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\n") || strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\r") {
		t.Error("a line ends without CRLF, where servers differ in what ends a letter")
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

func TestUnsubscribeIsAnAddress(t *testing.T) {
	for _, tt := range []struct{ where, want string }{
		{"", "<mailto:s@daily.example?subject=unsubscribe>"},
		{"off@daily.example", "<mailto:off@daily.example?subject=unsubscribe>"},
		{"mailto:off@daily.example", "<mailto:off@daily.example?subject=unsubscribe>"},
		{"mailto:off@daily.example?subject=off", "<mailto:off@daily.example?subject=off>"},
		{"mailto:off@daily.example?subject=x>,<mailto:y", "<mailto:s@daily.example?subject=unsubscribe>"},
		{"https://daily.example/off?a=b", "<https://daily.example/off?a=b>"},
		{"javascript:alert(1)", "<mailto:s@daily.example?subject=unsubscribe>"},
	} {
		if got := unsubscribeAt(tt.where, "s@daily.example"); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.where, got, tt.want)
		}
	}
}
