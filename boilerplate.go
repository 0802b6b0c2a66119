package broadsheet

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// builtin is boilerplate as data: each pattern with what it is there for and with prose that it must not take.
//
//go:embed boilerplate.json
var builtin []byte

// Boilerplate knows text that is never an article's own: bylines, pleas, ways about the page. It is compiled once and
// safe for use by many at once.
type Boilerplate struct {
	lead   []chrome // of a line before the first real sentence
	any    []chrome // of a line or sentence anywhere
	prefix []chrome // words that run into the first sentence
}

// chrome is one compiled pattern.
type chrome struct {
	id     string
	re     *regexp.Regexp
	needs  []string // one of these stands in whatever re matches; none: not known
	whole  bool     // takes the paragraph that it begins, not only the sentence
	credit bool     // says who wrote the article or when: what stands before it is not the article yet
}

// NewBoilerplate compiles the built-in patterns and the maintainer's own. Its error names the pattern that is wrong.
func NewBoilerplate(extra []Pattern) (*Boilerplate, error) {
	var known []struct {
		ID, Where, RE string
		Credit, Whole bool
	}
	if err := json.Unmarshal(builtin, &known); err != nil {
		return nil, fmt.Errorf("boilerplate.json: %w", err)
	}
	b := new(Boilerplate)
	for _, k := range known {
		if err := b.add(Pattern{ID: k.ID, Where: k.Where, RE: k.RE}, k.Credit, k.Whole); err != nil {
			return nil, err
		}
	}
	for _, p := range extra {
		if err := b.add(p, false, false); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *Boilerplate) add(p Pattern, credit, whole bool) error {
	parsed, err := syntax.Parse("(?i)"+p.RE, syntax.Perl)
	if err != nil {
		return fmt.Errorf("boilerplate %q: %w (patterns are RE2: no look-around, no back references)", p.ID, err)
	}
	c := chrome{id: p.ID, re: regexp.MustCompile("(?i)" + p.RE), needs: required(parsed), credit: credit, whole: whole}
	switch p.Where {
	case "any":
		b.any = append(b.any, c)
	case "prefix":
		b.prefix = append(b.prefix, c)
	case "lead", "":
		b.lead = append(b.lead, c)
	default:
		return fmt.Errorf("boilerplate %q: where is %q (write lead or any)", p.ID, p.Where)
	}
	return nil
}

// Chrome names the pattern that a line before an article's first real sentence matches; empty: none.
func (b *Boilerplate) Chrome(line string) string {
	low := strings.ToLower(line)
	if c := first(b.lead, line, low); c != nil {
		return c.id
	}
	if c := first(b.any, line, low); c != nil {
		return c.id
	}
	return ""
}

// notice tells whether a paragraph is one of chrome from its first words on: an editor's note, a biography.
func (b *Boilerplate) notice(text string) bool {
	low := strings.ToLower(text)
	for _, list := range [][]chrome{b.lead, b.any} {
		for i := range list {
			if c := &list[i]; c.whole && c.matches(text, low) && c.re.FindStringIndex(text)[0] < 60 {
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
	low := strings.ToLower(line)
	for i := range b.lead {
		if c := &b.lead[i]; c.credit && c.matches(line, low) && !(endsSentence(line) && measure(line[c.re.FindStringIndex(line)[1]:]) > leftLeast) {
			return true
		}
	}
	return false
}

// Plea tells whether a line or sentence is one that is never an article's own, wherever it stands.
func (b *Boilerplate) Plea(line string) bool { return first(b.any, line, strings.ToLower(line)) != nil }

func first(list []chrome, line, low string) *chrome {
	for i := range list {
		if list[i].matches(line, low) {
			return &list[i]
		}
	}
	return nil
}

// matches looks for the needed words first: that costs a hundredth of the expression.
func (c *chrome) matches(line, low string) bool {
	if c.needs == nil {
		return c.re.MatchString(line)
	}
	for _, n := range c.needs {
		if strings.Contains(low, n) {
			return c.re.MatchString(line)
		}
	}
	return false
}

// cutPrefix takes what runs into the first sentence off a paragraph.
func (b *Boilerplate) cutPrefix(text string) string {
	low := strings.ToLower(text)
	for i := range b.prefix {
		if c := &b.prefix[i]; c.matches(text, low) {
			if at := c.re.FindStringIndex(text); at[0] == 0 {
				return text[handBack(text, at[1]):]
			}
		}
	}
	for i := range b.lead {
		c := &b.lead[i]
		if !c.credit || !c.matches(text, low) {
			continue
		}
		if at := c.re.FindStringIndex(text); at[0] == 0 && at[1] < len(text)/2 {
			return strings.TrimLeft(text[handBack(text, at[1]):], " |•·—–-,.:")
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

// required gives strings of which one stands, in lower case, in whatever re matches; nil: not known.
func required(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		if len(string(re.Rune)) < 2 {
			return nil
		}
		return []string{strings.ToLower(string(re.Rune))}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			some := required(sub)
			if some == nil {
				return nil
			}
			all = append(all, some...)
		}
		return all
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if some := required(sub); some != nil && (best == nil || shortest(some) > shortest(best)) {
				best = some
			}
		}
		return best
	}
	return nil
}

func shortest(list []string) int {
	n := len(list[0])
	for _, s := range list {
		n = min(n, len(s))
	}
	return n
}
