package publish

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"mime"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The checks here are the rules of the formats, and those of the W3C feed validator that can be checked offline.

// node is an element of an XML document.
type node struct {
	Name     xml.Name
	Attr     map[string]string
	Text     string
	Children []*node
}

func (n *node) all(name string) []*node {
	var found []*node
	for _, c := range n.Children {
		if c.Name.Local == name {
			found = append(found, c)
		}
	}
	return found
}

func (n *node) text(name string) string {
	for _, c := range n.all(name) {
		return c.Text
	}
	return ""
}

// parseXML parses a document strictly, and fails the test if it has characters that XML 1.0 forbids.
func parseXML(t *testing.T, name string, data []byte) *node {
	t.Helper()
	if !utf8.Valid(data) {
		t.Fatalf("%s is not UTF-8", name)
	}
	for _, r := range string(data) {
		if r < ' ' && r != '\n' && r != '\t' || r == utf8.RuneError || r&0xfffe == 0xfffe {
			t.Fatalf("%s holds %U", name, r)
		}
	}
	root := &node{}
	open := []*node{root}
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%s is not well-formed: %v", name, err)
		}
		top := open[len(open)-1]
		switch e := token.(type) {
		case xml.StartElement:
			n := &node{Name: e.Name, Attr: map[string]string{}}
			for _, a := range e.Attr {
				n.Attr[a.Name.Local] = a.Value
			}
			top.Children, open = append(top.Children, n), append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.Text += string(e)
		}
	}
	if len(root.Children) != 1 {
		t.Fatalf("%s has %d roots", name, len(root.Children))
	}
	return root.Children[0]
}

var (
	endTag   = regexp.MustCompile(`</\w+>`)
	entity   = regexp.MustCompile(`&#?\w+;`)
	mailLike = regexp.MustCompile(`^[\w.+-]+@[\w-]+\.\w+$`)
)

type checker struct {
	*testing.T
	doc string
}

func (c checker) need(ok bool, format string, args ...any) {
	c.Helper()
	if !ok {
		c.Errorf("%s: %s", c.doc, fmt.Sprintf(format, args...))
	}
}

// plainText checks text in an element in which the validator warns of anything that looks like HTML.
func (c checker) plainText(what, s string) {
	c.Helper()
	c.need(strings.TrimSpace(s) != "", "%s is blank", what)
	c.need(!endTag.MatchString(s) && !entity.MatchString(s), "%s looks like HTML: %q", what, s)
}

// textConstruct checks an Atom text construct.
func (c checker) textConstruct(what string, n *node) {
	c.Helper()
	switch n.Attr["type"] {
	case "html":
		c.need(strings.TrimSpace(n.Text) != "", "%s is blank", what)
		c.htmlFragment(what, n.Text)
	default:
		c.plainText(what, n.Text)
	}
}

// htmlFragment checks HTML inside a feed: it must have no active content, and every link must be absolute.
func (c checker) htmlFragment(what, s string) {
	c.Helper()
	nodes, err := html.ParseFragment(strings.NewReader(s), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	c.need(err == nil, "%s: %v", what, err)
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode {
			c.need(strings.Contains(" p b h2 a ", " "+n.Data+" "), "%s holds <%s>", what, n.Data)
			for _, a := range n.Attr {
				c.need(a.Key == "href" || a.Key == "lang" || a.Key == "dir", "%s holds %s=%q", what, a.Key, a.Val)
				if a.Key == "href" {
					c.webAddress(what, a.Val)
				}
			}
		}
		for k := n.FirstChild; k != nil; k = k.NextSibling {
			walk(k)
		}
	}
	for _, n := range nodes {
		walk(n)
	}
}

var uriOnly = regexp.MustCompile(`^[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*$`)

// uri checks that s is an absolute URI with no characters that must be escaped.
func (c checker) uri(what, s string) {
	c.Helper()
	u, err := url.Parse(s)
	c.need(err == nil && u.IsAbs() && uriOnly.MatchString(s) && strings.Count(s, "#") < 2, "%s is no URI: %q", what, s)
}

func (c checker) webAddress(what, s string) {
	c.Helper()
	c.uri(what, s)
	u, err := url.Parse(s)
	c.need(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host == strings.ToLower(u.Host) && u.Hostname() != "" && u.User == nil, "%s is no web address: %q", what, s)
}

func (c checker) date(what, s string) time.Time {
	c.Helper()
	at, err := time.Parse(time.RFC3339, s)
	c.need(err == nil && strings.HasSuffix(s, "Z") && at.Year() >= 1970 && at.Year() < 2100, "%s is no date: %q", what, s)
	return at
}

func checkAtom(t *testing.T, doc string, data []byte, site bool) {
	t.Helper()
	c, f := checker{t, doc}, parseXML(t, doc, data)
	c.need(f.Name == xml.Name{Space: "http://www.w3.org/2005/Atom", Local: "feed"}, "root is %v", f.Name)
	for _, one := range []string{"id", "title", "updated", "author", "generator"} {
		c.need(len(f.all(one)) == 1, "has %d of %s", len(f.all(one)), one)
	}
	c.uri("id", f.text("id"))
	c.textConstruct("title", f.all("title")[0])
	updated := c.date("updated", f.text("updated"))
	c.links(f, site)
	if site {
		self := f.rel("self")
		c.need(strings.HasSuffix(self, "/"+doc) || strings.HasSuffix(self, doc), "self is %q", self)
		c.need(f.rel("alternate") != "" && f.rel("hub") != "", "lacks alternate or hub")
	}
	ids, times := map[string]bool{}, map[string]bool{}
	for i, e := range f.all("entry") {
		c.doc = fmt.Sprintf("%s entry %d", doc, i)
		for _, one := range []string{"id", "title", "updated", "published"} {
			c.need(len(e.all(one)) == 1, "has %d of %s", len(e.all(one)), one)
		}
		c.uri("id", e.text("id"))
		c.need(!ids[e.text("id")], "has the id of another: %s", e.text("id"))
		c.need(!times[e.text("updated")], "was updated when another was: %s", e.text("updated"))
		ids[e.text("id")], times[e.text("updated")] = true, true
		c.textConstruct("title", e.all("title")[0])
		at := c.date("updated", e.text("updated"))
		c.date("published", e.text("published"))
		c.need(!at.After(updated), "was updated at %s, the feed at %s", at, updated)
		c.need(e.rel("alternate") != "" || len(e.all("content")) > 0, "has neither alternate nor content")
		c.links(e, site)
		for _, s := range e.all("summary") {
			c.textConstruct("summary", s)
		}
		for _, s := range e.all("content") {
			c.textConstruct("content", s)
		}
		if doc != "daily.xml" && doc != healthPath { // whose entries are the publication’s own
			c.need(len(e.all("author")) > 0 && len(e.all("source")) == 1, "lacks author or source")
		}
		for _, a := range e.all("author") {
			c.plainText("author", a.text("name"))
			c.need(!mailLike.MatchString(a.text("name")), "author is a mail address: %s", a.text("name"))
		}
		for _, k := range e.all("category") {
			c.need(k.Attr["term"] != "", "a category has no term")
			if site {
				c.uri("scheme", k.Attr["scheme"])
			}
		}
		for _, s := range e.all("source") {
			c.uri("source id", s.text("id"))
			c.textConstruct("source title", s.all("title")[0])
			c.date("source updated", s.text("updated"))
			c.links(s, true)
		}
	}
}

func (n *node) rel(rel string) string {
	for _, l := range n.all("link") {
		if l.Attr["rel"] == rel {
			return l.Attr["href"]
		}
	}
	return ""
}

func (c checker) links(n *node, absolute bool) {
	c.Helper()
	seen := map[string]bool{}
	for _, l := range n.all("link") {
		rel := l.Attr["rel"]
		if absolute || rel == "alternate" || rel == "related" {
			c.webAddress("link "+rel, l.Attr["href"])
		}
		if rel == "alternate" || rel == "self" {
			c.need(!seen[rel], "has two links of rel %s", rel)
			seen[rel] = true
		}
	}
}

func checkRSS(t *testing.T, doc string, data []byte, site bool) {
	t.Helper()
	c, f := checker{t, doc}, parseXML(t, doc, data)
	c.need(f.Name.Local == "rss" && f.Attr["version"] == "2.0", "root is %v", f)
	ch := f.all("channel")[0]
	c.plainText("title", ch.text("title"))
	c.plainText("description", ch.text("description"))
	c.uri("link", ch.all("link")[len(ch.all("link"))-1].Text+ch.text("link"))
	if site {
		c.need(ch.rel("self") != "", "lacks atom:link self")
	}
	ids := map[string]bool{}
	for i, item := range ch.all("item") {
		c.doc = fmt.Sprintf("%s item %d", doc, i)
		c.plainText("title", item.text("title"))
		c.htmlFragment("description", item.text("description"))
		for _, l := range item.all("link") {
			c.webAddress("link", l.Text)
		}
		guid := item.all("guid")
		c.need(len(guid) == 1 && guid[0].Attr["isPermaLink"] == "false" && !ids[guid[0].Text], "guid is %+v", guid)
		ids[guid[0].Text] = true
		_, err := time.Parse(time.RFC1123Z, item.text("pubDate"))
		c.need(err == nil, "pubDate: %v", err)
		c.need(len(item.all("author")) == 0 && len(item.all("creator")) > 0, "author must be dc:creator")
		for _, a := range item.all("creator") {
			c.plainText("creator", a.Text)
		}
		for _, s := range item.all("source") {
			c.webAddress("source", s.Attr["url"])
		}
	}
}

func checkJSONFeed(t *testing.T, doc string, data []byte, site bool) {
	t.Helper()
	c := checker{t, doc}
	var f struct {
		Version     string
		Title       string
		FeedURL     string `json:"feed_url"`
		HomePageURL string `json:"home_page_url"`
		Items       []struct {
			ID, URL, Title string
			Text           string `json:"content_text"`
			Published      string `json:"date_published"`
			Modified       string `json:"date_modified"`
			Authors        []struct{ Name string }
		}
	}
	c.need(utf8.Valid(data), "is not UTF-8")
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	c.need(f.Version == "https://jsonfeed.org/version/1.1" && f.Title != "" && f.Items != nil, "lacks version, title or items")
	if site {
		c.webAddress("feed_url", f.FeedURL)
		c.webAddress("home_page_url", f.HomePageURL)
	}
	ids := map[string]bool{}
	for i, item := range f.Items {
		c.doc = fmt.Sprintf("%s item %d", doc, i)
		c.need(item.ID != "" && !ids[item.ID], "id is %q", item.ID)
		ids[item.ID] = true
		c.need(item.Text != "" && item.Title != "" && len(item.Authors) > 0, "lacks text, title or authors")
		c.date("date_published", item.Published)
		c.date("date_modified", item.Modified)
		if item.URL != "" {
			c.webAddress("url", item.URL)
		}
	}
}

// checkPage checks a page for forbidden elements and attributes, and for links to missing pages of the site.
func checkPage(t *testing.T, doc string, data []byte, files map[string]string, site string) {
	t.Helper()
	c := checker{t, doc}
	root, err := html.Parse(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c.need(utf8.Valid(data), "is not UTF-8")
	level, ids, titles := 0, map[string]bool{}, 0
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode {
			c.element(n, doc, files, site)
			if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
				now := int(n.Data[1] - '0')
				c.need(now <= level+1, "goes from heading %d to %d", level, now)
				level = now
				if now == 1 {
					titles++
				}
			}
			for _, a := range n.Attr {
				if a.Key == "id" {
					c.need(!ids[a.Val], "has two of id %s", a.Val)
					ids[a.Val] = true
				}
			}
		}
		for k := n.FirstChild; k != nil; k = k.NextSibling {
			walk(k)
		}
	}
	walk(root)
	c.need(titles == 1, "has %d headings of level 1", titles)
}

func (c checker) element(n *html.Node, doc string, files map[string]string, site string) {
	c.Helper()
	switch n.Data {
	case "iframe", "object", "embed", "style", "base", "img", "svg", "math", "video", "audio":
		c.need(false, "holds <%s>", n.Data)
	}
	for _, a := range n.Attr {
		c.need(!strings.HasPrefix(a.Key, "on") && a.Key != "style" && a.Key != "srcdoc", "holds %s=%q", a.Key, a.Val)
		if a.Key != "href" && a.Key != "src" && a.Key != "action" {
			continue
		}
		u, err := url.Parse(a.Val)
		switch {
		case err != nil:
			c.need(false, "links to %q", a.Val)
		case u.Scheme == "mailto":
		case u.Scheme != "" || u.Host != "":
			c.webAddress("link", a.Val)
			c.need(n.Data == "a" || n.Data == "link" && site != "" && strings.HasPrefix(a.Val, site), "loads %s", a.Val)
		case u.Path == "" || doc == "404.html":
		default:
			to := path.Join(path.Dir(doc), u.Path)
			if strings.HasSuffix(u.Path, "/") {
				to = path.Join(to, "index.html")
			}
			_, ok := files[to]
			c.need(ok, "links to %s, which is not there", a.Val)
		}
	}
}

// checkAll checks every file of an output by the rules of its format.
func checkAll(t *testing.T, files map[string]string, site string) {
	t.Helper()
	for name, text := range files {
		data, base := []byte(text), path.Base(name)
		switch {
		case base == "atom.xml" || base == "daily.xml" || strings.HasPrefix(name, "archive/") && path.Ext(name) == ".xml":
			checkAtom(t, name, data, site != "")
		case base == "rss.xml":
			checkRSS(t, name, data, site != "")
		case base == "feed.json":
			checkJSONFeed(t, name, data, site != "")
		case path.Ext(name) == ".html":
			checkPage(t, name, data, files, site)
		case path.Ext(name) == ".xml" || path.Ext(name) == ".svg":
			parseXML(t, name, data)
		case path.Ext(name) == ".json":
			if !json.Valid(data) {
				t.Errorf("%s is no JSON", name)
			}
		}
		if kind := mime.TypeByExtension(path.Ext(name)); kind == "" && name != manifestName {
			t.Errorf("%s: hosts will not know its type", name)
		}
	}
}

func TestWrite_ValidOutput(t *testing.T) {
	for _, site := range []string{"https://daily.example/", "https://host.example/~us/daily/", ""} {
		t.Run(site, func(t *testing.T) {
			dir, config := t.TempDir(), testConfig()
			config.URL = site
			write(t, dir, config, editionSourceOf(testEditions()))
			files, _ := readTree(t, dir)
			checkAll(t, files, site)
		})
	}
}

func TestWrite_ValidOutputWithoutEditions(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, testConfig(), EditionSource{})
	files, _ := readTree(t, dir)
	checkAll(t, files, "https://daily.example/")
	if !strings.Contains(files["index.html"], "not out yet") {
		t.Error("the front page does not say that there is no edition yet")
	}
	dir = t.TempDir()
	config := testConfig()
	config.URL, config.Topics, config.Companies, config.Title = "", nil, nil, ""
	write(t, dir, config, EditionSource{})
	files, _ = readTree(t, dir)
	checkAll(t, files, "")
}
