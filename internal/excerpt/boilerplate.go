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
	"broadsheet/internal/plain"
)

// builtin is the patterns as data: each with its expressions, lines that it is there for, and prose that it must not match.
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

	prefilter prefilter // of the expressions of all of them
}

// chrome is one pattern.
type chrome struct {
	id          string
	expressions []expression // the pattern matches where one of these does
	whole       bool         // takes the paragraph that it begins, not only the sentence
	credit      bool         // says who wrote the article or when: what stands before it is not the article yet
}

type expression struct {
	re     func() *regexp.Regexp // compiled when a text has one of its literals
	number int                   // in the prefilter
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

// builtinPattern is a pattern of boilerplate.json.
type builtinPattern struct {
	ID, Where     string
	Credit, Whole bool
	Expressions   []struct {
		RE  string
		Has []string // literals as prefilter.add reads them: whatever RE matches has one of them
	}
	Is, Not []string // lines that it matches, and lines that it must not match
}

func builtinPatterns() (all []builtinPattern) {
	if err := json.Unmarshal(builtin, &all); err != nil {
		panic(fmt.Errorf("boilerplate.json: %w", err))
	}
	return all
}

// compile is called once, by passage.
func (b *Boilerplate) compile() {
	for _, p := range builtinPatterns() {
		c := chrome{id: p.ID, credit: p.Credit, whole: p.Whole}
		for _, e := range p.Expressions {
			c.expressions = append(c.expressions, b.expression(e.RE, e.Has))
		}
		b.add(c, p.Where)
	}
	for _, p := range b.extra {
		b.add(chrome{id: p.ID, expressions: []expression{b.expression(p.RE, phraseOf(p.RE))}}, p.Where)
	}
}

// phraseOf returns what an expression matches as its one literal, if it is a plain phrase of ASCII. It returns none for any
// other: that is run on every text.
func phraseOf(re string) []string {
	if phrase := strings.TrimPrefix(re, "^"); plain.IsASCII(phrase) && regexp.QuoteMeta(phrase) == phrase {
		return []string{phrase}
	}
	return nil
}

func (b *Boilerplate) expression(re string, literals []string) expression {
	compiled := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("(?i)" + re) })
	return expression{compiled, b.prefilter.add(literals)}
}

func (b *Boilerplate) add(c chrome, where string) {
	switch where {
	case "any":
		b.any = append(b.any, c)
	case "prefix":
		b.prefix = append(b.prefix, c)
	default:
		b.lead = append(b.lead, c)
	}
}

// passage is a text with the expressions that may match it.
type passage struct {
	text string
	may  expressionSet
}

// passage looks through a text once, for all that is asked of it.
func (b *Boilerplate) passage(text string) passage {
	b.ready.Do(b.compile)
	return passage{text, b.prefilter.candidates(text)}
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
			if c := &list[i]; c.whole {
				if at := c.find(l); at != nil && at[0] < 60 {
					return true
				}
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
		if c := &b.lead[i]; c.credit {
			if at := c.find(l); at != nil && !(endsSentence(line) && measure(line[at[1]:]) > leftLeast) {
				return true
			}
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
	for _, e := range c.expressions {
		if l.may.has(e.number) && e.re().MatchString(l.text) {
			return true
		}
	}
	return false
}

// find returns where the pattern matches first, as FindStringIndex does of its expressions joined by |; nil: nowhere.
func (c *chrome) find(l passage) (first []int) {
	for _, e := range c.expressions {
		if l.may.has(e.number) {
			if at := e.re().FindStringIndex(l.text); at != nil && (first == nil || at[0] < first[0]) {
				first = at
			}
		}
	}
	return first
}

// end returns where what the pattern matches at the beginning of a text ends; 0: it matches nothing there.
func (c *chrome) end(l passage) int {
	if at := c.find(l); at != nil && at[0] == 0 {
		return at[1]
	}
	return 0
}

// cutPrefix takes what runs into the first sentence off a paragraph.
func (b *Boilerplate) cutPrefix(l passage) string {
	text := l.text
	for i := range b.prefix {
		if at := b.prefix[i].end(l); at > 0 {
			return text[handBack(text, at):]
		}
	}
	for i := range b.lead {
		if !b.lead[i].credit {
			continue
		}
		if at := b.lead[i].end(l); at > 0 && at < len(text)/2 {
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
