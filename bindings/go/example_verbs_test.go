package chatfile_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

// library is a client of the emulator's SMH library, which can all that is shown here.
func library() *chatfile.Client {
	client, err := chatfile.OpenSMH(smh(), nil)
	if err != nil {
		log.Fatal(err)
	}
	return client
}

// put uploads a small file of that name.
func put(client *chatfile.Client, name string) string {
	overwrite := &chatfile.SMHUpload{Conflict: chatfile.SMHConflictOverwrite, CreateDirectories: true, Directory: "examples"}
	options := &chatfile.UploadOptions{FileName: name, SMH: overwrite}
	stored, err := client.Upload(context.Background(), chatfile.FromBytes([]byte("a cat")), options)
	if err != nil {
		log.Fatal(err)
	}
	return stored.File
}

// A file of this machine goes up in parts, side by side, and what has arrived is kept if it fails.
func ExampleClient_Upload() {
	client := library()
	defer client.Close()
	file, err := os.CreateTemp("", "film")
	if err != nil {
		log.Fatal(err)
	}
	defer os.Remove(file.Name())
	if _, err := file.Write(make([]byte, 3<<20)); err != nil {
		log.Fatal(err)
	}
	file.Close()
	stored, err := client.Upload(context.Background(), chatfile.FromFile(file.Name()), &chatfile.UploadOptions{
		FileName:   "film.mp4",
		Checkpoint: file.Name() + ".checkpoint",
		SMH:        &chatfile.SMHUpload{Method: chatfile.SMHMethodParts, PartSize: 1 << 20, Conflict: chatfile.SMHConflictOverwrite},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(stored.Size, "bytes")
	// Output: 3145728 bytes
}

// What does not work is named, with what to do about it.
func ExampleClient_Check() {
	client := library()
	defer client.Close()
	steps, err := client.Check(context.Background(), nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, step := range steps {
		fmt.Println(step.Kind, step.Verdict)
		if step.Verdict == chatfile.VerdictFailed {
			fmt.Println(step.Status, step.Text, step.Advice)
		}
	}
	// Output:
	// address ok
	// proxy ok
	// name ok
	// connection ok
	// TLS not tried
	// clock ok
	// credentials ok
	// service ok
}

// A file is looked for, and deleted.
func ExampleClient_Delete() {
	client := library()
	defer client.Close()
	ctx := context.Background()
	file := put(client, "old.jpg")
	if _, err := client.Delete(ctx, file, nil); err != nil {
		log.Fatal(err)
	}
	exists, err := client.Exists(ctx, file, nil)
	fmt.Println(exists, err)
	// Output: false <nil>
}

// What was uploaded in a week that is a month ago goes away, at NetEase.
func ExampleClient_DeleteByTime() {
	client, err := chatfile.OpenNetEase(netease(), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	now := time.Now()
	_, err = client.DeleteByTime(context.Background(), chatfile.NetEaseDeleteTask{
		Start: now.AddDate(0, 0, -36),
		End:   now.AddDate(0, 0, -30),
	}, nil)
	fmt.Println(err)
	// Output: <nil>
}

// What the service says of a file.
func ExampleClient_Info() {
	client := library()
	defer client.Close()
	info, err := client.Info(context.Background(), put(client, "cat.jpg"), nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Size, "bytes,", info.CRC64 != "")
	// Output: 5 bytes, true
}

// Whether there is a file of that name.
func ExampleClient_Exists() {
	client := library()
	defer client.Close()
	exists, err := client.Exists(context.Background(), put(client, "cat.jpg"), nil)
	fmt.Println(exists, err)
	// Output: true <nil>
}

// A long list comes in pieces.
func ExampleClient_List() {
	client := library()
	defer client.Close()
	put(client, "cat.jpg")
	options := &chatfile.ListOptions{Limit: 100}
	for {
		listing, err := client.List(context.Background(), "examples", options)
		if err != nil {
			log.Fatal(err)
		}
		for _, entry := range listing.Entries {
			if entry.Name == "cat.jpg" {
				fmt.Println(entry.Name, entry.Size)
			}
		}
		if options.Marker = listing.NextMarker; options.Marker == "" {
			break
		}
	}
	// Output: cat.jpg 5
}

// What has arrived of an upload that broke off is thrown away.
func ExampleClient_AbortUpload() {
	client := library()
	defer client.Close()
	ctx := context.Background()
	client.SetRates(10_000_000, 0)
	film := []byte(strings.Repeat("cat ", 1<<20))
	_, err := client.Upload(ctx, chatfile.FromBytes(film), &chatfile.UploadOptions{
		FileName:  "film.mp4",
		Resumable: true,
		SMH:       &chatfile.SMHUpload{Method: chatfile.SMHMethodParts, PartSize: 1 << 20},
		Progress: func(p chatfile.Progress) error {
			if p.Done > 0 {
				return errors.New("enough")
			}
			return nil
		},
	})
	var failed *chatfile.Error
	if !errors.As(err, &failed) {
		log.Fatal(err)
	}
	fmt.Println(failed.Status, client.AbortUpload(ctx, &chatfile.AbortUploadOptions{ResumeToken: failed.ResumeToken}))
	// Output: CHATFILE_E_CALLBACK <nil>
}

// A program that holds no credentials fetches one file.
func ExampleClient_PresignDownload() {
	ctx := context.Background()
	backend := library()
	defer backend.Close()
	request, err := backend.PresignDownload(ctx, put(backend, "cat.jpg"), nil)
	if err != nil {
		log.Fatal(err)
	}
	program, err := chatfile.Open(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer program.Close()
	got, err := program.ReceivePresigned(ctx, request, chatfile.ToMemory(), nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(got.Data))
	// Output: a cat
}

// Where an upload is to be completed, the back-end does that once the file was sent.
func ExampleClient_CompletePresigned() {
	ctx := context.Background()
	backend := library()
	defer backend.Close()
	request, err := backend.PresignUpload(ctx, 5, &chatfile.UploadOptions{
		FileName: "presigned.jpg",
		SMH:      &chatfile.SMHUpload{Conflict: chatfile.SMHConflictOverwrite},
	})
	if err != nil {
		log.Fatal(err)
	}
	program, err := chatfile.Open(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer program.Close()
	if _, err := program.SendPresigned(ctx, request, chatfile.FromBytes([]byte("a cat")), nil); err != nil {
		log.Fatal(err)
	}
	stored, err := backend.CompletePresigned(ctx, request, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(stored.File)
	// Output: presigned.jpg
}

// While the user is in a call, the rest of the line is the call's.
func ExampleClient_SetRates() {
	client := library()
	defer client.Close()
	fmt.Println(client.SetRates(50_000, 0), client.SetRates(0, 0))
	// Output: <nil> <nil>
}

// With Trace an error tells what the call has done, without secrets, for a vendor's support.
func ExampleError_trace() {
	client, err := chatfile.OpenSMH(smh(), &chatfile.ClientOptions{Trace: true})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	_, err = client.Download(context.Background(), "no such file", chatfile.ToWriter(io.Discard), nil)
	var failed *chatfile.Error
	if errors.As(err, &failed) {
		fmt.Println(len(failed.Trace) > 100)
	}
	// Output: true
}
