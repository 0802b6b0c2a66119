package excerpt

import (
	"strings"
	"testing"

	"broadsheet"
)

const (
	firstly = "When the queue grows faster than the workers drain it, latency climbs and nobody notices until customers do."
	then    = "We run twelve brokers in three zones, and each one keeps a week of events on local disk so that a replay needs nothing else."
	finally = "The first attempt failed in an instructive way, because the brokers were moved one by one and the clients were not told about it."
)

const article = firstly + "\n\n" + then + "\n\n" + finally

func TestTheExcerptIsTheArticlesOwnBeginning(t *testing.T) {
	b := standard(t)
	for _, c := range []struct{ name, title, text string }{
		{"the article", "", article},
		{"the seed's plea", "", "To get the content delivered to your inbox, you can subscribe to the newsletter at the end of this post. Here is the previous issue. " + article},
		{"the seed's plea alone", "", "To get the content delivered to your inbox, you can subscribe to the newsletter at the end of this post.\n\nHere is the previous issue.\n\n" + article},
		{"a byline", "", "By Jane Doe\n\nMarch 3, 2024\n\n8 min read\n\n" + article},
		{"a byline that runs in", "", "March 3, 2024 • 8 min read • " + article},
		{"the title again", "Queues at night", "Queues at night\n\n" + article},
		{"the title that runs in", "Queues at night", "Queues at night " + article},
		{"a standfirst", "", "How a small team moved a large fleet of brokers and lived to tell the tale.\n\nBy Jane Doe | 3 March 2024\n\n" + article},
		{"a summary", "", "When the queue grows faster than the workers drain it, customers notice.\n\n" + article},
		{"a heading that runs in", "", "Introduction " + article},
		{"contents", "", "Table of contents\n\n• The first attempt\n\n• The second attempt\n\n" + article},
		{"a summary's mark", "", "TL;DR: " + article},
		{"a greeting", "", "Hello everyone!\n\n" + article},
		{"a German plea", "", "Jetzt unseren Newsletter abonnieren und nichts verpassen!\n\n" + article},
		{"a plea in between", "", firstly + "\n\nSubscribe to our newsletter to get posts like this in your inbox.\n\n" + then + "\n\n" + finally},
		{"a feed's footer", "", article + "\n\nThe post Queues at night appeared first on Example."},
	} {
		got := b.Excerpt(c.title, c.text)
		if !strings.HasPrefix(got, firstly+" "+then) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestWhereNothingIsTheArticlesThereIsNoExcerpt(t *testing.T) {
	b := standard(t)
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

func TestWhatHasOnlyAListGivesTheList(t *testing.T) {
	got := standard(t).Excerpt("", "Changes\n\n• The queue is now drained by two workers\n\n• The broker keeps a week of events\n\n• Clients are told before a move")
	if want := "The queue is now drained by two workers • The broker keeps a week of events • Clients are told before a move…"; got != want {
		t.Errorf("%q", got)
	}
}

func TestTheBestSourceGivesTheExcerpt(t *testing.T) {
	b := standard(t)
	for _, c := range []struct {
		name, note string
		page       broadsheet.Page
		told       []broadsheet.FeedItem
		want       broadsheet.Origin
	}{
		{"a note", "Read this.", broadsheet.Page{Text: article}, nil, broadsheet.OriginNote},
		{"the page", "", broadsheet.Page{Text: article}, []broadsheet.FeedItem{{Content: article, Summary: article}}, broadsheet.OriginPage},
		{"a wall", "", broadsheet.Page{Text: article, Wall: "login"}, []broadsheet.FeedItem{{Summary: firstly}, {Content: article}}, broadsheet.OriginContent},
		{"a page that asks not to be quoted", "", broadsheet.Page{Text: article, NoSnippet: true, Description: article}, []broadsheet.FeedItem{{Summary: article}}, broadsheet.OriginSummary},
		{"nothing but a description", "", broadsheet.Page{Description: firstly + " " + then}, nil, broadsheet.OriginDescription},
		{"the longest of what is too short", "", broadsheet.Page{Text: "The queue grows by the hour."}, []broadsheet.FeedItem{{Summary: firstly}}, broadsheet.OriginSummary},
		{"nothing", "", broadsheet.Page{}, []broadsheet.FeedItem{{Summary: "Comments"}}, broadsheet.OriginNone},
	} {
		got, from := b.Best("", c.note, c.page, c.told)
		if from != c.want || (got == "") != (from == broadsheet.OriginNone) {
			t.Errorf("%s: from %q: %q", c.name, from, got)
		}
	}
}

func TestAFeedThatHoldsTheArticleSparesItsPage(t *testing.T) {
	long := strings.Repeat(article+"\n\n", 4)
	for _, c := range []struct {
		name string
		told broadsheet.FeedItem
		want bool
	}{
		{"the whole article", broadsheet.FeedItem{Content: long, Summary: firstly}, true},
		{"no summary", broadsheet.FeedItem{Content: long}, true},
		{"too short to tell", broadsheet.FeedItem{Content: article}, false},
		{"no more than the summary", broadsheet.FeedItem{Content: long, Summary: long}, false},
		{"cut off", broadsheet.FeedItem{Content: long + "We then […]"}, false},
		{"cut off without brackets", broadsheet.FeedItem{Content: long + "We then…"}, false},
		{"longer than what is kept", broadsheet.FeedItem{Content: strings.Repeat(article+"\n\n", 60)[:broadsheet.MaxText-2] + "ca"}, true},
		{"goes on elsewhere", broadsheet.FeedItem{Content: long + "Continue reading →"}, false},
		{"goes on elsewhere, in German", broadsheet.FeedItem{Content: long + "Weiterlesen"}, false},
		{"cut within a sentence", broadsheet.FeedItem{Content: long + "And when the second broker came back it had forgotten all about the"}, false},
	} {
		if got := HasFullText(c.told); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func FuzzExcerpt(f *testing.F) {
	b := standard(f)
	f.Add("Queues", article)
	f.Add("", "By Jane Doe\n\nMarch 3, 2024\n\n"+article)
	f.Add("队列", "目录\n\n• 一\n\n"+strings.Repeat("队列增长得比消费者快。", 20))
	f.Add("x", strings.Repeat("• a\n\n", 100))
	f.Fuzz(func(t *testing.T, title, text string) {
		title, text = strings.ToValidUTF8(title, ""), strings.ToValidUTF8(text, "")
		got := b.Excerpt(title, text)
		whole(t, text, got)
		for _, r := range strings.Fields(strings.ReplaceAll(got, "…", "")) {
			if !strings.Contains(text, r) {
				t.Errorf("%q is not of the text", r)
			}
		}
	})
}

// BenchmarkExcerpt cuts an excerpt out of a feed's summary, after what stands above it on a page.
func BenchmarkExcerpt(b *testing.B) {
	text := "By Ada Lovelace\n\nMarch 3, 2026 · 7 min read\n\nShare this article\n\n" + strings.Repeat(
		"The queue kept its order because each writer waited for the one before it, and that one knew that it was waited for. ", 9)
	of := standard(b)
	b.ReportAllocs()
	for b.Loop() {
		if of.Excerpt("How a queue keeps its order", text) == "" {
			b.Fatal("no excerpt")
		}
	}
}
