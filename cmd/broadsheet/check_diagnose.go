package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/pipeline"
	"broadsheet/fetch/client"
	"broadsheet/fetch/feed"
	"broadsheet/internal/health"
	"broadsheet/internal/plain"
)

// findingKinds are the kinds of result that a source can have, those that need attention first.
var findingKinds = []string{"dead", "moved", "quarantined", "blocked", "html", "selector", "broken", "unlinked", "unasked", "empty", "dates", "stale", "fine"}

// newFinding classifies the response of a source. last is what the database holds of its last visit.
func newFinding(s broadsheet.Source, last broadsheet.Visit, items []broadsheet.FeedItem, v broadsheet.Visit, err error, now time.Time) finding {
	f := finding{Name: s.Name, of: s, Line: s.Line, Kind: "fine", Articles: len(items)}
	if err != nil {
		f.Declares, _ = feed.DeclaredFeeds(err)
		f.Kind, f.Text = classifyError(s, v, err)
		if !last.FailingSince.IsZero() {
			f.Text += fmt.Sprintf(" (not answering since %s)", last.FailingSince.Format(time.DateOnly))
		}
		return f
	}
	oldest, newest, dates := checkDates(items, now)
	f.Newest = pipeline.OptionalTime(newest)
	var notes []string
	note := func(answer, text string) {
		if f.Kind == "fine" {
			f.Kind = answer
		}
		notes = append(notes, text)
	}
	if last.Quarantine != "" {
		note("quarantined", last.Quarantine+"; nothing of it is shown until broadsheet trust")
	}
	if v.MovedTo != "" {
		f.MovedTo = v.MovedTo
		text := "to " + v.MovedTo + "; check --fix puts that into feeds.yaml"
		if last.MovedTo == v.MovedTo {
			f.MovedSince = pipeline.OptionalTime(last.MovedSince)
			text = fmt.Sprintf("to %s since %s; check --fix puts that into feeds.yaml", v.MovedTo, last.MovedSince.Format(time.DateOnly))
		}
		note("moved", text)
	}
	if v.Partial {
		note("broken", "the document is cut off or broken; its whole entries can be read")
	}
	if v.PrivateLinks > 0 {
		note("unlinked", pipeline.PrivateLinksText(v))
	}
	if len(items) == 0 {
		text := "it holds no article"
		if !last.LastSuccess.IsZero() {
			text += "; a run last read it on " + last.LastSuccess.Format(time.DateOnly)
		}
		note("empty", text)
	}
	if s.Kind == broadsheet.KindList || s.Kind == broadsheet.KindSitemap {
		f.Text = strings.Join(notes, "; ")
		return f // a hand-made list or a backlog may be of any age
	}
	if dates != "" {
		note("dates", dates)
	}
	if why, stale := health.Stale(len(items), oldest, newest, now); stale {
		note("stale", why+"; it may live on elsewhere: broadsheet add its site finds out")
	}
	f.Text = strings.Join(notes, "; ")
	return f
}

// classifyError returns the kind of an error, and its text with advice on what helps.
func classifyError(s broadsheet.Source, v broadsheet.Visit, err error) (answer, text string) {
	text = err.Error()
	if bare, ok := strings.CutPrefix(text, s.URL+": "); ok {
		text = bare // the table has a column for it
	}
	var dns *net.DNSError
	_, page := feed.DeclaredFeeds(err)
	switch {
	case client.IsStopped(err), client.IsRateLimited(err):
		return "unasked", text
	case v.Status == http.StatusNotFound, v.Status == http.StatusGone, errors.As(err, &dns) && dns.IsNotFound:
		return "dead", text + "; broadsheet add finds the feed of a site"
	case statusHints[v.Status] != "":
		return "blocked", text + "; " + statusHints[v.Status]
	case page:
		return "html", text
	case s.Kind == broadsheet.KindPage && v.Status == http.StatusOK:
		return "selector", text
	case v.Status == 0 && client.IsPermanent(err):
		return "blocked", text // by robots.txt, or by our own rules
	}
	return "broken", text
}

// statusHints is advice for when a server denies access, by HTTP status.
var statusHints = map[int]string{
	http.StatusUnauthorized:               "put a name and password into its address: https://NAME:PASSWORD@…",
	http.StatusPaymentRequired:            "only its subscribers may read it: ask the site for a feed address of your own",
	http.StatusProxyAuthRequired:          "give the proxy a name and password in HTTPS_PROXY",
	http.StatusForbidden:                  "say who asks with contact: in feeds.yaml, and ask the site to let this program in; many sites have another feed address that is open",
	http.StatusNotAcceptable:              "say who asks with contact: in feeds.yaml, and ask the site to let this program in",
	http.StatusTooManyRequests:            "ask it less often, for example every: 12h",
	http.StatusUnavailableForLegalReasons: "it may not be read from where this machine stands",
}

// checkDates returns the oldest and the newest believable date of the items, and what is wrong with their dates, or
// "".
func checkDates(items []broadsheet.FeedItem, now time.Time) (oldest, newest time.Time, fault string) {
	const clockTolerance = 10 * time.Minute // how far two clocks may differ
	dated, ahead, same := 0, 0, map[time.Time]int{}
	var furthest time.Duration
	for _, t := range items {
		at := t.Published
		if at.IsZero() {
			continue
		}
		dated++
		same[at]++
		if by := at.Sub(now); by > clockTolerance {
			ahead++
			furthest = max(furthest, by)
			continue
		}
		if oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
		if at.After(newest) {
			newest = at
		}
	}
	switch {
	case len(items) > 0 && dated == 0:
		return oldest, newest, "none of its articles has a date that can be read; they count from when they are first seen"
	case ahead > 0 && furthest <= 14*time.Hour:
		return oldest, newest, fmt.Sprintf("%s dated up to %s in the future: its time zone is told wrong", plain.CountOf(ahead, "article is", "articles are"), formatHours(furthest))
	case ahead > 0:
		return oldest, newest, fmt.Sprintf("%s dated up to %s in the future; they count from when they are first seen", plain.CountOf(ahead, "article is", "articles are"), formatHours(furthest))
	case len(same) == 1 && dated >= 5:
		return oldest, newest, fmt.Sprintf("all %d articles carry the same date: it is that of the feed, not theirs", dated)
	}
	return oldest, newest, ""
}

// formatHours formats a duration as whole hours, or as days from two days on.
func formatHours(d time.Duration) string {
	if d >= 48*time.Hour {
		return plain.Count(int(d.Hours()/24), "day")
	}
	return plain.Count(max(1, int(d.Round(time.Hour).Hours())), "hour")
}
