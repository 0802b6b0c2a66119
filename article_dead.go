package broadsheet

// deadWords says it to the maintainer.
var deadWords = map[Dead]string{
	DeadMissing: "its page is not there (404)",
	DeadGone:    "its page is gone for good (410)",
	DeadHost:    "its link leads to a host that does not exist",
	DeadPrivate: "its link leads into a private network",
	DeadInWords: `its page says "not found", and nothing else is known of it`,
	DeadParked:  "its address is for sale or empty, and nothing else is known of it",
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
