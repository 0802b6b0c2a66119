package config

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Positions in the text of feeds.yaml: where a node is, and where an entry can be inserted.

// insertIntoBlockList returns the text with entries added at the end of a block list (lines that begin with "-"): after
// all lines that are indented further than the dash of the last entry. Comments among them stay with that entry, since
// they are about it.
func insertIntoBlockList(data []byte, list *yaml.Node, entries [][]string) []byte {
	indent := strings.Repeat(" ", list.Column-1)
	last := list.Content[len(list.Content)-1]
	start := nodeOffset(data, last)
	lineStart := bytes.LastIndexByte(data[:start], '\n') + 1
	gap := " "
	if lead := bytes.TrimPrefix(data[lineStart:start], []byte(indent+"-")); len(lead) > 0 && len(bytes.Trim(lead, " ")) == 0 {
		gap = string(lead)
	}
	end := start // where the last entry ends
	for at := start; at < len(data); {
		text := data[at : at+lineLength(data[at:])]
		blank := len(bytes.TrimSpace(text)) == 0
		if at != start && !blank && len(text)-len(bytes.TrimLeft(text, " ")) < list.Column {
			break
		}
		if at += len(text); !blank {
			end = at
		}
	}
	newline := lineEnding(data)
	text := strings.Join(listLines(indent, gap, entries), newline)
	if end > 0 && data[end-1] != '\n' {
		text = newline + text // the file does not end with a line ending, and stays so
	} else {
		text += newline
	}
	return slices.Concat(data[:end], []byte(text), data[end:])
}

// insertIntoFlowList returns candidates for the text with entries added at the end of a flow list (in brackets), best
// first: after the last entry, on a line of their own if that entry is on a line of its own.
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
	separator := lineEnding(data) + string(lead)
	candidates := [][]byte{insert(end, ","+separator+flowEntries(entries, ","+separator))}
	if bytes.HasPrefix(bytes.TrimLeft(data[end:], " "), []byte(",")) { // insert after the comma and a comment behind it
		lineStop := end + len(bytes.TrimRight(data[end:end+lineLength(data[end:])], "\r\n"))
		candidates = append([][]byte{insert(lineStop, separator+flowEntries(entries, ","+separator)+",")}, candidates...)
	}
	return candidates
}

// flowValueLength returns the length in bytes of the value at the start of data, which is within a flow list: up to the
// next comma or closing bracket outside of quotes and nested brackets.
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

// lineLength returns the length in bytes of the line at the start of data, including its line ending.
func lineLength(data []byte) int {
	if at := bytes.IndexByte(data, '\n'); at >= 0 {
		return at + 1
	}
	return len(data)
}

// lineEnding returns the line ending of the first line of data: "\r\n" or "\n".
func lineEnding(data []byte) string {
	if at := bytes.IndexByte(data, '\n'); at > 0 && data[at-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// nodeOffset returns the byte offset of a node in the text. The parser counts lines and characters, and no byte order
// mark.
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
