//go:build race

package config

// The race detector allocates for itself, so that bounds on what is allocated tell nothing under it.
func init() { underRace = true }
