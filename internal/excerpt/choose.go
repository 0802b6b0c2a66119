package excerpt

import (
	"strings"

	"broadsheet"
)

// Choose returns the excerpt of an article and where it was taken from. A note of the maintainer is always chosen, and it is
// only truncated. Otherwise the candidates are, best first: the text of the article's page, the full content in a feed, the
// summary in a feed, and the description of the page. The first whose excerpt has at least goodExcerptWords is chosen; if
// none has, the longest; it is empty and the origin is OriginNone if there is none. Title is the article's; if it is empty,
// the page's is used.
func (b *Boilerplate) Choose(title, note string, page broadsheet.Page, items []broadsheet.FeedItem) (excerpt string, origin broadsheet.Origin) {
	if note != "" {
		return Truncate(note), broadsheet.OriginNote
	}
	longest := 0.0
	try := func(from broadsheet.Origin, text string) (done bool) {
		if text == "" {
			return false
		}
		e := b.Excerpt(title, text)
		n := countWords(e)
		if n > longest {
			excerpt, origin, longest = e, from, n
		}
		return n >= goodExcerptWords
	}
	mayQuotePage := page.BlockPage == "" && !page.NoSnippet
	if title == "" {
		title = page.Title
	}
	if mayQuotePage && try(broadsheet.OriginPage, page.Text) {
		return
	}
	for _, item := range items {
		if try(broadsheet.OriginContent, item.Content) {
			return
		}
	}
	for _, item := range items {
		if try(broadsheet.OriginSummary, item.Summary) {
			return
		}
	}
	if mayQuotePage {
		try(broadsheet.OriginDescription, page.Description)
	}
	return
}

// HasFullText reports whether the feed item contains the complete article, so that the page need not be fetched. The
// content must be clearly longer than the summary, and it must neither end within a sentence nor refer to the rest.
func HasFullText(item broadsheet.FeedItem) bool {
	text := strings.TrimSpace(item.Content)
	if least := max(150, 1.3*countWords(item.Summary)); countWordsUpTo(text, least) < least {
		return false
	}
	if len(text) > broadsheet.MaxText/2 { // no teaser is as long: if the text is cut off, it was cut off here, at MaxText
		return true
	}
	if _, truncated := trimEllipsis(text[max(0, len(text)-20):]); truncated {
		return false
	}
	last := text[strings.LastIndex(text, "\n")+1:]
	if !endsSentence(last) && !strings.HasPrefix(last, "•") && countWords(last) > minRemainderWords {
		return false
	}
	return !LeadsElsewhere(last)
}

// LeadsElsewhere reports whether a line leads to the rest of the text elsewhere, as "Continue reading" does.
func LeadsElsewhere(line string) bool {
	if !fits(line, maxLineWords) {
		return false
	}
	lower := strings.ToLower(line)
	for _, phrase := range []string{
		"read more", "continue reading", "keep reading", "read the rest", "read the full", "read on", "full story", "full article", "[…]", "[...]",
		"weiterlesen", "lire la suite", "leer más", "seguir leyendo", "ler mais", "continua a leggere", "leggi tutto", "lees verder",
		"läs mer", "czytaj dalej", "devamını oku", "читать далее", "阅读全文", "続きを読む",
	} {
		if strings.Contains(lower, phrase) {
			return true
		}
	}
	return false
}
