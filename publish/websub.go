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

// NotifyHub notifies the WebSub hub of config of the feeds among the changed paths that Write returned, in one request. It
// does nothing if there is none, or if the address of the hub or of the site is not set. A caller need not fail on an error:
// readers that poll see the change without the hub.
func NotifyHub(ctx context.Context, client *http.Client, config config.Config, changed []string) error {
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
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hub, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(req)
	if urlErr := (*url.Error)(nil); errors.As(err, &urlErr) {
		err = urlErr.Err
	}
	if err != nil {
		return fmt.Errorf("hub %s: %w; readers learn of the edition when they next ask", link.RedactAddress(hub), err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("hub %s: answered %d; readers learn of the edition when they next ask", link.RedactAddress(hub), resp.StatusCode)
	}
	return nil
}

// publicHub returns the address of the hub without the secrets that let this publication in, for the feeds.
func (p *publisher) publicHub() string { return link.WebURI(p.secrets.PublicLink(p.config.Hub, "")) }

// isFeed reports whether p is the path of a feed that names the hub.
func isFeed(p string) bool {
	switch path.Base(p) {
	case "atom.xml", "rss.xml", "feed.json", "daily.xml":
		return true
	}
	return false
}
