package broadsheet

import "strings"

// Dead says why an article's page cannot be opened by anybody. What only turns programs away (401, 403, 429, robots.txt),
// or may pass (500, no answer in time), is no such reason.
type Dead string

// Reasons.
const (
	Alive       Dead = ""
	DeadMissing Dead = "404"
	DeadGone    Dead = "410"
	DeadHost    Dead = "no host"   // its host's name does not exist
	DeadPrivate Dead = "private"   // it stands in, or leads into, a private network
	DeadInWords Dead = "not found" // the page says so, with a status of success
	DeadParked  Dead = "parked"    // somebody else has the address now
)

// deadWords says it to the maintainer.
var deadWords = map[Dead]string{
	DeadMissing: "its page is not there (404)",
	DeadGone:    "its page is gone for good (410)",
	DeadHost:    "its link leads to a host that does not exist",
	DeadPrivate: "its link leads into a private network",
	DeadInWords: `its page says "not found", and nothing else is known of it`,
	DeadParked:  "its address is for sale or empty, and nothing else is known of it",
}

// DeadBy is what a page's wall says of the page: that it is not there, or nothing.
func DeadBy(wall string) Dead {
	switch wall {
	case "not found":
		return DeadInWords
	case "parked domain":
		return DeadParked
	}
	return Alive
}

// Barred says why an article of s is in no edition, whatever the rules think of it; "" when it may be in one. What a page
// says in words is less sure than a status: it bars only what has no text from elsewhere.
func Barred(a Article, s Source) string {
	switch {
	case !s.AllowPrivate && PrivateLink(a.Link):
		return deadWords[DeadPrivate]
	case a.Dead == DeadInWords || a.Dead == DeadParked:
		if a.Text == "" && a.Excerpt == "" {
			return deadWords[a.Dead]
		}
	case a.Dead != Alive:
		return deadWords[a.Dead]
	case !a.HasTitle() && a.Excerpt == "":
		return "no more than its address is known of it: its page has told no title yet"
	}
	return ""
}

// HasTitle reports whether an article has a title that is more than an address.
func (a Article) HasTitle() bool {
	title := strings.TrimSpace(a.Title)
	switch {
	case title == "":
		return false
	case strings.ContainsAny(title, " \t\n") || !strings.ContainsAny(title, "/."):
		return true
	case isWeb(title):
		return false
	}
	bare := strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(title), "www."), "/")
	_, link, _ := strings.Cut(strings.ToLower(a.Link), "://")
	return bare != strings.TrimSuffix(strings.TrimPrefix(link, "www."), "/")
}
