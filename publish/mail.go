package publish

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	netmail "net/mail"
	"net/textproto"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/internal/config"
	"broadsheet/internal/link"

	"github.com/wneessen/go-mail"
)

// Message is an edition as a mail to one address: multipart, plain text and HTML. The same edition to the same address
// is the same letter, Message-ID included, so that a server or a reader that sees it twice can tell.
type Message struct {
	msg *mail.Msg
	to  string
}

// NewMessage writes an edition to an address. from and to are mailboxes of RFC 5322 ("Name <name@host>"); unsubscribe is
// a mail or web address where the receiver is taken off the list (RFC 2369), from itself when empty. The edition must be one
// that may be seen by others (WithoutSecrets).
func NewMessage(config config.Config, e broadsheet.Edition, from, to, unsubscribe string) (*Message, error) {
	sender, err := mailbox(from)
	if err != nil {
		return nil, err
	}
	receiver, err := mailbox(to)
	if err != nil {
		return nil, err
	}
	p, err := newPublisher(config, EditionSource{})
	if err != nil {
		return nil, err
	}
	page := p.page("letter", "", p.config.Title)
	page.Edition = p.bareView(p.withoutPrivate(e))
	html, err := p.theme.part("letter", page)
	if err != nil {
		return nil, err
	}
	sender.Name = cmp.Or(clean(sender.Name), p.config.Title)
	name := strings.TrimPrefix(urn("letter", p.feedID("daily.xml"), string(e.Day), receiver.Address), "urn:uuid:")
	m := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithBoundary("broadsheet-"+name))
	m.FromMailAddress(sender)
	m.ToMailAddress(receiver)
	m.Subject(p.config.Title + ", " + dayTime(e.Day).Format(plainDate))
	m.SetDateWithValue(e.At.In(p.zone))
	m.SetMessageIDWithValue(name + "@" + domain(sender.Address))
	m.SetBulk()
	m.SetListUnsubscribe(unsubscribeAt(unsubscribe, sender.Address))
	m.SetBodyString(mail.TypeTextPlain, letterText(page))
	m.AddAlternativeString(mail.TypeTextHTML, string(html))
	return &Message{m, receiver.Address}, nil
}

// To is the address that the letter goes to, without the name.
func (l *Message) To() string { return l.to }

// WriteTo writes the letter as it would be sent: an .eml file.
func (l *Message) WriteTo(w io.Writer) (int64, error) { return l.msg.WriteTo(w) }

// Mailer is the SMTP server that takes letters.
type Mailer struct {
	Host           string
	Port           int    // 0: 587, or 465 when TLS is set
	TLS            bool   // encrypted from the first byte (RFC 8314); else STARTTLS, without which nothing is sent
	Open           bool   // not encrypted at all: for a server on this machine
	User, Password string // empty: the server asks for none
}

// ErrRefused is of a letter that the server did not take, while it may well take another.
var ErrRefused = errors.New("refused")

// Send gives the letter to the server. It returns nil only when the server has taken responsibility for it. An error
// names the server and never the password, also when the server repeats it.
func (l *Message) Send(ctx context.Context, box Mailer) error {
	options := []mail.Option{mail.WithTimeout(30 * time.Second)}
	switch {
	case box.TLS:
		options = append(options, mail.WithSSL(), mail.WithPort(cmp.Or(box.Port, 465)))
	case box.Open:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS), mail.WithPort(cmp.Or(box.Port, 25)))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory), mail.WithPort(cmp.Or(box.Port, 587)))
	}
	if box.User != "" {
		kind := mail.SMTPAuthAutoDiscover
		if box.Open { // no password leaves this machine, and autodiscovery would refuse to say it
			kind = mail.SMTPAuthPlainNoEnc
		}
		options = append(options, mail.WithSMTPAuth(kind), mail.WithUsername(box.User), mail.WithPassword(box.Password))
	}
	client, err := mail.NewClient(box.Host, options...)
	server := box.Host
	if err == nil {
		server = client.ServerAddr()
		err = client.DialAndSendWithContext(ctx, l.msg)
	}
	// The server takes responsibility with its answer to the data (RFC 5321 section 6.1); what goes wrong while saying
	// goodbye does not take it back, and sending again would be sending twice.
	if err != nil && !l.msg.IsDelivered() {
		kind := error(nil)
		if errors.As(err, new(*mail.SendError)) {
			kind = ErrRefused
		}
		return &undelivered{fmt.Sprintf("mail to %s by %s: %s; %s; the next try sends it", l.to, server, strings.TrimPrefix(box.redact(err.Error()), "dial failed: "), remedy(err)), kind}
	}
	return nil
}

// undelivered is why a letter was not sent. What it was made from is not kept: it may hold the password.
type undelivered struct {
	text string
	kind error
}

func (u *undelivered) Error() string { return u.text }
func (u *undelivered) Unwrap() error { return u.kind }

// redact takes the password out of what a server said.
func (box Mailer) redact(text string) string {
	if box.Password == "" {
		return text
	}
	for _, secret := range []string{box.Password, base64.StdEncoding.EncodeToString([]byte(box.Password)),
		base64.StdEncoding.EncodeToString([]byte("\x00" + box.User + "\x00" + box.Password))} {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return text
}

// remedy says what a maintainer can do about a letter that was not sent.
func remedy(err error) string {
	var said *textproto.Error
	var wrongName x509.HostnameError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &said) && (said.Code == 530 || said.Code == 534 || said.Code == 535), strings.Contains(strings.ToUpper(err.Error()), "SMTP AUTH"):
		return "look at user and password of mail in feeds.yaml"
	case errors.As(err, &wrongName), errors.As(err, &unknown):
		return "host of mail in feeds.yaml must be the name in the server's certificate"
	case errors.As(err, new(tls.RecordHeaderError)), strings.Contains(err.Error(), "STARTTLS"):
		return "look at tls and port of mail in feeds.yaml"
	case errors.As(err, new(*mail.SendError)):
		return "see what the server says"
	}
	return "look at host and port of mail in feeds.yaml, and whether the server runs"
}

func mailbox(s string) (*netmail.Address, error) {
	a, err := netmail.ParseAddress(s)
	if err != nil {
		return nil, fmt.Errorf("%q is not a mail address: %w; write name@host or Name <name@host>", s, err)
	}
	return a, nil
}

func domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

func unsubscribeAt(where, sender string) string {
	if link := link.WebURI(where); link != "" {
		return "<" + link + ">"
	}
	if address, query, _ := strings.Cut(strings.TrimPrefix(where, "mailto:"), "?"); address != "" {
		if a, err := netmail.ParseAddress(address); err == nil && query == "" {
			sender = a.Address
		} else if err == nil && !strings.ContainsAny(query, "<>, \t\r\n") {
			return "<mailto:" + a.Address + "?" + query + ">"
		}
	}
	return "<mailto:" + sender + "?subject=unsubscribe>"
}

// letterText is the edition for those who read mail as text.
func letterText(page *Page) string {
	var b strings.Builder
	e := page.Edition
	fmt.Fprintf(&b, "%s\n%s\n%s.\n", page.Site.Title, e.Date, e.Headline)
	for _, c := range e.Cards {
		fmt.Fprintf(&b, "\n\n%s\n%s\n", c.Title, strings.Join(nonempty(c.Source, c.Authors, c.Date, c.Minutes), " · "))
		for _, s := range nonempty(c.Excerpt, c.Href) {
			b.WriteString(s + "\n")
		}
		for _, a := range c.Also {
			fmt.Fprintf(&b, "Also at %s: %s\n", a.Text, a.Href)
		}
	}
	for _, m := range e.More {
		for i, l := range m.Links {
			if i == 0 {
				fmt.Fprintf(&b, "\n\nAnd %d more from %s\n", m.Count, m.Source)
			}
			fmt.Fprintf(&b, "%s\n%s\n", l.Text, l.Href)
		}
	}
	if at := page.Absolute(dayPath(broadsheet.Day(e.Day))); at != "" {
		fmt.Fprintf(&b, "\n\nThis edition: %s\n", at)
	}
	return b.String()
}

func nonempty(all ...string) []string {
	var some []string
	for _, s := range all {
		if s != "" {
			some = append(some, s)
		}
	}
	return some
}
