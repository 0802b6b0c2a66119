package main

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestASilentSourceKeepsOthersFromBeingAskedNoLongerThanPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		places, began := make(chan struct{}, 2), time.Now()
		silent, quick := place(places), place(places)
		go func() {
			time.Sleep(patience / 2)
			quick()
		}()
		place(places)()
		if waited := time.Since(began); waited != patience/2 {
			t.Errorf("a place that was given back was had after %v", waited)
		}
		place(places)
		place(places)
		if waited := time.Since(began); waited != patience {
			t.Errorf("the place of one that says nothing was had after %v", waited)
		}
		silent() // at last; its place is another's
		if len(places) != 2 {
			t.Errorf("%d of 2 places are taken", len(places))
		}
	})
}
