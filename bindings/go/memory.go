package chatfile

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unsafe"
)

// memory is what one call allocates in C. It may hold secrets, so it is wiped when it is freed. The first value that C
// cannot be given is kept as err.
type memory struct {
	blocks []block
	err    *Error
}

type block struct {
	address unsafe.Pointer
	size    C.size_t
}

func (m *memory) alloc(size int) unsafe.Pointer {
	address := C.calloc(1, C.size_t(size))
	if address == nil {
		panic("chatfile: out of memory")
	}
	m.blocks = append(m.blocks, block{address, C.size_t(size)})
	return address
}

func (m *memory) free() {
	for _, b := range m.blocks {
		C.chatfile_go_wipe(b.address, b.size)
		C.free(b.address)
	}
	m.blocks = nil
}

// structure makes one of the header's structures, which all begin with their size; the rest is zero.
func structure[T any](m *memory) *T {
	var none T
	made := m.alloc(int(unsafe.Sizeof(none)))
	*(*C.size_t)(made) = C.size_t(unsafe.Sizeof(none))
	return (*T)(made)
}

func (m *memory) refuse(status Status, field, message string) {
	if m.err == nil {
		field, message = named(field, message)
		m.err = &Error{Status: status, Field: field, Message: message}
	}
}

// required makes a text of C, also of none.
func (m *memory) required(field, text string) *C.char {
	if strings.IndexByte(text, 0) >= 0 {
		m.refuse(ErrText, field, field+" holds a NUL character, which no text may hold")
		return nil
	}
	made := unsafe.Slice((*byte)(m.alloc(len(text)+1)), len(text)+1)
	copy(made, text)
	return (*C.char)(unsafe.Pointer(&made[0]))
}

// text makes a text of C, or NULL of none.
func (m *memory) text(field, text string) *C.char {
	if text == "" {
		return nil
	}
	return m.required(field, text)
}

// optional makes a text of C of what may be empty, too, or NULL of nil.
func (m *memory) optional(field string, text *string) *C.char {
	if text == nil {
		return nil
	}
	return m.required(field, *text)
}

// bytes copies bytes to C, with a NUL behind them; NULL if there are none.
func (m *memory) bytes(data []byte) (unsafe.Pointer, C.size_t) {
	if data == nil {
		return nil, 0
	}
	made := m.alloc(len(data) + 1)
	copy(unsafe.Slice((*byte)(made), len(data)), data)
	return made, C.size_t(len(data))
}

// texts makes an array of texts.
func (m *memory) texts(field string, all []string) (**C.char, C.size_t) {
	if len(all) == 0 {
		return nil, 0
	}
	first := (**C.char)(m.alloc(len(all) * int(unsafe.Sizeof((*C.char)(nil)))))
	for i, text := range all {
		unsafe.Slice(first, len(all))[i] = m.required(field, text)
	}
	return first, C.size_t(len(all))
}

func (m *memory) u32(field string, value int) C.uint32_t {
	if value < 0 || int64(value) > math.MaxUint32 {
		m.refuse(ErrArgument, field, fmt.Sprintf("%s is %d, which is not a number from 0 to %d", field, value, uint32(math.MaxUint32)))
	}
	return C.uint32_t(value)
}

func (m *memory) u64(field string, value int64) C.uint64_t {
	if value < 0 {
		m.refuse(ErrArgument, field, fmt.Sprintf("%s is %d, which is less than 0", field, value))
	}
	return C.uint64_t(value)
}

// known is a number that may be 0, too, and whether it is; 0 and no of nil.
func (m *memory) known(field string, value *int64) (C.uint64_t, C.int32_t) {
	if value == nil {
		return 0, 0
	}
	return m.u64(field, *value), flag(*value == 0)
}

// units counts a duration in units, and rounds up, so that none becomes 0, which would be the default.
func (m *memory) units(field string, value, unit time.Duration) int64 {
	if value < 0 {
		m.refuse(ErrArgument, field, fmt.Sprintf("%s is %v, which is less than 0", field, value))
	}
	count := int64(value / unit)
	if value%unit > 0 {
		count++
	}
	return count
}

// milliseconds are at most the 49 days that C can count.
func (m *memory) milliseconds(field string, value time.Duration) C.uint32_t {
	count := m.units(field, value, time.Millisecond)
	if count > math.MaxUint32 {
		m.refuse(ErrArgument, field, fmt.Sprintf("%s is %v, which is more than 49 days", field, value))
	}
	return C.uint32_t(count)
}

func (m *memory) seconds(field string, value time.Duration) C.uint64_t {
	return C.uint64_t(m.units(field, value, time.Second))
}

func flag(value bool) C.int32_t {
	if value {
		return 1
	}
	return 0
}
