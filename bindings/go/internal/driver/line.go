package main

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"
)

// line is what one line of the protocol says.
type line map[string]string

// parse splits a line into its verb and its keys.
func parse(text string) (string, line) {
	words := strings.Fields(text)
	if len(words) == 0 {
		die("an empty line")
	}
	keys := line{}
	for _, word := range words[1:] {
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			die("a malformed line")
		}
		keys[key] = decode(value)
	}
	return words[0], keys
}

func decode(value string) string {
	var out strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] == '%' && i+2 < len(value) {
			if b, err := strconv.ParseUint(value[i+1:i+3], 16, 8); err == nil {
				out.WriteByte(byte(b))
				i += 2
				continue
			}
		}
		out.WriteByte(value[i])
	}
	return out.String()
}

func (l line) has(key string) bool {
	_, ok := l[key]
	return ok
}

// text is what an option is set to; "" is not set.
func (l line) text(key string) string {
	return l[key]
}

// optional is a text that may be empty, too; nil without the key.
func (l line) optional(key string) *string {
	value, ok := l[key]
	if !ok {
		return nil
	}
	return &value
}

func (l line) number(key string) int64 {
	value, ok := l[key]
	if !ok {
		return 0
	}
	if number, err := strconv.ParseInt(value, 10, 64); err == nil {
		return number
	}
	number, err := strconv.ParseUint(value, 10, 64)
	if err != nil {
		die(key + " is no number")
	}
	if number > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(number)
}

// known is a number that may be 0, too; nil without the key.
func (l line) known(key string) *int64 {
	if !l.has(key) {
		return nil
	}
	number := l.number(key)
	return &number
}

func (l line) flag(key string) bool {
	return l.number(key) != 0
}

func (l line) duration(key string, unit time.Duration) time.Duration {
	return time.Duration(l.number(key)) * unit
}

// texts are those between commas; nil without the key.
func (l line) texts(key string) []string {
	if !l.has(key) {
		return nil
	}
	return strings.Split(l[key], ",")
}

// file is the content of the file that a key names.
func (l line) file(key string) []byte {
	if !l.has(key) {
		return nil
	}
	data, err := os.ReadFile(l[key])
	if err != nil {
		die(err.Error())
	}
	return data
}

// answer is the line that goes back.
type answer struct {
	strings.Builder
	// What stands before each key: the number of an entry.
	prefix string
}

func (a *answer) begin(head string) {
	a.WriteString(head)
}

func (a *answer) say(key, value string) {
	fmt.Fprintf(a, " %s%s=", a.prefix, key)
	for i := 0; i < len(value); i++ {
		b := value[i]
		plain := b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || strings.IndexByte("-._~/:", b) >= 0
		if plain {
			a.WriteByte(b)
		} else {
			fmt.Fprintf(a, "%%%02X", b)
		}
	}
}

// sayText leaves out what is not set.
func (a *answer) sayText(key, value string) {
	if value != "" {
		a.say(key, value)
	}
}

func (a *answer) sayNumber(key string, value int64) {
	fmt.Fprintf(a, " %s%s=%d", a.prefix, key, value)
}

func (a *answer) sayFlag(key string, value bool) {
	if value {
		a.sayNumber(key, 1)
	} else {
		a.sayNumber(key, 0)
	}
}

// at has what tell says stand under the number of an entry.
func (a *answer) at(index int, tell func()) {
	a.prefix = fmt.Sprintf("%d.", index)
	tell()
	a.prefix = ""
}

func (a *answer) saySum(sum uint32) {
	fmt.Fprintf(a, " sum=%08x", sum)
}

// The pattern of the protocol, whose period is a prime.
const period = 65521

type pattern [period]byte

func (l line) pattern() *pattern {
	var p pattern
	if l.has("fill") {
		fill := byte(l.number("fill"))
		for i := range p {
			p[i] = fill
		}
		return &p
	}
	x := uint32(l.number("seed"))
	for i := range p {
		x = x*1664525 + 1013904223
		p[i] = byte(x >> 24)
	}
	return &p
}

func (p *pattern) copy(position int64, out []byte) {
	for len(out) > 0 {
		count := copy(out, p[position%period:])
		out = out[count:]
		position += int64(count)
	}
}

// patternReader gives the pattern and can do what a callback in the protocol can.
type patternReader struct {
	keys   line
	call   *call
	bytes  *pattern
	given  int64
	failed bool
}

// Read gives what the line says.
func (r *patternReader) Read(buffer []byte) (int, error) {
	r.call.check()
	r.call.reads++
	end := r.keys.number("size")
	if r.keys.has("produce") {
		end = r.keys.number("produce")
	}
	if r.keys.has("read_fail_at") && r.given >= r.keys.number("read_fail_at") {
		return 0, refusal(r.keys.number("read_value"))
	}
	if r.keys.has("read_chunk") {
		buffer = buffer[:least(len(buffer), int(r.keys.number("read_chunk")))]
	}
	if r.keys.has("claim") {
		return len(buffer) + 1, nil
	}
	if r.given == end {
		return 0, io.EOF
	}
	if left := end - r.given; left < int64(len(buffer)) {
		buffer = buffer[:left]
	}
	r.bytes.copy(r.given, buffer)
	r.given += int64(len(buffer))
	return len(buffer), nil
}

func least(a, b int) int {
	if a < b {
		return a
	}
	return b
}

// seekingReader can go back, too.
type seekingReader struct {
	patternReader
}

// Seek tells where it is, or goes back.
func (r *seekingReader) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekCurrent && offset == 0 {
		return r.given, nil
	}
	if whence == io.SeekEnd {
		return 0, errors.New("it can go back, and nothing else")
	}
	r.call.check()
	r.call.rewinds++
	if whence != io.SeekStart || offset != 0 {
		die("a way of seeking that nobody asked for")
	}
	r.given = 0
	if value := r.keys.number("rewind_value"); value != 0 {
		return 0, refusal(value)
	}
	return 0, nil
}

// sumWriter sums what it gets up.
type sumWriter struct {
	keys line
	call *call
	got  int64
	sum  uint32
}

// Write takes all of the data, or fails as the line says.
func (w *sumWriter) Write(data []byte) (int, error) {
	w.call.check()
	w.got += int64(len(data))
	w.sum = crc32.Update(w.sum, crc32.IEEETable, data)
	if w.keys.has("write_fail_at") && w.got >= w.keys.number("write_fail_at") {
		return 0, refusal(w.keys.number("write_value"))
	}
	return len(data), nil
}
