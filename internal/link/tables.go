package link

import (
	_ "embed"
	"strings"
)

//go:embed tracking.txt
var trackingText string

// webWords are the sections of tracking.txt.
var webWords = readLinkTables(trackingText)

type linkTables struct {
	names       map[string]bool // parameters that are tracking; also "name=value"
	prefixes    [256][]string   // beginnings of such parameters, by first letter
	channelled  map[string]bool // parameters that are tracking when their value names a channel
	channels    map[string]bool
	channelHead []string
	aliases     map[string]string
	redirectors map[string][]redirector
	accounts    map[string]int // segments of the path that name an account
	subdomains  map[string]bool
	platforms   map[string]bool
}

// redirector is a host's way of carrying the address that it leads to.
type redirector struct {
	path   string   // prefix of its path; "*": any
	names  []string // parameters that may hold the target
	inPath bool     // the target is what follows path
}

func readLinkTables(text string) linkTables {
	t := linkTables{
		names: map[string]bool{}, channelled: map[string]bool{}, channels: map[string]bool{},
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

func (t *linkTables) add(section string, fields []string) {
	head, open := strings.CutSuffix(fields[0], "*")
	switch section {
	case "[tracking]":
		if open {
			t.prefixes[head[0]] = append(t.prefixes[head[0]], head)
		} else {
			t.names[head] = true
		}
	case "[channelled]":
		t.channelled[head] = true
	case "[channels]":
		if open {
			t.channelHead = append(t.channelHead, head)
		} else {
			t.channels[head] = true
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

// tracks tells whether a parameter says who sent the reader, rather than what is read.
func (t *linkTables) tracks(name, value string) bool {
	name = strings.ToLower(name)
	if t.names[name] || t.names[name+"="+value] {
		return true
	}
	if name != "" {
		for _, prefix := range t.prefixes[name[0]] {
			if strings.HasPrefix(name, prefix) {
				return true
			}
		}
	}
	return t.channelled[name] && t.isChannel(strings.ToLower(value))
}

func (t *linkTables) isChannel(value string) bool {
	if value == "" || t.channels[value] {
		return true
	}
	for _, head := range t.channelHead {
		if strings.HasPrefix(value, head) {
			return true
		}
	}
	return false
}
