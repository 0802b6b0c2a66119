package rules

import (
	"broadsheet"
	"broadsheet/internal/link"
)

// deadReasons are the messages to the maintainer.
var deadReasons = map[broadsheet.DeadReason]string{
	broadsheet.DeadMissing: "its page is not there (404)",
	broadsheet.DeadGone:    "its page is gone for good (410)",
	broadsheet.DeadHost:    "its link leads to a host that does not exist",
	broadsheet.DeadPrivate: "its link leads into a private network",
	broadsheet.DeadSoft404: `its page says "not found", and nothing else is known of it`,
	broadsheet.DeadParked:  "its address is for sale or empty, and nothing else is known of it",
}

// Ineligible returns the reason why an article of s may not be in any edition, whatever its score; "" if it may. A page
// whose text says "not found" or that it is parked is weaker evidence than an HTTP status: it counts only against an
// article that has no text from elsewhere.
func Ineligible(a broadsheet.Article, s broadsheet.Source) string {
	switch {
	case a.Quarantined:
		return "its source is in quarantine: somebody else may publish there now; broadsheet trust lets it in again"
	case !s.AllowPrivate && link.IsPrivate(a.Link):
		return deadReasons[broadsheet.DeadPrivate]
	case a.Dead == broadsheet.DeadSoft404 || a.Dead == broadsheet.DeadParked:
		if a.Text == "" && a.Excerpt == "" {
			return deadReasons[a.Dead]
		}
	case a.Dead != broadsheet.Alive:
		return deadReasons[a.Dead]
	case !a.HasTitle() && a.Excerpt == "":
		return "no more than its address is known of it: its page has told no title yet"
	}
	return ""
}
