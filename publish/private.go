package publish

import (
	"broadsheet"
	"broadsheet/internal/link"
)

// allow lets the links of a source with allow_private be shown.
func (p *publisher) allow(s broadsheet.Source) {
	if s.AllowPrivate {
		p.private[s.ID()], p.private[s.Name], p.private[SourceURI(s)] = true, true, true
	}
}

// withoutPrivate is an edition without the links that lead into a private network, but for those that a source with
// allow_private told of. An edition of an earlier version may hold such links; its articles stay.
func (p *publisher) withoutPrivate(e broadsheet.Edition) broadsheet.Edition {
	picks := make([]broadsheet.Pick, len(e.Picks))
	for i, pick := range e.Picks {
		if !p.mayLink(pick.Link, pick.Source) {
			pick.Link = ""
		}
		pick.Also = p.mayLinkTo(pick.Also)
		picks[i] = pick
	}
	more := make([]broadsheet.More, len(e.More))
	for i, m := range e.More {
		m.Articles = p.mayLinkTo(m.Articles)
		more[i] = m
	}
	e.Picks, e.More = picks, more
	return e
}

// mayLinkTo are those of several addresses that may be linked to.
func (p *publisher) mayLinkTo(also []broadsheet.Also) []broadsheet.Also {
	var all []broadsheet.Also
	for _, a := range also {
		if p.mayLink(a.Link, a.Source, a.SourceName) {
			all = append(all, a)
		}
	}
	return all
}

// mayLink reports whether a link may be shown that a source told of, which goes by one of names (its ID or name).
func (p *publisher) mayLink(address string, names ...string) bool {
	if !link.PrivateLink(address) {
		return true
	}
	for _, name := range names {
		if p.private[name] {
			return true
		}
	}
	return false
}
