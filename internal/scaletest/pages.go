//go:build scaling

package scaletest

import "strings"

const body = `<p>When the queue grows faster than the workers drain it, latency climbs and nobody notices until customers do.</p>` +
	`<p>We run twelve brokers in three zones, and each one keeps a week of events on local disk so that a replay needs nothing else.</p>` +
	`<p>The first attempt failed in an instructive way, because the brokers were moved one by one and the clients were not told.</p>` +
	`<p>The second one took a month of preparation, two rehearsals and a quiet Sunday morning, and it went by without a single page.</p>` +
	`<p>What follows is the story of both, with the numbers, the mistakes, and the tools that we would use again if we had to.</p>`

// HTMLShapes are input functions for Linear, by name: HTML pages that are expensive to parse or to extract text from.
var HTMLShapes = map[string]func(int) string{
	"html attributes":       Between("<html a=1>", "<html b#=2>", body),
	"body attributes":       Between("<body a=1>", "<body b#=2>", body),
	"attributes of one tag": Between("<div ", "a#=1 ", ">"+body),
	"one attribute again":   Between("<div ", "a=1 ", ">"+body),
	"long attribute":        Between(`<div class="`, "share- nav-# ", `">`+body),
	"formatting, new each":  Between("", "<p><b a=#>x", body),
	"formatting in blocks":  Repeat("<b a=#><p>x</b>"),
	"links in links":        Repeat("<a href=#><p>x"),
	"nobr":                  Repeat("<nobr a=#>x<p>"),
	"fonts in cells":        Between("<table>", "<tr><td><font color=#>x", ""),
	"text in tables":        Between("<table>", "<tr>x", ""),
	"tables in tables":      Repeat("<table><tr><td>"),
	"divs":                  Nested("<div>", "</div>"),
	"many nests":            Repeat(strings.Repeat("<div>", 400) + "x" + strings.Repeat("</div>", 400)),
	"deep, then flat":       Between(strings.Repeat("<div>", 450), "<i>x</i>", ""),
	"end tags":              Between(strings.Repeat("<div>", 450), "</p></x></span>", ""),
	"lists":                 Between("<ul>", "<li><p>x", ""),
	"siblings":              Between("<ul>", "<li class=c#><a href=/#>Some title of it</a>", ""),
	"custom elements":       Between(strings.Repeat("<x-a>", 300), "<b>x</b>", ""),
	"svg never closed":      Repeat("<svg><title><b a=#>"),
	"svg":                   Repeat("<svg><path d=#></svg><math><mi></math>"),
	"select":                Repeat("<select><option>#"),
	"template":              Repeat("<template><td>x"),
	"objects":               Repeat("<object><b a=#>"),
	"frameset":              Repeat("<frameset><frame>"),
	"line breaks":           Repeat("<br><!-- # --> "),
	"comments":              Repeat("<!-- # -->"),
	"comments never closed": Repeat("<!--"),
	"angle brackets":        Repeat("<"),
	"entities":              Repeat("&amp;&#38;&notit;"),
	"scripts":               Repeat("<script>if (a<b) '</scrip'</script>"),
	"script never closed":   Between("<script>", "<!--<script>", ""),
	"noscript":              Repeat("<noscript><p>x</noscript>"),
	"linked data":           Repeat(`<script type="application/ld+json">[[[{"@graph":[{"x":#}]}]]]</script>`),
	"authors":               Between(strings.Repeat("<p rel=author>", 400), "some words of it ", ""),
	"authors beside":        Repeat("<i rel=author>A name that is longer than names are, so that it is none at all, I think, and goes on so</i>"),
	"headings":              Repeat("<h1>a b c #</h1>"),
	"metas":                 Repeat(`<meta name=n# content="x">`),
	"times":                 Repeat("<time datetime=#>March 3, 2024</time>"),
	"one paragraph":         Between("<p>", "The queue grows. ", ""),
	"one word":              Between("<p>", "x", ""),
	"full stops":            Between("<p>", ". ", ""),
	"marks":                 Between("<p>", "\u0301\u200d", ""),
	"paragraphs":            Repeat("<p>The queue number # grows by night, and nobody knows why it does so.</p>"),
	"bylines":               Repeat("<p>By Jane Doe on March 3, 2024</p>"),
	"pictures":              Repeat("<div><img src=#><p>A picture of it.</div>"),
}
