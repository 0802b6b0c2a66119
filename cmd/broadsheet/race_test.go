//go:build race

package main

// The race detector takes time and memory of its own, so that limits on them mean nothing under it.
func init() { underRace = true }
