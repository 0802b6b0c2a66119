package publish

import (
	"path/filepath"
	"strings"
	"testing"

	"broadsheet/internal/config"
)

// TestWrite_CompanyChangeRewritesOnlyPagesNamingIt adds and removes companies. Pages of other days stay, since one more source
// must not cost a new rendering of the whole archive.
func TestWrite_CompanyChangeRewritesOnlyPagesNamingIt(t *testing.T) {
	dir, src, conf := t.TempDir(), editionSourceOf(testEditions()), testConfig()
	write(t, dir, conf, src)
	days := func(changed []string) (pages []string) {
		for _, name := range changed {
			if ok, _ := filepath.Match("20*/*/*/index.html", name); ok {
				pages = append(pages, name)
			}
		}
		return pages
	}
	look := func() string {
		p, err := newPublisher(conf, src)
		if err != nil {
			t.Fatal(err)
		}
		return p.renderHash
	}
	before := look()
	conf.Companies = append(conf.Companies, config.Company{Name: "Newcomer"})
	if look() != before {
		t.Error("a company that no edition names makes every page anew")
	}
	changed := write(t, dir, conf, src)
	if pages := days(changed); len(pages) > 0 {
		t.Errorf("a company that no edition names wrote %q again", pages)
	}
	if !strings.Contains(strings.Join(changed, " "), "companies/newcomer/index.html") {
		t.Errorf("its page is not among %q", changed)
	}

	named := 0
	for _, e := range testEditions() {
		for _, pick := range e.Picks {
			if pick.Company == "McBurger" {
				named++
				break
			}
		}
	}
	conf.Companies = conf.Companies[1:] // McBurger is gone
	for i := range src.Sources {
		src.Sources[i].Company = ""
	}
	pages := days(write(t, dir, conf, src))
	if len(pages) == 0 || named == 0 {
		t.Fatalf("%d editions name McBurger, %q were written again", named, pages)
	}
	files, _ := readTree(t, dir)
	for name, text := range files {
		if ok, _ := filepath.Match("20*/*/*/index.html", name); ok && strings.Contains(text, "companies/mcburger/") {
			t.Errorf("%s leads to a page that is not made any more", name)
		}
	}
}
