package chatfile_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

// What is printed of a value, by whatever way, holds none of its secrets, and still says which value it is.
func TestNothingSecretIsPrinted(t *testing.T) {
	const secret = "s3cr3t-value"
	presigned, err := openEasemob(t).PresignUpload(background, 10, nil)
	if err != nil {
		t.Fatal(err)
	}
	values := []any{
		chatfile.ClientOptions{UserAgent: "known", Proxy: "http://user:" + secret + "@proxy:1", ClientKey: []byte(secret)},
		chatfile.ClientOptions{UserAgent: "known", Proxy: "user:" + secret + "@proxy:1"},
		chatfile.ClientOptions{UserAgent: "known", FallbackURLs: "https://u:" + secret + "@one,https://u:" + secret + "@two"},
		chatfile.EasemobDownload{ShareSecret: secret},
		chatfile.UploadResult{File: "known", ShareSecret: secret, Message: secret},
	}
	for _, structure := range chatfile.Structures {
		if value, ok := withSecrets(structure, secret); ok {
			values = append(values, value)
		}
	}
	for _, value := range values {
		pointer := reflect.New(reflect.TypeOf(value))
		pointer.Elem().Set(reflect.ValueOf(value))
		for _, one := range []any{value, pointer.Interface()} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X"} {
				text := fmt.Sprintf(verb, one)
				if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) || strings.Contains(text, fmt.Sprint([]byte(secret))) {
					t.Errorf("%s of %T: %s", verb, value, text)
				}
				if !strings.Contains(text, "known") && !strings.Contains(text, "@host") && !strings.Contains(text, "ShareSecret:…") {
					t.Errorf("%s of %T says nothing: %s", verb, value, text)
				}
			}
			var log bytes.Buffer
			slog.New(slog.NewJSONHandler(&log, nil)).Info("", "value", one)
			slog.New(slog.NewTextHandler(&log, nil)).Info("", "value", one)
			if strings.Contains(log.String(), secret) {
				t.Errorf("log of %T: %s", value, log.String())
			}
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%d", "%s"} {
		if text := fmt.Sprintf(verb, presigned); strings.Contains(text, "Bearer") || !strings.HasPrefix(text, "presigned POST to ") {
			t.Errorf("%s: %s", verb, text)
		}
	}
}

// withSecrets is such a structure of an account with a secret in each field for one; ok is false if it has none.
func withSecrets(structure any, secret string) (value any, ok bool) {
	filled := reflect.New(reflect.TypeOf(structure)).Elem()
	for i := 0; i < filled.NumField(); i++ {
		name, field := filled.Type().Field(i).Name, filled.Field(i)
		switch {
		case field.Kind() != reflect.String:
		case strings.HasSuffix(name, "Secret") || strings.HasSuffix(name, "Password") || strings.HasSuffix(name, "Token"):
			field.SetString(secret)
			ok = ok || strings.HasSuffix(filled.Type().Name(), "Config")
		case name == "BaseURL":
			field.SetString("http://user:" + secret + "@host")
		default:
			field.SetString("known")
		}
	}
	return filled.Interface(), ok
}

func TestACopyIsTheSameObject(t *testing.T) {
	client := openEasemob(t)
	copied := *client
	client.Close()
	if _, err := copied.Upload(background, chatfile.FromBytes(nil), nil); !strings.Contains(fmt.Sprint(err), "the client is closed") {
		t.Error(err)
	}
	digest, err := chatfile.NewDigest(chatfile.DigestCRC64, 0)
	if err != nil {
		t.Fatal(err)
	}
	second := *digest
	digest.Write([]byte("123"))
	second.Write([]byte("456789"))
	// The check value of CRC-64/XZ.
	if digest.CRC64Value() != 0x995dc9bbdf1939fa || second.CRC64Value() != digest.CRC64Value() {
		t.Errorf("%x, %x", digest.CRC64Value(), second.CRC64Value())
	}
	digest.Close()
	if _, err := second.Text(chatfile.DigestCRC64); !strings.Contains(fmt.Sprint(err), "the digest is closed") {
		t.Error(err)
	}
}

// What was never opened is as good as closed.
func TestZeroValues(t *testing.T) {
	var client chatfile.Client
	var none *chatfile.Client
	for _, c := range []*chatfile.Client{&client, none} {
		if _, err := c.Exists(background, "a", nil); !strings.Contains(fmt.Sprint(err), "the client is closed") {
			t.Error(err)
		}
		c.Close()
	}
	var digest chatfile.Digest
	if _, err := digest.Write([]byte("a")); !strings.Contains(fmt.Sprint(err), "the digest is closed") {
		t.Error(err)
	}
	if digest.CRC64Value() != 0 || digest.PartCount() != 0 {
		t.Error(digest.CRC64Value(), digest.PartCount())
	}
	digest.Close()
}
