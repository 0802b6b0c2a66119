package list

import (
	"net/url"
	"strings"
	"testing"

	"broadsheet"
	"broadsheet/fetch/extract"
)

func TestAPageThatIsTooMuchForASelectorIsRefused(t *testing.T) {
	deep := strings.Repeat(strings.Repeat("<div>", 400)+`<a href="/x">A title of it</a>`+strings.Repeat("</div>", 400), 20)
	long := "<ul>" + strings.Repeat(`<li><a href="/x">A title of it</a></li>`, 50_000) + "</ul>"
	u, _ := url.Parse("https://example.com/")
	for _, test := range []struct{ page, items, want string }{
		{deep, ".none div div div div a", "could take hours"},
		{deep, "div > a", ""},
		{deep, "div a", ""},
		{long, "li:nth-child(2n)", ""},
		{long, "h2 ~ li", "matches nothing"},
		{long, "h2 ~ p ~ li", "matches nothing"},
	} {
		_, err := Parse([]byte(test.page), "text/html", u, broadsheet.Source{Items: test.items})
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v", test.items, err)
		}
	}
	for selector, want := range map[string]int{"li ~ li": 2_000, "li ~ li ~ li": 400, "li": 50_000} {
		page := extract.ParseHTML([]byte(long))
		if err := extract.PrepareForSelectors(page, selector); err != nil {
			t.Error(err)
		}
		items := 0
		for n := range page.Descendants() {
			if n.Data == "li" {
				items++
			}
		}
		if items != want {
			t.Errorf("%s: %d items are left, want %d", selector, items, want)
		}
	}
}
