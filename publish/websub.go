package publish

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"

	"broadsheet/internal/config"
	"broadsheet/internal/link"
)

// Announce tells the WebSub hub of config which of the changed paths that Write returned are feeds, in one request. It
// does nothing when none is, when no hub is set, or when it is not known where the output stands. A hub that is down
// is no reason to fail: readers that poll see the change as before.
func Announce(ctx context.Context, client *http.Client, config config.Config, changed []string) error {
	hub, site := link.WebURI(config.Hub), siteURL(config.URL)
	form := url.Values{"hub.mode": {"publish"}}
	for _, p := range changed {
		if isFeed(p) {
			form.Add("hub.url", site+p)
		}
	}
	if hub == "" || site == "" || len(form["hub.url"]) == 0 {
		return nil
	}
	ask, err := http.NewRequestWithContext(ctx, http.MethodPost, hub, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	ask.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := client.Do(ask)
	if at := (*url.Error)(nil); errors.As(err, &at) {
		err = at.Err
	}
	if err != nil {
		return fmt.Errorf("hub %s: %w; readers learn of the edition when they next ask", link.RedactAddress(hub), err)
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("hub %s: answered %d; readers learn of the edition when they next ask", link.RedactAddress(hub), answer.StatusCode)
	}
	return nil
}

// hub is the address of the hub as feeds may name it: what lets this publication in is not for its readers.
func (p *publisher) hub() string { return link.WebURI(p.secrets.Link(p.config.Hub, "")) }

// isFeed tells the feeds that name the hub as theirs.
func isFeed(p string) bool {
	switch path.Base(p) {
	case "atom.xml", "rss.xml", "feed.json", "daily.xml":
		return true
	}
	return false
}
