package client

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// TestAHostOfManyAddressesIsNotTriedAtAllOfThem has a name server that leads to as many hosts as fit into its answer.
func TestAHostOfManyAddressesIsNotTriedAtAllOfThem(t *testing.T) {
	tried := 0
	p := newConnPool(time.Second, 1<<20, nil, nil, func(string) error { tried++; return errors.New("not this one") })
	d := &dial{conn: &limitedConn{}}
	ctx := context.WithValue(context.Background(), dialKey{}, d)
	for i := range 100 {
		if _, err := p.transport.DialContext(ctx, "tcp", fmt.Sprintf("127.0.9.%d:1", i)); err == nil {
			t.Fatal("it was connected to")
		}
	}
	if tried != maxAddresses {
		t.Errorf("%d addresses were tried for one request", tried)
	}
}
