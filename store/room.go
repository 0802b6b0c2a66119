package store

import (
	"fmt"
	"time"

	"broadsheet"
)

// Room is how much of the disk a source may fill. A source that makes up thousands of entries at each visit would
// otherwise fill it: what was told is kept for ever. It is a token bucket: full at first, drawn on by what is new, and
// filled again day by day. What a source tells on its first visit is not counted, nor is a maintainer's own list.
const (
	maxRoom  = 10 << 20  // bytes, of some 5,000 entries
	roomADay = 512 << 10 // bytes, of some 250 entries
)

// cost is about how many bytes an entry takes: its rows and what finds them, and its texts.
func (e *entry) cost() int64 {
	n := 1000 + len(e.GUID) + len(e.Link) + len(e.Title) + len(e.Image) + len(e.Via) + len(e.Note) + min(len(e.Summary), maxSummary) + len(body(e.FeedItem))
	for _, word := range e.Authors {
		n += len(word)
	}
	for _, word := range e.Tags {
		n += len(word)
	}
	return int64(n)
}

// roomAt returns what room there is at now, when there was some at a time. A time after now was noted under a wrong clock.
func roomAt(room int64, at, now time.Time) int64 {
	if at.IsZero() {
		return maxRoom
	}
	days := max(now.Sub(at), 0).Hours() / 24
	return min(room+int64(min(days, 365)*roomADay), maxRoom)
}

// readRoom finds out what room a source has.
func (t *tx) readRoom(src *sourceRow) error {
	src.unlimited = src.first.IsZero() || src.source.Kind == broadsheet.KindList
	if src.unlimited {
		return nil
	}
	var at time.Time
	_, err := t.row([]any{&src.room, moment{&at}}, "SELECT coalesce(room, 0), room_at FROM source WHERE id = ?", src.id)
	src.room = roomAt(src.room, at, t.now)
	return err
}

// takesRoom reports whether there is room for what e adds to the store, and takes it. The last entry may take more than
// there is.
func (src *sourceRow) takesRoom(e *entry) bool {
	if src.unlimited {
		return true
	}
	if src.room <= 0 {
		return false
	}
	src.taken += e.cost()
	src.room -= e.cost()
	return true
}

// keepRoom notes what room is left.
func (t *tx) keepRoom(src *sourceRow) error {
	if src.taken == 0 {
		return nil
	}
	_, err := t.exec("UPDATE source SET room = ?, room_at = ? WHERE id = ?", src.room, t.now.Unix(), src.id)
	return err
}

// RefusedText says of n entries that they found no room, and why.
func RefusedText(n int) string {
	return fmt.Sprintf("told of %d new entries more than there is room for, which wait until there is room again: a source may fill %d MB, and %.1f MB more each day",
		n, maxRoom>>20, float64(roomADay)/(1<<20))
}
