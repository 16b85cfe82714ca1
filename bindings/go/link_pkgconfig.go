//go:build !chatfile_flags && !chatfile_static

package chatfile

// #cgo pkg-config: chatfile
import "C"
