//go:build chatfile_static

package chatfile

// Where the header and the library are is said by CGO_CFLAGS and CGO_LDFLAGS. The list of libraries behind it is what
// `rustc --print native-static-libs` says.

// #cgo linux LDFLAGS: -l:libchatfile.a -lgcc_s -lutil -lrt -lpthread -lm -ldl
// #cgo darwin LDFLAGS: -lchatfile -liconv -lSystem -lc -lm
// #cgo windows CFLAGS: -DCHATFILE_STATIC
// #cgo windows LDFLAGS: -l:libchatfile.a -lws2_32 -luserenv -lntdll -lbcrypt
import "C"
