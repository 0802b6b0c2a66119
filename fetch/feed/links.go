package feed

import "strings"

// entryLink is an Atom link.
type entryLink struct{ href, rel, mediaType string }

// links are the links of one entry, in document order.
type links []entryLink

// alternate returns the address of the entry as a page; "" if there is none.
func (all links) alternate() string {
	found := ""
	for _, l := range all {
		if l.href == "" || l.rel != "" && l.rel != "alternate" && l.rel != "http://www.iana.org/assignments/relation/alternate" {
			continue
		}
		if l.mediaType == "" || strings.Contains(l.mediaType, "html") {
			return l.href
		}
		if found == "" {
			found = l.href
		}
	}
	return found
}

// withRel returns the address of the first link with that relation; "" if there is none.
func (all links) withRel(name string) string {
	for _, l := range all {
		if l.rel == name && l.href != "" {
			return l.href
		}
	}
	return ""
}

// fallback returns the best address among the links that are not alternate, for an entry that has no other link.
func (all links) fallback() string {
	for _, name := range []string{"related", "via", "self"} {
		if href := all.withRel(name); href != "" {
			return href
		}
	}
	return ""
}
