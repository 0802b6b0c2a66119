package client

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// robots asks each origin's robots.txt (RFC 9309) once in a run and keeps its answer.
type robots struct {
	door  *Client
	mu    sync.Mutex
	known map[string]*robotsEntry
}

type robotsEntry struct {
	done  chan struct{}
	rules robotsRules
	err   error // why nothing may be asked for now
	asked bool  // a page was read where maxDelay is not enough
}

const (
	MaxRobots = 500 << 10 // RFC 9309 section 2.5
	// maxDelay is the longest Crawl-delay that is waited for; a host that wants longer gives one page a run.
	maxDelay = 10 * time.Second
)

func newRobots(d *Client) *robots { return &robots{door: d, known: map[string]*robotsEntry{}} }

// Allow refuses an address that its host's robots.txt does not let us ask.
func (r *robots) Allow(ctx context.Context, u *url.URL, p Permission) error {
	a, first := r.entryFor(u)
	if first {
		r.load(ctx, u, p, a)
	}
	select {
	case <-a.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if a.err != nil {
		return a.err
	}
	if !a.rules.allow(u) {
		return Denied("the robots.txt of its host asks programs to stay away from it")
	}
	return r.applyDelay(u, a)
}

// load asks for the rules that others may wait for already: they are let go whatever becomes of it, a panic included.
func (r *robots) load(ctx context.Context, u *url.URL, p Permission, a *robotsEntry) {
	defer close(a.done)
	a.err = &Failure{Reason: "its robots.txt could not be understood, so nothing else is asked there for now"}
	a.rules, a.err = r.fetchRules(ctx, u, p)
	if IsStopped(a.err) {
		r.forget(u)
	}
}

func (r *robots) entryFor(u *url.URL) (a *robotsEntry, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	origin := u.Scheme + " " + HostPort(u)
	a = r.known[origin]
	if a == nil {
		a = &robotsEntry{done: make(chan struct{})}
		r.known[origin] = a
		return a, true
	}
	return a, false
}

func (r *robots) forget(u *url.URL) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, u.Scheme+" "+HostPort(u))
}

// fetchRules fetches robots.txt. Where there is none everything may be asked; where the server is in trouble, nothing for now.
func (r *robots) fetchRules(ctx context.Context, u *url.URL, p Permission) (robotsRules, error) {
	at := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}
	a, err := r.door.Do(ctx, Request{URL: at, Permission: p, Accept: "text/plain,*/*;q=0.1", MaxBytes: MaxRobots})
	if err != nil {
		return robotsRules{}, robotsError(err)
	}
	defer a.Release()
	if a.Status == http.StatusTooManyRequests || a.Status >= 500 {
		return robotsRules{}, &Failure{Reason: "its robots.txt cannot be read (" + StatusText(a.Status) + "), so nothing else is asked there for now"}
	}
	if a.Status != http.StatusOK {
		return robotsRules{}, nil
	}
	body, _, err := Decompress(a.Body, a.Header.Get("Content-Encoding"), r.door.Limits.Body)
	if err != nil {
		return robotsRules{}, nil
	}
	rules := parseRobots(body[:min(len(body), MaxRobots)], product(r.door.agent))
	if rules.delay <= maxDelay {
		r.door.Limiter.slower(u, rules.delay)
	}
	return rules, nil
}

// robotsError keeps an error's meaning, but says that it was robots.txt that could not be asked.
func robotsError(err error) error {
	if IsRateLimited(err) || IsStopped(err) || IsPermanent(err) {
		return err
	}
	return &Error{where: "robots.txt", what: "not read, so nothing else is asked there for now: " + err.Error(), cause: err}
}

// applyDelay lets one page a run pass where the host wants a longer delay than we wait for.
func (r *robots) applyDelay(u *url.URL, a *robotsEntry) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a.rules.delay <= maxDelay {
		return nil
	}
	if a.asked {
		return &HostBlock{Reason: "wants " + a.rules.delay.String() + " between two pages (robots.txt); the next run goes on"}
	}
	a.asked = true
	return nil
}

// product is the token by which robots.txt knows us: the User-Agent's name without its version.
func product(agent string) string {
	name, _, _ := strings.Cut(agent, "/")
	return strings.ToLower(strings.TrimSpace(name))
}

// robotsRules are the rules of robots.txt that hold for us.
type robotsRules struct {
	lines []robotsLine
	delay time.Duration
}

type robotsLine struct {
	pattern string
	allow   bool
}

// parseRobots reads the rules of the groups that name the product, or else of the groups for all. Unknown lines are
// passed over.
func parseRobots(body []byte, product string) robotsRules {
	var ours, all robotsRules
	named, isOurs, isAll, heading := false, false, false, false
	for line := range bytes.Lines(bytes.ReplaceAll(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), []byte("\r"), []byte("\n"))) {
		text, _, _ := strings.Cut(string(line), "#")
		key, value, _ := strings.Cut(text, ":")
		key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
		if key == "user-agent" {
			if !heading {
				isOurs, isAll, heading = false, false, true
			}
			isOurs = isOurs || strings.EqualFold(product, agentToken(value))
			isAll = isAll || value == "*"
			named = named || isOurs
			continue
		}
		if !robotsKeys[key] {
			continue
		}
		heading = false
		if isOurs {
			ours.add(key, value)
		}
		if isAll {
			all.add(key, value)
		}
	}
	if named {
		return ours
	}
	return all
}

var robotsKeys = map[string]bool{"allow": true, "disallow": true, "crawl-delay": true}

// agentToken is the product token of a user-agent line, which some write with a version.
func agentToken(value string) string {
	end := strings.IndexFunc(value, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_')
	})
	if end < 0 {
		return value
	}
	return value[:end]
}

func (r *robotsRules) add(key, value string) {
	switch {
	case key == "crawl-delay":
		if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 {
			r.delay = max(r.delay, time.Duration(min(seconds, 1e6)*float64(time.Second)))
		}
	case value != "":
		r.lines = append(r.lines, robotsLine{normalPath(value), key == "allow"})
	}
}

// allow tells whether u may be asked: the longest pattern that matches decides, an allow wins over an equally long
// disallow, and what no pattern matches is allowed (RFC 9309 section 2.2.2).
func (r robotsRules) allow(u *url.URL) bool {
	path := normalPath(u.RequestURI())
	longest, allowed := -1, true
	for _, line := range r.lines {
		if n := len(line.pattern); n > longest || n == longest && line.allow {
			if matches(line.pattern, path) {
				longest, allowed = n, line.allow
			}
		}
	}
	return allowed
}

// normalPath decodes what need not be encoded and encodes the rest, so that two spellings of one path are equal.
func normalPath(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				i += 2
				if isUnreserved(byte(v)) {
					b.WriteByte(byte(v))
				} else {
					b.WriteString("%" + strings.ToUpper(s[i-1:i+1]))
				}
				continue
			}
		}
		if c <= ' ' || c >= 0x7f {
			const hex = "0123456789ABCDEF"
			b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func isUnreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// matches tells whether a pattern matches the beginning of path: * is any run of characters, a final $ the end. It
// takes the first place that fits each piece, so it needs no more time than length of pattern x length of path.
func matches(pattern, path string) bool {
	pattern, toEnd := strings.CutSuffix(pattern, "$")
	pieces := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(path, pieces[0])
	if !ok {
		return false
	}
	if len(pieces) == 1 {
		return !toEnd || rest == ""
	}
	last := len(pieces) - 1
	for _, piece := range pieces[1:last] {
		i := strings.Index(rest, piece)
		if i < 0 {
			return false
		}
		rest = rest[i+len(piece):]
	}
	if toEnd {
		return strings.HasSuffix(rest, pieces[last])
	}
	return strings.Contains(rest, pieces[last])
}
