package chatfile

import "strings"

// Names of the header that are parameters here, and so are called the same.
var parameters = map[string]bool{
	"client": true, "config": true, "digest": true, "directory": true, "file": true, "json": true, "options": true,
	"presigned": true, "sink": true, "size": true, "source": true,
}

// fieldName says what a field of the C header is called in this package: "token_ttl_seconds" is TokenTTL, "source.path"
// is Source.Path. What is no field is a verb, which begins with a capital.
func fieldName(field string) string {
	if parameters[field] {
		return field
	}
	if own, ok := fieldNames[field]; ok {
		return own
	}
	var name strings.Builder
	for _, word := range strings.Split(field, "_") {
		if word != "" {
			name.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return name.String()
}

// named puts the names of this package in place of those of C. A message begins with the field that it is about.
func named(field, message string) (string, string) {
	if field == "" {
		return field, message
	}
	own := fieldName(field)
	if rest, ok := strings.CutPrefix(message, field); ok {
		message = own + rest
	}
	return own, message
}
