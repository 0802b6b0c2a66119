package fetch

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"broadsheet"
	"broadsheet/fetch/client"
)

// TestATimeOutOfTheNetworkIsTheSourcesFault: net's own time-outs say that they are a context's deadline. A source that
// cannot be dialled in time must be counted and backed off from all the same, not passed over as if the run had ended.
func TestATimeOutOfTheNetworkIsTheSourcesFault(t *testing.T) {
	for name, err := range map[string]error{
		"dial": &net.OpError{Op: "dial", Net: "tcp", Err: context.DeadlineExceeded},
		"name": &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "i/o timeout", Name: "slow.example", IsTimeout: true, UnwrapErr: context.DeadlineExceeded}},
	} {
		t.Run(name, func(t *testing.T) {
			f := New(Options{Now: clockAtNoon, Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, err })})
			_, v, got := f.FetchSource(context.Background(), broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://slow.example/feed"}, broadsheet.Visit{})
			if got == nil || client.IsStopped(got) || v.Failures != 1 || v.Next.IsZero() {
				t.Errorf("err %v, stopped %v, visit %+v", got, client.IsStopped(got), v)
			}
			if got != nil && strings.Contains(got.Error(), "run was stopped") {
				t.Errorf("told as %q", got)
			}
		})
	}
	if err := fmt.Errorf("wrapped: %w", context.DeadlineExceeded); !client.IsStopped(err) {
		t.Error("the run's own deadline is not taken for one")
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
