//go:build chatfile_static

package chatfile

// Where the header and the library are is said by CGO_CFLAGS and CGO_LDFLAGS. The list of libraries behind it is what
// `rustc --print native-static-libs` says, but for -lgcc_s: the C compiler adds that or, with -static, what takes its place.

// #cgo linux LDFLAGS: -l:libchatfile.a -lutil -lrt -lpthread -lm -ldl
// #cgo darwin LDFLAGS: -lchatfile -liconv -lSystem -lc -lm
// #cgo windows CFLAGS: -DCHATFILE_STATIC
// #cgo windows LDFLAGS: -l:libchatfile.a -lws2_32 -luserenv -lntdll -lbcrypt -lcrypt32 -ladvapi32
import "C"
