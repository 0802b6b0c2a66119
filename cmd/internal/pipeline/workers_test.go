package pipeline

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"broadsheet/store"
)

// TestInBatches_CancelsOnStoreError checks a batch that cannot be stored: the context of the senders is cancelled, and
// a sender that has a result already is not left blocked.
func TestInBatches_CancelsOnStoreError(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	results, diskFull := make(chan int), errors.New("the disk is full")
	failed := make(chan bool)
	go func() {
		defer close(results)
		results <- 1
		<-failed
		results <- 2 // is received only after inBatches has dealt with the error
		if ctx.Err() == nil {
			t.Error("the context of the senders is not cancelled")
		}
	}()
	calls := 0
	err := inBatches(results, cancel, func([]int) error {
		calls++
		close(failed)
		return diskFull
	})
	if !errors.Is(err, diskFull) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

// TestForEachConcurrent_StartsChunksFirst checks that start is called with each chunk before do is called with an
// element of it, and that do is not called after start failed.
func TestForEachConcurrent_StartsChunksFirst(t *testing.T) {
	var mu sync.Mutex
	started, chunks, all := map[int]bool{}, 0, make([]int, 100)
	for i := range all {
		all[i] = i
	}
	start := func(chunk []int) error {
		mu.Lock()
		defer mu.Unlock()
		for _, n := range chunk {
			started[n] = true
		}
		chunks++
		return nil
	}
	done := 0
	do := func(n int) {
		mu.Lock()
		defer mu.Unlock()
		if done++; !started[n] {
			t.Errorf("do was called with %d before start", n)
		}
	}
	if err := forEachConcurrent(7, all, start, do); err != nil || chunks != 4 || done != 100 {
		t.Errorf("%v; %d calls of do, %d chunks", err, done, chunks)
	}
	done = 0
	if err := forEachConcurrent(7, all, func([]int) error { return store.ErrUnknown }, do); err != store.ErrUnknown || done != 0 {
		t.Errorf("%d calls of do after start failed: %v", done, err)
	}
}

func TestAcquireSlot_ReleasedAfterTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slots, began := make(chan struct{}, 2), time.Now()
		releaseSlow, releaseQuick := acquireSlot(slots), acquireSlot(slots)
		go func() {
			time.Sleep(slotTimeout / 2)
			releaseQuick()
		}()
		acquireSlot(slots)()
		if waited := time.Since(began); waited != slotTimeout/2 {
			t.Errorf("a slot was acquired after %v, and released after %v", waited, slotTimeout/2)
		}
		acquireSlot(slots)
		acquireSlot(slots)
		if waited := time.Since(began); waited != slotTimeout {
			t.Errorf("the slot of a slow source was acquired after %v, want %v", waited, slotTimeout)
		}
		releaseSlow() // after the timeout: the slot belongs to another by now
		if len(slots) != 2 {
			t.Errorf("%d of 2 slots are taken", len(slots))
		}
	})
}
