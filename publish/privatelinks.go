package publish

import (
	"broadsheet"
	"broadsheet/internal/link"
)

// allowLinksOf permits the links of a source to be shown, if it has allow_private.
func (p *publisher) allowLinksOf(s broadsheet.Source) {
	if s.AllowPrivate {
		p.allowPrivate[s.ID()], p.allowPrivate[s.Name], p.allowPrivate[SourceURI(s)] = true, true, true
	}
}

// withoutPrivate returns e without the links into private networks, except those of sources with allow_private. An edition
// that an earlier version of the program stored may contain such links; its articles stay.
func (p *publisher) withoutPrivate(e broadsheet.Edition) broadsheet.Edition {
	picks := make([]broadsheet.Pick, len(e.Picks))
	for i, pick := range e.Picks {
		if !p.mayLink(pick.Link, pick.Source) {
			pick.Link = ""
		}
		pick.Also = p.allowedLinks(pick.Also)
		picks[i] = pick
	}
	more := make([]broadsheet.SourceOverflow, len(e.More))
	for i, m := range e.More {
		m.Articles = p.allowedLinks(m.Articles)
		more[i] = m
	}
	e.Picks, e.More = picks, more
	return e
}

// allowedLinks returns those of also that may be shown.
func (p *publisher) allowedLinks(also []broadsheet.SourceLink) []broadsheet.SourceLink {
	var all []broadsheet.SourceLink
	for _, a := range also {
		if p.mayLink(a.Link, a.Source, a.SourceName) {
			all = append(all, a)
		}
	}
	return all
}

// mayLink reports whether a link may be shown: it does not lead into a private network, or its source, which has one of names
// (ID or name), has allow_private.
func (p *publisher) mayLink(address string, names ...string) bool {
	if !link.IsPrivate(address) {
		return true
	}
	for _, name := range names {
		if p.allowPrivate[name] {
			return true
		}
	}
	return false
}
