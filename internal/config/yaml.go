package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"broadsheet/internal/link"

	"go.yaml.in/yaml/v3"
)

// Bounds of feeds.yaml: far beyond any file that a person maintains, and small enough to refuse a hostile file at once.
// An alias counts as much as the value that it stands for.
const (
	maxFileSize   = 4 << 20 // bytes
	maxSeparators = 400_000 // line feeds, commas and opening brackets
	maxNodes      = 500_000 // values, with aliases expanded
	maxDepth      = 32      // levels of nesting, with aliases expanded
)

// emptyFileError is the error for a file without any value.
var emptyFileError = Error{Line: 1, Col: 1, Problem: "the file is empty", Remedy: "list what to read, for example sources: [https://example.com/feed]"}

// yamlDirectiveRE matches the directive %YAML 1.2 at the start of a file. The parser refuses it, although YAML 1.1 and
// 1.2 differ, in what feeds.yaml needs, only in the words for true and false.
var yamlDirectiveRE = regexp.MustCompile(`^((?:\x{feff})?(?:#[^\n]*\n)*%YAML 1\.)2`)

// parseYAML returns the root node of a YAML file, or the error that prevents parsing.
func parseYAML(data []byte) (*yaml.Node, *Error) {
	if m := checkBytes(data); m != nil {
		return nil, m
	}
	data = yamlDirectiveRE.ReplaceAll(data, []byte("${1}1"))
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	switch err := dec.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, &emptyFileError
	case err != nil:
		return nil, syntaxError(data, err)
	}
	switch err := dec.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, syntaxError(data, err)
	case !isEmpty(second.Content[0]):
		return nil, &Error{Line: second.Line, Col: second.Column, Problem: `a second document begins here, after "---"`, Remedy: `put everything in one document and remove the "---"`}
	}
	root := document.Content[0]
	if m := checkExpansion(root); m != nil {
		return nil, m
	}
	return root, nil
}

// checkBytes refuses files that should not be given to a YAML parser: too large, not UTF-8, or with control characters.
func checkBytes(data []byte) *Error {
	at := func(offset int, what, remedy string) *Error {
		line, col := lineAndColumn(data, offset)
		return &Error{Line: line, Col: col, Problem: what, Remedy: remedy}
	}
	switch {
	case len(data) > maxFileSize:
		return at(0, fmt.Sprintf("the file is larger than %d MB", maxFileSize>>20), "split it into several feeds.yaml, each with a database and output of its own")
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")),
		len(data) > 1 && (data[0] == 0) != (data[1] == 0):
		return at(0, "the file is in UTF-16", "save it as UTF-8")
	case bytes.IndexByte(data, 0) >= 0:
		return at(bytes.IndexByte(data, 0), "here is a zero byte, so this is not a text file or was not saved whole", "save it again as UTF-8 text")
	}
	for offset := 0; offset < len(data); {
		r, size := utf8.DecodeRune(data[offset:])
		switch {
		case r == utf8.RuneError && size == 1:
			return at(offset, fmt.Sprintf("the byte %#x is not UTF-8", data[offset]), "save the file as UTF-8")
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0x7f, r >= 0x80 && r < 0xa0 && r != 0x85, r == 0xfffe, r == 0xffff:
			return at(offset, fmt.Sprintf("here is the control character %U", r), "remove it")
		}
		offset += size
	}
	separators := 0 // each value needs one of these before it; counting them is fast and needs no parser
	for _, separator := range ",[{\n" {
		separators += bytes.Count(data, []byte(string(separator)))
	}
	if separators > maxSeparators {
		return at(0, fmt.Sprintf("the file has more than %d lines, commas and brackets", maxSeparators), "keep fewer entries in it")
	}
	return nil
}

// lineAndColumn returns line and column of a byte offset, both from 1 and in characters. A byte order mark does not
// count.
func lineAndColumn(data []byte, offset int) (line, col int) {
	before := normalizeLineEnds.Replace(strings.TrimPrefix(string(data[:offset]), "\ufeff"))
	line = 1 + strings.Count(before, "\n")
	return line, 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}

// normalizeLineEnds replaces each line ending of YAML by a line feed.
var normalizeLineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// isEmpty reports whether n is a value that was left out, as after "key:".
func isEmpty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null" && n.Value == ""
}

// expansion is the size of a node with its aliases expanded.
type expansion struct{ nodes, depth int }

// checkExpansion refuses a node that would be too large or infinite with its aliases expanded ("billion laughs"). Each
// node is measured once, so this is fast however large it would be.
func checkExpansion(root *yaml.Node) *Error {
	measured := map[*yaml.Node]expansion{}
	inProgress := map[*yaml.Node]bool{} // to detect an anchor that contains itself
	var found *Error
	fail := func(n *yaml.Node, what, remedy string) expansion {
		if found == nil {
			found = &Error{Line: n.Line, Col: n.Column, Problem: what, Remedy: remedy}
		}
		return expansion{}
	}
	var measure func(n *yaml.Node, depth int) expansion
	measure = func(n *yaml.Node, depth int) expansion {
		if found != nil {
			return expansion{}
		}
		if s, ok := measured[n]; ok {
			return s
		}
		if inProgress[n] {
			return fail(n, fmt.Sprintf("the anchor &%s holds itself", n.Anchor), "remove the alias inside it")
		}
		if depth > maxDepth {
			return fail(n, fmt.Sprintf("this is nested more than %d deep", maxDepth), "feeds.yaml needs no more than six levels")
		}
		inProgress[n] = true
		s := expansion{nodes: 1}
		children := n.Content
		if n.Kind == yaml.AliasNode {
			children = []*yaml.Node{n.Alias}
		}
		for _, child := range children {
			c := measure(child, depth+1)
			s.nodes = min(s.nodes+c.nodes, maxNodes+1)
			s.depth = max(s.depth, c.depth+1)
		}
		delete(inProgress, n)
		switch {
		case s.nodes > maxNodes:
			return fail(n, fmt.Sprintf("with its aliases written out this comes to more than %d values", maxNodes), "use fewer aliases or fewer entries")
		case s.depth > maxDepth:
			return fail(n, fmt.Sprintf("with its aliases written out this is nested more than %d deep", maxDepth), "use fewer aliases")
		}
		measured[n] = s
		return s
	}
	measure(root, 0)
	return found
}

var yamlErrorRE = regexp.MustCompile(`^yaml: (?:line (\d+): )?(?s:(.*))$`)

// splitYAMLError returns the line and the message of an error of the YAML parser; the line is 0 if the error names
// none.
func splitYAMLError(err error) (line int, parserMessage string) {
	parts := yamlErrorRE.FindStringSubmatch(err.Error())
	if parts == nil {
		return 0, err.Error()
	}
	line, _ = strconv.Atoi(parts[1])
	return line, parts[2]
}

// syntaxError translates an error of the YAML parser into words and positions that help a maintainer.
func syntaxError(data []byte, err error) *Error {
	number, parserMessage := splitYAMLError(err)
	lines := strings.SplitAfter(normalizeLineEnds.Replace(strings.TrimPrefix(string(data), "\ufeff")), "\n")
	if first := firstFailingLine(lines, parserMessage); first > 0 {
		number = first
	}
	number = min(max(number, 1), len(lines))
	text := strings.TrimSuffix(lines[number-1], "\n")
	column := func(offset int) int { return 1 + utf8.RuneCountInString(text[:offset]) }
	e := &Error{Line: number, Col: column(len(text) - len(strings.TrimLeft(text, " ")))}

	if tab := strings.IndexByte(text, '\t'); tab >= 0 && strings.Trim(text[:tab], " -") == "" {
		e.Col, e.Problem, e.Remedy = column(tab), "a tab indents this line", "indent with spaces"
		return e
	}
	if mergeConflictRE.MatchString(text) {
		e.Problem, e.Remedy = "two versions of the file were merged, and here they differ", "keep one of them and remove the lines of <, = and >"
		return e
	}
	e.Problem, e.Remedy = "this is not YAML: "+parserMessage, "compare with the lines around it"
	for _, known := range syntaxMessages {
		if !strings.HasPrefix(parserMessage, known.parserMessage) {
			continue
		}
		e.Problem, e.Remedy = known.what, known.remedy
		if known.columnRE == nil {
			break
		}
		if found := known.columnRE.FindStringSubmatchIndex(text); found != nil {
			e.Col = column(found[2])
		}
		break
	}
	if anchor, ok := strings.CutPrefix(parserMessage, "unknown anchor '"); ok {
		anchor = strings.TrimSuffix(anchor, "' referenced")
		e.Problem = fmt.Sprintf("the alias *%s stands for nothing", anchor)
		e.Remedy = fmt.Sprintf("mark what it stands for with &%s above, or put the value in quotes", anchor)
		if at := strings.Index(text, "*"+anchor); at >= 0 {
			e.Col = column(at)
		}
	}
	if number > 1 && strings.HasPrefix(parserMessage, "mapping values") {
		if bare := bareURLEntryRE.FindStringSubmatch(lines[number-2]); bare != nil {
			e.Problem, e.Remedy = "a source that is a bare address has no keys", "write - feed: "+link.RedactAddress(bare[1])+" in the line above"
		}
	}
	return e
}

// mergeConflictRE matches the conflict markers of a version control system.
var mergeConflictRE = regexp.MustCompile(`^(?:<{7} |={7}$|>{7} )`)

// bareURLEntryRE matches a list entry that is only a URL.
var bareURLEntryRE = regexp.MustCompile(`^\s*-\s+(https?://\S+)\s*$`)

// syntaxMessages translates the messages of the YAML parser, which are matched by their beginning. columnRE finds the
// probable position of the cause in the line, as its first group; nil: the first character that is not a space.
var syntaxMessages = []struct {
	parserMessage, what, remedy string
	columnRE                    *regexp.Regexp
}{
	{"mapping values are not allowed", `a key cannot begin here`, `put a text that holds ": " in quotes, and begin the keys of one map in the same column`, regexp.MustCompile(`:\s+([^:\s'"][^:]*:(?:\s|$))`)},
	{"did not find expected key", "this line does not belong to what is above it", `begin the keys of one map in the same column, the "-" of one list in the same column, and put a text that begins with a quote in quotes as a whole`, nil},
	{"did not find expected '-' indicator", "this line does not belong to the list above it", `begin each entry of the list with "- " in the same column`, nil},
	{"block sequence entries are not allowed", "a list cannot begin here", `begin it on the next line, or write it in brackets: [one, two]`, regexp.MustCompile(`:\s+(-)`)},
	{"could not find expected ':'", "this line is neither a key nor an entry", `write a key as "key: value", an entry as "- value"`, nil},
	{"found unexpected end of stream", unclosedQuote, "close the quote; is the file saved whole?", openQuoteRE},
	{"found unexpected document indicator", unclosedQuote, "close the quote; is the file saved whole?", openQuoteRE},
	{"did not find expected ',' or ']'", "a list in brackets is not closed, or lacks a comma", `write [one, two], and put a text with brackets, commas or ": " in quotes`, regexp.MustCompile(`(\[)`)},
	{"did not find expected ',' or '}'", "a map in braces is not closed, or lacks a comma", `write {key: value, other: value}, and put a text with braces, commas or ": " in quotes`, regexp.MustCompile(`(\{)`)},
	{"did not find expected node content", "a value is missing here", "write the value, or remove the comma or key before it", nil},
	{"found character that cannot start any token", "a value cannot begin with this character", "put the value in quotes", regexp.MustCompile("(?:^|[\\s,\\[{])([@`%\t])")},
	{"found a tab character", "a tab indents this line", "indent with spaces", regexp.MustCompile("(\t)")},
	{"found unknown escape character", badBackslash, singleQuotes, badEscapeRE},
	{"did not find expected hexdecimal number", badBackslash, singleQuotes, badEscapeRE},
	{"found invalid Unicode character escape code", badBackslash, singleQuotes, badEscapeRE},
	{"did not find expected alphabetic or numeric character", `"&" and "*" begin an anchor and an alias`, "put a text that begins with one of them in quotes", regexp.MustCompile(`(?:^|[\s,\[{])([&*])`)},
	{"found undefined tag handle", `"!" begins a tag`, "put a text that begins with it in quotes", regexp.MustCompile(`(?:^|[\s,\[{])(!)`)},
	{"mapping keys are not allowed", `"? " cannot begin a key here`, "put the text in quotes", regexp.MustCompile(`(\?)`)},
	{"exceeded max depth", "this is nested absurdly deep", "feeds.yaml needs no more than six levels", nil},
	{"found incompatible YAML document", "this is another version of YAML", "remove the %YAML line", nil},
	{"control characters are not allowed", "here is a control character", "remove it", nil},
}

const (
	unclosedQuote = "a text begins with a quote that is never closed"
	badBackslash  = `a text in "double quotes" holds a backslash that means nothing`
	singleQuotes  = "write it in 'single quotes', in which a backslash is a backslash"
)

var (
	openQuoteRE = regexp.MustCompile(`(?:^|[\s,\[{])(["'])`)
	badEscapeRE = regexp.MustCompile(`"[^"]*?(\\[^0abt\tnvfre "/\\N_LP])`)
)

// maxBisectSize is the maximum size in bytes of a file in which firstFailingLine searches, since it parses
// the file again and again.
const maxBisectSize = 256 << 10

// firstFailingLine returns the first line, from 1, with which parsing fails with the same message, or 0 if it is not
// found. It is found by binary search, parsing the start of the file each time. The parser itself names the line where
// the unfinished map or list began, which is often far above.
func firstFailingLine(lines []string, parserMessage string) int {
	text := strings.Join(lines, "")
	if len(text) > maxBisectSize {
		return 0
	}
	end := 0
	ends := make([]int, len(lines))
	for i, line := range lines {
		end += len(line)
		ends[i] = end
	}
	first := sort.Search(len(lines), func(last int) bool {
		err := yaml.Unmarshal([]byte(text[:ends[last]]), new(yaml.Node))
		if err == nil {
			return false
		}
		_, p := splitYAMLError(err)
		return p == parserMessage
	})
	if first == len(lines) {
		return 0 // the error is in a later document
	}
	return first + 1
}
