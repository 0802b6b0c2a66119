// Package dedupe decides whether two articles are the same work, by their addresses, titles and texts. It is pure: the store
// proposes the candidates.
package dedupe

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"broadsheet/internal/link"
)

// Evidence says why two articles are one story.
type Evidence struct {
	Rule  string  // "redirect", "canonical", "address", "text, same title", "text, same site", "text, other site", "join"
	Score float64 // share of the shorter text that is in the other; 1 where the rule is not about text
	Words string  // what agreed, for the maintainer
}

// Fingerprint is what the rules of stories look at in an article.
type Fingerprint struct {
	Shingles        Shingles
	Published       time.Time // zero: not told
	FromOtherSource bool      // others told its text than the source that speaks for it: it counts under the same title alone
	quotes          bool      // its text begins with a long quotation
	title           titleTokens
	site            string
	path            string // key of its link
}

// NewFingerprint reads an article for the rules of stories.
func NewFingerprint(address, title, text string, published time.Time) Fingerprint {
	return Fingerprint{Shingles: ShingleText(text), Published: published, quotes: quotes(text), title: readWording(title, address), site: link.Site(address), path: link.Key(address)}
}

// quotes tells whether a text begins with a quotation that is long enough to be taken for what it quotes.
func quotes(text string) bool {
	mark, size := utf8.DecodeRuneInString(text)
	end, ok := quotationMarks[mark]
	if !ok {
		return false
	}
	n := strings.IndexRune(text[size:], end)
	return n > 0 && len(ShingleText(text[size:size+n])) >= leastPrint
}

var quotationMarks = map[rune]rune{'“': '”', '„': '“', '«': '»', '»': '«', '「': '」', '『': '』', '"': '"', '‘': '’'}

// Short tells whether its text is too short to be evidence.
func (w Fingerprint) Short() bool { return len(w.Shingles) < leastPrint }

// TitleKeys are the keys that its title can be found again by: without what others add to a title, and with it.
func (w Fingerprint) TitleKeys() []string {
	keys := []string{strings.Join(w.title.words, " "), strings.Join(w.title.whole, " ")}
	if keys[0] == keys[1] {
		keys = keys[:1]
	}
	if keys[0] == "" {
		return nil
	}
	return keys
}

// How much two texts must share, and how much of them there must be, in runs of four words.
const (
	leastPrint = 30 // shorter texts are no evidence
	leastRest  = 12 // nor is what is left of them when common runs are taken away
	longPrint  = 70 // about what a feed's summary holds
	wholePrint = 200

	sameShort  = .8  // with one title
	sameLong   = .5  // the same, of at least longPrint
	newEdition = .95 // the same, and dates far apart: this year's call for papers, and last year's
	lateCopy   = .9  // the same, on two sites; or with one title, on one site, and dates that are not the same
	otherSite  = .8  // with two titles, on two sites, of at least otherPrint
	sameSite   = .95 // with two titles, on one site, of at least longPrint

	otherPrint = 100
	otherText  = .2 // less is another text, whatever its title
)

// A copy bears its original's date or one of soon after; a title that is mended leaves the date alone.
const (
	farApart = 20 * 24 * time.Hour
	sameDate = 48 * time.Hour
)

// Distinct tells whether two articles are two works, however much alike they look: their titles carry different numbers
// (parts, issues, versions, years) or differ in one word ("in C#", "in F#"), or their site numbers them as two.
func Distinct(a, b Fingerprint) bool {
	return numbered(a.title, b.title) || differByOneWord(a.title, b.title) || counted(a.path, b.path)
}

// counted tells whether two links differ in nothing but a long number: two entries of one database.
func counted(a, b string) bool {
	if a == b {
		return false
	}
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	for at > 0 && digitAt(a, at-1) {
		at--
	}
	x, y := digits(a[at:]), digits(b[at:])
	return min(x, y) >= 5 && a[at+x:] == b[at+y:]
}

func digits(s string) int {
	n := 0
	for digitAt(s, n) {
		n++
	}
	return n
}

// SameText tells whether two articles are one work by their texts, with the help of their titles. Runs of words that are
// common, because further stories hold them, count for nothing. A wrong answer "yes" loses an article, a wrong "no" shows
// one twice: in doubt it is no.
func SameText(a, b Fingerprint, common func(uint32) bool) (Evidence, bool) {
	if Distinct(a, b) {
		return Evidence{}, false
	}
	of := min(len(a.Shingles), len(b.Shingles))
	if of < leastPrint {
		return Evidence{}, false
	}
	same, gap := a.title.same(b.title), between(a.Published, b.Published)
	dated := !a.Published.IsZero() && !b.Published.IsZero()
	if same && dated && gap == 0 {
		common = nil // a template's next work has a date of its own
	}
	shared, rest := a.Shingles.sharedWith(b.Shingles, common)
	if rest < leastRest || rest < leastPrint && !same {
		return Evidence{}, false
	}
	e := textEvidence("", shared, rest)
	sited := a.site == b.site
	switch {
	case !sited && a.quotes != b.quotes:
		return e, false // the one speaks of the other
	case same && gap > farApart:
		e.Rule = "text, same title, later"
		return e, of >= longPrint && (e.Score >= newEdition || !sited && e.Score >= lateCopy)
	case same && sited && gap > 0:
		e.Rule = "text, same title and site"
		return e, e.Score >= lateCopy
	case same:
		e.Rule = "text, same title"
		return e, e.Score >= sameShort || of >= longPrint && e.Score >= sameLong
	case a.FromOtherSource || b.FromOtherSource:
		return e, false
	case sited:
		e.Rule = "text, same site"
		return e, e.Score >= sameSite && (of >= wholePrint || of >= longPrint && dated && gap <= sameDate)
	}
	e.Rule = "text, other site"
	return e, e.Score >= otherSite && (of >= wholePrint || of >= otherPrint && gap <= sameDate)
}

// between is the time between two dates; 0 where one is not known.
func between(a, b time.Time) time.Duration {
	if a.IsZero() || b.IsZero() {
		return 0
	}
	return a.Sub(b).Abs()
}

// SameAddress tells whether two articles, one of which leads to the other's address or names it as its own, agree in
// title or text.
func SameAddress(a, b Fingerprint) (Evidence, bool) {
	if Distinct(a, b) {
		return Evidence{}, false
	}
	shared, of := a.Shingles.sharedWith(b.Shingles, nil)
	if share := overlap(a.title, b.title); share >= .5 {
		return Evidence{Rule: "address", Score: share, Words: "titles agree"}, of < longPrint || float64(shared) >= otherText*float64(of)
	}
	if of < leastPrint {
		return Evidence{}, false
	}
	e := textEvidence("address", shared, of)
	return e, e.Score >= sameShort
}

// textEvidence says how much of a text is shared.
func textEvidence(rule string, shared, of int) Evidence {
	return Evidence{Rule: rule, Score: float64(shared) / float64(of), Words: fmt.Sprintf("%d of %d runs of four words", shared, of)}
}

// sharedWith counts the runs of the shorter of two prints that are not common, and those of them that the other has.
func (p Shingles) sharedWith(q Shingles, common func(uint32) bool) (shared, of int) {
	if len(p) < len(q) {
		p, q = q, p
	}
	set := make(map[uint32]struct{}, len(p))
	for _, x := range p {
		set[x] = struct{}{}
	}
	for _, x := range q {
		if common != nil && common(x) {
			continue
		}
		of++
		if _, ok := set[x]; ok {
			shared++
		}
	}
	return shared, of
}
