//go:build scaling

package main

import (
	"testing"

	"broadsheet/internal/scaletest"
)

func TestScaling_ReadOPML(t *testing.T) {
	for name, part := range map[string][3]string{
		"outlines":     {"<opml><body>", `<outline text="x#" xmlUrl="https://a.example/#"/>`, "</body></opml>"},
		"attributes":   {"<opml><body><outline ", `a#="x" `, "/></body></opml>"},
		"one again":    {"<opml><body><outline ", `a="x" `, "/></body></opml>"},
		"namespaces":   {"<opml ", `xmlns:n#="http://a" `, "><body></body></opml>"},
		"nested":       {"<opml><body>", `<outline text="x">`, ""},
		"categories":   {`<opml><body><outline xmlUrl="https://a.example/" category="`, "a#,", `"/></body></opml>`},
		"never closed": {"<opml><body>", `<outline text="`, ""},
		"comments":     {"<opml><body>", "<!-- x -->", ""},
		"ampersands":   {"<opml><body><outline text='", "&", "'/></body></opml>"},
		"references":   {"<opml><body><outline text='", "&#1;&#x41;", "'/></body></opml>"},
		"controls":     {"<opml><body>", "\x01\xff", "</body></opml>"},
		"declaration":  {"<?xml ", " encoding = ", "<opml>"},
		"end tags":     {"<opml><body>", "</outline>", ""},
		"sections":     {"<opml><body>", "<![CDATA[]]>", ""},
	} {
		t.Run(name, func(t *testing.T) {
			scaletest.Linear(t, scaletest.Between(part[0], part[1], part[2]), func(list string) { readOPML([]byte(list)) })
		})
	}
}
