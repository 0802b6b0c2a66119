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

// titleTokens is a title as the rules of stories see it.
type titleTokens struct {
	words   []string // without what others add to a title: "Show HN:", "[pdf]", "(2019)", the site's name
	whole   []string // all of them
	numbers []string // what tells one of a series from another: numbers, versions, months, "part two"
	years   []string // and the years among them: others add one to a title, as in "(2019)"
}

// TitleKey is what spellings of one title share: no case, no punctuation, none of what others add to it, such as
// "Show HN:", "[pdf]", "(2019)", "(updated)" or the name of the site at link. Empty when no word is left.
func TitleKey(title, link string) string { return readWording(title, link).key() }

func (h titleTokens) key() string { return strings.Join(h.words, " ") }

func readWording(title, link string) titleTokens {
	whole := strings.ToLower(norm.NFKC.String(head(title, longTitle)))
	h := titleTokens{words: titleWords(bareTitle(whole, link)), whole: titleWords(whole)}
	h.numbers, h.years = seriesNumbers(h.whole)
	return h
}

// longTitle is how many bytes of a title are looked at.
const longTitle = 1000

// head is the first n bytes of text, less what is left of a letter.
func head(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// same tells whether two titles are one, with or without what was added to them.
func (h titleTokens) same(o titleTokens) bool {
	return len(h.words) > 0 && len(o.words) > 0 && (slices.Equal(h.words, o.words) || slices.Equal(h.whole, o.words) ||
		slices.Equal(h.words, o.whole) || slices.Equal(h.whole, o.whole))
}

// bareTitle drops, from both ends of a title, what is said about an article rather than by it.
func bareTitle(title, link string) string {
	host := strings.ReplaceAll(linkHost(link), ".", "")
	for range 8 {
		bare := strings.TrimSpace(withoutLabel(withoutRemark(withoutSiteName(title, host))))
		if bare == title || len(titleWords(bare)) == 0 {
			break
		}
		title = bare
	}
	return title
}

func linkHost(address string) string {
	a, _ := link.SplitLink(address)
	return a.Host
}

// labels are put before a title by those who pass it on.
var labels = []string{"show hn:", "ask hn:", "tell hn:", "launch hn:", "updated:", "update:", "pdf:", "video:", "repost:"}

func withoutLabel(title string) string {
	for _, label := range labels {
		if rest, ok := strings.CutPrefix(title, label); ok {
			return rest
		}
	}
	return title
}

// remarks stand in brackets at either end of a title.
var remarks = map[string]bool{
	"pdf": true, "video": true, "audio": true, "slides": true, "podcast": true, "ps": true, "txt": true, "epub": true, "html": true,
	"updated": true, "update": true, "link": true, "repost": true, "cross post": true, "crosspost": true, "x post": true,
	"yt": true, "youtube": true, "paywall": true, "paywalled": true, "archived": true, "archive": true, "external": true,
}

func withoutRemark(title string) string {
	if end, ok := closing[firstByte(title)]; ok {
		if i := strings.IndexByte(title, end); i > 0 && isRemark(title[1:i]) {
			return title[i+1:]
		}
	}
	for open, end := range closing {
		if strings.HasSuffix(title, string(end)) {
			if i := strings.LastIndexByte(title, open); i > 0 && isRemark(title[i+1:len(title)-1]) {
				return title[:i]
			}
		}
	}
	return title
}

var closing = map[byte]byte{'(': ')', '[': ']', '{': '}'}

func firstByte(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}

func isRemark(text string) bool {
	text = strings.Join(titleWords(text), " ")
	return remarks[text] || isYear(text) || strings.HasPrefix(text, "via ") || len(text) == 6 && strings.HasPrefix(text, "yc ")
}

func isYear(word string) bool {
	return len(word) == 4 && (word[:2] == "19" || word[:2] == "20") && word[2] >= '0' && word[2] <= '9' && word[3] >= '0' && word[3] <= '9'
}

// siteWords name no site by themselves, and are found in the names of many.
var siteWords = map[string]bool{
	"the": true, "blog": true, "blogs": true, "engineering": true, "engineers": true, "tech": true, "technology": true, "medium": true, "dev": true,
	"community": true, "news": true, "team": true, "developers": true, "developer": true, "official": true, "journal": true,
	"magazine": true, "substack": true, "hashnode": true, "s": true, "weblog": true, "site": true, "website": true, "com": true, "org": true, "io": true,
	"linkedin": true, "youtube": true, "github": true, "at": true, "inc": true,
}

// withoutSiteName drops a tail that names the site. Dropping any tail would make one of "X - AOP" and "X - JDBC".
func withoutSiteName(title, host string) string {
	at, width := -1, 0
	for _, sep := range []string{" | ", " - ", " – ", " — ", " · ", " • ", " :: ", " » ", " / ", " ‹ ", " « "} {
		if i := strings.LastIndex(title, sep); i > at {
			at, width = i, len(sep)
		}
	}
	if at <= 0 {
		return title
	}
	for _, word := range titleWords(title[at+width:]) {
		if !siteWords[word] && !(len(word) > 1 && strings.Contains(host, word)) {
			return title
		}
	}
	return title[:at]
}

var apostrophes = strings.NewReplacer("'", "", "’", "")

// titleWords are the words of a folded title. The signs of c#, f# and c++ belong to a word, as does the dot of 1.2.
func titleWords(title string) []string {
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
		case plain.IsIdeograph(r) || plain.IsUnspaced(r) && !unicode.IsMark(r):
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

func digitAt(s string, i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }

// counting are words that number the parts of a series.
var counting = map[string]string{
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

// seriesNumbers are the words of a title that tell one of a series from the next, in one spelling, and the years.
func seriesNumbers(words []string) (numbers, years []string) {
	for _, word := range words {
		switch n, ok := counting[word]; {
		case ok:
			numbers = append(numbers, n)
		case isYear(word):
			years = append(years, word)
		case strings.ContainsAny(word, "0123456789") || hasDigit(word):
			numbers = append(numbers, strings.TrimLeft(strings.TrimLeft(word, "v#"), "0"))
		}
	}
	return numbers, years
}

func hasDigit(word string) bool {
	for _, r := range word {
		if r >= utf8.RuneSelf && unicode.IsDigit(r) {
			return true
		}
	}
	return false
}

// numbered tells whether two titles carry numbers that name two parts, issues, versions or years.
func numbered(a, b titleTokens) bool { return differ(a.numbers, b.numbers) || differ(a.years, b.years) }

func differ(a, b []string) bool {
	return len(a) > 0 && len(b) > 0 && !within(a, b) && !within(b, a)
}

func within(a, b []string) bool {
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	return true
}

// differByOneWord tells whether two titles of some length differ in one word: "in C#" and "in F#", "Meetup Berlin" and "Meetup Rome".
func differByOneWord(a, b titleTokens) bool {
	if len(a.words) != len(b.words) || len(a.words) < 2 {
		return false
	}
	n := 0
	for i, word := range a.words {
		if word != b.words[i] {
			n++
		}
	}
	return n == 1
}

// overlap is the share of words that two titles have in common, from 0 to 1.
func overlap(a, b titleTokens) float64 {
	if len(a.words)+len(b.words) == 0 {
		return 0
	}
	rest := slices.Clone(b.words)
	n := 0
	for _, word := range a.words {
		if i := slices.Index(rest, word); i >= 0 {
			rest = slices.Delete(rest, i, i+1)
			n++
		}
	}
	return 2 * float64(n) / float64(len(a.words)+len(b.words))
}
