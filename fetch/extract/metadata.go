package extract

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/fetch/text"
	"broadsheet/internal/excerpt"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// facts are what a page's head and microdata say, by name.
type facts struct {
	meta      map[string]string // names and properties in lower case
	title     string            // of the window
	heading   string            // the first h1
	headings  []string          // the first h1 and h2
	canonical string
	lang      string
	time      string // the first time element's
	authors   []string
	data      []string // JSON-LD
}

// readMeta reads what a page says of its article, and the forms in which it gives its title, as letters.
func readMeta(root *html.Node, u *url.URL) (broadsheet.Page, []string) {
	f := &facts{meta: map[string]string{}}
	f.read(root)
	ld := f.linked()
	page := broadsheet.Page{
		URL:         u.String(),
		Canonical:   text.SafeLink(firstOf(f.canonical, f.meta["og:url"]), u),
		Image:       text.SafeLink(firstOf(f.meta["og:image"], f.meta["og:image:url"], f.meta["twitter:image"], ld.image), u),
		Description: text.Sanitize(firstOf(f.meta["og:description"], f.meta["description"], f.meta["twitter:description"])),
		Language:    language(f.lang, f.meta["og:locale"], f.meta["content-language"], ld.language),
		Authors:     f.names(ld.authors),
	}
	page.Title = f.name(ld.headline)
	for _, told := range []string{ld.published, f.meta["article:published_time"], f.meta["datepublished"], f.meta["og:article:published_time"],
		f.meta["dc.date"], f.meta["dc.date.issued"], f.meta["date"], f.meta["parsely-pub-date"], f.meta["sailthru.date"], f.time} {
		if t := pageTime(told); !t.IsZero() {
			page.Published = t
			break
		}
	}
	for _, name := range []string{"robots", "googlebot"} {
		said := strings.ReplaceAll(strings.ToLower(f.meta[name]), " ", "")
		for rule := range strings.SplitSeq(said, ",") {
			page.NoSnippet = page.NoSnippet || rule == "nosnippet" || rule == "max-snippet:0"
		}
	}
	return page, f.titleForms(page.Title)
}

// read walks the document.
func (f *facts) read(n *html.Node) {
	if n.Type == html.ElementNode {
		f.element(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			f.read(c)
		}
	}
}

func (f *facts) element(n *html.Node) {
	switch n.DataAtom {
	case atom.Html:
		f.lang = firstOf(attr(n, "lang"), attr(n, "xml:lang"))
	case atom.Title:
		if f.title == "" && n.Namespace == "" {
			f.title = text.Sanitize(textOf(n))
		}
	case atom.H1, atom.H2:
		if len(f.headings) < 8 && !unseen(n) {
			f.headings = append(f.headings, text.Sanitize(textOf(n)))
			if n.DataAtom == atom.H1 && f.heading == "" {
				f.heading = f.headings[len(f.headings)-1]
			}
		}
	case atom.Meta:
		name := strings.ToLower(firstOf(attr(n, "property"), attr(n, "name"), attr(n, "itemprop"), attr(n, "http-equiv")))
		if value := strings.TrimSpace(attr(n, "content")); name != "" && value != "" && f.meta[name] == "" {
			f.meta[name] = value
		}
	case atom.Link:
		if strings.EqualFold(attr(n, "rel"), "canonical") && f.canonical == "" {
			f.canonical = attr(n, "href")
		}
	case atom.Time:
		if f.time == "" {
			f.time = attr(n, "datetime")
		}
	case atom.Script:
		if strings.EqualFold(attr(n, "type"), "application/ld+json") && n.FirstChild != nil && len(n.FirstChild.Data) < 256<<10 {
			f.data = append(f.data, n.FirstChild.Data)
		}
	}
	for _, a := range n.Attr {
		switch {
		case a.Key == "itemprop" && a.Val == "datePublished" && f.meta["datepublished"] == "":
			f.meta["datepublished"] = firstOf(attr(n, "content"), attr(n, "datetime"))
		case (a.Key == "itemprop" || a.Key == "rel") && a.Val == "author" && len(f.authors) < 5:
			if name := text.Sanitize(textOf(n)); name != "" && len(name) < 80 {
				f.authors = append(f.authors, name)
			}
		}
	}
}

// name gives the article's title: without the site's name, when another form of it is.
func (f *facts) name(headline string) string {
	title := text.Sanitize(firstOf(f.meta["og:title"], f.meta["twitter:title"], headline, f.title, f.heading))
	for _, shorter := range append(f.headings, text.Sanitize(headline)) {
		if shorter != "" && shorter != title && strings.HasPrefix(title, shorter) && siteTail(title[len(shorter):]) {
			return shorter
		}
	}
	if site := text.Sanitize(f.meta["og:site_name"]); site != "" && title != site {
		for _, bar := range titleBars {
			if cut, ok := strings.CutSuffix(title, bar+site); ok && cut != "" {
				return strings.TrimSpace(cut)
			}
		}
	}
	return title
}

// titleBars part an article's title from the site's name.
var titleBars = []string{" | ", " - ", " – ", " — ", " · ", " • ", " :: ", " » ", " « ", ": "}

func siteTail(tail string) bool {
	for _, bar := range titleBars {
		if strings.HasPrefix(tail, bar) {
			return true
		}
	}
	return false
}

// titleForms gives the article's title as letters, as the page's head and headings have it.
func (f *facts) titleForms(title string) []string {
	var forms []string
	told := []string{title, f.title, f.meta["og:title"], f.meta["twitter:title"]}
	if h := excerpt.Letters(f.heading); h != "" && strings.Contains(excerpt.Letters(strings.Join(told, " ")), h) { // else it may be a section's
		told = append(told, f.heading)
	}
	for _, t := range told {
		forms = append(forms, excerpt.Letters(t))
		for _, bar := range titleBars {
			if head, _, ok := strings.Cut(t, bar); ok && excerpt.Words(head) >= 3 {
				forms = append(forms, excerpt.Letters(head))
			}
		}
	}
	var some []string
	for _, form := range forms {
		if form != "" {
			some = append(some, form)
		}
	}
	return some
}

func (f *facts) names(linked []string) []string {
	if len(linked) > 0 {
		return linked
	}
	if a := text.Sanitize(firstOf(f.meta["author"], f.meta["article:author"], f.meta["parsely-author"], f.meta["dc.creator"])); a != "" && !strings.Contains(a, "://") {
		return []string{a}
	}
	return f.authors
}

// linked is what JSON-LD says of the article.
type linkedArticle struct {
	headline, published, language, image string
	authors                              []string
}

func (f *facts) linked() (found linkedArticle) {
	for _, data := range f.data {
		var any any
		if json.Unmarshal([]byte(data), &any) == nil {
			found.look(any, 0)
		}
	}
	return found
}

// look finds the first article in a value and what it says.
func (l *linkedArticle) look(value any, depth int) {
	if depth > 8 || l.headline != "" || l.published != "" {
		return
	}
	switch v := value.(type) {
	case []any:
		for _, e := range v {
			l.look(e, depth+1)
		}
	case map[string]any:
		if kind := word(v["@type"]); strings.Contains(kind, "Article") || strings.Contains(kind, "Posting") || strings.Contains(kind, "Report") {
			l.headline, l.published, l.language, l.image = word(v["headline"]), word(v["datePublished"]), word(v["inLanguage"]), word(v["image"])
			l.authors = persons(v["author"])
			return
		}
		for _, key := range []string{"@graph", "mainEntity", "mainEntityOfPage"} {
			l.look(v[key], depth+1)
		}
	}
}

// word gives the first string in a value: itself, or its url or name.
func word(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []any:
		if len(v) > 0 {
			return word(v[0])
		}
	case map[string]any:
		return firstOf(word(v["url"]), word(v["name"]))
	}
	return ""
}

func persons(value any) []string {
	switch v := value.(type) {
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, persons(e)...)
		}
		return all[:min(len(all), 8)]
	case map[string]any:
		return persons(v["name"])
	case string:
		if name := text.Sanitize(v); name != "" && !strings.Contains(name, "://") {
			return []string{name}
		}
	}
	return nil
}

// maxTold is how many bytes of an element's text are looked at for a title or a name.
const maxTold = 8 << 10

// textOf is the text in an element, or its beginning.
func textOf(n *html.Node) string {
	var content strings.Builder
	addText(&content, n)
	return text.TruncateBytes(content.String(), maxTold)
}

func addText(content *strings.Builder, n *html.Node) {
	if n.Type == html.TextNode {
		content.WriteString(text.TruncateBytes(n.Data, maxTold))
	}
	for c := n.FirstChild; c != nil && content.Len() < maxTold; c = c.NextSibling {
		addText(content, c)
	}
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			return v
		}
	}
	return ""
}

// language gives the first usable tag, in the form of BCP 47.
func language(tags ...string) string {
	for _, t := range tags {
		t = strings.ReplaceAll(strings.TrimSpace(strings.Split(t, ",")[0]), "_", "-")
		if len(t) >= 2 && len(t) <= 12 && strings.IndexFunc(t, func(r rune) bool { return r != '-' && (r < '0' || r > 'z') }) < 0 {
			return t
		}
	}
	return ""
}

// pageTime reads the forms of ISO 8601 that pages use.
func pageTime(told string) time.Time {
	if told = strings.TrimSpace(told); len(told) > 200 { // time.Parse copies what it refuses
		return time.Time{}
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(form, told); err == nil {
			return t
		}
	}
	return time.Time{}
}
