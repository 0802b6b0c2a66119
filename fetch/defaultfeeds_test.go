package fetch

import (
	"net/url"
	"slices"
	"testing"

	"broadsheet"
	"broadsheet/fetch/list"
	"broadsheet/internal/config"
)

// defaultPages has, for each page source of the feeds.yaml that the program ships with, a page in the form that its
// site has, reduced to what the selectors meet: articles with a picture, a title and a call to action that all lead to
// them, and links that are not articles.
var defaultPages = map[string]string{
	"Uber": `<a href="/us/en/blog/engineering/">Engineering</a>
		<div data-testid="newsroom-article-feed-card"><a href="/us/en/blog/first-thing/"><img src="1.png"></a><a href="/us/en/blog/first-thing/">How the first thing works</a><p>1 September 2026</p></div>
		<div data-testid="newsroom-article-feed-card"><a href="/us/en/blog/second-thing/"><img src="2.png"></a><a href="/us/en/blog/second-thing/">How the second thing works</a></div>
		<a href="/us/en/blog/health/">Health</a>`,
	"Twitch": `<a href="/en/tags/engineering/">Engineering</a>
		<h2><a href="/en/2026/09/02/first-thing/">How the first thing works</a></h2>
		<a class="card" href="/en/2026/08/01/second-thing/"><img src="2.png"><h3>How the second thing works</h3><p>A lead.</p></a>
		<a href="/en/2026/08/01/second-thing/">Read more</a><a href="/en/jobs/">Jobs</a>`,
	"LinkedIn": `<a href="/blog/engineering/data">Data</a>
		<div class="featured-post"><a class="featured-post__headline" href="/blog/engineering/data/first-thing">How the first thing works</a></div>
		<ul id="all-posts"><li class="post-list__item grid-post"><a href="/blog/engineering/data/second-thing"><img src="2.png"></a>
		<div class="grid-post__title"><a class="grid-post__link" href="/blog/engineering/data/second-thing">How the second thing works</a></div>
		<p class="grid-post__date">Aug 1, 2026</p></li></ul>`,
	"Notion": `<a href="/blog/topic/tech">Tech</a>
		<article class="post-preview"><a href="/blog/first-thing"><img src="1.png"><h4>How the first thing works</h4></a></article>
		<article class="post-preview"><a href="/blog/second-thing" title="How the second thing works"><img src="2.png"></a></article>`,
}

// TestDefaultFeeds_Pages checks that each page source of the shipped feeds.yaml reads all articles of its site's page,
// by their titles, and nothing else.
func TestDefaultFeeds_Pages(t *testing.T) {
	conf, err := config.Parse("feeds.yaml", broadsheet.DefaultFeeds)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range conf.Sources {
		if s.Kind != broadsheet.KindPage {
			continue
		}
		base, _ := url.Parse(s.URL)
		doc, err := list.Parse([]byte("<!doctype html><title>Blog</title>"+defaultPages[s.Company]), "text/html; charset=utf-8", base, s)
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		var titles []string
		for _, item := range doc.Items {
			titles = append(titles, item.Title)
			if address, err := url.Parse(item.Link); err != nil || address.Host != base.Host {
				t.Errorf("%s: link %s", s.Name, item.Link)
			}
		}
		if want := []string{"How the first thing works", "How the second thing works"}; !slices.Equal(titles, want) {
			t.Errorf("%s: %q, want %q", s.Name, titles, want)
		}
	}
}
