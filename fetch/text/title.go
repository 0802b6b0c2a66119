package text

import (
	"html"
	"regexp"
	"strings"

	"broadsheet/internal/plain"
)

// TitleText converts a title to plain text. Titles come as HTML, as text, as text escaped twice, and as text about HTML,
// and one set of rules decides for all. A tag is markup if HTML knows its name and the tag is used as such: it is
// closed, void, or has attributes. "Vec<T>", "The <dialog> element" and "#include <queue>" keep theirs.
//
// This is why the tags are found here and not by golang.org/x/net/html's tokenizer: for that one whatever begins like a
// tag is a tag. It loses the end of "Why a <b", and reads "<b and c <i>" as one tag in "if a <b and c <i>d</i>".
func TitleText(markup string) string {
	markup = plain.TruncateBytes(markup, 8*1024)
	if !strings.ContainsAny(markup, "<&") {
		return plain.Shorten(Sanitize(markup), MaxTitle)
	}
	return plain.Shorten(Sanitize(unescapeIfDouble(stripTitleTags(markup))), MaxTitle)
}

// stripTitleTags removes tags and comments from a title and decodes its entities once.
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

// tagText returns what is shown in the place of the tag that markup begins with, and how many bytes of markup that
// stands for.
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

// commentLength returns the length of the comment that markup begins with, by the rules of the HTML standard.
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

// tagSeparator returns what separates the words before and after a tag.
func tagSeparator(name string) string {
	if inlineElements[name] {
		return ""
	}
	return " "
}

// EntityPattern matches a character reference that ends in a semicolon.
var EntityPattern = regexp.MustCompile(`&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)

// unescape decodes entities that end in a semicolon. Without one, "&copy=2" is part of an address.
func unescape(text string) string {
	if strings.IndexByte(text, '&') < 0 {
		return text
	}
	return EntityPattern.ReplaceAllStringFunc(text, html.UnescapeString)
}

// unescapeIfDouble decodes a title's entities a second time if the title was escaped twice. It was not if it also has a
// bare "&" or "<", or names an entity as a word of its own.
func unescapeIfDouble(text string) string {
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

// mentionableEntities are the entities that people write about, when they are a word of their own.
var mentionableEntities = map[string]bool{"&nbsp;": true, "&lt;": true, "&gt;": true, "&quot;": true, "&apos;": true}

func standsAlone(text string, from, to int) bool {
	return (from == 0 || text[from-1] == ' ') && (to == len(text) || text[to] == ' ') && to-from < len(text)
}

var (
	// VoidElements are the elements that have no content and no end tag, including obsolete ones.
	VoidElements = WordSet("area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr")
	// hiddenInTitles are the elements whose content is not shown.
	hiddenInTitles = WordSet("script style noscript template applet noembed video audio canvas")
	// inlineElements are the elements that do not separate words.
	inlineElements = WordSet("a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark nobr q ruby s samp small span strike strong sub sup tt u var wbr blink")
	// KnownElements are the names of all elements of HTML, including obsolete ones.
	KnownElements = WordSet(`a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink
		blockquote body br button canvas caption center cite code col colgroup command data datalist dd del details dfn
		dialog dir div dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head
		header hgroup hr html i iframe ilayer img input ins isindex kbd keygen label layer legend li link listing main map
		mark marquee math menu menuitem meta meter multicol nav nobr noembed noframes nolayer noscript object ol optgroup
		option output p param picture plaintext pre progress q rb rp rt ruby s samp script search section select slot small
		source spacer span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time
		title tr track tt u ul var video wbr xml xmp`)
)

// WordSet returns the set of the words in a text.
func WordSet(all string) map[string]bool {
	m := map[string]bool{}
	for word := range strings.FieldsSeq(all) {
		m[word] = true
	}
	return m
}
