package client

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"
)

func TestPause(t *testing.T) {
	for _, test := range []struct {
		story      string
		last       time.Time
		gap, pause time.Duration
	}{
		{"a first request never waits", time.Time{}, time.Second, 0},
		{"just now", testTime, time.Second, time.Second},
		{"a while ago", testTime.Add(-300 * time.Millisecond), time.Second, 700 * time.Millisecond},
		{"long ago", testTime.Add(-time.Hour), time.Second, 0},
		{"a clock that was set back", testTime.Add(time.Hour), time.Second, time.Second},
		{"no gap", testTime, 0, 0},
	} {
		if got := gapLeft(test.last, testTime, test.gap); got != test.pause {
			t.Errorf("%s: %v, want %v", test.story, got, test.pause)
		}
	}
}

func TestHostsThatShareAFrontDoorAreOne(t *testing.T) {
	h := newHostLimiter(1, 0)
	at := func(address string) *hostState {
		u, err := ParseURL(address)
		if err != nil {
			t.Fatal(err)
		}
		return h.stateOf(u)
	}
	medium := at("https://medium.com/feed/a-blog")
	for _, address := range []string{"https://a-blog.medium.com/feed", "http://MEDIUM.com:80/", "https://netflixtechblog.com/feed", "https://open.nytimes.com/feed"} {
		if at(address) != medium {
			t.Errorf("%s is not Medium's", address)
		}
	}
	for _, address := range []string{"https://notmedium.com/", "https://medium.com.example/", "https://medium.com:8443/", "https://own.example/"} {
		if at(address) == medium {
			t.Errorf("%s is Medium's", address)
		}
	}
	own, _ := url.Parse("https://own.example/feed")
	h.detectSharedHost(own, http.Header{"Location": {"https://medium.com/m/global-identity-2?redirectUrl=https%3A%2F%2Fown.example%2Ffeed"}})
	if at("https://own.example/feed") != medium {
		t.Error("nothing was learned from a redirect by way of Medium")
	}
	if at("http://own.example/") != at("https://own.example/") || at("https://a.substack.com/") != at("https://b.substack.com/") {
		t.Error("two doors where there is one")
	}
}

// TestWhoWaitsForAHostTakesNoSlot has one slot, and a host whose next turn is an hour away.
func TestWhoWaitsForAHostTakesNoSlot(t *testing.T) {
	h := newHostLimiter(1, time.Hour)
	busy, _ := url.Parse("https://busy.example/")
	free, _ := url.Parse("https://free.example/")
	first, err := h.Acquire(context.Background(), busy)
	if err != nil {
		t.Fatal(err)
	}
	first.answered(true)
	first.Release()
	ctx, cancel := context.WithCancel(context.Background())
	waiting := make(chan error)
	go func() {
		_, err := h.Acquire(ctx, busy)
		waiting <- err
	}()
	other, err := h.Acquire(context.Background(), free)
	if err != nil {
		t.Fatal(err)
	}
	other.Release()
	cancel()
	if err := <-waiting; !errors.Is(err, context.Canceled) {
		t.Errorf("whoever waited got %v", err)
	}
	if len(h.slots) != 0 {
		t.Error("a slot was lost")
	}
}
