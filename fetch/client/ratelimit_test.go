package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"broadsheet/internal/config"
)

func TestGapLeft(t *testing.T) {
	for _, test := range []struct {
		name      string
		last      time.Time
		gap, want time.Duration
	}{
		{"a first request", time.Time{}, time.Second, 0},
		{"just now", testTime, time.Second, time.Second},
		{"a while ago", testTime.Add(-300 * time.Millisecond), time.Second, 700 * time.Millisecond},
		{"long ago", testTime.Add(-time.Hour), time.Second, 0},
		{"a clock that was set back", testTime.Add(time.Hour), time.Second, time.Second},
		{"no gap", testTime, 0, 0},
	} {
		if got := gapLeft(test.last, testTime, test.gap); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestHostLimiter_SharedHostIsOneHost(t *testing.T) {
	l := newHostLimiter(config.Limits{Requests: 1}, time.Now)
	state := func(address string) *hostState {
		u, err := ParseURL(address)
		if err != nil {
			t.Fatal(err)
		}
		return l.state(u)
	}
	medium := state("https://medium.com/feed/a-blog")
	for _, address := range []string{"https://a-blog.medium.com/feed", "http://MEDIUM.com:80/", "https://netflixtechblog.com/feed", "https://open.nytimes.com/feed"} {
		if state(address) != medium {
			t.Errorf("%s is not taken for Medium's", address)
		}
	}
	for _, address := range []string{"https://notmedium.com/", "https://medium.com.example/", "https://medium.com:8443/", "https://own.example/"} {
		if state(address) == medium {
			t.Errorf("%s is taken for Medium's", address)
		}
	}
	own, _ := url.Parse("https://own.example/feed")
	l.recordAnswer(own, http.Header{"Location": {"https://medium.com/m/global-identity-2?redirectUrl=https%3A%2F%2Fown.example%2Ffeed"}})
	if state("https://own.example/feed") != medium {
		t.Error("Medium is not detected from its redirect")
	}
	if state("http://own.example/") != state("https://own.example/") || state("https://a.substack.com/") != state("https://b.substack.com/") {
		t.Error("one host counts as two")
	}
}

// TestHostLimiter_WaitingForHostTakesNoRequestSlot has one request slot, and a host that may be contacted again in an
// hour.
func TestHostLimiter_WaitingForHostTakesNoRequestSlot(t *testing.T) {
	l := newHostLimiter(config.Limits{Requests: 1, Gap: time.Hour}, time.Now)
	busy, _ := url.Parse("https://busy.example/")
	free, _ := url.Parse("https://free.example/")
	first, err := l.Acquire(context.Background(), busy, alone)
	if err != nil {
		t.Fatal(err)
	}
	first.recordRequest()
	first.Release()
	ctx, cancel := context.WithCancel(context.Background())
	waiting := make(chan error)
	go func() {
		_, err := l.Acquire(ctx, busy, alone)
		waiting <- err
	}()
	other, err := l.Acquire(context.Background(), free, alone)
	if err != nil {
		t.Fatal(err)
	}
	other.Release()
	cancel()
	if err := <-waiting; !errors.Is(err, context.Canceled) {
		t.Errorf("the request that waited: %v", err)
	}
	if len(l.requestSlots) != 0 {
		t.Error("a request slot was not released")
	}
}

// TestWasSent: what did not reach the host begins no gap, so that a run without a network waits for no host.
func TestWasSent(t *testing.T) {
	for _, test := range []struct {
		name string
		err  error
		want bool
	}{
		{"a response", nil, true},
		{"a connection that is broken off", io.EOF, true},
		{"no such host", fmt.Errorf("dial: %w", &net.DNSError{IsNotFound: true}), false},
		{"a resolver that does not answer", &net.OpError{Op: "dial", Err: &net.DNSError{IsTemporary: true}}, false},
		{"a private address", Denied("its address is not public"), false},
	} {
		if got := wasSent(test.err); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}
