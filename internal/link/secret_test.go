package link

import (
	"strings"
	"testing"

	"broadsheet"
)

// secretSpellings are URLs in which HUNTER2 is a secret.
var secretSpellings = []string{
	"https://me:HUNTER2@a.example/feed", "https://HUNTER2@a.example/feed", "https://me:p@HUNTER2@a.example/f", "https://me:x/HUNTER2@a.example/f",
	"https://a.example/feed?token=HUNTER2", "https://a.example/feed?Access_Token=HUNTER2&page=2", "https://a.example/?a=1;api-key=HUNTER2",
	"https://a.example/?page=1&amp;token=HUNTER2", `https://a.example/?page=1\u0026token=HUNTER2`, "https://a.example/?%74oken=HUNTER2",
	"https://a.example/?%2574oken=HUNTER2", "https://a.example/feed;token=HUNTER2", "https://a.example/feed;token=HUNTER2/rss.xml",
	"https://a.example/token=HUNTER2/rss.xml", "https://a.example/feed#access_token=HUNTER2", "https://a.example/#/feed?auth=HUNTER2",
	"https://a.example/?X-Amz-Algorithm=AWS4&X-Amz-Signature=HUNTER2", "https://a.example/?X-Amz-Credential=HUNTER2%2F2026%2Fus",
	"https://a.example/?X-Amz-Security-Token=HUNTER2", "https://a.example/?X-Goog-Signature=HUNTER2", "https://a.example/?sv=2024&sig=ab/HUNTER2==",
	"https://a.example/?session=HUNTER2", "https://a.example/?sessionid=HUNTER2", "https://a.example/?PHPSESSID=HUNTER2", "https://a.example/;jsessionid=HUNTER2",
	"https://a.example/?sid=HUNTER2", "https://a.example/?jwt=ey.HUNTER2.x", "https://a.example/?client_secret=HUNTER2", "https://a.example/?clientSecret=HUNTER2",
	"https://a.example/?password=HUNTER2", "https://a.example/?passwd=HUNTER2", "https://a.example/?pwd=HUNTER2", "https://a.example/?code=HUNTER2",
	"https://a.example/?rsstoken=HUNTER2", "https://a.example/?apiKey=HUNTER2", "https://a.example/?AWSAccessKeyId=HUNTER2", "https://a.example/?user[password]=HUNTER2",
	"https://a.example/?url=https://me:HUNTER2@b.example/", "https://a.example/?url=https://b.example/?key=HUNTER2",
	"https://a.example/?url=https%3A%2F%2Fb.example%2F%3Ftoken%3DHUNTER2", "https://a.example/?url=https%3A%2F%2Fme%3AHUNTER2%40b.example%2F",
	"https://a.example/?u=https%253A%252F%252Fb.example%252F%253Ftoken%253DHUNTER2", "https://a.example/proxy/https%3A%2F%2Fb.example%3Ftoken%3DHUNTER2",
	"https://a.example/?token=a;HUNTER2", "https://a.example/?token=a?HUNTER2", "https://a.example/?token=a#HUNTER2",
	"//me:HUNTER2@a.example/feed", "/feed?token=HUNTER2", "feed://a.example/?token=HUNTER2",
}

// TestRedactText checks that secrets are removed from URLs, alone (RedactAddress) and in a text, and that the rest
// stays.
func TestRedactText(t *testing.T) {
	for _, link := range secretSpellings {
		if got := RedactAddress(link); strings.Contains(got, "HUNTER2") {
			t.Errorf("RedactAddress(%s) = %s", link, got)
		}
		if IsPublic(link) {
			t.Errorf("%s is public", link)
		}
		for _, text := range []string{"see " + link + ".", `Get "` + link + `": time-out`, "(" + link + ")", "- {feed: " + link + ", name: x}", `{"source":"` + link + `"}`} {
			got := RedactText(text)
			if strings.Contains(got, "HUNTER2") {
				t.Errorf("RedactText(%s) = %s", text, got)
			}
			if again := RedactText(got); again != got {
				t.Errorf("RedactText(%s) = %s", got, again)
			}
		}
	}
	for _, text := range []string{
		"https://a.example/feed?format=rss&paged=2#top", "https://a.example/@me/x", "mail me@a.example about https://medium.com/@me", "https://a.example:8080/@me",
		"https://a.example/a=b/c?user=ada&author=x&design=2", "https://a.example/?token=&key=", "put it in: https://NAME:PASSWORD@\u2026", "a == b && c; key = 3",
		`{"key":"a.example/x","pass":1}`, "https://a.example/100%25?q=50%25+off", "token=3", "",
	} {
		if got := RedactText(text); got != text {
			t.Errorf("RedactText(%s) = %s", text, got)
		}
	}
	for link, want := range map[string]string{
		"https://me:HUNTER2@a.example/feed?token=HUNTER2&page=2": "https://***@a.example/feed?token=***&page=2",
		"me:HUNTER2@a.example/feed":                              "***@a.example/feed",
		"https://a.example/?token=x/y;z&a=1":                     "https://a.example/?token=***&a=1",
	} {
		if got := RedactAddress(link); got != want {
			t.Errorf("RedactAddress(%s) = %s, want %s", link, got, want)
		}
	}
}

// TestSecrets checks that the secrets of sources are found where nothing but their value gives them away.
func TestSecrets(t *testing.T) {
	k := NewSecrets([]broadsheet.Source{
		{Kind: broadsheet.KindFeed, URL: "https://paid.example/feed?token=T0KEN-1&page=2"},
		{Kind: broadsheet.KindFeed, URL: "https://me:Pa55%20word@login.example/feed"},
		{Kind: broadsheet.KindFeed, URL: "https://hidden.example/private/0a1b2c3d.xml?u=hunter7", Secret: true},
		{Kind: broadsheet.KindFeed, URL: "https://plain.example/private/quietplace/feed", Secret: true},
		{Kind: broadsheet.KindFeed, URL: "https://open.example/feed"},
	})
	for text, want := range map[string]string{
		"https://paid.example/feed?token=T0KEN-1&page=2: 404":        "https://paid.example/feed?token=***&page=2: 404",
		"a/T0KEN-1/b and Pa55 word and Pa55%20word and Pa55+word":    "a/***/b and *** and *** and ***",
		"https://hidden.example/private/0a1b2c3d.xml?u=hunter7: 404": "https://hidden.example/***: 404",
		"https://hidden.example/2026/post-1":                         "https://hidden.example/2026/post-1",
		"https://hidden.example/private/0a1b2c3d.xml/post":           "https://hidden.example/***",
		"0a1b2c3d and hunter7":                                       "*** and ***",
		"https://plain.example/private/quietplace/post-1":            "https://plain.example/***",
		"a quietplace":              "a quietplace",
		"https://open.example/feed": "https://open.example/feed",
		"https://hidden.example/private/0a1b2c3d.xml?u=hunter7&amp;token=x": "https://hidden.example/***",
	} {
		if got := k.RedactText(text); got != want {
			t.Errorf("Text(%s)\n= %s, want\n  %s", text, got, want)
		}
	}
	for _, c := range []struct{ link, source, want string }{
		{"https://a.example/x?sid=42&key=7", "https://open.example/feed", "https://a.example/x?sid=42&key=7"},
		{"https://a.example/x?p=1&access_token=abc#top", "https://open.example/feed", "https://a.example/x?p=1#top"},
		{"https://me:pw@a.example/x", "https://open.example/feed", "https://a.example/x"},
		{"https://a.example/x?key=abc&p=1", "https://paid.example/feed?token=T0KEN-1&page=2", "https://a.example/x?p=1"},
		{"https://a.example/x?u=T0KEN-1&p=1", "https://open.example/feed", "https://a.example/x?p=1"},
		{"https://hidden.example/private/0a1b2c3d.xml/post", "https://open.example/feed", ""},
		{"https://a.example/;token=abc/x", "https://open.example/feed", ""},
		{"", "https://open.example/feed", ""},
	} {
		if got := k.PublicLink(c.link, c.source); got != c.want {
			t.Errorf("Link(%s) = %s, want %s", c.link, got, c.want)
		}
	}
	var none *Secrets
	if got := none.RedactText("https://me:pw@a.example/") + none.PublicLink("https://a.example/x", ""); got != "https://***@a.example/https://a.example/x" {
		t.Error(got)
	}
}

// FuzzRedactText checks that redacting twice adds nothing, and that a secret is found whatever stands before it.
func FuzzRedactText(f *testing.F) {
	for _, link := range secretSpellings {
		f.Add(link)
	}
	f.Add("//:x/@@")
	f.Fuzz(func(t *testing.T, text string) {
		once := RedactText(text)
		if again := RedactText(once); len(again) > len(once) {
			t.Errorf("%q → %q → %q", text, once, again)
		}
		if strings.ContainsAny(text, " \"\\<>`%") || len(text) > 200 {
			return
		}
		if got := RedactText("https://a.example/" + text + "?token=HUNTER2"); strings.Contains(got, "HUNTER2") && !strings.Contains(text, "HUNTER2") {
			t.Errorf("%q: %q", text, got)
		}
	})
}

// BenchmarkSecrets redacts a page of the JSON that `articles` prints. Every second URL in it holds a parameter.
func BenchmarkSecrets(b *testing.B) {
	text := strings.Repeat(`{"link":"https://a.example/2026/a-post","text":"`+strings.Repeat("The lease of the queue = longer than the pause, it said. ", 20)+
		`","guid":"https://a.example/?p=1&token=HUNTER2"}`+"\n", 100)
	k := NewSecrets([]broadsheet.Source{{Kind: broadsheet.KindFeed, URL: "https://paid.example/feed?token=T0KEN-1"}})
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		k.RedactStored(text)
	}
}

// TestNewSecrets_Webhooks checks that the address of a webhook is found whole and by its token, and that what others at its
// host have is left alone.
func TestNewSecrets_Webhooks(t *testing.T) {
	k := NewSecrets(nil, "https://discord.example/api/webhooks/1234567890123456789/aBcDeFgHiJkLmNoP", "https://short.example/hook")
	for text, want := range map[string]string{
		"posted to https://discord.example/api/webhooks/1234567890123456789/aBcDeFgHiJkLmNoP?wait=true": "posted to https://discord.example/***",
		"the token aBcDeFgHiJkLmNoP":                              "the token ***",
		"/api/webhooks/1234567890123456789/aBcDeFgHiJkLmNoP":      "/api/webhooks/***/***",
		"https://discord.example/blog/webhooks":                   "https://discord.example/blog/webhooks",
		"https://short.example/hook":                              "https://short.example/***",
		"https://short.example/other, and a hook for a webhook":   "https://short.example/other, and a hook for a webhook",
		"https://elsewhere.example/webhooks/1234567890123456789/": "https://elsewhere.example/webhooks/***/",
	} {
		if got := k.RedactKnown(text); got != want && !strings.HasPrefix(got, want+"?") {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}
