package extract

import (
	"net/url"
	"strings"
	"testing"

	"broadsheet/internal/excerpt"

	"broadsheet"
)

// The text of the article on the pages below: its first two paragraphs, the other ones, and the beginning of its excerpt.
const (
	lead = `When the queue grows faster than the workers drain it, latency climbs and nobody notices until customers do.`
	more = `We run twelve brokers in three zones, and each one keeps a week of events on local disk so that a replay needs nothing else.`
	rest = `<p>The first attempt failed in an instructive way, because the brokers were moved one by one and the clients were not told.</p>
<p>The second one took a month of preparation, two rehearsals and a quiet Sunday morning, and it went by without a single page.</p>
<p>What follows is the story of both, with the numbers, the mistakes, and the tools that we would use again if we had to.</p>`
	begins = "When the queue grows faster than the workers drain it, latency climbs and nobody notices until customers do. We run twelve brokers"
)

// body is the markup of the whole text.
const body = `<p>` + lead + `</p><p>` + more + `</p>` + rest

// excerptOf returns the excerpt of a page.
func excerptOf(t *testing.T, page string) string {
	t.Helper()
	u, _ := url.Parse("https://example.com/post")
	read := ReadPage([]byte(page), "text/html", u, "", excerpt.DefaultPatterns)
	shown, _ := excerpt.DefaultPatterns.Choose("", "", read, nil)
	return shown
}

// checkExcerptBegins checks that the excerpt of a page begins with a text.
func checkExcerptBegins(t *testing.T, page, want string) {
	t.Helper()
	if got := excerptOf(t, page); !strings.HasPrefix(got, want) {
		t.Errorf("excerpt begins %.150q\n           want %q", got, want)
	}
}

func TestReadPage_ExcerptBeginsWithArticle(t *testing.T) {
	for name, page := range map[string]string{
		"a bare page":                                      `<title>Queues</title>` + body,
		"an article element":                               `<nav><a href=/>Home</a> <a href=/b>Blog</a></nav><article><h1>Queues</h1>` + body + `</article><footer>© 2024 Example. All rights reserved.</footer>`,
		"a byline and a date above":                        `<article><h1>Queues at night</h1><p>By Jane Doe</p><p>March 3, 2024</p><p>8 min read</p>` + body + `</article>`,
		"a byline in one line":                             `<article><h1>Queues at night</h1><p>Jane Doe · Mar 3, 2024 · 8 min read</p>` + body + `</article>`,
		"a summary above the byline":                       `<article><h1>Queues at night</h1><p>How a small team moved a large fleet of brokers to new hardware and lived to tell the tale.</p><div class=who>By Jane Doe</div><div>3 March 2024</div>` + body + `</article>`,
		"a summary in the header":                          `<article><header><h1>Queues at night</h1><p>How a small team moved a large fleet of brokers to new hardware and lived to tell the tale.</p></header>` + body + `</article>`,
		"a summary that is the page's description":         `<meta name=description content="How a small team moved a large fleet of brokers to new hardware and lived."><article><div class=top><h1>Queues at night</h1><div><p>How a small team moved a large fleet of brokers to new hardware and lived.</p></div></div><div class=text>` + body + `</div></article>`,
		"a first paragraph that is the page's description": `<meta name=description content="` + lead + `"><article><h1>Queues at night</h1>` + body + `</article>`,
		"a table of contents":                              `<article><h1>Queues at night</h1><p>Table of contents</p><ul><li><a href=#a>The first attempt and why it failed</a></li><li><a href=#b>The second attempt</a></li></ul>` + body + `</article>`,
		"a table of contents that links nowhere":           `<article><h1>Queues at night</h1><div class=toc><p>In this article</p><ul><li>The first attempt</li><li>The second attempt</li></ul></div>` + body + `</article>`,
		"a share bar":                                      `<article><h1>Queues at night</h1><ul class=x1><li>Share on Facebook</li><li>Tweet</li><li>Email</li></ul>` + body + `</article>`,
		"a figure with a caption":                          `<article><h1>Queues at night</h1><figure><img src=a.png><figcaption>The brokers in their rack, before the move, on a rainy day in the autumn of that year.</figcaption></figure>` + body + `</article>`,
		"a caption without a figcaption element":           `<article><h1>Queues at night</h1><div class=img1><img src=a.png><div>The brokers in their rack, before the move, on a rainy day in the autumn.</div></div>` + body + `</article>`,
		"a photographer's credit":                          `<article><h1>Queues at night</h1><p>Photo by Jane Doe on Unsplash</p>` + body + `</article>`,
		"a newsletter call to action":                      `<article><h1>State of queues #2</h1><p>To get the content delivered to your inbox, you can subscribe to the newsletter at the end of this post. Here is the previous issue.</p>` + body + `</article>`,
		"a call to action in the first paragraph":          `<article><h1>State of queues #2</h1><p>To get the content delivered to your inbox, you can subscribe to the newsletter at the end of this post. Here is the previous issue. ` + lead + `</p><p>` + more + `</p>` + rest + `</article>`,
		"a call to action between two paragraphs":          `<article><h1>Queues at night</h1><p>` + lead + `</p><p>Enjoying this story? Sign up for our weekly newsletter and never miss a post.</p><p>` + more + `</p>` + rest + `</article>`,
		"a cookie notice at the top":                       `<div class=css-1x>We use cookies and similar technologies to improve your experience. By continuing to browse the site you agree to our use of cookies.</div><article><h1>Queues at night</h1>` + body + `</article>`,
		"an affiliate notice":                              `<article><h1>Queues at night</h1><p>This post may contain affiliate links, which means that we may earn a small commission at no cost to you.</p>` + body + `</article>`,
		"an editor's note":                                 `<article><h1>Queues at night</h1><p><em>Editor's note: this article was updated on March 5 with figures from the second month.</em></p>` + body + `</article>`,
		"related links between paragraphs":                 `<article><h1>Queues at night</h1><p>` + lead + `</p><p><strong>Related: <a href=/x>How we moved the databases to new hardware</a></strong></p><p>` + more + `</p>` + rest + `</article>`,
		"teasers of other articles before it":              `<main><section class=latest><article><h3><a href=/a>Other</a></h3><p>Some other article has a teaser that is long enough to look like running text. It even has two sentences.</p></article><article><h3><a href=/b>Another</a></h3><p>One more teaser that is long enough to look like running text. It too has two sentences.</p></article></section><article><h1>Queues at night</h1>` + body + `</article></main>`,
		"comments longer than the article":                 `<article><h1>Queues at night</h1>` + body + `</article><section id=comments><ol class=comment-list>` + strings.Repeat(`<li><p>I think that this is a very good article, and I would like to add that we did the same at our place two years ago. It went well.</p></li>`, 30) + `</ol></section>`,
		"a sidebar before it":                              `<div class=sidebar><h2>About me</h2><p>I am an engineer who lives by the sea with two cats and writes about queues now and then. You can write to me at any time.</p></div><div class=post><h1>Queues at night</h1>` + body + `</div>`,
		"a sidebar without a class name before it":         `<div class=c1><h2>About me</h2><p>I am an engineer who lives by the sea with two cats and writes about queues now and then. You can write to me at any time.</p></div><div class=c2><h1>Queues at night</h1>` + body + `</div>`,
		"line breaks instead of paragraphs":                `<title>Queues at night - Example</title><div><h1>Queues at night</h1>` + lead + `<br><br>` + more + `<br><br>` + strings.NewReplacer("<p>", "", "</p>", "<br><br>").Replace(rest) + `</div>`,
		"divs instead of paragraphs":                       `<title>Queues at night</title><div id=a><h1>Queues at night</h1><div>` + lead + `</div><div>` + more + `</div>` + strings.NewReplacer("<p>", "<div>", "</p>", "</div>").Replace(rest) + `</div>`,
		"a layout table":                                   `<title>Queues at night</title><table><tr><td width=150><a href=/>Home</a><br><a href=/b>Blog</a></td><td><h1>Queues at night</h1>` + body + `</td></tr></table>`,
		"a form around the page":                           `<form method=post><div class=main><h1>Queues at night</h1>` + body + `</div></form>`,
		"a wrapper with the class sidebar":                 `<div class="layout sidebar"><h1>Queues at night</h1>` + body + `</div>`,
		"a drop cap":                                       `<article><h1>Queues at night</h1><p><span class="dropcap">W</span> hen the queue grows faster than the workers drain it, latency climbs and nobody notices until customers do.</p><p>` + more + `</p>` + rest + `</article>`,
		"code before it":                                   `<article><h1>Queues at night</h1><pre><code>func main() { queue.Run() }</code></pre>` + body + `</article>`,
		"a heading in bold type":                           `<article><h1>Queues at night</h1><p><b>Why we moved</b></p>` + body + `</article>`,
		"the title twice":                                  `<title>Queues at night</title><div class=post><h1>Queues at night</h1><div class=text><p>Queues at night</p>` + body + `</div></div>`,
		"an audio player":                                  `<article><h1>Queues at night</h1><p>Listen to this article</p><p>0:00 / 5:32</p>` + body + `</article>`,
		"a noscript notice":                                `<noscript>Please enable JavaScript to view this site.</noscript><article><h1>Queues at night</h1>` + body + `</article>`,
		"a hidden summary":                                 `<article><h1>Queues at night</h1><p style="display: none">This is a summary that only machines are to read, and it is long enough to be taken for text.</p>` + body + `</article>`,
		"text for screen readers":                          `<article><h1>Queues at night</h1><span class=sr-only>Posted on the third of March by Jane Doe, who is an engineer.</span>` + body + `</article>`,
		"key takeaways":                                    `<article><h1>Queues at night</h1><p>Key takeaways</p><ul><li>Queues grow at night.</li><li>Disks are cheap, people are not.</li><li>Rehearse twice before you move anything.</li></ul>` + body + `</article>`,
		"an author box before it":                          `<article><h1>Queues at night</h1><div class=author-box><p>Jane Doe is a software engineer at Example and writes about queues. She lives by the sea.</p></div>` + body + `</article>`,
		"an author box without a class name":               `<article><h1>Queues at night</h1><div class=z9><p>Jane Doe is a software engineer at Example who writes about queues.</p></div>` + body + `</article>`,
		"breadcrumbs":                                      `<article><div class=z1><a href=/>Home</a> › <a href=/b>Blog</a> › Queues at night</div><h1>Queues at night</h1>` + body + `</article>`,
		"an advertisement":                                 `<article><h1>Queues at night</h1><p>Advertisement</p>` + body + `</article>`,
		"a summary that the text begins with":              `<article><h1>Queues at night</h1><div class=q><p>When the queue grows faster than the workers drain it, customers notice.</p></div><div>` + body + `</div></article>`,
		"sections with h1":                                 `<title>Queues at night | Example</title><h1>Queues at night</h1><div>` + body + `<h1>The first attempt</h1>` + rest + `<h1>The second attempt</h1>` + rest + `</div>`,
		"sections with h1 and no title heading":            `<title>Queues at night</title><div>` + body + `<h1>The first attempt</h1>` + rest + `<h1>The second attempt</h1>` + rest + `</div>`,
		"a section with the article's title":               `<title>Queues</title><article>` + body + `<h2>Queues</h2>` + rest + `</article>`,
		"words in custom elements":                         `<article><h1>Queues at night</h1><p>When the <glossary-term>queue</glossary-term> grows faster than the <glossary-term>workers</glossary-term> drain it, latency climbs and nobody notices until customers do.</p><p>` + more + `</p>` + rest + `</article>`,
		"an article in custom elements":                    `<site-page><site-text><h1>Queues at night</h1>` + body + `</site-text></site-page>`,
		"emoji images":                                     `<article><h1>Queues at night</h1><div><img class="emoji" src=a.svg alt="">` + lead + `</div><div>` + more + `</div>` + rest + `</article>`,
		"the beginning in its own section":                 `<article><h1>Queues at night</h1><section><p>` + lead + `</p><p>` + more + `</p><p>It took a month of preparation, two rehearsals and a quiet morning to find that out for good.</p></section><section class=list>` + strings.Repeat(rest, 4) + `</section></article>`,
		"paragraphs in a list item":                        `<ul class=posts><li><h2>Queues at night</h2>` + body + `</li></ul>`,
		"blocks of a page builder":                         `<div class="builder"><div class="widget builder-widget builder-widget-heading"><h1>Queues at night</h1></div><div class="b builder-widget builder-widget-text-editor"><p>` + lead + `</p><p>` + more + `</p></div><div class="b builder-widget builder-widget-image"><img src=a.png></div><div class="b builder-widget builder-widget-text-editor">` + rest + `</div></div>`,
	} {
		t.Run(name, func(t *testing.T) { checkExcerptBegins(t, "<html><body>"+page, begins) })
	}
}

func TestReadPage_Platforms(t *testing.T) {
	for name, page := range map[string]string{
		"a post of a writing platform":    `<article><div><h1 class="pw-post-title">Queues at night</h1><h2>What we learned when we moved a large fleet of brokers</h2><div><a href=/@jane>Jane Doe</a><span>·</span><a href=#>Follow</a></div><div>Published in <a href=/pub>The Publication</a></div><div><span>8 min read</span><span>·</span><span>Mar 3, 2024</span></div><div>--</div><div>1</div><div>Listen</div><div>Share</div><p>` + lead + `</p><p>` + more + `</p>` + rest + `</div></article>`,
		"a post for members":              `<article><p>Member-only story</p><h1>Queues at night</h1><p>` + lead + `</p><p>` + more + `</p>` + rest + `</article>`,
		"a post of a newsletter platform": `<article class="newsletter-post post"><div class="post-header"><h1 class="post-title">Queues at night</h1><h3 class=subtitle>What we learned when we moved a large fleet of brokers to new machines.</h3><div class="byline-wrapper"><a href=/>Jane Doe</a> Mar 03, 2024</div><div class="post-ufi"><a>12</a><a>Share this post</a></div></div><div class="available-content"><div class="body markup"><p>Thanks for reading Queues Weekly! Subscribe for free to receive new posts and support my work.</p><p>` + lead + `</p><p>` + more + `</p>` + rest + `</div></div></article>`,
		"a classic blog":                  `<div id=content class=narrowcolumn><div class=post id=post-12><h2><a href=/12>Queues at night</a></h2><small>Posted on March 3rd, 2024 by jane</small><div class=entry>` + body + `<p class=postmetadata>Posted in <a href=/c>Engineering</a> | <a href=#r>No Comments »</a></p></div></div></div><div id=sidebar><ul><li><h2>Pages</h2></li></ul></div>`,
		"a blog with related posts":       `<article class="post-12 post type-post status-publish format-standard has-post-thumbnail hentry category-newsletter tag-newsletter"><header class=entry-header><h1 class=entry-title>Queues at night</h1><div class=entry-meta>Posted on <time datetime=2024-03-03>March 3, 2024</time> by <a rel=author>Jane</a></div></header><div class=entry-content>` + body + `<div class="sharedaddy sd-sharing-enabled"><h3>Share this:</h3><ul><li>Click to share on Twitter (Opens in new window)</li></ul></div><div id=jp-relatedposts><h3>Related</h3></div></div></article>`,
		"documentation":                   `<div class=navbar><a href=/>Docs</a></div><div class="main-wrapper"><aside class="sidebar"><ul><li>Introduction</li><li>Getting started with the queue</li><li>Operations</li></ul></aside><main><div class=row><div class=col><nav class=breadcrumbs><ul><li>Guides</li><li>Queues</li></ul></nav><span class=badge>Version: 2.1</span><div class="toc-mobile"><button>On this page</button></div><div class="markdown"><h1>Queues at night</h1>` + body + `</div><a href=/edit>Edit this page</a><div>Last updated on Mar 3, 2024</div></div><div class=col><ul class="table-of-contents"><li><a href=#a>The first attempt</a></li></ul></div></div></main></div>`,
		"a readme":                        `<main><div class=f><span>jane/queues</span> <span>Public</span></div><ul><li>Star 1.2k</li><li>Fork 80</li></ul><article class="markdown-body entry-content"><h1>Queues at night</h1><p><a href=ci><img src=badge.svg alt=build></a></p>` + body + `</article></main>`,
		"an encyclopaedia":                `<div id=content class=mw-body><h1 id=firstHeading>Queues at night</h1><div id=siteSub>From Example, the free encyclopedia</div><div id=mw-content-text><div class=mw-parser-output><div role=note class="hatnote">For other uses, see <a href=/q>Queue (disambiguation)</a>.</div><table class=infobox><tr><th>Founded</th><td>1999, by two engineers who were tired of waiting in line.</td></tr></table><p class=mw-empty-elt></p><p>` + lead + `<sup class=reference><a href=#c1>[1]</a></sup></p><p>` + more + `</p>` + rest + `</div></div></div>`,
		"a news agency":                   `<article><h1>Queues at night</h1><div class=ArticleHeader><span>By Jane Doe</span><span>2 Min Read</span></div><div class=StandardArticleBody><p>` + lead + `</p><p>` + more + `</p>` + rest + `<div class=Attribution><p>Reporting by Jane Doe; Editing by John Roe</p></div><p>Our Standards: The Example Trust Principles.</p></div></article>`,
		"a news site with a live ticker":  `<div class=ticker><p>LIVE: <a href=/l>The election results as they come in, minute by minute, from all counties</a></p></div><main><article><h1>Queues at night</h1><ul class=bylines><li>Jane Doe</li><li>Updated 2 hours ago</li></ul>` + body + `</article></main>`,
		"a recipe":                        `<article><h1>Queues at night</h1><p><a href=#r>Jump to Recipe</a></p><p>This post may contain affiliate links. Please read our disclosure policy.</p>` + body + `<div class=recipe-card><h2>Ingredients</h2><ul><li>1 queue</li></ul></div></article>`,
	} {
		t.Run(name, func(t *testing.T) { checkExcerptBegins(t, "<html><body>"+page, begins) })
	}
}

func TestReadPage_Selector(t *testing.T) {
	page := `<html><body><article><h1>Queues at night</h1>` + rest + `<div class="newsletter body"><p>` + lead + `</p><p>` + more + `</p></div></article>`
	u, _ := url.Parse("https://example.com/post")
	for selector, want := range map[string]string{
		".newsletter.body": lead, // although its class is one of a newsletter form
		"":                 "The first attempt",
		".nowhere":         "The first attempt",
		"a[":               "The first attempt", // not a valid selector
	} {
		got := ReadPage([]byte(page), "text/html", u, selector, excerpt.DefaultPatterns)
		if !strings.HasPrefix(got.Text, want) {
			t.Errorf("selector %q: text %.80q", selector, got.Text)
		}
	}
}

func TestArticleText(t *testing.T) {
	b := excerpt.DefaultPatterns
	for _, c := range []struct{ name, markup, begins, ends string }{
		{"paragraphs", body, lead + "\n\n" + more, "had to."},
		{"text without markup", lead, lead, "do."},
		{"a figure and a share bar", `<figure><img src=a.png><figcaption>A rack.</figcaption></figure><div class=share>Share this</div>` + body, lead, "had to."},
		{"sections with h1", body + `<h1>Why</h1>` + rest, lead, "had to."},
		{"a link to the rest", `<p>` + lead + `</p><p><a href=/post>Continue reading →</a></p>`, lead, " …"},
		{"nested too deep", strings.Repeat("<div>", 700) + body, lead, "had to."},
		{"nothing", "", "", ""},
	} {
		got := ArticleText(c.markup, b)
		if !strings.HasPrefix(got, c.begins) || !strings.HasSuffix(got, c.ends) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

// TestArticleText_LongParagraph checks that a paragraph about as long as the limit is truncated at the limit, and only there.
func TestArticleText_LongParagraph(t *testing.T) {
	for n := broadsheet.MaxText - 3; n <= broadsheet.MaxText+3; n++ {
		want := min(n, broadsheet.MaxText)
		if got := ArticleText("<p>"+strings.Repeat("x", n), excerpt.DefaultPatterns); len(got) != want {
			t.Errorf("%d bytes of text from a paragraph of %d, want %d", len(got), n, want)
		}
	}
}
