package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"broadsheet/internal/config"
)

// TestAddAll_LongList has more feeds than could be added if the file were parsed for each of them, and some that
// cannot be added: only these are left out, and each is reported. There are 3,000 in long mode, otherwise 900.
func TestAddAll_LongList(t *testing.T) {
	t.Parallel()
	many := 900
	if longMode {
		many = 3000
	}
	var feeds []subscription
	for i := range many {
		f := subscription{address: fmt.Sprintf("https://blog%d.example/feed", i), name: fmt.Sprintf("Blog %d", i)}
		if i%(many/3) == many/6 {
			f.address = fmt.Sprintf("ftp://blog%d.example/feed", i)
		}
		if i%2 == 1 {
			f.folders = []string{"Odd"}
		}
		feeds = append(feeds, f)
	}
	text, added, refused := addAll(textToEdit(nil), config.Config{}, feeds)
	if added != many-3 || len(refused) != 3 {
		t.Fatalf("%d added, left out: %q", added, refused)
	}
	for i, n := range []int{many / 6, many / 2, many * 5 / 6} {
		if !strings.HasPrefix(refused[i], fmt.Sprintf("Blog %d: left out: ", n)) {
			t.Errorf("left out: %s", refused[i])
		}
	}
	c, err := config.Parse("feeds.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Sources) != added || len(c.Groups) != 1 {
		t.Errorf("%d sources under %q", len(c.Sources), c.Groups)
	}
}

func TestReadOPML(t *testing.T) {
	utf16 := []byte("\xff\xfe")
	for _, r := range `<opml version="2.0"><body><outline text="Ж" xmlUrl="https://a.example/"/></body></opml>` {
		utf16 = append(utf16, byte(r), byte(r>>8))
	}
	for _, c := range []struct{ name, list, want string }{
		{"OPML 1", `<opml version="1.0"><head/><body><outline text="A" type="rss" xmlUrl="https://a.example/"/></body></opml>`, "A https://a.example/"},
		{"by url alone", `<opml><body><outline text="A" type="RSS" url="https://a.example/"/></body></opml>`, "A https://a.example/"},
		{"upper case, bare ampersands", `<OPML><BODY><OUTLINE TITLE='A & B' XMLURL='https://a.example/?x=1&y=2'/></BODY></OPML>`, "A & B https://a.example/?x=1&y=2"},
		{"nested", `<opml><body><outline text="X"><outline text="Y"><outline xmlUrl="https://a.example/"/></outline></outline><outline xmlUrl="https://b.example/"/></body></opml>`, "X/Y https://a.example/\n https://b.example/"},
		{"a feed that holds feeds", `<opml><body><outline text="X" xmlUrl="https://x.example/"><outline text="Y" xmlUrl="https://a.example/"/></outline></body></opml>`, "X https://x.example/\nY https://a.example/"},
		{"windows-1252", "<?xml version='1.0' encoding='windows-1252'?><opml><body><outline text='Caf\xe9' xmlUrl='https://a.example/'/></body></opml>", "Café https://a.example/"},
		{"UTF-16", string(utf16), "Ж https://a.example/"},
		{"UTF-8 called something else", "<?xml version='1.0' encoding='iso-8859-1'?><opml><body><outline text='Café' xmlUrl='https://a.example/'/></body></opml>", "Café https://a.example/"},
		{"feed scheme", `<opml><body><outline text="A" xmlUrl="feed:https://a.example/"/></body></opml>`, "A https://a.example/"},
		{"a document type without more", `<!DOCTYPE opml SYSTEM "opml.dtd"><opml><body><outline text="A" xmlUrl="https://a.example/"/></body></opml>`, "A https://a.example/"},
	} {
		feeds, _, err := readOPML([]byte(c.list))
		var got []string
		for _, f := range feeds {
			got = append(got, strings.Join(append(f.folders, f.name), "/")+" "+f.address)
		}
		joined := strings.ReplaceAll(strings.Join(got, "\n"), "X/Y/ ", "X/Y ")
		if err != nil || joined != c.want {
			t.Errorf("%s: %q, %v, want %q", c.name, joined, err, c.want)
		}
	}
}

func TestReadOPML_Hostile(t *testing.T) {
	for name, list := range map[string]string{
		"entities":   `<!DOCTYPE opml [<!ENTITY a "x">]><opml/>`,
		"too deep":   "<opml><body>" + strings.Repeat(`<outline text="x">`, 100) + strings.Repeat("</outline>", 100) + "</body></opml>",
		"too many":   "<opml><body>" + strings.Repeat(`<outline text="x"/>`, maxOutlines+1) + "</body></opml>",
		"cut off":    `<opml><body><outline text="x"`,
		"no OPML":    `<rss/>`,
		"nothing":    "",
		"bytes":      "\x00\x01\x02",
		"only ended": "</opml>",
	} {
		if _, _, err := readOPML([]byte(list)); err == nil {
			t.Errorf("%s: it is read", name)
		}
	}
}

func FuzzReadOPML(f *testing.F) {
	f.Add([]byte(`<opml><body><outline text="&#7;a" xmlUrl="https://a.example/"/></body></opml>`))
	f.Fuzz(func(t *testing.T, list []byte) {
		feeds, _, err := readOPML(list)
		if err != nil {
			return
		}
		text, _, _ := addAll(textToEdit(nil), config.Config{}, feeds[:min(len(feeds), 5)])
		if bytes.ContainsRune(text, 0) {
			t.Fatalf("%q", text)
		}
	})
}
