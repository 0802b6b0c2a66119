package excerpt

import (
	"strings"

	"broadsheet"
)

// Best gives the excerpt of an article from the best of what is known of it, and says where it is from: the
// maintainer's note as it stands; else the first that has enough of the article's own words of the lead of its page, a
// feed's full content, a feed's summary and the page's description; else the longest of them. Title is the article's.
func (b *Boilerplate) Best(title, note string, page broadsheet.Page, told []broadsheet.FeedItem) (excerpt string, origin broadsheet.Origin) {
	if note != "" {
		return Cut(note), broadsheet.OriginNote
	}
	longest := 0.0
	try := func(from broadsheet.Origin, text string) (done bool) {
		if text == "" {
			return false
		}
		e := b.Excerpt(title, text)
		n := measure(e)
		if n > longest {
			excerpt, origin, longest = e, from, n
		}
		return n >= gateWords
	}
	readable := page.Wall == "" && !page.NoSnippet
	if title == "" {
		title = page.Title
	}
	if readable && try(broadsheet.OriginPage, page.Text) {
		return
	}
	for _, s := range told {
		if try(broadsheet.OriginContent, s.Content) {
			return
		}
	}
	for _, s := range told {
		if try(broadsheet.OriginSummary, s.Summary) {
			return
		}
	}
	if readable {
		try(broadsheet.OriginDescription, page.Description)
	}
	return
}

// HasFullText tells whether the source's own content holds the article, so that its page need not be asked for.
func HasFullText(s broadsheet.FeedItem) bool {
	text := strings.TrimSpace(s.Content)
	if least := max(150, 1.3*measure(s.Summary)); measureTo(text, least) < least {
		return false
	}
	if len(text) > broadsheet.MaxText/2 { // no teaser is as long: where it ends is where it was cut here
		return true
	}
	if _, goesOn := oneLine(text[max(0, len(text)-20):]); goesOn {
		return false
	}
	last := text[strings.LastIndex(text, "\n")+1:]
	if !endsSentence(last) && !strings.HasPrefix(last, "•") && measure(last) > leftLeast {
		return false
	}
	return !GoesOn(last)
}

// GoesOn tells whether a line leads to the rest of a text elsewhere.
func GoesOn(line string) bool {
	if !fits(line, lineMost) {
		return false
	}
	low := strings.ToLower(line)
	for _, plea := range []string{
		"read more", "continue reading", "keep reading", "read the rest", "read the full", "read on", "full story", "full article", "[…]", "[...]",
		"weiterlesen", "lire la suite", "leer más", "seguir leyendo", "ler mais", "continua a leggere", "leggi tutto", "lees verder",
		"läs mer", "czytaj dalej", "devamını oku", "читать далее", "阅读全文", "続きを読む",
	} {
		if strings.Contains(low, plea) {
			return true
		}
	}
	return false
}
