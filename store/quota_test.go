package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"broadsheet"
)

// newItemsOfVisit returns a document of n items that no other visit reports, each with about 2 KB of text.
func newItemsOfVisit(visit, n int) []broadsheet.FeedItem {
	items := make([]broadsheet.FeedItem, n)
	for i := range items {
		items[i] = feedItem(fmt.Sprint(visit, "-", i), fmt.Sprintf("https://blog.example.com/%d-%d", visit, i), fmt.Sprintf("Number %d of visit %d", i, visit))
		items[i].Summary = strings.Repeat(fmt.Sprintf("word%d.%d ", visit, i), 100)
	}
	return items
}

func TestQuota_LimitsASourceOfNewItems(t *testing.T) {
	s := open(t, dbPath(t))
	const n = 5_000
	if out := record(t, s, monday, blog, newItemsOfVisit(0, n)...); out.New != n || out.NotStored != 0 {
		t.Fatalf("the first visit: %+v", out)
	}
	added := 0
	hours := 0
	for i := 1; i <= 6; i++ {
		hours += 8
		out := record(t, s, monday.Add(time.Duration(hours)*time.Hour), blog, newItemsOfVisit(i, n)...)
		added += out.New
		if out.New+out.NotStored != n {
			t.Errorf("visit %d: %+v", i, out)
		}
	}
	one := newItemsOfVisit(1, n)[n-1]
	most := (maxQuota + 40*quotaPerDay/24) / int(newItems(blog, []broadsheet.FeedItem{one})[0].size())
	if added < most || added > most*11/10 { // the first items of each document are shorter
		t.Errorf("%d entries were added, there is room for %d of the longest", added, most)
	}
	v := visits(t, s)[blog.ID()]
	if v.NotStored == 0 {
		t.Errorf("its visit does not say so: %+v", v)
	}
	// Known articles are recognised under other GUIDs and links too, and none is new again.
	links := count(t, s, "SELECT count(*) FROM link")
	again := newItemsOfVisit(0, n)[:100]
	for i := range again {
		again[i].GUID += " anew"
	}
	if out := record(t, s, monday.Add(time.Duration(hours+1)*time.Hour), blog, again...); out.New != 0 || out.NotStored != 0 || out.Known+out.Reissued != 100 {
		t.Errorf("known ones: %+v", out)
	}
	again = newItemsOfVisit(0, n)[:100]
	for i := range again {
		again[i].GUID += " once more"
		again[i].Link += "/moved"
	}
	if out := record(t, s, monday.Add(time.Duration(hours+1)*time.Hour), blog, again...); out.New != 0 || out.NotStored != 0 {
		t.Errorf("known ones at new places: %+v", out)
	}
	if now := count(t, s, "SELECT count(*) FROM link"); now > links+10 {
		t.Errorf("a full source added %d links", now-links)
	}
	// The quota refills.
	if out := record(t, s, monday.Add(60*day), blog, newItemsOfVisit(100, 1_000)...); out.New != 1_000 || out.NotStored != 0 {
		t.Errorf("two months later: %+v", out)
	}
	if v := visits(t, s)[blog.ID()]; v.NotStored != 0 {
		t.Errorf("two months later its visit says: %+v", v)
	}
}

func TestQuota_RefusedItemsAreRequestedAgain(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog, newItemsOfVisit(0, 1)...)
	v := visitAt(monday.Add(time.Hour))
	v.ETag, v.LastModified, v.BodyHash = `"a"`, "Mon", "abc"
	if _, err := s.Record(ctx, monday.Add(time.Hour), VisitResult{Source: blog, Visit: v, Items: newItemsOfVisit(1, 9_000)}); err != nil {
		t.Fatal(err)
	}
	if v := visits(t, s)[blog.ID()]; v.HasValidators() || v.BodyHash != "" || v.NotStored == 0 {
		t.Errorf("%+v", v)
	}
}

func TestQuota_ManualListIsUnlimited(t *testing.T) {
	s := open(t, dbPath(t))
	list := broadsheet.Source{Kind: broadsheet.KindList, Name: "By hand"}
	record(t, s, monday, list, newItemsOfVisit(0, 1)...)
	if out := record(t, s, monday.Add(time.Hour), list, newItemsOfVisit(1, 9_000)...); out.NotStored != 0 {
		t.Errorf("%+v", out)
	}
}

func TestQuotaAt(t *testing.T) {
	for name, c := range map[string]struct {
		room  int64
		after time.Duration
		want  int64
	}{
		"at once":             {100, 0, 100},
		"a day later":         {0, day, quotaPerDay},
		"half a day later":    {-500, day / 2, quotaPerDay/2 - 500},
		"a year later":        {0, 400 * day, maxQuota},
		"a century later":     {0, 36500 * day, maxQuota},
		"under a clock ahead": {100, -11 * day, 100},
	} {
		if got := quotaAt(c.room, monday, monday.Add(c.after)); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if got := quotaAt(0, time.Time{}, monday); got != maxQuota {
		t.Errorf("never noted: %d", got)
	}
}

func visits(t *testing.T, s *Store) map[string]broadsheet.Visit {
	t.Helper()
	all, err := s.Visits(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
