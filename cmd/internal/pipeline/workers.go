package pipeline

import (
	"context"
	"slices"
	"sync"
	"time"
)

// maxBatch is how many results are stored in one transaction at most: enough to share the cost of a commit, few enough
// to lose little work when the run is killed and to hold few articles in memory.
const maxBatch = 16

// maxFetches returns how many fetches may be started at once: as many as there may be concurrent requests, and some
// more that wait for a host which serves another request.
func (r *Run) maxFetches() int { return r.Composer.Config.Limits.WithDefaults().Requests * 5 / 4 }

// forEachConcurrent calls do for each element of all, up to n at once, and returns when all calls have ended. Before it
// starts the calls for a chunk of attemptChunk elements, it calls start with the chunk; if that fails, it starts no
// more.
func forEachConcurrent[T any](n int, all []T, start func([]T) error, do func(T)) error {
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, n)
	for chunk := range slices.Chunk(all, attemptChunk) {
		if err := start(chunk); err != nil {
			return err
		}
		for _, one := range chunk {
			slots <- struct{}{}
			running.Go(func() {
				defer func() { <-slots }()
				do(one)
			})
		}
	}
	return nil
}

// turns lets the elements of each group have their turn one after the other. Without it the order in which a host group
// gets its requests would be that in which goroutines happen to run.
type turns struct {
	before, after map[string]chan struct{} // by id: closed when the turn of the element before it is over, and its own
}

// newTurns returns the turns of all, in their order; of returns an element's id and group.
func newTurns[T any](all []T, of func(T) (id, group string)) turns {
	t := turns{before: map[string]chan struct{}{}, after: map[string]chan struct{}{}}
	last := map[string]chan struct{}{}
	for _, one := range all {
		id, group := of(one)
		t.before[id], t.after[id] = last[group], make(chan struct{})
		last[group] = t.after[id]
	}
	return t
}

// wait waits for the turn of an element. The caller must call done when it is over; calling it again does nothing.
func (t turns) wait(id string) (done func()) {
	if before := t.before[id]; before != nil {
		<-before
	}
	return sync.OnceFunc(func() { close(t.after[id]) })
}

// maxFullFetches is how many sources are fetched at once by unconditional requests, which return the whole document:
// enough to keep the parse slots busy. The documents wait in memory for a parse slot.
const maxFullFetches = 64

// slotTimeout is how long a source that does not respond keeps others from being fetched.
const slotTimeout = 2 * time.Second

// acquireSlot waits for a free slot and takes it. The slot is released when release is called, and after slotTimeout in
// any case.
func acquireSlot(slots chan struct{}) (release func()) {
	slots <- struct{}{}
	giveBack := sync.OnceFunc(func() { <-slots })
	timer := time.AfterFunc(slotTimeout, giveBack)
	return func() {
		timer.Stop()
		giveBack()
	}
}

// withDeadline returns a context that ends when the time for fetching is up (limits in feeds.yaml), so that an edition
// comes out in any case.
func (r *Run) withDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, r.Composer.Config.Limits.WithDefaults().Run)
}

// inBatches receives results until the channel is closed and passes them to do in batches. After an error of do it
// calls cancel, because nothing should be fetched that cannot be stored, and discards all further results, so that no
// sender blocks. It returns that error.
func inBatches[T any](results <-chan T, cancel func(), do func([]T) error) error {
	var firstErr error
	for first := range results {
		batch := receiveBatch(first, results)
		if firstErr == nil {
			if firstErr = do(batch); firstErr != nil {
				cancel()
			}
		}
	}
	return firstErr
}

// receiveBatch returns first and the results that follow it within 50 milliseconds, maxBatch in all at most.
func receiveBatch[T any](first T, results <-chan T) []T {
	batch := []T{first}
	timeout := time.After(50 * time.Millisecond)
	for len(batch) < maxBatch {
		select {
		case next, ok := <-results:
			if !ok {
				return batch
			}
			batch = append(batch, next)
		case <-timeout:
			return batch
		}
	}
	return batch
}
