package rules

import (
	"net/url"
	"strings"

	"broadsheet"
)

// PassesFilter reports whether the source's include and exclude patterns let an article in.
func PassesFilter(s broadsheet.Source, link, title string, tags []string) bool {
	kept, _ := Filter(s, link, title, tags)
	return kept
}

// Filter reports whether the source's include and exclude patterns let an article in, and by which pattern it was
// decided: the first exclude pattern that matches keeps it out; else the first include pattern that matches lets it in.
// If there are include patterns and none matches, the article is kept out and by is empty.
//
// A pattern that begins with "/" is matched against the whole path of the link; * matches any run of characters. Any
// other pattern is a phrase, which is searched for in the title and in each tag as the phrases of topics are.
func Filter(s broadsheet.Source, link, title string, tags []string) (kept bool, by string) {
	if len(s.Include) == 0 && len(s.Exclude) == 0 {
		return true, ""
	}
	path, text := linkPath(link), fold(title+"\n"+strings.Join(tags, "\n"))
	for _, pattern := range s.Exclude {
		if matchesPattern(pattern, path, text) {
			return false, pattern
		}
	}
	for _, pattern := range s.Include {
		if matchesPattern(pattern, path, text) {
			return true, pattern
		}
	}
	return len(s.Include) == 0, ""
}

// matchesPattern reports whether one pattern matches a link's path or a folded text.
func matchesPattern(pattern, path, text string) bool {
	if strings.HasPrefix(pattern, "/") {
		return matchGlob(pattern, path)
	}
	p := newPhrases()
	p.add(pattern)
	return len(p.find(text, splitWords(text))) > 0
}

// linkPath returns the path of a link, unescaped; "/" if it has none.
func linkPath(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Path == "" {
		return "/"
	}
	return u.Path
}

// matchGlob reports whether the whole of text matches pattern. It takes time proportional to the product of their
// lengths at worst, whatever the pattern: patterns come from the maintainer, but paths come from the web.
func matchGlob(pattern, text string) bool {
	p, t := 0, 0
	star, matched := -1, 0 // position of the last *, and the end of the text that it matches
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, matched = p, t
			p++
		case p < len(pattern) && pattern[p] == text[t]:
			p++
			t++
		case star >= 0:
			matched++
			p, t = star+1, matched
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
