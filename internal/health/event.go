package health

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/internal/plain"
)

// Event is something that happened to a source and is reported to the maintainer once: a state began or ended.
type Event struct {
	ID      int64  // of the store; 0: not stored yet
	Source  string // Source.ID
	Name    string // name of the source that readers see
	At      time.Time
	Kind    string // kind of event: broke, recovered, moved, …; see Message
	Text    string // the details, for the maintainer
	Printed bool   // it was written to stderr, or something else was that explains it
}

// Line returns the event as one line for stderr: the source, the details, and what to do next.
func (e Event) Line() string {
	title, advice := Message(e.Kind)
	text := strings.Trim(strings.Replace(title, "%s", "", 1), ": ")
	isPlain := func(d Description) bool { return d.Plain && d.beginKind() == e.Kind }
	if e.Text != "" && (slices.ContainsFunc(States, isPlain) || occurrences[e.Kind].Plain) {
		text = ""
	}
	if strings.HasPrefix(advice, "there is nothing to do") {
		advice = ""
	}
	switch {
	case strings.HasPrefix(e.Text, "to "): // it has moved
		text += " " + e.Text
	case text != "" && e.Text != "":
		text += ": " + e.Text
	default:
		text += e.Text
	}
	return e.Name + ": " + joinText(text, advice)
}

// beginKind returns the Event.Kind of the beginning of a state.
func (s State) beginKind() string { return Describe(s).beginKind() }

// IsReachable reports whether the event says that a source can be read again.
func (e Event) IsReachable() bool {
	return e.Kind == Failing.endKind() || e.Kind == Blocked.endKind()
}

// NeedsPerson reports whether the event begins a state that needs a person.
func (e Event) NeedsPerson() bool {
	return slices.ContainsFunc(States, func(d Description) bool { return d.Person && d.beginKind() == e.Kind })
}

func (s State) endKind() string { return Describe(s).End }

// IsUnreachable reports whether the event says that a source could not be read, which an outage of the network explains.
func (e Event) IsUnreachable() bool {
	return slices.ContainsFunc(unreachable, func(s State) bool { return s.beginKind() == e.Kind })
}

// unreachable are the states of a source that could not be read. They are told as one: that it is refused in place of
// not answering is no news.
var unreachable = []State{NeverReached, Blocked, Failing}

// IsUnreachable reports whether the state says that the source could not be read.
func (l Lasting) IsUnreachable() bool { return slices.Contains(unreachable, l.State) }

// topic returns what a state is told as: Failing for those that say that the source could not be read.
func (s State) topic() State {
	if slices.Contains(unreachable, s) {
		return Failing
	}
	return s
}

// Lasting is a state of a source from one run to the next.
type Lasting struct {
	Source string // Source.ID
	State  State
	Since  time.Time // when it was first found
	Told   time.Time // when it was told; zero: not yet
	Text   string
}

// Update compares the states that sources are in at now with those that lasted until then. It returns the events to tell,
// and the states that last from now on. found holds the findings by Source.ID. The states of sources that are no longer
// in feeds.yaml end untold.
func Update(sources []broadsheet.Source, found map[string][]Finding, before []Lasting, now time.Time) (events []Event, after []Lasting) {
	old := map[string]map[State]Lasting{}
	for _, l := range before {
		if old[l.Source] == nil {
			old[l.Source] = map[State]Lasting{}
		}
		old[l.Source][l.State.topic()] = l
	}
	for _, s := range sources {
		tell := func(kind, text string) {
			events = append(events, Event{Source: s.ID(), Name: s.Name, At: now, Kind: kind, Text: text})
		}
		current := map[State]bool{}
		was := old[s.ID()]
		delete(old, s.ID()) // a source that is listed twice
		for _, f := range found[s.ID()] {
			topic := f.State.topic()
			if f.State == Fine || f.State == New || f.State == Resting || current[topic] || topic == Failing && current[Gone] {
				continue
			}
			current[topic] = true
			l, lasts := was[topic]
			if !lasts {
				l = Lasting{Source: s.ID(), Since: now}
			}
			d := Describe(f.State)
			other := f.State == Moved && l.Text != f.Text && now.Sub(l.Told) >= repeatInterval // to another place
			due := toldIn(found[s.ID()], topic) && d.Began != "" && now.Sub(l.Since) >= d.After
			if due && (l.Told.IsZero() || other) {
				l.Told = now
				tell(d.beginKind(), f.Text)
			}
			l.State, l.Text = f.State, f.Text
			after = append(after, l)
		}
		for _, topic := range slices.SortedFunc(maps.Keys(was), Compare) {
			l := was[topic]
			if current[topic] || l.Told.IsZero() || isReplaced(topic, current) {
				continue
			}
			if d := Describe(l.State); d.Ended != "" {
				tell(d.End, "it was "+string(l.State)+" since "+l.Since.UTC().Format("2 January 2006"))
			}
		}
	}
	return events, after
}

// isReplaced reports whether a state that is not found any more has given way to another one, so that its end is no good
// news: a domain that lapsed answers again, but in other hands.
func isReplaced(topic State, current map[State]bool) bool {
	switch topic {
	case Failing:
		return current[Quarantined] || current[Gone]
	case Empty:
		return current[Quarantined] || current[Changed]
	case Silent:
		return current[Quarantined] || current[Changed] || current[Empty]
	}
	return current[Quarantined]
}

// toldIn reports whether a topic is worth telling by any of the findings about it.
func toldIn(found []Finding, topic State) bool {
	return slices.ContainsFunc(found, func(f Finding) bool { return f.Told && f.State.topic() == topic })
}

// repeatInterval is the time in which the same kind of event of the same source is not reported again. Where a host lets
// some requests through, each of its sources is reached now and then: that is reported once in the longer time.
const (
	repeatInterval          = 7 * day
	repeatUnreachedInterval = 28 * day
	repeatReissuedInterval  = 365 * day // some sources do it at every visit, and there is nothing to do
)

// repeatIntervalOf returns the time in which events of a kind are not reported again.
func repeatIntervalOf(kind string) time.Duration {
	switch kind {
	case NeverReached.beginKind():
		return repeatUnreachedInterval
	case "rebound":
		return repeatReissuedInterval
	}
	return repeatInterval
}

// HoldUnreached returns the events without those that say that a source is not reached, if such a line was printed less
// than a week ago: the sources behind one host, which are not reached by turns, wait for each other and make one line. printed
// is when.
func HoldUnreached(events []Event, printed, now time.Time) []Event {
	return slices.DeleteFunc(slices.Clone(events), func(e Event) bool {
		return e.Kind == NeverReached.beginKind() && now.Sub(printed) < repeatInterval
	})
}

// SuppressRepeats returns the events that are reported to the maintainer, without repetitions. Both slices are newest first. A
// source that breaks and recovers every day is reported once a week. Its state when that week is over is reported in
// any case, whatever happened in between.
func SuppressRepeats(events []Event, now time.Time) []Event {
	type key struct{ source, what string }
	reported := map[key]time.Time{}
	seen := map[string]bool{}
	newest := make([]bool, len(events)) // whether the event is the newest of its source
	for i, e := range events {
		newest[i] = !seen[e.Source]
		seen[e.Source] = true
	}
	var kept []Event
	for i, e := range slices.Backward(events) {
		before, ok := reported[key{e.Source, e.Kind}]
		interval := repeatIntervalOf(e.Kind)
		repeated := ok && e.At.Sub(before) < interval
		if repeated && !(newest[i] && now.Sub(before) >= interval) {
			continue
		}
		reported[key{e.Source, e.Kind}] = e.At
		kept = append(kept, e)
	}
	slices.Reverse(kept)
	return kept
}

const (
	maxLines         = 3 // lines about sources that are silent, well again, or fail for the same reason; more are one line
	maxNames         = 5 // names in one line
	reminderInterval = 28 * day
)

// Lines returns events as lines for stderr. Sources that are not reached, as those behind one host, are one line; so are
// more than a few that are well again, or silent, as in a list that was just imported, or that fail for the same reason,
// as behind a proxy that answers in their place.
func Lines(events []Event) []string {
	type cause struct{ kind, reason string }
	byCause := map[cause][]Event{}
	var causes []cause
	for _, e := range events {
		c := cause{kind: e.Kind}
		if e.Kind == Failing.beginKind() || e.Kind == Blocked.beginKind() {
			c.reason = e.Text
			if address, reason, ok := strings.Cut(e.Text, ": "); ok && !strings.Contains(address, " ") {
				c.reason = reason
			}
		}
		if byCause[c] == nil {
			causes = append(causes, c)
		}
		byCause[c] = append(byCause[c], e)
	}
	var lines []string
	for _, c := range causes {
		same := byCause[c]
		most := len(same)
		switch c.kind {
		case NeverReached.beginKind():
			most = 1
		case Silent.beginKind(), Failing.endKind(), Failing.beginKind(), Blocked.beginKind():
			most = maxLines
		}
		if len(same) <= most {
			for _, e := range same {
				lines = append(lines, e.Line())
			}
			continue
		}
		var names []string
		for _, e := range same {
			names = append(names, e.Name)
		}
		line := Event{Name: fmt.Sprintf("%d sources (%s)", len(same), namesText(names)), Kind: c.kind, Text: same[0].Text + " (" + same[0].Name + ")"}.Line()
		lines = append(lines, strings.Replace(line, "): is ", "): are ", 1)) // the titles speak of one source
	}
	slices.Sort(lines)
	return lines
}

// namesText returns the first names of a list, and how many there are beside them.
func namesText(names []string) string {
	if len(names) <= maxNames {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNames], ", "), len(names)-maxNames)
}

// Reminder returns one line about the states that were told, last, and need a person; "" when it is too early for it. A
// state is reminded of a week after it was told, then with all others every four weeks, and never are there two
// reminders in a week. reminded is when the last one was printed.
func Reminder(lasting []Lasting, name func(source string) string, reminded, now time.Time) string {
	var names []string
	due := !reminded.IsZero() && now.Sub(reminded) >= reminderInterval
	lasting = slices.Clone(lasting)
	slices.SortStableFunc(lasting, func(x, y Lasting) int { return cmp.Or(Compare(x.State, y.State), cmp.Compare(x.Source, y.Source)) })
	for _, l := range lasting {
		if l.Told.IsZero() || !Describe(l.State).Person || now.Sub(l.Told) < repeatInterval {
			continue
		}
		if reminded.Before(l.Told.Add(repeatInterval)) {
			due = true
		}
		names = append(names, fmt.Sprintf("%s (%s since %s)", name(l.Source), l.State, l.Since.UTC().Format("2 January 2006")))
	}
	if !due || len(names) == 0 || now.Sub(reminded) < repeatInterval {
		return ""
	}
	return fmt.Sprintf("%s to look at: %s; broadsheet status says more", plain.CountOf(len(names), "source still has something", "sources still have something"), namesText(names))
}
