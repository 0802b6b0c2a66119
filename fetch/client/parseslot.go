package client

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"time"
)

// maxParses are as many bodies as are unpacked and parsed at once: one a processor. A body whose tree will be large takes
// several of them, so that all trees together stay below parseMemory, or are one.
var maxParses = int64(max(runtime.GOMAXPROCS(0), 1))

const (
	parseMemory  = 128 << 20 // bytes of the trees that are in memory at once, as far as their tags tell
	nodeSize     = 600       // bytes that a tag comes to as a node, with what is kept of it
	parseTimeout = 30 * time.Second
)

// slotsFor returns how many parse slots a body takes. Every tag begins with "<".
func slotsFor(body []byte) int64 {
	size := int64(2*len(body)) + int64(bytes.Count(body, []byte("<")))*nodeSize
	return min(1+size*maxParses/parseMemory, maxParses)
}

// WithParseSlot unpacks the body of a response and calls parse with it, beside few others. Until then only the packed body
// is in memory, and after it the body is gone: parse must keep nothing of it. cut says that it is not the whole body. A
// body that turns out to need more slots is put back, and unpacked again when they are free.
//
// A parse cannot be stopped. When ctx ends, or after parseTimeout, it is left behind: its goroutine goes on, what it returns
// is dropped, and the run goes on without it.
func WithParseSlot[T any](ctx context.Context, d *Client, a *Response, parse func(body []byte, cut bool) (T, error)) (result T, err error) {
	slots := int64(1)
	var body []byte
	var cut bool
	for {
		if err := d.parseSlots.Acquire(ctx, slots); err != nil {
			return result, err
		}
		body, cut, err = Decompress(a.Body, a.Header.Get("Content-Encoding"), d.Limits.Body)
		if needed := slotsFor(body); err == nil && slots < needed {
			d.parseSlots.Release(slots)
			slots = needed
			continue
		}
		break
	}
	defer d.parseSlots.Release(slots)
	if err != nil {
		return result, err
	}
	cut = cut || a.Incomplete != nil
	a.Body = nil
	result, err = abandonable(ctx, DisplayURL(a.URL), func() (T, error) { return parse(body, cut) })
	if errors.Is(err, errAbandoned) {
		d.Abandoned.Add(1)
	}
	return result, err
}

var errAbandoned = errors.New("reading it did not end")

// abandonable calls work and waits for it until ctx ends or parseTimeout is over. The error is then an errAbandoned. A panic
// in it becomes the error of the address where.
func abandonable[T any](ctx context.Context, where string, work func() (T, error)) (result T, err error) {
	type outcome struct {
		result T
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() { done <- o }()
		defer RecoverAsError(where, &o.err)
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
