//go:build !cgo

package chatfile

// Without cgo there is nothing here to call. What follows does not compile, and its name says what to do: set
// CGO_ENABLED=1 (it is 0 by itself where no C compiler is found, and when another system is built for), and have a C
// compiler. README.md says where the library is found.
var _ = this_package_calls_a_C_library__set_CGO_ENABLED_to_1_and_install_a_C_compiler
