package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/store"
)

// report is what a run has to say at its end.
type report struct {
	sources, unchanged, fresh, failing, resting int // sources by outcome
	articles                                    int // new ones
	pages, pagesFailed                          int
	rebound                                     []string // sources that changed all their ids, in words
	trouble                                     []trouble
	edition                                     *broadsheet.Edition // the one that was cut; nil: none was
	empty                                       bool                // it was time, but there was nothing to show
	next                                        time.Time           // when the next edition is due
	written                                     int                 // files
}

// trouble is a source that a person should look at.
type trouble struct{ name, why string }

// visited counts one source's answer.
func (r *report) visited(a store.Answer, before broadsheet.Visit, o store.Outcome) {
	r.articles += o.Fresh
	switch {
	case a.Visit.Failures > 0 || a.Visit.Gone:
		r.failing++
		r.trouble = append(r.trouble, trouble{a.Source.Name, a.Visit.Err})
	case o.Fresh > 0:
		r.fresh++
	default:
		r.unchanged++
	}
	if a.Visit.Salvaged {
		r.trouble = append(r.trouble, trouble{a.Source.Name, a.Source.URL + ": the document is cut off or broken; its whole entries were kept"})
	}
	if a.Visit.Moved != "" && a.Visit.Moved != before.Moved {
		r.trouble = append(r.trouble, trouble{a.Source.Name, fmt.Sprintf("%s has moved to %s; change it in feeds.yaml", a.Source.URL, a.Visit.Moved)})
	}
	if o.Rebound > 0 {
		r.trouble = append(r.trouble, trouble{a.Source.Name, fmt.Sprintf("gave %d known articles new ids or links; they were recognised and nothing is published twice", o.Rebound)})
	}
}

func (r *report) read(got store.Reading) {
	r.pages++
	if got.Err != "" {
		r.pagesFailed++
	}
}

// summary is the last line of a run; it can be read aloud.
func (r *report) summary() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d unchanged, %d new, %d failing, %d resting. %s.",
		count(r.sources, "source"), r.unchanged, r.fresh, r.failing, r.resting, count(r.articles, "new article"))
	switch {
	case r.edition != nil:
		day, _ := time.Parse("2006-01-02", string(r.edition.Day))
		fmt.Fprintf(&b, " Edition of %s: %d.", day.Format("2 January"), len(r.edition.Picks))
	case r.empty:
		b.WriteString(" No edition today yet: there is no article to show.")
	case !r.next.IsZero():
		fmt.Fprintf(&b, " Next edition: %s.", r.next.Format("2 January 15:04 MST"))
	}
	return b.String()
}

// allFailed tells that every source that was asked failed: the machine is more likely at fault than they are.
func (r *report) allFailed() bool { return r.failing > 0 && r.unchanged+r.fresh == 0 }

// tell writes the end of a run: what a person must look at always, the summary only to a person who waits for it.
func (r *report) tell(a *app) error {
	slices.SortFunc(r.trouble, func(x, y trouble) int {
		return cmp.Or(strings.Compare(x.name, y.name), strings.Compare(x.why, y.why))
	})
	for _, t := range r.trouble {
		fmt.Fprintf(a.stderr, "%s: %s\n", t.name, t.why)
	}
	if r.allFailed() {
		fmt.Fprintln(a.stderr, "no source at all could be reached: is there a network, and is its proxy named in HTTPS_PROXY? Without one, try: broadsheet demo")
	}
	if !a.quiet && (len(r.trouble) > 0 || isTerminal(a.stderr)) {
		fmt.Fprintln(a.stderr, r.summary())
	}
	return nil
}

// count puts a number before a word, in the plural where there is more than one.
func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
