//go:build unix

package files

import (
	"io/fs"
	"os"
	"syscall"
)

// Flags of open(2): do not block on a named pipe, and do not follow a symbolic link.
const (
	NonBlocking = syscall.O_NONBLOCK
	NoFollow    = syscall.O_NOFOLLOW
)

// HasOtherGroup reports whether a file belongs to another group than that of this process: somebody has given it to that
// group, for example to the group of a web server.
func HasOtherGroup(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Gid) != os.Getegid()
}
