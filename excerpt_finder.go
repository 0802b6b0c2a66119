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
	needs [][]string // of each expression; nil: nothing is known of it
	class [256]uint8 // bytes that stand in no need are one class, 0
	width int        // classes
	next  []uint16   // state to go to, by state and class
	found [][]uint16 // expressions, by state
	all   candidates // expressions that may match any line
}

// add gives the number of an expression, which may match a line that has one of its needs; any line if they are nil.
func (f *finder) add(needs []string) int {
	f.needs = append(f.needs, needs)
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
	f.next, f.found = make([]uint16, 0, f.states()*f.width), make([][]uint16, 0, f.states())
	f.state()
	for n, needs := range f.needs {
		if needs == nil {
			f.all.put(n)
		}
		for _, need := range needs {
			f.plant(need, uint16(n))
		}
	}
	f.link()
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

// states is how many states there will be: one for each way that a need begins.
func (f *finder) states() int {
	all := slices.Sorted(slices.Values(slices.Concat(f.needs...)))
	n, before := 1, ""
	for _, need := range all {
		same := 0
		for same < min(len(need), len(before)) && need[same] == before[same] {
			same++
		}
		n, before = n+len(need)-same, need
	}
	return n
}

// state adds a state that leads nowhere.
func (f *finder) state() uint16 {
	f.next, f.found = append(f.next, make([]uint16, f.width)...), append(f.found, nil)
	return uint16(len(f.found) - 1)
}

// plant makes the states that a need leads through.
func (f *finder) plant(need string, of uint16) {
	at := uint16(0)
	for i := range len(need) {
		edge := int(at)*f.width + int(f.class[need[i]])
		if f.next[edge] == 0 {
			if len(f.found) == 1<<16-1 { // enough: what is found too early costs time alone
				break
			}
			to := f.state()
			f.next[edge] = to
		}
		at = f.next[edge]
	}
	f.found[at] = append(f.found[at], of)
}

// link leads from each state, where its need goes on otherwise, to that of the longest need that may have begun since.
func (f *finder) link() {
	back := make([]uint16, len(f.found))
	var queue []uint16
	for c := range f.width {
		if to := f.next[c]; to != 0 {
			queue = append(queue, to)
		}
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		f.found[at] = append(f.found[at], f.found[back[at]]...)
		for c := range f.width {
			edge, other := int(at)*f.width+c, f.next[int(back[at])*f.width+c]
			if to := f.next[edge]; to != 0 {
				back[to] = other
				queue = append(queue, to)
			} else {
				f.next[edge] = other
			}
		}
	}
}

// candidates are numbers of expressions.
type candidates []uint64

func (c candidates) put(n int) { c[n/64] |= 1 << (n % 64) }

func (c candidates) has(n int) bool { return c[n/64]&(1<<(n%64)) != 0 }

// in gives the expressions that may match a line.
func (f *finder) in(line string) candidates {
	may := slices.Clone(f.all)
	at, word := 0, false
	step := func(c byte) {
		at = int(f.next[at*f.width+int(f.class[c])])
		for _, n := range f.found[at] {
			may.put(int(n))
		}
	}
	low := strings.ToLower(line)
	for i := range len(low) {
		if w := inWord(low[i]); w != word {
			step(seam)
			word = w
		}
		step(low[i])
	}
	if word {
		step(seam)
	}
	return may
}

// needsOf gives strings of which one stands, seams included, in whatever an expression matches; nil: not known.
func needsOf(re string) []string {
	parsed, err := syntax.Parse("(?i)"+re, syntax.Perl)
	if err != nil {
		return nil
	}
	all, _ := known(parsed)
	var needs []string
	for _, s := range all {
		if s == "" {
			return nil
		}
		s = sewn(s)
		needs = append(needs, s[:min(len(s), longestNeed)])
	}
	slices.Sort(needs)
	return slices.Compact(needs)
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

// known gives strings of which one stands in whatever re matches, nil when none are known; whole when they are all
// that it matches.
func known(re *syntax.Regexp) (all []string, whole bool) {
	switch re.Op {
	case syntax.OpLiteral:
		return []string{strings.ToLower(string(re.Rune))}, true
	case syntax.OpCharClass:
		return runesOf(re.Rune)
	case syntax.OpWordBoundary:
		return []string{string(rune(seam))}, true
	case syntax.OpEmptyMatch, syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpNoWordBoundary:
		return []string{""}, true
	case syntax.OpCapture:
		return known(re.Sub[0])
	case syntax.OpQuest:
		if all, whole = known(re.Sub[0]); whole {
			return append(all, ""), true
		}
	case syntax.OpPlus:
		all, _ = known(re.Sub[0])
		return all, false
	case syntax.OpRepeat:
		if re.Min > 0 {
			all, _ = known(re.Sub[0])
			return all, false
		}
	case syntax.OpAlternate:
		return oneOf(re.Sub)
	case syntax.OpConcat:
		return inARow(re.Sub)
	}
	return nil, false
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

func oneOf(subs []*syntax.Regexp) (all []string, whole bool) {
	whole = true
	for _, sub := range subs {
		some, w := known(sub)
		if some == nil {
			return nil, false
		}
		all, whole = append(all, some...), whole && w
	}
	return all, whole
}

// inARow joins what follows one another as long as it is known whole, and gives the best of what it could join.
func inARow(subs []*syntax.Regexp) (all []string, whole bool) {
	var best []string
	run, whole := []string{""}, true
	for _, sub := range subs {
		some, w := known(sub)
		goesOn := len(run)*len(some) <= mostStrings && !(slices.Contains(some, "") && shortest(run) > enoughOfNeed)
		if w && goesOn {
			run = joined(run, some)
			continue
		}
		best, whole = better(better(best, run), some), false
		if run = []string{""}; w {
			run = some
		}
	}
	if whole {
		return run, true
	}
	return better(best, run), false
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
func better(a, b []string) []string {
	if shortest(b) > shortest(a) {
		return b
	}
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
