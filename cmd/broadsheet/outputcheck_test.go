package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The checks of this file parse the program's output as its readers do. They fail on anything that runs, loads or
// deceives.

// checkOutput checks every file of a publication.
func checkOutput(t *testing.T, root string) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(root, path)
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		seen++
		switch filepath.Ext(path) {
		case ".html":
			checkHTML(t, name, data)
		case ".xml":
			checkXML(t, name, data)
		case ".json":
			checkJSON(t, name, data)
		case ".txt", ".css", ".js", ".svg":
			checkPlain(t, name, string(data))
		}
		return nil
	})
	if err != nil || seen < 10 {
		t.Fatalf("%d files of output: %v", seen, err)
	}
}

// checkPlain checks that text has no character that controls a terminal or deceives a reader.
func checkPlain(t *testing.T, name, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s is not UTF-8", name)
	}
	for i, r := range text {
		if isDeceptive(r) {
			t.Errorf("%s holds %U: %q", name, r, text[max(0, i-40):min(len(text), i+40)])
			return
		}
	}
}

// zeroWidth breaks up text that a feed reader might take for markup. The publish package inserts it.
const zeroWidth = '\u200b'

func isDeceptive(r rune) bool {
	switch {
	case r == '\n', r == '\t', r == utf8.RuneError, r == zeroWidth, r == 0x200c, r == 0x200d: // the last two join letters and emoji
		return false
	case r < ' ', r >= 0x7f && r < 0xa0, r&0xfffe == 0xfffe, r >= 0xfdd0 && r <= 0xfdef, r == 0x2028, r == 0x2029:
		return true
	case r >= 0xe0020 && r <= 0xe007f: // tag characters, as in flags
		return true
	}
	return unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// allowedElements are all elements that the pages use.
var allowedElements = strings.Fields("html head meta title link body a header p nav ul ol li main footer article h1 h2 h3 h4 b i bdi em strong time span div section aside " +
	"details summary small abbr dl dt dd table thead tbody tr th td caption form label input button noscript search output code kbd hr br")

// allowedAttributes are all attributes that the pages use.
var allowedAttributes = strings.Fields("lang dir charset name content property http-equiv rel href type title sizes media class id aria-label aria-current aria-live aria-labelledby " +
	"aria-describedby aria-hidden role tabindex datetime for action method placeholder value open hidden autocomplete scope src defer data-index hreflang enterkeyhint spellcheck minlength maxlength")

func checkHTML(t *testing.T, name string, data []byte) {
	t.Helper()
	checkPlain(t, name, string(data))
	doc, err := html.Parse(bytes.NewReader(data))
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	walkHTML(doc, func(n *html.Node) {
		if n.Type == html.CommentNode {
			t.Errorf("%s holds a comment: %.80q", name, n.Data)
		}
		if n.Type != html.ElementNode {
			return
		}
		own := slices.Contains(allowedElements, n.Data) && n.Namespace == ""
		if n.Data == "script" && strings.HasPrefix(name, "search/") {
			own = n.FirstChild == nil
		}
		if !own {
			t.Errorf("%s holds <%s %s> %q", name, n.Namespace, n.Data, n.Attr)
		}
		for _, a := range n.Attr {
			if !slices.Contains(allowedAttributes, a.Key) {
				t.Errorf("%s: <%s> has %s=%q", name, n.Data, a.Key, a.Val)
			}
			loads := a.Key == "src" || n.Data == "link" && a.Key == "href" && !strings.Contains("canonical alternate", attribute(n, "rel"))
			switch {
			case loads && isAbsolute(a.Val):
				t.Errorf("%s: <%s> loads %q", name, n.Data, a.Val)
			case a.Key == "href" || a.Key == "src" || a.Key == "action":
				checkLink(t, name, a.Val)
			case a.Key == "http-equiv" && a.Val != "Content-Security-Policy":
				t.Errorf("%s holds a meta %q", name, a.Val)
			}
		}
	})
}

func walkHTML(n *html.Node, see func(*html.Node)) {
	see(n)
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		walkHTML(k, see)
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func isAbsolute(link string) bool {
	u, err := url.Parse(link)
	return err != nil || u.IsAbs() || u.Host != ""
}

var allowedLink = regexp.MustCompile(`^https?://[a-z0-9._\-\[\]:]+(?:/[!-~]*)?$`)

// checkLink checks that an address is relative, or http(s) in a spelling that every program reads the same way.
func checkLink(t *testing.T, name, link string) {
	t.Helper()
	if strings.HasPrefix(link, "urn:uuid:") || strings.HasPrefix(link, "mailto:") && !strings.ContainsAny(link, "?&") {
		return
	}
	u, err := url.Parse(link)
	switch {
	case err != nil:
		t.Errorf("%s: link %q: %v", name, link, err)
	case !u.IsAbs() && u.Host == "" && !strings.ContainsAny(link, "\\ \t\r\n:"):
	case !allowedLink.MatchString(link) || u.User != nil || strings.ContainsAny(link, "<>\"'`\\{}|^"):
		t.Errorf("%s links to %q", name, link)
	}
}

// allowedFeedElements are all elements that the feeds, lists and sitemaps use.
var allowedFeedElements = strings.Fields("feed id title subtitle updated published generator link author name uri email entry summary content category source rights icon logo complete archive " +
	"rss channel description language lastBuildDate pubDate docs ttl image url item guid comments creator encoded managingEditor webMaster copyright width height " +
	"opml head body outline dateCreated dateModified ownerName ownerEmail urlset sitemapindex sitemap loc lastmod")

func checkXML(t *testing.T, name string, data []byte) {
	t.Helper()
	checkPlain(t, name, string(data))
	var inside []string
	d := xml.NewDecoder(bytes.NewReader(data))
	var text strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Errorf("%s is not well-formed: %v", name, err)
			return
		}
		switch e := token.(type) {
		case xml.StartElement:
			text.Reset()
			if !slices.Contains(allowedFeedElements, e.Name.Local) {
				t.Errorf("%s holds <%s>", name, e.Name.Local)
			}
			for _, a := range e.Attr {
				if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") || a.Name.Local == "style" {
					t.Errorf("%s: <%s> has %s", name, e.Name.Local, a.Name.Local)
				}
				if slices.Contains([]string{"href", "url", "uri", "src", "xmlUrl", "htmlUrl"}, a.Name.Local) {
					checkLink(t, name, a.Value)
				}
			}
			inside = append(inside, e.Name.Local)
		case xml.EndElement:
			checkFeedText(t, name, inside, text.String())
			inside, _ = inside[:len(inside)-1], text.String()
			text.Reset()
		case xml.CharData:
			text.Write(e)
		case xml.ProcInst:
			if e.Target == "xml-stylesheet" && bytes.Contains(e.Inst, []byte("//")) {
				t.Errorf("%s: a style sheet of others: %s", name, e.Inst)
			}
		case xml.Directive:
			t.Errorf("%s holds <!%s>", name, e)
		}
	}
}

// checkFeedText checks an element's text as HTML, which is how careless readers take it.
func checkFeedText(t *testing.T, name string, inside []string, text string) {
	t.Helper()
	what := inside[len(inside)-1]
	if slices.Contains([]string{"link", "url", "uri", "loc", "docs", "comments", "icon", "logo"}, what) && strings.TrimSpace(text) != "" {
		checkLink(t, name, strings.TrimSpace(text))
		return
	}
	if strings.HasSuffix(name, ".atom") || strings.HasSuffix(name, "atom.xml") || what != "title" && what != "description" && what != "encoded" && what != "content" && what != "summary" {
		return // of type="text", which no reader takes for markup; HTML in Atom is checked by publish
	}
	checkFragment(t, name+" "+what, text)
}

// checkFragment checks that the HTML in a feed is harmless.
func checkFragment(t *testing.T, name, text string) {
	t.Helper()
	nodes, err := html.ParseFragment(strings.NewReader(text), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	for _, n := range nodes {
		walkHTML(n, func(n *html.Node) {
			if n.Type != html.ElementNode {
				return
			}
			if !slices.Contains(strings.Fields("p b i em h2 h3 a ul li ol bdi"), n.Data) {
				t.Errorf("%s holds <%s>", name, n.Data)
			}
			for _, a := range n.Attr {
				if a.Key == "href" {
					checkLink(t, name, a.Val)
				} else if a.Key != "lang" && a.Key != "dir" {
					t.Errorf("%s holds %s=%q", name, a.Key, a.Val)
				}
			}
		})
	}
}

func checkJSON(t *testing.T, name string, data []byte) {
	t.Helper()
	checkPlain(t, name, string(data))
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	checkValue(t, name, "", v)
}

// checkLines checks JSON with one object per line.
func checkLines(t *testing.T, name, text string) {
	t.Helper()
	s := bufio.NewScanner(strings.NewReader(text))
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		checkJSON(t, name, s.Bytes())
	}
}

// checkValue checks that every text of a JSON value is plain, and every address http(s).
func checkValue(t *testing.T, name, key string, v any) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			checkValue(t, name, k, inner)
		}
	case []any:
		for _, inner := range v {
			checkValue(t, name, key, inner)
		}
	case string:
		checkPlain(t, name+" "+key, v)
		switch key {
		case "url", "home_page_url", "feed_url", "next_url", "external_url", "image", "icon", "favicon", "avatar", "link", "via":
			if v != "" {
				checkLink(t, name, v)
			}
		case "content_html":
			checkFragment(t, name, v)
		}
	}
}

// publishedIDs returns the entry ids of atom.xml and of its archive documents.
func publishedIDs(t *testing.T, root string) map[string]bool {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(root, "archive", "*.xml"))
	files = append(files, filepath.Join(root, "atom.xml"))
	ids := map[string]bool{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var feed struct {
			Entries []struct {
				ID string `xml:"id"`
			} `xml:"entry"`
		}
		if err := xml.Unmarshal(data, &feed); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, e := range feed.Entries {
			ids[e.ID] = true
		}
	}
	return ids
}
