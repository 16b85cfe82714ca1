// OpenIM's store by MinIO's own client for Go, as it comes: `main HOST:PORT ACCESS_KEY SECRET_KEY`.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

const bucket = "openim"

var ctx = context.Background()

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func fails(code string, err error) {
	if got := minio.ToErrorResponse(err).Code; got != code {
		panic(fmt.Sprintf("%s, not %s: %v", got, code, err))
	}
}

func client(id, secret string, options minio.Options) *minio.Client {
	options.Creds = credentials.NewStaticV4(id, secret, "")
	made, err := minio.New(os.Args[1], &options)
	check(err)
	return made
}

func holds(store *minio.Client, name string, content []byte) {
	object, err := store.GetObject(ctx, bucket, name, minio.GetObjectOptions{})
	check(err)
	back, err := io.ReadAll(object)
	check(err)
	if !bytes.Equal(back, content) {
		panic(name + " came back changed")
	}
}

func put(store *minio.Client, name string, content []byte, options minio.PutObjectOptions) {
	_, err := store.PutObject(ctx, bucket, name, bytes.NewReader(content), int64(len(content)), options)
	check(err)
	holds(store, name, content)
}

func main() {
	store := client(os.Args[2], os.Args[3], minio.Options{})
	found, err := store.BucketExists(ctx, bucket)
	check(err)
	if !found {
		panic("no bucket")
	}
	small, large := []byte("hello"), make([]byte, 11<<20+7)
	_, err = rand.Read(large)
	check(err)
	for _, name := range []string{"go/a b.txt", "go/c+d%.txt", "go/文.txt"} {
		put(store, name, small, minio.PutObjectOptions{
			ContentType: "text/plain", CacheControl: "no-store", UserMetadata: map[string]string{"One": "1"},
		})
		info, err := store.StatObject(ctx, bucket, name, minio.StatObjectOptions{})
		check(err)
		if info.ContentType != "text/plain" || info.UserMetadata["One"] != "1" || info.Metadata.Get("Cache-Control") != "no-store" {
			panic(fmt.Sprintf("%+v", info))
		}
		url, err := store.PresignedGetObject(ctx, bucket, name, time.Minute, nil)
		check(err)
		answer, err := http.Get(url.String())
		check(err)
		back, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if !bytes.Equal(back, small) {
			panic(answer.Status)
		}
	}
	// In parts, several at a time.
	put(store, "go/large", large, minio.PutObjectOptions{PartSize: 5 << 20, NumThreads: 2, ConcurrentStreamParts: true})
	// Elsewhere in the world, and by the older signature.
	put(client(os.Args[2], os.Args[3], minio.Options{Region: "eu-west-1"}), "go/region", small, minio.PutObjectOptions{})
	older, err := minio.New(os.Args[1], &minio.Options{Creds: credentials.NewStaticV2(os.Args[2], os.Args[3], "")})
	check(err)
	put(older, "go/older", small, minio.PutObjectOptions{})
	count := 0
	for object := range store.ListObjects(ctx, bucket, minio.ListObjectsOptions{Prefix: "go/", Recursive: true}) {
		check(object.Err)
		count++
	}
	if count != 6 {
		panic(fmt.Sprint(count, " objects"))
	}
	_, err = store.StatObject(ctx, bucket, "go/none", minio.StatObjectOptions{})
	fails("NoSuchKey", err)
	strange := client(os.Args[2], "0", minio.Options{Region: "us-east-1"})
	_, err = strange.PutObject(ctx, bucket, "go/x", bytes.NewReader(small), 5, minio.PutObjectOptions{})
	fails("SignatureDoesNotMatch", err)
	for object := range store.ListObjects(ctx, bucket, minio.ListObjectsOptions{Prefix: "go/", Recursive: true}) {
		check(store.RemoveObject(ctx, bucket, object.Key, minio.RemoveObjectOptions{}))
	}
	fmt.Println("done")
}
