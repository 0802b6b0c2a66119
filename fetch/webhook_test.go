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

// deaf is a host that takes a request and never answers it.
type deaf struct{}

func (deaf) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// heard is a host that notes what it is told.
type heard struct{ text string }

func (h *heard) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	user, password, _ := r.BasicAuth()
	h.text = fmt.Sprintln(r.Method, r.URL, r.UserAgent(), user, password, string(body))
	return &http.Response{StatusCode: 202, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("thanks")), Request: r}, nil
}

func TestTellingPassesTheDoor(t *testing.T) {
	reached := false
	s := web(t, func(http.ResponseWriter, *http.Request) { reached = true })
	for _, address := range []string{s.URL, "http://localhost/", "http://169.254.169.254/", "ftp://hub.example/", "http://2130706433/"} {
		if _, err := fetcher().Client(address).Post(address, "text/plain", strings.NewReader("x")); err == nil || reached {
			t.Errorf("%s was told: %v", address, err)
		}
	}
	if _, err := fetcher().Client("https://hub.example/").Post("https://hub.example:22/", "text/plain", strings.NewReader("x")); err == nil || !strings.Contains(err.Error(), "port 22") {
		t.Errorf("another port than the one that was named: %v", err)
	}

	h := &heard{}
	f := New(Options{Now: clockAtNoon, UserAgent: "broadsheet/test", Transport: h})
	answer, err := f.Client("https://hub.example:8443/").Post("https://me:secret@HUB.example:8443/a%2Fb?c", "text/plain", strings.NewReader("news"))
	if err != nil || answer.StatusCode != 202 {
		t.Fatal(err)
	}
	if want := "POST https://hub.example:8443/a%2Fb?c broadsheet/test me secret news\n"; h.text != want {
		t.Errorf("told %q, want %q", h.text, want)
	}

	f = New(Options{Now: clockAtNoon, Transport: deaf{}, Limits: config.Limits{Timeout: 20 * time.Millisecond}})
	if _, err := f.Client("https://hub.example/").Post("https://hub.example/", "text/plain", strings.NewReader("x")); err == nil || !strings.Contains(err.Error(), "no whole answer within 20ms") {
		t.Errorf("a host that does not answer: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, "https://hub.example/", strings.NewReader("x"))
	if _, err := f.Client("https://hub.example/").Do(req); !client.IsStopped(err) {
		t.Errorf("a run that was stopped: %v", err)
	}
}
