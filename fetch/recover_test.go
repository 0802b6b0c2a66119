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

// booby is an answer that makes whoever reads it stumble.
type booby struct{ at string }

func (b booby) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.at == "connect" {
		panic("a mistake\x1b[31m of ours")
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: b, Request: r, ContentLength: -1}, nil
}

func (b booby) Read([]byte) (int, error) {
	if b.at == "body" {
		panic("a mistake\x1b[31m of ours")
	}
	return 0, io.EOF
}

func (b booby) Close() error {
	if b.at == "end" {
		panic("a mistake\x1b[31m of ours")
	}
	return nil
}

// TestAMistakeOfOursCostsOneSource has a panic at each stage of a visit: it is told as that source's failure, and its
// host can be asked again.
func TestAMistakeOfOursCostsOneSource(t *testing.T) {
	for _, at := range []string{"connect", "body", "end"} {
		f := New(Options{Now: clockAtNoon, Transport: booby{at}})
		s := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://one.example/feed"}
		for range 2 {
			_, v, err := f.FetchSource(context.Background(), s, broadsheet.Visit{})
			if err == nil || !strings.Contains(err.Error(), "https://one.example/feed: the program stumbled") || !strings.Contains(err.Error(), "recover_test.go:") {
				t.Fatalf("at %s: %v", at, err)
			}
			if v.Failures != 1 || strings.ContainsRune(v.Err, '\x1b') || v.Next.IsZero() {
				t.Errorf("at %s the visit is %+v", at, v)
			}
		}
		for range 2 {
			if _, err := f.ReadArticle(context.Background(), s, "https://one.example/page"); err == nil || errors.Is(err, context.Canceled) {
				t.Errorf("at %s: the page gives %v", at, err)
			}
		}
	}
}

// TestAMistakeOfOursEndsASearchInWords has the panics while a source is looked for.
func TestAMistakeOfOursEndsASearchInWords(t *testing.T) {
	for _, at := range []string{"connect", "body", "end"} {
		_, _, err := New(Options{Now: clockAtNoon, Transport: booby{at}}).Discover(context.Background(), "https://me:secret@one.example/feed", false)
		if err == nil || !strings.Contains(err.Error(), "the program stumbled") || strings.Contains(err.Error(), "secret") {
			t.Errorf("at %s: %v", at, err)
		}
	}
}
