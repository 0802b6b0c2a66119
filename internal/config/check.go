package config

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"broadsheet"
	"broadsheet/internal/link"

	"go.yaml.in/yaml/v3"
)

// Checks that involve several parts of feeds.yaml, and the values of one part that follow from another.

// finish checks the sources against each other and against the rest of the file, fills in their names and Take, and
// adds them to c.
func (d *decoder) finish(c *Config) {
	d.checkTopics(c)
	d.checkDuplicates()
	d.checkListDuplicates()
	d.checkStories(c.Stories)
	if len(d.errors) > 0 {
		return
	}
	d.nameSources()
	for _, s := range d.sources {
		if s.Take == "" {
			s.Take = broadsheet.TakeAll
			if len(c.Topics) > 0 {
				s.Take = broadsheet.TakeMatching
			}
		}
		if s.Group != "" && !slices.Contains(c.Groups, s.Group) {
			c.Groups = append(c.Groups, s.Group)
		}
		c.Sources = append(c.Sources, s.Source)
	}
}

// checkTopics finds topics of sources that the file does not define. A file without the key topics gets the topics that
// its sources name (impliedTopics).
func (d *decoder) checkTopics(c *Config) {
	var known []string
	for _, topic := range c.Topics {
		known = append(known, topic.Name)
	}
	for _, s := range d.sources {
		for _, n := range s.topicNodes {
			name, problem, _ := cleanLine(n.Value, 100)
			switch {
			case problem != "" || slices.Contains(known, name):
			case d.noTopics:
				known = append(known, name)
				d.impliedTopics = append(d.impliedTopics, Topic{Name: name, Label: name, Weight: 1})
			default:
				remedy := "write one of " + strings.Join(known[:min(len(known), 12)], ", ") + ", or add it under topics"
				if match := suggest(name, known); match != "" {
					remedy = "did you mean " + match + "?"
				}
				d.errorf(n, remedy, "no topic is called %s", quoteForMessage(name))
			}
		}
	}
	for _, u := range c.Unwanted {
		if slices.Contains(known, u.Name) && !d.noTopics {
			d.errorf(d.unwantedNode, "give one of them another name", "%s is both a topic and unwanted", quoteForMessage(u.Name))
		}
	}
}

// checkDuplicates finds URLs, paths and names that two sources share.
func (d *decoder) checkDuplicates() {
	byURL, byName := map[string]*sourceEntry{}, map[string]*sourceEntry{}
	for _, s := range d.sources {
		if s.Kind != broadsheet.KindList {
			key := urlKey(s.URL)
			if s.Kind == broadsheet.KindFile {
				key = s.ID()
			}
			if before := byURL[key]; before != nil {
				d.errorf(s.urlNode, "remove one of them", "the source %s stands here a second time, first in line %d", quoteForMessage(s.ID()), before.urlNode.Line)
				continue
			}
			byURL[key] = s
		}
		if s.nameNode == nil || s.Name == "" {
			continue
		}
		key := strings.ToLower(s.Name)
		if before := byName[key]; before != nil {
			d.errorf(s.nameNode, "give one of them another name", "the name %s stands here a second time, first in line %d", quoteForMessage(s.Name), before.nameNode.Line)
			continue
		}
		byName[key] = s
	}
}

// checkListDuplicates finds articles that are twice in the same list.
func (d *decoder) checkListDuplicates() {
	for _, s := range d.sources {
		first := map[string]*yaml.Node{}
		for _, n := range listItems(s.listNode) {
			if n.Kind == yaml.MappingNode {
				for _, e := range d.entries(n) {
					if e.name == "url" {
						n = e.value
					}
				}
			}
			if n.Kind != yaml.ScalarNode {
				continue
			}
			key := urlKey(strings.TrimSpace(n.Value))
			if before := first[key]; before != nil {
				d.errorf(n, "remove one of them", "the article %s stands in this list a second time, first in line %d", quoteForMessage(n.Value), before.Line)
				continue
			}
			first[key] = n
		}
	}
}

// checkStories finds pairs of links that are under both join and split. Only the first 50 links of a group are
// compared.
func (d *decoder) checkStories(rules StoryRules) {
	pair := func(a, b string) [2]string {
		a, b = urlKey(a), urlKey(b)
		return [2]string{min(a, b), max(a, b)}
	}
	joined := map[[2]string]bool{}
	for _, links := range rules.Join {
		for i, a := range links[:min(len(links), 50)] {
			for _, b := range links[i+1 : min(len(links), 50)] {
				joined[pair(a, b)] = true
			}
		}
	}
	for _, links := range rules.Split {
		for i, a := range links[:min(len(links), 50)] {
			for _, b := range links[i+1 : min(len(links), 50)] {
				if joined[pair(a, b)] {
					d.errorf(d.storiesNode, "remove the group from one of them", "%s and %s are under join and under split", quoteForMessage(a), quoteForMessage(b))
				}
			}
		}
	}
}

// nameSources gives a name to sources without one: the host, with path and query if several sources share the host, and
// with a number if that is not unique either.
func (d *decoder) nameSources() {
	used := map[string]bool{}
	for _, s := range d.sources {
		used[strings.ToLower(s.Name)] = true
		s.Unnamed = s.Name == ""
	}
	for detail := range 3 {
		count := map[string]int{}
		for _, s := range d.sources {
			if s.Name == "" {
				count[strings.ToLower(nameFromURL(s.Source, detail))]++
			}
		}
		for _, s := range d.sources {
			if s.Name != "" {
				continue
			}
			name := nameFromURL(s.Source, detail)
			if folded := strings.ToLower(name); count[folded] == 1 && !used[folded] {
				used[folded] = true
				s.Name = name
			}
		}
	}
	next := map[string]int{}
	for _, s := range d.sources {
		for host := nameFromURL(s.Source, 0); s.Name == ""; {
			next[host]++
			if name := fmt.Sprintf("%s (%d)", host, next[host]); !used[strings.ToLower(name)] {
				used[strings.ToLower(name)] = true
				s.Name = name
			}
		}
	}
}

// nameFromURL returns a name made of the URL of a source: the host; if detail is 1, also the path; if it is 2, also the
// query. Secrets are left out, since everybody sees the name. Of a file it is the file's name, then its path.
func nameFromURL(s broadsheet.Source, detail int) string {
	if s.Kind == broadsheet.KindFile {
		name := strings.TrimSuffix(path.Base(s.Path), path.Ext(s.Path))
		if detail > 0 || name == "" {
			name = s.Path
		}
		if clean, problem, _ := cleanLine(name, 100); problem == "" {
			return clean
		}
		return "a file"
	}
	u, err := url.Parse(s.URL)
	if err != nil {
		return "unknown"
	}
	name := strings.TrimPrefix(strings.ToLower(u.Host), "www.")
	if detail > 0 && !s.Secret {
		name += strings.TrimRight(u.Path, "/")
	}
	if detail > 1 && !s.Secret && u.RawQuery != "" {
		name += "?" + u.RawQuery
	}
	if clean, problem, _ := cleanLine(name, 100); problem == "" && link.RedactAddress("//"+name) == "//"+name {
		return clean
	}
	return strings.TrimPrefix(strings.ToLower(u.Host), "www.")
}
