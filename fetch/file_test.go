package fetch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"broadsheet"
)

const fileFeed = `<rss version="2.0"><channel><title>Tickets</title><link>https://tickets.example/blog/</link><ttl>600</ttl>
<item><title>One</title><link>posts/1</link><guid>1</guid></item>
<item><title>Two</title><link>/2</link><guid>2</guid></item>
</channel></rss>`

// TestFetchSource_File reads a file source again and again, as it changes.
func TestFetchSource_File(t *testing.T) {
	t.Parallel()
	source := broadsheet.Source{Kind: broadsheet.KindFile, Path: "feed.xml"}
	var visit broadsheet.Visit
	now := clockAtNoon()
	for _, step := range []struct {
		name    string
		after   time.Duration // since the step before
		body    string
		written time.Duration // how long before the visit the file was written to
		fails   error         // of reading it
		links   string
		err     string // the error contains it; empty: there is none
		partial bool
	}{
		{name: "new", body: fileFeed, links: "https://tickets.example/blog/posts/1 https://tickets.example/2"},
		{name: "unchanged", after: time.Hour, body: fileFeed},
		{name: "touched", after: time.Minute, body: fileFeed, written: time.Second},
		{name: "half written, a moment ago", after: time.Hour, body: fileFeed[:200], written: 5 * time.Second},
		{name: "empty, a moment ago", after: time.Minute, written: time.Second},
		{name: "half written for an hour", after: time.Hour, body: fileFeed[:200], written: time.Hour, links: "https://tickets.example/blog/posts/1", partial: true},
		{name: "whole again", after: time.Hour, body: fileFeed, written: time.Second, links: "https://tickets.example/blog/posts/1 https://tickets.example/2"},
		{name: "missing", after: time.Hour, fails: errors.New("there is no such file"), err: "file:feed.xml: there is no such file"},
		{name: "empty after it failed", after: time.Hour, written: time.Second, err: "file:feed.xml: the file is empty"},
		{name: "there again", after: time.Hour, body: fileFeed},
		{name: "always being written", after: 25 * time.Hour, body: "<rss", written: time.Second, err: "file:feed.xml: "},
		{name: "a web page", after: time.Hour, body: "<!DOCTYPE html><title>x</title><p>y", err: "file:feed.xml: an HTML page"},
		{name: "a picture", after: time.Hour, body: "\x89PNG\r\n\x1a\n", err: "file:feed.xml: the file holds "},
		{name: "no base", after: time.Hour, body: `{"version":"https://jsonfeed.org/version/1.1","title":"x","items":[{"id":"1","url":"/1","title":"a"},{"id":"2","url":"https://b.example/2","title":"b"}]}`, links: " https://b.example/2"},
	} {
		now = now.Add(step.after)
		f := New(Options{Now: func() time.Time { return now }, Transport: silentTransport{}, Files: func(path string, _ int64) ([]byte, time.Time, error) {
			if path != "feed.xml" {
				t.Errorf("%s: %q was read", step.name, path)
			}
			return []byte(step.body), now.Add(-step.written), step.fails
		}})
		items, v, err := f.FetchSource(context.Background(), source, visit)
		f.Close()
		var links []string
		for _, item := range items {
			links = append(links, item.Link)
		}
		if got := strings.Join(links, " "); got != step.links {
			t.Errorf("%s: %q, want %q", step.name, got, step.links)
		}
		if step.err == "" && err != nil || step.err != "" && !strings.HasPrefix(fmt.Sprint(err), step.err) || (v.Failures > 0) != (step.err != "") {
			t.Errorf("%s: %v (%d failures), want %q", step.name, err, v.Failures, step.err)
		}
		if v.Partial != step.partial {
			t.Errorf("%s: partial is %v", step.name, v.Partial)
		}
		if !v.Due(now) {
			t.Errorf("%s: next read at %s, and not by the next run: %s", step.name, v.Next, v.Reason)
		}
		visit = v
	}
}

// TestFetchSource_FileWithoutFolder checks that feeds.yaml alone reads no file.
func TestFetchSource_FileWithoutFolder(t *testing.T) {
	t.Parallel()
	f := fetcher()
	defer f.Close()
	_, v, err := f.FetchSource(context.Background(), broadsheet.Source{Kind: broadsheet.KindFile, Path: "feed.xml"}, broadsheet.Visit{})
	if err == nil || !strings.Contains(err.Error(), "--files") || v.Failures != 1 {
		t.Errorf("%v, %+v", err, v)
	}
}
