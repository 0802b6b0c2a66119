package rules

import (
	"testing"

	"broadsheet"
	"broadsheet/internal/config"
)

func TestJudge_CompanyOfLink(t *testing.T) {
	r := New(config.Config{Companies: []config.Company{{Name: "Our Shop", Links: []string{"shop.example", "medium.com/our-shop-stories"}}, {Name: "Flix", Links: []string{"netflixtechblog.com"}}}})
	for link, company := range map[string]string{
		// listed in feeds.yaml, which takes precedence
		"https://tech.shop.example/2024/1":        "Our Shop",
		"https://medium.com/our-shop-stories/a-1": "Our Shop",
		"https://netflixtechblog.com/a-b-1":       "Flix",
		// built in
		"https://engineering.atspotify.com/2021/01/x/":            "Spotify",
		"https://medium.com/airbnb-engineering/chronos-f05d7d":    "Airbnb",
		"https://eng.uber.com/peloton/":                           "Uber",
		"https://www.uber.com/en-DE/blog/peloton/":                "Uber",
		"https://github.com/Netflix/zuul":                         "Netflix",
		"https://www.youtube.com/@UberEngineering/videos":         "Uber",
		"https://medium.com/@Pinterest_Engineering/tracing-a4f8a": "Pinterest",
		"https://engineering.fb.com/2023/05/01/data/x/":           "Meta",
		"https://engineering.fb.com/2013/06/25/core-data/tao/":    "Facebook",
		"https://blog.hotstar.com/scaling-1":                      "Hotstar",
		"https://instagram-engineering.tumblr.com/post/1":         "Instagram",
		// recognised as an engineering blog by the host, path or handle
		"https://tech.acme-widgets.com/2020/1":            "Acme Widgets",
		"https://acmetechblog.com/1":                      "Acme",
		"https://acme.engineering/1":                      "Acme",
		"https://www.acme.co.uk/engineering/1":            "Acme",
		"https://www.acme.com/blog/engineering/1":         "Acme",
		"https://medium.com/acme-tech-blog/1":             "Acme",
		"https://acme-engineering.medium.com/1":           "Acme",
		"https://www.slideshare.net/AcmeEngineering/deck": "Acme",
		"https://blog.acme.io/1":                          "Acme",
		// not recognised
		"https://www.youtube.com/watch?v=MDuagr729aU":        "",
		"https://www.slideshare.net/MikeSvoboda/distributed": "",
		"https://medium.com/@somebody/a-story":               "",
		"https://medium.com/better-programming/a-story":      "",
		"https://github.com/somebody/tool":                   "",
		"https://somebody.github.io/posts/raft":              "",
		"https://docs.google.com/document/d/1":               "",
		"https://www.infoq.com/presentations/canopy":         "",
		"https://blog.bytebytego.com/p/how-netflix":          "",
		"https://martin.kleppmann.com/2016/02/08/locks.html": "",
		"https://brooker.co.za/blog/2024/1":                  "",
		"https://blog.acolyer.org/2015/02/13/chubby/":        "",
		"https://127.0.0.1/engineering/x":                    "",
		"http://localhost/engineering/x":                     "",
		"not a link":                                         "",
		"":                                                   "",
	} {
		if got := r.Judge(broadsheet.Article{Link: link}, broadsheet.Source{}).Company; got != company {
			t.Errorf("%s: got %q, want %q", link, got, company)
		}
	}
}

func TestJudge_CompanyOfAuthorsOwnDomain(t *testing.T) {
	r := New(config.Config{})
	a := broadsheet.Article{Link: "https://blog.nelhage.com/post/1", Authors: []string{"Nelson Elhage"}}
	if got := r.Judge(a, broadsheet.Source{}).Company; got != "" {
		t.Errorf("got %q", got)
	}
}

func TestJudge_CompanyInTitle(t *testing.T) {
	r := New(config.Config{})
	for title, company := range map[string]string{
		"Distributed locking at Netflix":  "Netflix",
		"How Riot Games routes messages":  "Riot Games",
		"Inside Uber’s dispatch":          "Uber",
		"Stripe's API, ten years on":      "Stripe",
		"Scaling at eBay: part 2":         "eBay",
		"Postgres at Netflix and at Uber": "", // of two companies, neither
		"A box at rest":                   "",
		"Cutting slack at box size":       "",
		"Why I left":                      "",
		"How we use Redis":                "",
		"at":                              "",
	} {
		a := broadsheet.Article{Link: "https://blog.acolyer.org/1", Title: title}
		if got := r.Judge(a, broadsheet.Source{}).Company; got != company {
			t.Errorf("%q: got %q, want %q", title, got, company)
		}
	}
	if got := r.Judge(broadsheet.Article{Title: "Scaling at Uber"}, broadsheet.Source{Company: "Lyft"}).Company; got != "Lyft" {
		t.Errorf("the source says Lyft, got %q", got)
	}
}
