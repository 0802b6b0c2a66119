package main

import (
	"testing"

	"broadsheet/internal/lineartest"
)

func TestTimeIsLinear(t *testing.T) {
	lineartest.Run(t, "OPML", 200_000, lineartest.Shapes{
		"outlines":           lineartest.Count("<opml><body>", "<outline xmlUrl='https://a.example/%d'/>", "</body></opml>"),
		"nested":             lineartest.Repeat("<opml><body>", "<outline text='a'>", ""),
		"attributes":         lineartest.Count("<opml><body><outline", " a%d='1'", "/></body></opml>"),
		"text":               lineartest.Repeat("<opml>", "text ", "</opml>"),
		"ampersands":         lineartest.Repeat("<opml><body><outline text='", "&", "'/></body></opml>"),
		"references":         lineartest.Repeat("<opml><body><outline text='", "&#x1;", "'/></body></opml>"),
		"brackets":           lineartest.Repeat("<opml>", "<", ""),
		"comments":           lineartest.Repeat("<opml>", "<!-- -->", "</opml>"),
		"declarations":       lineartest.Repeat("<?xml ", "encoding ", "?><opml/>"),
		"entity definitions": lineartest.Count("<!DOCTYPE opml [", "<!ENTITY e%d 'x'>", "]><opml/>"),
	}, func(text string) { _, _, _ = readOPML([]byte(text)) })
}
