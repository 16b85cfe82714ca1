//go:build chatfile_http

package chatfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"strings"
	"testing"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

// receive passes a file of a form on to the service.
func receive(client *chatfile.Client) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 20_000_000)
		file, header, err := r.FormFile("file")
		switch {
		case errors.As(err, new(*http.MaxBytesError)):
			http.Error(w, "the file is too large", http.StatusRequestEntityTooLarge)
			return
		case err != nil:
			http.Error(w, "there is no file in the form", http.StatusBadRequest)
			return
		}
		defer file.Close()
		options := &chatfile.UploadOptions{FileName: header.Filename}
		stored, err := client.Upload(r.Context(), chatfile.FromReader(file, header.Size), options)
		var failed *chatfile.Error
		switch {
		case errors.Is(err, chatfile.ErrCancelled): // the browser has gone
			return
		case errors.Is(err, chatfile.ErrLimit), errors.Is(err, chatfile.ErrTooLarge):
			http.Error(w, "the service takes no such file", http.StatusBadRequest)
		case errors.As(err, &failed) && failed.Field == "FileName": // with a CR or NUL in it
			http.Error(w, "the file has a name that none can have", http.StatusBadRequest)
		case errors.As(err, &failed):
			log.Print(failed.Status, " ", failed) // for you; the browser is told less
			http.Error(w, "the service is not to be had", http.StatusBadGateway)
		default:
			fmt.Fprintln(w, stored.URL)
		}
	}
}

// A server passes a file of a form on to NetEase.
func Example_httpServer() {
	client, err := chatfile.OpenNetEase(netease(), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	server := httptest.NewServer(receive(client))
	defer server.Close()

	for _, file := range []struct{ name, content string }{{"cat.jpg", "a cat"}, {"cat.jpg", ""}, {"c%0Dt.jpg", "a cat"}} {
		var form bytes.Buffer
		writer := multipart.NewWriter(&form)
		disposition := `form-data; name="file"; filename*=UTF-8''` + file.name
		part, err := writer.CreatePart(textproto.MIMEHeader{"Content-Disposition": {disposition}})
		if err == nil {
			_, err = part.Write([]byte(file.content))
		}
		if err == nil {
			err = writer.Close()
		}
		if err != nil {
			log.Fatal(err)
		}
		answer, err := http.Post(server.URL, writer.FormDataContentType(), &form)
		if err != nil {
			log.Fatal(err)
		}
		answer.Body.Close()
		fmt.Println(answer.StatusCode)
	}
	// Output:
	// 200
	// 400
	// 400
}

// The page shows what is run here.
func TestRecipeOfHTTPServer(t *testing.T) {
	page, err := os.ReadFile("../../docs/recipes/web-go.md")
	if err != nil {
		t.Skip("not in the repository: ", err)
	}
	own, err := os.ReadFile("example_http_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(page), "```go\n")
	block, _, found := strings.Cut(block, "```")
	if !found || !strings.Contains(string(own), block) {
		t.Error("the program of docs/recipes/web-go.md is not that of example_http_test.go")
	}
}
