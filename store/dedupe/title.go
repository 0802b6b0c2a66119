package dedupe

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"broadsheet/internal/link"
	"broadsheet/internal/plain"

	"golang.org/x/text/unicode/norm"
)

// titleTokens is a title split into words.
type titleTokens struct {
	core    []string // the words without what others add to a title: "Show HN:", "[pdf]", "(2019)", the site's name
	all     []string // all words
	numbers []string // those that distinguish the parts of a series: numbers, versions, months, "part two"
	years   []string // the years, apart from the numbers because others add one to a title, as in "(2019)"
}

// TitleKey returns what all spellings of a title share: its words in lower case, without punctuation and without what
// others add to it, such as "Show HN:", "[pdf]", "(2019)", "(updated)" or the name of the site at address. It returns
// "" if the title has no words.
func TitleKey(title, address string) string {
	return strings.Join(tokenizeTitle(title, address).core, " ")
}

// tokenizeTitle splits the title of an article at address.
func tokenizeTitle(title, address string) titleTokens {
	whole := strings.ToLower(norm.NFKC.String(plain.TruncateBytes(title, maxTitleBytes)))
	t := titleTokens{core: splitTitle(stripAdditions(whole, address)), all: splitTitle(whole)}
	t.numbers, t.years = seriesNumbers(t.all)
	return t
}

// maxTitleBytes is how many bytes of a title are used.
const maxTitleBytes = 1000

// equal reports whether two titles are the same, with or without what others add to a title.
func (t titleTokens) equal(o titleTokens) bool {
	return len(t.core) > 0 && len(o.core) > 0 && (slices.Equal(t.core, o.core) || slices.Equal(t.all, o.core) ||
		slices.Equal(t.core, o.all) || slices.Equal(t.all, o.all))
}

// stripAdditions drops, from both ends of a title in lower case, what others add to it: labels, remarks and the site's
// name.
func stripAdditions(title, address string) string {
	host := strings.ReplaceAll(link.Host(address), ".", "")
	for range 8 {
		trimmed := strings.TrimSpace(trimLabel(trimRemark(trimSiteName(title, host))))
		if trimmed == title || len(splitTitle(trimmed)) == 0 {
			break
		}
		title = trimmed
	}
	return title
}

// labels are put before a title by those who share the link.
var labels = []string{"show hn:", "ask hn:", "tell hn:", "launch hn:", "updated:", "update:", "pdf:", "video:", "repost:"}

// trimLabel drops one of labels from the beginning of a title.
func trimLabel(title string) string {
	for _, label := range labels {
		if rest, ok := strings.CutPrefix(title, label); ok {
			return rest
		}
	}
	return title
}

// remarks are texts that others put in brackets at either end of a title.
var remarks = map[string]bool{
	"pdf": true, "video": true, "audio": true, "slides": true, "podcast": true, "ps": true, "txt": true, "epub": true, "html": true,
	"updated": true, "update": true, "link": true, "repost": true, "cross post": true, "crosspost": true, "x post": true,
	"yt": true, "youtube": true, "paywall": true, "paywalled": true, "archived": true, "archive": true, "external": true,
}

// trimRemark drops one remark in brackets from the beginning or the end of a title.
func trimRemark(title string) string {
	if end, ok := closingBracket[firstByte(title)]; ok {
		if i := strings.IndexByte(title, end); i > 0 && isRemark(title[1:i]) {
			return title[i+1:]
		}
	}
	for open, end := range closingBracket {
		if strings.HasSuffix(title, string(end)) {
			if i := strings.LastIndexByte(title, open); i > 0 && isRemark(title[i+1:len(title)-1]) {
				return title[:i]
			}
		}
	}
	return title
}

var closingBracket = map[byte]byte{'(': ')', '[': ']', '{': '}'}

// firstByte returns the first byte of s; 0 if it is empty.
func firstByte(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}

// isRemark reports whether the text in brackets is about the article or its link: one of remarks, a year, "via …", "YC
// S19".
func isRemark(text string) bool {
	text = strings.Join(splitTitle(text), " ")
	return remarks[text] || isYear(text) || strings.HasPrefix(text, "via ") || len(text) == 6 && strings.HasPrefix(text, "yc ")
}

// isYear reports whether a word is a year from 1900 to 2099.
func isYear(word string) bool {
	return len(word) == 4 && (word[:2] == "19" || word[:2] == "20") && word[2] >= '0' && word[2] <= '9' && word[3] >= '0' && word[3] <= '9'
}

// genericSiteWords are words that are in the names of many sites, and do not identify one by themselves.
var genericSiteWords = map[string]bool{
	"the": true, "blog": true, "blogs": true, "engineering": true, "engineers": true, "tech": true, "technology": true, "medium": true, "dev": true,
	"community": true, "news": true, "team": true, "developers": true, "developer": true, "official": true, "journal": true,
	"magazine": true, "substack": true, "hashnode": true, "s": true, "weblog": true, "site": true, "website": true, "com": true, "org": true, "io": true,
	"linkedin": true, "youtube": true, "github": true, "at": true, "inc": true,
}

// trimSiteName drops the part after the last separator if it names the site. To drop any such part would make "X - AOP"
// and "X - JDBC" the same title.
func trimSiteName(title, host string) string {
	at, width := -1, 0
	for _, sep := range []string{" | ", " - ", " – ", " — ", " · ", " • ", " :: ", " » ", " / ", " ‹ ", " « "} {
		if i := strings.LastIndex(title, sep); i > at {
			at, width = i, len(sep)
		}
	}
	if at <= 0 {
		return title
	}
	for _, word := range splitTitle(title[at+width:]) {
		if !genericSiteWords[word] && !(len(word) > 1 && strings.Contains(host, word)) {
			return title
		}
	}
	return title[:at]
}

var apostrophes = strings.NewReplacer("'", "", "’", "")

// splitTitle returns the words of a title in lower case. The "#" and "+" of c#, f# and c++ belong to the word, as does
// the dot of 1.2. In a script that is written without spaces, each character is a word.
func splitTitle(title string) []string {
	var words []string
	start := -1
	flush := func(end int) {
		if start >= 0 {
			word := title[start:end]
			if strings.ContainsAny(word, "'’") {
				word = apostrophes.Replace(word)
			}
			words = append(words, word)
			start = -1
		}
	}
	for i, r := range title {
		switch {
		case plain.IsIdeograph(r) || plain.IsUnspacedScript(r) && !unicode.IsMark(r):
			flush(i)
			words = append(words, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			if start < 0 {
				start = i
			}
		case start >= 0 && (r == '#' || r == '+' || r == '\'' || r == '’' || r == '.' && digitAt(title, i-1) && digitAt(title, i+1)):
		default:
			flush(i)
		}
	}
	flush(len(title))
	return words
}

// digitAt reports whether the byte at i, which may be outside of s, is a digit.
func digitAt(s string, i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }

// ordinals maps the words that number the parts of a series to one spelling.
var ordinals = map[string]string{
	"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10",
	"first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6", "seventh": "7", "eighth": "8", "ninth": "9", "tenth": "10",
	"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "x": "10", "xi": "11", "xii": "12",
	"1st": "1", "2nd": "2", "3rd": "3", "4th": "4", "5th": "5",
	"january": "jan", "february": "feb", "march": "mar", "april": "apr", "may": "may", "june": "jun", "july": "jul", "august": "aug",
	"september": "sep", "october": "oct", "november": "nov", "december": "dec", "jan": "jan", "feb": "feb", "mar": "mar", "apr": "apr",
	"jun": "jun", "jul": "jul", "aug": "aug", "sep": "sep", "sept": "sep", "oct": "oct", "nov": "nov", "dec": "dec",
	"q1": "q1", "q2": "q2", "q3": "q3", "q4": "q4", "spring": "spring", "summer": "summer", "autumn": "autumn", "winter": "winter",
	"monday": "mon", "tuesday": "tue", "wednesday": "wed", "thursday": "thu", "friday": "fri", "saturday": "sat", "sunday": "sun",
	"一": "1", "二": "2", "三": "3", "四": "4", "五": "5", "六": "6", "七": "7", "八": "8", "九": "9", "十": "10", "上": "1", "中": "2", "下": "3",
}

// seriesNumbers returns the words of a title that distinguish the parts of a series, each in one spelling, and the
// years.
func seriesNumbers(words []string) (numbers, years []string) {
	for _, word := range words {
		switch n, ok := ordinals[word]; {
		case ok:
			numbers = append(numbers, n)
		case isYear(word):
			years = append(years, word)
		case strings.ContainsAny(word, "0123456789") || hasNonASCIIDigit(word):
			numbers = append(numbers, strings.TrimLeft(strings.TrimLeft(word, "v#"), "0"))
		}
	}
	return numbers, years
}

// hasNonASCIIDigit reports whether a word contains a digit that is not ASCII.
func hasNonASCIIDigit(word string) bool {
	for _, r := range word {
		if r >= utf8.RuneSelf && unicode.IsDigit(r) {
			return true
		}
	}
	return false
}

// differInNumbers reports whether the numbers in two titles are those of two parts, issues, versions or years.
func differInNumbers(a, b titleTokens) bool {
	return conflict(a.numbers, b.numbers) || conflict(a.years, b.years)
}

// conflict reports whether neither of two lists, both not empty, contains the other.
func conflict(a, b []string) bool {
	return len(a) > 0 && len(b) > 0 && !isSubset(a, b) && !isSubset(b, a)
}

// isSubset reports whether b contains all of a.
func isSubset(a, b []string) bool {
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	return true
}

// differByOneWord reports whether two titles of the same length, at least two words, differ in exactly one: "in C#" and
// "in F#", "Meetup Berlin" and "Meetup Rome".
func differByOneWord(a, b titleTokens) bool {
	if len(a.core) != len(b.core) || len(a.core) < 2 {
		return false
	}
	n := 0
	for i, word := range a.core {
		if word != b.core[i] {
			n++
		}
	}
	return n == 1
}

// wordOverlap returns the share of words that two titles have in common, from 0 to 1 (Sørensen–Dice coefficient).
func wordOverlap(a, b titleTokens) float64 {
	if len(a.core)+len(b.core) == 0 {
		return 0
	}
	rest := slices.Clone(b.core)
	n := 0
	for _, word := range a.core {
		if i := slices.Index(rest, word); i >= 0 {
			rest = slices.Delete(rest, i, i+1)
			n++
		}
	}
	return 2 * float64(n) / float64(len(a.core)+len(b.core))
}
