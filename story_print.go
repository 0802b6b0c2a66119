package broadsheet

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

const (
	printWords  = 400 // words of a text that are looked at
	shingleLong = 4   // words in a row that are compared at once
)

// Print is what a text is recognised by: a number for each run of four words among its first 400, in order, each once.
// Where a script writes without spaces, its characters stand for a part of a word. Case and punctuation do not count.
type Print []uint32

// PrintOf is the print of a plain text.
func PrintOf(text string) Print {
	tokens := make([]token, 0, printWords+8)
	words := float32(0)
	for at := 0; at < len(text) && words < printWords; {
		t, next := nextToken(text, at)
		if t.weight > 0 {
			tokens = append(tokens, t)
			words += t.weight
		}
		at = next
	}
	return shingles(tokens)
}

// token is a word, or a character of a script that writes without spaces.
type token struct {
	hash   uint32
	weight float32 // how much of a word it is
}

// nextToken reads the token at or after at. Its weight is 0 where there is none.
func nextToken(text string, at int) (t token, next int) {
	hash := uint32(2166136261)
	n := 0
	for at < len(text) {
		r, size := rune(text[at]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[at:])
		}
		kind := kindOf(r)
		switch {
		case kind == letterKind:
			hash = mixRune(hash, lower(r))
			n++
		case kind == joinKind && n > 0: // an apostrophe or an accent by itself
		case kind == breakKind || kind == joinKind:
			if n > 0 {
				return token{hash, 1}, at + size
			}
		case n > 0:
			return token{hash, 1}, at
		default:
			return token{mixRune(hash, r), float32(1) / float32(kind)}, at + size
		}
		at += size
	}
	if n > 0 {
		return token{hash, 1}, at
	}
	return token{}, at
}

// Kinds of characters; one above joinKind says how many characters make a word.
const (
	breakKind  = 0
	letterKind = 1
	halfKind   = 2
	fourthKind = 4
	joinKind   = -1
)

func kindOf(r rune) int {
	if r < utf8.RuneSelf {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9':
			return letterKind
		case r == '\'':
			return joinKind
		}
		return breakKind
	}
	switch {
	case r == '’' || r == 'ʼ' || r == 0xAD || r == 0x200D || r == 0x200C:
		return joinKind
	case unicode.IsMark(r):
		return joinKind
	case ideograph(r):
		return halfKind
	case unspaced(r):
		return fourthKind
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return letterKind
	}
	return breakKind
}

func lower(r rune) rune {
	if r < utf8.RuneSelf {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	return unicode.ToLower(r)
}

func mixRune(hash uint32, r rune) uint32 {
	hash = (hash ^ uint32(r)) * 16777619
	return hash ^ hash>>15
}

// shingles is the numbers of all runs of tokens that weigh four words, each once, in order.
func shingles(tokens []token) Print {
	p := make(Print, 0, len(tokens))
	for i := range tokens {
		hash, weight := uint32(0), float32(0)
		for _, t := range tokens[i:] {
			hash = (hash ^ t.hash) * 0x9E3779B1
			hash ^= hash >> 13
			if weight += t.weight; weight >= shingleLong {
				break
			}
		}
		if weight < shingleLong {
			break
		}
		p = append(p, hash*0x85EBCA6B^hash>>16)
	}
	return firstOnly(p)
}

// firstOnly drops numbers that stood before.
func firstOnly(p Print) Print {
	seen := make(map[uint32]struct{}, len(p))
	out := p[:0]
	for _, x := range p {
		if _, known := seen[x]; !known {
			seen[x] = struct{}{}
			out = append(out, x)
		}
	}
	return out
}

// Contained is the share of the shorter of two prints that is in the other one too; 0 when it is too short to tell.
func (p Print) Contained(q Print) float64 {
	if min(len(p), len(q)) < 8 {
		return 0
	}
	shared, of := p.sharedWith(q, nil)
	return float64(shared) / float64(of)
}

// Samples are the numbers of a print by which texts that share much of it are found again: the least of its beginning,
// where a cut-off copy ends, and the least of the whole. Texts that share four fifths share a sample all but surely.
func (p Print) Samples() []uint32 {
	if len(p) < leastPrint {
		return nil
	}
	out := least(p[:min(len(p), 60)], 3)
	for _, x := range least(p, 4) {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// least are the n least numbers of p.
func least(p Print, n int) []uint32 {
	out := make([]uint32, 0, n+1)
	for _, x := range p {
		if len(out) == n && x >= out[n-1] {
			continue
		}
		at, _ := slices.BinarySearch(out, x)
		if out = slices.Insert(out, at, x); len(out) > n {
			out = out[:n]
		}
	}
	return out
}
