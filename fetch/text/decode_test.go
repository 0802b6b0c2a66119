package text

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

// encode returns text in the given encoding.
func encode(t *testing.T, e encoding.Encoding, text string) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecode(t *testing.T) {
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
		{"undeclared UTF-8", "", []byte(doc("", ru)), ru},
		{"UTF-8 with byte order mark, wrong declaration", "", []byte("\xef\xbb\xbf" + doc("iso-8859-1", ru)), ru},
		{"UTF-8, wrong declaration", "", []byte(doc("iso-8859-1", ru)), ru},
		{"UTF-8, wrong header", "text/xml; charset=iso-8859-1", []byte(doc("", ru)), ru},
		{"UTF-8, declared as UTF-16", "", []byte(doc("utf-16", ru)), ru},
		{"declared windows-1251", "", encode(t, charmap.Windows1251, doc("windows-1251", ru)), ru},
		{"declared koi8-r", "", encode(t, charmap.KOI8R, doc("KOI8-R", ru)), ru},
		{"header alone", "application/xml; charset=windows-1251", encode(t, charmap.Windows1251, doc("", ru)), ru},
		{"header preferred to declaration", "application/xml; charset=koi8-r", encode(t, charmap.KOI8R, doc("windows-1251", ru)), ru},
		{"declaration preferred to the header's western default", "text/xml; charset=ISO-8859-1", encode(t, charmap.Windows1251, doc("windows-1251", ru)), ru},
		{"header that cannot be right", "text/xml; charset=utf-8", encode(t, charmap.Windows1251, doc("windows-1251", ru)), ru},
		{"header in unusual syntax", `text/xml; Charset: "windows-1251"; x`, encode(t, charmap.Windows1251, doc("", ru)), ru},
		{"unknown header", "text/xml; charset=klingon", encode(t, charmap.Windows1251, doc("windows-1251", ru)), ru},
		{"unknown declaration", "", encode(t, charmap.Windows1252, doc("klingon", fr)), fr},
		{"undeclared windows-1252", "", encode(t, charmap.Windows1252, doc("", fr)), fr},
		{"Latin-1 label means windows-1252", "", encode(t, charmap.Windows1252, doc("ISO-8859-1", fr)), fr},
		{"shift_jis", "", encode(t, japanese.ShiftJIS, doc("Shift_JIS", ja)), ja},
		{"euc-jp", "", encode(t, japanese.EUCJP, doc("x-euc-jp", ja)), ja},
		{"iso-2022-jp, all of 7 bits", "", encode(t, japanese.ISO2022JP, doc("iso-2022-jp", ja)), ja},
		{"euc-kr under its old name", "", encode(t, korean.EUCKR, doc("ks_c_5601-1987", ko)), ko},
		{"gb2312", "", encode(t, simplifiedchinese.GBK, doc("gb2312", zh)), zh},
		{"gb18030", "", encode(t, simplifiedchinese.GB18030, doc("GB18030", zh)), zh},
		{"big5", "application/xml; charset=big5-hkscs", encode(t, traditionalchinese.Big5, doc("", "可靠的訊息")), "可靠的訊息"},
		{"mac roman", "", encode(t, charmap.Macintosh, doc("macintosh", "café")), "café"},
		{"UTF-16 with byte order mark", "", append([]byte("\xff\xfe"), encode(t, little16, doc("utf-16", ru))...), ru},
		{"UTF-16 big-endian with byte order mark", "", append([]byte("\xfe\xff"), encode(t, big16, doc("utf-16", ru))...), ru},
		{"UTF-16 without byte order mark", "", encode(t, little16, doc("utf-16", ru)), ru},
		{"UTF-16 big-endian without byte order mark", "", encode(t, big16, doc("", ru)), ru},
		{"UTF-16 declared as UTF-8", "text/xml; charset=utf-8", encode(t, little16, doc("utf-8", ru)), ru},
		{"UTF-32 with byte order mark", "", append([]byte("\xff\xfe\x00\x00"), encode(t, little32, doc("", ru))...), ru},
		{"UTF-32 without byte order mark", "", encode(t, big32, doc("csUCS4", ru)), ru},
		{"UTF-16 of JSON", "", encode(t, little16, `{"title":"`+ru+`"}`), ru},
		{"HTML meta element", "text/html", encode(t, charmap.Windows1251, `<html><head><meta http-equiv=content-type content="text/html; charset=windows-1251"><title>`+ru), ru},
		{"one stray byte in UTF-8", "", []byte(doc("utf-8", ru+" caf\xe9")), ru + " café"},
		{"one stray byte in undeclared UTF-8", "", []byte(doc("", ru+" caf\xe9 ")), ru + " café "},
		{"UTF-8 declared as Latin-1 and cut off within a character", "", []byte(doc("iso-8859-1", ru) + "п\xd0"), ru},
		{"UTF-7 is not decoded", "", []byte(doc("utf-7", "+ADw-script+AD4-")), "+ADw-script+AD4-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := string(Decode(c.body, c.header))
			if !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q in it", got, c.want)
			}
			if m := xmlDeclaration.FindStringSubmatch(got); m != nil && !strings.EqualFold(m[2], "utf-8") {
				t.Errorf("the declaration still says %q", m[2])
			}
		})
	}
}

func TestDecode_DropsForbiddenCharacters(t *testing.T) {
	got := string(Decode([]byte("<a>\x00x\x1b[31m\ty\uffff\ufffe\r\nz</a>"), ""))
	if want := "<a>x[31m\ty\r\nz</a>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestDecode_DetectsUndeclaredCharset checks bodies that name no charset. Western text, and texts too short to tell, are
// decoded as windows-1252, as browsers do.
func TestDecode_DetectsUndeclaredCharset(t *testing.T) {
	const (
		ru = "Как мы перенесли базу данных на новую архитектуру и не потеряли ни одного запроса"
		ja = "新しい分散データベースの設計について説明します。毎秒数百万のリクエストを処理します"
		ko = "새로운 분산 데이터베이스의 설계에 대해 설명합니다. 초당 수백만 건의 요청을 처리합니다"
		zh = "我们介绍新的分布式数据库的设计。我们的系统每秒处理数百万个请求"
		de = "Wie wir unsere Datenbank für große Verkehrsspitzen umgebaut haben – über Änderungen, Größe, Höhe und Übergänge"
		fr = "Comment nous avons déménagé notre base de données, où, quand et pourquoi l’équipe a été très étonnée à côté"
	)
	for _, c := range []struct {
		name string
		e    encoding.Encoding
		text string
	}{
		{"windows-1251", charmap.Windows1251, ru},
		{"KOI8-R", charmap.KOI8R, ru},
		{"Shift_JIS", japanese.ShiftJIS, ja},
		{"EUC-JP", japanese.EUCJP, ja},
		{"EUC-KR", korean.EUCKR, ko},
		{"GB2312", simplifiedchinese.GBK, zh},
		{"German in windows-1252", charmap.Windows1252, de},
		{"French in windows-1252", charmap.Windows1252, fr},
		{"short windows-1252", charmap.Windows1252, "Café – naïve"},
		{"quotes alone", charmap.Windows1252, "It’s here – now, “really”"},
	} {
		body := encode(t, c.e, "<rss><channel><title>Engineering</title><item><title>"+c.text+"</title><link>https://example.org/a</link></item></channel></rss>")
		if got := string(Decode(body, "text/xml")); !strings.Contains(got, "<title>"+c.text+"</title>") {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("<?xml version='1.0' encoding='gbk'?><a>\xc4\xa3</a>"), "text/xml; charset=utf-8")
	f.Add([]byte("\xff\xfe<\x00a\x00"), "")
	f.Add([]byte("\x1b$B?.Mj\x1b(B"), "x; charset=iso-2022-jp")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		text := Decode(body, contentType)
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
