//go:build unix

package main

import (
	"io/fs"
	"os"
	"syscall"
)

// Flags of open(2): a named pipe is not waited for, and a link is not followed.
const (
	nonBlocking = syscall.O_NONBLOCK
	noFollow    = syscall.O_NOFOLLOW
)

// ofOtherGroup reports whether a file belongs to another group than what this program makes elsewhere: somebody gave it to
// that group, such as a web server's.
func ofOtherGroup(info fs.FileInfo) bool {
	at, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(at.Gid) != os.Getegid()
}
