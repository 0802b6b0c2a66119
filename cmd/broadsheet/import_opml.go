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

// Bounds of a list of feeds: far above any that a person has made.
const (
	maxOPML     = 16 << 20 // bytes
	maxOutlines = 20_000
	maxNesting  = 32
)

// subscription is a feed that an OPML list names.
type subscription struct {
	address string
	name    string   // as the list calls it; may be empty
	folders []string // that it stands in, outermost first
	words   []string // its categories
}

// readOPML reads the feeds of an OPML 1 or 2 list, in its order, and what it holds beside them. The document may be
// anyone's: nothing in it is expanded or fetched, and its size and depth are bounded.
func readOPML(data []byte) (feeds []subscription, others int, err error) {
	d := xml.NewDecoder(bytes.NewReader(tidyXML(data)))
	d.Strict = false                                                                   // a bare & in an address is common, and harmless
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // tidyXML made it UTF-8
	var path []string                                                                  // a folder's name, or "" for what is none
	within := false
	for outlines := 0; ; {
		t, err := d.Token()
		if errors.Is(err, io.EOF) && within && len(path) == 0 {
			return feeds, others, nil
		}
		if err != nil {
			return nil, 0, notOPML(within, err)
		}
		switch t := t.(type) {
		case xml.Directive:
			if bytes.Contains(t, []byte("ENTITY")) || bytes.Contains(t, []byte("[")) {
				return nil, 0, errors.New("it declares entities or a DTD of its own, which no list of feeds needs; export it anew, or take the <!DOCTYPE …> out")
			}
		case xml.StartElement:
			name := strings.ToLower(t.Name.Local)
			if !within && name != "opml" {
				return nil, 0, fmt.Errorf("its first element is <%s>, so it is no OPML; export the list of feeds from your reader as OPML", text.Line(name, 40))
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
			s, folder, other := outlineOf(t, path)
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

func notOPML(within bool, err error) error {
	var broken *xml.SyntaxError
	switch {
	case !within:
		return errors.New("it is no OPML: no <opml> stands in it; export the list of feeds from your reader as OPML")
	case errors.As(err, &broken):
		return fmt.Errorf("line %d: %s; export it anew", broken.Line, text.Line(broken.Msg, 200))
	}
	return fmt.Errorf("it breaks off before its end (%w); export it anew", err)
}

// outlineOf is what an outline is: a feed, a folder (its name), or something other that leads somewhere.
func outlineOf(t xml.StartElement, path []string) (s subscription, folder string, other bool) {
	told := map[string]string{}
	for _, a := range t.Attr {
		told[strings.ToLower(a.Name.Local)] = a.Value
	}
	name := text.Line(told["title"], maxNameLength)
	if name == "" {
		name = text.Line(told["text"], maxNameLength)
	}
	address := feedAddress(told["xmlurl"])
	if kind := strings.ToLower(told["type"]); address == "" && (kind == "rss" || kind == "atom") {
		address = feedAddress(told["url"])
	}
	if address == "" {
		return s, name, told["url"] != "" || told["htmlurl"] != ""
	}
	s = subscription{address: address, name: name}
	for _, folder := range path {
		if folder != "" {
			s.folders = append(s.folders, folder)
		}
	}
	for word := range strings.FieldsFuncSeq(told["category"], func(r rune) bool { return r == ',' || r == '/' }) {
		if word = text.Line(word, maxNameLength); word != "" {
			s.words = append(s.words, word)
		}
	}
	return s, "", false
}

// maxNameLength is how long a name in feeds.yaml may be, in characters.
const maxNameLength = 100

var feedScheme = regexp.MustCompile(`^(?i)(?:feed|rss|pcast|itpc):(?://)?`)

// feedAddress is an address as feeds.yaml wants it.
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

// tidyXML makes UTF-8 of a document, without the characters that XML may not hold.
func tidyXML(data []byte) []byte {
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
		if n, err := strconv.ParseInt(string(digits), base, 32); err != nil || !mayBeInXML(rune(n)) {
			return nil
		}
		return reference
	})
	return bytes.Map(func(r rune) rune {
		if !mayBeInXML(r) {
			return -1
		}
		return r
	}, bytes.ToValidUTF8(data, []byte("\uFFFD")))
}

var characterReference = regexp.MustCompile(`&#(?:[0-9]+|[xX][0-9A-Fa-f]+);`)

// mayBeInXML tells the characters of XML 1.0 section 2.2.
func mayBeInXML(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r < 0xd800 || r > 0xdfff && r < 0xfffe || r > 0xffff && r <= utf8.MaxRune
}
