package broadsheet

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Mistake is one thing that is wrong in feeds.yaml: where, what, and what to do about it.
type Mistake struct {
	File string // as the maintainer named it
	Line int    // from 1
	Col  int    // from 1, in characters
	What string
	Do   string
}

func (m Mistake) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s; %s", m.File, m.Line, m.Col, m.What, m.Do)
}

// Mistakes are all that is wrong in feeds.yaml, in the order of the file.
type Mistakes []Mistake

// mistakesTold is how many mistakes Error tells: a file that is wrong throughout is mended from the top.
const mistakesTold = 100

// Error tells the mistakes, one a line.
func (m Mistakes) Error() string {
	var lines []string
	for _, mistake := range m[:min(len(m), mistakesTold)] {
		lines = append(lines, mistake.Error())
	}
	if more := len(m) - mistakesTold; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// inOrder sorts mistakes by place and drops what was told twice: an anchor's value is read once for each alias.
func (m Mistakes) inOrder() Mistakes {
	slices.SortStableFunc(m, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col), cmp.Compare(a.What, b.What))
	})
	return slices.Compact(m)
}

// quoteMax is how many characters of a wrong value are repeated: enough to find it, not enough to flood a terminal.
const quoteMax = 80

// userinfo is the name and password in an address, or in what was meant for one: without "//", or with a slash in the
// password. The path of https://medium.com/@user is none.
var userinfo = regexp.MustCompile(`(^|//)(?:[^/?#\s]*|[^/?#\s@]*:[^\s@]*)@`)

// masked hides the name and password of an address.
func masked(address string) string { return userinfo.ReplaceAllString(address, "$1***@") }

// quoted repeats what stands in feeds.yaml: escaped, since it may come from a stranger's pull request, shortened, and
// with the password of an address masked.
func quoted(text string) string {
	text = masked(text[:min(len(text), maxAddress)])
	if runes := []rune(text); len(runes) > quoteMax {
		text = string(runes[:quoteMax]) + "…"
	}
	return fmt.Sprintf("%q", text)
}
