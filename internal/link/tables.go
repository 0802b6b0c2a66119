package link

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed tracking.txt
var trackingText string

// tables holds the sections of tracking.txt.
var tables = parseTables(trackingText)

// tableSet is the parsed form of tracking.txt. Names of parameters are in lower case, hosts as canonicalHost returns
// them.
type tableSet struct {
	tracking         map[string]bool // [tracking]: names of parameters; also "name=value"
	trackingPrefixes [256][]string   // beginnings of such names, by their first byte
	channelled       map[string]bool // parameters that are for tracking only when their value names a channel
	channels         map[string]bool
	channelPrefixes  []string
	aliases          map[string]string
	redirectors      map[string][]redirector
	accounts         map[string]int // host → how many segments of the path name an account
	subdomains       map[string]bool
	platforms        map[string]bool
}

// redirector is a rule by which a host's addresses carry the address that they redirect to.
type redirector struct {
	path   string   // prefix of its path; "*": any
	names  []string // parameters that may hold the target
	inPath bool     // the target is what follows path
}

// parseTables parses the format that tracking.txt describes at its top.
func parseTables(text string) tableSet {
	t := tableSet{
		tracking: map[string]bool{}, channelled: map[string]bool{}, channels: map[string]bool{},
		aliases: map[string]string{}, redirectors: map[string][]redirector{},
		accounts: map[string]int{}, subdomains: map[string]bool{}, platforms: map[string]bool{},
	}
	section := ""
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || fields[0][0] == '#':
		case fields[0][0] == '[':
			section = fields[0]
		default:
			t.add(section, fields)
		}
	}
	return t
}

// add stores one line of a section.
func (t *tableSet) add(section string, fields []string) {
	name, isPrefix := strings.CutSuffix(fields[0], "*")
	switch section {
	case "[tracking]":
		if isPrefix {
			t.trackingPrefixes[name[0]] = append(t.trackingPrefixes[name[0]], name)
		} else {
			t.tracking[name] = true
		}
	case "[channelled]":
		t.channelled[name] = true
	case "[channels]":
		if isPrefix {
			t.channelPrefixes = append(t.channelPrefixes, name)
		} else {
			t.channels[name] = true
		}
	case "[aliases]":
		t.aliases[fields[0]] = fields[1]
	case "[accounts]":
		t.accounts[fields[0]] = int(fields[1][0] - '0')
	case "[subdomains]":
		t.subdomains[fields[0]] = true
	case "[platforms]":
		t.platforms[fields[0]] = true
	case "[redirectors]":
		t.redirectors[fields[0]] = append(t.redirectors[fields[0]],
			redirector{path: fields[1], names: fields[2:], inPath: len(fields) == 2})
	}
}

// isTracking reports whether a parameter identifies where the reader came from, rather than what is read.
func (t *tableSet) isTracking(name, value string) bool {
	name = strings.ToLower(name)
	if t.tracking[name] || t.tracking[name+"="+value] {
		return true
	}
	if name != "" && slices.ContainsFunc(t.trackingPrefixes[name[0]], func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
		return true
	}
	return t.channelled[name] && t.isChannel(strings.ToLower(value))
}

// isChannel reports whether a parameter's value names a channel, such as "rss" or "newsletter", or is empty.
func (t *tableSet) isChannel(value string) bool {
	if value == "" || t.channels[value] {
		return true
	}
	return slices.ContainsFunc(t.channelPrefixes, func(prefix string) bool { return strings.HasPrefix(value, prefix) })
}
