//go:build race

package main

// The race detector takes memory and time of its own, so that bounds on them tell nothing under it.
func init() { underRace = true }
