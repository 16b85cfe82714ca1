package chatfile

// #include "shim.h"
import "C"

import (
	"context"
	"fmt"
	"io/fs"
	"runtime"
	"unsafe"
)

// Digest computes digests of bytes that come one after the other. It is an [io.Writer], so [io.Copy] can feed it. Any
// number of goroutines may use it, one after the other as they come.
//
// Close it when it is no longer needed. One that is forgotten is closed when the garbage collector finds it. Copies of a
// Digest are the same digest.
type Digest struct {
	shared *sharedDigest
}

// sharedDigest is what all copies of a [Digest] have in common.
type sharedDigest struct {
	// Whoever uses it has put something in here.
	inUse  chan struct{}
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
	made := &sharedDigest{inUse: make(chan struct{}, 1)}
	var object *C.chatfile_error
	status := C.chatfile_digest_new(C.uint32_t(wanted), size, &made.digest, &object)
	if err := check(status, object); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(made, (*sharedDigest).close)
	return &Digest{made}, nil
}

// with runs use with the digest, which no other goroutine uses meanwhile; NULL of one that is closed.
// It fails if that takes until ctx is done.
func (d *Digest) with(ctx context.Context, use func(digest *C.chatfile_digest) error) error {
	if d == nil || d.shared == nil {
		return use(nil)
	}
	select {
	case d.shared.inUse <- struct{}{}:
	case <-ctx.Done():
		return cancelledBy(ctx)
	}
	defer func() { <-d.shared.inUse }()
	return use(d.shared.digest)
}

// open is the same for what a digest that is closed cannot do.
func (d *Digest) open(ctx context.Context, use func(digest *C.chatfile_digest) error) error {
	return d.with(ctx, func(digest *C.chatfile_digest) error {
		if digest == nil {
			return &Error{Status: ErrNull, Field: "digest", Message: "the digest is closed: begin another one", causes: []error{fs.ErrClosed}}
		}
		return use(digest)
	})
}

// Write takes the next bytes. It fails only when the digest is closed.
func (d *Digest) Write(data []byte) (int, error) {
	err := d.open(context.Background(), func(digest *C.chatfile_digest) error {
		if len(data) == 0 {
			return nil
		}
		var object *C.chatfile_error
		status := C.chatfile_digest_update(digest, unsafe.Pointer(&data[0]), C.size_t(len(data)), &object)
		return check(status, object)
	})
	if err != nil {
		return 0, err
	}
	return len(data), nil
}

// AddFile takes the bytes of a whole regular file. It fails with ErrSource if the file cannot be read, with
// ErrSourceChanged if it changed meanwhile, and with ErrCancelled when ctx is done. The digest is then what it was before.
// options may be nil.
func (d *Digest) AddFile(ctx context.Context, path string, options *DigestUpdateFileOptions) error {
	if ctx == nil {
		ctx = context.Background()
	}
	return d.open(ctx, func(digest *C.chatfile_digest) error {
		call := begin(ctx)
		defer call.end()
		name := call.required("path", path)
		filled := options.fill(call)
		if err := call.prepared(); err != nil {
			return err
		}
		return call.result(C.chatfile_digest_update_file(digest, name, filled, &call.object))
	})
}

// Text gives one digest of the bytes so far, as the service wants it. kind is one of those that [NewDigest] was given.
// More bytes may follow.
func (d *Digest) Text(kind DigestKind) (string, error) {
	return d.text(func(digest *C.chatfile_digest, out *C.char, size C.size_t, object **C.chatfile_error) C.chatfile_status {
		return C.chatfile_digest_text(digest, C.uint32_t(kind), out, size, object)
	})
}

// Part gives the MD5 of one of OpenIM's parts, 32 lower-case hex digits. index is from 0 to below PartCount.
func (d *Digest) Part(index int) (string, error) {
	if index < 0 {
		return "", &Error{Status: ErrArgument, Field: "Index", Message: fmt.Sprintf("Index: there is no part %d", index)}
	}
	return d.text(func(digest *C.chatfile_digest, out *C.char, size C.size_t, object **C.chatfile_error) C.chatfile_status {
		return C.chatfile_digest_part(digest, C.size_t(index), out, size, object)
	})
}

func (d *Digest) text(get func(*C.chatfile_digest, *C.char, C.size_t, **C.chatfile_error) C.chatfile_status) (string, error) {
	var out [C.CHATFILE_DIGEST_TEXT_SIZE]C.char
	err := d.open(context.Background(), func(digest *C.chatfile_digest) error {
		var object *C.chatfile_error
		return check(get(digest, &out[0], C.size_t(unsafe.Sizeof(out)), &object), object)
	})
	if err != nil {
		return "", err
	}
	return C.GoString(&out[0]), nil
}

// CRC64Value gives the CRC-64 of the bytes so far as a number, for [CombineCRC64]; 0 of no bytes, if it was not begun, or if the digest is closed.
func (d *Digest) CRC64Value() (crc uint64) {
	_ = d.with(context.Background(), func(digest *C.chatfile_digest) error {
		crc = uint64(C.chatfile_digest_crc64_value(digest))
		return nil
	})
	return crc
}

// PartCount says how many parts there are so far for DigestOpenIM, at least 1; 0 if it was not begun, or if the digest is
// closed.
func (d *Digest) PartCount() (count int) {
	_ = d.with(context.Background(), func(digest *C.chatfile_digest) error {
		count = int(C.chatfile_digest_part_count(digest))
		return nil
	})
	return count
}

// Close frees the digest, and so that of its copies; it gives no error. Closing twice does no harm.
func (d *Digest) Close() error {
	if d != nil && d.shared != nil {
		d.shared.close()
	}
	return nil
}

func (s *sharedDigest) close() {
	s.inUse <- struct{}{}
	defer func() { <-s.inUse }()
	C.chatfile_digest_free(s.digest)
	s.digest = nil
	runtime.SetFinalizer(s, nil)
}

// CombineCRC64 gives the CRC-64 of two pieces one after the other, from the CRC-64 of each and the length of the second
// in bytes: parts that were read side by side have that of the whole. It takes microseconds, whatever the length.
func CombineCRC64(first, second uint64, secondLength int64) uint64 {
	return uint64(C.chatfile_crc64_combine(C.uint64_t(first), C.uint64_t(second), C.uint64_t(secondLength)))
}
