// Package config reads, checks and edits feeds.yaml.
package config

import (
	_ "embed"
	"reflect"
	"time"

	"broadsheet"

	"go.yaml.in/yaml/v3"
)

// Config is the meaning of feeds.yaml.
type Config struct {
	Title    string // of the publication
	Subtitle string // one line under it
	URL      string // where the output will stand, ending in "/"; empty: not known, links are relative
	Language string // of the publication's own words, BCP 47
	Contact  string // address or URL that the User-Agent names, for the sites that are asked
	Hub      string // WebSub hub; empty: none
	Theme    string // folder of templates that replace the built-in ones; empty: none

	Edition   broadsheet.EditionRules
	Selection Selection
	Topics    []Topic // in the order of feeds.yaml
	Unwanted  []Topic // groups of words that count against an article
	Companies []Company
	Stories   StoryRules
	Limits    Limits
	Mail      MailRules

	Boilerplate []Pattern // beside the built-in ones

	Groups  []string // headings of feeds.yaml, in order
	Sources []broadsheet.Source
}

// Parse reads the text of a feeds.yaml. name is what the maintainer calls the file. The error is Mistakes: all that
// is wrong with it, each with its place and what to do; the Config is then of no use.
func Parse(name string, data []byte) (Config, error) {
	d := &decoder{}
	c := d.decodeConfig(data)
	if len(d.errors) > 0 {
		return Config{}, d.finalErrors(name)
	}
	return c, nil
}

// decodeConfig reads the whole file, telling mistakes as it finds them.
func (d *decoder) decodeConfig(data []byte) (c Config) {
	root, problem := parseYAML(data)
	if problem != nil {
		d.errors = append(d.errors, *problem)
		return c
	}
	if root.Tag == "!!null" {
		d.errors = append(d.errors, emptyFileError)
		return c
	}
	if !isKind(yaml.MappingNode, root) {
		remedy := "write sources: and the list under it, for example " + exampleYAML("sources", sourcesExample)
		d.errorf(root, remedy, "the file is %s, and keys such as title: and sources: are wanted", describe(root))
		return c
	}
	d.keyLocations = keyLocations()
	found := d.decodeMap(root, topFields, reflect.ValueOf(&c).Elem())
	d.unwantedNode, d.storiesNode, d.noTopics = found["unwanted"], found["stories"], found["topics"] == nil
	if found["sources"] == nil {
		d.errorf(root, "list what to read, for example "+exampleYAML("sources", sourcesExample), "the file has no sources")
	}
	d.finish(&c)
	c.Topics = append(c.Topics, d.impliedTopics...)
	return c
}

// Selection says how rules make a score.
type Selection struct {
	Threshold               float64 // an article of a `take: matching` source needs this score
	Title, Tags, Lead, Body float64 // weight of a match by field
}

// Topic is a name and the words that mean it.
type Topic struct {
	Name   string   // as in feeds.yaml: the address of its page and feed is made from it
	Label  string   // as shown; defaults to Name
	Words  []string // phrases, matched as whole words without regard to case; a trailing * takes any ending
	Weight float64  // of a match in a field of weight 1
}

// Company is a name and the hosts, paths and handles that are its own.
type Company struct {
	Name  string
	Links []string // "netflixtechblog.com", "medium.com/netflix-techblog", "github.com/netflix"
}

// StoryRules are the maintainer's last word on what is the same work.
type StoryRules struct {
	Join  [][]string // links that are one story
	Split [][]string // links that are not, whatever the evidence
}

// Pattern is a piece of boilerplate: text that is never the article's own.
type Pattern struct {
	ID    string
	Where string // "lead": only before the first real sentence; "any": in any of the first paragraphs
	RE    string // RE2, matched without regard to case
}

// Limits bound what the web may cost. Zero values mean the defaults; OrDefaults puts them in.
type Limits struct {
	Timeout   time.Duration // of one request, whole
	Run       time.Duration // of all fetching in a run
	Body      int64         // bytes of a body, unpacked
	Gap       time.Duration // between two requests to one host
	Hosts     int           // requests in flight at once
	Redirects int
	Pages     int // article pages read in one run
}
