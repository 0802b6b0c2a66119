//go:build unix

package main

import (
	"errors"
	"syscall"
)

// alive tells whether a process is there, be it another user's.
func alive(process int) bool {
	if process <= 0 {
		return false
	}
	err := syscall.Kill(process, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
