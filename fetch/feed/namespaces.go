package feed

import (
	"strings"

	"broadsheet/fetch/text"
)

// namespaces knows what the prefixes of a document stand for: the usual prefix of a namespace; "" for the vocabulary
// of feeds itself; foreign for one that nothing is read from.
type namespaces map[string]string

const foreign = "?"

// usual are the prefixes that namespaces are known by here. A document that forgets to declare one means the same.
var usual = map[string]string{
	"http://www.w3.org/2005/atom":                    "atom",
	"http://purl.org/atom/ns#":                       "atom",
	"http://www.w3.org/1999/02/22-rdf-syntax-ns#":    "rdf",
	"http://purl.org/rss/1.0/":                       "",
	"http://purl.org/rss/2.0/":                       "",
	"http://purl.org/net/rss1.1#":                    "",
	"http://channel.netscape.com/rdf/simple/0.9/":    "",
	"http://my.netscape.com/rdf/simple/0.9/":         "",
	"http://my.netscape.com/publish/formats/rss-0.9": "",
	"http://backend.userland.com/rss2":               "",
	"http://blogs.law.harvard.edu/tech/rss":          "",
	"http://purl.org/dc/elements/1.0/":               "dc",
	"http://purl.org/dc/elements/1.1/":               "dc",
	"http://purl.org/dc/terms/":                      "dcterms",
	"http://purl.org/rss/1.0/modules/content/":       "content",
	"http://purl.org/rss/1.0/modules/syndication/":   "sy",
	"http://www.itunes.com/dtds/podcast-1.0.dtd":     "itunes",
	"http://search.yahoo.com/mrss":                   "media",
	"http://search.yahoo.com/mrss/":                  "media",
	"http://rssnamespace.org/feedburner/ext/1.0":     "feedburner",
	"http://www.w3.org/1999/xhtml":                   "xhtml",
	"http://prismstandard.org/namespaces/1.2/basic/": "prism",
	"http://prismstandard.org/namespaces/basic/2.0/": "prism",
	"http://www.w3.org/xml/1998/namespace":           "xml",
}

func newNamespaces() namespaces {
	n := namespaces{"": "", "rss": "", "a10": "atom", "atom10": "atom", "atom03": "atom"}
	for _, prefix := range usual {
		n[prefix] = prefix
	}
	return n
}

// of is the namespace of a start tag. Without a prefix it is the vocabulary of feeds, whatever the root declares: many
// feeds declare a wrong one there. Only an element that itself declares another default is of that.
func (n namespaces) of(s *tagScanner, p lexeme) string {
	space, known := n[p.prefix]
	if strings.Contains(p.attributes, "xmlns") {
		n.declare(s, p)
		space, known = n[p.prefix]
		if p.prefix == "" && !rootNames[p.local] {
			if own, ok := spaceOf(s.attribute(p, "xmlns")); ok {
				return own
			}
		}
	}
	if !known {
		return foreign
	}
	return space
}

// declare takes the prefixes that a start tag declares. Of an unknown namespace under a usual prefix the prefix counts.
func (n namespaces) declare(s *tagScanner, p lexeme) {
	eachAttribute(p.attributes, func(name, value string) bool {
		if prefix, ok := strings.CutPrefix(strings.ToLower(name), "xmlns:"); ok {
			if space, ok := spaceOf(s.unescaped(value)); ok && len(n) < 200 {
				n[prefix] = space
			}
		}
		return true
	})
	if _, known := n[p.prefix]; !known && rootNames[p.local] {
		n[p.prefix] = "" // the root is of the vocabulary of feeds under whatever name
	}
}

var rootNames = text.Words("rss rdf feed channel item entry")

// spaceOf is the usual prefix of a namespace; false: it has none.
func spaceOf(uri string) (string, bool) {
	uri = strings.ToLower(strings.TrimSpace(uri))
	if rest, ok := strings.CutPrefix(uri, "https://"); ok {
		uri = "http://" + rest
	}
	space, ok := usual[uri]
	return space, ok
}
