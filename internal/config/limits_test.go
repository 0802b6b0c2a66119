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
		if name == "Gap" || name == "Hosts" { // they depend on the host
			continue
		}
		if value.IsZero() {
			t.Errorf("%s has no default", name)
		}
		limits, want := Limits{}, defaults
		for _, l := range []*Limits{&limits, &want} {
			reflect.ValueOf(l).Elem().Field(i).SetInt(value.Int() + 1)
		}
		if got := limits.WithDefaults(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s alone is set: %+v, want %+v", name, got, want)
		}
	}
	for _, gap := range []time.Duration{0, -1, time.Second} {
		if got := (Limits{Gap: gap}).WithDefaults(); got.Gap != gap {
			t.Errorf("a gap of %v became one of %v", gap, got.Gap)
		}
	}
	if defaults.Timeout > defaults.Run || DefaultGap > defaults.Timeout || defaults.Run > time.Hour || defaults.Body > 1<<28 {
		t.Errorf("limits that make no sense together: %+v", defaults)
	}
}
