//go:build chatfile_flags && !chatfile_static

package chatfile

// Where the header and the library are is said by CGO_CFLAGS and CGO_LDFLAGS.

// #cgo LDFLAGS: -lchatfile
import "C"
