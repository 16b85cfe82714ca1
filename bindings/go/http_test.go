//go:build chatfile_http

// By a tag, since net/http is the greater part of what these tests would compile, and that once for each way to test.

package chatfile_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

// What a client sends in chunks goes on to each service, whose length nobody knows before its end.
func TestTheBodyOfARequestIsPassedOn(t *testing.T) {
	content := sample(300_000)
	for name, client := range services(t) {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.ContentLength != chatfile.SizeUnknown {
					t.Errorf("a length of %d", r.ContentLength)
				}
				options := &chatfile.UploadOptions{FileName: "a.png"}
				stored, err := client.Upload(r.Context(), chatfile.FromReader(r.Body, r.ContentLength), options)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.WriteString(w, stored.File)
			}))
			defer server.Close()
			answer, err := http.Post(server.URL, "image/png", io.MultiReader(bytes.NewReader(content)))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = answer.Body.Close() }()
			file, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			downloads(t, name, client, string(file), content)
		})
	}
}
