package feed

import "strings"

// entryLink is an Atom link: where it leads, what that is to the entry, and its media type.
type entryLink struct{ href, rel, kind string }

// links are those of one entry, in its order.
type links []entryLink

// alternate is the link to the entry as a page; "": there is none.
func (all links) alternate() string {
	found := ""
	for _, l := range all {
		if l.href == "" || l.rel != "" && l.rel != "alternate" && l.rel != "http://www.iana.org/assignments/relation/alternate" {
			continue
		}
		if l.kind == "" || strings.Contains(l.kind, "html") {
			return l.href
		}
		if found == "" {
			found = l.href
		}
	}
	return found
}

// rel is the first link of that relation; "": there is none.
func (all links) rel(name string) string {
	for _, l := range all {
		if l.rel == name && l.href != "" {
			return l.href
		}
	}
	return ""
}

// any is the best of the links that are no alternate: better than no link at all.
func (all links) any() string {
	for _, name := range []string{"related", "via", "self"} {
		if href := all.rel(name); href != "" {
			return href
		}
	}
	return ""
}
