package text

import (
	"html"
	"regexp"
	"strings"
)

// TitleText turns a title into plain text. Titles come as markup, as text, as text escaped twice, and as text about
// markup; the same signs decide for all of them. A tag is markup if HTML knows its name and it does what such a tag
// does: it is closed, empty, or has attributes. "Vec<T>", "The <dialog> element" and "#include <queue>" keep theirs.
func TitleText(markup string) string {
	markup = TruncateBytes(markup, 8*1024)
	if !strings.ContainsAny(markup, "<&") {
		return Shorten(Sanitize(markup), MaxTitle)
	}
	return Shorten(Sanitize(unescapeTwice(stripTitleTags(markup))), MaxTitle)
}

// stripTitleTags drops tags and comments from a title and decodes its entities once.
func stripTitleTags(markup string) string {
	var out strings.Builder
	for markup != "" {
		at := strings.IndexByte(markup, '<')
		if at < 0 {
			at = len(markup)
		}
		out.WriteString(unescape(markup[:at]))
		if markup = markup[at:]; markup == "" {
			break
		}
		shown, size := tagText(markup)
		out.WriteString(shown)
		markup = markup[size:]
	}
	return out.String()
}

var tagPattern = regexp.MustCompile(`^<(/?)([A-Za-z][A-Za-z0-9:_-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>`)

// tagText is what a title shows in place of the tag that it begins with, and how much of it that stands for.
func tagText(markup string) (shown string, size int) {
	switch {
	case strings.HasPrefix(markup, "<!--"):
		return "", commentLength(markup)
	case strings.HasPrefix(markup, "<![CDATA["):
		if end := strings.Index(markup, "]]>"); end > 0 {
			return markup[len("<![CDATA["):end], end + len("]]>")
		}
		return "", len("<![CDATA[")
	case len(markup) > 1 && (markup[1] == '!' || markup[1] == '?'):
		if end := strings.IndexByte(markup, '>'); end > 0 {
			return "", end + 1
		}
	}
	m := tagPattern.FindStringSubmatch(markup)
	if m == nil {
		return "<", 1
	}
	tag, name, attributes := m[0], strings.ToLower(m[2]), m[3]
	after := markup[len(tag):]
	switch {
	case !KnownElements[name]:
		if strings.Contains(attributes, "=") {
			return "", len(tag)
		}
		return unescape(tag), len(tag)
	case m[1] != "" && name != "p":
		return tagSeparator(name), len(tag)
	case VoidElements[name] || strings.HasSuffix(attributes, "/"):
		return tagSeparator(name), len(tag)
	}
	end := IndexFold(after, "</"+name)
	switch {
	case end < 0 && !strings.Contains(attributes, "=") && name != "p" && name != "li":
		return tag, len(tag)
	case hiddenInTitles[name] && end < 0:
		return "", len(markup)
	case hiddenInTitles[name]:
		if close := strings.IndexByte(after[end:], '>'); close >= 0 {
			return "", len(tag) + end + close + 1
		}
		return "", len(markup)
	}
	return tagSeparator(name), len(tag)
}

// commentLength is how long the comment is that markup begins with, by the rules of browsers.
func commentLength(markup string) int {
	for _, short := range []string{"<!-->", "<!--->"} {
		if strings.HasPrefix(markup, short) {
			return len(short)
		}
	}
	for _, end := range []string{"-->", "--!>"} {
		if at := strings.Index(markup, end); at >= 0 {
			return at + len(end)
		}
	}
	return len(markup)
}

// tagSeparator is what parts the words on both sides of a tag.
func tagSeparator(name string) string {
	if inlineElements[name] {
		return ""
	}
	return " "
}

var EntityPattern = regexp.MustCompile(`&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)

// unescape decodes entities that end in a semicolon; without one "&copy=2" is part of an address.
func unescape(text string) string {
	if strings.IndexByte(text, '&') < 0 {
		return text
	}
	return EntityPattern.ReplaceAllStringFunc(text, html.UnescapeString)
}

// unescapeTwice decodes a title's entities once more, where it was escaped twice. It was not, and means what it says,
// when it also has a bare "&" or "<", or when it names an entity as a word among others.
func unescapeTwice(text string) string {
	if !EntityPattern.MatchString(text) || strings.Contains(text, "<") {
		return text
	}
	for _, at := range EntityPattern.FindAllStringIndex(text, -1) {
		if mentionableEntities[text[at[0]:at[1]]] && standsAlone(text, at[0], at[1]) {
			return text
		}
	}
	if strings.Contains(EntityPattern.ReplaceAllString(text, ""), "&") {
		return text
	}
	return unescape(text)
}

// mentionableEntities are the entities that one writes about rather than with, when they stand alone.
var mentionableEntities = map[string]bool{"&nbsp;": true, "&lt;": true, "&gt;": true, "&quot;": true, "&apos;": true}

func standsAlone(text string, from, to int) bool {
	return (from == 0 || text[from-1] == ' ') && (to == len(text) || text[to] == ' ') && to-from < len(text)
}

var (
	VoidElements   = WordSet("area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr")
	hiddenInTitles = WordSet("script style noscript template applet noembed video audio canvas")
	inlineElements = WordSet("a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark nobr q ruby s samp small span strike strong sub sup tt u var wbr blink")
	KnownElements  = WordSet(`a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink
		blockquote body br button canvas caption center cite code col colgroup command data datalist dd del details dfn
		dialog dir div dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head
		header hgroup hr html i iframe ilayer img input ins isindex kbd keygen label layer legend li link listing main map
		mark marquee math menu menuitem meta meter multicol nav nobr noembed noframes nolayer noscript object ol optgroup
		option output p param picture plaintext pre progress q rb rp rt ruby s samp script search section select slot small
		source spacer span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time
		title tr track tt u ul var video wbr xml xmp`)
)

func WordSet(all string) map[string]bool {
	m := map[string]bool{}
	for word := range strings.FieldsSeq(all) {
		m[word] = true
	}
	return m
}
