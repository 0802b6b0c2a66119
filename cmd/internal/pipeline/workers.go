package pipeline

import (
	"context"
	"slices"
	"sync"
	"time"
)

// batch is how many answers are recorded in one transaction at most: enough to share the cost of a commit, few enough
// to lose little work when the run is killed, and to have few articles in memory.
const batch = 16

// atOnce is how many wait for answers at once: as many as may be asked at once, and some that wait for a host that another
// asks.
func (r *Run) atOnce() int { return r.Composer.Config.Limits.OrDefaults().Hosts * 5 / 4 }

// forEachConcurrent calls do with all of them, with n at once. Before any of them begins, note is called with it and the few after
// it; when that fails, no more are begun.
func forEachConcurrent[T any](n int, all []T, note func([]T) error, do func(T)) error {
	var working sync.WaitGroup
	defer working.Wait()
	places := make(chan struct{}, n)
	for some := range slices.Chunk(all, notedAtOnce) {
		if err := note(some); err != nil {
			return err
		}
		for _, one := range some {
			places <- struct{}{}
			working.Go(func() {
				defer func() { <-places }()
				do(one)
			})
		}
	}
	return nil
}

// wholeAtOnce is how many are asked at once that have to send all they have, since nothing is known of it: enough to keep
// the parse slots busy. What they send waits in memory.
const wholeAtOnce = 64

// slotTimeout is how long one that says nothing keeps others from being asked.
const slotTimeout = 2 * time.Second

// acquireSlot waits for one of the places, and gives it back when leave is called, or after patience.
func acquireSlot(places chan struct{}) (leave func()) {
	places <- struct{}{}
	giveBack := sync.OnceFunc(func() { <-places })
	timer := time.AfterFunc(slotTimeout, giveBack)
	return func() {
		timer.Stop()
		giveBack()
	}
}

// deadline bounds all fetching of a run, so that an edition comes out in any case.
func (r *Run) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, r.Composer.Config.Limits.OrDefaults().Run)
}

// inBatches gathers what comes and hands it on in batches. After an error it calls stop, since nobody is to be asked for
// what cannot be kept, and lets the rest go by, so that no sender is left waiting.
func inBatches[T any](from <-chan T, stop func(), do func([]T) error) error {
	var failed error
	for first := range from {
		some := gather(first, from)
		if failed == nil {
			if failed = do(some); failed != nil {
				stop()
			}
		}
	}
	return failed
}

// gather waits a little for more to come after first.
func gather[T any](first T, from <-chan T) []T {
	some := []T{first}
	enough := time.After(50 * time.Millisecond)
	for len(some) < batch {
		select {
		case next, ok := <-from:
			if !ok {
				return some
			}
			some = append(some, next)
		case <-enough:
			return some
		}
	}
	return some
}
