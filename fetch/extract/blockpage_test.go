package extract

import (
	"net/url"
	"strings"
	"testing"

	"broadsheet/internal/excerpt"
)

func TestReadPage_BlockPage(t *testing.T) {
	for _, c := range []struct{ reason, page string }{
		{"captcha", `<title>Just a moment...</title><h1>example.com</h1><p>Verifying you are human. This may take a few seconds.</p><p>example.com needs to review the security of your connection before proceeding.</p>`},
		{"captcha", `<title>Attention Required! | Cloudflare</title><h1>Sorry, you have been blocked</h1><p>You are unable to access example.com</p><p>This website is using a security service to protect itself from online attacks. The action you just performed triggered the security solution.</p>`},
		{"refused", `<title>Access Denied</title><h1>Access Denied</h1><p>You don't have permission to access "http://example.com/a" on this server.</p>`},
		{"not found", `<title>404 Not Found</title><center><h1>404 Not Found</h1></center><hr><center>nginx</center>`},
		{"not found", `<title>Page not found - Example Blog</title><nav><a href=/>Home</a></nav><h1>Oops! That page can’t be found.</h1><p>It looks like nothing was found at this location. Maybe try one of the links below or a search?</p>`},
		{"login", `<title>Log in - Example</title><form><p>Log in to continue to the thing that you wanted to read.</p></form>`},
		{"cookie wall", `<title>Before you continue to Example</title><p>We use cookies and data to deliver and maintain our services, to track outages and to protect against spam. If you choose to accept all, we will also use them to develop new services.</p>`},
		{"cookie wall", `<title>Beispiel</title><div><h2>Datenschutzeinstellungen</h2><p>Wir verwenden Cookies, um Ihnen das beste Erlebnis zu bieten. Bitte stimmen Sie zu.</p></div>`},
		{"parked domain", `<title>example.com</title><h1>example.com</h1><p>This domain is for sale. Inquire now.</p>`},
		{"needs javascript", `<title>Example</title><noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div>`},
		{"needs javascript", `<title>Example</title><div id=app></div><script src=a.js></script><script src=b.js></script>`},
		{"", `<title>404 ways to lose a packet</title><article><h1>404 ways to lose a packet</h1>` + body + `</article>`},
		{"", `<title>How we built login at Example</title><article><h1>How we built login at Example</h1>` + body + `</article>`},
		{"", `<title>Cookie consent at scale</title><article><h1>Cookie consent at scale</h1><p>We measured what consent dialogs cost the readers of forty sites, and the answer surprised us.</p>` + body + `</article>`},
	} {
		u, _ := url.Parse("https://example.com/post")
		page := ReadPage([]byte("<html>"+c.page), "text/html", u, "", excerpt.DefaultPatterns)
		if page.BlockPage != c.reason {
			t.Errorf("%.70s: reason %q, want %q (text %q)", c.page, page.BlockPage, c.reason, page.Text)
		}
		if shown, _ := excerpt.DefaultPatterns.Choose("", "", page, nil); c.reason != "" && shown != "" {
			t.Errorf("%.70s: excerpt %q", c.page, shown)
		}
	}
}

func TestReadPage_NoSnippet(t *testing.T) {
	for _, directives := range []string{"nosnippet", "noarchive, NoSnippet", "max-snippet:0, index", "index, max-snippet: 0"} {
		u, _ := url.Parse("https://example.com/post")
		page := ReadPage([]byte(`<meta name=robots content="`+directives+`"><article><h1>Queues</h1>`+body+`</article>`), "text/html", u, "", excerpt.DefaultPatterns)
		if shown, _ := excerpt.DefaultPatterns.Choose("", "", page, nil); !page.NoSnippet || shown != "" {
			t.Errorf("%s: excerpt %q", directives, shown)
		}
	}
	if got := excerptOf(t, `<meta name=robots content="max-snippet:-1, noarchive"><article>`+body); !strings.HasPrefix(got, begins) {
		t.Errorf("a page that allows snippets: %q", got)
	}
	if got := excerptOf(t, `<article><p data-nosnippet>This part of the page is not to be quoted by anyone, says the page, and so it is not.</p>`+body); !strings.HasPrefix(got, begins) {
		t.Errorf("an element with data-nosnippet: %q", got)
	}
}
