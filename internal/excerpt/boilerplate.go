package excerpt

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"broadsheet/internal/config"
)

// builtin is boilerplate as data: each pattern with what it is there for and with prose that it must not take.
//
//go:embed boilerplate.json
var builtin []byte

// Boilerplate knows text that is never an article's own: bylines, pleas, ways about the page. It is compiled once, when
// it is first needed (a run in which nothing is new needs none), and safe for use by many at once.
type Boilerplate struct {
	extra  []config.Pattern
	ready  sync.Once
	lead   []chrome // of a line before the first real sentence
	any    []chrome // of a line or sentence anywhere
	prefix []chrome // words that run into the first sentence
	finder finder   // of the parts of all of them
}

// chrome is one compiled pattern.
type chrome struct {
	id     string
	re     func() *regexp.Regexp
	head   func() *regexp.Regexp // re at the beginning of a text alone
	parts  []part                // what re matches, one of these does
	whole  bool                  // takes the paragraph that it begins, not only the sentence
	credit bool                  // says who wrote the article or when: what stands before it is not the article yet
}

// part is one of the alternatives of an expression.
type part struct {
	re func() *regexp.Regexp
	no int // its number with the finder
}

// NewBoilerplate takes the built-in patterns and the maintainer's own. Its error names the pattern that is wrong.
func NewBoilerplate(extra []config.Pattern) (*Boilerplate, error) {
	for _, p := range extra {
		if _, err := syntax.Parse("(?i)"+p.RE, syntax.Perl); err != nil {
			return nil, fmt.Errorf("boilerplate %q: %w (patterns are RE2: no look-around, no back references)", p.ID, err)
		}
		if p.Where != "" && p.Where != "lead" && p.Where != "any" && p.Where != "prefix" {
			return nil, fmt.Errorf("boilerplate %q: where is %q (write lead or any)", p.ID, p.Where)
		}
	}
	if len(extra) == 0 {
		return DefaultPatterns, nil
	}
	return &Boilerplate{extra: extra}, nil
}

// DefaultPatterns is the built-in patterns alone, compiled once for all who need no others.
var DefaultPatterns = new(Boilerplate)

// compile is called once, by passage.
func (b *Boilerplate) compile() {
	var known []struct {
		ID, Where, RE string
		Credit, Whole bool
	}
	if err := json.Unmarshal(builtin, &known); err != nil {
		panic(fmt.Errorf("boilerplate.json: %w", err))
	}
	for _, k := range known {
		b.add(config.Pattern{ID: k.ID, Where: k.Where, RE: k.RE}, k.Credit, k.Whole)
	}
	for _, p := range b.extra {
		b.add(p, false, false)
	}
	b.finder.build()
}

func (b *Boilerplate) add(p config.Pattern, credit, whole bool) {
	bound := "^(?:" + p.RE + ")"
	c := chrome{id: p.ID, re: lazily(p.RE), head: lazily(bound), credit: credit, whole: whole}
	for _, alternative := range parts(p.RE) {
		one := part{lazily(alternative), b.finder.add(alternative)}
		switch alternative {
		case bound:
			one.re, c.re = c.head, c.head
		case p.RE:
			one.re = c.re
		}
		c.parts = append(c.parts, one)
	}
	switch p.Where {
	case "any":
		b.any = append(b.any, c)
	case "prefix":
		b.prefix = append(b.prefix, c)
	default:
		b.lead = append(b.lead, c)
	}
}

// lazily compiles an expression when a line has what it needs.
func lazily(re string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("(?i)" + re) })
}

// passage is a piece of text with the parts of patterns that may match it.
type passage struct {
	text string
	may  candidates
}

// passage looks through a text once, for all that is asked of it.
func (b *Boilerplate) passage(text string) passage {
	b.ready.Do(b.compile)
	return passage{text, b.finder.in(text)}
}

// parts are those alternatives of an expression that can match at the beginning of a line alone, and the others: to find
// that none of the first matches, not the whole line need be read.
func parts(re string) []string {
	var bound, free []string
	for _, alternative := range alternatives(re) {
		if parsed, err := syntax.Parse(alternative, syntax.Perl); err != nil {
			return []string{re}
		} else if atStart(parsed) {
			bound = append(bound, alternative)
		} else {
			free = append(free, alternative)
		}
	}
	switch {
	case len(bound) == 0:
		return []string{re}
	case len(free) == 0:
		return []string{"^(?:" + re + ")"}
	}
	return []string{"^(?:" + strings.Join(bound, "|") + ")", strings.Join(free, "|")}
}

// alternatives parts an expression at each | that stands in no group or class.
func alternatives(re string) (all []string) {
	if flagged.MatchString(re) {
		return []string{re}
	}
	depth, class, from := 0, false, 0
	for i := 0; i < len(re); i++ {
		switch c := re[i]; {
		case c == '\\':
			i++
		case class:
			class = c != ']'
		case c == '[':
			class = true
			if strings.HasPrefix(re[i+1:], "^") {
				i++
			}
			if strings.HasPrefix(re[i+1:], "]") {
				i++
			}
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == '|' && depth == 0:
			all, from = append(all, re[from:i]), i+1
		}
	}
	return append(all, re[from:])
}

// flagged finds what changes the meaning of what follows it.
var flagged = regexp.MustCompile(`\(\?[a-zA-Z-]+\)|\\Q|\[\[:`)

// atStart tells whether re matches at the beginning of a line alone.
func atStart(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginText:
		return true
	case syntax.OpConcat, syntax.OpCapture:
		return atStart(re.Sub[0])
	}
	return false
}

// Chrome names the pattern that a line before an article's first real sentence matches; empty: none.
func (b *Boilerplate) Chrome(line string) string { return b.chrome(b.passage(line)) }

func (b *Boilerplate) chrome(l passage) string {
	if c := first(b.lead, l); c != nil {
		return c.id
	}
	if c := first(b.any, l); c != nil {
		return c.id
	}
	return ""
}

// notice tells whether a paragraph is one of chrome from its first words on: an editor's note, a biography.
func (b *Boilerplate) notice(l passage) bool {
	for _, list := range [][]chrome{b.lead, b.any} {
		for i := range list {
			if c := &list[i]; c.whole && c.matches(l) && c.re().FindStringIndex(l.text)[0] < 60 {
				return true
			}
		}
	}
	return false
}

// Credit tells whether a line says who wrote an article, when, or how long reading it takes.
func (b *Boilerplate) Credit(line string) bool {
	if utf8.RuneCountInString(line) > 200 {
		return false
	}
	l := b.passage(line)
	for i := range b.lead {
		if c := &b.lead[i]; c.credit && c.matches(l) && !(endsSentence(line) && measure(line[c.re().FindStringIndex(line)[1]:]) > leftLeast) {
			return true
		}
	}
	return false
}

// Plea tells whether a line or sentence is one that is never an article's own, wherever it stands.
func (b *Boilerplate) Plea(line string) bool { return b.plea(b.passage(line)) }

func (b *Boilerplate) plea(l passage) bool { return first(b.any, l) != nil }

func first(list []chrome, l passage) *chrome {
	for i := range list {
		if list[i].matches(l) {
			return &list[i]
		}
	}
	return nil
}

func (c *chrome) matches(l passage) bool {
	for _, p := range c.parts {
		if l.may.has(p.no) && p.re().MatchString(l.text) {
			return true
		}
	}
	return false
}

// begins gives the offset where what the pattern matches at the beginning of a text ends; 0: it matches nothing there.
func (c *chrome) begins(l passage) int {
	for _, p := range c.parts {
		if l.may.has(p.no) {
			if at := c.head().FindStringIndex(l.text); at != nil {
				return at[1]
			}
			return 0
		}
	}
	return 0
}

// cutPrefix takes what runs into the first sentence off a paragraph.
func (b *Boilerplate) cutPrefix(l passage) string {
	text := l.text
	for i := range b.prefix {
		if at := b.prefix[i].begins(l); at > 0 {
			return text[handBack(text, at):]
		}
	}
	for i := range b.lead {
		if !b.lead[i].credit {
			continue
		}
		if at := b.lead[i].begins(l); at > 0 && at < len(text)/2 {
			return strings.TrimLeft(text[handBack(text, at):], " |•·—–-,.:")
		}
	}
	return text
}

// handBack gives the offset of the word that text[:end] ends within: a pattern takes a letter of the text that follows
// to know that it is over.
func handBack(text string, end int) int {
	at := end
	for at > 0 {
		r, n := utf8.DecodeLastRuneInString(text[:at])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '“' && r != '"' {
			break
		}
		at -= n
	}
	next, _ := utf8.DecodeRuneInString(text[end:])
	if unicode.IsLetter(next) || unicode.IsDigit(next) || utf8.RuneCountInString(text[at:end]) == 1 {
		return at
	}
	return end
}
