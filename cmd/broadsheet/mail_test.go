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

// smtpServer is a mail server on this machine (RFC 5321, 3207, 4954). It accepts messages, and behaves as the test
// says.
type smtpServer struct {
	net.Listener
	mu        sync.Mutex // guards all that follows
	current   smtpBehaviour
	messages  []*mail.Message
	plaintext bytes.Buffer // received without encryption
}

// smtpBehaviour is how a mail server behaves.
type smtpBehaviour struct {
	tls      *tls.Config        // offered with STARTTLS; nil: not offered
	password string             // required; empty: none
	reject   string             // an address that it rejects
	onAccept func(messages int) // called when a message is accepted, before the client learns it
}

// setBehaviour changes the server's behaviour.
func (s *smtpServer) setBehaviour(m smtpBehaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = m
}

func (s *smtpServer) behaviour() smtpBehaviour {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

// received returns the accepted messages. With forget it also clears them.
func (s *smtpServer) received(forget bool) []*mail.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.messages
	if forget {
		s.messages = nil
	}
	return all
}

// plaintextReceived returns what was received without encryption.
func (s *smtpServer) plaintextReceived() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.plaintext.String()
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
			s.plaintext.WriteString(line)
			s.mu.Unlock()
		}
		does := s.behaviour()
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
				say("535 wrong: " + string(bytes.TrimPrefix(given, []byte("\x00daily\x00")))) // some servers do repeat the password
				continue
			}
			say("235 welcome")
		case "RCPT":
			if does.reject != "" && strings.Contains(rest, does.reject) {
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
			message, err := mail.ReadMessage(strings.NewReader(text.String()))
			if err != nil {
				say("554 no letter")
				continue
			}
			s.mu.Lock()
			s.messages = append(s.messages, message)
			n := len(s.messages)
			s.mu.Unlock()
			if does.onAccept != nil {
				does.onAccept(n)
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

// recipients returns the addresses that messages went to, in order.
func (s *smtpServer) recipients() (all []string) {
	for _, l := range s.received(false) {
		to, _ := l.Header.AddressList("To")
		for _, a := range to {
			all = append(all, a.Address)
		}
	}
	return all
}

// mailSite is a folder with an edition of 24 November 2026, and a feeds.yaml that sends by the server.
type mailSite struct {
	*testing.T
	dir string
	web *fakeWeb
}

func newMailSite(t *testing.T, s *smtpServer, mailKeys string) *mailSite {
	t.Helper()
	n := &mailSite{T: t, dir: t.TempDir(), web: newFakeWeb(nil, nil)}
	n.writeFeeds(s, mailKeys)
	n.setArticle("1", "The queue that never emptied", "23")
	n.call(0, "run", "--now", "2026-11-24T07:00:00Z")
	return n
}

func (n *mailSite) writeFeeds(s *smtpServer, mailKeys string) {
	text := fmt.Sprintf("mail:\n  from: daily@paper.example\n  host: 127.0.0.1\n  port: %d\n%s\nsources: [https://blog.example/feed.xml]\n",
		s.Addr().(*net.TCPAddr).Port, mailKeys)
	if err := os.WriteFile(filepath.Join(n.dir, "feeds.yaml"), []byte(text), 0o644); err != nil {
		n.Fatal(err)
	}
}

// setArticle makes the feed contain this article only.
func (n *mailSite) setArticle(id, title, day string) {
	const description = "This article tells how a lock was held by a machine that had been taken apart the week before, and how the lease that replaced it got its length of ten seconds."
	n.web.pages["https://blog.example/feed.xml"] = fmt.Appendf(nil, "Content-Type: application/rss+xml\n\n<rss version=\"2.0\"><channel><title>Blog</title><item><title>%s</title>"+
		"<link>https://blog.example/%s</link><pubDate>%s Nov 2026 09:00:00 GMT</pubDate><description>%s</description></item></channel></rss>", title, id, day, description)
}

// call runs the program, checks its exit status, and returns what it printed.
func (n *mailSite) call(status int, args ...string) string {
	n.Helper()
	var out bytes.Buffer
	in := func(name string) string { return filepath.Join(n.dir, name) }
	args = append(args, "--feeds", in("feeds.yaml"), "--db", in("broadsheet.db"), "--out", in("public"))
	if got := run(context.Background(), args, env{stdout: &out, stderr: &out, transport: n.web, clock: fixedClock}); got != status {
		n.Errorf("%v: exit %d, want %d: %s", args[0], got, status, out.String())
	}
	return out.String()
}

func (n *mailSite) checkRecipients(s *smtpServer, want ...string) {
	n.Helper()
	if got := s.recipients(); !slices.Equal(got, want) {
		n.Errorf("letters went to %q, want %q", got, want)
	}
}

func TestMail_SentOncePerAddress(t *testing.T) {
	s := startSMTP(t)
	s.setBehaviour(smtpBehaviour{password: "hunter2 and more"})
	t.Setenv("BROADSHEET_TEST_PASSWORD", "hunter2 and more")
	const login = "  tls: none\n  user: daily\n  password_env: BROADSHEET_TEST_PASSWORD\n"
	n := newMailSite(t, s, login+"  to: [ann@a.example, Bob <bob@b.example>]")
	if out := n.call(0, "mail"); out != "" {
		t.Errorf("all is well, and yet it says %q", out)
	}
	n.checkRecipients(s, "ann@a.example", "bob@b.example")
	n.call(0, "mail")
	n.call(0, "mail", "--to", "ANN@a.example")
	n.checkRecipients(s, "ann@a.example", "bob@b.example")

	// The next day there is another edition. A new recipient gets that one alone.
	n.setArticle("2", "Another day, another lease", "24")
	n.call(0, "run", "--force", "--now", "2026-11-25T07:00:00Z")
	n.writeFeeds(s, login+"  to: [ann@a.example, new@n.example]")
	s.received(true)
	n.call(0, "mail", "--now", "2026-11-25T08:00:00Z")
	n.checkRecipients(s, "ann@a.example", "new@n.example")
	for _, l := range s.received(false) {
		if got := l.Header.Get("Subject"); got != "Broadsheet, 25 November 2026" {
			t.Errorf("sent %q", got)
		}
	}
	// An older edition is sent if its day is named.
	s.received(true)
	n.call(0, "mail", "--to", "new@n.example", "--day", "2026-11-24")
	n.call(0, "mail", "--to", "ann@a.example", "--day", "2026-11-24")
	n.checkRecipients(s, "new@n.example")
	if out := n.call(1, "mail", "--day", "2026-11-20"); !strings.Contains(out, "there is no edition of 2026-11-20") {
		t.Errorf("said %q", out)
	}
}

func TestMail_RetriesRejected(t *testing.T) {
	t.Parallel()
	s := startSMTP(t)
	s.setBehaviour(smtpBehaviour{reject: "gone@g.example"})
	n := newMailSite(t, s, "  tls: none\n  to: [gone@g.example, ann@a.example]")
	out := n.call(1, "mail")
	if !strings.Contains(out, "gone@g.example") || !strings.Contains(out, "550") || !strings.Contains(out, s.Addr().String()) {
		t.Errorf("said %q", out)
	}
	n.checkRecipients(s, "ann@a.example") // a rejected address does not affect the others
	s.setBehaviour(smtpBehaviour{})
	n.call(0, "mail")
	n.checkRecipients(s, "ann@a.example", "gone@g.example")

	_ = s.Close()
	out = n.call(1, "mail", "--to", "late@l.example")
	if !strings.Contains(out, s.Addr().String()) || !strings.Contains(out, "look at host and port") {
		t.Errorf("a server that is down is %q", out)
	}
}

// TestMail_KilledBetweenMessages kills the program when the server has accepted the second of three messages and has
// not confirmed it yet: the first is not sent again, the second is sent twice with one Message-ID, and none is left
// out.
func TestMail_KilledBetweenMessages(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it starts processes, which -short leaves out")
	}
	t.Parallel()
	s := startSMTP(t)
	n := newMailSite(t, s, "  tls: none\n  to: [one@a.example, two@a.example, three@a.example]")
	started, dead := make(chan *os.Process, 1), make(chan struct{})
	s.setBehaviour(smtpBehaviour{onAccept: func(messages int) {
		if messages == 2 {
			_ = (<-started).Kill()
			<-dead
		}
	}})
	c := programCommand(n.dir, "mail")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	started <- c.Process
	if err := c.Wait(); err == nil {
		t.Fatal("it was not killed")
	}
	close(dead)
	s.setBehaviour(smtpBehaviour{})
	n.call(0, "mail")
	n.call(0, "mail")
	n.checkRecipients(s, "one@a.example", "two@a.example", "two@a.example", "three@a.example")
	if all := s.received(false); len(all) < 3 {
		t.Fatalf("%d letters", len(all))
	} else if a, b := all[1].Header.Get("Message-ID"), all[2].Header.Get("Message-ID"); a != b || a == "" {
		t.Errorf("one letter is %q and %q", a, b)
	}
}

// TestMail_PasswordOnlyOverTLS sends with STARTTLS to a server whose certificate is trusted, and not to one whose is
// not.
func TestMail_PasswordOnlyOverTLS(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it starts processes, which -short leaves out")
	}
	t.Parallel()
	certified := httptest.NewTLSServer(nil)
	defer certified.Close()
	s := startSMTP(t)
	s.setBehaviour(smtpBehaviour{tls: certified.TLS, password: "hunter2"})
	n := newMailSite(t, s, "  user: daily\n  password_file: password\n  to: [ann@a.example]")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certified.Certificate().Raw})
	for name, text := range map[string]string{"ca.pem": string(certificate), "password": "hunter2\nsecond line\n"} {
		if err := os.WriteFile(filepath.Join(n.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := programCommand(n.dir, "mail").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "certificate") || len(s.received(false)) > 0 {
		t.Errorf("a certificate that nobody vouches for: %v, %s", err, out)
	}
	c := programCommand(n.dir, "mail")
	c.Env = append(c.Env, "SSL_CERT_FILE="+filepath.Join(n.dir, "ca.pem"))
	if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("sending: %v, %s", err, out)
	}
	n.checkRecipients(s, "ann@a.example")
	if heard := s.plaintextReceived(); strings.Contains(heard, "AUTH") || strings.Contains(heard, "MAIL FROM") {
		t.Errorf("said in the clear: %s", heard)
	}
	// A server without STARTTLS receives nothing.
	s.setBehaviour(smtpBehaviour{password: "hunter2"})
	out, _ = programCommand(n.dir, "mail", "--to", "bob@b.example").CombinedOutput()
	if !strings.Contains(string(out), "look at tls and port") || strings.Contains(s.plaintextReceived(), "AUTH") {
		t.Errorf("no STARTTLS: %s", out)
	}
}

func TestMail_PasswordNotPrinted(t *testing.T) {
	s := startSMTP(t)
	s.setBehaviour(smtpBehaviour{password: "another"})
	t.Setenv("BROADSHEET_TEST_PASSWORD", "hunter2")
	n := newMailSite(t, s, "  tls: none\n  user: daily\n  password_env: BROADSHEET_TEST_PASSWORD\n  to: [ann@a.example]")
	out := n.call(1, "mail")
	if strings.Contains(out, "hunter2") || !strings.Contains(out, "535") || !strings.Contains(out, "look at user and password") {
		t.Errorf("said %q", out)
	}
	n.writeFeeds(s, "  tls: none\n  user: daily\n  password_env: hunter2\n  to: [ann@a.example]")
	if out := n.call(1, "mail"); strings.Contains(out, "hunter2") || !strings.Contains(out, "password_env") {
		t.Errorf("said %q", out)
	}
	n.writeFeeds(s, "  tls: none\n  user: daily\n  password_file: hunter2\n  to: [ann@a.example]")
	if out := n.call(1, "mail"); strings.Contains(out, "hunter2") || !strings.Contains(out, "password_file") {
		t.Errorf("said %q", out)
	}
	n.checkRecipients(s)
}

func TestMail_DryRun(t *testing.T) {
	t.Parallel()
	s := startSMTP(t)
	n := newMailSite(t, s, "  tls: none\n  unsubscribe: mailto:off@paper.example?subject=off\n  to: [ann@a.example]")
	text := n.call(0, "mail", "--dry-run", "-")
	message, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil || message.Header.Get("To") != "<ann@a.example>" || message.Header.Get("List-Unsubscribe") != "<mailto:off@paper.example?subject=off>" {
		t.Errorf("wrote %v, %.500s", err, text)
	}
	file := filepath.Join(n.dir, "letter.eml")
	n.call(0, "mail", "--dry-run", file)
	if again, err := os.ReadFile(file); err != nil || string(again) != text {
		t.Errorf("the file holds another letter: %v", err)
	}
	n.checkRecipients(s)
	n.call(0, "mail") // and it does not count as sent
	n.checkRecipients(s, "ann@a.example")
}

func TestMail_UsageErrors(t *testing.T) {
	t.Parallel()
	s := startSMTP(t)
	n := newMailSite(t, s, "  tls: none")
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
	n.checkRecipients(s)
	if err := os.WriteFile(filepath.Join(n.dir, "feeds.yaml"), []byte("sources: [https://blog.example/feed.xml]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out := n.call(2, "mail"); !strings.Contains(out, "add mail: with from and host") {
		t.Errorf("no section mail is %q", out)
	}
}
