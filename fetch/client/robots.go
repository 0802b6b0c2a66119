package client

import (
	"bytes"
	"context"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// robots fetches the robots.txt (RFC 9309) of each origin once in a run and caches its rules. For a source with a
// User-Agent of its own it does so again, since another group of rules may hold for it.
type robots struct {
	client  *Client
	mu      sync.Mutex
	entries map[robotsKey]*robotsEntry
}

type robotsKey struct{ origin, userAgent string }

type robotsEntry struct {
	done        chan struct{} // closed when rules and err are set
	rules       robotsRules
	err         error // why nothing may be fetched in this run; nil: the rules apply
	pageAllowed bool  // the one page of this run was allowed, where rules.delay is longer than maxDelay
}

const (
	MaxRobotsBytes = 500 << 10 // of robots.txt that are parsed (RFC 9309 section 2.5)
	// maxDelay is the longest Crawl-delay that a run waits for. Of a host that wants a longer one it reads one page.
	maxDelay = 10 * time.Second
)

func newRobots(c *Client) *robots { return &robots{client: c, entries: map[robotsKey]*robotsEntry{}} }

// Allow returns an error if the robots.txt of u's host does not allow us to fetch u. loaded reports whether that file was
// fetched for it.
func (r *robots) Allow(ctx context.Context, u *url.URL, p Permission) (loaded bool, err error) {
	key := robotsKey{originOf(u), r.client.userAgentFor(u, p)}
	e, first := r.entry(key)
	if first {
		r.load(ctx, u, p, key, e)
	}
	select {
	case <-e.done:
	case <-ctx.Done():
		return first, ctx.Err()
	}
	if e.err != nil {
		return first, e.err
	}
	if !e.rules.allow(u) {
		return first, &Failure{Reason: "the robots.txt of its host asks programs to stay away from it", Permanent: true, robots: true}
	}
	return first, r.applyDelay(u, e)
}

// load fetches the rules that other goroutines may wait for already. These go on whatever becomes of it, even if it
// panics.
func (r *robots) load(ctx context.Context, u *url.URL, p Permission, key robotsKey, e *robotsEntry) {
	defer close(e.done)
	e.err = &Failure{Reason: "its robots.txt could not be understood, so nothing else is asked there for now"}
	e.rules, e.err = r.fetchRules(ctx, u, p)
	if IsStopped(e.err) {
		r.forget(key)
	}
}

// entry returns the entry of a key, and reports whether the caller is the first to need it and must load it.
func (r *robots) entry(key robotsKey) (e *robotsEntry, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e = r.entries[key]
	if e == nil {
		e = &robotsEntry{done: make(chan struct{})}
		r.entries[key] = e
		return e, true
	}
	return e, false
}

func (r *robots) forget(key robotsKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.entries, key)
}

// fetchRules fetches robots.txt. Without one everything is allowed; while the server fails, nothing is.
func (r *robots) fetchRules(ctx context.Context, u *url.URL, p Permission) (robotsRules, error) {
	robotsURL := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}
	resp, err := r.client.Do(ctx, Request{URL: robotsURL, Permission: p, Accept: "text/plain,*/*;q=0.1", MaxBytes: MaxRobotsBytes, Begins: true})
	if err != nil {
		return robotsRules{}, robotsError(err)
	}
	defer resp.Release()
	if resp.Status >= 500 {
		return robotsRules{}, &Failure{Reason: "its robots.txt cannot be read (" + StatusText(resp.Status) + "), so nothing else is asked there for now"}
	}
	if !resp.OK() {
		return robotsRules{}, nil
	}
	body, _, err := Decompress(resp.Body, resp.Header.Get("Content-Encoding"), r.client.Limits.Body)
	if err != nil {
		return robotsRules{}, nil
	}
	rules := parseRobots(body[:min(len(body), MaxRobotsBytes)], productTokens(r.client.userAgentFor(u, p)))
	if rules.delay <= maxDelay {
		r.client.Limiter.setCrawlDelay(u, rules.delay)
	}
	return rules, nil
}

// robotsError adds to an error that it is about robots.txt. What the error says about its host, the run or the address
// stays as it is.
func robotsError(err error) error {
	if IsRateLimited(err) || IsStopped(err) || IsPermanent(err) {
		return err
	}
	return &Error{address: "robots.txt", reason: "not read, so nothing else is asked there for now: " + err.Error(), cause: err}
}

// applyDelay allows one page a run where the host wants a longer delay than maxDelay.
func (r *robots) applyDelay(u *url.URL, e *robotsEntry) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.rules.delay <= maxDelay {
		return nil
	}
	if e.pageAllowed {
		return &HostBlock{Reason: "wants " + e.rules.delay.String() + " between two pages (robots.txt); the next run goes on"}
	}
	e.pageAllowed = true
	return nil
}

// robotsRules are the rules of a robots.txt that apply to us.
type robotsRules struct {
	rules []robotsRule
	delay time.Duration // Crawl-delay; 0: none
}

// robotsRule is a line Allow or Disallow.
type robotsRule struct {
	pattern string // normalized by normalizePath
	allow   bool
}

// parseRobots returns the rules of the groups that name one of the product tokens, or else of the groups for all (*). Unknown
// lines are ignored.
func parseRobots(body []byte, products map[string]bool) robotsRules {
	var ours, all robotsRules
	named, isOurs, isAll, inHeading := false, false, false, false // inHeading: the line before was a User-agent line
	for line := range bytes.Lines(bytes.ReplaceAll(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), []byte("\r"), []byte("\n"))) {
		text, _, _ := strings.Cut(string(line), "#")
		key, value, _ := strings.Cut(text, ":")
		key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
		if key == "user-agent" {
			if !inHeading {
				isOurs, isAll, inHeading = false, false, true
			}
			isOurs = isOurs || products[strings.ToLower(agentToken(value))]
			isAll = isAll || value == "*"
			named = named || isOurs
			continue
		}
		if !robotsKeys[key] {
			continue
		}
		inHeading = false
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

// agentToken returns the product token in the value of a User-agent line, which some write with a version.
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
		r.rules = append(r.rules, robotsRule{normalizePath(value), key == "allow"})
	}
}

// allow reports whether u may be fetched. The longest pattern that matches decides, Allow wins over an equally long
// Disallow, and an address that no pattern matches is allowed (RFC 9309 section 2.2.2).
func (r robotsRules) allow(u *url.URL) bool {
	path := normalizePath(u.RequestURI())
	longest, allowed := -1, true
	for _, rule := range r.rules {
		if n := len(rule.pattern); n > longest || n == longest && rule.allow {
			if matchesPath(rule.pattern, path) {
				longest, allowed = n, rule.allow
			}
		}
	}
	return allowed
}

// normalizePath percent-decodes unreserved characters and percent-encodes all that are not ASCII, so that two spellings
// of one path are equal.
func normalizePath(s string) string {
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

// matchesPath reports whether a pattern matches the beginning of path: * matches any run of characters, a $ at the end
// the end of the path. It takes the first match of each literal between two stars, without backtracking, so that its
// time is bounded by length of pattern x length of path.
func matchesPath(pattern, path string) bool {
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
