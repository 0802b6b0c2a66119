//go:build !unix

package files

import "os"

// ProcessAlive reports whether a process is there: here finding it opens it.
func ProcessAlive(process int) bool {
	if process <= 0 {
		return false
	}
	p, err := os.FindProcess(process)
	if err != nil {
		return false
	}
	_ = p.Release()
	return true
}
