//go:build chatfile_static

package chatfile_test

// tags are the build tags of this test.
func tags() []string { return []string{"-tags=chatfile_static"} }
