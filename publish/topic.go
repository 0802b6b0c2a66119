package publish

import (
	"cmp"
	"slices"
	"strings"

	"broadsheet/internal/config"
)

// topicPage is a topic or a company that has a page with its picks.
type topicPage struct {
	Name  string // as in Pick.Topics or Pick.Company
	Label string // as shown
	Path  string // of its page: "topics/databases/"

	Company bool
	picks   int // number of picks on its page
}

// topicPages returns the topics in the order of feeds.yaml: those listed under topics, then others that sources name.
func topicPages(config config.Config) []*topicPage {
	var all []*topicPage
	taken := map[string]bool{}
	add := func(name, label string) {
		if name != "" && findTopic(all, name) == nil {
			all = append(all, &topicPage{Name: name, Label: cmp.Or(clean(label), clean(name)), Path: "topics/" + slug(name, taken) + "/"})
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
	return all
}

// companyPages returns the companies of feeds.yaml and of its sources, sorted by name.
func companyPages(config config.Config, sources []SourceStatus) []*topicPage {
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
	var all []*topicPage
	taken := map[string]bool{}
	for _, name := range slices.Compact(names) {
		if name != "" {
			all = append(all, &topicPage{Name: name, Label: clean(name), Path: "companies/" + slug(name, taken) + "/", Company: true})
		}
	}
	return all
}

// slug returns a name as a path element: lower-case letters, digits and hyphens of ASCII only, so that it is valid on every
// file system, cannot leave its folder, and needs no escaping. If characters of the name are lost, or the slug is in taken,
// it ends in a hash of the name. slug adds the result to taken.
func slug(name string, taken map[string]bool) string {
	spelledOut := strings.NewReplacer("+", " plus ", "#", " sharp ", "&", " and ").Replace(strings.ToLower(name))
	lost := false
	parts := strings.FieldsFunc(spelledOut, func(r rune) bool {
		ok := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		lost = lost || !ok && r >= 0x80
		return !ok
	})
	s := strings.Join(parts, "-")
	if len(s) > 60 {
		s, lost = strings.Trim(s[:60], "-"), true
	}
	if s == "" || lost || taken[s] || isReservedName(s) {
		s = strings.Trim(s+"-"+hashOf(name), "-")
	}
	taken[s] = true
	return s
}

// isReservedName reports whether s is a device name that Windows reserves.
func isReservedName(s string) bool {
	if len(s) == 4 && s[3] >= '0' && s[3] <= '9' && (s[:3] == "com" || s[:3] == "lpt") {
		return true
	}
	return s == "con" || s == "prn" || s == "aux" || s == "nul"
}
