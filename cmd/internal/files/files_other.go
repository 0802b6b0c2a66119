//go:build !unix

package files

import "io/fs"

// Elsewhere a file has no such flags, and no named pipe stands among files.
const (
	NonBlocking = 0
	NoFollow    = 0
)

func OfOtherGroup(fs.FileInfo) bool { return false }
