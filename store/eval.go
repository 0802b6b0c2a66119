package store

import (
	"bufio"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/internal/link"
)

// Only cmd/eval uses this file. It is here because an evaluation records thousands of single items in one transaction, with the
// code that a run uses for each; the linker leaves it out of the program.

// arrival is a line of the data sets with which the detection of stories is evaluated.
type arrival struct {
	ID, Feed, GUID, Link, Canonical, Title, Summary, Text, Published string

	Final string `json:"final_url"`
}

// arrivalBatch is how many arrivals share a transaction.
const arrivalBatch = 5000

// Arrivals reads articles, one JSON object per line (id, feed, guid, link, final_url, canonical, title, summary, text,
// published), records them in order as a run would, and writes a JSON object that maps each id to the label of its
// story: two articles of one story have the same label.
func Arrivals(ctx context.Context, s *Store, now time.Time, r io.Reader, w io.Writer) error {
	lines := json.NewDecoder(bufio.NewReaderSize(r, 1<<20))
	sources := map[string]*sourceRow{}
	var ids []string
	var articles []int64
	for more := true; more; {
		err := s.write(ctx, now, func(t *tx) error {
			for range arrivalBatch {
				var a arrival
				if err := lines.Decode(&a); err == io.EOF {
					more = false
					return nil
				} else if err != nil {
					return fmt.Errorf("arrival %d: %w", len(ids)+1, err)
				}
				id, err := t.addArrival(ctx, &a, sources)
				if err != nil {
					return fmt.Errorf("arrival %s: %w", a.ID, err)
				}
				ids, articles = append(ids, a.ID), append(articles, id)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	stories := map[int64]int64{} // by article, of those that are not the canonical one of theirs
	err := s.rows(ctx, func(r *sql.Rows) error {
		var article, story int64
		err := r.Scan(&article, &story)
		stories[article] = story
		return err
	}, "SELECT id, story FROM article WHERE story <> id")
	if err != nil {
		return err
	}
	labels := map[string]string{}
	for i, id := range articles {
		labels[ids[i]] = strconv.FormatInt(cmp.Or(stories[id], id), 10)
	}
	return json.NewEncoder(w).Encode(labels)
}

// addArrival records one arrival: its feed item, then its page, as far as it is known. It returns the article's id.
func (t *tx) addArrival(ctx context.Context, a *arrival, sources map[string]*sourceRow) (int64, error) {
	src := sources[a.Feed]
	if src == nil {
		var err error
		if src, err = t.source(broadsheet.Source{Kind: broadsheet.KindFeed, URL: feedAddress(a.Feed), Name: a.Feed}); err != nil {
			return 0, err
		}
		sources[a.Feed] = src
	}
	items := newItems(src.source, []broadsheet.FeedItem{{Source: src.source.ID(), GUID: a.GUID, Link: a.Link, Title: a.Title,
		Summary: a.Summary, Content: a.Text, Published: parseDate(a.Published)}})
	if err := t.recordItems(ctx, src, items, &RecordResult{}); err != nil {
		return 0, err
	}
	id := items[0].article
	if a.Final == "" && (a.Canonical == "" || link.Key(a.Canonical) == link.Key(a.Link)) {
		return id, nil
	}
	page := broadsheet.Page{URL: a.Link, Canonical: a.Canonical, Text: a.Text}
	if a.Final != "" {
		page.URL = a.Final
	}
	b, err := t.article(id)
	if err != nil {
		return 0, err
	}
	return id, t.setPage(PageResult{Key: b.Key, Page: page})
}

// feedAddress returns the address that a feed's label contains, or else the label as an address: the site that a feed
// belongs to affects its stories, so it is part of the evaluation.
func feedAddress(label string) string {
	if i := strings.LastIndex(label, "http"); i >= 0 && strings.Contains(label[i:], "://") {
		return label[i:]
	}
	return "https://" + label
}

// parseDate parses a date as feeds write them, since the data sets hold the feeds' own text; the zero time when it
// cannot.
func parseDate(text string) time.Time {
	for _, layout := range []string{time.RFC3339, time.RFC1123Z, time.RFC1123, "Mon, 2 Jan 2006 15:04:05 -0700",
		"Mon, 2 Jan 2006 15:04:05 MST", "2006-01-02 15:04:05 -0700", "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at
		}
	}
	return time.Time{}
}
