package fetch

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

func written(t *testing.T, e encoding.Encoding, text string) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestACharsetIsFoundBySignsThatAreBelievedInOrder(t *testing.T) {
	const ru, ja, ko, zh, fr = "Надёжная очередь", "信頼できるキュー", "안정적인 대기열", "可靠的消息队列", "Une file d’attente sûre"
	doc := func(declared, title string) string {
		if declared != "" {
			declared = ` encoding="` + declared + `"`
		}
		return `<?xml version="1.0"` + declared + `?><rss><channel><title>` + title + `</title></channel></rss>`
	}
	big16, little16 := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	big32, little32 := utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	for _, c := range []struct {
		name, header string
		body         []byte
		want         string
	}{
		{"nothing said, UTF-8", "", []byte(doc("", ru)), ru},
		{"UTF-8 mark, wrong declaration", "", []byte("\xef\xbb\xbf" + doc("iso-8859-1", ru)), ru},
		{"UTF-8, wrong declaration", "", []byte(doc("iso-8859-1", ru)), ru},
		{"UTF-8, wrong header", "text/xml; charset=iso-8859-1", []byte(doc("", ru)), ru},
		{"UTF-8, declared as UTF-16", "", []byte(doc("utf-16", ru)), ru},
		{"declared windows-1251", "", written(t, charmap.Windows1251, doc("windows-1251", ru)), ru},
		{"declared koi8-r", "", written(t, charmap.KOI8R, doc("KOI8-R", ru)), ru},
		{"header alone", "application/xml; charset=windows-1251", written(t, charmap.Windows1251, doc("", ru)), ru},
		{"header against declaration", "application/xml; charset=koi8-r", written(t, charmap.KOI8R, doc("windows-1251", ru)), ru},
		{"the header's western default against a declaration", "text/xml; charset=ISO-8859-1", written(t, charmap.Windows1251, doc("windows-1251", ru)), ru},
		{"header that cannot be right", "text/xml; charset=utf-8", written(t, charmap.Windows1251, doc("windows-1251", ru)), ru},
		{"header in odd writing", `text/xml; Charset: "windows-1251"; x`, written(t, charmap.Windows1251, doc("", ru)), ru},
		{"unknown header", "text/xml; charset=klingon", written(t, charmap.Windows1251, doc("windows-1251", ru)), ru},
		{"unknown declaration", "", written(t, charmap.Windows1252, doc("klingon", fr)), fr},
		{"nothing said, western", "", written(t, charmap.Windows1252, doc("", fr)), fr},
		{"latin1 holds the quotes of windows-1252", "", written(t, charmap.Windows1252, doc("ISO-8859-1", fr)), fr},
		{"shift_jis", "", written(t, japanese.ShiftJIS, doc("Shift_JIS", ja)), ja},
		{"euc-jp", "", written(t, japanese.EUCJP, doc("x-euc-jp", ja)), ja},
		{"iso-2022-jp, all of 7 bits", "", written(t, japanese.ISO2022JP, doc("iso-2022-jp", ja)), ja},
		{"euc-kr under its old name", "", written(t, korean.EUCKR, doc("ks_c_5601-1987", ko)), ko},
		{"gb2312", "", written(t, simplifiedchinese.GBK, doc("gb2312", zh)), zh},
		{"gb18030", "", written(t, simplifiedchinese.GB18030, doc("GB18030", zh)), zh},
		{"hz", "", written(t, simplifiedchinese.HZGB2312, doc("hz-gb-2312", zh)), zh},
		{"big5", "application/xml; charset=big5-hkscs", written(t, traditionalchinese.Big5, doc("", "可靠的訊息")), "可靠的訊息"},
		{"iso-2022-kr", "", []byte(doc("iso-2022-kr", "\x0e>H3g\x0f ok")), "안녕 ok"},
		{"two characters of GBK that are UTF-8 by chance", "", []byte(doc("gb2312", "\xc4\xa3\xca\xbd")), "模式"},
		{"EBCDIC", "", written(t, charmap.CodePage037, doc("ibm037", "Queues")), "Queues"},
		{"EBCDIC of another country", "", []byte("\x4c\x6f\xa7\x94\x93\x40\xa5\x85\x99\xa2\x89\x96\x95\x7e\x7f\xf1\x4b\xf0\x7f\x40\x85\x95\x83\x96\x84\x89\x95\x87\x7e\x7f\x83\x97\xf5\xf0\xf0\x7f\x6f\x6e\x4a"), "["},
		{"declared as EBCDIC, which it cannot be", "", []byte(doc("cp500", "caf\xe9")), "café"},
		{"cp437", "", []byte(doc("cp437", "caf\x82")), "café"},
		{"cp737 from a table of ours", "", []byte(doc("cp737", "\x80\x81")), "ΑΒ"},
		{"mac roman", "", written(t, charmap.Macintosh, doc("macintosh", "café")), "café"},
		{"mac greek", "", []byte(doc("x-mac-greek", "caf\x8e")), "café"},
		{"UTF-16 with mark", "", append([]byte("\xff\xfe"), written(t, little16, doc("utf-16", ru))...), ru},
		{"UTF-16 big with mark", "", append([]byte("\xfe\xff"), written(t, big16, doc("utf-16", ru))...), ru},
		{"UTF-16 without mark", "", written(t, little16, doc("utf-16", ru)), ru},
		{"UTF-16 big without mark", "", written(t, big16, doc("", ru)), ru},
		{"UTF-16 declared as UTF-8", "text/xml; charset=utf-8", written(t, little16, doc("utf-8", ru)), ru},
		{"UTF-32 with mark", "", append([]byte("\xff\xfe\x00\x00"), written(t, little32, doc("", ru))...), ru},
		{"UTF-32 without mark", "", written(t, big32, doc("csUCS4", ru)), ru},
		{"UTF-16 of JSON", "", written(t, little16, `{"title":"`+ru+`"}`), ru},
		{"HTML names it in meta", "text/html", written(t, charmap.Windows1251, `<html><head><meta http-equiv=content-type content="text/html; charset=windows-1251"><title>`+ru), ru},
		{"one stray byte in UTF-8", "", []byte(doc("utf-8", ru+" caf\xe9")), ru + " café"},
		{"one stray byte in what says nothing", "", []byte(doc("", ru+" caf\xe9 ")), ru + " café "},
		{"UTF-8 declared as latin1 and cut off within a character", "", []byte(doc("iso-8859-1", ru) + "п\xd0"), ru},
		{"UTF-7 stays what it is", "", []byte(doc("utf-7", "+ADw-script+AD4-")), "+ADw-script+AD4-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := string(decode(c.body, c.header))
			if !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q in it", got, c.want)
			}
			if m := xmlDeclaration.FindStringSubmatch(got); m != nil && !strings.EqualFold(m[2], "utf-8") {
				t.Errorf("still declared as %q", m[2])
			}
		})
	}
}

func TestControlCharactersDoNotPassTheDecoder(t *testing.T) {
	got := string(decode([]byte("<a>\x00x\x1b[31m\ty\uffff\ufffe\r\nz</a>"), ""))
	if want := "<a>x[31m\ty\r\nz</a>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEveryNameOfACodePageLeadsToOne(t *testing.T) {
	for _, name := range []string{
		"IBM437", "cp-850", "852", "cp855", "IBM857", "858", "cp860", "861", "862", "863", "864", "865", "866", "869",
		"cp037", "EBCDIC-CP-US", "cp424", "ebcdic-cp-he", "IBM500", "ebcdic-cp-be", "cp775", "cp875", "cp1006", "cp1026", "cp1125", "cp1140", "cp1047",
		"windows-1250", "cp1251", "win-1252", "windows1253", "1254", "ms-hebr", "cp1256", "cp1257", "cp1258", "cp874", "TIS-620", "iso-8859-11",
		"iso8859-2", "ISO_8859-3:1988", "latin4", "iso-8859-5", "arabic", "greek", "hebrew", "latin5", "latin6", "iso-8859-13", "iso-8859-14", "latin9", "iso-8859-16",
		"koi8-r", "koi8-u", "koi8-ru", "KOI8_R", "mac", "macroman", "mac-cyrillic", "mac-greek", "mac-turkish", "mac-iceland", "mac-latin2", "x-mac-ce",
		"ptcp154", "hp-roman8", "johab-not", "big5", "big5-hkscs", "euc-jp", "ujis", "shift_jis", "sjis", "cp932", "iso-2022-jp", "euc-kr", "cp949", "uhc", "gb2312", "gbk", "gb18030", "hz", "us-ascii", "utf8", "utf_8",
	} {
		if e := encodingOf(name); (e == nil) != (name == "johab-not") {
			t.Errorf("%s: %v", name, e)
		}
	}
	for _, name := range []string{"", "utf-7", "utf-16", "replacement", "x-user-thing", "base64"} {
		if e := encodingOf(name); e != nil {
			t.Errorf("%q: %v", name, e)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("<?xml version='1.0' encoding='gbk'?><a>\xc4\xa3</a>"), "text/xml; charset=utf-8")
	f.Add([]byte("\xff\xfe<\x00a\x00"), "")
	f.Add([]byte("\x1b$B?.Mj\x1b(B"), "x; charset=iso-2022-jp")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		text := decode(body, contentType)
		if !utf8.Valid(text) {
			t.Fatalf("not UTF-8: %q", text)
		}
		for _, r := range string(text) {
			if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
				t.Fatalf("%U passed", r)
			}
		}
		if len(text) > 8*len(body)+16 {
			t.Fatalf("%d bytes became %d", len(body), len(text))
		}
	})
}
