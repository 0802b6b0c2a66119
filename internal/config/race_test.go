//go:build race

package config

// The race detector allocates memory itself, so bounds on allocated memory mean nothing under it.
func init() { raceEnabled = true }
