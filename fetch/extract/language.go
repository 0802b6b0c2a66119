package extract

import (
	"strings"
	"unicode"
)

// scripts are the writing systems that belong to one language, or mostly to one.
var scripts = []struct {
	language string
	table    *unicode.RangeTable
}{
	{"ja", unicode.Hiragana}, {"ja", unicode.Katakana}, {"ko", unicode.Hangul}, {"zh", unicode.Han}, {"ru", unicode.Cyrillic},
	{"ar", unicode.Arabic}, {"he", unicode.Hebrew}, {"th", unicode.Thai}, {"el", unicode.Greek}, {"hi", unicode.Devanagari},
	{"bn", unicode.Bengali}, {"ta", unicode.Tamil}, {"ka", unicode.Georgian}, {"hy", unicode.Armenian}, {"km", unicode.Khmer},
}

// detectLanguage returns the language of a text: the declared one, unless its script belongs to another. Templates come
// with lang="en", and people who write in other languages leave it so.
func detectLanguage(declared, text string) string {
	detected := scriptLanguage(text)
	if detected == "" {
		return declared
	}
	base, _, _ := strings.Cut(strings.ToLower(declared), "-")
	switch base {
	case "", "en", "de", "fr", "es", "it", "pt", "nl", "sv":
		return detected
	}
	return declared
}

// scriptLanguage returns the language that the script of most letters belongs to, or "" if it belongs to none of them or
// the text is too short to tell.
func scriptLanguage(text string) string {
	counts := map[string]int{}
	letters := 0
	for _, r := range text[:min(len(text), 4000)] {
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		if r < 0x250 { // Latin
			continue
		}
		for _, s := range scripts {
			if unicode.Is(s.table, r) {
				counts[s.language]++
				break
			}
		}
		if strings.ContainsRune("іїєґІЇЄҐ", r) {
			counts["uk"]++
		}
	}
	most, language := 0, ""
	for l, n := range counts {
		if n > most || n == most && l < language {
			most, language = n, l
		}
	}
	if letters < 10 || counts["ja"]+counts["zh"]+counts["ko"] < letters/3 && most < letters/2 {
		return ""
	}
	switch {
	case counts["ja"]*10 > counts["zh"]: // no Chinese text has kana, every Japanese one does
		if language == "zh" {
			language = "ja"
		}
	case language == "ru" && counts["uk"]*50 > counts["ru"]:
		language = "uk"
	}
	return language
}
