//go:build unix

package main

import "syscall"

// Flags of open(2): a named pipe is not waited for, and a link is not followed.
const (
	nonBlocking = syscall.O_NONBLOCK
	noFollow    = syscall.O_NOFOLLOW
)
