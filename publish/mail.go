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

// Message is an edition as a mail to one address: plain text and HTML (multipart/alternative). The same edition to the same
// address gives the same bytes, Message-ID included, so that a server or mail program that gets it twice can discard one.
type Message struct {
	msg *mail.Msg
	to  string
}

// NewMessage returns an edition as a mail. from and to are mailboxes of RFC 5322 ("Name <name@host>"); unsubscribe is the
// mail or web address of the List-Unsubscribe header (RFC 2369), from if empty. The edition must be free of secrets
// (WithoutSecrets). It returns an error if from or to is not a mailbox, or the theme cannot render the mail.
func NewMessage(config config.Config, e broadsheet.Edition, from, to, unsubscribe string) (*Message, error) {
	sender, err := parseMailbox(from)
	if err != nil {
		return nil, err
	}
	receiver, err := parseMailbox(to)
	if err != nil {
		return nil, err
	}
	p, err := newPublisher(config, EditionSource{})
	if err != nil {
		return nil, err
	}
	page := p.page("letter", "", p.config.Title)
	page.Edition = p.standaloneView(p.withoutPrivate(e))
	html, err := p.theme.renderMain("letter", page)
	if err != nil {
		return nil, err
	}
	sender.Name = cmp.Or(clean(sender.Name), p.config.Title)
	name := strings.TrimPrefix(stableURN("letter", p.feedID("daily.xml"), string(e.Day), receiver.Address), "urn:uuid:")
	m := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithBoundary("broadsheet-"+name))
	m.FromMailAddress(sender)
	m.ToMailAddress(receiver)
	m.Subject(p.config.Title + ", " + dayTime(e.Day).Format(plainDate))
	m.SetDateWithValue(e.At.In(p.zone))
	m.SetMessageIDWithValue(name + "@" + mailDomain(sender.Address))
	m.SetBulk()
	m.SetListUnsubscribe(listUnsubscribe(unsubscribe, sender.Address))
	m.SetBodyString(mail.TypeTextPlain, messageText(page))
	m.AddAlternativeString(mail.TypeTextHTML, string(html))
	return &Message{m, receiver.Address}, nil
}

// To returns the address of the receiver, without the name.
func (m *Message) To() string { return m.to }

// WriteTo writes the message to w as it would be sent: the content of an .eml file.
func (m *Message) WriteTo(w io.Writer) (int64, error) { return m.msg.WriteTo(w) }

// Mailer is the SMTP server that messages are sent through.
type Mailer struct {
	Host           string
	Port           int    // 0: 465 with TLS, 25 with Open, else 587
	TLS            bool   // TLS from the first byte (RFC 8314); else STARTTLS, without which nothing is sent
	Plaintext      bool   // not encrypted at all: for a server on this machine
	User, Password string // empty: the server requires no login
}

// ErrRefused is wrapped by the errors of Send when the server refused this message. It may accept another one.
var ErrRefused = errors.New("refused")

// Send sends the message through a server. It returns nil only if the server has taken responsibility for it. An error
// names the server and never contains the password, even if the server's reply does; it wraps ErrRefused if the server
// refused the message.
func (m *Message) Send(ctx context.Context, mailer Mailer) error {
	options := []mail.Option{mail.WithTimeout(30 * time.Second)}
	switch {
	case mailer.TLS:
		options = append(options, mail.WithSSL(), mail.WithPort(cmp.Or(mailer.Port, 465)))
	case mailer.Plaintext:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS), mail.WithPort(cmp.Or(mailer.Port, 25)))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory), mail.WithPort(cmp.Or(mailer.Port, 587)))
	}
	if mailer.User != "" {
		kind := mail.SMTPAuthAutoDiscover
		if mailer.Plaintext { // the password does not leave this machine, and autodiscovery would refuse to send it
			kind = mail.SMTPAuthPlainNoEnc
		}
		options = append(options, mail.WithSMTPAuth(kind), mail.WithUsername(mailer.User), mail.WithPassword(mailer.Password))
	}
	client, err := mail.NewClient(mailer.Host, options...)
	server := mailer.Host
	if err == nil {
		server = client.ServerAddr()
		err = client.DialAndSendWithContext(ctx, m.msg)
	}
	// The server takes responsibility with its reply to the data (RFC 5321 section 6.1). An error while closing the
	// connection does not undo that, and sending again would deliver the message twice.
	if err != nil && !m.msg.IsDelivered() {
		cause := error(nil)
		if errors.As(err, new(*mail.SendError)) {
			cause = ErrRefused
		}
		reason := strings.TrimPrefix(mailer.redactPassword(err.Error()), "dial failed: ")
		return &sendError{fmt.Sprintf("mail to %s by %s: %s; %s; the next try sends it", m.to, server, reason, sendRemedy(err)), cause}
	}
	return nil
}

// sendError is the error of a message that was not sent. It does not wrap the original error, which may contain the
// password.
type sendError struct {
	text  string
	cause error // ErrRefused or nil
}

func (e *sendError) Error() string { return e.text }
func (e *sendError) Unwrap() error { return e.cause }

// redactPassword removes the password from text, also as it is encoded for a login.
func (m Mailer) redactPassword(text string) string {
	if m.Password == "" {
		return text
	}
	for _, secret := range []string{m.Password, base64.StdEncoding.EncodeToString([]byte(m.Password)),
		base64.StdEncoding.EncodeToString([]byte("\x00" + m.User + "\x00" + m.Password))} {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return text
}

// sendRemedy returns what the maintainer can do about an error of Send.
func sendRemedy(err error) string {
	var reply *textproto.Error
	var wrongName x509.HostnameError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &reply) && (reply.Code == 530 || reply.Code == 534 || reply.Code == 535), strings.Contains(strings.ToUpper(err.Error()), "SMTP AUTH"):
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

func parseMailbox(s string) (*netmail.Address, error) {
	a, err := netmail.ParseAddress(s)
	if err != nil {
		return nil, fmt.Errorf("%q is not a mail address: %w; write name@host or Name <name@host>", s, err)
	}
	return a, nil
}

func mailDomain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// listUnsubscribe returns the value of the List-Unsubscribe header (RFC 2369) for a web address, a mail address or a mailto
// URI; the sender's address if where is none of these.
func listUnsubscribe(where, sender string) string {
	if address := link.WebURI(where); address != "" {
		return "<" + address + ">"
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

// messageText returns the plain-text part of a mail.
func messageText(page *Page) string {
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

// nonempty returns the strings that are not empty.
func nonempty(all ...string) []string {
	var some []string
	for _, s := range all {
		if s != "" {
			some = append(some, s)
		}
	}
	return some
}
