package chatfile

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// What the header has and this package says in another way: sizes of structures, callbacks with what is handed to them,
// lengths of slices, and which secret a callback gives.
var onlyInC = regexp.MustCompile(`^(struct_size|reserved|cancel|progress|secret|rewind|data_size|label_count|ca_certificates_size|ask_.*|.*_?user|done|total|total_known|finished)$`)

func TestFieldsHaveTheNamesOfThisPackage(t *testing.T) {
	own := map[string]bool{}
	for _, structure := range []any{
		EasemobConfig{}, NetEaseConfig{}, HuaweiConfig{}, SMHConfig{}, OpenIMConfig{}, ClientOptions{}, UploadOptions{},
		DownloadOptions{}, EasemobUpload{}, NetEaseUpload{}, HuaweiUpload{}, SMHUpload{}, OpenIMUpload{},
		EasemobDownload{}, HuaweiDownload{}, SMHDownload{}, OpenIMDownload{}, NetEaseDelete{}, SMHDelete{}, DeleteOptions{},
		ListOptions{}, Source{}, Sink{},
	} {
		of := reflect.TypeOf(structure)
		for i := 0; i < of.NumField(); i++ {
			own[of.Field(i).Name] = true
		}
	}
	header, err := os.ReadFile("../../include/chatfile.h")
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(header), "")
	seen := 0
	for _, structure := range regexp.MustCompile(`(?s)typedef struct chatfile_\w+ \{(.*?)\n\}`).FindAllStringSubmatch(text, -1) {
		for _, field := range strings.Split(structure[1], ";") {
			name := regexp.MustCompile(`\w*$`).FindString(strings.TrimSpace(field))
			if name == "" || onlyInC.MatchString(name) {
				continue
			}
			seen++
			if !own[fieldName(name)] && !own[fieldName("x." + name)[2:]] {
				t.Errorf("%s is called %s, which is no field", name, fieldName(name))
			}
		}
	}
	if seen < 80 {
		t.Errorf("only %d fields were found in the header", seen)
	}
	for c, expected := range map[string]string{
		"app_key": "AppKey", "token_ttl_seconds": "TokenTTL", "ca_certificates_path": "CACertificatesPath",
		"base_url": "BaseURL", "source.length": "Source.Size", "sink.path": "Sink.Path", "file": "file", "delete": "Delete",
	} {
		if got := fieldName(c); got != expected {
			t.Errorf("%s is called %s", c, got)
		}
	}
	field, message := named("deadline_ms", "deadline_ms: must be more than 0")
	if field != "Deadline" || message != "Deadline: must be more than 0" {
		t.Error(field, message)
	}
}
