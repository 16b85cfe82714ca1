//go:build cgo

package chatfile

import (
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"strings"
)

// redacted is a structure as %+v would print it, without what is not set, and without the values of the fields that are
// tagged `print:"secret"`; of those tagged `print:"url"`, user and password are left out.
func redacted(structure any) string {
	value := reflect.ValueOf(structure)
	var fields []string
	for i := 0; i < value.NumField(); i++ {
		field, kind := value.Field(i), value.Type().Field(i)
		if field.IsZero() {
			continue
		}
		fields = append(fields, kind.Name+":"+printed(field, kind.Tag.Get("print")))
	}
	return "chatfile." + value.Type().Name() + "{" + strings.Join(fields, " ") + "}"
}

func printed(field reflect.Value, how string) string {
	switch {
	case field.Kind() == reflect.Pointer && field.Type().Elem().Kind() == reflect.String:
		return printed(field.Elem(), how)
	case how == "secret", field.Kind() == reflect.Func, field.Kind() == reflect.Pointer:
		return "…"
	case how == "url":
		return withoutUser(field.String())
	case field.Kind() == reflect.Slice && field.Type().Elem().Kind() == reflect.Uint8:
		return fmt.Sprintf("[%d bytes]", field.Len())
	case field.Kind() == reflect.String:
		return fmt.Sprintf("%q", field.String())
	}
	return fmt.Sprintf("%+v", field.Interface())
}

// withoutUser hides all that stands before the host, also in what is no URL.
func withoutUser(address string) string {
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		address = "…" + address[at:]
	}
	return fmt.Sprintf("%q", address)
}

// A Formatter alone is asked for every verb: %d of a structure would print the texts in it.

// Format prints the method and the host alone, whatever the verb (but %p and %w): the rest is a credential.
func (p Presigned) Format(state fmt.State, _ rune) { io.WriteString(state, p.String()) }

// LogValue is the method and the host alone.
func (p Presigned) LogValue() slog.Value { return slog.StringValue(p.String()) }
