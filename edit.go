package broadsheet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Edits of the text of feeds.yaml. They change nothing but what they must: comments, order, quoting, line ends and a byte
// order mark stay. Each is tried on the text and read back; one that would not bring exactly the change that was wanted
// is not made.

// ReplaceSourceURL puts a new address in the place of a source's old one. The file must be without mistakes.
func ReplaceSourceURL(data []byte, old, replacement string) ([]byte, error) {
	before, err := readForEdit(data)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(before.sources, func(s *sourceEntry) bool { return s.URL == old && s.Kind != KindList })
	if i < 0 {
		return nil, fmt.Errorf("no source of feeds.yaml has the address %s", masked(old))
	}
	want := slices.Clone(before.config.Sources)
	want[i].URL = replacement

	where := before.sources[i].where
	start := offsetOf(data, where)
	line := data[start:min(len(data), start+lineLength(data[start:]))]
	at := bytes.Index(line, []byte(old))
	if at < 0 {
		return nil, fmt.Errorf("line %d: the address is not written as one piece; change it to %s by hand", where.Line, masked(replacement))
	}
	start += at
	for _, text := range []string{replacement, quote(replacement)} {
		after := slices.Concat(data[:start], []byte(text), data[start+len(old):])
		if got, err := readForEdit(after); err == nil && sameSources(want, got) && before.same(got) {
			return after, nil
		}
	}
	return nil, fmt.Errorf("line %d: the address cannot be replaced alone; change it to %s by hand", where.Line, masked(replacement))
}

// AppendSource adds a source after the last one under a heading, or after the last of the file when group is empty. A
// heading that there is not is added too. A file that has no sources yet may be given. What s does not say is left to
// feeds.yaml's defaults; Kind must be said.
func AppendSource(data []byte, group string, s Source) ([]byte, error) {
	s.Group, s.Line = group, 0
	lines := entryLines(s)
	before, err := readForEdit(data)
	if err != nil {
		if first, is := startOf(data, group, lines); is {
			return checked(first, Config{}, s)
		}
		return nil, err
	}
	list, headed := before.sourcesOf(group)
	if list == nil {
		return nil, fmt.Errorf("the sources of feeds.yaml come from an anchor; add %s by hand", masked(s.ID()))
	}
	if group != "" && !headed {
		lines = headingLines(group, lines)
	}
	tries := flowInserts(data, list, lines)
	if list.Style&yaml.FlowStyle == 0 {
		tries = blockInserts(data, list, lines)
	}
	var refused error
	for _, after := range tries {
		if after, err = checked(after, before.config, s); err == nil {
			return after, nil
		}
		if refused == nil {
			refused = err
		}
	}
	return nil, refused
}

// edited is a feeds.yaml that was read in order to change it.
type edited struct {
	config  Config
	sources []*sourceEntry
	root    *yaml.Node

	topicless bool
}

func readForEdit(data []byte) (edited, error) {
	d := newReading()
	c := d.config(data)
	if len(d.mistakes) > 0 {
		return edited{}, d.told("feeds.yaml")
	}
	root, _ := readYAML(data)
	return edited{c, d.sources, root, d.topicless}, nil
}

// same tells whether all but the sources means the same.
func (e edited) same(other edited) bool {
	a, b := e.config, other.config
	a.Sources, b.Sources = nil, nil
	if other.topicless {
		a.Topics, b.Topics = nil, nil // those of the sources, which are compared by themselves
	}
	return reflect.DeepEqual(a, b)
}

// sameSources tells whether the sources are those wanted; lines and names made of addresses may differ.
func sameSources(want []Source, got edited) bool {
	if len(want) != len(got.sources) {
		return false
	}
	for i, s := range got.sources {
		a, b := want[i], got.config.Sources[i]
		a.Line, b.Line = 0, 0
		if s.named == nil {
			a.Name, b.Name = "", ""
		}
		if !reflect.DeepEqual(a, b) {
			return false
		}
	}
	return true
}

// checked tells whether the edited text means what was meant before, and s.
func checked(after []byte, before Config, s Source) ([]byte, error) {
	got, err := readForEdit(after)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(got.sources, func(g *sourceEntry) bool { return g.ID() == s.ID() })
	if i < 0 || got.sources[i].Group != s.Group || !says(got.sources[i].Source, s) {
		return nil, fmt.Errorf("%s cannot be added without changing more; add it by hand", masked(s.ID()))
	}
	rest := got
	rest.sources = slices.Delete(slices.Clone(got.sources), i, i+1)
	rest.config.Sources = slices.Delete(slices.Clone(got.config.Sources), i, i+1)
	first := len(before.Sources) == 0
	if !first && !sameSources(before.Sources, rest) {
		return nil, fmt.Errorf("%s cannot be added without changing other sources; add it by hand", masked(s.ID()))
	}
	rest.config.Groups = before.Groups
	if !first && !(edited{config: before}).same(rest) {
		return nil, fmt.Errorf("%s cannot be added without changing more; add it by hand", masked(s.ID()))
	}
	return after, nil
}

// says tells whether got has all that s says.
func says(got, s Source) bool {
	a, b := reflect.ValueOf(got), reflect.ValueOf(s)
	for _, set := range sourceSettings {
		if want := b.FieldByName(set.field); !want.IsZero() && !reflect.DeepEqual(a.FieldByName(set.field).Interface(), want.Interface()) {
			return false
		}
	}
	return true
}

// sourcesOf is the list of sources under a heading; that of the file when there is no such heading.
func (e edited) sourcesOf(group string) (top *yaml.Node, headed bool) {
	if top = valueOf(e.root, "sources"); top == nil {
		return nil, false
	}
	top = resolved(top)
	for _, item := range top.Content {
		if item = resolved(item); item.Kind != yaml.MappingNode {
			continue
		}
		name, list := valueOf(item, "group"), valueOf(item, "sources")
		if group != "" && name != nil && list != nil && resolved(name).Value == group {
			return resolved(list), true
		}
	}
	return top, false
}

// startOf is a text that has no sources yet, with its first.
func startOf(data []byte, group string, lines []string) ([]byte, bool) {
	root, mistake := readYAML(data)
	if mistake == nil && root.Tag != "!!null" && (root.Kind != yaml.MappingNode || root.Style&yaml.FlowStyle != 0 || valueOf(root, "sources") != nil) {
		return nil, false
	}
	if mistake != nil && *mistake != emptyFile {
		return nil, false
	}
	if group != "" {
		lines = headingLines(group, lines)
	}
	text := "sources:\n" + strings.Join(asEntry("  ", " ", lines), "\n") + "\n"
	end := lineEnd(data)
	text = strings.ReplaceAll(text, "\n", end)
	if len(bytes.TrimPrefix(data, []byte("\ufeff"))) > 0 && !bytes.HasSuffix(data, []byte("\n")) {
		text = end + text
	}
	return slices.Concat(data, []byte(text)), true
}

// entryLines are the lines of a source's map without the "- " before it; a bare address when there is no more to say.
func entryLines(s Source) []string {
	var lines []string
	may, _ := ofKind(s.Kind)
	for _, set := range may {
		v := reflect.ValueOf(s).FieldByName(set.field)
		if v.IsZero() || set.field == "URL" && set.key != string(s.Kind) {
			continue
		}
		lines = append(lines, set.key+": "+valueText(v.Interface()))
	}
	if bare, ok := strings.CutPrefix(strings.Join(lines, "\n"), "feed: "); ok && len(lines) == 1 {
		return []string{bare}
	}
	return lines
}

// headingLines put a heading above the lines of a source.
func headingLines(group string, lines []string) []string {
	return append([]string{"group: " + valueText(group), "sources:"}, asEntry("  ", " ", lines)...)
}

// asEntry puts "- " before the first of the lines and as much space before the others.
func asEntry(indent, gap string, lines []string) []string {
	var all []string
	for i, line := range lines {
		if i == 0 {
			all = append(all, indent+"-"+gap+line)
		} else {
			all = append(all, indent+" "+gap+line)
		}
	}
	return all
}

// valueText writes a value of a source as YAML, in a form that may stand in brackets too.
func valueText(v any) string {
	switch v := v.(type) {
	case string:
		return plainOrQuoted(v)
	case Take:
		return string(v)
	case time.Duration:
		return spanText(v)
	case []string:
		var all []string
		for _, text := range v {
			all = append(all, plainOrQuoted(text))
		}
		return "[" + strings.Join(all, ", ") + "]"
	case []Listed:
		var all []string
		for _, each := range v {
			all = append(all, listedText(each))
		}
		return "[" + strings.Join(all, ", ") + "]"
	}
	return fmt.Sprint(v)
}

func listedText(l Listed) string {
	if l.Title == "" && l.Note == "" {
		return plainOrQuoted(l.URL)
	}
	text := "{url: " + plainOrQuoted(l.URL)
	if l.Title != "" {
		text += ", title: " + plainOrQuoted(l.Title)
	}
	if l.Note != "" {
		text += ", note: " + plainOrQuoted(l.Note)
	}
	return text + "}"
}

// plainOrQuoted writes a text as a maintainer would: in quotes only where it needs them.
func plainOrQuoted(text string) string {
	var v map[string][]any
	if err := yaml.Unmarshal([]byte("k: ["+text+"]"), &v); err == nil && len(v["k"]) == 1 && v["k"][0] == text && len(v) == 1 {
		return text
	}
	return quote(text)
}

// quote writes a text in double quotes: JSON's are YAML's too.
func quote(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err) // a string can always be encoded
	}
	return strings.TrimSpace(b.String())
}

// blockInserts are the places where an entry may be added to a list of lines that begin with "-": after the last line
// that says something, and after all that is indented like the last entry, comments too.
func blockInserts(data []byte, list *yaml.Node, lines []string) [][]byte {
	indent := strings.Repeat(" ", list.Column-1)
	last := list.Content[len(list.Content)-1]
	start := offsetOf(data, last)
	lineStart := bytes.LastIndexByte(data[:start], '\n') + 1
	gap := " "
	if lead := bytes.TrimPrefix(data[lineStart:start], []byte(indent+"-")); len(lead) > 0 && len(bytes.Trim(lead, " ")) == 0 {
		gap = string(lead)
	}
	spoken, all := start, start
	for at := start; at < len(data); {
		length := lineLength(data[at:])
		text := data[at : at+length]
		bare := bytes.TrimLeft(text, " ")
		said := len(bytes.TrimSpace(bare)) > 0
		if at != start && said && len(text)-len(bare) < list.Column {
			break
		}
		at += length
		if said {
			all = at
		}
		if said && (bare[0] != '#' || spoken == start) {
			spoken = at
		}
	}
	end := lineEnd(data)
	text := strings.Join(asEntry(indent, gap, lines), end)
	var tries [][]byte
	for _, at := range slices.Compact([]int{spoken, all}) {
		piece := text + end
		if at > 0 && data[at-1] != '\n' {
			piece = end + text // the file ends without a line end, and goes on doing so
		}
		tries = append(tries, slices.Concat(data[:at], []byte(piece), data[at:]))
	}
	return tries
}

// flowInserts is the place where an entry may be added to a list in brackets: after the last one.
func flowInserts(data []byte, list *yaml.Node, lines []string) [][]byte {
	last := list.Content[len(list.Content)-1]
	start := offsetOf(data, last)
	lineStart := bytes.LastIndexByte(data[:start], '\n') + 1
	between := ", "
	if lead := data[lineStart:start]; len(bytes.Trim(lead, " ")) == 0 && list.Line != last.Line {
		between = "," + lineEnd(data) + string(lead)
	}
	at := start + flowLength(data[start:])
	return [][]byte{slices.Concat(data[:at], []byte(between+flowText(lines)), data[at:])}
}

// flowText writes the lines of an entry in braces.
func flowText(lines []string) string {
	if len(lines) == 1 && !strings.HasPrefix(lines[0], "list: ") {
		return lines[0]
	}
	if at := slices.Index(lines, "sources:"); at >= 0 {
		var under []string
		for _, line := range lines[at+1:] {
			under = append(under, line[min(len(line), 4):])
		}
		lines = append(slices.Clone(lines[:at]), "sources: ["+flowText(under)+"]")
	}
	return "{" + strings.Join(lines, ", ") + "}"
}

// flowLength is how far the value goes that begins here within brackets.
func flowLength(data []byte) int {
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

// lineEnd is how lines end here.
func lineEnd(data []byte) string {
	if at := bytes.IndexByte(data, '\n'); at > 0 && data[at-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// offsetOf is where a node begins in the text.
func offsetOf(data []byte, n *yaml.Node) int {
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
