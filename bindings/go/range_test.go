//go:build go1.23

package chatfile_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"log"
	"strings"
	"testing"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

// All that is in a folder, however many lists that takes.
func ExampleClient_ListAll() {
	client, err := chatfile.OpenSMH(smh(), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx := context.Background()
	into := &chatfile.UploadOptions{SMH: &chatfile.SMHUpload{Directory: "holiday", CreateDirectories: true}}
	for _, name := range []string{"beach.jpg", "hills.jpg", "lake.jpg"} {
		into.FileName = name
		if _, err := client.Upload(ctx, chatfile.FromBytes([]byte(name)), into); err != nil {
			log.Fatal(err)
		}
	}
	for entry, err := range client.ListAll(ctx, "holiday", nil) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(entry.Name, entry.Size)
	}
	// Output:
	// beach.jpg 9
	// hills.jpg 9
	// lake.jpg 8
}

func TestListsOneAfterTheOther(t *testing.T) {
	leaksNothing(t)
	client := openSMH(t)
	var names []string
	for i := 0; i < 7; i++ {
		names = append(names, fmt.Sprintf("%d.txt", i))
		options := &chatfile.UploadOptions{FileName: names[i], SMH: &chatfile.SMHUpload{Directory: "range", CreateDirectories: true}}
		if _, err := client.Upload(background, chatfile.FromBytes(nil), options); err != nil {
			t.Fatal(err)
		}
	}
	options := &chatfile.ListOptions{Limit: 3}
	lists := func() int {
		journal, err := ask("GET", "journal", "")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(journal), `"verb":"list"`)
	}
	for _, wanted := range []struct{ entries, lists int }{{7, 3}, {3, 1}, {4, 2}} {
		forgetJournal(t)
		var found []string
		for entry, err := range client.ListAll(background, "range", options) {
			if err != nil {
				t.Fatal(err)
			}
			if found = append(found, entry.Name); len(found) == wanted.entries {
				break
			}
		}
		if strings.Join(found, " ") != strings.Join(names[:wanted.entries], " ") || lists() != wanted.lists {
			t.Error(found, lists())
		}
	}
	if options.Marker != "" {
		t.Error("the options have changed")
	}
	count := 0
	for entry, err := range client.ListAll(background, "no such folder", nil) {
		if count++; entry.Name != "" || !errors.Is(err, fs.ErrNotExist) {
			t.Error(entry, err)
		}
	}
	if count != 1 {
		t.Error(count, "turns")
	}
	// No list is asked for once the context is done.
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	forgetJournal(t)
	last := error(nil)
	for _, err := range client.ListAll(ctx, "range", options) {
		cancel()
		last = err
	}
	if !errors.Is(last, context.Canceled) || !errors.Is(last, chatfile.ErrCancelled) || lists() != 1 {
		t.Error(last, lists())
	}
	// It is an iterator, and so what the packages of Go make of those.
	next, stop := iter.Pull2(client.ListAll(background, "range", nil))
	defer stop()
	if first, err, ok := next(); err != nil || !ok || first.Name != names[0] {
		t.Error(first, err, ok)
	}
}
