// Package dedupe decides whether two articles are the same work published twice (near-duplicate detection), by their
// addresses, titles and texts. Texts are compared by their shingles; MinHash values find candidates in an index. The
// package is pure: the store keeps the index and looks the candidates up.
package dedupe

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"broadsheet/internal/link"
)

// Evidence is the reason why two articles are one story.
type Evidence struct {
	Rule   string  // "redirect", "canonical", "address", "text, same title", "text, same site", "text, other site", "join", …
	Score  float64 // 0 to 1: the share of the shorter text, or of the titles' words, that agrees; 1 if the rule compares neither
	Detail string  // what agrees, for the maintainer
}

// Fingerprint holds what two articles are compared by.
type Fingerprint struct {
	Shingles            Shingles  // of its text
	Published           time.Time // zero: unknown
	FromOtherSource     bool      // its text is from another source than the article: it counts only with the same title
	startsWithQuotation bool      // its text begins with a long quotation
	title               titleTokens
	site                string // link.Site of its address
	key                 string // link.Key of its address
}

// NewFingerprint returns the fingerprint of an article. published is zero if it is unknown.
func NewFingerprint(address, title, text string, published time.Time) Fingerprint {
	return Fingerprint{
		Shingles: ShingleText(text), Published: published, startsWithQuotation: startsWithQuotation(text),
		title: tokenizeTitle(title, address), site: link.Site(address), key: link.Key(address),
	}
}

// startsWithQuotation reports whether a text begins with a quotation so long that the text may be taken for the one
// that it quotes.
func startsWithQuotation(text string) bool {
	opening, size := utf8.DecodeRuneInString(text)
	closing, ok := closingQuote[opening]
	if !ok {
		return false
	}
	n := strings.IndexRune(text[size:], closing)
	return n > 0 && len(ShingleText(text[size:size+n])) >= minShingles
}

// closingQuote maps an opening quotation mark to its closing one.
var closingQuote = map[rune]rune{'“': '”', '„': '“', '«': '»', '»': '«', '「': '」', '『': '』', '"': '"', '‘': '’'}

// TooShort reports whether the text is too short to be evidence.
func (f Fingerprint) TooShort() bool { return len(f.Shingles) < minShingles }

// TitleKeys returns the keys under which the title is indexed: without what others add to a title (see TitleKey) and,
// if they differ, with it. It returns nil if the title has no words.
func (f Fingerprint) TitleKeys() []string {
	keys := []string{strings.Join(f.title.core, " "), strings.Join(f.title.all, " ")}
	if keys[0] == keys[1] {
		keys = keys[:1]
	}
	if keys[0] == "" {
		return nil
	}
	return keys
}

// Sizes of a text, in shingles.
const (
	minShingles         = 30 // shorter texts are no evidence
	minUncommonShingles = 12 // nor is a text of which fewer remain without the common ones
	summaryShingles     = 70 // about as much as a feed's summary has
	leadShingles        = 100
	articleShingles     = 200
)

// Thresholds: which share of the shorter text's shingles must be in the other text.
const (
	sameTitle           = .8  // with the same title
	sameTitleLong       = .5  // with the same title, and at least summaryShingles
	sameTitleLater      = .95 // with the same title, and dates far apart: this year's call for papers, and last year's
	sameTitleCopy       = .9  // as sameTitleLater, but on two sites; or with the same title on one site, and different dates
	otherTitleOtherSite = .8  // with two titles, on two sites, and at least leadShingles
	otherTitleSameSite  = .95 // with two titles, on one site, and at least summaryShingles

	sameTitleOtherText = .2 // below it the texts are of two works, even if the titles agree
)

// A copy has the date of its original or one soon after; a correction of the title leaves the date alone.
const (
	maxCopyDelay      = 20 * 24 * time.Hour
	sameDateTolerance = 48 * time.Hour
)

// Distinct reports whether two articles are two works, however much alike they look: their titles have different
// numbers (parts, issues, versions, years) or differ in one word ("in C#", "in F#"), or their addresses differ in a
// number only.
func Distinct(a, b Fingerprint) bool {
	return differInNumbers(a.title, b.title) || differByOneWord(a.title, b.title) || differInID(a.key, b.key)
}

// differInID reports whether two link keys differ in nothing but a long number: two entries of one database.
func differInID(a, b string) bool {
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
	x, y := countDigits(a[at:]), countDigits(b[at:])
	return min(x, y) >= 5 && a[at+x:] == b[at+y:]
}

// countDigits returns the number of digits that s begins with.
func countDigits(s string) int {
	n := 0
	for digitAt(s, n) {
		n++
	}
	return n
}

// SameText reports whether two articles are one work by their texts, with the help of their titles. Shingles for which
// common returns true, because other stories contain them too, do not count; common may be nil. A false positive loses
// an article, a false negative shows one twice: in doubt the answer is no.
func SameText(a, b Fingerprint, common func(uint32) bool) (Evidence, bool) {
	if Distinct(a, b) {
		return Evidence{}, false
	}
	size := min(len(a.Shingles), len(b.Shingles))
	if size < minShingles {
		return Evidence{}, false
	}
	same, gap := a.title.equal(b.title), timeBetween(a.Published, b.Published)
	dated := !a.Published.IsZero() && !b.Published.IsZero()
	if same && dated && gap == 0 {
		common = nil // the next article made from a template has another date
	}
	shared, uncommon := a.Shingles.countShared(b.Shingles, common)
	if uncommon < minUncommonShingles || uncommon < minShingles && !same {
		return Evidence{}, false
	}
	e := textEvidence("", shared, uncommon)
	sameSite := a.site == b.site
	switch {
	case !sameSite && a.startsWithQuotation != b.startsWithQuotation:
		return e, false // one quotes the other
	case same && gap > maxCopyDelay:
		e.Rule = "text, same title, later"
		return e, size >= summaryShingles && (e.Score >= sameTitleLater || !sameSite && e.Score >= sameTitleCopy)
	case same && sameSite && gap > 0:
		e.Rule = "text, same title and site"
		return e, e.Score >= sameTitleCopy
	case same:
		e.Rule = "text, same title"
		return e, e.Score >= sameTitle || size >= summaryShingles && e.Score >= sameTitleLong
	case a.FromOtherSource || b.FromOtherSource:
		return e, false
	case sameSite:
		e.Rule = "text, same site"
		return e, e.Score >= otherTitleSameSite && (size >= articleShingles || size >= summaryShingles && dated && gap <= sameDateTolerance)
	}
	e.Rule = "text, other site"
	return e, e.Score >= otherTitleOtherSite && (size >= articleShingles || size >= leadShingles && gap <= sameDateTolerance)
}

// timeBetween returns the time between two dates; 0 if one is unknown.
func timeBetween(a, b time.Time) time.Duration {
	if a.IsZero() || b.IsZero() {
		return 0
	}
	return a.Sub(b).Abs()
}

// SameAddress reports whether two articles, one of which redirects to the other's address or declares it as its
// canonical one, agree in title or text.
func SameAddress(a, b Fingerprint) (Evidence, bool) {
	if Distinct(a, b) {
		return Evidence{}, false
	}
	shared, total := a.Shingles.countShared(b.Shingles, nil)
	if share := wordOverlap(a.title, b.title); share >= .5 {
		return Evidence{Rule: "address", Score: share, Detail: "titles agree"},
			total < summaryShingles || float64(shared) >= sameTitleOtherText*float64(total)
	}
	if total < minShingles {
		return Evidence{}, false
	}
	e := textEvidence("address", shared, total)
	return e, e.Score >= sameTitle
}

// textEvidence returns the evidence that shared of total shingles are in both texts.
func textEvidence(rule string, shared, total int) Evidence {
	return Evidence{Rule: rule, Score: float64(shared) / float64(total), Detail: fmt.Sprintf("%d of %d runs of four words", shared, total)}
}

// countShared returns how many shingles of the smaller set are not common, and how many of those are in the larger set
// too. common may be nil.
func (s Shingles) countShared(o Shingles, common func(uint32) bool) (shared, total int) {
	if len(s) < len(o) {
		s, o = o, s
	}
	set := make(map[uint32]struct{}, len(s))
	for _, x := range s {
		set[x] = struct{}{}
	}
	for _, x := range o {
		if common != nil && common(x) {
			continue
		}
		total++
		if _, ok := set[x]; ok {
			shared++
		}
	}
	return shared, total
}
