package fetch

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/transform"
)

var (
	headerCharset = regexp.MustCompile(`(?i)charset\s*[=:]\s*["']?\s*([^"'\s;,]+)`)
	metaCharset   = regexp.MustCompile(`(?i)<meta\s[^>]{0,200}?charset\s*=\s*["']?\s*([^"'\s;/>]+)`)
)

// charsetOf is the charset that a Content-Type header names, also where the header is not well-formed.
func charsetOf(contentType string) string {
	if m := headerCharset.FindStringSubmatch(contentType); m != nil {
		return m[1]
	}
	return ""
}

// declaredIn is the charset that an XML declaration or, without one, an HTML meta element names.
func declaredIn(body []byte) string {
	if m := xmlDeclaration.FindSubmatch(body[:min(len(body), 512)]); m != nil {
		return string(m[2])
	}
	head := body[:min(len(body), 4096)]
	if bytes.HasPrefix(bytes.TrimSpace(head), []byte("<?xml")) {
		return ""
	}
	if m := metaCharset.FindSubmatch(head); m != nil {
		return string(m[1])
	}
	return ""
}

// shifting are the charsets that write other alphabets with ASCII bytes, between shifts.
var shifting = map[encoding.Encoding]bool{japanese.ISO2022JP: true, simplifiedchinese.HZGB2312: true, iso2022KR{}: true}

// pairs are the charsets that write most of their characters with two bytes.
var pairs = map[encoding.Encoding]bool{
	simplifiedchinese.GBK: true, simplifiedchinese.GB18030: true, traditionalchinese.Big5: true,
	korean.EUCKR: true, japanese.EUCJP: true, japanese.ShiftJIS: true,
}

// encodingOf finds a charset by any of its names; nil: there is none of that name. UTF-7 is not known on purpose: it
// hides markup from those who look for it. UTF-16 and UTF-32 are known by their bytes alone.
func encodingOf(label string) encoding.Encoding {
	name := bare(label)
	if other, ok := aliases[name]; ok {
		name = other
	}
	if e, ok := ours[name]; ok {
		return e
	}
	if table, ok := codepages[name]; ok {
		return codepageOf(name, table)
	}
	for _, try := range []string{strings.TrimSpace(label), name, dashed(name)} {
		if e, err := htmlindex.Get(try); err == nil && e != encoding.Replacement && !strings.HasPrefix(bare(try), "utf16") {
			return e
		}
	}
	for _, try := range []string{strings.TrimSpace(label), name} {
		if e, err := ianaindex.IANA.Encoding(try); err == nil && e != nil && !strings.HasPrefix(bare(try), "utf") {
			return e
		}
	}
	return nil
}

// bare is a charset's name as names are compared: small letters and digits only.
func bare(label string) string {
	return strings.Map(func(r rune) rune {
		r = unicode.ToLower(r)
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, label)
}

// dashed writes the common families as their registered names are written: iso88592 is iso-8859-2, cp1251 is
// windows-1251.
func dashed(name string) string {
	for _, family := range [][2]string{{"iso8859", "iso-8859-"}, {"windows", "windows-"}, {"win", "windows-"}, {"cp125", "windows-125"}, {"koi8", "koi8-"}} {
		if rest, ok := strings.CutPrefix(name, family[0]); ok && rest != "" {
			return family[1] + rest
		}
	}
	return name
}

// ours are the charsets that htmlindex leaves out or reads otherwise.
var ours = map[string]encoding.Encoding{
	"hzgb2312":  simplifiedchinese.HZGB2312,
	"iso2022kr": iso2022KR{},
	"gb18030":   simplifiedchinese.GB18030,
	"ibm037":    charmap.CodePage037,
	"ibm437":    charmap.CodePage437,
	"ibm850":    charmap.CodePage850,
	"ibm852":    charmap.CodePage852,
	"ibm855":    charmap.CodePage855,
	"ibm858":    charmap.CodePage858,
	"ibm860":    charmap.CodePage860,
	"ibm862":    charmap.CodePage862,
	"ibm863":    charmap.CodePage863,
	"ibm865":    charmap.CodePage865,
	"ibm866":    charmap.CodePage866,
	"ibm1047":   charmap.CodePage1047,
	"ibm1140":   charmap.CodePage1140,
}

// aliases lead from other names to those of ours and codepages, or to one that htmlindex knows.
var aliases = func() map[string]string {
	m := map[string]string{
		"ebcdiccpbe": "ibm500", "ebcdiccpch": "ibm500", "ebcdicinternational": "ibm500",
		"ebcdiccpca": "ibm037", "ebcdiccpus": "ibm037", "ebcdiccpwt": "ibm037", "ebcdiccpnl": "ibm037", "ebcdicus": "ibm037",
		"ebcdiccphe": "ibm424", "ebcdiccptr": "ibm1026", "ebcdiccpgr": "ibm875", "ebcdiccpdk": "ibm1140",
		"hz": "hzgb2312", "hzgb": "hzgb2312", "csiso2022kr": "iso2022kr",
		"big5hkscs": "big5", "big5tw": "big5", "csbig5": "big5", "cp950": "big5", "ms950": "big5", "xxbig5": "big5",
		"cp932": "shift_jis", "ms932": "shift_jis", "mskanji": "shift_jis", "windows31j": "shift_jis", "sjis": "shift_jis", "shiftjis": "shift_jis", "xsjis": "shift_jis",
		"eucjp": "euc-jp", "ujis": "euc-jp", "xeucjp": "euc-jp",
		"cp949": "euc-kr", "ms949": "euc-kr", "uhc": "euc-kr", "euckr": "euc-kr", "ksc5601": "euc-kr", "ksc56011987": "euc-kr", "windows949": "euc-kr",
		"cp936": "gbk", "ms936": "gbk", "windows936": "gbk", "euccn": "gbk", "gb2312": "gbk", "gb231280": "gbk", "xgbk": "gbk",
		"iso2022jp1": "iso-2022-jp", "iso2022jp2": "iso-2022-jp", "iso2022jp3": "iso-2022-jp", "iso2022jpext": "iso-2022-jp", "iso2022jp": "iso-2022-jp",
		"macintosh": "macintosh", "macroman": "macintosh", "mac": "macintosh", "xmacroman": "macintosh", "csmacintosh": "macintosh",
		"maccyrillic": "x-mac-cyrillic", "macukrainian": "x-mac-cyrillic", "xmacukrainian": "x-mac-cyrillic",
		"maclatin2": "maccentraleurope", "macce": "maccentraleurope", "xmacce": "maccentraleurope",
		"ruscii": "ibm1125", "cp866u": "ibm1125", "koi8t": "koi8t", "koi8ru": "koi8-u", "koi8r": "koi8-r", "koi8u": "koi8-u", "cskoi8r": "koi8-r", "koi": "koi8-r", "koi8": "koi8-r",
		"pt154": "ptcp154", "cp154": "ptcp154", "csptcp154": "ptcp154", "cyrillicasian": "ptcp154",
		"rk1048": "kz1048", "strk10482002": "kz1048", "roman8": "hproman8", "r8": "hproman8", "cshproman8": "hproman8",
		"tis620": "windows-874", "tis6200": "windows-874", "tis62025290": "windows-874", "iso885911": "windows-874", "cp874": "windows-874", "ibm874": "windows-874", "thai": "windows-874",
		"msansi": "windows-1252", "msee": "windows-1250", "mscyrl": "windows-1251", "msgreek": "windows-1253", "msturk": "windows-1254", "mshebr": "windows-1255", "msarab": "windows-1256", "winbaltrim": "windows-1257",
		"utf8": "utf-8", "u8": "utf-8", "utf": "utf-8", "utf8mb4": "utf-8", "unicode11utf8": "utf-8", "unicode": "utf-8",
		"latin1": "iso-8859-1", "l1": "iso-8859-1", "8859": "iso-8859-1", "88591": "iso-8859-1", "iso88591windows30latin1": "windows-1252", "iso88591windows31latin1": "windows-1252", "ascii": "us-ascii", "usascii": "us-ascii", "646": "us-ascii", "ansi": "windows-1252",
		"latin2": "iso-8859-2", "latin3": "iso-8859-3", "latin4": "iso-8859-4", "latin5": "iso-8859-9", "latin6": "iso-8859-10", "latin7": "iso-8859-13", "latin8": "iso-8859-14", "latin9": "iso-8859-15", "latin0": "iso-8859-15", "latin10": "iso-8859-16",
	}
	for _, page := range []string{
		"037", "273", "424", "437", "500", "720", "737", "775", "850", "852", "855", "856", "857", "858", "860", "861", "862",
		"863", "864", "865", "866", "869", "875", "1006", "1026", "1047", "1125", "1140",
	} {
		for _, prefix := range []string{"", "cp", "cp0", "csibm", "pc", "dos", "oem", "msdos", "ibm0"} {
			if name := prefix + page; m[name] == "" {
				m[name] = "ibm" + page
			}
		}
	}
	for page := '0'; page <= '8'; page++ {
		m["125"+string(page)], m["ibm125"+string(page)] = "windows-125"+string(page), "windows-125"+string(page)
	}
	m["cp0858"], m["ccsid00858"], m["pcmultilingual850euro"] = "ibm858", "ibm858", "ibm858"
	for name, also := range map[string]string{"ibm037": "cp037 ibm39 cp39", "maccentraleurope": "xmaccentraleurroman", "macgreek": "xmacgreek", "macturkish": "xmacturkish", "maciceland": "xmacicelandic", "maccroatian": "xmaccroatian", "macromanian": "xmacromanian", "macarabic": "xmacarabic", "macfarsi": "xmacfarsi"} {
		for other := range strings.FieldsSeq(also) {
			m[other] = name
		}
	}
	return m
}()

// codepage reads one of codepages.
type codepage [256]rune

func codepageOf(name, table string) encoding.Encoding {
	var page codepage
	all := []rune(table)
	for i := range page {
		switch {
		case len(all) == len(page):
			page[i] = all[i]
		case i < len(page)-len(all):
			page[i] = rune(i)
		default:
			page[i] = all[i-(len(page)-len(all))]
		}
	}
	return &page
}

func (p *codepage) NewDecoder() *encoding.Decoder { return &encoding.Decoder{Transformer: p} }
func (p *codepage) NewEncoder() *encoding.Encoder { return encoding.Nop.NewEncoder() }
func (p *codepage) Reset()                        {}

func (p *codepage) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	for _, c := range src {
		r := p[c]
		if nDst+utf8.RuneLen(r) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc++
	}
	return nDst, nSrc, nil
}

// iso2022KR is RFC 1557: EUC-KR with the high bit taken off between a shift out and a shift in.
type iso2022KR struct{}

func (iso2022KR) NewEncoder() *encoding.Encoder { return encoding.Nop.NewEncoder() }

func (iso2022KR) NewDecoder() *encoding.Decoder {
	return &encoding.Decoder{Transformer: transform.Chain(&shiftedKR{}, korean.EUCKR.NewDecoder())}
}

type shiftedKR struct{ out bool }

func (s *shiftedKR) Reset() { s.out = false }

func (s *shiftedKR) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		c := src[nSrc]
		switch {
		case c == 0x0e || c == 0x0f:
			s.out = c == 0x0e
		case c == 0x1b && bytes.HasPrefix(src[nSrc:], []byte("\x1b$)C")):
			nSrc += 3
		case nDst == len(dst):
			return nDst, nSrc, transform.ErrShortDst
		default:
			if s.out && c > 0x20 {
				c |= 0x80
			}
			dst[nDst] = c
			nDst++
		}
		nSrc++
	}
	return nDst, nSrc, nil
}
