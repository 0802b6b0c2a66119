package schedule

import (
	"slices"
	"testing"
)

func TestHostsTakeTurns(t *testing.T) {
	got := InterleaveByHost([]string{"a1", "a2", "a3", "b1", "c1", "b2"}, func(s string) string { return s[:1] })
	if want := []string{"a1", "b1", "c1", "a2", "b2", "a3"}; !slices.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
}
