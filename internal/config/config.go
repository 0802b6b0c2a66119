// Package config decodes, validates and edits feeds.yaml.
//
// The tables in keys.go describe every key: its type, its default and its documentation. The decoder (decode.go), the
// JSON Schema and the reference page (schema.go) work from these tables. types.go has the types of values, errors.go
// the errors with their positions, and edit.go adds and changes sources in the text of the file without touching the
// rest.
//
// It is pure: the caller reads and writes the file.
package config

import (
	"reflect"
	"time"

	"broadsheet"

	"go.yaml.in/yaml/v3"
)

// Config is a decoded feeds.yaml, with defaults filled in. The decoder fills it and the types below by the names of
// their fields, which are in the tables of keys.go.
type Config struct {
	Title    string // name of the publication
	Subtitle string // one line under the title
	URL      string // URL of the published site, ending in "/"; empty: unknown, so links are relative
	Language string // language of the publication's own texts, BCP 47
	Contact  string // e-mail address or URL in the User-Agent header, for the owners of fetched sites
	Hub      string // URL of the WebSub hub; empty: none
	Theme    string // path of a folder of templates that replace the built-in ones; empty: none

	Edition   broadsheet.EditionRules
	Selection Scoring
	Topics    []Topic // in the order of feeds.yaml
	Unwanted  []Topic // groups of words that count against an article
	Companies []Company
	Stories   StoryRules
	Limits    Limits
	Mail      MailSettings
	Webhooks  []Webhook

	Boilerplate []BoilerplatePattern // in addition to the built-in ones

	Groups  []string // headings above sources, in the order of feeds.yaml
	Sources []broadsheet.Source
}

// Parse decodes the text of a feeds.yaml. name is the name of the file in errors. The error is of type Errors and holds
// everything that is wrong with the file, each with its position and a remedy; the Config is then empty.
func Parse(name string, data []byte) (Config, error) {
	d := &decoder{}
	c := d.decodeConfig(data)
	if len(d.errors) > 0 {
		return Config{}, d.finalErrors(name)
	}
	return c, nil
}

// decodeConfig decodes the whole file and collects the errors in d.errors. If there are any, the Config is not usable.
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

// Scoring holds the weights of the fields of an article, from which its score is computed, and the threshold.
type Scoring struct {
	Threshold               float64 // minimum score of an article of a source with `take: matching`
	Title, Tags, Lead, Body float64 // weight of a match in that field
}

// Topic is a topic and the words that indicate it.
type Topic struct {
	Name   string   // as in feeds.yaml; the URLs of its page and its feed are made from it
	Label  string   // the name that readers see; by default Name
	Words  []string // phrases, matched as whole words, ignoring case; a trailing * matches any ending
	Weight float64  // weight of a match; it is multiplied by the weight of the field
}

// Company is a company and the hosts, paths and handles that belong to it.
type Company struct {
	Name  string
	Links []string // hosts and URL prefixes without scheme: "netflixtechblog.com", "medium.com/netflix-techblog", "github.com/netflix"
}

// StoryRules are the maintainer's decisions on which links are the same story; they override all evidence. The store
// keeps them as JSON under these field names.
type StoryRules struct {
	Join  [][]string // groups of links that are one story
	Split [][]string // groups of links that are different stories
}

// BoilerplatePattern is a regular expression for boilerplate: text that is not part of the article.
type BoilerplatePattern struct {
	ID    string
	Where string // "lead": only before the first real sentence; "any": in any of the first paragraphs
	RE    string // RE2 syntax, matched ignoring case
}

// Limits bound the cost of fetching. A zero value means the default.
type Limits struct {
	Timeout   time.Duration // of one request in total
	Run       time.Duration // of all fetching of one run
	Body      int64         // maximum size of a response body in bytes, decompressed
	Gap       time.Duration // time between two requests to the same host; 0: as the host is known to need it; negative: none
	Requests  int           // maximum number of requests in flight, each to another host
	Hosts     HostLimits
	Redirects int // maximum number of redirects of one request
	Pages     int // maximum number of article pages fetched in one run
}

// HostLimits are the values of the key hosts of limits.
type HostLimits struct {
	AtOnce int                  // a number in place of the map, as earlier versions had it: Limits.Requests; 0: a map, or nothing
	ByName map[string]HostLimit // by host name, which stands for all hosts below it too
}

// HostLimit bounds the requests to one host. A zero value means that it is not said.
type HostLimit struct {
	Gap     time.Duration // time between two requests; negative: none
	PerHour int           // maximum number of requests in an hour
}
