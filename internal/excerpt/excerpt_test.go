package excerpt

import (
	"strings"
	"testing"
)

// The paragraphs of article, an article of three.
const (
	paragraph1 = "When the queue grows faster than the workers drain it, latency climbs and nobody notices until customers do."
	paragraph2 = "We run twelve brokers in three zones, and each one keeps a week of events on local disk so that a replay needs nothing else."
	paragraph3 = "The first attempt failed in an instructive way, because the brokers were moved one by one and the clients were not told about it."
)

const article = paragraph1 + "\n\n" + paragraph2 + "\n\n" + paragraph3

// TestExcerpt_WithoutBoilerplate checks that the excerpt is the beginning of article, whatever is around it.
func TestExcerpt_WithoutBoilerplate(t *testing.T) {
	b := DefaultPatterns
	for _, c := range []struct{ name, title, text string }{
		{"the article alone", "", article},
		{"a call to action before the first sentence", "", "To get the content delivered to your inbox, you can subscribe to the newsletter at the end of this post. Here is the previous issue. " + article},
		{"a call to action as a paragraph", "", "To get the content delivered to your inbox, you can subscribe to the newsletter at the end of this post.\n\nHere is the previous issue.\n\n" + article},
		{"a byline", "", "By Jane Doe\n\nMarch 3, 2024\n\n8 min read\n\n" + article},
		{"a byline in the same paragraph", "", "March 3, 2024 • 8 min read • " + article},
		{"the title again", "Queues at night", "Queues at night\n\n" + article},
		{"the title in the same paragraph", "Queues at night", "Queues at night " + article},
		{"a subtitle above the byline", "", "How a small team moved a large fleet of brokers and lived to tell the tale.\n\nBy Jane Doe | 3 March 2024\n\n" + article},
		{"a summary that begins with the same words", "", "When the queue grows faster than the workers drain it, customers notice.\n\n" + article},
		{"a heading in the same paragraph", "", "Introduction " + article},
		{"a table of contents", "", "Table of contents\n\n• The first attempt\n\n• The second attempt\n\n" + article},
		{"a label of a summary", "", "TL;DR: " + article},
		{"a greeting", "", "Hello everyone!\n\n" + article},
		{"a German call to action", "", "Jetzt unseren Newsletter abonnieren und nichts verpassen!\n\n" + article},
		{"a call to action between paragraphs", "", paragraph1 + "\n\nSubscribe to our newsletter to get posts like this in your inbox.\n\n" + paragraph2 + "\n\n" + paragraph3},
		{"a feed's footer", "", article + "\n\nThe post Queues at night appeared first on Example."},
	} {
		got := b.Excerpt(c.title, c.text)
		if !strings.HasPrefix(got, paragraph1+" "+paragraph2) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestExcerpt_OnlyBoilerplate(t *testing.T) {
	b := DefaultPatterns
	for _, text := range []string{
		"", "Comments", "submitted by /u/jane [link] [comments]",
		"Article URL: https://example.com/a\n\nComments URL: https://example.com/b\n\nPoints: 12\n\n# Comments: 3",
		"To get the content delivered to your inbox, you can subscribe to the newsletter at the end of this post. Here is the previous issue.",
		"The post Queues at night appeared first on Example.", "Please enable JavaScript to view this page.", "Just a moment...",
		"https://example.com/a", "We use cookies to improve your experience. By continuing to browse you agree to our use of cookies.", "1 2 3 4 5 6 7 8 9 10",
	} {
		if got := b.Excerpt("Queues at night", text); got != "" {
			t.Errorf("%q gives %q", text, got)
		}
	}
}

func TestExcerpt_OnlyAList(t *testing.T) {
	got := DefaultPatterns.Excerpt("", "Changes\n\n• The queue is now drained by two workers\n\n• The broker keeps a week of events\n\n• Clients are told before a move")
	if want := "The queue is now drained by two workers • The broker keeps a week of events • Clients are told before a move…"; got != want {
		t.Errorf("%q", got)
	}
}

func FuzzExcerpt(f *testing.F) {
	b := DefaultPatterns
	f.Add("Queues", article)
	f.Add("", "By Jane Doe\n\nMarch 3, 2024\n\n"+article)
	f.Add("队列", "目录\n\n• 一\n\n"+strings.Repeat("队列增长得比消费者快。", 20))
	f.Add("x", strings.Repeat("• a\n\n", 100))
	f.Fuzz(func(t *testing.T, title, text string) {
		title, text = strings.ToValidUTF8(title, ""), strings.ToValidUTF8(text, "")
		got := b.Excerpt(title, text)
		checkExcerpt(t, text, got)
		for _, word := range strings.Fields(strings.ReplaceAll(got, "…", "")) {
			if !strings.Contains(text, word) {
				t.Errorf("%q is not part of the text", word)
			}
		}
	})
}

// BenchmarkExcerpt makes an excerpt of a text with boilerplate at its beginning.
func BenchmarkExcerpt(b *testing.B) {
	text := "By Ada Lovelace\n\nMarch 3, 2026 · 7 min read\n\nShare this article\n\n" + strings.Repeat(
		"The queue kept its order because each writer waited for the one before it, and that one knew that it was waited for. ", 9)
	b.ReportAllocs()
	for b.Loop() {
		if DefaultPatterns.Excerpt("How a queue keeps its order", text) == "" {
			b.Fatal("no excerpt")
		}
	}
}
