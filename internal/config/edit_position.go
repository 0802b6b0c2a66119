package config

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Where in the text of feeds.yaml an entry may be added, and where what the parser found stands in it.

// insertIntoBlockList adds entries to a list of lines that begin with "-": after all that is indented further than the
// dash of the last entry, comments too, since these speak of that entry.
func insertIntoBlockList(data []byte, list *yaml.Node, entries [][]string) []byte {
	indent := strings.Repeat(" ", list.Column-1)
	last := list.Content[len(list.Content)-1]
	start := nodeOffset(data, last)
	lineStart := bytes.LastIndexByte(data[:start], '\n') + 1
	gap := " "
	if lead := bytes.TrimPrefix(data[lineStart:start], []byte(indent+"-")); len(lead) > 0 && len(bytes.Trim(lead, " ")) == 0 {
		gap = string(lead)
	}
	stop := start
	for at := start; at < len(data); {
		text := data[at : at+lineLength(data[at:])]
		said := len(bytes.TrimSpace(text)) > 0
		if at != start && said && len(text)-len(bytes.TrimLeft(text, " ")) < list.Column {
			break
		}
		if at += len(text); said {
			stop = at
		}
	}
	end := lineEnding(data)
	text := strings.Join(listLines(indent, gap, entries), end)
	if stop > 0 && data[stop-1] != '\n' {
		text = end + text // the file ends without a line end, and goes on doing so
	} else {
		text += end
	}
	return slices.Concat(data[:stop], []byte(text), data[stop:])
}

// insertIntoFlowList are the places where entries may be added to a list in brackets: after the last one, on a line of
// its own where that one has a line of its own.
func insertIntoFlowList(data []byte, list *yaml.Node, entries [][]string) [][]byte {
	last := list.Content[len(list.Content)-1]
	start := nodeOffset(data, last)
	lineStart := bytes.LastIndexByte(data[:start], '\n') + 1
	insert := func(at int, text string) []byte { return slices.Concat(data[:at], []byte(text), data[at:]) }
	end := start + flowValueLength(data[start:])
	lead := data[lineStart:start]
	if len(bytes.Trim(lead, " ")) > 0 || list.Line == last.Line {
		return [][]byte{insert(end, ", "+flowEntries(entries, ", "))}
	}
	between := lineEnding(data) + string(lead)
	tries := [][]byte{insert(end, ","+between+flowEntries(entries, ","+between))}
	if bytes.HasPrefix(bytes.TrimLeft(data[end:], " "), []byte(",")) { // stay behind the comma and a comment
		lineStop := end + len(bytes.TrimRight(data[end:end+lineLength(data[end:])], "\r\n"))
		tries = append([][]byte{insert(lineStop, between+flowEntries(entries, ","+between)+",")}, tries...)
	}
	return tries
}

// flowValueLength is how far the value goes that begins here within brackets.
func flowValueLength(data []byte) int {
	depth, end := 0, 0
	for i := 0; i < len(data); i++ {
		switch c := data[i]; c {
		case '"', '\'':
			if i > 0 && !strings.ContainsRune(" ,[{:\n", rune(data[i-1])) {
				break // an apostrophe within a word
			}
			for i++; i < len(data) && data[i] != c; i++ {
				if c == '"' && data[i] == '\\' {
					i++
				}
			}
		case '[', '{':
			depth++
		case ']', '}':
			if depth == 0 {
				return end
			}
			depth--
		case ',':
			if depth == 0 {
				return end
			}
		case '#':
			if i > 0 && (data[i-1] == ' ' || data[i-1] == '\n') {
				i += lineLength(data[i:]) - 1
				continue
			}
		case ' ', '\t', '\r', '\n':
			continue
		}
		end = min(i+1, len(data))
	}
	return end
}

// lineLength is the length of the line that begins here, its end included.
func lineLength(data []byte) int {
	if at := bytes.IndexByte(data, '\n'); at >= 0 {
		return at + 1
	}
	return len(data)
}

// lineEnding is how lines end here.
func lineEnding(data []byte) string {
	if at := bytes.IndexByte(data, '\n'); at > 0 && data[at-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// nodeOffset is where a node begins in the text.
func nodeOffset(data []byte, n *yaml.Node) int {
	at := 0
	for line := 1; line < n.Line && at < len(data); line++ {
		at += lineLength(data[at:])
	}
	if bytes.HasPrefix(data[at:], []byte("\ufeff")) {
		at += len("\ufeff")
	}
	for col := 1; col < n.Column && at < len(data); col++ {
		_, size := utf8.DecodeRune(data[at:])
		at += size
	}
	return at
}
