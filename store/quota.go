package store

import (
	"time"

	"broadsheet"
)

// Disk quota of a source: a token bucket of bytes. It is full at first, new items draw from it, and it refills day by
// day. Without it, a source that makes up thousands of items at each visit would fill the disk, since everything that
// is reported is kept forever. What a source reports on its first visit does not count, nor does the maintainer's own
// list.
const (
	maxQuota    = 10 << 20  // bytes: about 5,000 items
	quotaPerDay = 512 << 10 // bytes: about 250 items
)

// size returns about how many bytes an item takes in the database: its rows, their index entries, and its texts.
func (e *item) size() int64 {
	n := 1000 + len(e.GUID) + len(e.Link) + len(e.Title) + len(e.Image) + len(e.Via) + len(e.Note) + min(len(e.Summary), maxSummary) + len(longestText(e.FeedItem))
	for _, word := range e.Authors {
		n += len(word)
	}
	for _, word := range e.Tags {
		n += len(word)
	}
	return int64(n)
}

// quotaAt returns the bytes available at now, when so many were available at another time; the zero time: never
// recorded. A time after now was recorded under a wrong clock.
func quotaAt(available int64, at, now time.Time) int64 {
	if at.IsZero() {
		return maxQuota
	}
	days := max(now.Sub(at), 0).Hours() / 24
	return min(available+int64(min(days, 365)*quotaPerDay), maxQuota)
}

// readQuota sets the quota of a source from the database.
func (t *tx) readQuota(src *sourceRow) error {
	src.unlimited = src.first.IsZero() || src.source.Kind == broadsheet.KindList
	if src.unlimited {
		return nil
	}
	var at time.Time
	_, err := t.row([]any{&src.quota, timeColumn{&at}}, "SELECT coalesce(room, 0), room_at FROM source WHERE id = ?", src.id)
	src.quota = quotaAt(src.quota, at, t.now)
	return err
}

// useQuota reports whether the quota permits storing e, and deducts its size. The last item may exceed the quota.
func (src *sourceRow) useQuota(e *item) bool {
	if src.unlimited {
		return true
	}
	if src.quota <= 0 {
		return false
	}
	src.used += e.size()
	src.quota -= e.size()
	return true
}

// saveQuota stores what is left of the quota.
func (t *tx) saveQuota(src *sourceRow) error {
	if src.used == 0 {
		return nil
	}
	_, err := t.exec("UPDATE source SET room = ?, room_at = ? WHERE id = ?", src.quota, t.now.Unix(), src.id)
	return err
}
