package chatfile_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"
	"time"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

// A file goes up to NetEase and comes back. The emulator stands for the service here; without BaseURL it is the service
// itself.
func Example() {
	client, err := chatfile.OpenNetEase(chatfile.NetEaseConfig{
		BaseURL:   emulator + "/nimserver",
		AppKey:    "5f0e6c1b9a7d4e2f8c3b1a0d9e8f7c6b",
		AppSecret: "e1a2b3c4d5f6",
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	stored, err := client.Upload(ctx, chatfile.FromBytes([]byte("hello")), &chatfile.UploadOptions{FileName: "hello.txt"})
	if err != nil {
		log.Fatal(err)
	}
	// stored.URL is what goes into a message.
	got, err := client.Download(ctx, stored.URL, chatfile.ToMemory(), nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, %d bytes of %s\n", got.Data, got.Size, got.MediaType)
	// Output: hello, 5 bytes of text/plain
}

// A writer takes a download as it comes, without holding it in memory, and a progress function can stop it.
func ExampleClient_Download() {
	client, err := chatfile.OpenEasemob(easemob(), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx := context.Background()
	stored, err := client.Upload(ctx, chatfile.FromReader(strings.NewReader("hello"), chatfile.SizeUnknown), nil)
	if err != nil {
		log.Fatal(err)
	}
	var page bytes.Buffer
	options := &chatfile.DownloadOptions{
		MaxSize: 1 << 20,
		Progress: func(p chatfile.Progress) error {
			if p.Finished {
				fmt.Println(p.Done, "of", p.Total)
			}
			return nil
		},
	}
	if _, err := client.Download(ctx, stored.File, chatfile.ToWriter(&page), options); err != nil {
		log.Fatal(err)
	}
	fmt.Println(page.String())
	// Output:
	// 5 of 5
	// hello
}

// What went wrong is asked for by errors.Is, and told by an *Error.
func ExampleError() {
	client, err := chatfile.OpenSMH(smh(), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	_, err = client.Download(context.Background(), "no such file", chatfile.ToMemory(), nil)
	if errors.Is(err, chatfile.ErrNotFound) {
		fmt.Println("it is not there")
	}
	var failed *chatfile.Error
	if errors.As(err, &failed) {
		fmt.Println(failed.Status, failed.HTTPStatus, failed.ServiceCode)
	}
	// Output:
	// it is not there
	// CHATFILE_E_NOT_FOUND 404 FileNotFound
}

// A back-end that holds the secret allows one upload; a program that holds none makes it.
func ExampleClient_PresignUpload() {
	ctx := context.Background()
	backend, err := chatfile.OpenEasemob(easemob(), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer backend.Close()
	request, err := backend.PresignUpload(ctx, chatfile.SizeUnknown, &chatfile.UploadOptions{FileName: "cat.jpg"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(request.Method, request.Encoding == chatfile.EncodingIdentity, request.NeedsCompletion)

	// request.JSON goes to the other program.
	program, err := chatfile.Open(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer program.Close()
	allowed, err := chatfile.ParsePresigned(request.JSON)
	if err != nil {
		log.Fatal(err)
	}
	stored, err := program.SendPresigned(ctx, allowed, chatfile.FromBytes([]byte("a cat")), nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(stored.Size, "bytes")
	// Output:
	// POST true false
	// 5 bytes
}

// A digest says by which hash a service knows a file.
func ExampleDigest() {
	digest, err := chatfile.NewDigest(chatfile.DigestSMHFull|chatfile.DigestCRC64, 0)
	if err != nil {
		log.Fatal(err)
	}
	defer digest.Close()
	if _, err := io.Copy(digest, strings.NewReader("123456789")); err != nil {
		log.Fatal(err)
	}
	full, err := digest.Text(chatfile.DigestSMHFull)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(full)
	fmt.Printf("%x\n", digest.CRC64Value())
	// Output:
	// 15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225
	// 995dc9bbdf1939fa
}
