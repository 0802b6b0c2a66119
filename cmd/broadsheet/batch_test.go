package main

import (
	"context"
	"errors"
	"testing"
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
