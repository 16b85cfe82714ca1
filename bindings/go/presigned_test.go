package chatfile_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

func TestPresignedThereAndBack(t *testing.T) {
	leaksNothing(t)
	content := sample(50_000)
	made, err := chatfile.Open(nil)
	anybody := opened(t, made, err)
	if anybody.Capabilities() != 0 {
		t.Error("a client without a service")
	}
	for name, client := range services(t) {
		t.Run(name, func(t *testing.T) {
			if !client.Capabilities().Has(chatfile.CanPresign) {
				t.Skip("it cannot presign")
			}
			options := &chatfile.UploadOptions{FileName: "p.png"}
			request, err := client.PresignUpload(background, int64(len(content)), options)
			if err != nil {
				t.Fatal(err)
			}
			stored, err := anybody.SendPresigned(background, travelled(t, request), chatfile.FromBytes(content), nil)
			if err != nil {
				t.Fatal(err)
			}
			if request.NeedsCompletion {
				if request.Completion == "" {
					t.Error("nothing names it")
				}
				if stored, err = client.CompletePresigned(background, travelled(t, request), nil); err != nil {
					t.Fatal(err)
				}
			} else if _, err := client.CompletePresigned(background, request, nil); !errors.Is(err, chatfile.ErrArgument) {
				t.Error(err)
			}
			request, err = client.PresignDownload(background, stored.File, downloadOptions[name])
			if err != nil {
				t.Fatal(err)
			}
			got, err := anybody.ReceivePresigned(background, travelled(t, request), chatfile.ToMemory(), nil)
			if err != nil {
				t.Fatal(err)
			}
			same(t, got.Data, content)
			if _, err = anybody.SendPresigned(background, request, chatfile.FromBytes(content), nil); !errors.Is(err, chatfile.ErrArgument) {
				t.Error(err)
			}
		})
	}
}

// A size and a time are numbers of 63 bits, which no JSON exceeds; an empty file is told from no limit.
func TestPresignedNumbers(t *testing.T) {
	all := services(t)
	request, err := all["netease"].PresignUpload(background, 3, &chatfile.UploadOptions{FileName: "a"})
	if err != nil {
		t.Fatal(err)
	}
	for _, number := range []string{"0", "9223372036854775808", "18446744073709551615"} {
		for name, own := range map[string]int64{"max_size": *request.MaxSize, "expires_at": request.ExpiresAt.Unix()} {
			old := fmt.Sprintf("%q:%d", name, own)
			if !strings.Contains(request.JSON, old) {
				t.Fatal(request)
			}
			_, err := chatfile.ParsePresigned(strings.Replace(request.JSON, old, fmt.Sprintf("%q:%s", name, number), 1))
			if !errors.Is(err, chatfile.ErrArgument) {
				t.Error(name, number, err)
			}
		}
	}
	empty, err := all["smh"].PresignUpload(background, 0, &chatfile.UploadOptions{FileName: "empty"})
	if err != nil {
		t.Fatal(err)
	}
	if empty = travelled(t, empty); empty.MaxSize == nil || *empty.MaxSize != 0 || !empty.NeedsCompletion {
		t.Error("the size of an empty file", empty.MaxSize)
	}
	download, err := all["netease"].PresignDownload(background, "http://127.0.0.1/x", nil)
	if err != nil || download.MaxSize != nil || !download.ExpiresAt.IsZero() {
		t.Error("a limit where there is none", download, err)
	}
}

// travelled is what another program has after the request went to it as JSON.
func travelled(t *testing.T, request *chatfile.Presigned) *chatfile.Presigned {
	t.Helper()
	message, err := json.Marshal(map[string]any{"request": request, "value": *request})
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Request, Value *chatfile.Presigned }
	if err := json.Unmarshal(message, &got); err != nil {
		t.Fatal(err)
	}
	for _, other := range []*chatfile.Presigned{got.Request, got.Value} {
		if other.URL != request.URL || other.Method != request.Method || len(other.Headers) != len(request.Headers) || !other.ExpiresAt.Equal(request.ExpiresAt) {
			t.Errorf("%s is not %s", other.JSON, request.JSON)
		}
	}
	return got.Request
}

func TestNullIsNoPresignedRequest(t *testing.T) {
	var request struct{ Presigned chatfile.Presigned }
	if err := json.Unmarshal([]byte(`{"Presigned":null}`), &request); err != nil {
		t.Error(err)
	}
}

func TestPresignedRequestsAreCredentials(t *testing.T) {
	client := openEasemob(t)
	request, err := client.PresignUpload(background, chatfile.SizeUnknown, nil)
	if err != nil {
		t.Fatal(err)
	}
	if request.ExpiresAt.Before(time.Now()) || len(request.SuccessStatuses) == 0 || request.Encoding != chatfile.EncodingIdentity {
		t.Errorf("%s", request.JSON)
	}
	token := ""
	for _, field := range request.Headers {
		if field.Name == "Authorization" {
			token = field.Value
		}
	}
	text := fmt.Sprintf("%v %+v %#v %s", request, *request, request, *request)
	if token == "" || strings.Contains(text, token) || !strings.Contains(text, "presigned POST to 127.0.0.1") {
		t.Error(text)
	}
	for _, bad := range []string{"", "{}", "[]", "a\x00"} {
		if _, err := chatfile.ParsePresigned(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
		if _, err := client.SendPresigned(background, &chatfile.Presigned{JSON: bad}, chatfile.FromBytes(nil), nil); err == nil {
			t.Errorf("%q is sent", bad)
		}
	}
}

func TestDigests(t *testing.T) {
	all := chatfile.DigestSMHFull | chatfile.DigestSMHBeginning | chatfile.DigestOpenIM | chatfile.DigestCRC64
	path := filepath.Join(t.TempDir(), "file")
	content := sample(3<<20 + 7)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	whole, err := chatfile.NewDigest(all, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer whole.Close()
	if err := whole.AddFile(background, path, nil); err != nil {
		t.Fatal(err)
	}
	pieces, err := chatfile.NewDigest(all, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer pieces.Close()
	pieces.Write(nil)
	pieces.Write(content[:1000])
	first := pieces.CRC64Value()
	if count, err := pieces.Write(content[1000:]); err != nil || count != len(content)-1000 {
		t.Fatal(err)
	}
	for _, kind := range []chatfile.DigestKind{chatfile.DigestSMHFull, chatfile.DigestSMHBeginning, chatfile.DigestOpenIM, chatfile.DigestCRC64} {
		one, err := whole.Text(kind)
		if err != nil {
			t.Fatal(err)
		}
		if other, err := pieces.Text(kind); err != nil || one != other {
			t.Error(kind, one, other, err)
		}
	}
	rest, err := chatfile.NewDigest(chatfile.DigestCRC64, 0)
	if err != nil {
		t.Fatal(err)
	}
	rest.Write(content[1000:])
	if chatfile.CombineCRC64(first, rest.CRC64Value(), int64(len(content)-1000)) != whole.CRC64Value() {
		t.Error("combined")
	}
	if whole.PartCount() != 4 {
		t.Error(whole.PartCount())
	}
	if part, err := whole.Part(3); err != nil || len(part) != 32 {
		t.Error(part, err)
	}
	for _, index := range []int{-1, 4} {
		if _, err := whole.Part(index); !errors.Is(err, chatfile.ErrArgument) {
			t.Error(index, err)
		}
	}
	if _, err := rest.Text(chatfile.DigestSMHFull); !errors.Is(err, chatfile.ErrArgument) {
		t.Error(err)
	}
	if err := rest.AddFile(background, "no such file", nil); !errors.Is(err, chatfile.ErrSource) {
		t.Error(err)
	}
	rest.Close()
	rest.Close()
	if _, err := rest.Write([]byte("a")); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
	if rest.CRC64Value() != 0 || rest.PartCount() != 0 {
		t.Error("what is closed knows nothing")
	}
	if _, err := chatfile.NewDigest(0, 0); err == nil {
		t.Error("no digest at all")
	}
	if _, err := chatfile.NewDigest(chatfile.DigestOpenIM, -1); !errors.Is(err, chatfile.ErrArgument) {
		t.Error(err)
	}
}
