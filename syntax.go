package broadsheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Bounds of feeds.yaml: far beyond any file that a person keeps, and small enough that a file made to do harm is refused
// in no time. Aliases count for as much as what they stand for.
const (
	maxFile  = 4 << 20
	maxNodes = 500_000
	maxDepth = 32
)

// readYAML gives the root node of a YAML file, or the one mistake that keeps it from being read.
func readYAML(data []byte) (*yaml.Node, *Mistake) {
	if m := wrongBytes(data); m != nil {
		return nil, m
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, &Mistake{Line: 1, Col: 1, What: "the file is empty", Do: "list what to read, for example: sources: [https://example.com/feed]"}
	case err != nil:
		return nil, syntaxMistake(data, err)
	}
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, syntaxMistake(data, err)
	case !empty(second.Content[0]):
		return nil, &Mistake{Line: second.Line, Col: second.Column, What: `a second document begins here, after "---"`, Do: `put everything in one document and remove the "---"`}
	}
	root := document.Content[0]
	if m := bomb(root); m != nil {
		return nil, m
	}
	return root, nil
}

// wrongBytes finds what no YAML parser should be given.
func wrongBytes(data []byte) *Mistake {
	at := func(offset int, what, do string) *Mistake {
		line, col := place(data, offset)
		return &Mistake{Line: line, Col: col, What: what, Do: do}
	}
	switch {
	case len(data) > maxFile:
		return at(0, fmt.Sprintf("the file is larger than %d MB", maxFile>>20), "split it into several feeds.yaml, each with a database and output of its own")
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
	if marks := bytes.Count(data, []byte(",")) + bytes.Count(data, []byte("[")) + bytes.Count(data, []byte("{")); marks > maxNodes {
		return at(0, fmt.Sprintf("the file has more than %d brackets and commas", maxNodes), "keep fewer entries in it")
	}
	return nil
}

// place turns an offset into line and column, both from 1; a byte order mark takes no column.
func place(data []byte, offset int) (line, col int) {
	before := bytes.TrimPrefix(data[:offset], []byte("\ufeff"))
	line = 1 + bytes.Count(before, []byte("\n"))
	return line, 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
}

// empty tells whether nothing is written where n stands.
func empty(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" && n.Value == "" }

// size is what a node comes to when its aliases are written out.
type size struct{ nodes, depth int }

// bomb finds a node that would come to too much, or never end. Each node is weighed once, so this is quick whatever it
// would come to.
func bomb(root *yaml.Node) *Mistake {
	weighed := map[*yaml.Node]size{}
	open := map[*yaml.Node]bool{}
	var found *Mistake
	refuse := func(n *yaml.Node, what, do string) size {
		if found == nil {
			found = &Mistake{Line: n.Line, Col: n.Column, What: what, Do: do}
		}
		return size{}
	}
	var weigh func(n *yaml.Node, above int) size
	weigh = func(n *yaml.Node, above int) size {
		if found != nil {
			return size{}
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
		s := size{nodes: 1}
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

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(?s:(.*))$`)

// syntaxMistake puts what the YAML parser says into the words of a maintainer.
func syntaxMistake(data []byte, err error) *Mistake {
	parts := yamlLine.FindStringSubmatch(err.Error())
	if parts == nil {
		parts = []string{"", "", err.Error()}
	}
	line, _ := strconv.Atoi(parts[1])
	problem := parts[2]
	if first := firstBroken(data, err); first > 0 {
		line = first
	}
	lines := bytes.Split(bytes.TrimPrefix(data, []byte("\ufeff")), []byte("\n"))
	line = min(max(line, 1), len(lines))
	text := string(bytes.TrimRight(lines[line-1], "\r"))
	m := &Mistake{Line: line, Col: 1 + utf8.RuneCountInString(text) - utf8.RuneCountInString(strings.TrimLeft(text, " "))}

	if tab := strings.IndexByte(text, '\t'); tab >= 0 && strings.TrimLeft(text[:tab], " -") == "" {
		m.Col, m.What, m.Do = 1+tab, "a tab indents this line", "indent with spaces"
		return m
	}
	m.What, m.Do = "this is not YAML: "+problem, "compare with the lines around it"
	for _, known := range syntaxWords {
		if strings.HasPrefix(problem, known.problem) {
			m.What, m.Do = known.what, known.do
			break
		}
	}
	if anchor, ok := strings.CutPrefix(problem, "unknown anchor '"); ok {
		anchor = strings.TrimSuffix(anchor, "' referenced")
		m.What = fmt.Sprintf("the alias *%s stands for nothing", anchor)
		m.Do = fmt.Sprintf("mark what it stands for with &%s above, or put the value in quotes", anchor)
		if at := strings.Index(text, "*"+anchor); at >= 0 {
			m.Col = 1 + utf8.RuneCountInString(text[:at])
		}
	}
	return m
}

// syntaxWords are the YAML parser's complaints in the words of a maintainer.
var syntaxWords = []struct{ problem, what, do string }{
	{"mapping values are not allowed", `a key cannot begin here`, `put a text that holds ": " in quotes, and begin the keys of one map in the same column`},
	{"did not find expected key", "this line does not belong to what is above it", `begin the keys of one map in the same column, the "-" of one list in the same column, and put a text that begins with a quote in quotes as a whole`},
	{"did not find expected '-' indicator", "this line does not belong to the list above it", `begin each entry of the list with "- " in the same column`},
	{"block sequence entries are not allowed", "a list cannot begin here", `begin it on the next line, or write it in brackets: [one, two]`},
	{"could not find expected ':'", "this line is neither a key nor an entry", `write a key as "key: value", an entry as "- value"`},
	{"found unexpected end of stream", "a text begins with a quote that is never closed", "close the quote; is the file saved whole?"},
	{"found unexpected document indicator", "a text begins with a quote that is never closed", "close the quote"},
	{"did not find expected ',' or ']'", "a list in brackets is not closed, or lacks a comma", `write [one, two], and put a text with brackets, commas or ": " in quotes`},
	{"did not find expected ',' or '}'", "a map in braces is not closed, or lacks a comma", `write {key: value, other: value}, and put a text with braces, commas or ": " in quotes`},
	{"did not find expected node content", "a value is missing here", "write the value, or remove the comma or key before it"},
	{"found character that cannot start any token", "a value cannot begin with this character", "put the value in quotes"},
	{"found a tab character", "a tab indents this line", "indent with spaces"},
	{"found unknown escape character", `a text in "double quotes" holds a backslash that means nothing`, `write 'single quotes', in which a backslash is a backslash`},
	{"did not find expected hexdecimal number", `a text in "double quotes" holds a backslash that means nothing`, `write 'single quotes', in which a backslash is a backslash`},
	{"found invalid Unicode character escape code", `a text in "double quotes" holds a backslash that means nothing`, `write 'single quotes', in which a backslash is a backslash`},
	{"did not find expected alphabetic or numeric character", `"&" and "*" begin an anchor and an alias`, "put a text that begins with one of them in quotes"},
	{"found undefined tag handle", `"!" begins a tag`, "put a text that begins with it in quotes"},
	{"mapping keys are not allowed", `"? " cannot begin a key here`, "put the text in quotes"},
	{"exceeded max depth", "this is nested absurdly deep", "feeds.yaml needs no more than six levels"},
	{"found incompatible YAML document", "this is another version of YAML", "remove the %YAML line"},
	{"control characters are not allowed", "here is a control character", "remove it"},
}

// searchedFile is the size up to which the place of a syntax mistake is searched by parsing the file again and again.
const searchedFile = 256 << 10

// firstBroken is the first line at which parsing fails as it did; 0: not found. The parser itself names where the map or
// list began that it could not finish, often far above.
func firstBroken(data []byte, wanted error) int {
	if len(data) > searchedFile {
		return 0
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	ends := make([]int, len(lines))
	for i, end := 0, 0; i < len(lines); i++ {
		end += len(lines[i])
		ends[i] = end
	}
	fails := func(upTo int) bool {
		err := yaml.Unmarshal(data[:ends[upTo]], new(yaml.Node))
		return err != nil && err.Error() == wanted.Error()
	}
	low, high := 0, len(lines)-1
	if !fails(high) {
		return 0 // the mistake is in a later document
	}
	for low < high {
		if middle := (low + high) / 2; fails(middle) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low + 1
}
