package excerpt

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// TestBuiltinPatterns_RequiredLiterals proves for each expression of boilerplate.json that every text which it matches
// contains one of its literals: it searches all those texts for one that does not, and prints it.
func TestBuiltinPatterns_RequiredLiterals(t *testing.T) {
	for _, p := range builtinPatterns() {
		for _, e := range p.Expressions {
			if len(e.Has) == 0 {
				t.Errorf("%s: %s has no literals: it is run on every text", p.ID, e.RE)
			} else if text, found := matchWithoutLiterals(t, e.RE, e.Has); found {
				t.Errorf("%s: %s matches %q, which contains none of %q", p.ID, e.RE, text, e.Has)
			}
		}
	}
}

// TestLiteralsOf checks which expressions of a maintainer are their own literal.
func TestLiteralsOf(t *testing.T) {
	for re, isPhrase := range map[string]bool{
		"^subscribe to our newsletter": true, "queues for everyone": true, " - the end": true, "a_b  c": true, "kiss": true,
		"^welcome back\\.": false, "queues?": false, "a|b": false, "größe": false, "ς": false, "(?-i:Queue)": false, "$": false,
	} {
		literals := literalsOf(re)
		if (literals != nil) != isPhrase {
			t.Errorf("%q has the literals %q", re, literals)
		}
		if text, found := matchWithoutLiterals(t, re, literals); isPhrase && found {
			t.Errorf("%q matches %q without %q", re, text, literals)
		}
	}
}

// TestMatchWithoutLiterals checks that matchWithoutLiterals finds a text if and only if the literals are insufficient.
func TestMatchWithoutLiterals(t *testing.T) {
	for _, c := range []struct {
		re       string
		literals []string
		suffice  bool
	}{
		{`cookies?`, []string{"cookie"}, true},
		{`cookies?`, []string{"cookies"}, false},
		{`cookies?`, []string{" cookie"}, false},
		{`\bcookies?`, []string{" cookie"}, true},
		{`\bcookies?\b`, []string{" cookie ", " cookies "}, true},
		{`\bcookies?\b`, []string{" cookie "}, false},
		{`(old|new)(er|est)`, []string{"old", "new"}, true},
		{`(old|new)(er|est)`, []string{"older", "oldest", "newer"}, false},
		{`^\W*(pin|tag)`, []string{"^pin", "^tag"}, true},
		{`\W*(pin|tag)`, []string{"^pin", "^tag"}, false},
		{`^\w* (pin|tag)`, []string{"^pin", "^tag"}, false},
		{`^.{0,2}pin`, []string{"^pin"}, false},
		{`a|publié\b`, []string{"publié", "a"}, true},
		{`publié le`, []string{"publié le"}, true},
		{`publié`, []string{"publié "}, false},
		{`語[語言]`, []string{"語語"}, false},
		{`(語|言)`, []string{"語"}, false},
		{`д`, []string{"Д"}, true},
		{`e-?mail`, []string{"e-mail", "email"}, true},
		{`e.?mail`, []string{"e-mail", "email"}, false},
		{`tl ?;? ?dr`, []string{"tl;dr", "tldr"}, false}, // "tl dr" has neither
		{`[km]?\d`, []string{"1"}, false},
		{`x*`, []string{"x"}, false},
	} {
		if text, found := matchWithoutLiterals(t, c.re, c.literals); found == c.suffice {
			t.Errorf("%s with %q: found a match without them: %v %q", c.re, c.literals, found, text)
		}
	}
}

// TestPrefilter_AnyCase checks that all case variants of a literal's letters are found: either their lower case is the same,
// or every expression is run on texts with them.
func TestPrefilter_AnyCase(t *testing.T) {
	for _, p := range builtinPatterns() {
		for _, e := range p.Expressions {
			for _, r := range strings.Join(e.Has, "") {
				for v := unicode.SimpleFold(r); v != r; v = unicode.SimpleFold(v) {
					if unicode.ToLower(v) != r && !hasIrregularCase(v) {
						t.Errorf("%s: %q is a variant of %q that is not found", p.ID, v, r)
					}
				}
			}
		}
	}
}

// FuzzPrefilter compares each pattern with its expressions joined by | and run without the prefilter.
func FuzzPrefilter(f *testing.F) {
	unfiltered := map[string]*regexp.Regexp{}
	for _, p := range builtinPatterns() {
		var all []string
		for _, e := range p.Expressions {
			all = append(all, e.RE)
		}
		unfiltered[p.ID] = regexp.MustCompile("(?i)" + strings.Join(all, "|"))
		for _, line := range append(p.Is, p.Not...) {
			f.Add(line)
			f.Add(strings.ToUpper(line))
			f.Add("So it is: " + line + " And so on.")
			f.Add(strings.NewReplacer("s", "ſ", "k", "\u212a", "i", "İ", "в", "\u1c80", "S", "ſ").Replace(line))
		}
	}
	b := DefaultPatterns
	f.Fuzz(func(t *testing.T, line string) {
		text := b.scan(line)
		for _, list := range [][]pattern{b.lead, b.any, b.prefix} {
			for _, p := range list {
				want := unfiltered[p.id].FindStringIndex(line)
				if got := p.find(text); !slices.Equal(got, want) || p.matches(text) != (want != nil) {
					t.Errorf("%s matches %q at %v, its expressions at %v", p.id, line, got, want)
				}
			}
		}
	})
}

// matchWithoutLiterals searches for a text that an expression matches and that contains none of the literals. It runs a
// breadth-first search on the product of two automata, the expression's compiled program and one that tracks how much of a
// literal has been read. So it covers all texts, the shortest first: two texts that lead to the same state have the same
// continuations.
func matchWithoutLiterals(t *testing.T, re string, literals []string) (text string, found bool) {
	t.Helper()
	parsed, err := syntax.Parse("(?s:.*)(?i:"+re+")(?s:.*)", syntax.Perl)
	if err != nil {
		t.Fatal(err)
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		t.Fatal(err)
	}
	forbidden := newLiteralSet(literals)
	runes := make([][]rune, len(prog.Inst))
	for pc := range prog.Inst {
		runes[pc] = forbidden.runesFor(&prog.Inst[pc])
	}
	type state struct {
		pc uint32
		textState
	}
	type step struct {
		state
		r    rune // the rune that was read last
		from int  // the index in steps of the state before that; -1: none
	}
	steps := []step{{state{uint32(prog.Start), textState{last: ' ', suffix: forbidden.literalPrefix(" ")}}, -1, -1}}
	seen := map[state]bool{steps[0].state: true}
	next := map[textState]map[rune]textState{} // results of forbidden.after; the zero value: the text contains a literal
	for at := 0; at < len(steps); at++ {
		s := steps[at]
		nextByRune := next[s.textState]
		if nextByRune == nil {
			nextByRune = map[rune]textState{}
			next[s.textState] = nextByRune
		}
		previous := rune(s.last)
		if !s.started {
			previous = -1
		}
		for _, kind := range []rune{-1, 'a', '.'} { // what may follow: the end of the text, a word character, or any other character
			for _, pc := range closure(prog, s.pc, syntax.EmptyOpContext(previous, kind)) {
				if prog.Inst[pc].Op == syntax.InstMatch {
					if _, ok := forbidden.after(s.textState, ' '); kind < 0 && ok {
						var text []rune
						for i := at; steps[i].from >= 0; i = steps[i].from {
							text = append(text, steps[i].r)
						}
						slices.Reverse(text)
						return string(text), true
					}
					continue
				}
				for _, r := range runes[pc] {
					if kind < 0 || isWordChar(r) != isWordChar(kind) {
						continue
					}
					after, known := nextByRune[r]
					if !known {
						after, _ = forbidden.after(s.textState, r)
						nextByRune[r] = after
					}
					if to := (state{prog.Inst[pc].Out, after}); after.started && !seen[to] {
						seen[to] = true
						steps = append(steps, step{to, r, at})
					}
				}
			}
		}
	}
	return "", false
}

// closure returns the instructions that read a rune or match, of those that the program can reach from pc without reading
// a rune, at a position where flags are true.
func closure(prog *syntax.Prog, pc uint32, flags syntax.EmptyOp) (reached []uint32) {
	queue := []uint32{pc}
	for i := 0; i < len(queue); i++ {
		var to []uint32
		switch inst := &prog.Inst[queue[i]]; inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			to = []uint32{inst.Out, inst.Arg}
		case syntax.InstCapture, syntax.InstNop:
			to = []uint32{inst.Out}
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(inst.Arg)&^flags == 0 {
				to = []uint32{inst.Out}
			}
		case syntax.InstFail:
		default:
			reached = append(reached, queue[i])
		}
		for _, pc := range to {
			if !slices.Contains(queue, pc) {
				queue = append(queue, pc)
			}
		}
	}
	return reached
}

// textState is what must be known of the text read so far in order to recognise the literals in its continuations.
type textState struct {
	started bool   // at least one rune has been read
	last    byte   // the last byte of the normalized text, by class: ' ', 'a' for a word character, '.' for any other
	suffix  string // the longest suffix of the normalized text that is a prefix of a literal
	opening string // the normalized text from its first word on, if it is a prefix of a literal for the first word; else "-"
}

// literalSet is a set of literals that a text must not contain.
type literalSet struct {
	anywhere, atFirstWord []string // normalized
	runes                 []rune   // of all of them, in lower and upper case
}

func newLiteralSet(literals []string) (set literalSet) {
	var f prefilter
	f.add(literals)
	all := f.short
	for _, some := range f.byPrefix {
		all = append(all, some...)
	}
	for _, l := range all {
		text := string(l.text)
		if l.atFirstWord {
			set.atFirstWord = append(set.atFirstWord, text)
		} else {
			set.anywhere = append(set.anywhere, text)
		}
		for _, r := range text {
			set.runes = append(set.runes, r, unicode.ToUpper(r))
		}
	}
	return set
}

// runesFor returns runes that an instruction reads: those of ASCII and of the literals, and one of all others, because none
// of those can be part of a literal.
func (set literalSet) runesFor(inst *syntax.Inst) (all []rune) {
	switch inst.Op {
	case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
	default:
		return nil
	}
	for r := rune(0); r < utf8.RuneSelf; r++ {
		if inst.MatchRune(r) {
			all = append(all, r)
		}
	}
	for _, r := range set.runes {
		if r >= utf8.RuneSelf && inst.MatchRune(r) {
			all = append(all, r)
		}
	}
	ranges := inst.Rune
	if len(ranges) == 1 { // a rune stands for its case variants too
		one := ranges[0]
		ranges = []rune{one, one}
		for r := unicode.SimpleFold(one); r != one; r = unicode.SimpleFold(r) {
			ranges = append(ranges, r, r)
		}
	}
	for i := 0; i+1 < len(ranges); i += 2 {
		for r := max(ranges[i], utf8.RuneSelf); r <= ranges[i+1]; r++ {
			if inst.MatchRune(r) && !hasIrregularCase(r) && !slices.Contains(set.runes, unicode.ToLower(r)) {
				return append(all, r)
			}
		}
	}
	return all
}

// after returns the state that reading r in state s leads to. It is not ok if the text contains a literal then.
func (set literalSet) after(s textState, r rune) (_ textState, ok bool) {
	for _, c := range appendNormal([]byte{s.last}, r)[1:] {
		text := s.suffix + string([]byte{c})
		for _, l := range set.anywhere {
			if strings.HasSuffix(text, l) {
				return textState{}, false
			}
		}
		s.suffix = set.literalPrefix(text)
		if s.opening != "" {
			s.opening += string([]byte{c})
		} else if isWordChar(rune(c)) {
			s.opening = " " + string([]byte{c})
		}
		if slices.Contains(set.atFirstWord, s.opening) {
			return textState{}, false
		}
		if s.opening != "" && !slices.ContainsFunc(set.atFirstWord, func(l string) bool { return strings.HasPrefix(l, s.opening) }) {
			s.opening = "-"
		}
		switch {
		case c == ' ':
			s.last = ' '
		case isWordChar(rune(c)):
			s.last = 'a'
		default:
			s.last = '.'
		}
	}
	s.started = true
	return s, true
}

// literalPrefix returns the longest suffix of text that is a prefix of a literal.
func (set literalSet) literalPrefix(text string) string {
	for text != "" && !slices.ContainsFunc(set.anywhere, func(l string) bool { return strings.HasPrefix(l, text) }) {
		text = text[1:]
	}
	return text
}
