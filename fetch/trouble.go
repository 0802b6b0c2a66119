package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"broadsheet"
)

// trouble is what every error of this package is in the end: which address, and what is wrong with it, in words for
// the maintainer. It never holds credentials or characters that a terminal would obey.
type trouble struct {
	where string
	what  string
	cause error
}

func (t *trouble) Error() string { return t.where + ": " + t.what }
func (t *trouble) Unwrap() error { return t.cause }

// told makes err a trouble with the address u, unless it is one already or the run is over.
func told(u *url.URL, err error) error {
	if errors.As(err, new(*trouble)) {
		return err
	}
	return &trouble{shown(u), inWords(err, u), err}
}

// fault is something wrong that needs no further explanation.
type fault struct {
	what      string
	permanent bool   // asking again will not help
	status    int    // HTTP status that says so; 0: none
	cause     error  // what it says in other words; nil: nothing
	private   string // the host in a private network, where that is what is wrong
}

func (f *fault) Error() string { return f.what }
func (f *fault) Unwrap() error { return f.cause }

// refusal is our own decision not to make a request.
func refusal(what string) error { return &fault{what: what, permanent: true} }

// Permanent tells whether asking the same address again cannot be expected to help: it is not there (404, 410, …), it
// is not a page, it must not be asked (robots.txt, a private address). Everything else may pass: a timeout, a server
// in trouble, a host that wants to be left alone for a while.
func Permanent(err error) bool {
	var f *fault
	return errors.As(err, &f) && f.permanent
}

// Dead is why nobody can open the address that an error of Read is about; empty: that is not known. Only its server's plain
// word (404, 410), a name that does not exist and a place in a private network say so.
func Dead(err error) broadsheet.Dead {
	var f *fault
	var dns *net.DNSError
	switch {
	case errors.As(err, &f) && f.private != "":
		return broadsheet.DeadPrivate
	case f != nil && f.status == http.StatusNotFound:
		return broadsheet.DeadMissing
	case f != nil && f.status == http.StatusGone:
		return broadsheet.DeadGone
	case errors.As(err, &dns) && dns.IsNotFound:
		return broadsheet.DeadHost
	}
	return broadsheet.Alive
}

// Held tells whether nothing was asked because the host wants to be left alone, or does not answer, in this run.
func Held(err error) bool { return errors.As(err, new(*hold)) }

// Stopped tells whether the run was stopped, by whoever started it or because its time is up: the address itself has
// no fault. The network's own time-outs pass for a context's deadline, but are not one.
func Stopped(err error) bool {
	if errors.As(err, new(*net.OpError)) || errors.As(err, new(*net.DNSError)) {
		return false
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// slow says that something took longer than limits: timeout allows. It is not a context's error, so that Stopped does
// not take it for one.
type slow struct{ limit time.Duration }

func (s *slow) Error() string { return "took longer than " + s.limit.String() }

// cause is why a request came to its end: our own limit, the end of the run, or else err.
func cause(ctx context.Context, err error) error {
	if why := context.Cause(ctx); errors.As(why, new(*slow)) {
		return why
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// inWords says what err means for the person who put u into feeds.yaml.
func inWords(err error, u *url.URL) string {
	var (
		f    *fault
		h    *hold
		s    *slow
		dns  *net.DNSError
		op   *net.OpError
		cert *tls.CertificateVerificationError
		tcp  syscall.Errno

		large *tooLarge
	)
	switch {
	case errors.As(err, &f):
		return f.what
	case errors.As(err, &h):
		return "not asked, because its host " + h.why
	case Stopped(err):
		return "not asked to the end: the run was stopped"
	case errors.As(err, &s):
		return "no whole answer within " + s.limit.String() + "; asked again later (limits: timeout)"
	case errors.As(err, &large):
		return fmt.Sprintf("larger than %s; if that is as it should be, raise limits: body", size(large.limit))
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return "the proxy that the environment names cannot be reached; look at HTTP_PROXY and HTTPS_PROXY"
	case errors.As(err, &dns):
		return dnsInWords(dns)
	case errors.As(err, &cert):
		return certInWords(cert.Err, u)
	case errors.As(err, &tcp):
		return tcpInWords(tcp)
	case errors.As(err, &op) && op.Timeout():
		return "no connection in time; asked again later"
	}
	return otherInWords(err)
}

func dnsInWords(e *net.DNSError) string {
	if e.IsNotFound {
		return "there is no host " + quoted(e.Name) + "; look at the spelling, or the site is gone"
	}
	return "the name " + quoted(e.Name) + " could not be looked up; is the network up?"
}

func certInWords(err error, u *url.URL) string {
	var (
		invalid x509.CertificateInvalidError
		other   x509.HostnameError
		unknown x509.UnknownAuthorityError
	)
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		if invalid.Cert != nil {
			return fmt.Sprintf("its certificate is valid from %s to %s only; tell the site", day(invalid.Cert.NotBefore), day(invalid.Cert.NotAfter))
		}
		return "its certificate has expired; tell the site"
	case errors.As(err, &other):
		return "its certificate is for another host, not for " + quoted(u.Hostname()) + "; look at the address"
	case errors.As(err, &unknown):
		return "its certificate is signed by nobody known here (self-signed?); SSL_CERT_FILE can name further authorities"
	}
	return "its certificate is not valid: " + legible(err.Error())
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func tcpInWords(e syscall.Errno) string {
	switch e {
	case syscall.ECONNREFUSED:
		return "connection refused: nothing answers at that port"
	case syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED:
		return "the server broke the connection off"
	case syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ENETDOWN, syscall.EADDRNOTAVAIL:
		return "there is no way to its network; is ours up?"
	case syscall.ETIMEDOUT:
		return "the server does not answer"
	}
	return "no connection: " + e.Error()
}

func otherInWords(err error) string {
	var (
		record  tls.RecordHeaderError
		alert   tls.AlertError
		timeout net.Error
	)
	text := strings.TrimPrefix(err.Error(), "net/http: HTTP/1.x transport connection broken: ")
	switch {
	case errors.As(err, new(*flooded)):
		return "it sent more than an answer may have, on and on; asked again later"
	case http2InWords(err) != "":
		return http2InWords(err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(text, "server closed idle connection"):
		return "the server hung up without an answer"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "the server does not answer"
	case errors.As(err, &record), strings.Contains(text, "HTTP response to HTTPS client"):
		return "no TLS is spoken there; should the address begin with http://?"
	case errors.As(err, &alert), strings.Contains(text, "tls: "):
		return "TLS failed (" + legible(text) + "); the server may be too old"
	case strings.Contains(text, "headers exceeded"), strings.Contains(text, "header list larger"), strings.Contains(text, "header list too large"):
		return "its header is larger than " + strconv.Itoa(maxHeader>>10) + " KiB"
	case strings.Contains(text, "malformed"):
		return "no HTTP is spoken there (" + legible(text) + ")"
	}
	return "no answer: " + legible(text)
}

// http2InWords says what an error of HTTP/2 means; "" when err is none.
func http2InWords(err error) string {
	var stream streamError
	text := err.Error()
	name := "a code without a name"
	if found := http2ErrorCode.FindStringSubmatch(text); found != nil {
		name = found[1]
	}
	switch {
	case errors.As(err, &stream) && stream.Code == refusedStream:
		return "the server refuses the request (HTTP/2: REFUSED_STREAM); asked again later"
	case strings.Contains(text, "received from peer"):
		return "the server hung up without an answer (HTTP/2: " + name + ")"
	case strings.Contains(text, "graceful shutdown GOAWAY"):
		return "the server takes no requests now (HTTP/2: GOAWAY); asked again later"
	case strings.Contains(text, "GOAWAY"):
		return "the server hung up without an answer (HTTP/2: GOAWAY, " + name + ")"
	case errors.As(err, &stream) && !strings.Contains(text, "header list too large"), strings.HasPrefix(text, "connection error: "), strings.Contains(text, "http2: frame too large"):
		return "no correct HTTP/2 is spoken there (" + name + ")"
	case strings.Contains(text, "client conn could not be established"), strings.Contains(text, "client conn not usable"), strings.Contains(text, "client conn is closed"):
		return "the server hung up without an answer"
	}
	return ""
}

var http2ErrorCode = regexp.MustCompile(`\b(CANCEL|[A-Z0-9]+_[A-Z0-9_]+)\b`)

// statusFault says what a status other than 200 means, and what to do about it.
func statusFault(a *answer) error {
	f := &fault{what: "it answered " + statusText(a.status), status: a.status}
	f.permanent = a.status >= 400 && a.status < 500
	switch a.status {
	case http.StatusUnauthorized, http.StatusProxyAuthRequired, http.StatusPaymentRequired:
		f.what += "; it wants a password or a payment"
	case http.StatusForbidden:
		f.what += "; it refuses programs like this one, or wants a login"
	case http.StatusNotFound:
		f.what += "; look for its new address on the site"
	case http.StatusGone:
		f.what += ": it will not come back; take it out, or look for its new address"
	case http.StatusRequestTimeout, http.StatusMisdirectedRequest, http.StatusTooEarly, http.StatusTooManyRequests:
		f.permanent = false
		f.what += "; asked again later"
	}
	if a.status >= 500 {
		f.what += "; the server is in trouble, asked again later"
	}
	return f
}

// statusText writes a status in our own words: the server's might say anything.
func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return strconv.Itoa(status) + " " + text
	}
	return strconv.Itoa(status)
}

// shown writes an address without its credentials.
func shown(u *url.URL) string {
	bare := *u
	bare.User = nil
	return legible(bare.String())
}

// maskedAddress is shown for an address that may not be one.
func maskedAddress(s string) string {
	if u, err := url.Parse(s); err == nil {
		return shown(u)
	}
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		s = "…" + s[i:]
	}
	return legible(s)
}

// legible is what others said, with nothing in it that a terminal, a log or a reader's eye would obey, and not long.
func legible(s string) string {
	const long = 300
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "?") {
		if b.Len() >= long {
			b.WriteString("…")
			break
		}
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func quoted(s string) string { return `"` + legible(s) + `"` }

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}

func size(bytes int64) string {
	if bytes >= 1<<20 {
		return strconv.FormatInt(bytes>>20, 10) + " MiB"
	}
	return strconv.FormatInt(bytes>>10, 10) + " KiB"
}

// unwanted tells whether a body was not read to its end because we did not want it, so that there is nothing to save.
func unwanted(cut error) bool {
	return isTooLarge(cut) || errors.As(cut, new(*fault)) || Stopped(cut)
}
