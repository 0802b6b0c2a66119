package list

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/fetch/text"
	"broadsheet/internal/jsonpath"
	"broadsheet/internal/link"
	"broadsheet/internal/plain"

	"github.com/PuerkitoBio/goquery"
)

// isJSON reports whether a body is a JSON document, if only a broken one. A web page may begin with a brace, too, such as
// one whose template was not filled in.
func isJSON(content []byte) bool {
	start := bytes.TrimSpace(content)
	if len(start) == 0 || start[0] != '{' && start[0] != '[' {
		return false
	}
	return json.Valid(start) || !bytes.Contains(start, []byte("</"))
}

// readJSONDocument reads the articles of a JSON document.
func readJSONDocument(content []byte, base *url.URL, source broadsheet.Source, last broadsheet.PageList) (Result, error) {
	result := Result{List: last}
	if base != nil {
		result.HomePage = text.SafeLink(base.String(), nil)
	}
	v, err := decodeJSON(content)
	if err != nil {
		return result, fmt.Errorf("a JSON document that cannot be read: %w", err)
	}
	if source.Items != "" && !source.FindsItems() && !source.ItemsPath() {
		return result, fmt.Errorf("a JSON document, in which items: %q finds nothing; write a path, such as items: %s", source.Items, pathOfLists(v))
	}
	return readJSON([]any{v}, base, source, last, result)
}

// readEmbedded reads the articles of the JSON documents that are embedded in a page.
func (p *page) readEmbedded(source broadsheet.Source, last broadsheet.PageList) (Result, error) {
	result := Result{Document: p.document(), List: last}
	documents := p.embedded(embeddedJSON)
	if len(documents) == 0 {
		return result, fmt.Errorf("items: %q is a path, and the page has no JSON document in it; write a CSS selector, or leave it out", source.Items)
	}
	return readJSON(documents, p.base, source, last, result)
}

// embeddedJSON matches the scripts of a page that are JSON documents.
const embeddedJSON = "script[type*=json], script#__NEXT_DATA__"

// maxEmbedded is how many JSON documents of a page are read.
const maxEmbedded = 50

// embedded returns the JSON documents in the scripts that a selector matches.
func (p *page) embedded(selector string) (documents []any) {
	p.Find(selector).EachWithBreak(func(_ int, script *goquery.Selection) bool {
		if v, err := decodeJSON([]byte(script.Text())); err == nil {
			documents = append(documents, v)
		}
		return len(documents) < maxEmbedded
	})
	return documents
}

func decodeJSON(content []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(content))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

// readJSON reads the articles of the first document in which items is found.
func readJSON(documents []any, base *url.URL, source broadsheet.Source, last broadsheet.PageList, result Result) (Result, error) {
	var values []any
	shape := broadsheet.PageList{Items: source.Items}
	if source.FindsItems() {
		shape.Items = last.Items
		if values = find(documents, last.Items); len(values) == 0 {
			shape.Items, values = bestArray(documents, base, source)
		}
	} else {
		values = find(documents, source.Items)
	}
	listed := readObjects(values, base, source)
	site := ""
	if base != nil {
		site = link.Site(base.String())
	}
	switch {
	case len(values) == 0 && source.FindsItems() && last.Last == 0:
		return result, errors.New("a JSON document without a list of articles; write the path to it as items:, such as $.posts")
	case len(values) == 0 && !source.FindsItems():
		return result, fmt.Errorf("items: %q finds nothing; these are lists: %s", source.Items, pathOfLists(documents[0]))
	case len(listed) == 0 && !source.FindsItems():
		return result, fmt.Errorf("items: %q finds %s, but none with a link; write its path as link:, or as link: /blog/{slug} if it has only a part of it; an item has %s",
			source.Items, plain.Count(len(values), "value"), memberNames(values[0]))
	case source.FindsItems() && last.Last > 0 && !sharesHalf(listed, last, site):
		result.Changed = fmt.Sprintf("the list of %s that it had is gone; nothing is read until it comes back, or until its source has the path to it as items:", plain.Count(last.Last, "article"))
		return result, nil
	}
	why, isOther := compareSelected(listed, nil, last, site)
	if last.Last == 0 || source.FindsItems() {
		why, isOther = "", false
	}
	if !isOther {
		result.Items = feedItems(listed, "")
	}
	if result.Changed = why; why == "" {
		result.List = remember(shape, listed, last, site)
		if !source.FindsItems() {
			result.List.Items = ""
		}
	}
	return result, nil
}

// find returns the values at a path in the first document that has some; an array at its end stands for its elements.
func find(documents []any, path string) []any {
	parsed, err := jsonpath.Parse(path)
	if err != nil || path == "" {
		return nil
	}
	for _, document := range documents {
		found := parsed.Find(document)
		if len(found) == 1 {
			if elements, ok := found[0].([]any); ok {
				found = elements
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// The paths at which items of JSON lists usually have their parts, the likeliest first.
var (
	linkPaths  = []string{"url", "link", "href", "permalink", "canonical_url", "canonicalUrl", "web_url", "webUrl", "external_url", "path", "uri"}
	titlePaths = []string{"title.rendered", "title", "headline", "name", "heading"}
	datePaths  = []string{"published_at", "publishedAt", "datePublished", "date_published", "published", "publishDate", "publish_date", "publicationDate", "pubDate",
		"first_published_at", "date_gmt", "date", "created_at", "createdAt", "dateCreated", "created"}
)

// readObjects reads items of a JSON list.
func readObjects(values []any, base *url.URL, source broadsheet.Source) []listing {
	var all []listing
	known := map[string]bool{}
	for _, v := range values {
		l := listing{
			link:   text.SafeLink(jsonText(v, source.Link, linkPaths), base),
			title:  text.TitleText(jsonText(v, source.Title, titlePaths)),
			date:   jsonDate(jsonText(v, source.Date, datePaths)),
			headed: true,
		}
		if address, ok := v.(string); ok && source.Link == "" {
			l.link = text.SafeLink(address, base)
		}
		if isCall(l.title) {
			l.title = ""
		}
		if l.link == "" || known[l.link] {
			continue
		}
		known[l.link] = true
		if all = append(all, l); len(all) >= maxListed {
			break
		}
	}
	return all
}

// placeholder matches a path in a template: /blog/{slug}.
var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// jsonText returns the text or number at a path within an item, or at the first of the usual paths. A path with braces is
// a template, in which each path in braces is replaced by what is there; it is "" if one of them leads to nothing.
func jsonText(v any, path string, usual []string) string {
	switch {
	case path == "":
		for _, path := range usual {
			if found := valueAt(v, path); found != "" {
				return found
			}
		}
		return ""
	case !strings.Contains(path, "{"):
		return valueAt(v, path)
	}
	complete := true
	filled := placeholder.ReplaceAllStringFunc(path, func(inner string) string {
		value := valueAt(v, strings.Trim(inner, "{}"))
		complete = complete && value != ""
		return value
	})
	if !complete {
		return ""
	}
	return filled
}

// valueAt returns the first text or number at a path, as text.
func valueAt(v any, path string) string {
	parsed, err := jsonpath.Parse(path)
	if err != nil {
		return ""
	}
	for _, found := range parsed.Find(v) {
		switch found := found.(type) {
		case string:
			return strings.TrimSpace(found)
		case json.Number:
			return found.String()
		}
	}
	return ""
}

// jsonDate returns a date as it can be parsed: a number counts seconds or milliseconds since 1970.
func jsonDate(value string) string {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(n) || n < 1e8 || n > 1e14 || len(value) == 8 && (strings.HasPrefix(value, "19") || strings.HasPrefix(value, "20")) {
		return value
	}
	if n > 1e11 {
		n /= 1000
	}
	return time.Unix(int64(n), 0).UTC().Format(time.RFC3339)
}

// memberNames returns the names of an object's members, for a message.
func memberNames(v any) string {
	object, ok := v.(map[string]any)
	if !ok {
		return "no names"
	}
	var names []string
	for name := range object {
		names = append(names, plain.Shorten(text.Sanitize(name), 30))
	}
	slices.Sort(names)
	return strings.Join(names[:min(len(names), 12)], ", ")
}

// array is a list of objects in a JSON document.
type array struct {
	path   string
	values []any
}

// Limits of the search for lists in a JSON document.
const (
	maxArrays    = 50
	maxJSONDepth = 12
)

// arraysOf returns the lists of objects in a document, those of most elements first.
func arraysOf(document any) []array {
	var all []array
	var walk func(v any, path string, depth int)
	walk = func(v any, path string, depth int) {
		if depth > maxJSONDepth || len(all) >= maxArrays {
			return
		}
		switch v := v.(type) {
		case []any:
			if len(v) > 0 {
				if _, ok := v[0].(map[string]any); ok {
					all = append(all, array{path, v})
				}
				walk(v[0], path+"[0]", depth+1)
			}
		case map[string]any:
			var names []string
			for name := range v {
				names = append(names, name)
			}
			slices.Sort(names)
			for _, name := range names {
				step := "." + name
				if !isPlainName(name) {
					step = "['" + name + "']"
				}
				walk(v[name], path+step, depth+1)
			}
		}
	}
	walk(document, "$", 0)
	slices.SortStableFunc(all, func(a, b array) int { return len(b.values) - len(a.values) })
	return all
}

// pathOfLists names the longest lists of a document, for a message.
func pathOfLists(document any) string {
	var paths []string
	for _, a := range arraysOf(document) {
		if len(paths) < 3 && !slices.Contains(paths, a.path) {
			paths = append(paths, fmt.Sprintf("%s (%d)", plain.Shorten(text.Sanitize(a.path), 100), len(a.values)))
		}
	}
	if len(paths) == 0 {
		return "$.posts (but it has no list of objects)"
	}
	return strings.Join(paths, ", ")
}

// bestArray returns the path and the elements of the list of documents that reads most like a list of articles.
func bestArray(documents []any, base *url.URL, source broadsheet.Source) (path string, values []any) {
	site := ""
	if base != nil {
		site = link.Site(base.String())
	}
	best := 0.0
	for _, document := range documents {
		for _, a := range arraysOf(document) {
			c := candidate{listed: readObjects(a.values, base, source)}
			if score := c.rate(site); score > best {
				best, path, values = score, a.path, a.values
			}
		}
	}
	return path, values
}

// linkedData returns the articles that a page lists in JSON-LD: the elements of an ItemList, the posts of a Blog.
func (p *page) linkedData() []listing {
	var objects []any
	var walk func(v any, depth int)
	walk = func(v any, depth int) {
		if depth > maxJSONDepth || len(objects) >= maxListed {
			return
		}
		switch v := v.(type) {
		case []any:
			for _, element := range v {
				walk(element, depth+1)
			}
		case map[string]any:
			kind := typeOf(v)
			switch {
			case kind["ItemList"]:
				for _, element := range elementsOf(v["itemListElement"]) {
					objects = append(objects, unwrap(element))
				}
			case kind["Blog"]:
				objects = append(objects, elementsOf(v["blogPost"])...)
				objects = append(objects, elementsOf(v["blogPosts"])...)
			}
			for _, name := range []string{"@graph", "mainEntity", "mainEntityOfPage", "hasPart"} {
				walk(v[name], depth+1)
			}
		}
	}
	for _, document := range p.embedded(`script[type="application/ld+json"]`) {
		walk(document, 0)
	}
	return readObjects(objects[:min(len(objects), maxListed)], p.base, broadsheet.Source{})
}

// elementsOf returns the elements of an array, or a value alone; none for nil.
func elementsOf(v any) []any {
	if elements, ok := v.([]any); ok {
		return elements
	}
	if v == nil {
		return nil
	}
	return []any{v}
}

// unwrap returns the item of a ListItem, with the link and the name of the ListItem where it has none.
func unwrap(v any) any {
	element, ok := v.(map[string]any)
	if !ok {
		return v
	}
	switch inner := element["item"].(type) {
	case map[string]any:
		merged := map[string]any{}
		for _, from := range []map[string]any{element, inner} {
			for name, value := range from {
				merged[name] = value
			}
		}
		if id, ok := merged["@id"].(string); ok && merged["url"] == nil {
			merged["url"] = id
		}
		return merged
	case string:
		if element["url"] == nil {
			return map[string]any{"url": inner, "name": element["name"]}
		}
	}
	return element
}

// typeOf returns the types of an object of JSON-LD.
func typeOf(v map[string]any) map[string]bool {
	types := map[string]bool{}
	for _, t := range elementsOf(v["@type"]) {
		if name, ok := t.(string); ok {
			types[name] = true
		}
	}
	return types
}
