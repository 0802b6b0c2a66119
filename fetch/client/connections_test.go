package client

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// TestLimitsAddressesTriedPerRequest dials 100 addresses for one request: a host name can resolve to as many as fit
// into a DNS response.
func TestLimitsAddressesTriedPerRequest(t *testing.T) {
	tried := 0
	p := newConnPool(time.Second, 1<<20, nil, nil, func(string) error { tried++; return errors.New("not this one") })
	d := &dial{conn: &limitedConn{}}
	ctx := context.WithValue(context.Background(), dialKey{}, d)
	for i := range 100 {
		if _, err := p.transport.DialContext(ctx, "tcp", fmt.Sprintf("127.0.9.%d:1", i)); err == nil {
			t.Fatal("connected")
		}
	}
	if tried != maxAddresses {
		t.Errorf("%d addresses were tried for one request, want %d", tried, maxAddresses)
	}
}
