package chatfile

// #include "shim.h"
import "C"

import (
	"context"
	"io/fs"
	"runtime"
	"sync"
	"unsafe"
)

// DigestKind is a digest by which a service knows files, or a sum of several.
type DigestKind uint32

// The digests.
const (
	// DigestSMHFull is the hash by which Tencent SMH knows a whole file (fullHash): SHA-256, chained after every MiB; 64
	// lower-case hex digits.
	DigestSMHFull DigestKind = C.CHATFILE_DIGEST_SMH_FULL
	// DigestSMHBeginning is SMH's beginningHash: SHA-256 of the first MiB, or of all if it is less; 64 lower-case hex
	// digits.
	DigestSMHBeginning DigestKind = C.CHATFILE_DIGEST_SMH_BEGINNING
	// DigestOpenIM is the hash by which OpenIM knows a file: MD5 of the MD5s of its parts, joined by commas; 32
	// lower-case hex digits.
	DigestOpenIM DigestKind = C.CHATFILE_DIGEST_OPENIM
	// DigestCRC64 is CRC-64/XZ, which Tencent calls CRC64; an unsigned decimal number.
	DigestCRC64 DigestKind = C.CHATFILE_DIGEST_CRC64
)

// Digest computes digests of bytes that come one after the other. It is an [io.Writer], so [io.Copy] can feed it. Any
// number of goroutines may use it, one after the other as they come.
//
// Close it when it is no longer needed. One that is forgotten is closed when the garbage collector finds it.
type Digest struct {
	mutex  sync.Mutex
	digest *C.chatfile_digest
}

// NewDigest begins the digests wanted, for all of which the bytes are then read once. partSize is for DigestOpenIM alone:
// the size of a part in bytes, as OpenIM's part_size call says, 0 for one part of everything; 16 bytes of memory are
// taken for each part. Without it, it is 0.
func NewDigest(wanted DigestKind, partSize int64) (*Digest, error) {
	var m memory
	size := m.u64("part_size", partSize)
	if m.err != nil {
		return nil, m.err
	}
	made := &Digest{}
	var object *C.chatfile_error
	status := C.chatfile_digest_new(C.uint32_t(wanted), size, &made.digest, &object)
	if err := check(status, object); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(made, func(d *Digest) { d.Close() })
	return made, nil
}

// lock takes the digest, if it is open; the caller unlocks the mutex.
func (d *Digest) lock() error {
	d.mutex.Lock()
	if d.digest == nil {
		return &Error{Status: ErrNull, Field: "digest", Message: "the digest is closed: begin another one", cause: fs.ErrClosed}
	}
	return nil
}

// Write takes the next bytes. It fails only when the digest is closed.
func (d *Digest) Write(data []byte) (int, error) {
	defer d.mutex.Unlock()
	if err := d.lock(); err != nil {
		return 0, err
	}
	if len(data) == 0 {
		return 0, nil
	}
	var object *C.chatfile_error
	status := C.chatfile_digest_update(d.digest, unsafe.Pointer(&data[0]), C.size_t(len(data)), &object)
	if err := check(status, object); err != nil {
		return 0, err
	}
	return len(data), nil
}

// AddFile takes the bytes of a whole regular file. It fails with ErrSource if the file cannot be read, with
// ErrSourceChanged if it changed meanwhile, and with ErrCancelled when ctx is done. The digest is then what it was before.
func (d *Digest) AddFile(ctx context.Context, path string) error {
	defer d.mutex.Unlock()
	if err := d.lock(); err != nil {
		return err
	}
	call := begin(ctx)
	defer call.end()
	name := call.required("path", path)
	if err := call.prepared(); err != nil {
		return err
	}
	var object *C.chatfile_error
	return call.result(C.chatfile_digest_update_file(d.digest, name, call.cancel, &object), object)
}

// Text gives one digest of the bytes so far, as the service wants it. kind is one of those that [NewDigest] was given.
// More bytes may follow.
func (d *Digest) Text(kind DigestKind) (string, error) {
	return d.text(func(out *C.char, size C.size_t, object **C.chatfile_error) C.chatfile_status {
		return C.chatfile_digest_text(d.digest, C.uint32_t(kind), out, size, object)
	})
}

// Part gives the MD5 of one of OpenIM's parts, 32 lower-case hex digits. index is from 0 to below PartCount.
func (d *Digest) Part(index int) (string, error) {
	return d.text(func(out *C.char, size C.size_t, object **C.chatfile_error) C.chatfile_status {
		return C.chatfile_digest_part(d.digest, C.size_t(index), out, size, object)
	})
}

func (d *Digest) text(get func(*C.char, C.size_t, **C.chatfile_error) C.chatfile_status) (string, error) {
	defer d.mutex.Unlock()
	if err := d.lock(); err != nil {
		return "", err
	}
	var out [C.CHATFILE_DIGEST_SIZE]C.char
	var object *C.chatfile_error
	if err := check(get(&out[0], C.size_t(unsafe.Sizeof(out)), &object), object); err != nil {
		return "", err
	}
	return C.GoString(&out[0]), nil
}

// CRC64 gives the CRC-64 of the bytes so far as a number; 0 of no bytes, if it was not begun, or if the digest is closed.
func (d *Digest) CRC64() uint64 {
	defer d.mutex.Unlock()
	d.mutex.Lock()
	return uint64(C.chatfile_digest_crc64(d.digest))
}

// PartCount says how many parts there are so far for DigestOpenIM, at least 1; 0 if it was not begun, or if the digest is
// closed.
func (d *Digest) PartCount() int {
	defer d.mutex.Unlock()
	d.mutex.Lock()
	return int(C.chatfile_digest_part_count(d.digest))
}

// Close frees the digest; it gives no error. Closing twice does no harm.
func (d *Digest) Close() error {
	defer d.mutex.Unlock()
	d.mutex.Lock()
	C.chatfile_digest_free(d.digest)
	d.digest = nil
	runtime.SetFinalizer(d, nil)
	return nil
}

// CombineCRC64 gives the CRC-64 of two pieces one after the other, from the CRC-64 of each and the length of the second
// in bytes: parts that were read side by side have that of the whole. It takes microseconds, whatever the length.
func CombineCRC64(first, second uint64, secondLength int64) uint64 {
	return uint64(C.chatfile_crc64_combine(C.uint64_t(first), C.uint64_t(second), C.uint64_t(secondLength)))
}
