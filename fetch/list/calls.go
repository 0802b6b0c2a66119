package list

import (
	_ "embed"
	"regexp"
	"strings"
	"unicode"
)

//go:embed calls.txt
var callsFile string

// calls are the calls to action of calls.txt.
var calls = func() map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(callsFile) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			all[line] = true
		}
	}
	return all
}()

// readingTime matches what says how long an article is, or how many comments it has, and nothing else.
var readingTime = regexp.MustCompile(`^(\d+|one|no) ?(-|–)? ?(min(ute)?s?|hours?|comments?|kommentare?|commentaires?|comentarios?|мин(ут)?|分(钟|鐘)?)\.?( read(ing)?( time)?| de lecture| lesezeit| de lectura| чтения|で読めます)?$`)

// isCall reports whether a text is a call to action ("Read more →"), which is never the title of an article.
func isCall(title string) bool {
	folded := foldCall(title)
	return folded == "" && title != "" || calls[folded] || readingTime.MatchString(folded)
}

// foldCall returns a text in lower case, without what stands at its ends and is no letter or digit, and with single spaces.
func foldCall(title string) string {
	title = strings.ToLower(strings.TrimFunc(title, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }))
	return strings.Join(strings.Fields(title), " ")
}

// callBefore matches a call to action before a title, as labels for screen readers have it: "Read more about …".
var callBefore = regexp.MustCompile(`(?i)^(read|learn|find out|continue|see|view|discover)( more| reading| on| the article| article| post)?( about|:| -| –| —)\s+`)

// stripCall returns a label without the call to action before its title.
func stripCall(label string) string { return callBefore.ReplaceAllString(label, "") }
