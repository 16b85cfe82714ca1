//go:build !linux

package main

// thread is not known here.
func thread() int {
	return 0
}
