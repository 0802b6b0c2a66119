//go:build unix

package files

import (
	"io/fs"
	"os"
	"syscall"
)

// Flags of open(2): a named pipe is not waited for, and a link is not followed.
const (
	NonBlocking = syscall.O_NONBLOCK
	NoFollow    = syscall.O_NOFOLLOW
)

// OfOtherGroup reports whether a file belongs to another group than what this program makes elsewhere: somebody gave it to
// that group, such as a web server's.
func OfOtherGroup(info fs.FileInfo) bool {
	at, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(at.Gid) != os.Getegid()
}
