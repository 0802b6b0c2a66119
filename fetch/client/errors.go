package client

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

// Error is what every error of this package is in the end: which address, and what is wrong with it, in words for
// the maintainer. It never holds credentials or characters that a terminal would obey.
type Error struct {
	where string
	what  string
	cause error
}

func (t *Error) Error() string { return t.where + ": " + t.what }
func (t *Error) Unwrap() error { return t.cause }

// ErrorAt makes err a trouble with the address u, unless it is one already or the run is over.
func ErrorAt(u *url.URL, err error) error {
	if errors.As(err, new(*Error)) {
		return err
	}
	return &Error{DisplayURL(u), describeError(err, u), err}
}

// InvalidURL returns the error of an address that ParseURL refused.
func InvalidURL(address string, err error) error {
	return &Error{RedactURL(address), err.Error(), err}
}

// Failure is something wrong that needs no further explanation.
type Failure struct {
	Reason    string
	Permanent bool   // asking again will not help
	Status    int    // HTTP status that says so; 0: none
	Cause     error  // what it says in other words; nil: nothing
	private   string // the host in a private network, where that is what is wrong
}

func (f *Failure) Error() string { return f.Reason }
func (f *Failure) Unwrap() error { return f.Cause }

// Denied is our own decision not to make a request.
func Denied(what string) error { return &Failure{Reason: what, Permanent: true} }

// IsPermanent tells whether asking the same address again cannot be expected to help: it is not there (404, 410, …), it
// is not a page, it must not be asked (robots.txt, a private address). Everything else may pass: a timeout, a server
// in trouble, a host that wants to be left alone for a while.
func IsPermanent(err error) bool {
	var f *Failure
	return errors.As(err, &f) && f.Permanent
}

// Dead is why nobody can open the address that an error of Read is about; empty: that is not known. Only its server's plain
// word (404, 410), a name that does not exist and a place in a private network say so.
func Dead(err error) broadsheet.Dead {
	var f *Failure
	var dns *net.DNSError
	switch {
	case errors.As(err, &f) && f.private != "":
		return broadsheet.DeadPrivate
	case f != nil && f.Status == http.StatusNotFound:
		return broadsheet.DeadMissing
	case f != nil && f.Status == http.StatusGone:
		return broadsheet.DeadGone
	case errors.As(err, &dns) && dns.IsNotFound:
		return broadsheet.DeadHost
	}
	return broadsheet.Alive
}

// IsRateLimited tells whether nothing was asked because the host wants to be left alone, or does not answer, in this run.
func IsRateLimited(err error) bool { return errors.As(err, new(*HostBlock)) }

// IsStopped tells whether the run was stopped, by whoever started it or because its time is up: the address itself has
// no fault. The network's own time-outs pass for a context's deadline, but are not one.
func IsStopped(err error) bool {
	if errors.As(err, new(*net.OpError)) || errors.As(err, new(*net.DNSError)) {
		return false
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// TimeoutError says that something took longer than limits: timeout allows. It is not a context's error, so that Stopped does
// not take it for one.
type TimeoutError struct{ limit time.Duration }

func (s *TimeoutError) Error() string { return "took longer than " + s.limit.String() }

// requestError is why a request came to its end: our own limit, the end of the run, or else err.
func requestError(ctx context.Context, err error) error {
	if why := context.Cause(ctx); errors.As(why, new(*TimeoutError)) {
		return why
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// describeError says what err means for the person who put u into feeds.yaml.
func describeError(err error, u *url.URL) string {
	var (
		f    *Failure
		h    *HostBlock
		s    *TimeoutError
		dns  *net.DNSError
		op   *net.OpError
		cert *tls.CertificateVerificationError
		tcp  syscall.Errno

		large *tooLarge
	)
	switch {
	case errors.As(err, &f):
		return f.Reason
	case errors.As(err, &h):
		return "not asked, because its host " + h.Reason
	case IsStopped(err):
		return "not asked to the end: the run was stopped"
	case errors.As(err, &s):
		return "no whole answer within " + s.limit.String() + "; asked again later (limits: timeout)"
	case errors.As(err, &large):
		return fmt.Sprintf("larger than %s; if that is as it should be, raise limits: body", size(large.limit))
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return "the proxy that the environment names cannot be reached; look at HTTP_PROXY and HTTPS_PROXY"
	case errors.As(err, &dns):
		return describeDNS(dns)
	case errors.As(err, &cert):
		return describeCertificate(cert.Err, u)
	case errors.As(err, &tcp):
		return describeTCP(tcp)
	case errors.As(err, &op) && op.Timeout():
		return "no connection in time; asked again later"
	}
	return describeOther(err)
}

func describeDNS(e *net.DNSError) string {
	if e.IsNotFound {
		return "there is no host " + quoted(e.Name) + "; look at the spelling, or the site is gone"
	}
	return "the name " + quoted(e.Name) + " could not be looked up; is the network up?"
}

func describeCertificate(err error, u *url.URL) string {
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
	return "its certificate is not valid: " + Printable(err.Error())
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func describeTCP(e syscall.Errno) string {
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

func describeOther(err error) string {
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
		return "TLS failed (" + Printable(text) + "); the server may be too old"
	case strings.Contains(text, "headers exceeded"), strings.Contains(text, "header list larger"), strings.Contains(text, "header list too large"):
		return "its header is larger than " + strconv.Itoa(maxHeader>>10) + " KiB"
	case strings.Contains(text, "malformed"):
		return "no HTTP is spoken there (" + Printable(text) + ")"
	}
	return "no answer: " + Printable(text)
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

// StatusError says what a status other than 200 means, and what to do about it.
func StatusError(a *Response) error {
	f := &Failure{Reason: "it answered " + StatusText(a.Status), Status: a.Status}
	f.Permanent = a.Status >= 400 && a.Status < 500
	switch a.Status {
	case http.StatusUnauthorized, http.StatusProxyAuthRequired, http.StatusPaymentRequired:
		f.Reason += "; it wants a password or a payment"
	case http.StatusForbidden:
		f.Reason += "; it refuses programs like this one, or wants a login"
	case http.StatusNotFound:
		f.Reason += "; look for its new address on the site"
	case http.StatusGone:
		f.Reason += ": it will not come back; take it out, or look for its new address"
	case http.StatusRequestTimeout, http.StatusMisdirectedRequest, http.StatusTooEarly, http.StatusTooManyRequests:
		f.Permanent = false
		f.Reason += "; asked again later"
	}
	if a.Status >= 500 {
		f.Reason += "; the server is in trouble, asked again later"
	}
	return f
}

// StatusText writes a status in our own words: the server's might say anything.
func StatusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return strconv.Itoa(status) + " " + text
	}
	return strconv.Itoa(status)
}

// DisplayURL writes an address without its credentials.
func DisplayURL(u *url.URL) string {
	bare := *u
	bare.User = nil
	return Printable(bare.String())
}

// RedactURL is shown for an address that may not be one.
func RedactURL(s string) string {
	if u, err := url.Parse(s); err == nil {
		return DisplayURL(u)
	}
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		s = "…" + s[i:]
	}
	return Printable(s)
}

// Printable is what others said, with nothing in it that a terminal, a log or a reader's eye would obey, and not long.
func Printable(s string) string {
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

func quoted(s string) string { return `"` + Printable(s) + `"` }

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

// IsUnwanted tells whether a body was not read to its end because we did not want it, so that there is nothing to save.
func IsUnwanted(cut error) bool {
	return isTooLarge(cut) || errors.As(cut, new(*Failure)) || IsStopped(cut)
}
