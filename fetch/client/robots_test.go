package client

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestRobotsRules(t *testing.T) {
	tests := []struct{ name, robots, path string }{ // a path that begins with "!" is disallowed
		{"empty", "", "/a"},
		{"everything", "User-agent: *\nDisallow: /", "!/a"},
		{"an empty Disallow", "User-agent: *\nDisallow:", "/a"},
		{"rules for another", "User-agent: otherbot\nDisallow: /", "/a"},
		{"our group overrides the group for all", "User-agent: *\nDisallow: /\n\nUser-agent: Broadsheet\nDisallow: /b", "/a"},
		{"our name with a version", "User-agent: broadsheet/1.0\nDisallow: /", "!/a"},
		{"a name that only begins like ours", "User-agent: broadsheets-bot\nDisallow: /", "/a"},
		{"two groups for us are merged", "User-agent: broadsheet\nDisallow: /a\n\nUser-agent: broadsheet\nDisallow: /b", "!/a"},
		{"a group for several names", "User-agent: x\nUser-agent: broadsheet\nDisallow: /a", "!/a"},
		{"a rule before any group", "Disallow: /\nUser-agent: x\nDisallow: /", "/a"},
		{"the longest rule decides", "User-agent: *\nDisallow: /a\nAllow: /a/public", "/a/public/x"},
		{"the longest rule decides, whatever the order", "User-agent: *\nAllow: /a/public\nDisallow: /a", "!/a/private"},
		{"Allow wins a tie", "User-agent: *\nDisallow: /a\nAllow: /a", "/a"},
		{"paths are case-sensitive", "User-agent: *\nDisallow: /A", "/a"},
		{"a star", "User-agent: *\nDisallow: /*.pdf", "!/docs/a.pdf?x=1"},
		{"$, path goes on", "User-agent: *\nDisallow: /*.pdf$", "/docs/a.pdf?x=1"},
		{"$, path ends", "User-agent: *\nDisallow: /*.pdf$", "!/docs/a.pdf.pdf"},
		{"$ without a star", "User-agent: *\nDisallow: /a$", "/ab"},
		{"a query", "User-agent: *\nDisallow: /*?print=", "!/a?print=1"},
		{"percent-encoded or not", "User-agent: *\nDisallow: /b%C3%BCcher/~x", "!/bücher/%7Ex"},
		{"an encoded slash is no separator", "User-agent: *\nDisallow: /a/b", "/a%2Fb"},
		{"comments", "# hello\nUser-agent: * # all\nDisallow: /a # here", "!/a"},
		{"a byte order mark and CR line ends", "\xef\xbb\xbfUser-agent: *\rDisallow: /a\r", "!/a"},
		{"field names in any case", "USER-AGENT: *\ndisallow : /a", "!/a"},
		{"an unknown line does not end a group", "User-agent: *\nSitemap: https://x.example/s.xml\nDisallow: /a", "!/a"},
		{"Crawl-delay ends the list of names", "User-agent: x\nCrawl-delay: 1\nUser-agent: *\nDisallow: /a", "!/a"},
		{"a web page", "<!DOCTYPE html><p>Disallow: /", "/a"},
		{"binary", "\x00\xff\xfeUser-agent\x00:*\x00", "/a"},
	}
	for _, test := range tests {
		path, disallowed := strings.CutPrefix(test.path, "!")
		u, err := url.Parse("https://x.example" + path)
		if err != nil {
			t.Fatal(err)
		}
		if parseRobots([]byte(test.robots), map[string]bool{"broadsheet": true}).allow(u) == disallowed {
			t.Errorf("%s: %s", test.name, test.path)
		}
	}
	if d := parseRobots([]byte("User-agent: *\nCrawl-delay: 2.5"), map[string]bool{"broadsheet": true}).delay; d != 2500*time.Millisecond {
		t.Errorf("Crawl-delay 2.5 is %v", d)
	}
}

func FuzzRobots(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /a*b$\nAllow: /%7e\nCrawl-delay: 1e300"), "/a/b?c")
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		rules := parseRobots(body, map[string]bool{"broadsheet": true})
		rules.allow(&url.URL{Scheme: "https", Host: "x.example", Path: path})
		if rules.delay < 0 {
			t.Errorf("a delay of %v", rules.delay)
		}
	})
}
