package config

import (
	"reflect"
	"testing"
	"time"
)

// TestLimitsThatAreNotSaidHaveDefaults says one limit at a time: it is kept, and all others are the usual ones.
func TestLimitsThatAreNotSaidHaveDefaults(t *testing.T) {
	usual := Limits{}.OrDefaults()
	for i := range reflect.TypeFor[Limits]().NumField() {
		name := reflect.TypeFor[Limits]().Field(i).Name
		value := reflect.ValueOf(usual).Field(i)
		if value.IsZero() {
			t.Errorf("%s has no bound", name)
		}
		said, want := Limits{}, usual
		for _, l := range []*Limits{&said, &want} {
			reflect.ValueOf(l).Elem().Field(i).SetInt(value.Int() + 1)
		}
		if got := said.OrDefaults(); got != want {
			t.Errorf("%s alone is said: %+v, want %+v", name, got, want)
		}
	}
	if got := (Limits{Gap: -1}).OrDefaults(); got.Gap != -1 {
		t.Errorf("no gap at all became one of %v", got.Gap)
	}
	if usual.Timeout > usual.Run || usual.Gap > usual.Timeout || usual.Run > time.Hour || usual.Body > 1<<28 {
		t.Errorf("limits that make no sense together: %+v", usual)
	}
}
