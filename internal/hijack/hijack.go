// Package hijack decides whether a source is still what it was, or whether somebody else publishes at its address: a
// domain that lapsed and was sold, a blog that was taken over. It compares a document of the source with a profile that
// was learnt from its earlier ones. It is pure: the time is part of the document.
package hijack

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"broadsheet/internal/plain"
)

// Entry is what is compared of one entry of a document. Hashes that are 0 are not known.
type Entry struct {
	GUID, Link, Title uint32    // hashes; Title is 0 unless the title is long enough to identify an entry
	Site              string    // site that the link leads to
	Authors           []string  `json:",omitempty"` // names, folded
	Language          string    `json:",omitempty"` // primary language subtag that the source declares
	Script            string    `json:",omitempty"` // script of the title
	Published         time.Time `json:",omitzero"`  // zero: no plausible date
}

// Document is what a source said at one visit.
type Document struct {
	At       time.Time
	Title    string // what the source calls itself; empty: it does not say
	Entries  []Entry
	Sitemap  bool // it has links and little else, so that links alone are no sign
	Restored bool // the visits before it failed for some time
}

// known is an entry that the profile remembers.
type known struct {
	Entry
	Seen    time.Time // when it was first seen
	Last    bool      `json:",omitempty"` // the last document had it
	Trusted bool      `json:",omitempty"` // it is part of what the source is compared with
	Chained bool      `json:",omitempty"` // it came in a document that still had known articles
}

// Profile is what a source was in its earlier documents. The zero Profile is that of a source that was never read. The
// store keeps it as JSON under these field names.
type Profile struct {
	Read      time.Time // when the last document was read; zero: never
	Title     string    // what it calls itself
	Entries   []known   // by the time when they were first seen
	Since     time.Time `json:",omitzero"` // since when each document has shown a sign, though too few of them
	Missing   time.Time `json:",omitzero"` // since when none of the trusted entries is in its documents, without an explanation
	Changes   int       // documents with new entries
	Turnovers int       // … and with none of the entries of the document before
	Aliases   aliases   // what known entries came to have
}

const (
	// settleTime is how long a sign that stands alone is remembered: another one within that time confirms it. After that
	// it is part of what the source is.
	settleTime = 60 * 24 * time.Hour

	minBaseline = 5  // trusted entries, with an attribute, that are enough to know what is usual
	minChanged  = 3  // entries, with the attribute, that are enough to see that all of them changed
	minBurst    = 10 // entries that are enough to measure a rhythm that is burstFactor times the usual one
	burstFactor = 10
	rollFactor  = 2
	minSpan     = 48 * time.Hour // the time that a rhythm is measured over, at least: news come in bundles

	maxTrusted   = 60 // entries that a profile keeps
	maxUntrusted = 30
	maxCompared  = 60 // entries of a document that are compared, the newest
)

// Learn returns the profile after a document, whatever that is like: what the maintainer trusts is the new baseline.
func Learn(d Document) Profile {
	var p Profile
	p.Read, p.Title = d.At, d.Title
	for _, e := range newest(d) {
		p.Entries = append(p.Entries, known{Entry: e, Seen: d.At, Last: true, Trusted: true, Chained: true})
	}
	p.trim()
	return p
}

// Next compares a document with the profile of its source. It returns why the source is no longer what it was, as text
// for the maintainer, or "" and the profile that includes the document.
func (p Profile) Next(d Document) (Profile, string) {
	if len(d.Entries) == 0 {
		return p, "" // an empty document says nothing about who wrote it
	}
	if p.Read.IsZero() {
		return Learn(d), ""
	}
	p = p.notAfter(d.At)
	c := p.compare(d)
	if signs := c.decisive(); len(signs) > 1 {
		return p, strings.Join(signs, "; ")
	}
	return p.include(d, c), ""
}

// Returned reports whether a source in quarantine, whose profile is from before that, is what it was: nothing differs,
// and it tells again what it told then.
func (p Profile) Returned(d Document) bool {
	if len(d.Entries) == 0 || p.Read.IsZero() {
		return false
	}
	c := p.notAfter(d.At).compare(d)
	return len(c.signs()) == 0 && c.present && !slices.ContainsFunc(c.fresh, func(e Entry) bool { return !c.base.fits(e, d.Sitemap) })
}

// notAfter returns the profile with times after at, which were recorded under a clock that was ahead, set back to it.
func (p Profile) notAfter(at time.Time) Profile {
	p.Entries = slices.Clone(p.Entries)
	times := []*time.Time{&p.Read, &p.Since, &p.Missing}
	for i := range p.Entries {
		times = append(times, &p.Entries[i].Seen)
	}
	for _, t := range times {
		if t.After(at) {
			*t = at
		}
	}
	return p
}

// aliases are attributes that known entries came to have, as at a move: entries with them are not unusual.
type aliases struct {
	Sites, Authors, Languages, Scripts []string `json:",omitempty"`
}

// comparison is what a document has in common with a profile, and in what it differs.
type comparison struct {
	present   bool         // articles that were known before are still told
	resembles bool         // it does not call itself something else
	matched   map[int]bool // indexes of Profile.Entries that the document tells again
	fresh     []Entry      // entries that the profile does not have
	untrusted []Entry      // fresh, or seen recently without a sign that they are of the old kind; newer than all that is trusted
	missing   bool         // none of the last document's entries is told, without an explanation
	turnover  bool         // none of the last document's entries is told
	hasty     bool         // missing: it would take no more than a much faster rhythm
	base      baseline

	name, links, authors, language, rhythm, gone string // the signs, as text; empty: none
}

// signs returns all signs of a comparison.
func (c comparison) signs() []string {
	return slices.DeleteFunc([]string{c.name, c.gone, c.links, c.authors, c.language, c.rhythm}, func(s string) bool { return s == "" })
}

// decisive returns the signs that count towards a quarantine. A source that still tells its known articles may call
// itself what it likes: it was renamed. A rhythm that is fast enough leaves no room for known articles: both are then
// one sign.
func (c comparison) decisive() []string {
	if c.present {
		c.name = ""
	}
	if c.hasty && c.rhythm != "" {
		c.gone = ""
	}
	return c.signs()
}

// compare compares a document with the profile.
func (p Profile) compare(d Document) comparison {
	c := comparison{matched: map[int]bool{}, resembles: true}
	index := newEntryIndex(d.Entries)
	for i, k := range p.Entries {
		if index.find(k.Entry) >= 0 {
			c.matched[i] = true
			c.present = c.present || p.isTrusted(k, d.At) || k.Chained
		}
	}
	c.base = newBaseline(p, d, c.matched, index)
	before := newEntryIndex(p.entries())
	for _, e := range newest(d) {
		if before.find(e) < 0 {
			c.fresh = append(c.fresh, e)
		}
	}
	c.untrusted = p.untrusted(d, c)

	c.resembles = resembles(p.Title, d.Title)
	if !c.resembles && d.Title != "" {
		c.name = fmt.Sprintf("it calls itself %q; it was %q", d.Title, p.Title)
	}
	p.turnover(d, &c)
	if last := p.count(func(k known) bool { return k.Last }); c.missing {
		c.gone = fmt.Sprintf("none of the %d articles that it had before is in it", last)
	} else if !p.Missing.IsZero() && !c.present {
		c.gone = "the articles that it had before " + p.Missing.UTC().Format("2 January 2006") + " are no longer in it"
	}
	if !d.Sitemap {
		c.links = changed(c.untrusted, c.base.sites, siteOf, "all its links lead to %s; they led to %s")
	}
	c.authors = changed(c.untrusted, c.base.authors, authorsOf, "all its authors are others: %s; they were %s")
	c.language = changed(c.untrusted, c.base.languages, languageOf, "all of it is in another language: %s; it was in %s")
	if c.language == "" {
		c.language = changed(c.untrusted, c.base.scripts, scriptOf, "all of it is in another script: %s; it was in %s")
	}
	c.rhythm = c.base.burst(c.untrusted)
	return c
}

// untrusted returns the entries that may show what the source has become: those that were first seen after all that is
// trusted. Next to known articles, those with older dates do not count: a source that switches from a few entries to all
// of them tells old ones, which say nothing about what it is now.
func (p Profile) untrusted(d Document, c comparison) []Entry {
	lastSeen, lastDate := time.Time{}, time.Time{}
	for _, k := range p.Entries {
		if p.isTrusted(k, d.At) {
			lastSeen = latest(lastSeen, k.Seen)
			lastDate = latest(lastDate, k.Published)
		}
	}
	var found []Entry
	add := func(e Entry, seen time.Time) {
		if e = withDate(e, seen); !c.present || !e.Published.Before(lastDate) {
			found = append(found, e)
		}
	}
	for _, k := range p.Entries {
		if !p.isTrusted(k, d.At) && k.Seen.After(lastSeen) {
			add(k.Entry, k.Seen)
		}
	}
	for _, e := range c.fresh {
		add(e, d.At)
	}
	return found
}

// isTrusted reports whether an entry is part of what the source is compared with at a time.
func (p Profile) isTrusted(k known, at time.Time) bool {
	return k.Trusted || at.Sub(k.Seen) >= settleTime
}

// turnover sets c.turnover, c.missing and c.hasty. That none of the articles of the last document is left is explained
// if articles that are all newer fill the document, and the usual rhythm, or rollFactor times that, makes so many in the
// time since; or if the documents of the source often change altogether.
func (p Profile) turnover(d Document, c *comparison) {
	last := p.count(func(k known) bool { return k.Last })
	for i, k := range p.Entries {
		if k.Last && c.matched[i] {
			return
		}
	}
	if last < minChanged || c.present {
		return
	}
	c.turnover = true
	if p.Turnovers > 1 && 5*p.Turnovers >= p.Changes {
		return
	}
	rolledOver := len(d.Entries) >= last && !d.Restored
	for _, e := range d.Entries {
		rolledOver = rolledOver && !e.Published.Before(p.Read.Add(-24*time.Hour))
	}
	interval := c.base.interval()
	filled := rolledOver && interval > 0 && rollFactor*int64(d.At.Sub(p.Read)/interval) >= int64(last)
	c.missing, c.hasty = !filled, rolledOver
}

// include returns the profile with a document in it that is no reason for a quarantine.
func (p Profile) include(d Document, c comparison) Profile {
	index := newEntryIndex(d.Entries)
	signs := c.signs()
	settled := len(signs) > 0 && !p.Since.IsZero() && d.At.Sub(p.Since) >= settleTime
	entries := p.Entries
	for i := range entries {
		k := &entries[i]
		k.Trusted = settled || p.isTrusted(*k, d.At)
		at := index.find(k.Entry)
		if k.Last = at >= 0; k.Last { // as it is told now: under another link, or by another name
			k.Entry = d.Entries[at]
		}
	}
	for _, e := range c.fresh {
		trusted := settled || len(signs) == 0 && c.base.fits(e, d.Sitemap)
		entries = append(entries, known{Entry: e, Seen: d.At, Last: true, Trusted: trusted, Chained: c.present})
	}
	p.Entries, p.Read = entries, d.At
	p.Aliases = aliases{c.base.sites.aliases(), c.base.authors.aliases(), c.base.languages.aliases(), c.base.scripts.aliases()}
	if len(c.fresh) > 0 {
		p.Changes++
	}
	if c.turnover {
		p.Turnovers++
	}
	switch {
	case settled || len(signs) == 0:
		p.Since = time.Time{}
	case p.Since.IsZero():
		p.Since = d.At
	}
	switch {
	case settled || c.present:
		p.Missing = time.Time{}
	case c.missing && !c.hasty && p.Missing.IsZero():
		p.Missing = d.At
	}
	if d.Title != "" && (settled || c.resembles || c.present) {
		p.Title = d.Title
	}
	p.trim()
	return p
}

// trim removes the oldest entries that are too many. Those of the last document stay longest.
func (p *Profile) trim() {
	drop := func(trusted bool, most int) {
		n := p.count(func(k known) bool { return k.Trusted == trusted })
		for _, last := range []bool{false, true} {
			p.Entries = slices.DeleteFunc(p.Entries, func(k known) bool {
				if k.Trusted == trusted && k.Last == last && n > most {
					n--
					return true
				}
				return false
			})
		}
	}
	drop(true, maxTrusted)
	drop(false, maxUntrusted)
}

func (p Profile) count(which func(known) bool) (n int) {
	for _, k := range p.Entries {
		if which(k) {
			n++
		}
	}
	return n
}

func (p Profile) entries() []Entry {
	all := make([]Entry, len(p.Entries))
	for i, k := range p.Entries {
		all[i] = k.Entry
	}
	return all
}

// newest returns the newest entries of a document, as many as are compared, oldest first. Those without a date come in
// the order of the document, which mostly begins with the newest.
func newest(d Document) []Entry {
	all := slices.Clone(d.Entries)
	slices.SortStableFunc(all, func(a, b Entry) int { return b.Published.Compare(a.Published) })
	all = all[:min(len(all), maxCompared)]
	slices.Reverse(all)
	return all
}

func withDate(e Entry, date time.Time) Entry {
	if e.Published.IsZero() {
		e.Published = date
	}
	return e
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// changed returns the sign that an attribute of all entries, or of nine in ten, is none of the usual values; "" if it is
// not so, or if too little is known to say. format has a place for what it is now, and one for what it was.
func changed(entries []Entry, usual values, attribute func(Entry) []string, format string) string {
	if !usual.regular() {
		return ""
	}
	n, asUsual, now := 0, 0, values{}
	for _, e := range entries {
		has := attribute(e)
		if len(has) == 0 {
			continue
		}
		if usual.hasAny(has) {
			asUsual++
			continue
		}
		n++
		now.add(has)
	}
	if n < minChanged || 9*asUsual > n {
		return ""
	}
	return fmt.Sprintf(format, now.text(), usual.text())
}

// daysText formats a duration as a number of days, hours or minutes.
func daysText(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return plain.Count(int(d.Hours()/24), "day")
	case d >= 2*time.Hour:
		return plain.Count(int(d.Hours()), "hour")
	}
	return plain.Count(max(1, int(d.Minutes())), "minute")
}
