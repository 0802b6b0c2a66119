package publish

import (
	"reflect"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/link"
)

// TestReadBack_AllEditions reads back everything that was published: every id, title and link, in its edition.
func TestReadBack_AllEditions(t *testing.T) {
	dir := t.TempDir()
	editions := testEditions()
	write(t, dir, testConfig(), editionSourceOf(editions))
	files, _ := readTree(t, dir)
	var picks []EditionPick
	seen := map[string]bool{}
	for path := "atom.xml"; path != ""; {
		d, err := ReadDocument([]byte(files[path]))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, p := range d.Picks {
			if !seen[p.ID()] {
				picks = append(picks, p)
			}
			seen[p.ID()] = true
		}
		path = d.PrevArchive
	}
	var want []broadsheet.Edition
	for _, e := range editions {
		if len(e.Picks) > 0 {
			want = append(want, e)
		}
	}
	got := GroupEditions(picks, zurich)
	if len(got) != len(want) {
		t.Fatalf("%d editions, want %d", len(got), len(want))
	}
	for i, e := range got {
		if e.Day != want[i].Day || len(e.Picks) != len(want[i].Picks) {
			t.Errorf("edition %d: %s with %d picks, want %s with %d", i, e.Day, len(e.Picks), want[i].Day, len(want[i].Picks))
			continue
		}
		for j, p := range e.Picks {
			w := want[i].Picks[j]
			if p.ID() != w.ID() || p.Title != title(w) || p.Link != link.WebURI(w.Link) || p.Excerpt != clean(w.Excerpt) || len(p.Also) != len(cleanLinks(w.Also)) {
				t.Errorf("%s: %+v, want %+v", e.Day, p, w)
			}
		}
		whole, err := ReadEdition([]byte(files[EditionPath(e.Day)]))
		if err != nil {
			t.Errorf("%s: %v", e.Day, err)
			continue
		}
		if again := (&publisher{}).editionDataOf(whole); !reflect.DeepEqual(again, (&publisher{}).editionDataOf(want[i])) {
			t.Errorf("%s read back as data is %+v", e.Day, again)
		}
	}
}

// TestEditions_SplitByTime groups picks into editions by their times, also if an article was updated later.
func TestEditions_SplitByTime(t *testing.T) {
	cut := func(day, place int) EditionPick {
		return EditionPick{Pick: broadsheet.Pick{Article: broadsheet.Article{Key: string(rune('a'+day)) + string(rune('0'+place))}},
			EditionTime: time.Date(2026, 11, day, 5, 0, 0, 0, time.UTC).Add(-time.Duration(place) * time.Second)}
	}
	updated := func(p EditionPick, at time.Time) EditionPick { p.EditionTime = at; return p }
	later := time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		picks []EditionPick
		want  map[broadsheet.Day]int
	}{
		"two days":                      {[]EditionPick{cut(24, 0), cut(24, 1), cut(23, 0), cut(23, 1)}, map[broadsheet.Day]int{"2026-11-23": 2, "2026-11-24": 2}},
		"one in the middle was updated": {[]EditionPick{cut(24, 0), updated(cut(24, 1), later), cut(24, 2), cut(23, 0)}, map[broadsheet.Day]int{"2026-11-23": 1, "2026-11-24": 3}},
		"the first of all was updated":  {[]EditionPick{updated(cut(24, 0), later), cut(24, 1), cut(23, 0)}, map[broadsheet.Day]int{"2026-11-23": 1, "2026-11-24": 2}},
		"none":                          {nil, map[broadsheet.Day]int{}},
	} {
		got := map[broadsheet.Day]int{}
		for _, e := range GroupEditions(c.picks, time.UTC) {
			got[e.Day] = len(e.Picks)
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// FuzzReadBack checks that whatever is read from a site’s address is harmless: a document names no file except an archive
// document, and an id never belongs to another key.
func FuzzReadBack(f *testing.F) {
	dir := f.TempDir()
	write(f, dir, testConfig(), editionSourceOf(testEditions()))
	files, _ := readTree(f, dir)
	f.Add([]byte(files["atom.xml"]))
	f.Add([]byte(files[EditionPath(testEditions()[0].Day)]))
	f.Fuzz(func(t *testing.T, text []byte) {
		if d, err := ReadDocument(text); err == nil {
			if d.PrevArchive != "" && !archiveName.MatchString(d.PrevArchive) {
				t.Errorf("it leads to %q", d.PrevArchive)
			}
			GroupEditions(d.Picks, time.UTC)
		}
		if e, err := ReadEdition(text); err == nil {
			(&publisher{}).editionDataOf(e)
		}
	})
}
