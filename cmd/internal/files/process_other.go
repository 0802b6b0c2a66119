//go:build !unix

package files

import "os"

// ProcessAlive reports whether a process with this id exists. Outside of Unix, os.FindProcess fails if there is none.
func ProcessAlive(pid int) bool {
	if pid <= 0 {
		return false
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	_ = p.Release()
	return true
}
