package hijack

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// baseline is what is usual for a source: the attributes of its trusted entries.
type baseline struct {
	sites, authors, languages, scripts values
	dates                              []time.Time // of its trusted entries, oldest first
}

// newBaseline returns what is usual for a source, by its profile. Where an entry was usual, what a document tells anew of
// it is usual too: at a move, known articles come with another host, and perhaps with other authors.
func newBaseline(p Profile, d Document, matched map[int]bool, index entryIndex) baseline {
	b := baseline{sites: values{}, authors: values{}, languages: values{}, scripts: values{}}
	b.sites.alias(nil, p.Aliases.Sites)
	b.authors.alias(nil, p.Aliases.Authors)
	b.languages.alias(nil, p.Aliases.Languages)
	b.scripts.alias(nil, p.Aliases.Scripts)
	for _, k := range p.Entries {
		if p.isTrusted(k, d.At) {
			b.add(k.Entry)
			if !k.Published.IsZero() {
				b.dates = append(b.dates, k.Published)
			}
		}
	}
	for i, k := range p.Entries {
		if matched[i] {
			now := d.Entries[index.find(k.Entry)]
			b.sites.alias(siteOf(k.Entry), siteOf(now))
			b.authors.alias(authorsOf(k.Entry), authorsOf(now))
			b.languages.alias(languageOf(k.Entry), languageOf(now))
			b.scripts.alias(scriptOf(k.Entry), scriptOf(now))
		}
	}
	slices.SortFunc(b.dates, time.Time.Compare)
	return b
}

func (b *baseline) add(e Entry) {
	b.sites.add(siteOf(e))
	b.authors.add(authorsOf(e))
	b.languages.add(languageOf(e))
	b.scripts.add(scriptOf(e))
}

// fits reports whether nothing of an entry is unusual.
func (b *baseline) fits(e Entry, sitemap bool) bool {
	fits := func(usual values, has []string) bool { return len(has) == 0 || !usual.regular() || usual.hasAny(has) }
	return (sitemap || fits(b.sites, siteOf(e))) && fits(b.authors, authorsOf(e)) && fits(b.languages, languageOf(e)) && fits(b.scripts, scriptOf(e))
}

// interval returns the usual time between two entries; 0: not known.
func (b *baseline) interval() time.Duration {
	if len(b.dates) < minBaseline {
		return 0
	}
	return b.dates[len(b.dates)-1].Sub(b.dates[0]) / time.Duration(len(b.dates)-1)
}

// burst returns the sign that entries come burstFactor times as often as is usual, and much faster than the source ever
// wrote as many; "" if they do not.
func (b *baseline) burst(entries []Entry) string {
	usual := b.interval()
	if usual == 0 || len(entries) < minBurst {
		return ""
	}
	first, last := entries[0].Published, entries[0].Published
	for _, e := range entries {
		if e.Published.Before(first) {
			first = e.Published
		}
		last = latest(last, e.Published)
	}
	span := max(last.Sub(first), minSpan)
	now := span / time.Duration(len(entries)-1)
	if burstFactor*now > usual {
		return ""
	}
	n := min(len(entries), len(b.dates))
	for i := n - 1; i < len(b.dates); i++ {
		fastest := b.dates[i].Sub(b.dates[i-n+1])
		if fastest <= 3*now*time.Duration(n-1) {
			return "" // it wrote as much in as little time before
		}
	}
	return fmt.Sprintf("%d articles came within %s; it wrote one every %s", len(entries), daysText(span), daysText(usual))
}

// maxUsual is how many different values an attribute has at most if a new one is unusual.
const maxUsual = 3

// values counts how many entries have each value of an attribute.
type values map[string]count

type count struct {
	entries int
	alias   bool // known entries came to have it
}

func (v values) add(has []string) {
	for _, one := range has {
		c := v[one]
		c.entries++
		v[one] = c
	}
}

// alias marks the values that an entry has now as usual, if those were that it had.
func (v values) alias(had, has []string) {
	if len(had) > 0 && !v.hasAny(had) {
		return
	}
	for _, one := range has {
		c := v[one]
		c.alias = true
		v[one] = c
	}
}

// maxAliases is how many aliases of an attribute are kept.
const maxAliases = 20

// aliases returns the values that known entries came to have, and no trusted one had from the beginning.
func (v values) aliases() (names []string) {
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if v[name].alias && v[name].entries == 0 && len(names) < maxAliases {
			names = append(names, name)
		}
	}
	return names
}

func (v values) hasAny(has []string) bool {
	return slices.ContainsFunc(has, func(one string) bool { _, ok := v[one]; return ok })
}

// regular reports whether there are enough values to know what is usual, and few enough different ones that another is
// unusual. A link blog links to another site each time, and a company's engineers take turns: new values say nothing about
// those.
func (v values) regular() bool {
	entries, different := 0, 0
	for _, c := range v {
		entries += c.entries
		if c.entries > 0 {
			different++
		}
	}
	return entries >= minBaseline && different <= maxUsual && 3*different <= entries
}

// text returns the most frequent values, for a message.
func (v values) text() string {
	names := slices.SortedFunc(maps.Keys(v), func(a, b string) int {
		if v[a].entries != v[b].entries {
			return v[b].entries - v[a].entries
		}
		return strings.Compare(a, b)
	})
	if len(names) > 3 {
		return strings.Join(names[:3], ", ") + " …"
	}
	return strings.Join(names, ", ")
}

func siteOf(e Entry) []string     { return nonEmpty(e.Site) }
func languageOf(e Entry) []string { return nonEmpty(e.Language) }
func scriptOf(e Entry) []string   { return nonEmpty(e.Script) }
func authorsOf(e Entry) []string  { return e.Authors }
func nonEmpty(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

// entryIndex finds entries by their hashes.
type entryIndex struct {
	entries           []Entry
	guid, link, title map[uint32]int
}

func newEntryIndex(entries []Entry) entryIndex {
	x := entryIndex{entries, map[uint32]int{}, map[uint32]int{}, map[uint32]int{}}
	for i, e := range entries {
		x.guid[e.GUID], x.link[e.Link], x.title[e.Title] = i, i, i
	}
	return x
}

// find returns the index of the entry that is the same article as e; -1: there is none. A title that is long enough
// identifies an article. A link or a GUID alone may be used again for another one: /hello-world/, ?p=12.
func (x entryIndex) find(e Entry) int {
	if i, ok := x.title[e.Title]; ok && e.Title != 0 {
		return i
	}
	for _, by := range []struct {
		index map[uint32]int
		hash  uint32
	}{{x.link, e.Link}, {x.guid, e.GUID}} {
		i, ok := by.index[by.hash]
		if !ok || by.hash == 0 {
			continue
		}
		other := x.entries[i]
		tolerance := 48 * time.Hour
		if e.Title != 0 && other.Title != 0 { // and the titles differ
			tolerance = 0
		}
		undated := e.Published.IsZero() || other.Published.IsZero()
		if undated || e.Published.Sub(other.Published).Abs() <= tolerance {
			return i
		}
	}
	return -1
}
