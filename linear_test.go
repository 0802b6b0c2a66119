package broadsheet

import (
	"testing"
	"time"

	"broadsheet/internal/lineartest"
)

// TestTimeIsLinear holds the rules that read texts and addresses of strangers to a time that grows with their length.
func TestTimeIsLinear(t *testing.T) {
	b, err := NewBoilerplate(nil)
	if err != nil {
		t.Fatal(err)
	}
	config, err := ParseConfig("feeds.yaml", DefaultFeeds)
	if err != nil {
		t.Fatal(err)
	}
	rules, source := NewRules(config), Source{Kind: KindFeed, URL: "https://blog.example/feed"}
	texts := lineartest.Shapes{
		"sentences":           lineartest.Count("", "This is sentence %d of a text. ", ""),
		"one word":            lineartest.Repeat("", "w", ""),
		"one sentence":        lineartest.Repeat("", "word ", ""),
		"full stops":          lineartest.Repeat("", ".", ""),
		"abbreviations":       lineartest.Repeat("", "e.g. i.e. ", ""),
		"paragraphs":          lineartest.Count("", "Paragraph %d has a few words.\n\n", ""),
		"bylines":             lineartest.Repeat("", "By A. Writer\n\n5 min read\n\nShare this\n\n", ""),
		"pleas in a row":      lineartest.Repeat("", "Subscribe to our newsletter. Follow us on Twitter. ", ""),
		"same words":          lineartest.Repeat("", "Same words in each paragraph\n\n", ""),
		"quotes":              lineartest.Repeat("", "“", ""),
		"Chinese":             lineartest.Repeat("", "分布式系统的设计。", ""),
		"Thai":                lineartest.Repeat("", "ระบบกระจาย", ""),
		"combining":           lineartest.Repeat("e", "\u0301", ""),
		"capitals":            lineartest.Repeat("", "AWS S3 At Netflix ", ""),
		"brackets":            lineartest.Repeat("", "[(", ""),
		"blanks":              lineartest.Repeat("", " \n", "x"),
		"topics":              lineartest.Repeat("", "database cache queue replication consensus ", ""),
		"beginnings of rules": lineartest.Repeat("", "storage storage storage ", ""),
		"numbers":             lineartest.Count("", "part %d of %[1]d ", ""),
	}
	links := lineartest.Shapes{
		"segments":   lineartest.Repeat("https://blog.example/", "a/", ""),
		"dots":       lineartest.Repeat("https://blog.example/", "../", ""),
		"parameters": lineartest.Count("https://blog.example/?", "p%d=1&", ""),
		"same":       lineartest.Repeat("https://blog.example/?", "p=1&", ""),
		"tracking":   lineartest.Repeat("https://blog.example/?", "utm_source=x&", ""),
		"nested":     lineartest.Repeat("https://www.google.com/url?q=", "https://www.google.com/url?q=", ""),
		"escaped":    lineartest.Repeat("https://blog.example/", "%25", ""),
		"labels":     lineartest.Repeat("https://", "a.", "example/"),
		"semicolons": lineartest.Repeat("https://blog.example/", ";jsessionid=1", ""),
		"fragments":  lineartest.Repeat("https://blog.example/", "#", ""),
		"secrets":    lineartest.Repeat("https://blog.example/?", "token=abcdef&", ""),
		"users":      lineartest.Repeat("https://", "a:b@", "blog.example/"),
	}
	for name, parse := range map[string]func(text string){
		"excerpt of a text":    func(text string) { b.Best("A title", "", Page{Text: text}, nil) },
		"excerpt of a summary": func(text string) { b.Best("A title", "", Page{}, []Sighting{{Summary: text}}) },
		"words":                func(text string) { Words(text) },
		"fingerprint":          func(text string) { NewWork("A title", "https://blog.example/a", text, time.Time{}) },
		"fingerprint's title":  func(text string) { NewWork(text, "https://blog.example/a", "", time.Time{}) },
		"score": func(text string) {
			rules.Judge(Article{Title: text, Text: text, Link: "https://blog.example/a"}, source)
		},
		"secrets in a text": func(text string) { RedactText(text) },
	} {
		lineartest.Run(t, name, 60_000, texts, parse)
	}
	for name, parse := range map[string]func(text string){
		"key of a link":     func(text string) { LinkKey(text) },
		"site of a link":    func(text string) { Site(text) },
		"link as shown":     func(text string) { ShownLink(text) },
		"company of a link": func(text string) { rules.Judge(Article{Title: "t", Link: text}, source) },
		"secrets of a link": func(text string) { RedactAddress(text) },
		"private link":      func(text string) { PrivateLink(text) },
	} {
		lineartest.Run(t, name, 1_024, links, parse) // fetch keeps no link of more than 4,096 bytes
	}
}
