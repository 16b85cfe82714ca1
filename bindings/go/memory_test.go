//go:build linux && !race

package chatfile_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

// resident is the memory of this program, C's included.
func resident(t *testing.T) int {
	t.Helper()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// Whatever a call takes of Go's memory or C's is given back. The race detector takes too much itself to see it.
func TestMemoryIsGivenBack(t *testing.T) {
	client := openEasemob(t)
	stored, err := client.Upload(background, chatfile.FromBytes(sample(1_000_000)), nil)
	if err != nil {
		t.Fatal(err)
	}
	request, err := client.PresignUpload(background, chatfile.SizeUnknown, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]struct {
		times int
		// What may be kept for other reasons, far below what a leak would take.
		most int
		run  func(ctx context.Context) error
	}{
		"a call that fails": {20_000, 2_000_000, func(ctx context.Context) error {
			_, err := client.Upload(ctx, chatfile.FromFile("no such file"), &chatfile.UploadOptions{
				FileName: "a",
				Progress: func(chatfile.Progress) error { return nil },
				SMH:      &chatfile.SMHUpload{Labels: []string{"a", "b"}},
			})
			if !errors.Is(err, chatfile.ErrUnsupported) {
				return err
			}
			return nil
		}},
		"a client": {2000, 2_000_000, func(context.Context) error {
			client, err := chatfile.OpenEasemob(easemob(), &chatfile.ClientOptions{Logger: toFunc(func(slog.Level, string) {})})
			if err != nil {
				return err
			}
			return client.Close()
		}},
		"a presigned request": {10_000, 2_000_000, func(context.Context) error {
			_, err := chatfile.ParsePresigned(request.JSON)
			return err
		}},
		"a digest": {10_000, 2_000_000, func(context.Context) error {
			digest, err := chatfile.NewDigest(chatfile.DigestSMHFull|chatfile.DigestOpenIM, 0)
			if err != nil {
				return err
			}
			return digest.Close()
		}},
		"a download": {50, 16_000_000, func(ctx context.Context) error {
			_, err := client.Download(ctx, stored.File, chatfile.ToMemory(), nil)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			repeat := func(times int) {
				for i := 0; i < times; i++ {
					if err := run.run(ctx); err != nil {
						t.Fatal(err)
					}
				}
			}
			repeat(run.times / 5)
			before := resident(t)
			repeat(run.times)
			if grown := resident(t) - before; grown > run.most {
				t.Errorf("%d bytes are not given back after %d times", grown, run.times)
			} else {
				t.Logf("%d bytes after %d times", grown, run.times)
			}
		})
	}
}
