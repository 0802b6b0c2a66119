package publish

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestAnnounce_ChangedFeedsOnly(t *testing.T) {
	var notified []string
	status := http.StatusNoContent
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("hub.mode") == "publish" {
			notified = append(notified, r.Form["hub.url"]...)
		}
		w.WriteHeader(status)
	}))
	defer hub.Close()
	config := testConfig()
	config.Hub = hub.URL
	dir, src := t.TempDir(), editionSourceOf(testEditions())
	if err := NotifyHub(t.Context(), hub.Client(), config, write(t, dir, config, src)); err != nil {
		t.Fatal(err)
	}
	if len(notified) == 0 || !slices.Contains(notified, "https://daily.example/atom.xml") || !slices.Contains(notified, "https://daily.example/topics/video/rss.xml") || slices.Contains(notified, "https://daily.example/") {
		t.Errorf("notified of %q", notified)
	}
	notified = nil
	if err := NotifyHub(t.Context(), hub.Client(), config, write(t, dir, config, src)); err != nil || len(notified) > 0 {
		t.Errorf("nothing has changed, notified of %q, %v", notified, err)
	}
	status = http.StatusServiceUnavailable
	if err := NotifyHub(t.Context(), hub.Client(), config, []string{"atom.xml"}); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("a hub in trouble is %v", err)
	}
	hub.Close()
	if err := NotifyHub(t.Context(), hub.Client(), config, []string{"atom.xml"}); err == nil || !strings.Contains(err.Error(), hub.URL) {
		t.Errorf("a hub that is down is %v", err)
	}
	config.Hub = ""
	if err := NotifyHub(t.Context(), hub.Client(), config, []string{"atom.xml"}); err != nil {
		t.Errorf("no hub is %v", err)
	}
}
