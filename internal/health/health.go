// Package health has the one table of the states of a source (States), decides from what is known of a source which of
// them it is in (Facts.Findings), and which changes of them are reported to the maintainer (Update, SuppressRepeats). It is
// pure: the time is always an argument.
package health

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/internal/plain"
)

// BrokenAfter is how many consecutive failures are told: one or two are usually transient.
const BrokenAfter = 3

// Facts are what is known of a source.
type Facts struct {
	Source   broadsheet.Source
	Visit    broadsheet.Visit
	Entries  int         // entries of it that are stored
	HadDates bool        // some of them have a date
	Postings []time.Time // when its latest entries were published or, without a date, came
	Arrived  time.Time   // when a new entry last came; zero: none since its first visit
	Added    time.Time   // when it was added to feeds.yaml
}

// Reach says how long the program could have reached its sources.
type Reach struct {
	Since time.Time // since when it has run regularly, and with a network
	Last  time.Time // the last such run
}

// Finding is a state that a source is in.
type Finding struct {
	State State
	Text  string // details for the maintainer; may be empty
	Told  bool   // it is worth telling, once it has lasted for Description.After
}

// Sentence returns the details of a finding, and what to do next.
func (f Finding) Sentence() string { return joinText(f.Text, Describe(f.State).Advice) }

func joinText(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), "; ")
}

// Findings returns the states that a source is in, the most urgent first. There is at least one.
func (f Facts) Findings(reach Reach) []Finding {
	var all []Finding
	add := func(state State, told bool, text string) { all = append(all, Finding{state, text, told}) }
	v, rhythm := f.Visit, RhythmOf(f.Postings)
	if v.Quarantine != "" {
		add(Quarantined, true, v.Quarantine)
	}
	if v.Gone {
		add(Gone, true, "it answered 410: it will not come back")
	}
	unreached := f.unreached(rhythm, reach)
	if unreached != "" {
		add(NeverReached, true, unreached)
	}
	if v.Failures > 0 && !v.Gone {
		// A maintainer who has just added a source waits for its first answer.
		told := v.Failures >= BrokenAfter || v.LastSuccess.IsZero() && v.Status != tooManyRequests
		if isRefusal(v) && f.Source.Kind != broadsheet.KindFile { // no host is asked for a file
			add(Blocked, told, v.Err)
		}
		add(Failing, told, v.Err)
	}
	if v.ListChanged != "" { // that it is empty or silent follows from it
		add(Changed, true, v.ListChanged)
	}
	switch silence := f.silence(rhythm); {
	case v.ListChanged != "": // that nothing new is read of it follows
	case v.Entries == 0 && f.Entries > 0 && !v.LastSuccess.IsZero() && f.isRead():
		add(Empty, true, "it answers, but has no entry any more")
	case silence != "":
		add(Silent, true, silence)
	}
	if v.MovedTo != "" {
		add(Moved, true, "to "+v.MovedTo)
	}
	if v.NotStored > 0 {
		add(Full, true, fmt.Sprintf("it told of %s more than there is room for, which wait until there is room again", plain.CountOf(v.NotStored, "new entry", "new entries")))
	}
	if v.Partial {
		add(Salvaged, true, "the document is cut off or broken; its whole entries were kept")
	}
	if v.LeftOut > 0 {
		add(Truncated, true, fmt.Sprintf("%s entries; the newest %s were read", plain.Thousands(broadsheet.MaxEntries+v.LeftOut), plain.Thousands(broadsheet.MaxEntries)))
	}
	if v.PrivateLinks > 0 {
		add(Unlinked, true, privateLinksText(v))
	}
	if v.Undated && f.isRead() {
		add(WithoutDates, f.HadDates, "its entries have no date that can be read")
	}
	switch {
	case unreached == "" && hostRests(v):
		text := ""
		if v.Status >= 400 { // else Visit.Reason says it, which is shown beside it
			text = restText(v)
		}
		add(Resting, false, text)
	case v.At.IsZero() && unreached == "" && f.Source.Kind != broadsheet.KindList:
		add(New, false, "not asked yet")
	}
	if len(all) == 0 {
		add(Fine, false, sitemapsText(v))
	}
	slices.SortStableFunc(all, func(x, y Finding) int { return Compare(x.State, y.State) })
	return all
}

// Sentence returns what there is to say about a state that the source is in, and what to do next; "" if it is not in it.
func (f Facts) Sentence(state State) string {
	for _, found := range f.Findings(Reach{}) {
		if found.State == state {
			return found.Sentence()
		}
	}
	return ""
}

// isRead reports whether the source is one whose document lists its entries: a feed, of the web or in a file, or a page.
func (f Facts) isRead() bool {
	return f.Source.Kind == broadsheet.KindFeed || f.Source.Kind == broadsheet.KindFile || f.Source.Kind == broadsheet.KindPage
}

// refusals are the HTTP statuses of a host that does not want this program, or not now: 401 Unauthorized, 402 Payment
// Required, 403 Forbidden, 406 Not Acceptable, 429 Too Many Requests, 451 Unavailable For Legal Reasons, and 999, which
// LinkedIn answers to programs.
var refusals = []int{401, 402, 403, 406, tooManyRequests, 451, 999}

const tooManyRequests = 429

// isRefusal reports whether the last visit failed because the host does not want this program, or not now.
func isRefusal(v broadsheet.Visit) bool {
	return v.Denied || slices.Contains(refusals, v.Status)
}

// hostRests reports whether a source waits because of its host, not because of itself: the host refused it without a
// failure of its own, or let no request through.
func hostRests(v broadsheet.Visit) bool {
	return v.Failures == 0 && !v.Gone && (v.Status >= 400 || strings.HasPrefix(v.Reason, "its host"))
}

// restText says why a source waits because of its host.
func restText(v broadsheet.Visit) string {
	if v.Status >= 400 {
		return fmt.Sprintf("its host answered %d", v.Status)
	}
	return v.Reason
}

// A source that its host does not let us reach is told after three of its usual gaps, within these bounds. A host that
// allows a third of the sources on it an hour reaches each within three daily runs.
const (
	minUnreached = 4 * day
	maxUnreached = 14 * day
)

// unreached returns since when a source was not reached for reasons of its host, as text; "" if it was. A source that
// answers with an error was reached.
func (f Facts) unreached(r Rhythm, reach Reach) string {
	v := f.Visit
	waits := v.Failures == 0 && (hostRests(v) || !reach.Last.Before(v.Next))
	if v.Gone || !waits || f.Source.Kind == broadsheet.KindList {
		return ""
	}
	limit := max(minUnreached, min(3*r.Usual, maxUnreached), 3*f.Source.Every, 3*min(v.Hints.TTL, 7*day), 3*min(v.Hints.Period, 7*day))
	since := latest(v.LastSuccess, f.Added, reach.Since)
	if since.IsZero() || reach.Last.Sub(since) < limit {
		return ""
	}
	why := ""
	if v.Failures > 0 {
		why = v.Err
	} else if hostRests(v) {
		why = restText(v)
	}
	return joinText(fmt.Sprintf("not reached for %d days", int(reach.Last.Sub(since)/day)), why)
}

// silence returns why the source is silent, as far as its last answer shows; "" if it is not.
func (f Facts) silence(r Rhythm) string {
	if !f.isRead() || f.Visit.LastSuccess.IsZero() {
		return ""
	}
	last := f.Arrived
	for _, t := range f.Postings {
		last = latest(last, t)
	}
	if last.IsZero() {
		last = f.Added
	}
	return r.Silence(last, f.Visit.LastSuccess)
}

func latest(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }

// privateLinksText says that links of a source into a private network were dropped.
func privateLinksText(v broadsheet.Visit) string {
	lead := "its link leads"
	if v.PrivateLinks > 1 {
		lead = "their links lead"
	}
	return fmt.Sprintf("%s told without a link: %s into a private network (%s), which no reader can open",
		plain.Count(v.PrivateLinks, "article"), lead, v.PrivateLinkHost)
}

// sitemapsText says how many of the sitemaps of an index were read so far; "" if all were, or the source is no index.
func sitemapsText(v broadsheet.Visit) string {
	read, all := v.Sitemaps.Progress()
	if read == all {
		return ""
	}
	return fmt.Sprintf("%d of %s read so far; each visit reads on", read, plain.Count(all, "sitemap"))
}

// PublicText returns the state of a source as readers see it. The text changes only with the state, so that the page
// does not change at every run.
func PublicText(v broadsheet.Visit, findings []Finding) string {
	for _, f := range findings {
		if public := Describe(f.State).Public; public != "" {
			if v.Failures > 0 && !v.Gone {
				public += " since " + v.FailingSince.UTC().Format("2 January 2006")
			}
			return public
		}
	}
	return "fine"
}
