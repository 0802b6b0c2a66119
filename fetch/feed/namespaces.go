package feed

import (
	"strings"

	"broadsheet/fetch/text"
)

// namespaces maps the prefixes of a document to the usual prefix of their namespace: "" for the elements of RSS and Atom
// themselves, unknownNamespace for a namespace that nothing is read from.
type namespaces map[string]string

const unknownNamespace = "?"

// knownNamespaces are the namespaces that something is read from, and their usual prefixes. A feed that uses such a
// prefix without declaring it means the same.
var knownNamespaces = map[string]string{
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
	for _, prefix := range knownNamespaces {
		n[prefix] = prefix
	}
	return n
}

// resolve returns the namespace of a start tag. An element without a prefix belongs to RSS or Atom, whatever default the
// root declares: many feeds declare a wrong one. Only if the element itself declares a default does that one count.
func (n namespaces) resolve(t *tokenizer, tag token) string {
	space, known := n[tag.prefix]
	if strings.Contains(tag.attributes, "xmlns") {
		n.declare(t, tag)
		space, known = n[tag.prefix]
		if tag.prefix == "" && !rootNames[tag.local] {
			if own, ok := prefixOf(t.attribute(tag, "xmlns")); ok {
				return own
			}
		}
	}
	if !known {
		return unknownNamespace
	}
	return space
}

// declare records the prefixes that a start tag declares. If the namespace is unknown but the prefix is a usual one, the
// prefix counts.
func (n namespaces) declare(t *tokenizer, tag token) {
	eachAttribute(tag.attributes, func(name, value string) bool {
		if prefix, ok := strings.CutPrefix(strings.ToLower(name), "xmlns:"); ok {
			if space, ok := prefixOf(t.unescape(value)); ok && len(n) < 200 {
				n[prefix] = space
			}
		}
		return true
	})
	if _, known := n[tag.prefix]; !known && rootNames[tag.local] {
		n[tag.prefix] = "" // the root belongs to RSS or Atom under any prefix
	}
}

var rootNames = text.WordSet("rss rdf feed channel item entry")

// prefixOf returns the usual prefix of a namespace; false if the namespace is unknown.
func prefixOf(uri string) (string, bool) {
	uri = strings.ToLower(strings.TrimSpace(uri))
	if rest, ok := strings.CutPrefix(uri, "https://"); ok {
		uri = "http://" + rest
	}
	space, ok := knownNamespaces[uri]
	return space, ok
}
