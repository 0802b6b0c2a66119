package extract

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"broadsheet/internal/excerpt"

	"broadsheet"
)

func TestReadPage_Metadata(t *testing.T) {
	day := time.Date(2024, 3, 3, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, page string
		want       broadsheet.Page
	}{
		{"Open Graph", `<html lang=en-GB><title>Queues | Example</title><meta property=og:title content="Queues at night"><meta property=og:image content=/a.png><meta property=og:description content="About queues."><meta property=article:published_time content=2024-03-03T00:00:00Z><meta name=author content="Jane Doe"><link rel=canonical href=/queues>`,
			broadsheet.Page{Title: "Queues at night", Image: "https://example.com/a.png", Description: "About queues.", Published: day, Authors: []string{"Jane Doe"}, Language: "en-GB", Canonical: "https://example.com/queues"}},
		{"JSON-LD", `<title>Queues - Example</title><script type=application/ld+json>{"@context":"https://schema.org","@graph":[{"@type":"WebSite","name":"Example"},{"@type":"BlogPosting","headline":"Queues","datePublished":"2024-03-03","inLanguage":"de","image":{"@type":"ImageObject","url":"https://example.com/b.png"},"author":[{"@type":"Person","name":"Jane Doe"},{"@type":"Person","name":"John Roe"}]}]}</script>`,
			broadsheet.Page{Title: "Queues", Image: "https://example.com/b.png", Published: day, Authors: []string{"Jane Doe", "John Roe"}, Language: "de"}},
		{"microdata", `<h1>Queues</h1><span itemprop=author>Jane Doe</span><time itemprop=datePublished datetime=2024-03-03>yesterday</time>`,
			broadsheet.Page{Title: "Queues", Published: day, Authors: []string{"Jane Doe"}}},
		{"the site's name in the title", `<title>Queues at night – The Example Blog</title><h1>Queues at night</h1>`,
			broadsheet.Page{Title: "Queues at night"}},
		{"the site's name after a heading that is not an h1", `<meta property=og:title content="Queues at night | Example"><h1>Example</h1><h2>Queues at night</h2>`,
			broadsheet.Page{Title: "Queues at night"}},
		{"a title with a dash of its own", `<title>Queues – a love story</title><h1>The Example Blog</h1>`,
			broadsheet.Page{Title: "Queues – a love story"}},
		{"the site's name by Open Graph", `<meta property=og:title content="Queues at night | Example"><meta property=og:site_name content=Example>`,
			broadsheet.Page{Title: "Queues at night"}},
		{"og:locale", `<meta property=og:locale content=pt_BR><title>Filas</title>`, broadsheet.Page{Title: "Filas", Language: "pt-BR"}},
		{"a language by its script", `<title>行列</title><p>キューが伸びると、遅延が増える。そして誰も気づかないまま、顧客だけが困ることになる。</p>`, broadsheet.Page{Title: "行列", Language: "ja"}},
		{"links that are not http(s) URLs", `<title>Queues</title><link rel=canonical href="javascript:alert(1)"><meta property=og:image content="data:image/png;base64,AAAA">`, broadsheet.Page{Title: "Queues"}},
		{"an author that is a URL", `<title>Queues</title><meta property=article:author content="https://www.facebook.com/jane">`, broadsheet.Page{Title: "Queues"}},
	} {
		u, _ := url.Parse("https://example.com/post")
		got := ReadPage([]byte(c.page), "text/html", u, "", excerpt.DefaultPatterns)
		if got.Title != c.want.Title || got.Image != c.want.Image || got.Description != c.want.Description || !got.Published.Equal(c.want.Published) ||
			!slices.Equal(got.Authors, c.want.Authors) || got.Language != c.want.Language || got.Canonical != c.want.Canonical {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}
