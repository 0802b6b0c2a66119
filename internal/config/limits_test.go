package config

import (
	"reflect"
	"testing"
	"time"
)

// TestLimits_WithDefaults sets one limit at a time: it must stay, and all others must get their defaults.
func TestLimits_WithDefaults(t *testing.T) {
	defaults := Limits{}.WithDefaults()
	for i := range reflect.TypeFor[Limits]().NumField() {
		name := reflect.TypeFor[Limits]().Field(i).Name
		value := reflect.ValueOf(defaults).Field(i)
		if value.IsZero() {
			t.Errorf("%s has no default", name)
		}
		limits, want := Limits{}, defaults
		for _, l := range []*Limits{&limits, &want} {
			reflect.ValueOf(l).Elem().Field(i).SetInt(value.Int() + 1)
		}
		if got := limits.WithDefaults(); got != want {
			t.Errorf("%s alone is set: %+v, want %+v", name, got, want)
		}
	}
	if got := (Limits{Gap: -1}).WithDefaults(); got.Gap != -1 {
		t.Errorf("no gap became a gap of %v", got.Gap)
	}
	if defaults.Timeout > defaults.Run || defaults.Gap > defaults.Timeout || defaults.Run > time.Hour || defaults.Body > 1<<28 {
		t.Errorf("limits that make no sense together: %+v", defaults)
	}
}
