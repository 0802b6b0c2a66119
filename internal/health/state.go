package health

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// State is a state of a source. Its text is what `status` and `check` show, and what --fail-on takes.
type State string

// The states of a source. A source can be in several at once.
const (
	Quarantined  State = "quarantined"
	Gone         State = "gone"
	NeverReached State = "never reached"
	Blocked      State = "blocked"
	Failing      State = "failing"
	Changed      State = "changed"
	Empty        State = "empty"
	Silent       State = "silent"
	Moved        State = "moved"
	Full         State = "full"
	Salvaged     State = "salvaged"
	Truncated    State = "truncated"
	Unlinked     State = "unlinked"
	WithoutDates State = "without dates"
	Resting      State = "resting"
	New          State = "new"
	Fine         State = "fine"
)

// Description is what there is to say about a state.
type Description struct {
	State   State
	Meaning string
	Person  bool          // a person must act: it does not end by itself
	After   time.Duration // how long it lasts before it is told, beside what Facts.Findings says of it
	Public  string        // what readers see of it on the page of sources; empty: "fine"
	Advice  string        // what to do next, for the maintainer
	Began   string        // title of its entry in health.xml when it begins (%s: the source); empty: it is never told
	Ended   string        // and when it ends; empty: its end is not told, because the maintainer brought it about
	Plain   bool          // the details of the event tell what Began tells
	Event   string        // Event.Kind when it begins, if that is not its name
	End     string        // Event.Kind when it ends
}

const day = 24 * time.Hour

// States is the table of all states, those that need attention first.
var States = []Description{
	{State: Quarantined, Meaning: "it seems to be in other hands: nothing of it is shown until it is trusted", Person: true, Public: "not shown at present",
		Advice: "nothing of it is shown; look at it, and if it is what you want: broadsheet trust, with its name or address; if not, take it out of feeds.yaml",
		Began:  "%s may be somebody else's now"},
	{State: Gone, Meaning: "it answered 410: it is not asked again", Plain: true, Person: true, Public: "gone for good",
		Advice: "take it out of feeds.yaml or look for its new address",
		Began:  "%s is gone", Ended: "%s is well again", End: "recovered"},
	{State: NeverReached, Meaning: "its host lets no request for it through, for days", Plain: true, Person: true, Public: "not answering",
		Advice: "its host lets too few requests through; where other sources share it, ask fewer of them, or some less often with every:",
		Began:  "%s is not reached", Event: "unreached"},
	{State: Blocked, Meaning: "its host refuses this program: 401, 403, 429, robots.txt", Plain: true, Person: true, Public: "not answering",
		Advice: "its host refuses this program: say who asks with contact: in feeds.yaml, ask the site to let it in, or look for another address of the feed",
		Began:  "%s refuses this program", Ended: "%s is well again", End: "recovered"},
	{State: Failing, Meaning: "it does not answer, or not with what it should", Plain: true, Person: true, Public: "not answering",
		Advice: "it is asked again; when it stays so, look whether its address in feeds.yaml is still right",
		Began:  "%s does not answer", Ended: "%s is well again", Event: "broke", End: "recovered"},
	{State: Changed, Meaning: "the list of a page is not the one that it showed before", Person: true, After: day,
		Advice: "look at the page, and give the source new selectors: broadsheet add, with its address, proposes some",
		Began:  "%s shows another list", Ended: "%s shows its list again", End: "restored"},
	{State: Empty, Meaning: "a valid document that had entries and has none", Plain: true, Person: true, After: 2 * day,
		Advice: "look whether it goes on under another address: broadsheet add, with that of its site, finds out",
		Began:  "%s is empty", Ended: "%s has entries again", End: "refilled"},
	{State: Silent, Meaning: "it answers, but nothing new comes, by its own rhythm", Plain: true, Person: true,
		Advice: "look whether it goes on under another address: broadsheet add, with that of its site, finds out",
		Began:  "%s has fallen silent", Ended: "%s has new articles again", Event: "stale", End: "resumed"},
	{State: Moved, Meaning: "it redirects for good", Person: true,
		Advice: "change it in feeds.yaml; until then it is followed",
		Began:  "%s has moved"},
	{State: Full, Meaning: "there is no room for what it tells", Plain: true, Person: true,
		Advice: "nothing that is known is lost; when it makes up new entries at every visit, take it out of feeds.yaml",
		Began:  "%s tells of more than there is room for"},
	{State: Salvaged, Meaning: "it is cut off or broken; its whole entries are kept", Plain: true, After: 2 * day,
		Advice: "tell the site when it stays so",
		Began:  "%s is cut off or broken", Ended: "%s is whole again", End: "whole"},
	{State: Truncated, Meaning: "it has more entries than are read; the newest are", Plain: true,
		Advice: "the others are not known; if they matter, look whether its site has a sitemap",
		Began:  "%s has more entries than are read"},
	{State: Unlinked, Meaning: "its links lead into a private network", Plain: true, Person: true,
		Advice: "tell the site, or give the source allow_private: true if its readers are in that network",
		Began:  "%s links into a private network"},
	{State: WithoutDates, Meaning: "its entries have no date", Plain: true, After: day,
		Advice: "its articles count from when they are first seen; tell the site",
		Began:  "%s has lost its dates", Ended: "%s has dates again", End: "dated"},
	{State: Resting, Meaning: "its host asked for a pause", Advice: "it is asked when its host may be asked again"},
	{State: New, Meaning: "not asked yet", Public: "not read yet", Advice: "the next run asks it"},
	{State: Fine, Meaning: "nothing to say"},
}

// occurrences describes the events that are no change of a state, by Event.Kind.
var occurrences = map[string]Description{
	"trusted": {Began: "%s is out of quarantine", Advice: "it is shown again; there is nothing to do"},
	"rebound": {Plain: true, Began: "%s gave its articles new names", Advice: "they were recognised, and nothing is shown twice; there is nothing to do"},
}

// Names returns the names of all states, those that need attention first.
func Names() []string {
	var names []string
	for _, d := range States {
		names = append(names, string(d.State))
	}
	return names
}

// ByName returns the state of a name, in which hyphens may stand for spaces.
func ByName(name string) (State, bool) {
	name = strings.ReplaceAll(strings.TrimSpace(name), "-", " ")
	i := slices.IndexFunc(States, func(d Description) bool { return string(d.State) == name })
	if i < 0 {
		return "", false
	}
	return States[i].State, true
}

// Describe returns the description of a state.
func Describe(s State) Description {
	if i := s.rank(); i < len(States) {
		return States[i]
	}
	return Description{State: s}
}

// rank returns the position of a state in the order of urgency.
func (s State) rank() int {
	if i := slices.IndexFunc(States, func(d Description) bool { return d.State == s }); i >= 0 {
		return i
	}
	return len(States)
}

// Compare orders states, those that need attention first.
func Compare(x, y State) int { return cmp.Compare(x.rank(), y.rank()) }

// beginKind returns the Event.Kind of the beginning of a state.
func (d Description) beginKind() string { return cmp.Or(d.Event, string(d.State)) }

// Message returns the title of an event (%s: the source) and what the maintainer can do about it.
func Message(kind string) (title, advice string) {
	for _, d := range States {
		if d.Began != "" && d.beginKind() == kind {
			return d.Began, d.Advice
		}
	}
	for _, d := range States {
		if d.Ended != "" && d.End == kind {
			return d.Ended, "there is nothing to do"
		}
	}
	if d, ok := occurrences[kind]; ok {
		return d.Began, d.Advice
	}
	return "%s: " + strings.ReplaceAll(kind, "%", "%%"), ""
}
