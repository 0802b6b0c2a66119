package hijack_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/fetch/feed"
	"broadsheet/internal/hijack"
	"broadsheet/internal/link"
)

// realFeed is a feed of the corpus, its items oldest first.
type realFeed struct {
	source broadsheet.Source
	title  string
	items  []broadsheet.FeedItem
	held   bool // it was left out while the rules were made
}

// day is the unit of the histories that are played.
const day = 24 * time.Hour

// readCorpus returns the feeds of the corpus that have enough dated items to be played as a history.
func readCorpus(t *testing.T) []realFeed {
	dir := os.Getenv("BROADSHEET_CORPUS")
	if dir == "" {
		t.Skip("BROADSHEET_CORPUS names no folder with real feeds")
	}
	manifest, err := os.ReadFile(filepath.Join(dir, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var all []realFeed
	count := 0
	for line := range strings.Lines(string(manifest)) {
		var f struct {
			URL, File, Role string
			ContentType     string `json:"content_type"`
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		if f.Role != "feed" {
			continue
		}
		body, err := os.ReadFile(filepath.Join(dir, f.File))
		if err != nil {
			t.Fatal(err)
		}
		base, err := url.Parse(f.URL)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := feed.Parse(body, f.ContentType, base)
		if err != nil {
			continue
		}
		items := slices.DeleteFunc(doc.Items, func(i broadsheet.FeedItem) bool { return i.Published.Year() < 1990 })
		slices.SortStableFunc(items, func(a, b broadsheet.FeedItem) int { return a.Published.Compare(b.Published) })
		if len(items) < 8 || items[len(items)-1].Published.Sub(items[0].Published) < day {
			continue
		}
		if count++; (count%8 == 0 || count%8 > 2) && os.Getenv("BROADSHEET_LONG") == "" {
			continue
		}
		all = append(all, realFeed{broadsheet.Source{Kind: broadsheet.KindFeed, URL: f.URL}, doc.Title, items, count%2 == 0})
	}
	return all
}

// history plays documents to a profile.
type history struct {
	profile hijack.Profile
	told    map[uint32]bool // links that were told before a quarantine
}

// visit returns why the source is quarantined at a visit; "" if it is not. The document has the entries from one of all to
// another, of which the last visit may have had others.
func (h *history) visit(at time.Time, all hijack.Document, from, to int, restored bool) string {
	var why string
	all.At, all.Entries, all.Restored = at, all.Entries[from:to], restored
	h.profile, why = h.profile.Next(all)
	if why == "" && h.told != nil {
		for _, e := range all.Entries {
			h.told[e.Link] = true
		}
	}
	return why
}

// document returns all items as one document, of which visits see parts. Converting them at each visit would take most of
// the time of these tests.
func document(f realFeed, items []broadsheet.FeedItem, title string) hijack.Document {
	return hijack.NewDocument(f.source, title, items, items[len(items)-1].Published, false)
}

// play plays items as they came, in documents of the newest window items (0: all), to visits that are a step apart (0: one
// after each item). It begins with the fifth item and returns the first reason for a quarantine.
func (h *history) play(f realFeed, items []broadsheet.FeedItem, title string, window int, step time.Duration) string {
	start, all := min(5, len(items)), document(f, items, title)
	last := time.Time{}
	for n := start; n <= len(items); n++ {
		at := items[n-1].Published.Add(time.Hour)
		if step > 0 && n < len(items) && (at.Sub(last) < step || items[n].Published.Before(at)) {
			continue
		}
		if why := h.visit(at, all, windowStart(n, window), n, false); why != "" {
			return fmt.Sprintf("item %d of %d, %s: %s", n, len(items), at.Format(time.DateOnly), why)
		}
		last = at
	}
	return ""
}

// windowStart returns the index of the first of n items that is among the newest window (0: all).
func windowStart(n, window int) int {
	if window == 0 {
		return 0
	}
	return max(0, n-window)
}

// edited returns a copy of items with a change made to each.
func edited(items []broadsheet.FeedItem, edit func(i int, item *broadsheet.FeedItem)) []broadsheet.FeedItem {
	out := slices.Clone(items)
	for i := range out {
		edit(i, &out[i])
	}
	return out
}

// onHost returns a link with another host, and another path to the same last part.
func onHost(address, host, prefix string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	u.Host, u.Path = host, prefix+u.Path
	return u.String()
}

// honest are changes of an honest source in its history. Each returns all that the source tells from then on, oldest
// first, of which the first n were told before the change, and its title.
var honest = map[string]func(f realFeed, n int) (items []broadsheet.FeedItem, title string){
	"another name": func(f realFeed, n int) ([]broadsheet.FeedItem, string) { return f.items, "Zebra Notes" },
	"a suffix":     func(f realFeed, n int) ([]broadsheet.FeedItem, string) { return f.items, f.title + " | Home of Zebras" },
	"a redesign": func(f realFeed, n int) ([]broadsheet.FeedItem, string) {
		return edited(f.items, func(i int, item *broadsheet.FeedItem) {
			item.GUID, item.Link = fmt.Sprint("new-", i), onHost(item.Link, hostOf(item.Link), "/posts")
			item.Authors = nil
		}), "Zebra Notes"
	},
	"a move": func(f realFeed, n int) ([]broadsheet.FeedItem, string) {
		return edited(f.items, func(i int, item *broadsheet.FeedItem) {
			item.GUID, item.Link = fmt.Sprint("https://zebra.example/?p=", i), onHost(item.Link, "zebra.example", "/p")
		}), f.title
	},
	"a move with another name and other authors": func(f realFeed, n int) ([]broadsheet.FeedItem, string) {
		return edited(f.items, func(i int, item *broadsheet.FeedItem) {
			item.GUID, item.Link = fmt.Sprint("https://zebra.example/?p=", i), onHost(item.Link, "zebra.example", "/p")
			item.Authors = []string{"admin"}
		}), "Zebra Notes"
	},
	"a move with another language": func(f realFeed, n int) ([]broadsheet.FeedItem, string) {
		return edited(f.items, func(i int, item *broadsheet.FeedItem) {
			item.GUID, item.Link = fmt.Sprint("https://zebra.example/?p=", i), onHost(item.Link, "zebra.example", "/p")
			item.Language = "eo"
		}), f.title
	},
	"other authors": func(f realFeed, n int) ([]broadsheet.FeedItem, string) {
		return edited(f.items, func(i int, item *broadsheet.FeedItem) {
			if i >= n {
				item.Authors = []string{fmt.Sprint("Author ", i%7)}
			}
		}), f.title
	},
	"a second language": func(f realFeed, n int) ([]broadsheet.FeedItem, string) {
		return edited(f.items, func(i int, item *broadsheet.FeedItem) {
			if i >= n && i%2 == 0 {
				item.Language = "eo"
			}
		}), f.title
	},
	"three years of silence": func(f realFeed, n int) ([]broadsheet.FeedItem, string) {
		return edited(f.items, func(i int, item *broadsheet.FeedItem) {
			if i >= n {
				item.Published = item.Published.AddDate(3, 0, 0)
			}
		}), f.title
	},
	"three years of silence and another name": func(f realFeed, n int) ([]broadsheet.FeedItem, string) {
		return edited(f.items, func(i int, item *broadsheet.FeedItem) {
			if i >= n {
				item.Published = item.Published.AddDate(3, 0, 0)
			}
		}), "Zebra Notes"
	},
	"more often, twenty times": func(f realFeed, n int) ([]broadsheet.FeedItem, string) {
		start := f.items[n-1].Published
		return edited(f.items, func(i int, item *broadsheet.FeedItem) {
			if i >= n {
				item.Published = start.Add(item.Published.Sub(start) / 20)
			}
		}), f.title
	},
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

var (
	windows = []int{3, 10, 0}
	steps   = []time.Duration{0, 7 * day, 200 * day}
)

// TestCorpus_HonestSources plays each real feed, as it was written and with changes that honest sources make. None is
// quarantined.
func TestCorpus_HonestSources(t *testing.T) {
	feeds := readCorpus(t)
	histories, wrong := map[bool]int{}, map[bool]int{}
	report := func(f realFeed, what string, window int, step time.Duration, why string) {
		histories[f.held]++
		if why != "" {
			wrong[f.held]++
			t.Errorf("%s, %s, window %d, visits %v: %s", f.source.URL, what, window, step, why)
		}
	}
	for _, f := range feeds {
		for _, window := range windows {
			for _, step := range steps {
				h := history{}
				report(f, "as it was", window, step, h.play(f, f.items, f.title, window, step))
			}
			for what, change := range honest {
				for _, n := range []int{len(f.items) / 2, len(f.items) - 2} {
					n = max(n, 5)
					items, title := change(f, n)
					h := history{}
					why := h.play(f, f.items[:n], f.title, window, 0)
					all := document(f, items, title)
					for k := n; k <= len(items) && why == ""; k++ {
						why = h.visit(items[k-1].Published.Add(2*time.Hour), all, windowStart(k, window), k, false)
					}
					report(f, what, window, 0, why)
				}
			}
		}
		for _, sizes := range [][2]int{{0, 5}, {5, 0}} { // all of its items, then the newest five, and the other way round
			n := max(len(f.items)/2, 5)
			h := history{}
			why := h.play(f, f.items[:n], f.title, sizes[0], 0)
			all := document(f, f.items, f.title)
			for k := n; k <= len(f.items) && why == ""; k++ {
				why = h.visit(f.items[k-1].Published.Add(2*time.Hour), all, windowStart(k, sizes[1]), k, false)
			}
			report(f, "another window", sizes[1], 0, why)
		}
	}
	t.Logf("%d feeds; histories quarantined: %d of %d, of those left out when the rules were made: %d of %d",
		len(feeds), wrong[false], histories[false], wrong[true], histories[true])
}

// TestCorpus_Hijacks splices pairs of real feeds: another source writes at the address of the first one.
func TestCorpus_Hijacks(t *testing.T) {
	feeds := readCorpus(t)
	type result struct{ all, caught, atOnce, shown int }
	results := map[string]*result{}
	for _, mode := range []string{"all is the other's", "on the domain of the first", "on its domain, without authors", "on its domain, under its name"} {
		for _, gap := range []time.Duration{0, 60 * day} {
			for _, drip := range []bool{false, true} {
				for i, f := range feeds {
					for _, by := range []int{1, 7, 31, 64} {
						other := feeds[(i+by)%len(feeds)]
						if link.Site(other.items[0].Link) == link.Site(f.items[0].Link) || other.title == f.title {
							continue
						}
						name := fmt.Sprintf("%s, %v days of failures, one by one: %v, left out: %v", mode, gap.Hours()/24, drip, f.held)
						r := results[name]
						if r == nil {
							r = &result{}
							results[name] = r
						}
						r.all++
						h := history{}
						if why := h.play(f, f.items, f.title, 10, 0); why != "" {
							continue
						}
						h.told = map[uint32]bool{}
						start := f.items[len(f.items)-1].Published.Add(gap + 12*time.Hour)
						items := edited(other.items[:min(len(other.items), 30)], func(k int, item *broadsheet.FeedItem) {
							item.Published = start.Add(time.Duration(k) * 12 * time.Hour)
							if mode != "all is the other's" {
								item.Link = onHost(item.Link, hostOf(f.items[0].Link), "/x")
							}
							if mode == "on its domain, without authors" {
								item.Authors = nil
							}
						})
						title := other.title
						if mode == "on its domain, under its name" {
							title = f.title
						}
						all := document(f, items, title)
						first := min(len(items), 10)
						if drip {
							first = 1
						}
						for k := first; k <= len(items); k++ {
							if why := h.visit(items[k-1].Published.Add(time.Hour), all, windowStart(k, 10), k, gap > 0 && k == first); why != "" {
								r.caught++
								if k == first {
									r.atOnce++
								}
								break
							}
						}
						r.shown += len(h.told)
					}
				}
			}
		}
	}
	names := make([]string, 0, len(results))
	for name := range results {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		r := results[name]
		t.Logf("%s: %d of %d, %d at once; %.1f entries passed before", name, r.caught, r.all, r.atOnce, float64(r.shown)/float64(r.all))
		if !strings.Contains(name, "under its name") && 100*r.caught < 80*r.all {
			t.Errorf("%s: too few are found", name)
		}
	}
}
