package link

import (
	"strings"
	"testing"

	"broadsheet"
)

func TestSecrets_OfHeaders(t *testing.T) {
	secrets := NewSecrets([]broadsheet.Source{{Kind: broadsheet.KindFeed, URL: "https://a.example/feed", UserAgent: "OwnReader/1.0 (x)", Headers: broadsheet.Headers{
		"Authorization": "Bearer ghp_0123456789", "Cookie": "session=f00dcafe99; lang=en", "X-Login": "Basic bWU6b3BlbjEyMzQ1", "Accept": "application/json", "X-Mode": "full"}}})
	for text, want := range map[string]string{
		"it got Bearer ghp_0123456789 here":    "it got *** here",
		"token ghp_0123456789":                 "token ***",
		"you have f00dcafe99":                  "you have ***",
		"the password is open12345":            "the password is ***",
		"bWU6b3BlbjEyMzQ1":                     "***",
		"you are OwnReader/1.0 (x)":            "you are ***",
		"Bearer tokens, lang=en, full, Basic,": "Bearer tokens, lang=en, full, Basic,",
		"it sends application/json":            "it sends application/json",
	} {
		if got := secrets.RedactKnown(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if link := secrets.PublicLink("https://a.example/1?k=f00dcafe99&p=2", "https://a.example/feed"); link != "https://a.example/1?p=2" {
		t.Errorf("the link of an article: %q", link)
	}
}

func TestRedactHeaders(t *testing.T) {
	sources := []broadsheet.Source{{UserAgent: "it's me", Headers: broadsheet.Headers{"Dnt": "1", "Accept-Language": "de, en", "X-Key": `a"b\c`}}}
	const text = " - feed: https://a.example/1\n   user_agent: 'it''s me'\n   headers: {dnt: 1, \"Accept-Language\": \"de, en\", X-Key: \"a\\\"b\\\\c\"}\n   bonus: 1\n"
	const want = " - feed: https://a.example/1\n   user_agent: '***'\n   headers: {dnt: ***, \"Accept-Language\": \"***\", X-Key: \"***\"}\n   bonus: 1\n"
	if got := RedactHeaders(sources, text); got != want {
		t.Errorf("got %s", strings.ReplaceAll(got, "\n", "\n    "))
	}
}
