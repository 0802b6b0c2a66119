//go:build !unix

package main

import "io/fs"

// Elsewhere a file has no such flags, and no named pipe stands among files.
const (
	nonBlocking = 0
	noFollow    = 0
)

func ofOtherGroup(fs.FileInfo) bool { return false }
