package client

import (
	"bytes"
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
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"broadsheet"
)

// Error is the error that this package's callers get: an address, and a description for the maintainer of what is wrong
// with it. Its text never holds credentials or control characters.
type Error struct {
	address string // or a file's name, robots.txt
	reason  string
	cause   error
}

func (e *Error) Error() string { return e.address + ": " + e.reason }
func (e *Error) Unwrap() error { return e.cause }

// ErrorAt returns err as an *Error about the address u. An err that is an *Error already is returned as it is.
func ErrorAt(u *url.URL, err error) error {
	if errors.As(err, new(*Error)) {
		return err
	}
	return &Error{address: DisplayURL(u), reason: describeError(err, u), cause: err}
}

// InvalidURL returns the *Error about an address that ParseURL could not parse, of its error.
func InvalidURL(address string, err error) error {
	return &Error{address: RedactURL(address), reason: err.Error(), cause: err}
}

// Failure is an error that comes with its description: describeError need not translate it.
type Failure struct {
	Reason    string // for the maintainer
	Permanent bool   // a later request will not help
	Status    int    // HTTP status that is the reason; 0: none
	Cause     error  // the error that Reason describes; nil: none
	robots    bool   // the reason is that robots.txt forbids it
	private   string // the host, if the reason is that it is in a private network; else empty
}

func (f *Failure) Error() string { return f.Reason }
func (f *Failure) Unwrap() error { return f.Cause }

// Denied returns the error of a request that we decided not to make.
func Denied(reason string) error { return &Failure{Reason: reason, Permanent: true} }

// IsPermanent reports whether a later request to the same address cannot be expected to help: there is nothing (404,
// 410, …), it is not a page, or it must not be requested (robots.txt, a private address). All other errors may be
// temporary: a timeout, a server error, a host that asked for a pause.
func IsPermanent(err error) bool {
	var f *Failure
	return errors.As(err, &f) && f.Permanent
}

// IsDeniedByRobots reports whether a request was not made because its host's robots.txt forbids it.
func IsDeniedByRobots(err error) bool {
	var f *Failure
	return errors.As(err, &f) && f.robots
}

// DeadReason returns why nobody can open the address that an error is about, or broadsheet.Alive if that is not known. The
// only reasons are a response of 404 or 410, a host name that does not exist, and an address in a private network.
func DeadReason(err error) broadsheet.DeadReason {
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

// IsRateLimited reports whether an error says nothing of the address: no request was made because the host is blocked, or
// has had as many requests as it may get, or the host refused the request because there were too many (IsRefused).
func IsRateLimited(err error) bool { return errors.As(err, new(*HostBlock)) }

// IsRefused reports whether a request was made, and the host refused it because there were too many.
func IsRefused(err error) bool {
	_, refused := Refusal(err)
	return refused
}

// Refusal is IsRefused, and reports whether it is the first refusal since the host answered a request, more than an hour
// ago.
func Refusal(err error) (isFirst, refused bool) {
	var b *HostBlock
	refused = errors.As(err, &b) && b.Refused
	return refused && b.First, refused
}

// IsReset reports whether the server broke off the connection before it responded. Some hosts do so to those who ask
// quickly, so that the same request may be answered later.
func IsReset(err error) bool {
	var op *net.OpError
	var stream streamError
	switch {
	case err == nil, IsStopped(err), errors.As(err, new(*Failure)), errors.As(err, new(*TimeoutError)),
		errors.As(err, &op) && op.Op == "proxyconnect", errors.As(err, &stream) && stream.Code == refusedStream:
		return false
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNABORTED),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return true
	}
	text := err.Error()
	return strings.Contains(text, "server closed idle connection") || strings.Contains(text, "received from peer") || strings.Contains(text, "GOAWAY")
}

// IsStopped reports whether the run was cancelled or its time is up, so that the error says nothing about the address.
// Timeouts of package net match context.DeadlineExceeded too, but are errors of the address.
func IsStopped(err error) bool {
	if errors.As(err, new(*net.OpError)) || errors.As(err, new(*net.DNSError)) {
		return false
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// TimeoutError is the error of a request that took longer than limits: timeout allows. It does not match a context's
// error, so that IsStopped does not report it.
type TimeoutError struct{ limit time.Duration }

func (e *TimeoutError) Error() string { return "took longer than " + e.limit.String() }

// requestError returns why a request failed with err: because of our own timeout, because the run ended, or else err
// itself.
func requestError(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.As(cause, new(*TimeoutError)) {
		return cause
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// describeError returns what err means for the maintainer who put u into feeds.yaml.
func describeError(err error, u *url.URL) string {
	var (
		failure *Failure
		block   *HostBlock
		timeout *TimeoutError
		large   *tooLarge
		dns     *net.DNSError
		op      *net.OpError
		cert    *tls.CertificateVerificationError
		tcp     syscall.Errno
	)
	switch {
	case errors.As(err, &failure):
		return failure.Reason
	case errors.As(err, &block) && block.Refused:
		return "it answered " + StatusText(block.Status) + "; asked again later"
	case errors.As(err, &block):
		return "not asked, because its host " + block.Reason
	case IsStopped(err):
		return "not asked to the end: the run was stopped"
	case errors.As(err, &timeout):
		return "no whole answer within " + timeout.limit.String() + "; asked again later (limits: timeout)"
	case errors.As(err, &large):
		return fmt.Sprintf("larger than %s; if that is as it should be, raise limits: body", size(large.limit))
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return "the proxy that the environment names cannot be reached; look at HTTP_PROXY and HTTPS_PROXY"
	case errors.As(err, &dns):
		return describeDNS(dns)
	case errors.As(err, &cert):
		return describeCertificate(cert, u)
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

func describeCertificate(cert *tls.CertificateVerificationError, u *url.URL) string {
	err := cert.Err
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
		return describeChain(cert.UnverifiedCertificates)
	}
	return "its certificate is not valid: " + Printable(err.Error())
}

// describeChain returns why the certificates that a server sent, its own first, do not lead to an authority that is known
// here.
func describeChain(sent []*x509.Certificate) string {
	const remedy = "; SSL_CERT_FILE can name further authorities"
	if len(sent) == 0 {
		return "its certificate is signed by nobody known here" + remedy
	}
	last := sent[0]
	for range sent {
		i := slices.IndexFunc(sent, func(c *x509.Certificate) bool { return c != last && bytes.Equal(c.RawSubject, last.RawIssuer) })
		if i < 0 || isSelfSigned(last) {
			break
		}
		last = sent[i]
	}
	issuer := quoted(last.Issuer.String())
	switch {
	case isSelfSigned(last) && last == sent[0]:
		return "its certificate is self-signed: nobody known here signed it" + remedy
	case isSelfSigned(last):
		return "its certificate is signed by nobody known here, in the end by " + issuer + remedy
	case last == sent[0]:
		return "its certificate chain is incomplete: the server does not send the certificate of " + issuer + ", which signed its own, as some browsers forgive; " +
			"tell the site, or name that certificate in a file with SSL_CERT_FILE"
	}
	return "its certificate chain is incomplete, or ends at an authority that is not known here: the certificate of " + issuer + " is missing; " +
		"tell the site, or name that certificate in a file with SSL_CERT_FILE"
}

func isSelfSigned(c *x509.Certificate) bool { return bytes.Equal(c.RawIssuer, c.RawSubject) }

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
	case describeHTTP2(err) != "":
		return describeHTTP2(err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(text, "server closed idle connection"):
		return "the server hung up without an answer"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "the server does not answer"
	case errors.As(err, &record), strings.Contains(text, "HTTP response to HTTPS client"):
		return "no TLS is spoken there; should the address begin with http://?"
	case errors.As(err, &alert), strings.Contains(text, "tls: "):
		return "TLS failed (" + Printable(text) + "); the server may be too old"
	case strings.Contains(text, "headers exceeded"), strings.Contains(text, "header list larger"), strings.Contains(text, "header list too large"):
		return "its header is larger than " + strconv.Itoa(maxHeaderBytes>>10) + " KiB"
	case strings.Contains(text, "malformed"):
		return "no HTTP is spoken there (" + Printable(text) + ")"
	}
	return "no answer: " + Printable(text)
}

// describeHTTP2 returns what an error of HTTP/2 means; "" if err is not one.
func describeHTTP2(err error) string {
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

// StatusError returns the error of a response that is not OK: what the status means, and what to do about
// it.
func StatusError(resp *Response) error {
	f := &Failure{Reason: "it answered " + StatusText(resp.Status), Status: resp.Status}
	f.Permanent = resp.Status >= 400 && resp.Status < 500
	switch resp.Status {
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
	if resp.Status >= 500 {
		f.Reason += "; the server is in trouble, asked again later"
	}
	return f
}

// StatusText returns a status with its standard text, such as "404 Not Found". The server's own text is not used, since
// it might say anything.
func StatusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return strconv.Itoa(status) + " " + text
	}
	return strconv.Itoa(status)
}

// DisplayURL returns an address as it is shown: without credentials.
func DisplayURL(u *url.URL) string {
	shown := *u
	shown.User = nil
	return Printable(shown.String())
}

// RedactURL is DisplayURL for a string that may not be a valid address.
func RedactURL(s string) string {
	if u, err := url.Parse(s); err == nil {
		return DisplayURL(u)
	}
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		s = "…" + s[i:]
	}
	return Printable(s)
}

// Printable returns a string from an untrusted source without characters that could deceive a terminal, a log or a
// reader, and cut to about 300 bytes.
func Printable(s string) string {
	const maxLen = 300
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "?") {
		if b.Len() >= maxLen {
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

func size(bytes int64) string {
	if bytes >= 1<<20 {
		return strconv.FormatInt(bytes>>20, 10) + " MiB"
	}
	return strconv.FormatInt(bytes>>10, 10) + " KiB"
}

// IsUnwanted reports whether Response.Incomplete says that we stopped reading, so that the beginning of the body must
// not be used: it is too large or of a wrong type, or the run was stopped.
func IsUnwanted(incomplete error) bool {
	return isTooLarge(incomplete) || errors.As(incomplete, new(*Failure)) || IsStopped(incomplete)
}
