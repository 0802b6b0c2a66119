package rules

import (
	"broadsheet"
	"broadsheet/internal/link"
)

// deadWords says it to the maintainer.
var deadWords = map[broadsheet.Dead]string{
	broadsheet.DeadMissing: "its page is not there (404)",
	broadsheet.DeadGone:    "its page is gone for good (410)",
	broadsheet.DeadHost:    "its link leads to a host that does not exist",
	broadsheet.DeadPrivate: "its link leads into a private network",
	broadsheet.DeadInWords: `its page says "not found", and nothing else is known of it`,
	broadsheet.DeadParked:  "its address is for sale or empty, and nothing else is known of it",
}

// Barred says why an article of s is in no edition, whatever the rules think of it; "" when it may be in one. What a page
// says in words is less sure than a status: it bars only what has no text from elsewhere.
func Barred(a broadsheet.Article, s broadsheet.Source) string {
	switch {
	case !s.AllowPrivate && link.PrivateLink(a.Link):
		return deadWords[broadsheet.DeadPrivate]
	case a.Dead == broadsheet.DeadInWords || a.Dead == broadsheet.DeadParked:
		if a.Text == "" && a.Excerpt == "" {
			return deadWords[a.Dead]
		}
	case a.Dead != broadsheet.Alive:
		return deadWords[a.Dead]
	case !a.HasTitle() && a.Excerpt == "":
		return "no more than its address is known of it: its page has told no title yet"
	}
	return ""
}
