package publish

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"broadsheet"
)

// TestWebhookBody_Limits checks that the texts keep the limits of Slack and Discord, whatever an edition holds, and that
// each line of them is whole.
func TestWebhookBody_Limits(t *testing.T) {
	for name, c := range map[string]struct {
		picks       int
		title, link string
		url         string
	}{
		"one":                {1, "A queue", "https://a.example/1", "https://daily.example/"},
		"none":               {0, "", "", "https://daily.example/"},
		"many":               {200, "A queue that never emptied, and what was in it", "https://a.example/posts/about/queues", "https://daily.example/"},
		"long titles":        {40, strings.Repeat("𝔘nicode ", 60), "https://a.example/1", "https://daily.example/"},
		"marks":              {100, strings.Repeat("_*~`|<>&[]()@everyone <!channel> ", 9), "https://a.example/(1)?a=<b>&c=d|e", "https://daily.example/"},
		"long links":         {30, "A queue", "https://a.example/" + strings.Repeat("x", 3000), "https://daily.example/"},
		"a site of no url":   {200, "A queue", "https://a.example/1", ""},
		"a site of long url": {200, "A queue", "https://a.example/1", "https://daily.example/" + strings.Repeat("y", 3000) + "/"},
	} {
		config := testConfig()
		config.URL = c.url
		e := broadsheet.Edition{Day: "2026-11-24", Number: 7}
		for i := range c.picks {
			e.Picks = append(e.Picks, broadsheet.Pick{Article: broadsheet.Article{Key: fmt.Sprint("a.example/", i), Title: fmt.Sprint(i, " ", c.title), Link: c.link, Excerpt: "An excerpt."}, SourceName: "A blog"})
		}
		body, err := WebhookBody(config, e)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(body, &m); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for key, limit := range map[string]int{"text": 4000, "content": 2000} {
			text := m[key].(string)
			if n := len(utf16.Encode([]rune(text))); n > limit || n == 0 {
				t.Errorf("%s: %s has %d units, at most %d are allowed", name, key, n, limit)
			}
			lines := strings.Split(text, "\n")
			shown := 0
			for _, line := range lines[1:] {
				if strings.HasPrefix(line, "• ") && strings.HasSuffix(line, " (A blog)") {
					shown++
				}
			}
			last := lines[len(lines)-1]
			if shown < c.picks && !strings.Contains(last, fmt.Sprintf("and %d more", c.picks-shown)) || shown < min(c.picks, 5) {
				t.Errorf("%s: %s shows %d of %d: %q", name, key, shown, c.picks, last)
			}
		}
		if picks, _ := m["picks"].([]any); len(picks) != c.picks {
			t.Errorf("%s: %d picks, want %d", name, len(picks), c.picks)
		}
		if text := m["text"].(string); strings.Contains(text, "<!") {
			t.Errorf("%s: a title can notify a channel: %q", name, text)
		}
	}
}
