// Package text converts what the web sends to plain, safe text: character sets, HTML, mojibake, deceptive characters,
// and addresses.
package text

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/wlynxg/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// Decode converts a body in any charset to UTF-8. The result is always valid, has none of the control characters that
// XML forbids, and its XML declaration, if any, says UTF-8. contentType is the header of the response.
//
// The charset is, in this order: that of a byte order mark; UTF-16 or UTF-32 if there are zero bytes where these have
// them; UTF-8 if the bytes are valid UTF-8, whatever is declared, because other charsets hardly ever are by chance; the
// one in the header (RFC 7303 section 3.2), unless it is windows-1252, which servers add on their own; the one that the
// document declares; if neither names one, the one detected from the bytes; windows-1252. A charset that does not fit
// the bytes is skipped.
func Decode(body []byte, contentType string) []byte {
	return declareUTF8(DropForbidden(toUTF8(body, contentType)))
}

func toUTF8(body []byte, contentType string) []byte {
	if wide, skip := detectUTF16Or32(body); wide != nil {
		return decodeWith(wide, body[skip:])
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	labelled := labelledEncodings(body, contentType)
	if utf8.Valid(body) {
		if len(labelled) > 0 && labelled[0] == japanese.ISO2022JP && bytes.IndexByte(body, 0x1b) >= 0 { // it uses 7 bits only, so it is always valid UTF-8
			return decodeWith(labelled[0], body)
		}
		return body
	}
	if mostlyUTF8(body, labelled) {
		return repairUTF8(body)
	}
	if len(labelled) == 0 {
		if e := detect(body); e != nil {
			return decodeWith(e, body)
		}
	}
	for _, e := range append(labelled, charmap.Windows1252) {
		if text := decodeWith(e, body); e != unicode.UTF8 && !bytes.ContainsRune(text, utf8.RuneError) {
			return text
		}
	}
	for _, e := range labelled { // nothing fits; the declared one with replacement characters is the best reading
		if e != unicode.UTF8 {
			return decodeWith(e, body)
		}
	}
	return decodeWith(charmap.Windows1252, body)
}

func decodeWith(e encoding.Encoding, body []byte) []byte {
	text, err := e.NewDecoder().Bytes(body)
	if err != nil { // decoders replace what they cannot decode, but this one stopped early
		return bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	return text
}

var (
	headerCharset = regexp.MustCompile(`(?i)charset\s*[=:]\s*["']?\s*([^"'\s;,]+)`)
	metaCharset   = regexp.MustCompile(`(?i)<meta\s[^>]{0,200}?charset\s*=\s*["']?\s*([^"'\s;/>]+)`)
)

// labelledEncodings returns the encodings that the header and the document name, by the labels of the WHATWG Encoding
// Standard, the most trusted first.
func labelledEncodings(body []byte, contentType string) (all []encoding.Encoding) {
	head := body[:min(len(body), 4096)]
	labels := [][][]byte{headerCharset.FindSubmatch([]byte(contentType))}
	if m := xmlDeclaration.FindSubmatch(head[:min(len(head), 512)]); m != nil {
		labels = append(labels, m[1:]) // without the whole match: the charset is the second group, and is now at 1 as in the others
	} else if !bytes.HasPrefix(bytes.TrimSpace(head), []byte("<?xml")) {
		labels = append(labels, metaCharset.FindSubmatch(head))
	}
	for _, m := range labels {
		if m == nil {
			continue
		}
		if e := encodingOf(string(m[1])); e != nil {
			all = append(all, e)
		}
	}
	if len(all) == 2 && all[0] == charmap.Windows1252 { // the default of many servers, not the author's word
		all[0], all[1] = all[1], all[0]
	}
	return all
}

// encodingOf returns the encoding of a label of the WHATWG Encoding Standard, or nil. UTF-16 is recognized by its bytes
// alone, and "replacement" stands for encodings that hide markup from filters.
func encodingOf(label string) encoding.Encoding {
	e, err := htmlindex.Get(strings.TrimSpace(label))
	if err != nil || e == encoding.Replacement || e == charmap.XUserDefined {
		return nil
	}
	if name, _ := htmlindex.Name(e); strings.HasPrefix(name, "utf-16") {
		return nil
	}
	return e
}

const (
	minDetectBytes = 24 // bytes beyond ASCII; fewer prove nothing
	maxDetectBytes = 32 << 10
	minConfidence  = 0.9 // the detector's confidence in a charset
)

// detect returns the charset of an undeclared body by the frequency of its bytes. It returns nil if there are too few
// bytes beyond ASCII, or if they look western. Only runs of text with bytes beyond ASCII are given to the detector:
// markup would hide them.
func detect(body []byte) encoding.Encoding {
	sample, beyond := make([]byte, 0, min(len(body), maxDetectBytes)), 0
	for _, piece := range bytes.FieldsFunc(body, func(r rune) bool { return r == '<' || r == '>' || r == '"' || r == '&' || r == ';' }) {
		n := 0
		for _, c := range piece {
			if c >= utf8.RuneSelf {
				n++
			}
		}
		if n > 0 && len(sample) < maxDetectBytes {
			sample = append(append(sample, piece[:min(len(piece), maxDetectBytes)]...), '\n')
			beyond += n
		}
	}
	if beyond < minDetectBytes {
		return nil
	}
	found := chardet.Detect(sample)
	if found.Encoding == "MacCyrillic" { // it shares its lower-case letters with windows-1251, which is what the web uses
		found.Encoding = "windows-1251"
	}
	e := encodingOf(found.Encoding)
	if found.Confidence < minConfidence || e == nil || e == unicode.UTF8 || bytes.ContainsRune(decodeWith(e, body), utf8.RuneError) {
		return nil
	}
	return e
}

// detectUTF16Or32 recognizes UTF-16 and UTF-32 by their first bytes (XML 1.0 appendix F), and returns how many bytes of
// a byte order mark to skip.
func detectUTF16Or32(body []byte) (e encoding.Encoding, skip int) {
	big16, little16 := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	big32, little32 := utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	switch {
	case bytes.HasPrefix(body, []byte("\xff\xfe\x00\x00")):
		return little32, 4
	case bytes.HasPrefix(body, []byte("\x00\x00\xfe\xff")):
		return big32, 4
	case bytes.HasPrefix(body, []byte("\xff\xfe")):
		return little16, 2
	case bytes.HasPrefix(body, []byte("\xfe\xff")):
		return big16, 2
	case len(body) < 4:
		return nil, 0
	}
	zero := func(i int) bool { return body[i] == 0 }
	switch {
	case zero(0) && zero(1) && zero(2) && startsDocument(body[3]):
		return big32, 0
	case startsDocument(body[0]) && zero(1) && zero(2) && zero(3):
		return little32, 0
	case zero(0) && startsDocument(body[1]):
		return big16, 0
	case startsDocument(body[0]) && zero(1):
		return little16, 0
	}
	return nil, 0
}

// startsDocument reports whether c is one of the characters that a document may begin with.
func startsDocument(c byte) bool {
	return c == '<' || c == '{' || c == '[' || c == ' ' || c == '\t' || c == '\r' || c == '\n'
}

// mostlyUTF8 reports whether a body that is not valid UTF-8 is meant to be: no other charset is declared and at least
// half of its characters beyond ASCII are UTF-8, or another is declared but hardly a byte is not.
func mostlyUTF8(body []byte, labelled []encoding.Encoding) bool {
	good, bad := 0, 0
	for i := 0; i < len(body); {
		if body[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(body[i:])
		switch {
		case r != utf8.RuneError || size > 1:
			good++
		case !utf8.FullRune(body[i:]): // cut off within a character
			size = len(body) - i
		default:
			bad++
		}
		i += size
	}
	if len(labelled) == 0 || labelled[0] == unicode.UTF8 {
		return good >= bad
	}
	return good >= 4 && good >= 8*bad
}

// repairUTF8 replaces what is not UTF-8. A single such byte is most often a letter pasted from a western page.
func repairUTF8(body []byte) []byte {
	out := make([]byte, 0, len(body)+16)
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && size <= 1 {
			r = utf8.RuneError
			if body[i] >= 0xa0 && !isContinuation(body, i-1) && !isContinuation(body, i+1) {
				r = charmap.Windows1252.DecodeByte(body[i])
			}
			size = 1
		}
		out = utf8.AppendRune(out, r)
		i += size
	}
	return out
}

func isContinuation(body []byte, i int) bool { return i >= 0 && i < len(body) && body[i]&0xc0 == 0x80 }

// DropForbidden removes the control characters and non-characters that XML 1.0 section 2.2 forbids.
func DropForbidden(text []byte) []byte {
	forbidden := func(i int) int {
		switch c := text[i]; {
		case c < 0x20 && c != '\t' && c != '\n' && c != '\r':
			return 1
		case c == 0xef && i+2 < len(text) && text[i+1] == 0xbf && text[i+2] >= 0xbe: // U+FFFE, U+FFFF
			return 3
		}
		return 0
	}
	i := 0
	for i < len(text) && (!MayBeForbidden[text[i]] || forbidden(i) == 0) {
		i++
	}
	if i == len(text) {
		return text
	}
	out := append(make([]byte, 0, len(text)), text[:i]...)
	for i < len(text) {
		if n := forbidden(i); n > 0 {
			i += n
			continue
		}
		out = append(out, text[i])
		i++
	}
	return out
}

// MayBeForbidden are the first bytes of the characters that XML forbids. Some other characters begin with them as well.
var MayBeForbidden = func() (all [256]bool) {
	for c := range ' ' {
		all[c] = c != '\t' && c != '\n' && c != '\r'
	}
	all[0xef] = true
	return all
}()

var xmlDeclaration = regexp.MustCompile(`^(\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*["']?)([^"'?>\s]*)`)

// declareUTF8 changes the charset in the XML declaration to UTF-8.
func declareUTF8(text []byte) []byte {
	at := xmlDeclaration.FindSubmatchIndex(text[:min(len(text), 512)])
	if at == nil {
		return text
	}
	if bytes.EqualFold(text[at[4]:at[5]], []byte("utf-8")) {
		return text
	}
	out := make([]byte, 0, len(text)+8)
	out = append(out, text[:at[4]]...)
	out = append(out, "utf-8"...)
	return append(out, text[at[5]:]...)
}
