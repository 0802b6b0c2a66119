package health

import (
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet"
)

func dayAt(n int) time.Time { return time.Date(2026, 1, 1, 6, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

var feedA = broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://a.example/", Name: "A"}

// postedOn returns postings on days.
func postedOn(days ...int) []time.Time {
	var all []time.Time
	for _, n := range days {
		all = append(all, dayAt(n))
	}
	return all
}

// every returns n postings with a gap of some days, the last on day 0.
func every(gap, n int) []time.Time {
	var all []time.Time
	for i := range n {
		all = append(all, dayAt(-gap*i))
	}
	return all
}

func TestRhythm_SilentAfter(t *testing.T) {
	for name, c := range map[string]struct {
		postings []time.Time
		from, to int // it is silent after that many days, at the earliest and at the latest
	}{
		"daily":                         {every(1, 20), 3, 3},
		"weekly":                        {every(7, 12), 20, 21},
		"weekly, few":                   {every(7, 5), 20, 21},
		"monthly":                       {every(30, 12), 85, 90},
		"yearly, three posts":           {every(365, 3), 3 * 365, 3 * 365},
		"a day early or late":           {postedOn(0, 7, 13, 21, 28, 34, 42, 49, 55, 63, 70), 17, 24},
		"on working days":               {postedOn(0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 14, 15, 16, 17, 18), 7, 30},
		"a burst on one day":            {[]time.Time{dayAt(0), dayAt(0).Add(time.Hour), dayAt(0).Add(2 * time.Hour)}, 365, 365},
		"three posts in three days":     {postedOn(0, 1, 2), 60, 60},
		"one a year, then three":        {postedOn(0, 365, 730, 731, 733), 1000, 3 * 365},
		"bursts":                        {postedOn(0, 1, 2, 40, 41, 42, 80, 81, 82, 120, 121, 122), 120, 1000},
		"never":                         {nil, 365, 365},
		"once":                          {postedOn(0), 365, 365},
		"irregular, with a long break":  {postedOn(0, 3, 9, 11, 30, 32, 40, 100, 103, 110, 112, 120, 300), 500, 1000},
		"a break longer than the bound": {append(every(3, 20), dayAt(2000)), 2000, 2500},
	} {
		limit := RhythmOf(c.postings).SilentAfter()
		if limit < time.Duration(c.from)*day || limit > time.Duration(c.to)*day {
			t.Errorf("%s: silent after %.1f days, want %d to %d", name, limit.Hours()/24, c.from, c.to)
		}
	}
}

// FuzzRhythm finds no division by zero, and no overflow, for postings anywhere in time.
func FuzzRhythm(f *testing.F) {
	f.Add(int64(0), int64(0), int64(1), int64(1<<40))
	f.Fuzz(func(t *testing.T, a, b, c, d int64) {
		const most = 1 << 37 // some thousand years
		postings := []time.Time{time.Unix(a%most, 0), time.Unix(b%most, 0), time.Unix(c%most, 0), time.Unix(d%most, 0)}
		if limit := RhythmOf(postings).SilentAfter(); limit < minSilence {
			t.Errorf("%v: %v", postings, limit)
		}
	})
}

// healthy returns what is known of a source that was read on day 0 and posts every three days.
func healthy() Facts {
	return Facts{Source: feedA, Entries: 20, HadDates: true, Postings: every(3, 20), Added: dayAt(-400), Arrived: dayAt(0),
		Visit: broadsheet.Visit{At: dayAt(0), LastSuccess: dayAt(0), Next: dayAt(1), Status: 200, Entries: 10}}
}

// TestFindings has, for each state, sources that are in it and sources that nearly are.
func TestFindings(t *testing.T) {
	for name, c := range map[string]struct {
		change func(f *Facts)
		want   string // the states, the most urgent first; those that are told have a !
	}{
		"fine":                          {func(f *Facts) {}, "fine"},
		"new":                           {func(f *Facts) { f.Visit, f.Added = broadsheet.Visit{}, dayAt(0) }, "new"},
		"a list is never new":           {func(f *Facts) { f.Source.Kind, f.Visit = broadsheet.KindList, broadsheet.Visit{} }, "fine"},
		"added and never reached":       {func(f *Facts) { f.Visit, f.Added = broadsheet.Visit{}, dayAt(-10) }, "never reached!"},
		"one failure":                   {func(f *Facts) { f.Visit.Failures, f.Visit.Status = 1, 500 }, "failing"},
		"three":                         {func(f *Facts) { f.Visit.Failures, f.Visit.Status = 3, 500 }, "failing!"},
		"the first answer is a failure": {func(f *Facts) { f.Visit.Failures, f.Visit.Status, f.Visit.LastSuccess = 1, 404, time.Time{} }, "failing!"},
		"refused":                       {func(f *Facts) { f.Visit.Failures, f.Visit.Status = 3, 403 }, "blocked!, failing!"},
		"robots.txt":                    {func(f *Facts) { f.Visit.Failures, f.Visit.Denied = 3, true }, "blocked!, failing!"},
		"rate limited":                  {func(f *Facts) { f.Visit.Status = 429 }, "resting"},
		"refused while others are not":  {func(f *Facts) { f.Visit.Failures, f.Visit.Status = 3, 429 }, "blocked!, failing!"},
		"rate limited, never read": {func(f *Facts) {
			f.Visit.Failures, f.Visit.Status, f.Visit.LastSuccess, f.Added = 1, 429, time.Time{}, dayAt(0)
		}, "blocked, failing"},
		"rate limited for days": {func(f *Facts) {
			f.Visit.Status, f.Visit.LastSuccess = 429, dayAt(-9)
		}, "never reached!"},
		"its host rests": {func(f *Facts) { f.Visit.Reason = "its host asked for a pause of 2 h" }, "resting"},
		"for weeks": {func(f *Facts) {
			f.Visit.Reason, f.Visit.LastSuccess = "its host asked for a pause of 2 h", dayAt(-20)
		}, "never reached!"},
		"due, and left out for a week and more": {func(f *Facts) { f.Visit.Next, f.Visit.LastSuccess = dayAt(-9), dayAt(-10) }, "never reached!"},
		"asked once a month":                    {func(f *Facts) { f.Source.Every, f.Visit.Next, f.Visit.LastSuccess = 30*day, dayAt(0), dayAt(-30) }, "fine"},
		"failing on its own for weeks": {func(f *Facts) {
			f.Visit.Failures, f.Visit.Status, f.Visit.LastSuccess = 9, 500, dayAt(-30)
		}, "failing!"},
		"gone":           {func(f *Facts) { f.Visit.Gone, f.Visit.Failures, f.Visit.Status = true, 1, 410 }, "gone!"},
		"moved":          {func(f *Facts) { f.Visit.MovedTo = "https://b.example/" }, "moved!"},
		"moved, failing": {func(f *Facts) { f.Visit.MovedTo, f.Visit.Failures, f.Visit.Status = "https://b.example/", 3, 500 }, "failing!, moved!"},
		"salvaged":       {func(f *Facts) { f.Visit.Partial = true }, "salvaged!"},
		"unlinked":       {func(f *Facts) { f.Visit.PrivateLinks = 1 }, "unlinked!"},
		"full":           {func(f *Facts) { f.Visit.NotStored = 7 }, "full!"},
		"changed":        {func(f *Facts) { f.Visit.ListChanged = "it shows menus" }, "changed!"},
		"changed, so that nothing of it is read": {func(f *Facts) {
			f.Visit.ListChanged, f.Visit.Entries, f.Visit.LastSuccess, f.Visit.At, f.Visit.Next = "it shows menus", 0, dayAt(90), dayAt(90), dayAt(91)
		}, "changed!"},
		"changed, with nothing left in it": {func(f *Facts) { f.Visit.ListChanged, f.Visit.Entries = "it shows menus", 0 }, "changed!"},
		"a file that no flag allows": {func(f *Facts) {
			f.Source.Kind, f.Visit.Failures, f.Visit.Denied = broadsheet.KindFile, 3, true
		}, "failing!"},
		"quarantined": {func(f *Facts) { f.Visit.Quarantine = "it calls itself a casino" }, "quarantined!"},
		"empty":       {func(f *Facts) { f.Visit.Entries = 0 }, "empty!"},
		"empty for so long that it would be silent": {func(f *Facts) {
			f.Visit.Entries, f.Visit.LastSuccess, f.Visit.At, f.Visit.Next = 0, dayAt(90), dayAt(90), dayAt(91)
		}, "empty!"},
		"empty from the start": {func(f *Facts) {
			f.Visit.Entries, f.Entries, f.Postings, f.Arrived, f.Added = 0, 0, nil, time.Time{}, dayAt(-30)
		}, "fine"},
		"entries not counted yet": {func(f *Facts) { f.Visit.Entries = -1 }, "fine"},
		"a sitemap is not empty":  {func(f *Facts) { f.Source.Kind, f.Visit.Entries = broadsheet.KindSitemap, 0 }, "fine"},
		"it lost its dates":       {func(f *Facts) { f.Visit.Undated = true }, "without dates!"},
		"it never had any":        {func(f *Facts) { f.Visit.Undated, f.HadDates = true, false }, "without dates"},
		"silent":                  {func(f *Facts) { f.Visit.LastSuccess, f.Visit.At = dayAt(9), dayAt(9); f.Visit.Next = dayAt(10) }, "silent!"},
		"not yet":                 {func(f *Facts) { f.Visit.LastSuccess, f.Visit.At = dayAt(8), dayAt(8); f.Visit.Next = dayAt(10) }, "fine"},
		"silent, but not asked":   {func(f *Facts) { f.Visit.Failures, f.Visit.Status, f.Postings = 1, 500, every(3, 20) }, "failing"},
		"articles come without dates": {func(f *Facts) {
			f.Visit.LastSuccess, f.Visit.Next, f.Arrived = dayAt(30), dayAt(40), dayAt(28)
		}, "fine"},
		"a sitemap is not silent": {func(f *Facts) {
			f.Source.Kind, f.Visit.LastSuccess, f.Visit.Next = broadsheet.KindSitemap, dayAt(300), dayAt(400)
		}, "fine"},
	} {
		f := healthy()
		c.change(&f)
		var got []string
		for _, found := range f.Findings(Reach{Since: dayAt(-300), Last: dayAt(0)}) {
			text := string(found.State)
			if found.Told {
				text += "!"
			}
			got = append(got, text)
			if Describe(found.State).Advice == "" && found.State != Fine {
				t.Errorf("%s: nothing is said about what to do", found.State)
			}
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
	f := healthy()
	f.Visit.Next, f.Visit.LastSuccess = dayAt(-9), dayAt(-10)
	if got := f.Findings(Reach{Since: dayAt(-1), Last: dayAt(0)}); got[0].State != Fine {
		t.Errorf("after a pause of the program: %v", got)
	}
}

// TestStates_Complete checks the table: each state that can be told has its texts, and a kind of event of its own.
func TestStates_Complete(t *testing.T) {
	kinds := map[string]State{}
	for _, d := range States {
		if d.Began == "" {
			continue
		}
		if other, twice := kinds[d.beginKind()]; twice || !strings.Contains(d.Began, "%s") {
			t.Errorf("%s begins as %s does: %q", d.State, other, d.Began)
		}
		kinds[d.beginKind()] = d.State
		if (d.Ended == "") != (d.End == "") {
			t.Errorf("%s ends with %q and %q", d.State, d.Ended, d.End)
		}
		if title, advice := Message(d.beginKind()); title != d.Began || advice != d.Advice {
			t.Errorf("%s: %q, %q", d.State, title, advice)
		}
		if state, ok := ByName(strings.ReplaceAll(string(d.State), " ", "-")); !ok || state != d.State {
			t.Errorf("%s is not found by its name", d.State)
		}
	}
}

// TestUpdate follows one source: what it is in on a day, and what is told then.
func TestUpdate(t *testing.T) {
	for name, days := range map[string][][2]string{
		"each once, and its end":           {{"fine", ""}, {"silent", "stale"}, {"silent", ""}, {"fine", "resumed"}, {"fine", ""}},
		"one failure is not told":          {{"failing?", ""}, {"failing?", ""}, {"fine", ""}},
		"three are":                        {{"failing?", ""}, {"failing", "broke"}, {"failing", ""}, {"fine", "recovered"}},
		"refused in place of not answered": {{"failing", "broke"}, {"blocked failing", ""}, {"never-reached blocked failing", ""}, {"failing", ""}, {"fine", "recovered"}},
		"gone after failures":              {{"failing", "broke"}, {"gone", "gone"}, {"gone", ""}, {"fine", "recovered"}},
		"two at once":                      {{"moved", "moved"}, {"failing moved", "broke"}, {"moved", "recovered"}, {"fine", ""}},
		"empty for a day is not told":      {{"empty", ""}, {"fine", ""}, {"empty", ""}, {"empty", ""}, {"empty", "empty"}, {"fine", "refilled"}},
		"silent, then empty":               {{"silent", "stale"}, {"empty", ""}, {"empty", ""}, {"empty", "empty"}, {"silent", "stale refilled"}},
		"failing, then in other hands":     {{"failing", "broke"}, {"quarantined", "quarantined"}, {"fine", ""}},
		"fails in quarantine":              {{"quarantined", "quarantined"}, {"quarantined failing", "broke"}, {"quarantined", ""}},
		"silent, then another list":        {{"silent", "stale"}, {"changed", ""}, {"changed", "changed"}, {"fine", "restored"}},
		"empty, then another list":         {{"empty", ""}, {"empty", ""}, {"empty", "empty"}, {"changed", ""}, {"changed", "changed"}},
		"resting is never told":            {{"resting", ""}, {"new", ""}, {"resting", ""}},
	} {
		var lasting []Lasting
		for n, step := range days {
			var found []Finding
			for state := range strings.FieldsSeq(step[0]) {
				name, told := strings.CutSuffix(state, "?")
				s, ok := ByName(name)
				if !ok {
					t.Fatalf("no state %q", name)
				}
				found = append(found, Finding{State: s, Told: !told})
			}
			events, after := Update([]broadsheet.Source{feedA}, map[string][]Finding{feedA.ID(): found}, lasting, dayAt(n))
			var got []string
			for _, e := range events {
				got = append(got, e.Kind)
			}
			if strings.Join(got, " ") != step[1] {
				t.Errorf("%s, day %d: %v, want %q", name, n, got, step[1])
			}
			lasting = after
		}
	}
}

func TestUpdate_ForgetsRemovedSources(t *testing.T) {
	before := []Lasting{{Source: "https://b.example/", State: Silent, Since: dayAt(0), Told: dayAt(0)}}
	if events, after := Update([]broadsheet.Source{feedA}, nil, before, dayAt(1)); len(events)+len(after) > 0 {
		t.Errorf("%v, %v", events, after)
	}
}

// TestReminder checks that what lasts is reminded of after a week, then every four, and never twice in a week.
func TestReminder(t *testing.T) {
	lasting := []Lasting{
		{Source: "a", State: Silent, Since: dayAt(0), Told: dayAt(0)},
		{Source: "b", State: Failing, Since: dayAt(3), Told: dayAt(4)},
		{Source: "c", State: Salvaged, Since: dayAt(0), Told: dayAt(0)}, // needs nobody
		{Source: "d", State: Gone, Since: dayAt(0)},                     // not told
	}
	var on []int
	var reminded time.Time
	for n := range 80 {
		text := Reminder(lasting, func(source string) string { return source }, reminded, dayAt(n))
		if text == "" {
			continue
		}
		on = append(on, n)
		reminded = dayAt(n)
		if strings.Contains(text, "c (") || strings.Contains(text, "d (") || strings.Contains(text, "b (failing since 4 January 2026)") != (n > 7) {
			t.Errorf("day %d: %s", n, text)
		}
	}
	if !slices.Equal(on, []int{7, 14, 42, 70}) {
		t.Errorf("reminded on the days %v", on)
	}
}

func TestLines(t *testing.T) {
	var events []Event
	for _, name := range []string{"A", "B", "C", "D", "E", "F", "G"} {
		events = append(events, Event{Name: name, Kind: "unreached", Text: "not reached for 5 days"})
	}
	events = append(events, Event{Name: "X", Kind: "moved", Text: "to https://y.example/"}, Event{Name: "Y", Kind: "from a later version"},
		Event{Name: "Z", Kind: "broke", Text: "404"})
	got := Lines(events)
	want := []string{"7 sources (A, B, C, D, E and 2 more): not reached for 5 days (A); ", "X: has moved to https://y.example/; change it in feeds.yaml",
		"Y: from a later version", "Z: 404; it is asked again"}
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("%q, want %q", got[i], want[i])
		}
	}
}

// TestLines_SameReason has sources fail at once, some of them for the same reason.
func TestLines_SameReason(t *testing.T) {
	var events []Event
	for _, name := range []string{"a", "b", "c", "d"} {
		events = append(events, Event{Name: name, Kind: "broke", Text: "https://" + name + ".example/feed: it answered 502"})
	}
	events = append(events, Event{Name: "e", Kind: "broke", Text: "https://e.example/feed: it answered 404"})
	got := Lines(events)
	if len(got) != 2 || !strings.HasPrefix(got[0], "4 sources (a, b, c, d): https://a.example/feed: it answered 502 (a); ") || !strings.HasPrefix(got[1], "e: ") {
		t.Errorf("%q", got)
	}
	if got := Lines(events[1:]); len(got) != maxLines+1 {
		t.Errorf("as few as %d: %q", maxLines, got)
	}
}

func TestHoldUnreached(t *testing.T) {
	events := []Event{{Source: "a", Kind: "unreached"}, {Source: "b", Kind: "broke"}}
	if kept := HoldUnreached(events, dayAt(0), dayAt(6)); len(kept) != 1 || kept[0].Source != "b" {
		t.Errorf("after six days: %v", kept)
	}
	if kept := HoldUnreached(events, dayAt(0), dayAt(7)); len(kept) != 2 {
		t.Errorf("after seven: %v", kept)
	}
}

// A source that breaks and recovers all the time is reported once a week, and its last state in the end.
func TestFilter(t *testing.T) {
	event := func(n int, source, what string) Event { return Event{Source: source, Kind: what, At: dayAt(n)} }
	for name, c := range map[string]struct {
		events []Event // oldest first
		now    int
		want   string
	}{
		"each once":                   {[]Event{event(0, "a", "broke"), event(1, "a", "recovered"), event(1, "b", "broke")}, 1, "a broke, a recovered, b broke"},
		"again the next day":          {[]Event{event(0, "a", "broke"), event(1, "a", "recovered"), event(2, "a", "broke"), event(3, "a", "recovered")}, 3, "a broke, a recovered"},
		"again the next day for good": {[]Event{event(0, "a", "broke"), event(1, "a", "recovered"), event(2, "a", "broke")}, 5, "a broke, a recovered"},
		"and a week later":            {[]Event{event(0, "a", "broke"), event(1, "a", "recovered"), event(2, "a", "broke")}, 7, "a broke, a recovered, a broke"},
		"after a week":                {[]Event{event(0, "a", "broke"), event(7, "a", "broke")}, 7, "a broke, a broke"},
		"new ids every month":         {[]Event{event(0, "a", "rebound"), event(31, "a", "rebound"), event(62, "a", "rebound")}, 62, "a rebound"},
		"not reached now and then":    {[]Event{event(0, "a", "unreached"), event(9, "a", "unreached"), event(20, "a", "unreached")}, 21, "a unreached"},
		"none":                        {nil, 1, ""},
	} {
		slices.Reverse(c.events)
		var got []string
		for _, e := range slices.Backward(SuppressRepeats(c.events, dayAt(c.now))) {
			got = append(got, e.Source+" "+e.Kind)
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
