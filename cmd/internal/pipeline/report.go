package pipeline

import (
	"cmp"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/internal/link"
	"broadsheet/internal/plain"
	"broadsheet/store"
)

// Report is what a run has to say at its end.
type Report struct {
	command                                     string
	began, ended                                time.Time // as the run believes
	Took                                        time.Duration
	stages                                      []stage
	Status                                      int    // exit status
	failure                                     string // why the job could not be done; empty: it was
	sources, Unchanged, Fresh, Failing, resting int    // sources by outcome
	offline                                     bool   // no host gave any answer: our own network is down
	tellOffline                                 bool   // and it is to be told
	Articles                                    int    // new ones
	Pages, PagesFailed                          int
	Abandoned                                   int // parses that did not end and were left behind
	trouble                                     []trouble
	Edition                                     *broadsheet.Edition // the one that was cut; nil: none was
	empty                                       bool                // it was time, but there was nothing to show
	Next                                        time.Time           // when the next edition is due
	files                                       []string            // written
	waiting, backlogDays                        int                 // wanted articles never shown, and how long they last
	lastEdition                                 time.Time           // when the latest edition was cut; zero: there is none
	lastPicks                                   int
	Visits                                      map[string]broadsheet.Visit // after the run
}

// trouble is a source that a person should look at.
type trouble struct {
	name, why    string
	source, what string // Source.ID or the hub; failing, gone, salvaged, moved, unlinked, full, rebound, hub, unreadable, clock
	said         bool   // an earlier run said so on stderr: it stands in the report alone
}

// visited counts one source's answer.
func (r *Report) visited(a store.Answer, before broadsheet.Visit, o store.Outcome) {
	r.Articles += o.Fresh
	tell := func(what, why string) {
		r.trouble = append(r.trouble, trouble{name: a.Source.Name, why: link.Redact(a.Source, why), source: link.Redact(a.Source, a.Source.ID()), what: what})
	}
	switch {
	case a.Visit.Gone:
		r.Failing++
		tell("gone", a.Visit.Err)
	case a.Visit.Failures > 0:
		r.Failing++
		tell("failing", a.Visit.Err)
	case o.Fresh > 0:
		r.Fresh++
	default:
		r.Unchanged++
	}
	if a.Visit.Salvaged {
		tell("salvaged", a.Source.URL+": the document is cut off or broken; its whole entries were kept")
	}
	if a.Visit.Moved != "" && a.Visit.Moved != before.Moved {
		tell("moved", fmt.Sprintf("%s has moved to %s; change it in feeds.yaml", a.Source.URL, a.Visit.Moved))
	}
	if a.Visit.Unlinked > 0 && before.Unlinked == 0 {
		tell("unlinked", Unlinked(a.Visit))
	}
	if o.Event == "full" { // the same
		tell("full", store.RefusedText(o.Refused))
	}
	if o.Event == "rebound" { // not at every visit of a source that always does so
		tell("rebound", fmt.Sprintf("gave %d known articles new ids or links; they were recognised and nothing is published twice", o.Rebound))
	}
}

func (r *Report) read(got store.Reading) {
	r.Pages++
	if got.Err != "" {
		r.PagesFailed++
	}
}

// summary is the last line of a run; it can be read aloud.
func (r *Report) summary() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d unchanged, %d new, %d failing, %d resting. %s.",
		plain.Count(r.sources, "source"), r.Unchanged, r.Fresh, r.Failing, r.resting, plain.Count(r.Articles, "new article"))
	switch {
	case r.Edition != nil:
		day, _ := time.Parse("2006-01-02", string(r.Edition.Day))
		fmt.Fprintf(&b, " Edition of %s: %d.", day.Format("2 January"), len(r.Edition.Picks))
	case r.offline && r.lastEdition.IsZero():
		b.WriteString(" The first edition waits for a source that answers.")
	case r.empty:
		b.WriteString(" No edition today yet: there is no article to show.")
	case !r.Next.IsZero():
		fmt.Fprintf(&b, " Next edition: %s.", r.Next.Format("2 January 15:04 MST"))
	}
	return b.String()
}

// print writes the end of a run: what a person must look at always, the summary only to a person who waits for it.
func (r *Report) print(o Options) {
	slices.SortFunc(r.trouble, func(x, y trouble) int {
		return cmp.Or(strings.Compare(x.name, y.name), strings.Compare(x.why, y.why))
	})
	if o.LogFormat != "" {
		r.log(o)
		return
	}
	fresh := slices.DeleteFunc(slices.Clone(r.trouble), func(t trouble) bool { return t.said || r.offline && t.ofNetwork() })
	for _, t := range fresh {
		fmt.Fprintf(o.Stderr, "%s: %s\n", console.Printable(t.name), console.Printable(t.why))
	}
	if r.tellOffline {
		fmt.Fprintln(o.Stderr, console.Prefixed(r.outage()))
	}
	if !o.Quiet && !r.offline && (len(fresh) > 0 || o.OnTerminal()) {
		fmt.Fprintln(o.Stderr, r.summary())
	}
}

// log tells the same as events.
func (r *Report) log(o Options) {
	for _, t := range r.trouble {
		if t.said {
			continue
		}
		level := slog.LevelWarn
		if r.offline && t.ofNetwork() {
			level = slog.LevelDebug
		}
		o.Event(level, "source "+t.what, "name", t.name, "source", t.source, "why", t.why)
	}
	switch {
	case r.tellOffline:
		o.Event(slog.LevelError, r.outage())
	case r.offline:
		o.Event(slog.LevelDebug, r.outage())
	}
	if r.Edition != nil {
		o.Event(slog.LevelInfo, "edition cut", "day", string(r.Edition.Day), "number", r.Edition.Number, "picks", len(r.Edition.Picks))
	}
	level := slog.LevelInfo
	if o.Quiet || r.Unchanged+r.Fresh+r.Failing+len(r.files) == 0 {
		level = slog.LevelDebug // nothing happened
	}
	o.Event(level, r.summary(), "sources", r.sources, "unchanged", r.Unchanged, "new", r.Fresh, "failing", r.Failing,
		"resting", r.resting, "articles", r.Articles, "pages", r.Pages, "files", len(r.files), "backlog_days", r.backlogDays)
}

// Unlinked says that links of a source were dropped, and what helps.
func Unlinked(v broadsheet.Visit) string {
	lead := "its link leads"
	if v.Unlinked > 1 {
		lead = "their links lead"
	}
	return fmt.Sprintf("%s told without a link: %s into a private network (%s), which no reader can open; tell the site, "+
		"or give the source allow_private: true if its readers are in that network", plain.Count(v.Unlinked, "article"), lead, console.Printable(v.UnlinkedHost))
}
