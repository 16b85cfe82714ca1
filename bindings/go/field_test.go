package chatfile

import (
	"reflect"
	"testing"
)

// The names in errors are those of fields.
func TestFieldsHaveTheNamesOfThisPackage(t *testing.T) {
	own := map[string]bool{}
	for _, structure := range Structures {
		of := reflect.TypeOf(structure)
		for i := 0; i < of.NumField(); i++ {
			own[of.Field(i).Name] = true
		}
	}
	for _, structure := range []any{Source{}, Sink{}} {
		of := reflect.TypeOf(structure)
		for i := 0; i < of.NumField(); i++ {
			own[of.Name()+"."+of.Field(i).Name] = true
		}
	}
	// What only a function sets.
	own["ToMemory"] = true
	for c, name := range fieldNames {
		if !own[name] {
			t.Errorf("%s is called %s, which is no field", c, name)
		}
	}
	for c, expected := range map[string]string{
		"app_key": "AppKey", "token_ttl_seconds": "TokenTTL", "ca_certificates_path": "CACertificatesPath",
		"base_url": "BaseURL", "source.length": "Source.Size", "sink.path": "Sink.Path", "file": "file", "delete": "Delete",
		"abort_upload": "AbortUpload",
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
