package fetch

import (
	"strings"

	"golang.org/x/net/html"
)

// plain turns markup into plain Unicode text.
func plain(markup string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(markup))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return clean(b.String())
		case html.TextToken:
			b.Write(z.Text())
		}
	}
}

// clean folds white space in text that is already plain.
func clean(text string) string { return strings.Join(strings.Fields(text), " ") }
