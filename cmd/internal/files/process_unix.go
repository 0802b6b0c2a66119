//go:build unix

package files

import (
	"errors"
	"syscall"
)

// ProcessAlive reports whether a process is there, be it another user's.
func ProcessAlive(process int) bool {
	if process <= 0 {
		return false
	}
	err := syscall.Kill(process, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
