package excerpt

import (
	"slices"
	"strings"
	"unicode/utf8"

	"broadsheet/internal/plain"
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
	f.rows = make([]uint16, f.width) // that the first state has until it gets its own: nothing leads on
	depth := make([]uint8, len(t.ways))
	queue := make([]uint16, 1, len(t.ways))
	for i := 0; i < len(queue); i++ {
		at := queue[i]
		s, ways := &f.states[at], t.ways[at]
		t.found[at] = append(t.found[at], t.found[s.back]...)
		for _, w := range ways {
			f.states[w.to].back = f.step(s.back, w.class)
			depth[w.to] = depth[at] + 1
			queue = append(queue, w.to)
		}
		switch {
		case depth[at] <= often || len(ways) > 1:
			f.addRow(s, ways)
		case len(ways) == 1:
			s.row, s.class, s.next = -1, ways[0].class, ways[0].to
		default:
			s.row = -1
		}
	}
	for at, found := range t.found {
		f.found = append(f.found, found...)
		f.states[at].found = uint32(len(f.found))
	}
}

// addRow gives a state a row.
func (f *finder) addRow(s *state, ways []way) {
	row := make([]uint16, f.width)
	for class := range row {
		row[class] = f.step(s.back, uint8(class))
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
	if !plain.IsASCII(line) {
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
