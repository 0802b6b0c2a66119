package fetch

import (
	"bytes"
	"regexp"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// decode turns a body in any charset into UTF-8: always valid, without the control characters that XML forbids, and
// with an XML declaration that no longer says otherwise. contentType is the answer's header.
//
// What is believed, in this order: a byte order mark; zero bytes where UTF-16 or UTF-32 have them; bytes that are
// UTF-8, whatever is declared, because other charsets hardly ever look like it by chance; the charset that the header
// names (RFC 7303 section 3.2), unless it is the western one that servers add unasked; the charset that the document
// declares; windows-1252. A charset that does not fit the bytes is passed over.
func decode(body []byte, contentType string) []byte {
	return sayUTF8(printable(toUTF8(body, contentType)))
}

func toUTF8(body []byte, contentType string) []byte {
	if wide, skip := wideEncoding(body); wide != nil {
		return decoded(wide, body[skip:])
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	told, declared := charsetOf(contentType), declaredIn(body)
	if utf8.Valid(body) {
		if e := notReallyUTF8(body, told, declared); e != nil {
			return decoded(e, body)
		}
		return body
	}
	if mostlyUTF8(body, told, declared) {
		return mendUTF8(body)
	}
	for _, e := range likely(told, declared) {
		if text := decoded(e, body); !bytes.ContainsRune(text, utf8.RuneError) && sameStart(text, body) {
			return text
		}
	}
	for _, e := range likely(told, declared) { // nothing fits; the declared one with holes is the best reading
		if text := decoded(e, body); sameStart(text, body) {
			return text
		}
	}
	return decoded(charmap.Windows1252, body)
}

// sameStart tells whether a text begins as its bytes do. A declaration that could be read as ASCII does not speak of
// EBCDIC, whatever it says.
func sameStart(text, body []byte) bool {
	return len(text) > 0 && len(body) > 0 && text[0] == body[0] || len(body) > 0 && body[0] >= utf8.RuneSelf
}

func decoded(e encoding.Encoding, body []byte) []byte {
	text, err := e.NewDecoder().Bytes(body)
	if err != nil { // decoders replace what they cannot read; this one gave up half way
		return bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	return text
}

// likely are the charsets to try, best first.
func likely(told, declared string) []encoding.Encoding {
	first, second := encodingOf(told), encodingOf(declared)
	if first == charmap.Windows1252 && second != nil { // the default of many servers, not the author's word
		first, second = second, first
	}
	var all []encoding.Encoding
	for _, e := range []encoding.Encoding{first, second, charmap.Windows1252} {
		if e != nil && e != unicode.UTF8 {
			all = append(all, e)
		}
	}
	return all
}

// wideEncoding recognises UTF-16, UTF-32 and EBCDIC by their first bytes (XML 1.0 appendix F), and says how many bytes
// of a byte order mark to skip.
func wideEncoding(body []byte) (e encoding.Encoding, skip int) {
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
	case bytes.HasPrefix(body, []byte("\x4c\x6f\xa7\x94")): // <?xm
		return ebcdic(body), 0
	case len(body) < 4:
		return nil, 0
	}
	zero := func(i int) bool { return body[i] == 0 }
	switch {
	case zero(0) && zero(1) && zero(2) && opens(body[3]):
		return big32, 0
	case opens(body[0]) && zero(1) && zero(2) && zero(3):
		return little32, 0
	case zero(0) && opens(body[1]):
		return big16, 0
	case opens(body[0]) && zero(1):
		return little16, 0
	}
	return nil, 0
}

// opens tells the characters that a document may begin with.
func opens(c byte) bool {
	return c == '<' || c == '{' || c == '[' || c == ' ' || c == '\t' || c == '\r' || c == '\n'
}

// ebcdic is the EBCDIC code page that the document declares: its declaration is readable in all of them.
func ebcdic(body []byte) encoding.Encoding {
	head := decoded(charmap.CodePage037, body[:min(len(body), 256)])
	if e := encodingOf(declaredIn(head)); e != nil {
		return e
	}
	return charmap.CodePage037
}

// notReallyUTF8 returns the charset of a body that is valid UTF-8 by chance or by nature: one that only uses 7 bits and
// shifts between alphabets, or a short text of byte pairs.
func notReallyUTF8(body []byte, told, declared string) encoding.Encoding {
	for _, label := range []string{told, declared} {
		e := encodingOf(label)
		switch {
		case shifting[e] && (bytes.ContainsAny(body, "\x0e\x1b") || bytes.Contains(body, []byte("~{"))):
			return e
		case pairs[e] && onlyPairs(body):
			return e
		}
	}
	return nil
}

// onlyPairs tells whether the text has characters beyond ASCII, and UTF-8 would need exactly two bytes for each: a
// Chinese, Japanese or Korean text in UTF-8 needs three.
func onlyPairs(body []byte) bool {
	some := false
	for i := 0; i < len(body); {
		if body[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, size := utf8.DecodeRune(body[i:])
		if size != 2 {
			return false
		}
		some = true
		i += size
	}
	return some
}

// mostlyUTF8 tells whether a body that is not valid UTF-8 is meant to be: nothing else is declared and more of it is
// UTF-8 than not, or something else is declared but hardly a byte is in the way.
func mostlyUTF8(body []byte, told, declared string) bool {
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
	said := encodingOf(told)
	if said == nil || said == charmap.Windows1252 {
		if e := encodingOf(declared); e != nil {
			said = e
		}
	}
	switch said {
	case nil, unicode.UTF8:
		return good >= bad
	}
	return good >= 4 && good >= 8*bad
}

// mendUTF8 replaces what is not UTF-8. A lone byte is most often a letter pasted from a western page.
func mendUTF8(body []byte) []byte {
	out := make([]byte, 0, len(body)+16)
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && size <= 1 {
			r = utf8.RuneError
			if body[i] >= 0xa0 && !continues(body, i-1) && !continues(body, i+1) {
				r = charmap.Windows1252.DecodeByte(body[i])
			}
			size = 1
		}
		out = utf8.AppendRune(out, r)
		i += size
	}
	return out
}

func continues(body []byte, i int) bool { return i >= 0 && i < len(body) && body[i]&0xc0 == 0x80 }

// printable drops the control characters and the non-characters that XML 1.0 section 2.2 forbids.
func printable(text []byte) []byte {
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
	for i < len(text) && (!suspicious[text[i]] || forbidden(i) == 0) {
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

// suspicious are the bytes that what XML forbids begins with.
var suspicious = func() (all [256]bool) {
	for c := range ' ' {
		all[c] = c != '\t' && c != '\n' && c != '\r'
	}
	all[0xef] = true
	return all
}()

var xmlDeclaration = regexp.MustCompile(`^(\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*["']?)([^"'?>\s]*)`)

// sayUTF8 rewrites what the XML declaration says of the charset.
func sayUTF8(text []byte) []byte {
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
