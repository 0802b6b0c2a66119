//go:build !unix

package main

// Elsewhere a file has no such flags, and no named pipe stands among files.
const (
	nonBlocking = 0
	noFollow    = 0
)
