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

// TestNoExpressionMatchesWithoutItsLiterals proves it for each expression of boilerplate.json: it searches all texts that
// the expression matches for one that has none of its literals, and shows that one.
func TestNoExpressionMatchesWithoutItsLiterals(t *testing.T) {
	for _, p := range builtinPatterns() {
		for _, e := range p.Expressions {
			if len(e.Has) == 0 {
				t.Errorf("%s: %s has no literals: it is run on every text", p.ID, e.RE)
			} else if text, found := matchWithoutLiterals(t, e.RE, e.Has); found {
				t.Errorf("%s: %s matches %q, which has none of %q", p.ID, e.RE, text, e.Has)
			}
		}
	}
}

func TestAMaintainersPhraseIsItsOwnLiteral(t *testing.T) {
	for re, phrase := range map[string]bool{
		"^subscribe to our newsletter": true, "queues for everyone": true, " - the end": true, "a_b  c": true, "kiss": true,
		"^welcome back\\.": false, "queues?": false, "a|b": false, "größe": false, "ς": false, "(?-i:Queue)": false, "$": false,
	} {
		literals := phraseOf(re)
		if (literals != nil) != phrase {
			t.Errorf("%q has the literals %q", re, literals)
		}
		if text, found := matchWithoutLiterals(t, re, literals); phrase && found {
			t.Errorf("%q matches %q without %q", re, text, literals)
		}
	}
}

// Literals that are not enough are found out, whatever is wrong with them.
func TestMatchWithoutLiterals(t *testing.T) {
	for _, c := range []struct {
		re       string
		literals []string
		enough   bool
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
		{`tl ?;? ?dr`, []string{"tl;dr", "tldr"}, false}, // there is "tl dr"
		{`[km]?\d`, []string{"1"}, false},
		{`x*`, []string{"x"}, false},
	} {
		if text, found := matchWithoutLiterals(t, c.re, c.literals); found == c.enough {
			t.Errorf("%s with %q: a match without them: %v %q", c.re, c.literals, found, text)
		}
	}
}

// A letter's variants are one letter for the prefilter, or texts with them pass it.
func TestLiteralsAreFoundInAnyCase(t *testing.T) {
	for _, p := range builtinPatterns() {
		for _, e := range p.Expressions {
			for _, r := range strings.Join(e.Has, "") {
				for v := unicode.SimpleFold(r); v != r; v = unicode.SimpleFold(v) {
					if unicode.ToLower(v) != r && !oddCase(v) {
						t.Errorf("%s: %q is a variant of %q that is not found", p.ID, v, r)
					}
				}
			}
		}
	}
}

// FuzzPrefilter compares each pattern with its expressions joined by | and run on every text.
func FuzzPrefilter(f *testing.F) {
	plain := map[string]*regexp.Regexp{}
	for _, p := range builtinPatterns() {
		var all []string
		for _, e := range p.Expressions {
			all = append(all, e.RE)
		}
		plain[p.ID] = regexp.MustCompile("(?i)" + strings.Join(all, "|"))
		for _, line := range append(p.Is, p.Not...) {
			f.Add(line)
			f.Add(strings.ToUpper(line))
			f.Add("So it is: " + line + " And so on.")
			f.Add(strings.NewReplacer("s", "ſ", "k", "\u212a", "i", "İ", "в", "\u1c80", "S", "ſ").Replace(line))
		}
	}
	b := standard(f)
	f.Fuzz(func(t *testing.T, line string) {
		l := b.passage(line)
		for _, list := range [][]chrome{b.lead, b.any, b.prefix} {
			for _, c := range list {
				want := plain[c.id].FindStringIndex(line)
				if got := c.find(l); !slices.Equal(got, want) || c.matches(l) != (want != nil) {
					t.Errorf("%s matches %q at %v, its expressions at %v", c.id, line, got, want)
				}
			}
		}
	})
}

// matchWithoutLiterals searches for a text that an expression matches and that has none of the literals. It runs the
// expression's program on all texts at once, the shortest first: two texts after which the program stands at the same
// instruction, with the same beginnings of literals behind it, go on alike.
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
	wanted := wantedLiterals(literals)
	runes := make([][]rune, len(prog.Inst))
	for pc := range prog.Inst {
		runes[pc] = wanted.runesFor(&prog.Inst[pc])
	}
	type state struct {
		pc uint32
		behind
	}
	type step struct {
		state
		r    rune
		from int
	}
	steps := []step{{state{uint32(prog.Start), behind{last: ' ', tail: wanted.longest(" ")}}, -1, -1}}
	seen := map[state]bool{steps[0].state: true}
	next := map[behind]map[rune]behind{}
	for at := 0; at < len(steps); at++ {
		s := steps[at]
		ahead := next[s.behind]
		if ahead == nil {
			ahead = map[rune]behind{}
			next[s.behind] = ahead
		}
		previous := rune(s.last)
		if !s.begun {
			previous = -1
		}
		for _, kind := range []rune{-1, 'a', '.'} { // what may follow: the end, a letter of a word, or another sign
			for _, pc := range closure(prog, s.pc, syntax.EmptyOpContext(previous, kind)) {
				if prog.Inst[pc].Op == syntax.InstMatch {
					if _, ok := wanted.after(s.behind, ' '); kind < 0 && ok {
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
					if kind < 0 || inWord(r) != inWord(kind) {
						continue
					}
					b, known := ahead[r]
					if !known {
						b, _ = wanted.after(s.behind, r)
						ahead[r] = b
					}
					if to := (state{prog.Inst[pc].Out, b}); b.begun && !seen[to] {
						seen[to] = true
						steps = append(steps, step{to, r, at})
					}
				}
			}
		}
	}
	return "", false
}

// closure returns the instructions that read a rune or match, as the program reaches them from pc where flags hold.
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

// behind is what matters of a text that is read: what of it may be the beginning of a literal.
type behind struct {
	begun bool
	last  byte   // of the normalized text: a space, a for a letter of a word, or a full stop for anything else
	tail  string // the longest end of the normalized text with which a literal begins
	lead  string // the normalized text from its first word on, if a literal that leads begins so; else "-"
}

// literalSet is literals that a text must not have.
type literalSet struct {
	anywhere, leading []string
	runes             []rune // in any of them, small and capital
}

func wantedLiterals(literals []string) (w literalSet) {
	var f prefilter
	f.add(literals)
	all := f.short
	for _, some := range f.byHead {
		all = append(all, some...)
	}
	for _, l := range all {
		text := string(l.text)
		if l.leads {
			w.leading = append(w.leading, text)
		} else {
			w.anywhere = append(w.anywhere, text)
		}
		for _, r := range text {
			w.runes = append(w.runes, r, unicode.ToUpper(r))
		}
	}
	return w
}

// runesFor returns runes that an instruction reads: those of ASCII and of the literals, and one of all others, which are
// as good as one another.
func (w literalSet) runesFor(inst *syntax.Inst) (all []rune) {
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
	for _, r := range w.runes {
		if r >= utf8.RuneSelf && inst.MatchRune(r) {
			all = append(all, r)
		}
	}
	ranges := inst.Rune
	if len(ranges) == 1 { // a rune and its variants
		one := ranges[0]
		ranges = []rune{one, one}
		for r := unicode.SimpleFold(one); r != one; r = unicode.SimpleFold(r) {
			ranges = append(ranges, r, r)
		}
	}
	for i := 0; i+1 < len(ranges); i += 2 {
		for r := max(ranges[i], utf8.RuneSelf); r <= ranges[i+1]; r++ {
			if inst.MatchRune(r) && !oddCase(r) && !slices.Contains(w.runes, unicode.ToLower(r)) {
				return append(all, r)
			}
		}
	}
	return all
}

// after returns what matters when r is read too; it is not ok when the text has a literal then.
func (w literalSet) after(b behind, r rune) (_ behind, ok bool) {
	for _, c := range appendNormal([]byte{b.last}, r)[1:] {
		text := b.tail + string([]byte{c})
		for _, l := range w.anywhere {
			if strings.HasSuffix(text, l) {
				return behind{}, false
			}
		}
		b.tail = w.longest(text)
		if b.lead != "" {
			b.lead += string([]byte{c})
		} else if inWord(rune(c)) {
			b.lead = " " + string([]byte{c})
		}
		if slices.Contains(w.leading, b.lead) {
			return behind{}, false
		}
		if b.lead != "" && !slices.ContainsFunc(w.leading, func(l string) bool { return strings.HasPrefix(l, b.lead) }) {
			b.lead = "-"
		}
		switch {
		case c == ' ':
			b.last = ' '
		case inWord(rune(c)):
			b.last = 'a'
		default:
			b.last = '.'
		}
	}
	b.begun = true
	return b, true
}

// longest returns the longest end of text with which a literal begins.
func (w literalSet) longest(text string) string {
	for text != "" && !slices.ContainsFunc(w.anywhere, func(l string) bool { return strings.HasPrefix(l, text) }) {
		text = text[1:]
	}
	return text
}
