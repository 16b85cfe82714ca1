package main

import "syscall"

// thread is the one that this runs on.
func thread() int {
	return syscall.Gettid()
}
