package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/pipeline"
	"broadsheet/fetch/client"
	"broadsheet/fetch/feed"
	"broadsheet/internal/health"
	"broadsheet/internal/plain"
	"broadsheet/store"
)

// findingKinds are the kinds of result that a source can have, those that need attention first: more precise than its states
// about why it cannot be read.
var findingKinds = []string{"dead", "moved", "quarantined", "blocked", "html", "selector", "broken", "unlinked", "unasked", "empty", "dates", "stale", "fine"}

// stored is what the database holds of the sources; the zero value if there is none.
type stored struct {
	visits map[string]broadsheet.Visit
	stats  map[string]store.SourceStats
	reach  health.Reach
}

// newFinding classifies the response of a source.
func newFinding(s broadsheet.Source, known stored, items []broadsheet.FeedItem, v broadsheet.Visit, err error, now time.Time) (f finding) {
	last, stats := known.visits[s.ID()], known.stats[s.ID()]
	f = finding{Name: s.Name, of: s, Line: s.Line, Kind: "fine", Articles: len(items)}
	if client.IsStopped(err) || client.IsRateLimited(err) { // it was not asked: what is known is what the last run found
		v = last
	}
	f.states = statesOf(s, last, stats, items, v, known.reach, now)
	defer func() { f.addStates() }()
	if err != nil {
		f.Declares, _ = feed.DeclaredFeeds(err)
		f.Kind, f.Text = classifyError(s, v, err)
		if !last.FailingSince.IsZero() {
			f.Text += fmt.Sprintf(" (not answering since %s)", last.FailingSince.Format(time.DateOnly))
		}
		return f
	}
	newest, dates := checkDates(items, now)
	f.Newest = pipeline.OptionalTime(newest)
	var notes []string
	note := func(answer, text string) {
		if f.Kind == "fine" {
			f.Kind = answer
		}
		notes = append(notes, text)
	}
	if last.Quarantine != "" {
		f.Kind = "quarantined" // addStates tells why
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
	if v.LeftOut > 0 {
		notes = append(notes, health.Facts{Source: s, Visit: v}.Sentence(health.Truncated))
	}
	if v.PrivateLinks > 0 {
		note("unlinked", health.Facts{Source: s, Visit: v}.Sentence(health.Unlinked))
	}
	if v.ListChanged != "" {
		note("selector", health.Facts{Source: s, Visit: v}.Sentence(health.Changed))
	}
	progress := last
	if _, sitemaps := last.Sitemaps.Progress(); sitemaps == 0 {
		progress = v // no run has read it
	}
	if text := (health.Facts{Source: s, Visit: progress}).Sentence(health.Fine); text != "" {
		notes = append(notes, text)
	}
	if len(items) == 0 && v.ListChanged == "" {
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
	f.Text = strings.Join(notes, "; ")
	return f
}

// statesOf returns the states of a source that has just been asked.
func statesOf(s broadsheet.Source, last broadsheet.Visit, stats store.SourceStats, items []broadsheet.FeedItem, v broadsheet.Visit, reach health.Reach, now time.Time) []health.Finding {
	v.Quarantine = last.Quarantine
	if v.Failures > 0 { // it said nothing of itself now: what it said last still holds
		v.MovedTo, v.Entries, v.Undated = cmp.Or(v.MovedTo, last.MovedTo), last.Entries, last.Undated
		v.LastSuccess = last.LastSuccess
	}
	facts := stats.Facts(s, v)
	facts.Entries = max(facts.Entries, 1) // one that never had an entry is worth a look too
	for _, item := range items {
		switch at := item.Published; {
		case at.After(now) && stats.Added.IsZero(): // its dates do not say when it posts
			facts.Arrived = now
		case !at.IsZero() && !at.After(now):
			facts.Postings = append(facts.Postings, at)
		}
	}
	return facts.Findings(reach)
}

// addStates adds to a finding the names of the states, and what is to say about those that its text does not speak of.
func (f *finding) addStates() {
	texts := []string{}
	if f.Text != "" {
		texts = append(texts, f.Text)
	}
	if first := f.states[0].State; f.Kind == "unasked" && (first == health.Fine || first == health.New) {
		f.states[0].State = health.Resting
	}
	if f.Kind == "dates" && !slices.ContainsFunc(f.states, func(x health.Finding) bool { return x.State == health.WithoutDates }) {
		f.states = append(f.states, health.Finding{State: health.WithoutDates, Text: f.Text}) // they cannot be believed
	}
	f.states = slices.DeleteFunc(f.states, func(x health.Finding) bool { return x.State == health.Fine && len(f.states) > 1 })
	slices.SortStableFunc(f.states, func(x, y health.Finding) int { return health.Compare(x.State, y.State) })
	for _, one := range f.states {
		f.States = append(f.States, string(one.State))
		switch one.State {
		case health.Silent, health.Quarantined, health.NeverReached, health.Full:
			texts = append(texts, one.Sentence())
		}
	}
	if f.Kind == "fine" {
		if f.Kind = f.States[0]; f.Kind == string(health.Silent) {
			f.Kind = "stale"
		}
	}
	f.Text = strings.Join(texts, "; ")
}

// classifyError returns the kind of an error, and its text with advice on what helps.
func classifyError(s broadsheet.Source, v broadsheet.Visit, err error) (answer, text string) {
	text = err.Error()
	if bare, ok := strings.CutPrefix(text, s.ID()+": "); ok {
		text = bare // the table has a column for it
	}
	var dns *net.DNSError
	_, page := feed.DeclaredFeeds(err)
	switch {
	case client.IsStopped(err), client.IsRateLimited(err) && !client.IsRefused(err):
		return "unasked", text
	case s.Kind == broadsheet.KindFile && !page:
		return "broken", text
	case v.Status == http.StatusNotFound, v.Status == http.StatusGone, errors.As(err, &dns) && dns.IsNotFound:
		if s.Kind == broadsheet.KindFeed {
			return "dead", text + "; check --fix looks for its new address"
		}
		return "dead", text + "; broadsheet add finds the feed of a site"
	case statusHints[v.Status] != "":
		return "blocked", text + "; " + statusHints[v.Status]
	case page:
		return "html", text
	case s.Kind == broadsheet.KindPage && (v.Status == http.StatusOK || v.Status == http.StatusNonAuthoritativeInfo):
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
	http.StatusTooManyRequests:            "the next runs ask it again; limits: hosts in feeds.yaml can ask its host less often",
	http.StatusUnavailableForLegalReasons: "it may not be read from where this machine stands",
}

// checkDates returns the newest believable date of the items, and what is wrong with their dates, or "".
func checkDates(items []broadsheet.FeedItem, now time.Time) (newest time.Time, fault string) {
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
		if at.After(newest) {
			newest = at
		}
	}
	switch {
	case len(items) > 0 && dated == 0:
		return newest, "none of its articles has a date that can be read; they count from when they are first seen"
	case ahead > 0 && furthest <= 14*time.Hour:
		return newest, fmt.Sprintf("%s dated up to %s in the future: its time zone is told wrong", plain.CountOf(ahead, "article is", "articles are"), formatHours(furthest))
	case ahead > 0:
		return newest, fmt.Sprintf("%s dated up to %s in the future; they count from when they are first seen", plain.CountOf(ahead, "article is", "articles are"), formatHours(furthest))
	case len(same) == 1 && dated >= 5:
		return newest, fmt.Sprintf("all %d articles carry the same date: it is that of the feed, not theirs", dated)
	}
	return newest, ""
}

// formatHours formats a duration as whole hours, or as days from two days on.
func formatHours(d time.Duration) string {
	if d >= 48*time.Hour {
		return plain.Count(int(d.Hours()/24), "day")
	}
	return plain.Count(max(1, int(d.Round(time.Hour).Hours())), "hour")
}
