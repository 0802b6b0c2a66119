package schedule

import (
	"slices"
	"testing"
)

func TestInterleaveByHost(t *testing.T) {
	got := InterleaveByHost([]string{"a1", "a2", "a3", "b1", "c1", "b2"}, func(s string) string { return s[:1] })
	if want := []string{"a1", "b1", "c1", "a2", "b2", "a3"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
