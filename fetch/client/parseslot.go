package client

import (
	"bytes"
	"context"
	"errors"
	"time"
)

// parseTimeout is how long a parse may take before the run goes on without it.
const parseTimeout = 30 * time.Second

// parseSlotsFor returns how many parse slots a body takes. Every tag begins with "<".
func parseSlotsFor(body []byte) int64 {
	treeBytes := int64(2*len(body)) + int64(bytes.Count(body, []byte("<")))*bytesPerTag
	return min(1+treeBytes*maxParses/maxTreeBytes, maxParses)
}

// WithParseSlot waits for a parse slot, decompresses the body of a response and calls parse with it; incomplete reports
// that it is not the whole body. Until then only the compressed body is in memory, and it is freed before parse is
// called. A body that turns out to need more slots is dropped, and decompressed again when they are free. parse may
// keep the body.
//
// A parse cannot be stopped. When ctx ends, or after parseTimeout, WithParseSlot returns without it and counts it in
// Client.AbandonedParses: its goroutine goes on, but its result is dropped.
func WithParseSlot[T any](ctx context.Context, c *Client, resp *Response, parse func(body []byte, incomplete bool) (T, error)) (result T, err error) {
	slots := int64(1)
	var body []byte
	var incomplete bool
	for {
		if err := c.parseSlots.Acquire(ctx, slots); err != nil {
			return result, err
		}
		body, incomplete, err = Decompress(resp.Body, resp.Header.Get("Content-Encoding"), c.Limits.Body)
		needed := parseSlotsFor(body)
		if err != nil || needed <= slots {
			break
		}
		c.parseSlots.Release(slots)
		slots = needed
	}
	defer c.parseSlots.Release(slots)
	if err != nil {
		return result, err
	}
	incomplete = incomplete || resp.Incomplete != nil
	resp.Body = nil
	result, err = abandonable(ctx, DisplayURL(resp.URL), func() (T, error) { return parse(body, incomplete) })
	if errors.Is(err, errAbandoned) {
		c.Abandoned.Add(1)
	}
	return result, err
}

var errAbandoned = errors.New("reading it did not end")

// abandonable calls work in a goroutine and waits for it until ctx ends or parseTimeout is over. The error is then an
// errAbandoned. A panic in work becomes the error of address.
func abandonable[T any](ctx context.Context, address string, work func() (T, error)) (result T, err error) {
	type outcome struct {
		result T
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() { done <- o }()
		defer RecoverAsError(address, &o.err)
		o.result, o.err = work()
	}()
	timeout := time.NewTimer(parseTimeout)
	defer timeout.Stop()
	select {
	case o := <-done:
		return o.result, o.err
	case <-ctx.Done():
		return result, errors.Join(errAbandoned, context.Cause(ctx))
	case <-timeout.C:
		return result, &Failure{Reason: "reading it did not end within 30 s, so it was given up; please report it, with the address", Permanent: true, Cause: errAbandoned}
	}
}
