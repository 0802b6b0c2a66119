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

// TestNobodyIsAskedForWhatCannotBeKept has a batch that cannot be recorded: from then on the senders are told to stop, and
// those that have sent are not left waiting.
func TestNobodyIsAskedForWhatCannotBeKept(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	from, full := make(chan int), errors.New("the disk is full")
	refused := make(chan bool)
	go func() {
		defer close(from)
		from <- 1
		<-refused
		from <- 2 // is taken only when all that follows from the refusal was done
		if ctx.Err() == nil {
			t.Error("the asking went on")
		}
	}()
	calls := 0
	err := inBatches(from, stop, func([]int) error {
		calls++
		close(refused)
		return full
	})
	if !errors.Is(err, full) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

func TestACrowdIsNotedInChunksBeforeItBegins(t *testing.T) {
	var mu sync.Mutex
	noted, notes, all := map[int]bool{}, 0, make([]int, 100)
	for i := range all {
		all[i] = i
	}
	note := func(some []int) error {
		mu.Lock()
		defer mu.Unlock()
		for _, n := range some {
			noted[n] = true
		}
		notes++
		return nil
	}
	done := 0
	do := func(n int) {
		mu.Lock()
		defer mu.Unlock()
		if done++; !noted[n] {
			t.Errorf("%d began before it was noted", n)
		}
	}
	if err := forEachConcurrent(7, all, note, do); err != nil || notes != 4 || done != 100 {
		t.Errorf("%v; %d done, with %d notes", err, done, notes)
	}
	done = 0
	if err := forEachConcurrent(7, all, func([]int) error { return store.ErrUnknown }, do); err != store.ErrUnknown || done != 0 {
		t.Errorf("%d done without a note: %v", done, err)
	}
}

func TestASilentSourceKeepsOthersFromBeingAskedNoLongerThanPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		places, began := make(chan struct{}, 2), time.Now()
		silent, quick := acquireSlot(places), acquireSlot(places)
		go func() {
			time.Sleep(slotTimeout / 2)
			quick()
		}()
		acquireSlot(places)()
		if waited := time.Since(began); waited != slotTimeout/2 {
			t.Errorf("a place that was given back was had after %v", waited)
		}
		acquireSlot(places)
		acquireSlot(places)
		if waited := time.Since(began); waited != slotTimeout {
			t.Errorf("the place of one that says nothing was had after %v", waited)
		}
		silent() // at last; its place is another's
		if len(places) != 2 {
			t.Errorf("%d of 2 places are taken", len(places))
		}
	})
}
