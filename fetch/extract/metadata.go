package extract

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/fetch/text"
	"broadsheet/internal/excerpt"
	"broadsheet/internal/plain"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// rawMetadata is what the head of a page, its headings and its microdata say about the article, as written there.
type rawMetadata struct {
	meta      map[string]string // content of <meta>, by name or property in lower case
	title     string            // of <title>
	h1        string            // the first one
	headings  []string          // the first ones of level 1 and 2
	canonical string            // rel=canonical
	lang      string            // of <html>
	time      string            // datetime of the first <time>
	authors   []string          // of elements with rel=author or itemprop=author
	jsonLD    []string          // scripts of type application/ld+json
}

// readMetadata returns a page with its metadata but without its text, and the variants of its title in the form of
// excerpt.LettersAndDigits.
func readMetadata(root *html.Node, u *url.URL) (broadsheet.Page, []string) {
	m := &rawMetadata{meta: map[string]string{}}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			m.readElement(n)
		}
	}
	ld := m.readJSONLD()
	page := broadsheet.Page{
		URL:         u.String(),
		Canonical:   text.SafeLink(firstNonEmpty(m.canonical, m.meta["og:url"]), u),
		Image:       text.SafeLink(firstNonEmpty(m.meta["og:image"], m.meta["og:image:url"], m.meta["twitter:image"], ld.image), u),
		Description: text.Sanitize(firstNonEmpty(m.meta["og:description"], m.meta["description"], m.meta["twitter:description"])),
		Language:    firstLanguageTag(m.lang, m.meta["og:locale"], m.meta["content-language"], ld.language),
		Authors:     m.authorNames(ld.authors),
	}
	page.Title = m.articleTitle(ld.headline)
	for _, value := range []string{ld.published, m.meta["article:published_time"], m.meta["datepublished"],
		m.meta["og:article:published_time"], m.meta["dc.date"], m.meta["dc.date.issued"], m.meta["date"], m.meta["parsely-pub-date"], m.meta["sailthru.date"], m.time} {
		if t := parseTime(value); !t.IsZero() {
			page.Published = t
			break
		}
	}
	for _, name := range []string{"robots", "googlebot"} {
		directives := strings.ReplaceAll(strings.ToLower(m.meta[name]), " ", "")
		for directive := range strings.SplitSeq(directives, ",") {
			page.NoSnippet = page.NoSnippet || directive == "nosnippet" || directive == "max-snippet:0"
		}
	}
	return page, m.titleVariants(page.Title)
}

func (m *rawMetadata) readElement(n *html.Node) {
	switch n.DataAtom {
	case atom.Html:
		m.lang = firstNonEmpty(attr(n, "lang"), attr(n, "xml:lang"))
	case atom.Title:
		if m.title == "" && n.Namespace == "" {
			m.title = text.Sanitize(textOf(n))
		}
	case atom.H1, atom.H2:
		if len(m.headings) < 8 && !isHidden(n) {
			m.headings = append(m.headings, text.Sanitize(textOf(n)))
			if n.DataAtom == atom.H1 && m.h1 == "" {
				m.h1 = m.headings[len(m.headings)-1]
			}
		}
	case atom.Meta:
		name := strings.ToLower(firstNonEmpty(attr(n, "property"), attr(n, "name"), attr(n, "itemprop"), attr(n, "http-equiv")))
		if value := strings.TrimSpace(attr(n, "content")); name != "" && value != "" && m.meta[name] == "" {
			m.meta[name] = value
		}
	case atom.Link:
		if strings.EqualFold(attr(n, "rel"), "canonical") && m.canonical == "" {
			m.canonical = attr(n, "href")
		}
	case atom.Time:
		if m.time == "" {
			m.time = attr(n, "datetime")
		}
	case atom.Script:
		if strings.EqualFold(attr(n, "type"), "application/ld+json") && n.FirstChild != nil && len(n.FirstChild.Data) < 256<<10 {
			m.jsonLD = append(m.jsonLD, n.FirstChild.Data)
		}
	}
	for _, a := range n.Attr {
		switch {
		case a.Key == "itemprop" && a.Val == "datePublished" && m.meta["datepublished"] == "":
			m.meta["datepublished"] = firstNonEmpty(attr(n, "content"), attr(n, "datetime"))
		case (a.Key == "itemprop" || a.Key == "rel") && a.Val == "author" && len(m.authors) < 5:
			if name := text.Sanitize(textOf(n)); name != "" && len(name) < 80 {
				m.authors = append(m.authors, name)
			}
		}
	}
}

// articleTitle returns the article's title, without the site's name if the page shows which part that is.
func (m *rawMetadata) articleTitle(headline string) string {
	title := text.Sanitize(firstNonEmpty(m.meta["og:title"], m.meta["twitter:title"], headline, m.title, m.h1))
	for _, shorter := range append(m.headings, text.Sanitize(headline)) {
		if shorter != "" && shorter != title && strings.HasPrefix(title, shorter) && startsWithSeparator(title[len(shorter):]) {
			return shorter
		}
	}
	if site := text.Sanitize(m.meta["og:site_name"]); site != "" && title != site {
		for _, separator := range titleSeparators {
			if cut, ok := strings.CutSuffix(title, separator+site); ok && cut != "" {
				return strings.TrimSpace(cut)
			}
		}
	}
	return title
}

// titleSeparators separate an article's title from the site's name.
var titleSeparators = []string{" | ", " - ", " – ", " — ", " · ", " • ", " :: ", " » ", " « ", ": "}

func startsWithSeparator(s string) bool {
	return slices.ContainsFunc(titleSeparators, func(separator string) bool { return strings.HasPrefix(s, separator) })
}

// titleVariants returns the article's title in the form of excerpt.LettersAndDigits, as the head and the headings of
// the page have it: with the site's name and without.
func (m *rawMetadata) titleVariants(title string) []string {
	titles := []string{title, m.title, m.meta["og:title"], m.meta["twitter:title"]}
	if h1 := excerpt.LettersAndDigits(m.h1); h1 != "" && strings.Contains(excerpt.LettersAndDigits(strings.Join(titles, " ")), h1) {
		titles = append(titles, m.h1) // other headings may be those of sections
	}
	var variants []string
	for _, t := range titles {
		variants = append(variants, excerpt.LettersAndDigits(t))
		for _, separator := range titleSeparators {
			if head, _, ok := strings.Cut(t, separator); ok && excerpt.CountWords(head) >= 3 {
				variants = append(variants, excerpt.LettersAndDigits(head))
			}
		}
	}
	return slices.DeleteFunc(variants, func(v string) bool { return v == "" })
}

// authorNames returns the authors: those of the JSON-LD, else the one of the meta elements, else those of microdata.
func (m *rawMetadata) authorNames(fromJSONLD []string) []string {
	if len(fromJSONLD) > 0 {
		return fromJSONLD
	}
	author := text.Sanitize(firstNonEmpty(m.meta["author"], m.meta["article:author"], m.meta["parsely-author"], m.meta["dc.creator"]))
	if author != "" && !strings.Contains(author, "://") {
		return []string{author}
	}
	return m.authors
}

// jsonLDArticle is what JSON-LD says about the article, by the vocabulary of schema.org.
type jsonLDArticle struct {
	headline, published, language, image string
	authors                              []string
}

// readJSONLD returns the first article in the JSON-LD of a page. Scripts that are not valid JSON are passed over.
func (m *rawMetadata) readJSONLD() (found jsonLDArticle) {
	for _, script := range m.jsonLD {
		var value any
		if json.Unmarshal([]byte(script), &value) == nil {
			found.find(value, 0)
		}
	}
	return found
}

// find searches a decoded value for an article and copies its properties, unless one was found before.
func (a *jsonLDArticle) find(value any, depth int) {
	if depth > 8 || a.headline != "" || a.published != "" {
		return
	}
	switch v := value.(type) {
	case []any:
		for _, e := range v {
			a.find(e, depth+1)
		}
	case map[string]any:
		kind := firstString(v["@type"])
		if strings.Contains(kind, "Article") || strings.Contains(kind, "Posting") || strings.Contains(kind, "Report") {
			a.headline, a.published = firstString(v["headline"]), firstString(v["datePublished"])
			a.language, a.image = firstString(v["inLanguage"]), firstString(v["image"])
			a.authors = personNames(v["author"])
			return
		}
		for _, key := range []string{"@graph", "mainEntity", "mainEntityOfPage"} {
			a.find(v[key], depth+1)
		}
	}
}

// firstString returns a value that is a string, or the first string of an array, or the url or name of an object.
func firstString(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []any:
		if len(v) > 0 {
			return firstString(v[0])
		}
	case map[string]any:
		return firstNonEmpty(firstString(v["url"]), firstString(v["name"]))
	}
	return ""
}

// personNames returns the names of a person or of an array of persons, at most 8. Addresses are not names.
func personNames(value any) []string {
	switch v := value.(type) {
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, personNames(e)...)
		}
		return all[:min(len(all), 8)]
	case map[string]any:
		return personNames(v["name"])
	case string:
		if name := text.Sanitize(v); name != "" && !strings.Contains(name, "://") {
			return []string{name}
		}
	}
	return nil
}

// maxElementText limits how many bytes of an element's text are read for a title or a name.
const maxElementText = 8 << 10

// textOf returns the text in an element, at most its first maxElementText bytes.
func textOf(n *html.Node) string {
	var content strings.Builder
	for d := range n.Descendants() {
		if content.Len() >= maxElementText {
			break
		}
		if d.Type == html.TextNode {
			content.WriteString(plain.TruncateBytes(d.Data, maxElementText))
		}
	}
	return plain.TruncateBytes(content.String(), maxElementText)
}

// firstNonEmpty returns the first value that is not blank, without the space around it, or "".
func firstNonEmpty(values ...string) string {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			return v
		}
	}
	return ""
}

// firstLanguageTag returns the first value that has the form of a language tag (BCP 47), with hyphens, or "".
func firstLanguageTag(values ...string) string {
	for _, v := range values {
		v, _, _ = strings.Cut(v, ",")
		v = strings.ReplaceAll(strings.TrimSpace(v), "_", "-")
		if len(v) >= 2 && len(v) <= 12 && strings.IndexFunc(v, func(r rune) bool { return r != '-' && (r < '0' || r > 'z') }) < 0 {
			return v
		}
	}
	return ""
}

// parseTime parses the variants of ISO 8601 that pages use. It returns the zero time for anything else.
func parseTime(value string) time.Time {
	if value = strings.TrimSpace(value); len(value) > 200 { // the error of time.Parse has a copy of the value
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05",
		"2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, value); err == nil {
			return t
		}
	}
	return time.Time{}
}
