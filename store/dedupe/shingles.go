package dedupe

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"broadsheet/internal/plain"
)

const (
	maxWords     = 400 // how many words of a text are used
	shingleWords = 4   // words in a shingle
)

// Shingles are the w-shingles of a text (w = 4): a hash of each four successive words among its first 400, in the order
// of the text, each once. In a script that is written without spaces, a character counts as a part of a word. Case and
// punctuation do not count.
type Shingles []uint32

// ShingleText returns the shingles of a plain text.
func ShingleText(text string) Shingles {
	tokens := make([]token, 0, maxWords+8)
	words := float32(0)
	for at := 0; at < len(text) && words < maxWords; {
		t, next := nextToken(text, at)
		if t.weight > 0 {
			tokens = append(tokens, t)
			words += t.weight
		}
		at = next
	}
	return hashShingles(tokens)
}

// token is a word, or a character of a script that is written without spaces.
type token struct {
	hash   uint32
	weight float32 // which part of a word it is
}

// nextToken returns the token at or after at, and where to read on. Its weight is 0 if there is none.
func nextToken(text string, at int) (t token, next int) {
	hash := uint32(2166136261) // the offset basis of FNV-1a
	n := 0
	for at < len(text) {
		r, size := rune(text[at]), 1
		if r >= 'a' && r <= 'z' { // most characters; BenchmarkNewFingerprint takes 1.5 times as long without
			hash, n, at = hashRune(hash, r), n+1, at+1
			continue
		}
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[at:])
		}
		kind := kindOf(r)
		switch {
		case kind == letterKind:
			hash = hashRune(hash, unicode.ToLower(r))
			n++
		case kind == joinerKind && n > 0: // an apostrophe or an accent by itself
		case kind == separatorKind || kind == joinerKind:
			if n > 0 {
				return token{hash, 1}, at + size
			}
		case n > 0:
			return token{hash, 1}, at
		default:
			return token{hashRune(hash, r), float32(1) / float32(kind)}, at + size
		}
		at += size
	}
	if n > 0 {
		return token{hash, 1}, at
	}
	return token{}, at
}

// Kinds of characters. Characters of halfWordKind and quarterWordKind are a token each; the value of the kind is how many
// of them count as one word.
const (
	separatorKind   = 0
	letterKind      = 1 // its characters form a token together
	halfWordKind    = 2
	quarterWordKind = 4
	joinerKind      = -1 // does not separate words: apostrophes, accents, soft hyphens
)

// kindOf returns the kind of a character.
func kindOf(r rune) int {
	if r < utf8.RuneSelf {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9':
			return letterKind
		case r == '\'':
			return joinerKind
		}
		return separatorKind
	}
	switch {
	case r == '’' || r == 'ʼ' || r == 0xAD || r == 0x200D || r == 0x200C:
		return joinerKind
	case unicode.IsMark(r):
		return joinerKind
	case plain.IsIdeograph(r):
		return halfWordKind
	case plain.IsUnspacedScript(r):
		return quarterWordKind
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return letterKind
	}
	return separatorKind
}

// hashRune adds a character to a hash: FNV-1a with one more step of mixing.
func hashRune(hash uint32, r rune) uint32 {
	hash = (hash ^ uint32(r)) * 16777619
	return hash ^ hash>>15
}

// hashShingles returns the hashes of all runs of tokens that have the weight of four words, each once, in order.
func hashShingles(tokens []token) Shingles {
	s := make(Shingles, 0, len(tokens))
	for i := range tokens {
		hash, weight := uint32(0), float32(0)
		for _, t := range tokens[i:] {
			hash = (hash ^ t.hash) * 0x9E3779B1
			hash ^= hash >> 13
			if weight += t.weight; weight >= shingleWords {
				break
			}
		}
		if weight < shingleWords {
			break
		}
		s = append(s, hash*0x85EBCA6B^hash>>16)
	}
	return uniqueInOrder(s)
}

// uniqueInOrder drops all but the first of equal hashes. It reuses the memory of s.
func uniqueInOrder(s Shingles) Shingles {
	seen := make(map[uint32]struct{}, len(s))
	out := s[:0]
	for _, x := range s {
		if _, known := seen[x]; !known {
			seen[x] = struct{}{}
			out = append(out, x)
		}
	}
	return out
}

// Containment returns the share, from 0 to 1, of the smaller set of shingles that is in the other too; 0 if it is too
// small to tell.
func (s Shingles) Containment(o Shingles) float64 {
	if min(len(s), len(o)) < 8 {
		return 0
	}
	shared, total := s.countShared(o, nil)
	return float64(shared) / float64(total)
}

// MinHash returns the MinHash signature of the shingles (bottom-k sketch), by which an index finds texts that share
// most of them: the 3 smallest hashes of the first 60 shingles, since a copy may be cut off there, and the 4 smallest
// of all. Texts that share four fifths almost certainly have a value in common. It returns nil for fewer than
// minShingles.
func (s Shingles) MinHash() []uint32 {
	if len(s) < minShingles {
		return nil
	}
	out := smallest(s[:min(len(s), 60)], 3)
	for _, x := range smallest(s, 4) {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// smallest returns the n smallest hashes in s, sorted.
func smallest(s Shingles, n int) []uint32 {
	out := make([]uint32, 0, n+1)
	for _, x := range s {
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
