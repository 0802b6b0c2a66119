package link

import (
	"net/url"
	"testing"
)

func TestSite(t *testing.T) {
	for link, want := range map[string]string{
		"https://example.com/a":                        "example.com",
		"https://blog.example.com/a":                   "example.com",
		"https://www.eng.example.co.uk/a":              "example.co.uk",
		"https://medium.com/@Ann/a-title-0123456789ab": "medium.com/@ann",
		"https://medium.com/netflix-techblog/a":        "medium.com/netflix-techblog",
		"https://medium.com/feed/netflix-techblog":     "medium.com/netflix-techblog",
		"https://medium.com/feed/@ann/../@eve":         "medium.com/@eve",
		"https://ann.medium.com/a-title-0123456789ab":  "ann.medium.com",
		"https://github.com/golang/go/issues/1":        "github.com/golang",
		"https://ann.github.io/a":                      "ann.github.io",
		"https://ann.substack.com/p/a":                 "ann.substack.com",
		"https://dev.to/ann/a":                         "dev.to/ann",
		"https://www.youtube.com/@ann/videos":          "youtube.com/@ann",
		"https://www.linkedin.com/in/ann/recent":       "linkedin.com/in/ann",
		"https://cs.example.edu/~ann/paper.pdf":        "cs.example.edu/~ann",
		"http://feeds.example.com/~r/blog/~3/abc/a":    "example.com",
		"http://127.0.0.1:8080/a":                      "127.0.0.1:8080",
		"https://bücher.example/a":                     "xn--bcher-kva.example",
		"mailto:ann@example.com":                       "",
	} {
		if got := Site(link); got != want {
			t.Errorf("Site(%q) = %q, want %q", link, got, want)
		}
	}
}

func TestTrustCanonical(t *testing.T) {
	for _, c := range []struct {
		link, canonical string
		want            bool
	}{
		{"https://example.com/?p=1", "https://example.com/a", true},
		{"https://m.example.com/a", "https://blog.example.com/a", true},
		{"https://dev.to/ann/a", "https://example.com/a", true},
		{"https://medium.com/@ann/a-0123456789ab", "https://example.com/a", true},
		{"https://evil.example.org/a", "https://example.com/a", false},
		{"https://medium.com/@ann/a-0123456789ab", "https://example.com/", false}, // a front page is no article's address
		{"https://example.com/a", "", false},
		{"https://example.com/a", "javascript:alert(1)", false},
		{"", "", false},
		{"https://eve.github.io/a", "https://ann.github.io/a", false},
	} {
		if got := TrustCanonical(c.link, c.canonical); got != c.want {
			t.Errorf("TrustCanonical(%q, %q) = %v, want %v", c.link, c.canonical, got, c.want)
		}
	}
}

func TestSameSite(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"https://www.blog.example/sitemap.xml", "https://cdn.blog.example/posts.xml", true},
		{"http://127.0.0.1:1/sitemap.xml", "http://127.0.0.1:1/posts.xml", true},
		{"https://blog.example/sitemap.xml", "https://other.example/posts.xml", false},
		{"https://ann.github.io/sitemap.xml", "https://eve.github.io/posts.xml", false},
		{"https://ann.medium.com/sitemap.xml", "https://eve.medium.com/posts.xml", false},
	} {
		a, _ := url.Parse(c.a)
		b, _ := url.Parse(c.b)
		if SameSite(a, b) != c.want {
			t.Errorf("%s and %s: want %v", c.a, c.b, c.want)
		}
	}
}
