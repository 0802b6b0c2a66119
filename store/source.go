package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/internal/health"
	"broadsheet/internal/link"
)

// sourceRow is a row of the table source with its last visit, and what Record collects for it.
type sourceRow struct {
	id          int64
	source      broadsheet.Source
	first       time.Time // when it first succeeded since it was listed; zero: never
	visit       broadsheet.Visit
	hasItems    bool        // items of it are stored
	newArticles []*row      // its new articles, not yet in its statistics
	postings    []time.Time // of its new items, not yet stored
	arrivals    []time.Time // when its latest articles came, in order
	quarantined bool        // it is in quarantine, also after the present visit

	unlimited   bool  // it has no disk quota
	quota, used int64 // bytes that it may still add, and those that this document added
}

// SetSources stores the present sources of feeds.yaml. One that was removed keeps its articles. One that comes back after
// that is treated like a new one: what it reports first is inherited, not news.
func (s *Store) SetSources(ctx context.Context, now time.Time, sources []broadsheet.Source) error {
	return s.write(ctx, now, func(t *tx) error {
		listed := map[string]bool{}
		if err := t.rows(func(r *sql.Rows) error {
			var address string
			err := r.Scan(&address)
			listed[address] = true
			return err
		}, "SELECT address FROM source WHERE listed = 1"); err != nil {
			return err
		}
		for _, src := range sources {
			delete(listed, src.ID()) // what is left was removed
		}
		for _, src := range sources {
			if err := t.followMove(src, listed); err != nil {
				return err
			}
			if err := t.upsertSource(src); err != nil {
				return err
			}
		}
		for address := range listed {
			if _, err := t.exec("UPDATE source SET listed = 0 WHERE address = ?", address); err != nil {
				return err
			}
		}
		return nil
	})
}

// followMove gives a source that was removed (one of out) the address of s, which was added, when that is the address
// it redirected to, or another spelling of its own: the maintainer followed the move, and the source keeps its
// articles.
func (t *tx) followMove(s broadsheet.Source, out map[string]bool) error {
	if known, err := t.row([]any{new(int64)}, "SELECT id FROM source WHERE address = ?", s.ID()); err != nil || known {
		return err
	}
	for _, address := range slices.Sorted(maps.Keys(out)) {
		var moved string
		if _, err := t.row([]any{&moved}, "SELECT v.moved FROM visit v JOIN source s ON s.id = v.source WHERE s.address = ?", address); err != nil {
			return err
		}
		key := link.Key(s.ID())
		if s.Kind != broadsheet.KindList && (moved == s.ID() || key != "" && key == link.Key(address)) {
			delete(out, address)
			_, err := t.exec("UPDATE source SET address = ? WHERE address = ?", s.ID(), address)
			return err
		}
	}
	return nil
}

// FollowMove records that the source at an address is continued at another one: when feeds.yaml has that one in its
// place, SetSources gives it to the source, which keeps its articles. The source is fetched at the next run, as if for
// the first time: what a server said of the old document says nothing of the new one.
func (s *Store) FollowMove(ctx context.Context, now time.Time, address, target string) error {
	return s.write(ctx, now, func(t *tx) error {
		_, err := t.exec(`UPDATE visit SET moved = ?1, moved_since = ?2, next = ?2, gone = 0, etag = '', last_modified = '', validated = NULL, body_hash = ''
			WHERE source = (SELECT id FROM source WHERE address = ?3)`, target, t.now.Unix(), address)
		return err
	})
}

// upsertSource adds a source, or updates its row, and marks it as listed.
func (t *tx) upsertSource(s broadsheet.Source) error {
	_, err := t.exec(`INSERT INTO source(address, name, kind, heading, listed, added, secret) VALUES(?1, ?2, ?3, ?4, 1, ?5, ?6)
		ON CONFLICT(address) DO UPDATE SET name = ?2, kind = ?3, heading = ?4, listed = 1, secret = ?6,
			first = CASE listed WHEN 1 THEN first END
		WHERE (name, kind, heading, listed, secret) IS NOT (?2, ?3, ?4, 1, ?6)`,
		s.ID(), s.Name, string(s.Kind), s.Group, t.now.Unix(), s.Secret)
	return err
}

// source returns the row of a source, which is added if it is not stored.
func (t *tx) source(s broadsheet.Source) (*sourceRow, error) {
	row := &sourceRow{source: s}
	read := func() (bool, error) {
		return t.row([]any{&row.id, timeColumn{&row.first}, timesColumn{&row.arrivals}}, "SELECT id, first, arrivals FROM source WHERE address = ?", s.ID())
	}
	ok, err := read()
	if err == nil && !ok {
		if err = t.upsertSource(s); err == nil {
			_, err = read()
		}
	}
	if err != nil {
		return nil, err
	}
	if _, err = t.row(visitFields(&row.visit), "SELECT "+visitColumns+" FROM visit WHERE source = ?", row.id); err != nil {
		return nil, err
	}
	if row.hasItems, err = t.row([]any{new(int)}, hasItemsQuery, row.id); err != nil {
		return nil, err
	}
	return row, t.readQuota(row)
}

const hasItemsQuery = "SELECT 1 FROM sighting WHERE source = ? LIMIT 1"

const visitColumns = `at, success, next, reason, status, etag, last_modified, validated, body_hash,
	failures, failing, err, moved, moved_since, gone, salvaged, title, home_page, hints, unlinked, unlinked_host, refused,
	entries, list_changed, quarantine, left_out, validators_url, list, sitemaps, denied, undated`

// placeholders has one for the source and one for each of visitColumns.
var placeholders = strings.Repeat("?,", strings.Count(visitColumns, ",")+1) + "?"

// visitFields returns pointers to the fields of visitColumns.
func visitFields(v *broadsheet.Visit) []any {
	return []any{timeColumn{&v.At}, timeColumn{&v.LastSuccess}, timeColumn{&v.Next}, &v.Reason, &v.Status, &v.ETag, &v.LastModified,
		timeColumn{&v.ValidatorsAt}, &v.BodyHash, &v.Failures, timeColumn{&v.FailingSince}, &v.Err, &v.MovedTo, timeColumn{&v.MovedSince},
		&v.Gone, &v.Partial, &v.Title, &v.HomePage, jsonColumn{&v.Hints}, &v.PrivateLinks, &v.PrivateLinkHost, &v.NotStored,
		&v.Entries, &v.ListChanged, &v.Quarantine, &v.LeftOut, &v.ValidatorsURL,
		jsonColumn{&v.List}, jsonColumn{&v.Sitemaps}, &v.Denied, &v.Undated}
}

// Visits returns the last visit to each source that was ever requested, by Source.ID.
func (s *Store) Visits(ctx context.Context) (map[string]broadsheet.Visit, error) {
	visits := map[string]broadsheet.Visit{}
	err := s.rows(ctx, func(r *sql.Rows) error {
		var address string
		var v broadsheet.Visit
		err := r.Scan(append([]any{&address}, visitFields(&v)...)...)
		visits[address] = v
		return err
	}, "SELECT s.address, "+visitColumns+" FROM visit v JOIN source s ON s.id = v.source")
	return visits, err
}

// setVisit replaces the source's last visit by v.
func (t *tx) setVisit(source int64, v broadsheet.Visit) error {
	_, err := t.exec("INSERT OR REPLACE INTO visit(source, "+visitColumns+") VALUES("+placeholders+")",
		source, unixOrNil(v.At), unixOrNil(v.LastSuccess), unixOrNil(v.Next), v.Reason, v.Status, v.ETag, v.LastModified,
		unixOrNil(v.ValidatorsAt), v.BodyHash, v.Failures, unixOrNil(v.FailingSince), v.Err, v.MovedTo, unixOrNil(v.MovedSince),
		v.Gone, v.Partial, v.Title, v.HomePage, jsonColumn{&v.Hints}, v.PrivateLinks, v.PrivateLinkHost, v.NotStored,
		v.Entries, v.ListChanged, v.Quarantine, v.LeftOut, v.ValidatorsURL,
		jsonColumn{&v.List}, jsonColumn{&v.Sitemaps}, v.Denied, v.Undated)
	if err == nil && v.Failures == 0 && !v.LastSuccess.IsZero() {
		_, err = t.exec("UPDATE source SET first = ? WHERE id = ? AND first IS NULL", v.LastSuccess.Unix(), source)
	}
	return err
}

// SecretSources returns all sources whose addresses may contain a secret, including those that were removed from
// feeds.yaml. Only URL and Secret are set.
func (s *Store) SecretSources(ctx context.Context) ([]broadsheet.Source, error) {
	var all []broadsheet.Source
	err := s.rows(ctx, func(r *sql.Rows) error {
		source := broadsheet.Source{Kind: broadsheet.KindFeed}
		err := r.Scan(&source.URL, &source.Secret)
		all = append(all, source)
		return err
	}, "SELECT address, secret FROM source WHERE kind NOT IN ('list', 'file') AND (secret = 1 OR instr(address, '=') + instr(address, '@') > 0)")
	return all, err
}

// NewArticleCounts returns how many articles that were first seen since a time each source owns, by Source.ID.
func (s *Store) NewArticleCounts(ctx context.Context, since time.Time) (map[string]int, error) {
	counts := map[string]int{}
	err := s.rows(ctx, func(r *sql.Rows) error {
		var source string
		var n int
		err := r.Scan(&source, &n)
		counts[source] = n
		return err
	}, "SELECT s.address, count(*) FROM article a JOIN source s ON s.id = a.source WHERE a.seen >= ? GROUP BY a.source", since.Unix())
	return counts, err
}

// SourceStats holds statistics of the articles that a source owns, and of what it reported.
type SourceStats struct {
	Articles int
	First    time.Time // when the oldest of those with a reported date was published; zero: there is none
	Last     time.Time // when the newest was

	Postings []time.Time // when its latest items were published or, without a date, came; one a day
	Arrived  time.Time   // when a new item last came; zero: none after its first visit
	Added    time.Time   // when it was first listed
}

// Facts returns what is known of a source, for its states.
func (k SourceStats) Facts(s broadsheet.Source, v broadsheet.Visit) health.Facts {
	return health.Facts{Source: s, Visit: v, Entries: k.Articles + len(k.Postings), HadDates: !k.Last.IsZero(), Postings: k.Postings,
		Arrived: k.Arrived, Added: k.Added}
}

// SourceStats returns the statistics of each source, by Source.ID.
func (s *Store) SourceStats(ctx context.Context) (map[string]SourceStats, error) {
	known := map[string]SourceStats{}
	err := s.rows(ctx, func(r *sql.Rows) error {
		var source string
		var k SourceStats
		var postings []int64
		err := r.Scan(&source, &k.Articles, timeColumn{&k.First}, timeColumn{&k.Last}, jsonColumn{&postings}, timeColumn{&k.Arrived}, timeColumn{&k.Added})
		for _, at := range postings {
			k.Postings = append(k.Postings, time.Unix(at, 0).UTC())
		}
		known[source] = k
		return err
	}, "SELECT address, articles, oldest, newest, postings, arrived, added FROM source")
	return known, err
}

// addPosting notes that a source reported an item that it had not reported before. Of those of its first visit, only the
// dates say when they were posted.
func (src *sourceRow) addPosting(published, now time.Time) {
	switch {
	case published.Year() >= 1990:
		src.postings = append(src.postings, minTime(published, now))
	case !src.first.IsZero():
		src.postings = append(src.postings, now)
	}
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// savePostings stores the postings of a visit: the latest health.MaxPostings days that have any.
func (t *tx) savePostings(src *sourceRow) error {
	if len(src.postings) == 0 {
		return nil
	}
	var known []int64
	if _, err := t.row([]any{jsonColumn{&known}}, "SELECT postings FROM source WHERE id = ?", src.id); err != nil {
		return err
	}
	const day = 24 * 60 * 60
	last := map[int64]int64{} // by day
	for _, at := range known {
		last[at/day] = max(last[at/day], at)
	}
	for _, at := range src.postings {
		last[at.Unix()/day] = max(last[at.Unix()/day], at.Unix())
	}
	kept := slices.Sorted(maps.Values(last))
	kept = kept[max(0, len(kept)-health.MaxPostings):]
	arrived := t.now
	if src.first.IsZero() {
		arrived = time.Time{}
	}
	_, err := t.exec("UPDATE source SET postings = ?, arrived = coalesce(?, arrived) WHERE id = ?", jsonColumn{&kept}, unixOrNil(arrived), src.id)
	return err
}
