package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"broadsheet"
)

// panicTransport is a transport and a body that panic at one stage of a request.
type panicTransport struct{ stage string }

func (p panicTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.stage == "connect" {
		panic("a mistake\x1b[31m of ours")
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: p, Request: r, ContentLength: -1}, nil
}

func (p panicTransport) Read([]byte) (int, error) {
	if p.stage == "body" {
		panic("a mistake\x1b[31m of ours")
	}
	return 0, io.EOF
}

func (p panicTransport) Close() error {
	if p.stage == "end" {
		panic("a mistake\x1b[31m of ours")
	}
	return nil
}

// TestFetchSource_PanicIsFailureOfSource has a panic at each stage of a visit. It becomes the source's failure, and the
// host can be contacted again.
func TestFetchSource_PanicIsFailureOfSource(t *testing.T) {
	for _, stage := range []string{"connect", "body", "end"} {
		f := New(Options{Now: clockAtNoon, Transport: panicTransport{stage}})
		s := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://one.example/feed"}
		for range 2 {
			_, v, err := f.FetchSource(context.Background(), s, broadsheet.Visit{})
			if err == nil || !strings.Contains(err.Error(), "https://one.example/feed: the program stumbled") || !strings.Contains(err.Error(), "recover_test.go:") {
				t.Fatalf("at %s: %v", stage, err)
			}
			if v.Failures != 1 || strings.ContainsRune(v.Err, '\x1b') || v.Next.IsZero() {
				t.Errorf("at %s the visit is %+v", stage, v)
			}
		}
		for range 2 {
			if _, err := f.ReadArticle(context.Background(), s, "https://one.example/page"); err == nil || errors.Is(err, context.Canceled) {
				t.Errorf("at %s: the page gives %v", stage, err)
			}
		}
	}
}

// TestDiscover_PanicIsError has a panic at each stage of a request during discovery.
func TestDiscover_PanicIsError(t *testing.T) {
	for _, stage := range []string{"connect", "body", "end"} {
		_, _, err := New(Options{Now: clockAtNoon, Transport: panicTransport{stage}}).Discover(context.Background(), "https://me:secret@one.example/feed", false)
		if err == nil || !strings.Contains(err.Error(), "the program stumbled") || strings.Contains(err.Error(), "secret") {
			t.Errorf("at %s: %v", stage, err)
		}
	}
}
