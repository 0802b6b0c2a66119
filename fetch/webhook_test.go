package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"broadsheet/fetch/client"
	"broadsheet/internal/config"
)

// silentTransport never answers a request.
type silentTransport struct{}

func (silentTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// recordingTransport records the last request.
type recordingTransport struct{ request string }

func (t *recordingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	user, password, _ := r.BasicAuth()
	t.request = fmt.Sprintln(r.Method, r.URL, r.UserAgent(), user, password, string(body))
	return &http.Response{StatusCode: 202, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("thanks")), Request: r}, nil
}

func TestWebhookClient(t *testing.T) {
	reached := false
	s := serve(t, func(http.ResponseWriter, *http.Request) { reached = true })
	for _, address := range []string{s.URL, "http://localhost/", "http://169.254.169.254/", "ftp://hub.example/", "http://2130706433/"} {
		if _, err := fetcher().WebhookClient(address).Post(address, "text/plain", strings.NewReader("x")); err == nil || reached {
			t.Errorf("%s is not refused: %v", address, err)
		}
	}
	if _, err := fetcher().WebhookClient("https://hub.example/").Post("https://hub.example:22/", "text/plain", strings.NewReader("x")); err == nil || !strings.Contains(err.Error(), "port 22") {
		t.Errorf("a port that feeds.yaml does not name: %v", err)
	}

	recorder := &recordingTransport{}
	f := New(Options{Now: clockAtNoon, UserAgent: "broadsheet/test", Transport: recorder})
	answer, err := f.WebhookClient("https://hub.example:8443/").Post("https://me:secret@HUB.example:8443/a%2Fb?c", "text/plain", strings.NewReader("news"))
	if err != nil || answer.StatusCode != 202 {
		t.Fatal(err)
	}
	if want := "POST https://hub.example:8443/a%2Fb?c broadsheet/test me secret news\n"; recorder.request != want {
		t.Errorf("request %q, want %q", recorder.request, want)
	}

	f = New(Options{Now: clockAtNoon, Transport: silentTransport{}, Limits: config.Limits{Timeout: 20 * time.Millisecond}})
	if _, err := f.WebhookClient("https://hub.example/").Post("https://hub.example/", "text/plain", strings.NewReader("x")); err == nil || !strings.Contains(err.Error(), "no whole answer within 20ms") {
		t.Errorf("a host that does not answer: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, "https://hub.example/", strings.NewReader("x"))
	if _, err := f.WebhookClient("https://hub.example/").Do(req); !client.IsStopped(err) {
		t.Errorf("a run that was stopped: %v", err)
	}
}
