package link

import (
	"testing"

	"broadsheet"
)

// TestPublicURL checks that a URL that grants access, or whose host is private, is not published.
func TestPublicURL(t *testing.T) {
	for link, public := range map[string]bool{
		"https://blog.example.com/feed":                     true,
		"https://blog.example.com/feed?format=rss&paged=2":  true,
		"https://example.com/videos.xml?user=ada":           true,
		"https://example.com/search?q=keyboard&monkey=1":    false, // it ends in "key": better redact too much than too little
		"https://example.com/feed?author=ada&design=2":      true,
		"https://example.com/feed?token=":                   true,
		"https://example.com/feed?token=SECRET123":          false,
		"https://example.com/feed?access_token=x":           false,
		"https://example.com/feed?a=1;api-key=x":            false,
		"https://example.com/feed?feedToken=x":              false,
		"https://example.com/feed?rsstoken=x":               false,
		"https://example.com/feed?%74oken=x":                false,
		"https://bucket.example.com/feed?X-Amz-Signature=x": false,
		"https://bucket.example.com/feed?sv=2024&sig=x":     false,
		"https://example.com/feed#auth=x":                   false,
		"https://me:pass@example.com/feed":                  false,
		"https://me@example.com/feed":                       false,
		"http://wiki.corp.internal/feed":                    false,
		"http://wiki/feed":                                  false,
		"http://localhost:8080/feed":                        false,
		"http://10.1.2.3/feed":                              false,
		"http://[fd00::1]/feed":                             false,
		"http://[2001:db8::1]/feed":                         false,
		"http://printer.local./feed":                        false,
		"not an address":                                    false,
	} {
		s := broadsheet.Source{Kind: broadsheet.KindFeed, URL: link}
		if got := PublicURL(s); got != "" && got != link || (got != "") != public {
			t.Errorf("%s: %q, public %v", link, got, public)
		}
		if s.AllowPrivate = true; PublicURL(s) != "" {
			t.Errorf("%s is public though its source may be at a private address", link)
		}
	}
}

func TestPublicText(t *testing.T) {
	for text, want := range map[string]string{
		"https://a.example.com/feed: 404 Not Found":                       "https://a.example.com/feed: 404 Not Found",
		"https://a.example.com/feed?token=S: 404 Not Found":               "https://a.example.com/…: 404 Not Found",
		`Get "https://me:S@a.example.com/feed": time-out.`:                `Get "https://a.example.com/…": time-out.`,
		"it led to http://wiki.corp.internal/feed, which is not answered": "it led to …, which is not answered",
		"moved (https://a.example.com/?key=S)":                            "moved (https://a.example.com/…)",
		"410 Gone":                                                        "410 Gone",
	} {
		if got := PublicText(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
