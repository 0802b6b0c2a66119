package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// smtpServer is a mail server on this machine (RFC 5321, 3207, 4954). It takes letters, and says what it is told to.
type smtpServer struct {
	net.Listener
	mu      sync.Mutex // of all that follows
	does    manners
	letters []*mail.Message
	heard   bytes.Buffer // in the clear
}

// manners are what a mail server does.
type manners struct {
	tls      *tls.Config       // offered with STARTTLS; nil: not
	password string            // asked for; empty: not
	refuse   string            // an address that it does not take
	taken    func(letters int) // called when a letter is taken, before that is said
}

// do gives the server other manners.
func (s *smtpServer) do(m manners) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.does = m
}

func (s *smtpServer) manners() manners {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.does
}

// took are the letters that it has, and forgets them when told to.
func (s *smtpServer) took(forget bool) []*mail.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.letters
	if forget {
		s.letters = nil
	}
	return all
}

// overheard is what it was told in the clear.
func (s *smtpServer) overheard() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heard.String()
}

func startSMTP(t *testing.T) *smtpServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skipf("skipped: no loopback server can be started here: %v", err)
	}
	s := &smtpServer{Listener: l}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(c)
		}
	}()
	return s
}

func (s *smtpServer) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	in, safe := bufio.NewReader(c), false
	say := func(lines ...string) { fmt.Fprintf(c, "%s\r\n", strings.Join(lines, "\r\n")) }
	say("220 post.example")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if !safe {
			s.mu.Lock()
			s.heard.WriteString(line)
			s.mu.Unlock()
		}
		does := s.manners()
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			lines := []string{"250-post.example"}
			if does.tls != nil && !safe {
				lines = append(lines, "250-STARTTLS")
			}
			if does.password != "" && (does.tls == nil || safe) {
				lines = append(lines, "250-AUTH PLAIN")
			}
			say(append(lines, "250 8BITMIME")...)
		case "STARTTLS":
			say("220 go ahead")
			c = tls.Server(c, does.tls)
			in, safe = bufio.NewReader(c), true
		case "AUTH":
			given, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
			if string(given) != "\x00daily\x00"+does.password {
				say("535 wrong: " + string(bytes.TrimPrefix(given, []byte("\x00daily\x00")))) // some servers are that rude
				continue
			}
			say("235 welcome")
		case "RCPT":
			if does.refuse != "" && strings.Contains(rest, does.refuse) {
				say("550 nobody of that name")
				continue
			}
			say("250 ok")
		case "DATA":
			say("354 go ahead")
			var text strings.Builder
			for line = ""; line != ".\r\n"; {
				text.WriteString(strings.TrimPrefix(line, "."))
				if line, err = in.ReadString('\n'); err != nil {
					return
				}
			}
			letter, err := mail.ReadMessage(strings.NewReader(text.String()))
			if err != nil {
				say("554 no letter")
				continue
			}
			s.mu.Lock()
			s.letters = append(s.letters, letter)
			n := len(s.letters)
			s.mu.Unlock()
			if does.taken != nil {
				does.taken(n)
			}
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// receivers are whom letters went to, in order.
func (s *smtpServer) receivers() (all []string) {
	for _, l := range s.took(false) {
		to, _ := l.Header.AddressList("To")
		for _, a := range to {
			all = append(all, a.Address)
		}
	}
	return all
}

// newspaper is a folder with an edition of 24 November 2026 and a feeds.yaml that sends by the server.
type newspaper struct {
	*testing.T
	dir string
	web *web
}

func newNewspaper(t *testing.T, s *smtpServer, mailKeys string) *newspaper {
	t.Helper()
	n := &newspaper{T: t, dir: t.TempDir(), web: newWeb(nil, nil)}
	n.feeds(s, mailKeys)
	n.arrives("1", "The queue that never emptied", "23")
	n.call(0, "run", "--now", "2026-11-24T07:00:00Z")
	return n
}

func (n *newspaper) feeds(s *smtpServer, mailKeys string) {
	text := fmt.Sprintf("mail:\n  from: daily@paper.example\n  host: 127.0.0.1\n  port: %d\n%s\nsources: [https://blog.example/feed.xml]\n",
		s.Addr().(*net.TCPAddr).Port, mailKeys)
	if err := os.WriteFile(filepath.Join(n.dir, "feeds.yaml"), []byte(text), 0o644); err != nil {
		n.Fatal(err)
	}
}

// arrives puts an article into the feed.
func (n *newspaper) arrives(id, title, day string) {
	const description = "This article tells how a lock was held by a machine that had been taken apart the week before, and how the lease that replaced it got its length of ten seconds."
	n.web.pages["https://blog.example/feed.xml"] = fmt.Appendf(nil, "Content-Type: application/rss+xml\n\n<rss version=\"2.0\"><channel><title>Blog</title><item><title>%s</title>"+
		"<link>https://blog.example/%s</link><pubDate>%s Nov 2026 09:00:00 GMT</pubDate><description>%s</description></item></channel></rss>", title, id, day, description)
}

// call runs the program, holds its status, and returns what it printed.
func (n *newspaper) call(status int, args ...string) string {
	n.Helper()
	var out bytes.Buffer
	in := func(name string) string { return filepath.Join(n.dir, name) }
	args = append(args, "--feeds", in("feeds.yaml"), "--db", in("broadsheet.db"), "--out", in("public"))
	if got := run(context.Background(), args, world{stdout: &out, stderr: &out, transport: n.web, clock: fixedClock}); got != status {
		n.Errorf("%v: exit %d, want %d: %s", args[0], got, status, out.String())
	}
	return out.String()
}

func (n *newspaper) sentTo(s *smtpServer, want ...string) {
	n.Helper()
	if got := s.receivers(); !slices.Equal(got, want) {
		n.Errorf("letters went to %q, want %q", got, want)
	}
}

func TestEditionIsSentOnceToEach(t *testing.T) {
	s := startSMTP(t)
	s.do(manners{password: "hunter2 and more"})
	t.Setenv("BROADSHEET_TEST_PASSWORD", "hunter2 and more")
	const login = "  tls: none\n  user: daily\n  password_env: BROADSHEET_TEST_PASSWORD\n"
	n := newNewspaper(t, s, login+"  to: [ann@a.example, Bob <bob@b.example>]")
	if out := n.call(0, "mail"); out != "" {
		t.Errorf("all is well, and yet it says %q", out)
	}
	n.sentTo(s, "ann@a.example", "bob@b.example")
	n.call(0, "mail")
	n.call(0, "mail", "--to", "ANN@a.example")
	n.sentTo(s, "ann@a.example", "bob@b.example")

	// The next day there is another edition; who is new gets that one alone.
	n.arrives("2", "Another day, another lease", "24")
	n.call(0, "run", "--force", "--now", "2026-11-25T07:00:00Z")
	n.feeds(s, login+"  to: [ann@a.example, new@n.example]")
	s.took(true)
	n.call(0, "mail", "--now", "2026-11-25T08:00:00Z")
	n.sentTo(s, "ann@a.example", "new@n.example")
	for _, l := range s.took(false) {
		if got := l.Header.Get("Subject"); got != "Broadsheet, 25 November 2026" {
			t.Errorf("sent %q", got)
		}
	}
	// An older one when it is asked for by its day.
	s.took(true)
	n.call(0, "mail", "--to", "new@n.example", "--day", "2026-11-24")
	n.call(0, "mail", "--to", "ann@a.example", "--day", "2026-11-24")
	n.sentTo(s, "new@n.example")
	if out := n.call(1, "mail", "--day", "2026-11-20"); !strings.Contains(out, "there is no edition of 2026-11-20") {
		t.Errorf("said %q", out)
	}
}

func TestWhatIsNotAcceptedIsSentLater(t *testing.T) {
	t.Parallel()
	s := startSMTP(t)
	s.do(manners{refuse: "gone@g.example"})
	n := newNewspaper(t, s, "  tls: none\n  to: [gone@g.example, ann@a.example]")
	out := n.call(1, "mail")
	if !strings.Contains(out, "gone@g.example") || !strings.Contains(out, "550") || !strings.Contains(out, s.Addr().String()) {
		t.Errorf("said %q", out)
	}
	n.sentTo(s, "ann@a.example") // one address in trouble is nothing to the others
	s.do(manners{})
	n.call(0, "mail")
	n.sentTo(s, "ann@a.example", "gone@g.example")

	_ = s.Close()
	out = n.call(1, "mail", "--to", "late@l.example")
	if !strings.Contains(out, s.Addr().String()) || !strings.Contains(out, "look at host and port") {
		t.Errorf("a server that is down is %q", out)
	}
}

// TestKilledBetweenTwoLetters kills the program when the server has taken the second of three letters and has not said
// so yet: the first is not sent again, the second twice under one Message-ID, none is left out.
func TestKilledBetweenTwoLetters(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it starts processes, which -short leaves out")
	}
	t.Parallel()
	s := startSMTP(t)
	n := newNewspaper(t, s, "  tls: none\n  to: [one@a.example, two@a.example, three@a.example]")
	started, dead := make(chan *os.Process, 1), make(chan struct{})
	s.do(manners{taken: func(letters int) {
		if letters == 2 {
			_ = (<-started).Kill()
			<-dead
		}
	}})
	c := program(n.dir, "mail")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	started <- c.Process
	if err := c.Wait(); err == nil {
		t.Fatal("it was not killed")
	}
	close(dead)
	s.do(manners{})
	n.call(0, "mail")
	n.call(0, "mail")
	n.sentTo(s, "one@a.example", "two@a.example", "two@a.example", "three@a.example")
	if all := s.took(false); len(all) < 3 {
		t.Fatalf("%d letters", len(all))
	} else if a, b := all[1].Header.Get("Message-ID"), all[2].Header.Get("Message-ID"); a != b || a == "" {
		t.Errorf("one letter is %q and %q", a, b)
	}
}

// TestPasswordTravelsOnlyEncrypted sends by STARTTLS to a server whose certificate is trusted, and not to one whose is
// not.
func TestPasswordTravelsOnlyEncrypted(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it starts processes, which -short leaves out")
	}
	t.Parallel()
	certified := httptest.NewTLSServer(nil)
	defer certified.Close()
	s := startSMTP(t)
	s.do(manners{tls: certified.TLS, password: "hunter2"})
	n := newNewspaper(t, s, "  user: daily\n  password_file: password\n  to: [ann@a.example]")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certified.Certificate().Raw})
	for name, text := range map[string]string{"ca.pem": string(certificate), "password": "hunter2\nsecond line\n"} {
		if err := os.WriteFile(filepath.Join(n.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := program(n.dir, "mail").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "certificate") || len(s.took(false)) > 0 {
		t.Errorf("a certificate that nobody vouches for: %v, %s", err, out)
	}
	c := program(n.dir, "mail")
	c.Env = append(c.Env, "SSL_CERT_FILE="+filepath.Join(n.dir, "ca.pem"))
	if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("sending: %v, %s", err, out)
	}
	n.sentTo(s, "ann@a.example")
	if heard := s.overheard(); strings.Contains(heard, "AUTH") || strings.Contains(heard, "MAIL FROM") {
		t.Errorf("said in the clear: %s", heard)
	}
	// A server that lacks STARTTLS hears nothing.
	s.do(manners{password: "hunter2"})
	out, _ = program(n.dir, "mail", "--to", "bob@b.example").CombinedOutput()
	if !strings.Contains(string(out), "look at tls and port") || strings.Contains(s.overheard(), "AUTH") {
		t.Errorf("no STARTTLS: %s", out)
	}
}

func TestPasswordIsNeverPrinted(t *testing.T) {
	s := startSMTP(t)
	s.do(manners{password: "another"})
	t.Setenv("BROADSHEET_TEST_PASSWORD", "hunter2")
	n := newNewspaper(t, s, "  tls: none\n  user: daily\n  password_env: BROADSHEET_TEST_PASSWORD\n  to: [ann@a.example]")
	out := n.call(1, "mail")
	if strings.Contains(out, "hunter2") || !strings.Contains(out, "535") || !strings.Contains(out, "look at user and password") {
		t.Errorf("said %q", out)
	}
	n.feeds(s, "  tls: none\n  user: daily\n  password_env: hunter2\n  to: [ann@a.example]")
	if out := n.call(1, "mail"); strings.Contains(out, "hunter2") || !strings.Contains(out, "password_env") {
		t.Errorf("said %q", out)
	}
	n.feeds(s, "  tls: none\n  user: daily\n  password_file: hunter2\n  to: [ann@a.example]")
	if out := n.call(1, "mail"); strings.Contains(out, "hunter2") || !strings.Contains(out, "password_file") {
		t.Errorf("said %q", out)
	}
	n.sentTo(s)
}

func TestLetterIsWrittenAndNotSent(t *testing.T) {
	t.Parallel()
	s := startSMTP(t)
	n := newNewspaper(t, s, "  tls: none\n  unsubscribe: mailto:off@paper.example?subject=off\n  to: [ann@a.example]")
	text := n.call(0, "mail", "--dry-run", "-")
	letter, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil || letter.Header.Get("To") != "<ann@a.example>" || letter.Header.Get("List-Unsubscribe") != "<mailto:off@paper.example?subject=off>" {
		t.Errorf("wrote %v, %.500s", err, text)
	}
	file := filepath.Join(n.dir, "letter.eml")
	n.call(0, "mail", "--dry-run", file)
	if again, err := os.ReadFile(file); err != nil || string(again) != text {
		t.Errorf("the file holds another letter: %v", err)
	}
	n.sentTo(s)
	n.call(0, "mail") // and it does not count as sent
	n.sentTo(s, "ann@a.example")
}

func TestMailThatCannotBe(t *testing.T) {
	t.Parallel()
	s := startSMTP(t)
	n := newNewspaper(t, s, "  tls: none")
	for _, tt := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"mail"}, 2, "there is nobody to send to"},
		{[]string{"mail", "--to", "nobody"}, 2, "is not a mail address"},
		{[]string{"mail", "--to", "a@a.example\r\nBcc: b@b.example"}, 2, "is not a mail address"},
		{[]string{"mail", "--to", "a@a.example", "--day", "yesterday"}, 2, "write it like 2026-11-24"},
		{[]string{"mail", "now"}, 2, "takes no argument"},
	} {
		if out := n.call(tt.status, tt.args...); !strings.Contains(out, tt.says) {
			t.Errorf("%v says %q", tt.args, out)
		}
	}
	n.sentTo(s)
	if err := os.WriteFile(filepath.Join(n.dir, "feeds.yaml"), []byte("sources: [https://blog.example/feed.xml]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out := n.call(2, "mail"); !strings.Contains(out, "add mail: with from and host") {
		t.Errorf("no section mail is %q", out)
	}
}
