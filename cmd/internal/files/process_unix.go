//go:build unix

package files

import (
	"errors"
	"syscall"
)

// ProcessAlive reports whether a process with this id exists, even if it belongs to another user.
func ProcessAlive(pid int) bool {
	if pid <= 0 {
		return false
	}
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
