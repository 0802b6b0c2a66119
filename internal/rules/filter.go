package rules

import (
	"net/url"
	"strings"

	"broadsheet"
)

// Keeps tells whether the source's include and exclude patterns let an article in.
func Keeps(s broadsheet.Source, link, title string, tags []string) bool {
	kept, _ := Filter(s, link, title, tags)
	return kept
}

// Filter tells whether the source's include and exclude patterns let an article in, and which of them decided it: the
// first exclude pattern that matches keeps it out; else the first include pattern that matches lets it in; where there
// are include patterns and none matches it stays out, and no pattern is named.
//
// A pattern that begins with "/" is matched against the whole path of the link, * standing for any run of characters;
// any other is a phrase looked for in the title and in each tag, as topics' phrases are.
func Filter(s broadsheet.Source, link, title string, tags []string) (kept bool, by string) {
	if len(s.Include) == 0 && len(s.Exclude) == 0 {
		return true, ""
	}
	path, words := pathOf(link), fold(title+"\n"+strings.Join(tags, "\n"))
	for _, pattern := range s.Exclude {
		if matchesPattern(pattern, path, words) {
			return false, pattern
		}
	}
	for _, pattern := range s.Include {
		if matchesPattern(pattern, path, words) {
			return true, pattern
		}
	}
	return len(s.Include) == 0, ""
}

func matchesPattern(pattern, path, words string) bool {
	if strings.HasPrefix(pattern, "/") {
		return glob(pattern, path)
	}
	p := newPhrases()
	p.add(pattern)
	return len(p.find(words, cutWords(words, nil))) > 0
}

// pathOf is the path of a link as a person reads it, unescaped; "/" when it has none.
func pathOf(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Path == "" {
		return "/"
	}
	return u.Path
}

// glob tells whether the whole of text matches pattern. Its time is bounded by the product of their lengths, whatever
// the pattern: patterns come from the maintainer, but paths from the web.
func glob(pattern, text string) bool {
	p, t := 0, 0
	star, taken := -1, 0 // where the last * stands, and up to where it has taken text
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, taken = p, t
			p++
		case p < len(pattern) && pattern[p] == text[t]:
			p++
			t++
		case star >= 0:
			taken++
			p, t = star+1, taken
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
