package client

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"broadsheet/internal/config"
)

func smallResponse() *Response {
	return &Response{URL: &url.URL{Scheme: "https", Host: "blog.example"}, Header: http.Header{}, Body: []byte("<p>x")}
}

// TestWithParseSlot_AbandonsEndlessParse checks that the run goes on without a parse that does not end, when the run is
// stopped and after parseTimeout. Its slot is free for others then.
func TestWithParseSlot_AbandonsEndlessParse(t *testing.T) {
	for _, stopped := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			c := New(Options{Limits: config.Limits{}.WithDefaults(), Now: time.Now})
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			forever := make(chan struct{})
			defer close(forever)
			if stopped {
				go stop()
			}
			for range 3 * maxParses {
				_, err := WithParseSlot(ctx, c, smallResponse(), func([]byte, bool) (int, error) {
					<-forever
					return 1, nil
				})
				if err == nil || IsStopped(err) != stopped || !stopped && !IsPermanent(err) {
					t.Fatalf("stopped %v: %v", stopped, err)
				}
				if stopped { // nothing is parsed after that
					break
				}
			}
			if n := c.Abandoned.Load(); n == 0 {
				t.Error("abandoned parses are not counted")
			}
			got, err := WithParseSlot(t.Context(), c, smallResponse(), func(body []byte, _ bool) (string, error) { return string(body), nil })
			if err != nil || got != "<p>x" {
				t.Errorf("the next body: %q, %v", got, err)
			}
		})
	}
}

func TestWithParseSlot_ReturnsPanicAsError(t *testing.T) {
	c := New(Options{Limits: config.Limits{}.WithDefaults(), Now: time.Now})
	_, err := WithParseSlot(t.Context(), c, smallResponse(), func([]byte, bool) (int, error) { panic("oops") })
	if err == nil || !strings.Contains(err.Error(), "https://blog.example") || !strings.Contains(err.Error(), "oops") || errors.Is(err, errAbandoned) {
		t.Error(err)
	}
}

func TestParseSlotsFor(t *testing.T) {
	if n := parseSlotsFor([]byte(strings.Repeat("text ", 20_000))); n != 1 {
		t.Errorf("a usual page takes %d slots", n)
	}
	if n := parseSlotsFor([]byte("<ul>" + strings.Repeat("<li><p>", 200_000))); n != maxParses {
		t.Errorf("a page of 400,000 tags takes %d of %d slots", n, maxParses)
	}
}
