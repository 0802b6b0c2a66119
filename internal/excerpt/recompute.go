package excerpt

import "broadsheet"

// Recompute returns the excerpt of a stored article, computed again from its stored text, so that patterns added since then
// apply to it too. A note, a page's description and the empty excerpt of a page that must not be quoted stay as they are.
// If the text holds less of the article's beginning than the stored excerpt does, the excerpt is computed from that one.
func (b *Boilerplate) Recompute(a broadsheet.Article) string {
	switch a.Origin {
	case broadsheet.OriginPage, broadsheet.OriginContent, broadsheet.OriginSummary:
	default:
		return a.Excerpt
	}
	fromText, fromExcerpt := b.Excerpt(a.Title, a.Text), b.Excerpt(a.Title, a.Excerpt)
	if n := countWords(fromText); n >= goodExcerptWords || n >= countWords(fromExcerpt) {
		return fromText
	}
	return fromExcerpt
}
