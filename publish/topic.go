package publish

import (
	"cmp"
	"slices"
	"strings"

	"broadsheet/internal/config"
)

// topicPage is what a page gathers picks under: a topic or a company.
type topicPage struct {
	Name  string // as picks name it
	Label string // as shown
	Path  string // of its page, from the top: "topics/databases/"; empty: it has none

	Company bool
	count   int // picks on its page
}

// topicPages are the topics in the order of feeds.yaml.
func topicPages(config config.Config) []*topicPage {
	var s []*topicPage
	taken := map[string]bool{}
	add := func(name, label string) {
		if name != "" && !slices.ContainsFunc(s, func(t *topicPage) bool { return t.Name == name }) {
			s = append(s, &topicPage{Name: name, Label: cmp.Or(clean(label), clean(name)), Path: "topics/" + slug(name, taken) + "/"})
		}
	}
	for _, t := range config.Topics {
		add(t.Name, t.Label)
	}
	for _, source := range config.Sources {
		for _, name := range source.Topics {
			add(name, "")
		}
	}
	return s
}

// companyPages are the companies of feeds.yaml and of its sources, by name.
func companyPages(config config.Config, sources []Source) []*topicPage {
	var names []string
	for _, c := range config.Companies {
		names = append(names, c.Name)
	}
	for _, s := range config.Sources {
		names = append(names, s.Company)
	}
	for _, s := range sources {
		names = append(names, s.Company)
	}
	slices.Sort(names)
	var s []*topicPage
	taken := map[string]bool{}
	for _, name := range slices.Compact(names) {
		if name != "" {
			s = append(s, &topicPage{Name: name, Label: clean(name), Path: "companies/" + slug(name, taken) + "/", Company: true})
		}
	}
	return s
}

// slug is a name as part of an address: small letters, digits and hyphens of ASCII only, so that it is the same on
// every file system, leads nowhere, and needs no escaping. What that loses, or what is taken, is told apart by a
// fingerprint of the name.
func slug(name string, taken map[string]bool) string {
	spoken := strings.NewReplacer("+", " plus ", "#", " sharp ", "&", " and ").Replace(strings.ToLower(name))
	lost := false
	parts := strings.FieldsFunc(spoken, func(r rune) bool {
		ok := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		lost = lost || !ok && r >= 0x80
		return !ok
	})
	s := strings.Join(parts, "-")
	if len(s) > 60 {
		s, lost = strings.Trim(s[:60], "-"), true
	}
	if s == "" || lost || taken[s] || reserved(s) {
		s = strings.Trim(s+"-"+fingerprint(name), "-")
	}
	taken[s] = true
	return s
}

// reserved tells the names that Windows keeps for itself.
func reserved(s string) bool {
	if len(s) == 4 && s[3] >= '0' && s[3] <= '9' && (s[:3] == "com" || s[:3] == "lpt") {
		return true
	}
	return s == "con" || s == "prn" || s == "aux" || s == "nul"
}
