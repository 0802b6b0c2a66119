package excerpt

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

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
