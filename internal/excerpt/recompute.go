package excerpt

import (
	"broadsheet"
)

// Recut gives the excerpt of an article anew, out of the text that is kept of it, as b cuts it: patterns that were
// added since it was stored apply to it too. A note, a page's own description and what is not to be quoted stay as
// they are. Where the text holds less of the work's beginning than the excerpt does, what is left of that is taken.
func (b *Boilerplate) Recut(a broadsheet.Article) string {
	switch a.Origin {
	case broadsheet.OriginPage, broadsheet.OriginContent, broadsheet.OriginSummary:
	default:
		return a.Excerpt
	}
	cut, left := b.Excerpt(a.Title, a.Text), b.Excerpt(a.Title, a.Excerpt)
	if n := measure(cut); n >= gateWords || n >= measure(left) {
		return cut
	}
	return left
}
