package broadsheet

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// Most lines match no pattern, and an expression costs a hundred times what looking for words costs. So it is known of
// each expression which strings there are of which one stands in whatever it matches, and one pass over a line finds
// those of all expressions (Aho and Corasick, 1975).

// seam stands, in a line that is looked through and in the strings that are looked for, wherever ASCII words begin and
// end: what an expression's \b means.
const seam = 0

func inWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c >= 'A' && c <= 'Z'
}

// finder finds which of many expressions may match a line.
type finder struct {
	needs  [][]string // of each expression; nil: nothing is known of it
	reach  []int      // of each expression: how many bytes after a line's first word, at most, what it needs ends
	class  [256]uint8 // bytes that stand in no need are one class, 0
	width  int        // classes
	states []state    // the first is that in which no need has begun
	rows   []uint16   // of states with a row: the state to go to, by class
	found  []uint16   // expressions, by state
	all    candidates // expressions that may match any line
}

// state is how far one need has come, and others with it. Most can go on in one way alone.
type state struct {
	next  uint16 // the one way on
	class uint8  // what leads there; 0: there is none
	back  uint16 // where to look for another way: the longest need that has begun since
	row   int32  // number of its row; -1: it has none
	found uint32 // finder.found up to here are what it and those before it find
}

// add gives the number of an expression, which may match a line that has what it needs.
func (f *finder) add(re string) int {
	needs, reach := needsOf(re)
	f.needs, f.reach = append(f.needs, needs), append(f.reach, reach)
	return len(f.needs) - 1
}

// build is called when all expressions are added.
func (f *finder) build() {
	f.all, f.width = make(candidates, len(f.needs)/64+1), 1
	for _, needs := range f.needs {
		for _, need := range needs {
			for i := range len(need) {
				f.classify(need[i])
			}
		}
	}
	for c := byte('A'); c <= 'Z'; c++ {
		f.class[c] = f.class[c+'a'-'A']
	}
	t := trie{ways: [][]way{nil}, found: [][]uint16{nil}}
	for n, needs := range f.needs {
		if needs == nil {
			f.all.put(n)
		}
		for _, need := range needs {
			t.plant(f, need, uint16(n))
		}
	}
	f.link(t)
}

// classify gives a byte a class, one of its own if it is ASCII. Other letters have two bytes or more, and those of a need
// are hardly ever all taken for others when a class has eight of them: it makes the table half as wide.
func (f *finder) classify(c byte) {
	if f.class[c] != 0 {
		return
	}
	f.class[c] = uint8(f.width)
	for other := c & 0x8f; other >= utf8.RuneSelf; other += 0x10 {
		f.class[other] = uint8(f.width)
	}
	f.width++
}

// trie has the needs by how they begin.
type trie struct {
	ways  [][]way    // on, by state
	found [][]uint16 // expressions, by state
}

type way struct {
	class uint8
	to    uint16
}

// plant makes the states that a need leads through.
func (t *trie) plant(f *finder, need string, of uint16) {
	at := uint16(0)
	for i := range len(need) {
		class := f.class[need[i]]
		if on := slices.IndexFunc(t.ways[at], func(w way) bool { return w.class == class }); on >= 0 {
			at = t.ways[at][on].to
			continue
		}
		if len(t.ways) == 1<<16-1 { // enough: what is found too early costs time alone
			break
		}
		to := uint16(len(t.ways))
		t.ways[at] = append(t.ways[at], way{class, to})
		t.ways, t.found = append(t.ways, nil), append(t.found, nil)
		at = to
	}
	t.found[at] = append(t.found[at], of)
}

// often is how far needs often come: those states have rows, which are quicker.
const often = 2

// link leads from each state, where its need goes on otherwise, to that of the longest need that may have begun since.
func (f *finder) link(t trie) {
	f.states = make([]state, len(t.ways))
	depth := make([]uint8, len(t.ways))
	queue := make([]uint16, 1, len(t.ways))
	for i := 0; i < len(queue); i++ {
		at := queue[i]
		s := &f.states[at]
		if at != 0 {
			t.found[at] = append(t.found[at], t.found[s.back]...)
		}
		if s.row = -1; depth[at] <= often || len(t.ways[at]) > 1 {
			f.addRow(s, at == 0, t.ways[at])
		} else if len(t.ways[at]) == 1 {
			s.class, s.next = t.ways[at][0].class, t.ways[at][0].to
		}
		for _, w := range t.ways[at] {
			if at != 0 {
				f.states[w.to].back = f.step(s.back, w.class)
			}
			depth[w.to] = depth[at] + 1
			queue = append(queue, w.to)
		}
	}
	for at, found := range t.found {
		f.found = append(f.found, found...)
		f.states[at].found = uint32(len(f.found))
	}
}

// addRow gives a state a row.
func (f *finder) addRow(s *state, first bool, ways []way) {
	row := make([]uint16, f.width)
	for class := range row {
		if !first {
			row[class] = f.step(s.back, uint8(class))
		}
	}
	for _, w := range ways {
		row[w.class] = w.to
	}
	s.row = int32(len(f.rows) / f.width)
	f.rows = append(f.rows, row...)
}

// step is the state to go to.
func (f *finder) step(at uint16, class uint8) uint16 {
	for class != 0 {
		s := &f.states[at]
		switch {
		case s.row >= 0:
			return f.rows[int(s.row)*f.width+int(class)]
		case s.class == class:
			return s.next
		}
		at = s.back
	}
	return 0
}

// candidates are numbers of expressions.
type candidates []uint64

func (c candidates) put(n int) { c[n/64] |= 1 << (n % 64) }

func (c candidates) has(n int) bool { return c[n/64]&(1<<(n%64)) != 0 }

// in gives the expressions that may match a line.
func (f *finder) in(line string) candidates {
	may := slices.Clone(f.all)
	at, word, read := uint16(0), false, 0 // bytes, from the first word on
	step := func(c byte) {
		if at = f.step(at, f.class[c]); at == 0 {
			return
		}
		for _, n := range f.found[f.states[at-1].found:f.states[at].found] {
			if read <= f.reach[n] {
				may.put(int(n))
			}
		}
	}
	if strings.ContainsFunc(line, func(r rune) bool { return r >= utf8.RuneSelf }) {
		line = strings.ToLower(line)
	}
	for i := range len(line) {
		if w := inWord(line[i]); w != word {
			step(seam)
			word = w
		}
		if word || read > 0 {
			read++
		}
		step(line[i])
	}
	if word {
		step(seam)
	}
	return may
}

// needsOf gives strings of which one stands, seams included, in whatever an expression matches, nil when none are known;
// and how many bytes after the first word of a line they end at most.
func needsOf(re string) (needs []string, reach int) {
	parsed, err := syntax.Parse("(?i)"+re, syntax.Perl)
	if err != nil {
		return nil, anywhere
	}
	known := known(parsed, true)
	for _, s := range known.all {
		if s == "" {
			return nil, anywhere
		}
		s = sewn(s)
		needs = append(needs, s[:min(len(s), longestNeed)])
	}
	slices.Sort(needs)
	if reach = anywhere; atStart(parsed) {
		reach = known.after + longestNeed
	}
	return slices.Compact(needs), reach
}

// longestNeed is how many bytes of a string are looked for: enough to tell "this post was" from "this".
const longestNeed = 16

// sewn puts the seams into s that follow from it. Whether there are some at its ends is not known but where they stand.
func sewn(s string) string {
	var b []byte
	for i := range len(s) {
		if i > 0 && s[i] != seam && s[i-1] != seam && inWord(s[i]) != inWord(s[i-1]) {
			b = append(b, seam)
		}
		if s[i] != seam || len(b) == 0 || b[len(b)-1] != seam {
			b = append(b, s[i])
		}
	}
	return string(b)
}

const (
	mostStrings  = 100 // of an expression
	enoughOfNeed = 4   // bytes: what may follow makes it no rarer
)

// need is what is known of whatever an expression matches.
type need struct {
	all   []string // of these strings one stands in it; nil: none are known
	whole bool     // they are all that it matches
	after int      // how many bytes stand before it at most
}

// anywhere is the number of bytes that may stand before what has no fixed place.
const anywhere = 1 << 20

// known gives what is known of re; first: in what is matched, only signs that are of no word stand before it.
func known(re *syntax.Regexp, first bool) (n need) {
	switch re.Op {
	case syntax.OpLiteral:
		return need{all: []string{strings.ToLower(string(re.Rune))}, whole: true}
	case syntax.OpCharClass:
		n.all, n.whole = runesOf(re.Rune)
	case syntax.OpWordBoundary:
		return need{all: []string{string(rune(seam))}, whole: true}
	case syntax.OpEmptyMatch, syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpNoWordBoundary:
		return need{all: []string{""}, whole: true}
	case syntax.OpCapture:
		return known(re.Sub[0], first)
	case syntax.OpQuest:
		if n = known(re.Sub[0], first); n.whole {
			n.all = append(n.all, "")
			return n
		}
		return need{}
	case syntax.OpPlus:
		n = known(re.Sub[0], first)
		n.whole = false
	case syntax.OpRepeat:
		if re.Min > 0 {
			n = known(re.Sub[0], first)
			n.whole = false
		}
	case syntax.OpAlternate:
		return oneOf(re.Sub, first)
	case syntax.OpConcat:
		return inARow(re.Sub, first)
	}
	return n
}

// width is how many bytes an expression matches at most.
func width(re *syntax.Regexp) int {
	n := 0
	switch re.Op {
	case syntax.OpLiteral:
		n = utf8.UTFMax * len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		n = utf8.UTFMax
	case syntax.OpCapture, syntax.OpQuest, syntax.OpConcat:
		for _, sub := range re.Sub {
			n += width(sub)
		}
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			n = max(n, width(sub))
		}
	case syntax.OpRepeat:
		if n = anywhere; re.Max >= 0 {
			n = re.Max * width(re.Sub[0])
		}
	case syntax.OpStar, syntax.OpPlus:
		n = anywhere
	}
	return min(n, anywhere)
}

// beforeWords tells whether all that an expression matches is signs that are of no word: \W*.
func beforeWords(re *syntax.Regexp) bool {
	if re.Op != syntax.OpStar || re.Sub[0].Op != syntax.OpCharClass {
		return false
	}
	pairs := re.Sub[0].Rune
	for c := byte(0); c < utf8.RuneSelf; c++ {
		for i := 0; i+1 < len(pairs); i += 2 {
			if inWord(c) && rune(c) >= pairs[i] && rune(c) <= pairs[i+1] {
				return false
			}
		}
	}
	return true
}

// runesOf gives the signs of a class, if they are few.
func runesOf(pairs []rune) (all []string, whole bool) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1]-pairs[i] > 8 || len(all) > 8 {
			return nil, false
		}
		for r := pairs[i]; r <= pairs[i+1]; r++ {
			if r != 'ſ' && r != 'K' { // other forms of s and k, which nobody writes
				all = append(all, strings.ToLower(string(r)))
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all), true
}

func oneOf(subs []*syntax.Regexp, first bool) need {
	n := need{whole: true}
	for _, sub := range subs {
		one := known(sub, first)
		if one.all == nil {
			return need{}
		}
		n.all, n.whole, n.after = append(n.all, one.all...), n.whole && one.whole, max(n.after, one.after)
	}
	return n
}

// inARow joins what follows one another as long as it is known whole, and gives the best of what it could join.
func inARow(subs []*syntax.Regexp, first bool) need {
	var best need
	run, whole, before := need{all: []string{""}}, true, 0
	for _, sub := range subs {
		one := known(sub, first)
		one.after = min(one.after+before, anywhere)
		if first = first && (beforeWords(sub) || width(sub) == 0); !first {
			before = min(before+width(sub), anywhere)
		}
		goesOn := len(run.all)*len(one.all) <= mostStrings && !(slices.Contains(one.all, "") && shortest(run.all) > enoughOfNeed)
		if one.whole && goesOn {
			run.all = joined(run.all, one.all)
			continue
		}
		best, whole = better(better(best, run), one), false
		if run = (need{all: []string{""}, after: before}); one.whole {
			run = one
		}
	}
	if run.whole = whole; whole {
		return run
	}
	return better(best, run)
}

func joined(heads, tails []string) []string {
	all := make([]string, 0, len(heads)*len(tails))
	for _, h := range heads {
		for _, t := range tails {
			all = append(all, h+t)
		}
	}
	return all
}

// better is the one of two whose strings are rarer, as far as their length tells.
func better(a, b need) need {
	if shortest(b.all) > shortest(a.all) {
		a = b
	}
	a.whole = false
	return a
}

// shortest is the length of the shortest string; 0 where there is none.
func shortest(all []string) int {
	n := 0
	for i, s := range all {
		if l := len(s); i == 0 || l < n {
			n = l
		}
	}
	return n
}
