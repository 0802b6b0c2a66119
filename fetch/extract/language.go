package extract

import (
	"strings"
	"unicode"
)

// scripts are those that tell a text's language, or nearly.
var scripts = []struct {
	language string
	table    *unicode.RangeTable
}{
	{"ja", unicode.Hiragana}, {"ja", unicode.Katakana}, {"ko", unicode.Hangul}, {"zh", unicode.Han}, {"ru", unicode.Cyrillic},
	{"ar", unicode.Arabic}, {"he", unicode.Hebrew}, {"th", unicode.Thai}, {"el", unicode.Greek}, {"hi", unicode.Devanagari},
	{"bn", unicode.Bengali}, {"ta", unicode.Tamil}, {"ka", unicode.Georgian}, {"hy", unicode.Armenian}, {"km", unicode.Khmer},
}

// spoken gives a text's language: as declared, unless its script says otherwise. Templates come with lang="en" and are
// left so by people who write in other languages.
func spoken(declared, text string) string {
	guess := scriptLanguage(text)
	if guess == "" {
		return declared
	}
	base, _, _ := strings.Cut(strings.ToLower(declared), "-")
	switch base {
	case "", "en", "de", "fr", "es", "it", "pt", "nl", "sv":
		return guess
	}
	return declared
}

// scriptLanguage gives the language of the script that most letters of a text are of; empty: no one language's.
func scriptLanguage(text string) string {
	counts := map[string]int{}
	all := 0
	for _, r := range text[:min(len(text), 4000)] {
		if r < 0x250 || !unicode.IsLetter(r) {
			if unicode.IsLetter(r) {
				all++
			}
			continue
		}
		all++
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
	if all < 10 || counts["ja"]+counts["zh"]+counts["ko"] < all/3 && most < all/2 {
		return ""
	}
	switch {
	case counts["ja"]*10 > counts["zh"]: // no Chinese text has kana, and no Japanese one is without
		if language == "zh" {
			language = "ja"
		}
	case language == "ru" && counts["uk"]*50 > counts["ru"]:
		language = "uk"
	}
	return language
}
