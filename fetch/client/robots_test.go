package client

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestRobotsRules(t *testing.T) {
	tests := []struct{ story, robots, path string }{ // a path that begins with "!" may not be asked
		{"nothing said", "", "/a"},
		{"all of it", "User-agent: *\nDisallow: /", "!/a"},
		{"an empty disallow is none", "User-agent: *\nDisallow:", "/a"},
		{"another's rules", "User-agent: otherbot\nDisallow: /", "/a"},
		{"ours win over those for all", "User-agent: *\nDisallow: /\n\nUser-agent: Broadsheet\nDisallow: /b", "/a"},
		{"ours, with a version", "User-agent: broadsheet/1.0\nDisallow: /", "!/a"},
		{"a name that begins like ours is not ours", "User-agent: broadsheets-bot\nDisallow: /", "/a"},
		{"two groups of ours are one", "User-agent: broadsheet\nDisallow: /a\n\nUser-agent: broadsheet\nDisallow: /b", "!/a"},
		{"a group for several", "User-agent: x\nUser-agent: broadsheet\nDisallow: /a", "!/a"},
		{"a rule before any group", "Disallow: /\nUser-agent: x\nDisallow: /", "/a"},
		{"the longest rule decides", "User-agent: *\nDisallow: /a\nAllow: /a/public", "/a/public/x"},
		{"the longest rule decides, whatever the order", "User-agent: *\nAllow: /a/public\nDisallow: /a", "!/a/private"},
		{"allow wins a tie", "User-agent: *\nDisallow: /a\nAllow: /a", "/a"},
		{"paths mind their case", "User-agent: *\nDisallow: /A", "/a"},
		{"a star", "User-agent: *\nDisallow: /*.pdf", "!/docs/a.pdf?x=1"},
		{"the end", "User-agent: *\nDisallow: /*.pdf$", "/docs/a.pdf?x=1"},
		{"the end is there", "User-agent: *\nDisallow: /*.pdf$", "!/docs/a.pdf.pdf"},
		{"the end without a star", "User-agent: *\nDisallow: /a$", "/ab"},
		{"a query", "User-agent: *\nDisallow: /*?print=", "!/a?print=1"},
		{"encoded or not is the same", "User-agent: *\nDisallow: /b%C3%BCcher/~x", "!/bücher/%7Ex"},
		{"an encoded slash is not a slash", "User-agent: *\nDisallow: /a/b", "/a%2Fb"},
		{"comments", "# hello\nUser-agent: * # all\nDisallow: /a # here", "!/a"},
		{"a byte order mark and old line ends", "\xef\xbb\xbfUser-agent: *\rDisallow: /a\r", "!/a"},
		{"words in any case", "USER-AGENT: *\ndisallow : /a", "!/a"},
		{"unknown lines part no group", "User-agent: *\nSitemap: https://x.example/s.xml\nDisallow: /a", "!/a"},
		{"crawl-delay is a rule", "User-agent: x\nCrawl-delay: 1\nUser-agent: *\nDisallow: /a", "!/a"},
		{"a web page", "<!DOCTYPE html><p>Disallow: /", "/a"},
		{"bytes", "\x00\xff\xfeUser-agent\x00:*\x00", "/a"},
	}
	for _, test := range tests {
		path, forbidden := strings.CutPrefix(test.path, "!")
		u, err := url.Parse("https://x.example" + path)
		if err != nil {
			t.Fatal(err)
		}
		if parseRobots([]byte(test.robots), "broadsheet").allow(u) == forbidden {
			t.Errorf("%s: %s", test.story, test.path)
		}
	}
	if d := parseRobots([]byte("User-agent: *\nCrawl-delay: 2.5"), "broadsheet").delay; d != 2500*time.Millisecond {
		t.Errorf("Crawl-delay 2.5 is %v", d)
	}
}

func FuzzRobots(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /a*b$\nAllow: /%7e\nCrawl-delay: 1e300"), "/a/b?c")
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		rules := parseRobots(body, "broadsheet")
		rules.allow(&url.URL{Scheme: "https", Host: "x.example", Path: path})
		if rules.delay < 0 {
			t.Errorf("a delay of %v", rules.delay)
		}
	})
}
