package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"broadsheet/fetch/text"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Limits of an OPML list, far above any that a person has made.
const (
	maxOPML     = 16 << 20 // bytes
	maxOutlines = 20_000
	maxNesting  = 32
)

// subscription is one feed of an OPML list.
type subscription struct {
	address    string
	name       string   // name in the list; may be empty
	folders    []string // folders that contain it, outermost first
	categories []string // from the category attribute
}

// readOPML returns the feeds of an OPML 1 or 2 list in document order, and the number of outlines that lead to
// something other than a feed. The document is untrusted: nothing in it is expanded or fetched, and its size and
// depth are limited.
func readOPML(data []byte) (feeds []subscription, others int, err error) {
	d := xml.NewDecoder(bytes.NewReader(cleanXML(data)))
	d.Strict = false                                                                   // a bare & in an address is common, and harmless
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // cleanXML made it UTF-8
	var path []string                                                                  // open elements: a folder's name, or "" for any other
	within := false
	for outlines := 0; ; {
		t, err := d.Token()
		if errors.Is(err, io.EOF) && within && len(path) == 0 {
			return feeds, others, nil
		}
		if err != nil {
			return nil, 0, opmlError(within, err)
		}
		switch t := t.(type) {
		case xml.Directive:
			if bytes.Contains(t, []byte("ENTITY")) || bytes.Contains(t, []byte("[")) {
				return nil, 0, errors.New("it declares entities or a DTD of its own, which no list of feeds needs; export it anew, or take the <!DOCTYPE …> out")
			}
		case xml.StartElement:
			name := strings.ToLower(t.Name.Local)
			if !within && name != "opml" {
				return nil, 0, fmt.Errorf("its first element is <%s>, so it is no OPML; export the list of feeds from your reader as OPML", text.OneLine(name, 40))
			}
			within = true
			if outlines++; outlines > maxOutlines {
				return nil, 0, fmt.Errorf("it has more than %d elements; part it", maxOutlines)
			}
			if len(path) >= maxNesting {
				return nil, 0, fmt.Errorf("it is nested more than %d deep; lift its folders up", maxNesting)
			}
			path = append(path, "")
			if name != "outline" {
				break
			}
			s, folder, other := parseOutline(t, path)
			path[len(path)-1] = folder
			if s.address != "" {
				feeds = append(feeds, s)
			}
			if other {
				others++
			}
		case xml.EndElement:
			if len(path) > 0 {
				path = path[:len(path)-1]
			}
		}
	}
}

func opmlError(within bool, err error) error {
	var broken *xml.SyntaxError
	switch {
	case !within:
		return errors.New("it is no OPML: no <opml> stands in it; export the list of feeds from your reader as OPML")
	case errors.As(err, &broken):
		return fmt.Errorf("line %d: %s; export it anew", broken.Line, text.OneLine(broken.Msg, 200))
	}
	return fmt.Errorf("it breaks off before its end (%w); export it anew", err)
}

// parseOutline returns what an outline is: a feed, a folder (its name), or something other with an address.
func parseOutline(t xml.StartElement, path []string) (s subscription, folder string, other bool) {
	attrs := map[string]string{}
	for _, a := range t.Attr {
		attrs[strings.ToLower(a.Name.Local)] = a.Value
	}
	name := text.OneLine(attrs["title"], maxNameLength)
	if name == "" {
		name = text.OneLine(attrs["text"], maxNameLength)
	}
	address := feedAddress(attrs["xmlurl"])
	if kind := strings.ToLower(attrs["type"]); address == "" && (kind == "rss" || kind == "atom") {
		address = feedAddress(attrs["url"])
	}
	if address == "" {
		return s, name, attrs["url"] != "" || attrs["htmlurl"] != ""
	}
	s = subscription{address: address, name: name}
	for _, folder := range path {
		if folder != "" {
			s.folders = append(s.folders, folder)
		}
	}
	for word := range strings.FieldsFuncSeq(attrs["category"], func(r rune) bool { return r == ',' || r == '/' }) {
		if word = text.OneLine(word, maxNameLength); word != "" {
			s.categories = append(s.categories, word)
		}
	}
	return s, "", false
}

// maxNameLength is the greatest length of a name in feeds.yaml, in characters.
const maxNameLength = 100

var feedScheme = regexp.MustCompile(`^(?i)(?:feed|rss|pcast|itpc):(?://)?`)

// feedAddress returns an address in the form that feeds.yaml takes: without a feed: scheme or the like.
func feedAddress(text string) string {
	text = strings.TrimSpace(text)
	if bare := feedScheme.ReplaceAllString(text, ""); bare != text {
		if text = bare; !strings.Contains(text, "://") {
			text = "http://" + text
		}
	}
	return text
}

var declaredEncoding = regexp.MustCompile(`^\s*<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']`)

// cleanXML converts a document to UTF-8 and removes the characters that XML does not allow.
func cleanXML(data []byte) []byte {
	if text, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), data); err == nil {
		data = text
	}
	if m := declaredEncoding.FindSubmatch(data); m != nil && !utf8.Valid(data) {
		if e, _ := charset.Lookup(string(m[1])); e != nil {
			if text, err := e.NewDecoder().Bytes(data); err == nil {
				data = text
			}
		}
	}
	data = characterReference.ReplaceAllFunc(data, func(reference []byte) []byte {
		digits, base := reference[2:len(reference)-1], 10
		if digits[0] == 'x' || digits[0] == 'X' {
			digits, base = digits[1:], 16
		}
		if n, err := strconv.ParseInt(string(digits), base, 32); err != nil || !isXMLChar(rune(n)) {
			return nil
		}
		return reference
	})
	return bytes.Map(func(r rune) rune {
		if !isXMLChar(r) {
			return -1
		}
		return r
	}, bytes.ToValidUTF8(data, []byte("\uFFFD")))
}

var characterReference = regexp.MustCompile(`&#(?:[0-9]+|[xX][0-9A-Fa-f]+);`)

// isXMLChar reports whether r is a Char of XML 1.0, section 2.2.
func isXMLChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r < 0xd800 || r > 0xdfff && r < 0xfffe || r > 0xffff && r <= utf8.MaxRune
}
