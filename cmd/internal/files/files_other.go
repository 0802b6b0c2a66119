//go:build !unix

package files

import "io/fs"

// Other systems have no such flags, and no named pipes among files.
const (
	NonBlocking = 0
	NoFollow    = 0
)

// HasOtherGroup returns false: files have no group here.
func HasOtherGroup(fs.FileInfo) bool { return false }
