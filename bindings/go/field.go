package chatfile

import "strings"

// Names of the header that are parameters here, and so are called the same.
var parameters = map[string]bool{
	"client": true, "config": true, "digest": true, "directory": true, "file": true, "json": true, "options": true,
	"presigned": true, "sink": true, "size": true, "source": true,
}

// Words that Go writes in its own way.
var words = map[string]string{
	"ca": "CA", "http": "HTTP", "id": "ID", "netease": "NetEase", "openim": "OpenIM", "smh": "SMH", "ttl": "TTL", "url": "URL",
}

// fieldName says what a field of the C header is called in this package: "token_ttl_seconds" is TokenTTL, "source.path"
// is Source.Path.
func fieldName(field string) string {
	if parameters[field] {
		return field
	}
	var name strings.Builder
	for i, part := range strings.Split(field, ".") {
		if i > 0 {
			name.WriteByte('.')
		}
		part = strings.TrimSuffix(strings.TrimSuffix(part, "_ms"), "_seconds")
		if renamed, ok := renamed[part]; ok {
			part = renamed
		}
		for _, word := range strings.Split(part, "_") {
			if known, ok := words[word]; ok {
				name.WriteString(known)
			} else if word != "" {
				name.WriteString(strings.ToUpper(word[:1]) + word[1:])
			}
		}
	}
	return name.String()
}

// Fields that have another name here.
var renamed = map[string]string{"log": "logger", "length": "size", "read": "reader", "write": "writer", "start_time": "start", "end_time": "end"}

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
