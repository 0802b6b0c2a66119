package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"broadsheet/internal/hostgroup"
)

// HostStates returns what is known of host groups, by name. A group that is not stored is not known to need any care.
func (s *Store) HostStates(ctx context.Context) (map[string]hostgroup.State, error) {
	states := map[string]hostgroup.State{}
	err := s.rows(ctx, func(r *sql.Rows) error {
		var name string
		var state hostgroup.State
		err := r.Scan(&name, jsonColumn{&state})
		states[name] = state
		return err
	}, "SELECT name, state FROM host_group")
	return states, err
}

// SetHostStates stores what is known of host groups, by name. The zero State deletes one.
func (s *Store) SetHostStates(ctx context.Context, now time.Time, states map[string]hostgroup.State) error {
	if len(states) == 0 {
		return nil
	}
	return s.write(ctx, now, func(t *tx) error {
		for _, name := range slices.Sorted(maps.Keys(states)) {
			state := states[name]
			query, args := "INSERT OR REPLACE INTO host_group(name, state) VALUES(?, ?)", []any{name, jsonColumn{state}}
			if state.IsZero() {
				query, args = "DELETE FROM host_group WHERE name = ?", args[:1]
			}
			if _, err := t.exec(query, args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// RepairFuture sets times after now, which were recorded under a clock that was ahead, back to now. Published editions
// are left as they are. It may only be called when now is known to be right: under a clock that is behind, everything
// that was recorded under a right one would look like the future.
func (s *Store) RepairFuture(ctx context.Context, now time.Time) error {
	return s.write(ctx, now, func(t *tx) error {
		for _, query := range []string{
			"UPDATE article SET dated = 0 WHERE seen > ?1 AND shown IS NULL AND published > ?1 + 86400",
			`UPDATE article SET updated = iif(updated = published, min(updated, ?1), updated), published = min(published, ?1), page_next = NULL
				WHERE seen > ?1 AND shown IS NULL`,
			"UPDATE article SET seen = ?1 WHERE seen > ?1",
			"UPDATE article SET wanted_at = ?1 WHERE wanted_at > ?1",
			"UPDATE article SET updated = ?1 WHERE updated > ?1",
			"UPDATE article SET page_next = NULL WHERE page_next > ?1 + 40 * 86400", // longer than any page is postponed
			"UPDATE sighting SET first = min(first, ?1), last = ?1 WHERE last > ?1",
			"UPDATE source SET first = min(first, ?1), added = min(added, ?1), newest = min(newest, ?1) WHERE first > ?1 OR added > ?1 OR newest > ?1",
			`UPDATE visit SET at = ?1, next = min(next, ?1), success = min(success, ?1), validated = min(validated, ?1), failing = min(failing, ?1),
				moved_since = min(moved_since, ?1) WHERE at > ?1 OR success > ?1 OR validated > ?1 OR failing > ?1 OR moved_since > ?1`,
			"UPDATE event SET at = ?1 WHERE at > ?1",
			"UPDATE source SET arrived = ?1 WHERE arrived > ?1",
			"UPDATE source SET postings = (SELECT json_group_array(min(value, ?1)) FROM json_each(postings)) WHERE postings <> '[]'",
			"UPDATE source SET arrivals = (SELECT json_group_array(value) FROM json_each(arrivals) WHERE value <= ?1) WHERE arrivals <> '[]'",
			"UPDATE article SET page_paced = NULL WHERE page_paced > ?1", // else no page of the backlog is read until then
			`UPDATE profile SET data = json_set(json_remove(data, '$.Since', '$.Missing'), '$.Read', strftime('%Y-%m-%dT%H:%M:%SZ', ?1, 'unixepoch'))
				WHERE unixepoch(data ->> '$.Read') > ?1`,
			"UPDATE state SET since = min(since, ?1), told = min(told, ?1) WHERE since > ?1 OR told > ?1",
		} {
			if _, err := t.exec(query, now.Unix()); err != nil {
				return err
			}
		}
		return nil
	})
}
