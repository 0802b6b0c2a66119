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

// builtinJSON holds the built-in patterns: each with its expressions, examples of the lines that it is meant for, and
// prose that it must not match.
//
//go:embed boilerplate.json
var builtinJSON []byte

// Boilerplate is a set of patterns that recognise text which is not part of an article: bylines, calls to action,
// navigation. It is compiled once, at first use, because a run in which nothing is new needs no patterns. It is safe for
// concurrent use.
type Boilerplate struct {
	extra  []config.BoilerplatePattern // the maintainer's own, beside the built-in ones
	ready  sync.Once                   // runs compile
	lead   []pattern                   // for a line before the first real sentence
	any    []pattern                   // for a line or sentence anywhere
	prefix []pattern                   // for words that run into the first sentence

	prefilter prefilter // of the expressions of all patterns
}

// pattern is one pattern of a Boilerplate.
type pattern struct {
	id             string
	expressions    []expression // the pattern matches where one of these does
	wholeParagraph bool         // the paragraph that it begins is boilerplate, not only the sentence
	byline         bool         // it recognises who wrote the article or when: text before it is not the article yet
}

// expression is one regular expression of a pattern.
type expression struct {
	re     func() *regexp.Regexp // compiled on first use: when a text contains one of its literals
	number int                   // its number in the prefilter
}

// NewBoilerplate returns the built-in patterns together with extra, the maintainer's own. Without extra it returns
// DefaultPatterns. The error for an invalid pattern contains its ID.
func NewBoilerplate(extra []config.BoilerplatePattern) (*Boilerplate, error) {
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

// DefaultPatterns holds the built-in patterns alone. All callers without patterns of their own share it, so that it is
// compiled only once.
var DefaultPatterns = new(Boilerplate)

// builtinPattern is one pattern of boilerplate.json.
type builtinPattern struct {
	ID          string
	Where       string // "lead", "any" or "prefix": the list of Boilerplate that it belongs to
	Credit      bool   // pattern.byline
	Whole       bool   // pattern.wholeParagraph
	Expressions []struct {
		RE  string
		Has []string // literals as prefilter.add reads them: each text that RE matches contains one of them
	}
	Is, Not []string // lines that it must match, and lines that it must not match
}

// builtinPatterns returns the patterns of boilerplate.json.
func builtinPatterns() (all []builtinPattern) {
	if err := json.Unmarshal(builtinJSON, &all); err != nil {
		panic(fmt.Errorf("boilerplate.json: %w", err))
	}
	return all
}

// compile adds all patterns to b. It is called once, by scan.
func (b *Boilerplate) compile() {
	for _, p := range builtinPatterns() {
		added := pattern{id: p.ID, byline: p.Credit, wholeParagraph: p.Whole}
		for _, e := range p.Expressions {
			added.expressions = append(added.expressions, b.newExpression(e.RE, e.Has))
		}
		b.addPattern(added, p.Where)
	}
	for _, p := range b.extra {
		b.addPattern(pattern{id: p.ID, expressions: []expression{b.newExpression(p.RE, literalsOf(p.RE))}}, p.Where)
	}
}

// literalsOf returns the prefilter's literals for a maintainer's expression. A plain phrase of ASCII, with or without ^
// before it, is its own literal. Any other expression gets none, and so it is run on every text.
func literalsOf(re string) []string {
	if phrase := strings.TrimPrefix(re, "^"); plain.IsASCII(phrase) && regexp.QuoteMeta(phrase) == phrase {
		return []string{phrase}
	}
	return nil
}

// newExpression adds an expression and its literals to b's prefilter.
func (b *Boilerplate) newExpression(re string, literals []string) expression {
	compiled := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("(?i)" + re) })
	return expression{compiled, b.prefilter.add(literals)}
}

// addPattern appends p to the list that where names; the default is "lead".
func (b *Boilerplate) addPattern(p pattern, where string) {
	switch where {
	case "any":
		b.any = append(b.any, p)
	case "prefix":
		b.prefix = append(b.prefix, p)
	default:
		b.lead = append(b.lead, p)
	}
}

// candidateText is a text together with the expressions that may match it.
type candidateText struct {
	text     string
	mayMatch expressionSet
}

// scan runs the prefilter on text, once for all patterns that are tried on it.
func (b *Boilerplate) scan(text string) candidateText {
	b.ready.Do(b.compile)
	return candidateText{text, b.prefilter.candidates(text)}
}

// MatchLead returns the ID of the pattern that a line before the article's first real sentence matches; empty: none.
func (b *Boilerplate) MatchLead(line string) string { return b.matchLead(b.scan(line)) }

func (b *Boilerplate) matchLead(line candidateText) string {
	for _, list := range [][]pattern{b.lead, b.any} {
		if p := firstMatch(list, line); p != nil {
			return p.id
		}
	}
	return ""
}

// editorNote reports whether a whole paragraph is boilerplate because of its first words: an editor's note, the biography
// of the author.
func (b *Boilerplate) editorNote(paragraph candidateText) bool {
	for _, list := range [][]pattern{b.lead, b.any} {
		for i := range list {
			if p := &list[i]; p.wholeParagraph {
				if at := p.find(paragraph); at != nil && at[0] < 60 {
					return true
				}
			}
		}
	}
	return false
}

// IsByline reports whether a line says who wrote the article, when, or how long it takes to read. It returns false for a
// line of more than 200 characters, and for one in which a sentence of more than a few words follows.
func (b *Boilerplate) IsByline(line string) bool {
	if utf8.RuneCountInString(line) > 200 {
		return false
	}
	t := b.scan(line)
	for i := range b.lead {
		if p := &b.lead[i]; p.byline {
			if at := p.find(t); at != nil && !(endsSentence(line) && countWords(line[at[1]:]) > minRemainderWords) {
				return true
			}
		}
	}
	return false
}

// IsCallToAction reports whether a line or sentence is never part of an article, wherever it is found: a call to action such as
// "Subscribe to our newsletter", a cookie notice, a copyright notice.
func (b *Boilerplate) IsCallToAction(line string) bool { return b.callToAction(b.scan(line)) }

func (b *Boilerplate) callToAction(line candidateText) bool { return firstMatch(b.any, line) != nil }

// firstMatch returns the first pattern of list that matches t; nil: none does.
func firstMatch(list []pattern, t candidateText) *pattern {
	for i := range list {
		if list[i].matches(t) {
			return &list[i]
		}
	}
	return nil
}

// matches reports whether p matches anywhere in t.
func (p *pattern) matches(t candidateText) bool {
	for _, e := range p.expressions {
		if t.mayMatch.has(e.number) && e.re().MatchString(t.text) {
			return true
		}
	}
	return false
}

// find returns the offsets of p's leftmost match in t, as FindStringIndex does for p's expressions joined by |; nil: there
// is no match.
func (p *pattern) find(t candidateText) (leftmost []int) {
	for _, e := range p.expressions {
		if t.mayMatch.has(e.number) {
			if at := e.re().FindStringIndex(t.text); at != nil && (leftmost == nil || at[0] < leftmost[0]) {
				leftmost = at
			}
		}
	}
	return leftmost
}

// prefixEnd returns the end of p's match at the beginning of t; 0: p does not match there.
func (p *pattern) prefixEnd(t candidateText) int {
	if at := p.find(t); at != nil && at[0] == 0 {
		return at[1]
	}
	return 0
}

// trimPrefix returns a paragraph without the boilerplate that runs into its first sentence.
func (b *Boilerplate) trimPrefix(paragraph candidateText) string {
	text := paragraph.text
	for i := range b.prefix {
		if end := b.prefix[i].prefixEnd(paragraph); end > 0 {
			return text[backToWordStart(text, end):]
		}
	}
	for i := range b.lead {
		if !b.lead[i].byline {
			continue
		}
		if end := b.lead[i].prefixEnd(paragraph); end > 0 && end < len(text)/2 {
			return strings.TrimLeft(text[backToWordStart(text, end):], " |•·—–-,.:")
		}
	}
	return text
}

// backToWordStart returns the start of the word that text[:end] ends within or has one letter of; end, if there is none. A
// pattern consumes a letter of the text that follows in order to see that it has ended.
func backToWordStart(text string, end int) int {
	start := end
	for start > 0 {
		r, n := utf8.DecodeLastRuneInString(text[:start])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '“' && r != '"' {
			break
		}
		start -= n
	}
	next, _ := utf8.DecodeRuneInString(text[end:])
	if unicode.IsLetter(next) || unicode.IsDigit(next) || utf8.RuneCountInString(text[start:end]) == 1 {
		return start
	}
	return end
}
