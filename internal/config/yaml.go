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

// Bounds of feeds.yaml: far beyond any file that a person keeps, and small enough that a file made to do harm is
// refused in no time. Aliases count for as much as what they stand for.
const (
	maxFileSize   = 4 << 20
	maxSeparators = 400_000
	maxNodes      = 500_000
	maxDepth      = 32
)

// emptyFileError is the mistake of a file that says nothing.
var emptyFileError = Error{Line: 1, Col: 1, What: "the file is empty", Do: "list what to read, for example sources: [https://example.com/feed]"}

// yamlDirectiveRE is the directive of YAML 1.2. The parser refuses it, though of what feeds.yaml needs the two versions
// agree in all but words for true and false.
var yamlDirectiveRE = regexp.MustCompile(`^((?:\x{feff})?(?:#[^\n]*\n)*%YAML 1\.)2`)

// parseYAML gives the root node of a YAML file, or the one mistake that keeps it from being read.
func parseYAML(data []byte) (*yaml.Node, *Error) {
	if m := checkBytes(data); m != nil {
		return nil, m
	}
	data = yamlDirectiveRE.ReplaceAll(data, []byte("${1}1"))
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, &emptyFileError
	case err != nil:
		return nil, syntaxError(data, err)
	}
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, syntaxError(data, err)
	case !isEmpty(second.Content[0]):
		return nil, &Error{Line: second.Line, Col: second.Column, What: `a second document begins here, after "---"`, Do: `put everything in one document and remove the "---"`}
	}
	root := document.Content[0]
	if m := checkExpansion(root); m != nil {
		return nil, m
	}
	return root, nil
}

// checkBytes finds what no YAML parser should be given.
func checkBytes(data []byte) *Error {
	at := func(offset int, what, remedy string) *Error {
		line, col := lineAndColumn(data, offset)
		return &Error{Line: line, Col: col, What: what, Do: remedy}
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
	marks := 0 // each value needs one of these before it; counting them is quick, and nothing need be parsed
	for _, mark := range ",[{\n" {
		marks += bytes.Count(data, []byte(string(mark)))
	}
	if marks > maxSeparators {
		return at(0, fmt.Sprintf("the file has more than %d lines, commas and brackets", maxSeparators), "keep fewer entries in it")
	}
	return nil
}

// lineAndColumn turns an offset into line and column, both from 1; a byte order mark takes no column.
func lineAndColumn(data []byte, offset int) (line, col int) {
	before := normalizeLineEnds.Replace(strings.TrimPrefix(string(data[:offset]), "\ufeff"))
	line = 1 + strings.Count(before, "\n")
	return line, 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}

// normalizeLineEnds makes one of all that ends a line in YAML.
var normalizeLineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// isEmpty tells whether nothing is written where n stands.
func isEmpty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null" && n.Value == ""
}

// expansion is what a node comes to when its aliases are written out.
type expansion struct{ nodes, depth int }

// checkExpansion finds a node that would come to too much, or never end. Each node is weighed once, so this is quick
// whatever it would come to.
func checkExpansion(root *yaml.Node) *Error {
	weighed := map[*yaml.Node]expansion{}
	open := map[*yaml.Node]bool{}
	var found *Error
	refuse := func(n *yaml.Node, what, remedy string) expansion {
		if found == nil {
			found = &Error{Line: n.Line, Col: n.Column, What: what, Do: remedy}
		}
		return expansion{}
	}
	var weigh func(n *yaml.Node, above int) expansion
	weigh = func(n *yaml.Node, above int) expansion {
		if found != nil {
			return expansion{}
		}
		if s, done := weighed[n]; done {
			return s
		}
		if open[n] {
			return refuse(n, fmt.Sprintf("the anchor &%s holds itself", n.Anchor), "remove the alias inside it")
		}
		if above > maxDepth {
			return refuse(n, fmt.Sprintf("this is nested more than %d deep", maxDepth), "feeds.yaml needs no more than six levels")
		}
		open[n] = true
		s := expansion{nodes: 1}
		children := n.Content
		if n.Kind == yaml.AliasNode {
			children = []*yaml.Node{n.Alias}
		}
		for _, child := range children {
			c := weigh(child, above+1)
			s.nodes = min(s.nodes+c.nodes, maxNodes+1)
			s.depth = max(s.depth, c.depth+1)
		}
		delete(open, n)
		switch {
		case s.nodes > maxNodes:
			return refuse(n, fmt.Sprintf("with its aliases written out this comes to more than %d values", maxNodes), "use fewer aliases or fewer entries")
		case s.depth > maxDepth:
			return refuse(n, fmt.Sprintf("with its aliases written out this is nested more than %d deep", maxDepth), "use fewer aliases")
		}
		weighed[n] = s
		return s
	}
	weigh(root, 0)
	return found
}

var yamlErrorRE = regexp.MustCompile(`^yaml: (?:line (\d+): )?(?s:(.*))$`)

// splitYAMLError takes a parser's error apart: the line, 0 when it names none, and the problem.
func splitYAMLError(err error) (line int, problem string) {
	parts := yamlErrorRE.FindStringSubmatch(err.Error())
	if parts == nil {
		return 0, err.Error()
	}
	line, _ = strconv.Atoi(parts[1])
	return line, parts[2]
}

// syntaxError puts what the YAML parser says into the words of a maintainer.
func syntaxError(data []byte, err error) *Error {
	number, problem := splitYAMLError(err)
	lines := strings.SplitAfter(normalizeLineEnds.Replace(strings.TrimPrefix(string(data), "\ufeff")), "\n")
	if first := firstFailingLine(lines, problem); first > 0 {
		number = first
	}
	number = min(max(number, 1), len(lines))
	text := strings.TrimSuffix(lines[number-1], "\n")
	column := func(offset int) int { return 1 + utf8.RuneCountInString(text[:offset]) }
	m := &Error{Line: number, Col: column(len(text) - len(strings.TrimLeft(text, " ")))}

	if tab := strings.IndexByte(text, '\t'); tab >= 0 && strings.Trim(text[:tab], " -") == "" {
		m.Col, m.What, m.Do = column(tab), "a tab indents this line", "indent with spaces"
		return m
	}
	if mergeConflictRE.MatchString(text) {
		m.What, m.Do = "two versions of the file were merged, and here they differ", "keep one of them and remove the lines of <, = and >"
		return m
	}
	m.What, m.Do = "this is not YAML: "+problem, "compare with the lines around it"
	for _, known := range syntaxMessages {
		if !strings.HasPrefix(problem, known.problem) {
			continue
		}
		m.What, m.Do = known.what, known.remedy
		if known.at == nil {
			break
		}
		if found := known.at.FindStringSubmatchIndex(text); found != nil {
			m.Col = column(found[2])
		}
		break
	}
	if anchor, ok := strings.CutPrefix(problem, "unknown anchor '"); ok {
		anchor = strings.TrimSuffix(anchor, "' referenced")
		m.What = fmt.Sprintf("the alias *%s stands for nothing", anchor)
		m.Do = fmt.Sprintf("mark what it stands for with &%s above, or put the value in quotes", anchor)
		if at := strings.Index(text, "*"+anchor); at >= 0 {
			m.Col = column(at)
		}
	}
	if number > 1 && strings.HasPrefix(problem, "mapping values") {
		if bare := bareURLEntryRE.FindStringSubmatch(lines[number-2]); bare != nil {
			m.What, m.Do = "a source that is a bare address has no keys", "write - feed: "+link.RedactAddress(bare[1])+" in the line above"
		}
	}
	return m
}

var mergeConflictRE = regexp.MustCompile(`^(?:<{7} |={7}$|>{7} )`)

var bareURLEntryRE = regexp.MustCompile(`^\s*-\s+(https?://\S+)\s*$`)

// syntaxMessages are the YAML parser's complaints in the words of a maintainer, and where in the line the cause is
// likely to stand.
var syntaxMessages = []struct {
	problem, what, remedy string
	at                    *regexp.Regexp
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

// maxBisectSize is the size up to which the place of a syntax mistake is searched by parsing the file again and again.
const maxBisectSize = 256 << 10

// firstFailingLine is the first line at which parsing fails as it did; 0: not found. The parser itself names where the
// map or list began that it could not finish, often far above.
func firstFailingLine(lines []string, problem string) int {
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
		return p == problem
	})
	if first == len(lines) {
		return 0 // the mistake is in a later document
	}
	return first + 1
}
