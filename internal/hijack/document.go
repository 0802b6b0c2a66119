package hijack

import (
	"hash/fnv"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"broadsheet"
	"broadsheet/internal/link"
	"broadsheet/internal/plain"
)

// NewDocument returns what is compared of a source's items, which came at a time in a document with a title. restored
// reports whether the visits before it failed for some time.
func NewDocument(s broadsheet.Source, title string, items []broadsheet.FeedItem, at time.Time, restored bool) Document {
	d := Document{At: at, Title: title, Sitemap: s.Kind == broadsheet.KindSitemap, Restored: restored}
	if s.Kind != broadsheet.KindFeed {
		d.Title = "" // the title of a page or a sitemap is not its name
	}
	for _, item := range items {
		d.Entries = append(d.Entries, newEntry(item, at))
	}
	return d
}

func newEntry(item broadsheet.FeedItem, at time.Time) Entry {
	e := Entry{GUID: hash(item.GUID), Link: hash(link.Key(item.Link)), Title: hash(identifyingTitle(item)), Site: link.Site(item.Link),
		Language: primarySubtag(item.Language), Script: script(item.Title)}
	for _, name := range item.Authors {
		if name = fold(name); name != "" {
			e.Authors = append(e.Authors, plain.TruncateBytes(name, 60))
		}
	}
	e.Authors = e.Authors[:min(len(e.Authors), 4)]
	if date := item.Published; date.Year() >= 1990 && !date.After(at.Add(24*time.Hour)) {
		e.Published = date.UTC().Truncate(time.Second)
	}
	return e
}

// identifyingTitle returns the title of an item if it is long enough to identify it, else with its date. For an item
// without a title it is the beginning of its text; for one without a text the last part of its address.
func identifyingTitle(item broadsheet.FeedItem) string {
	title := fold(item.Title)
	if title == "" {
		text := item.Summary
		if text == "" {
			text = item.Content
		}
		title = fold(plain.TruncateBytes(text, 200))
	}
	if title == "" {
		path, _, _ := strings.Cut(item.Link, "?")
		path = strings.TrimSuffix(strings.TrimRight(path, "/"), ".html")
		title = path[strings.LastIndexByte(path, '/')+1:]
	}
	switch n := utf8.RuneCountInString(title); {
	case title == "", n >= 12, n >= 5 && strings.ContainsFunc(title, plain.IsIdeograph):
		return title
	case item.Published.IsZero():
		return ""
	}
	return title + " " + item.Published.UTC().Format(time.DateTime)
}

// fold returns text in lower case, its letters and digits only, with single spaces between its words.
func fold(text string) string { return strings.Join(words(text), " ") }

// words returns the words of a text in lower case.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

// hash returns a hash of text; 0 for none.
func hash(text string) uint32 {
	if text == "" {
		return 0
	}
	h := fnv.New32a()
	h.Write([]byte(text))
	return max(h.Sum32(), 1)
}

// primarySubtag returns the language of a tag: "en" for "en-GB".
func primarySubtag(tag string) string {
	language, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return language
}

// scripts are the scripts that are told apart. What is written in Kana and Han is one.
var scripts = []struct {
	name  string
	table *unicode.RangeTable
}{
	{"Latin", unicode.Latin}, {"Cyrillic", unicode.Cyrillic}, {"Han", unicode.Han}, {"Han", unicode.Hiragana}, {"Han", unicode.Katakana},
	{"Hangul", unicode.Hangul}, {"Arabic", unicode.Arabic}, {"Hebrew", unicode.Hebrew}, {"Thai", unicode.Thai}, {"Devanagari", unicode.Devanagari},
	{"Greek", unicode.Greek}, {"Bengali", unicode.Bengali}, {"Tamil", unicode.Tamil}, {"Georgian", unicode.Georgian}, {"Armenian", unicode.Armenian},
}

// script returns the script of a title. A title with names in Latin letters among another script is of the other one.
func script(title string) string {
	counts := map[string]int{}
	letters := 0
	for _, r := range title {
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		for _, s := range scripts {
			if unicode.Is(s.table, r) {
				counts[s.name]++
				break
			}
		}
	}
	for _, s := range scripts[1:] {
		if 5*counts[s.name] >= letters && letters > 0 {
			return s.name
		}
	}
	if counts["Latin"] > 0 {
		return "Latin"
	}
	return ""
}

// genericWords are words of titles that many sources have.
var genericWords = strings.Fields(`a an and at by for from in my of on our the to with your
	blog blogs blogging weblog feed feeds rss atom xml news newsletter updates update latest posts post articles article archive
	site website web home homepage page index main all recent entries entry
	engineering engineer engineers tech technology technical developer developers dev team software the official
	com net org io www http https medium substack wordpress
	de der die das la le les el los il un una und et y e`)

// resembles reports whether a source that called itself one thing may call itself the other and be the same: a word that
// is not generic is in both, or one is written within the other. A source that does not say what it is resembles all.
func resembles(was, now string) bool {
	a, b := nameWords(was), nameWords(now)
	if len(a) == 0 || len(b) == 0 {
		return true
	}
	if slices.ContainsFunc(a, func(word string) bool { return slices.Contains(b, word) }) {
		return true
	}
	joinedA, joinedB := strings.Join(words(was), ""), strings.Join(words(now), "")
	within := func(word, joined string) bool {
		return utf8.RuneCountInString(word) >= 4 && strings.Contains(joined, word)
	}
	return slices.ContainsFunc(a, func(word string) bool { return within(word, joinedB) }) ||
		slices.ContainsFunc(b, func(word string) bool { return within(word, joinedA) })
}

// nameWords returns the words of a title that are a name; if it has none, all of them. Of scripts without spaces between
// words, each two characters are a word.
func nameWords(title string) []string {
	var names []string
	all := words(title)
	for _, word := range all {
		if slices.Contains(genericWords, word) {
			continue
		}
		runes := []rune(word)
		if len(runes) > 2 && slices.ContainsFunc(runes, func(r rune) bool { return plain.IsIdeograph(r) || plain.IsUnspacedScript(r) }) {
			for i := range runes[1:] {
				names = append(names, string(runes[i:i+2]))
			}
			continue
		}
		names = append(names, word)
	}
	if len(names) == 0 {
		return all
	}
	return names
}
