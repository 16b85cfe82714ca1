package chatfile

// #include "shim.h"
import "C"

import (
	"context"
	"io"
	"runtime"
	"time"
	"unsafe"
)

// SizeUnknown stands for a size that is not known: of a [Source], of an upload to presign, or of a listed folder.
const SizeUnknown = -1

// Source is what to upload. Set exactly one of Path, Data and Reader.
type Source struct {
	// Path is that of a regular file. It must not change during the call, or the call fails with ErrSourceChanged.
	Path string
	// Data are bytes in memory, which must not change during the call. They are never copied whole. Not nil also for no
	// bytes.
	Data []byte
	// Reader gives the bytes, from where it stands; the buffer that it fills is good during the call of Read only. If
	// it is an [io.Seeker] that can seek, too, an upload can be tried again. With one that cannot, an upload is not
	// tried again once its first byte went out, no service is asked whether it has the bytes, and what reads the source
	// twice ([NetEaseMethodBase64], for example) is not possible. An error that it returns stops the call and is in the chain of
	// its error.
	Reader io.Reader
	// Size is the exact number of bytes that Reader will give. Behind them Reader is read once more, and has to be at
	// its end: fewer or more are ErrSource. Of what goes on, an [io.LimitReader] makes a Reader that ends.
	//
	// 0 or SizeUnknown: Reader is asked for it, if it has a method Len or is an [io.Seeker] that can seek to its end. Of
	// any other (a pipe, the body of a request) as many bytes are sent as it gives. The services have to be told the
	// length of a request before its first byte: so SMH gets them in parts as they come, of which a few are kept until
	// they are sent, and elsewhere, or where the upload is to be resumed, all are kept first: in a file that nobody
	// else can open, in the system's folder for temporary files (TMPDIR; TMP on Windows), and no more than the service
	// takes (else ErrLimit).
	Size int64
}

// FromFile is the source of a file's content.
func FromFile(path string) Source {
	return Source{Path: path}
}

// FromBytes is the source of bytes in memory, also of none.
func FromBytes(data []byte) Source {
	if data == nil {
		data = []byte{}
	}
	return Source{Data: data}
}

// FromReader is the source of what a reader gives: exactly size bytes, or, if size is 0 or SizeUnknown, as many as there are;
// see [Source.Size].
func FromReader(reader io.Reader, size int64) Source {
	return Source{Reader: reader, Size: size}
}

// Sink is where to put what is downloaded: a file, a writer, or memory, for [DownloadResult.Data], of which [ToMemory]
// makes one. Set one of Path and Writer.
type Sink struct {
	// Path is that of a file. The bytes arrive under a temporary name in the same folder; the file gets its name,
	// replacing one that exists, when all is well and on the disk, with the permissions of what it replaces. On any
	// error the target is as it was. A link is replaced, not followed; a device, FIFO, socket or folder is ErrSink.
	Path string
	// Writer takes the bytes. What it got before an error cannot be taken back: a further attempt is made only if the
	// service can go on where the last one broke off. An error that it returns stops the call and is in the chain of
	// its error.
	Writer io.Writer

	// By [ToFile] and [ToMemory], which are never a Sink that nobody has set: a path of "" is a wrong one.
	file, memory bool
}

// ToFile is the sink that makes or replaces a file.
func ToFile(path string) Sink {
	return Sink{Path: path, file: true}
}

// ToWriter is the sink that hands the bytes to a writer.
func ToWriter(writer io.Writer) Sink {
	return Sink{Writer: writer}
}

// ToMemory is the sink that keeps the bytes, for [DownloadResult.Data].
func ToMemory() Sink {
	return Sink{memory: true}
}

// Progress is how far a transfer has come. It counts bytes of the file, not of its encoding.
type Progress struct {
	// Done are the bytes moved so far. It never falls, also when an attempt is repeated, unless a download had to begin
	// anew because the file at the service had become shorter. It equals Total in the last report only, when the
	// service has said yes (or for an empty file).
	Done int64
	// Total is the size of the file; 0 while it is not known.
	Total int64
	// TotalKnown says whether Total is known.
	TotalKnown bool
	// Finished is set in the last report, which a failed transfer never makes.
	Finished bool
	// Activity is what the call is doing.
	Activity Activity
	// Hashed are the bytes that have been read for a hash, while that is ActivityHashing; else those of the last time.
	Hashed int64
	// HashTotal are the bytes that are to be read for it.
	HashTotal int64
	// Rate is how many bytes of the file move in a second, over the last seconds; 0 while it is not known.
	Rate int64
	// Remaining is how long it takes at that rate until all bytes have moved; negative while it cannot be told.
	Remaining time.Duration
}

// Upload sends a file to the service. It returns when the service has the file, or has refused it, or ctx is done.
// options may be nil.
//
// Limits known beforehand (ErrLimit) are checked before anything is sent. An upload that is tried again, because its
// answer was lost, may leave a second copy where uploads cannot be found again. One in parts that fails
// can be gone on with: see the options Resumable, ResumeToken and Checkpoint.
func (c *Client) Upload(ctx context.Context, source Source, options *UploadOptions) (*UploadResult, error) {
	return c.upload(ctx, nil, source, options)
}

func (c *Client) upload(ctx context.Context, presigned *Presigned, source Source, options *UploadOptions) (*UploadResult, error) {
	call := c.begin(ctx)
	defer call.end()
	request, err := presigned.toC(call)
	if err != nil {
		return nil, err
	}
	defer C.chatfile_presigned_free(request)
	given := call.source(source)
	filled := options.fill(call)
	// Of a pointer to bytes cgo knows that no others hang on it, whatever they are a part of.
	var data *C.uchar
	if len(source.Data) > 0 {
		data = (*C.uchar)(unsafe.Pointer(&source.Data[0]))
	}
	hasData := C.int(flag(source.Data != nil))
	return run(call, takeUploadResult, func(out **C.chatfile_upload_result) C.chatfile_status {
		defer runtime.KeepAlive(source.Data)
		return C.chatfile_go_upload(call.id(), call.client, request, given, hasData, data, C.size_t(len(source.Data)), filled, out, &call.object)
	})
}

// source makes the structure of C, but for the bytes in memory, which stay where they are.
func (c *call) source(source Source) *C.chatfile_source {
	given := structure[C.chatfile_source](&c.memory)
	given.path = c.text("source.path", source.Path)
	if source.Reader == nil {
		if source.Size != SizeUnknown {
			// Which the library refuses, if it is not 0.
			given.length = c.u64("source.length", source.Size)
		}
		return given
	}
	c.reader = source.Reader
	canRewind := C.int(0)
	if seeker, ok := source.Reader.(io.Seeker); ok {
		// A pipe has the method, but cannot do it.
		if start, err := seeker.Seek(0, io.SeekCurrent); err == nil {
			c.seeker, c.start, canRewind = seeker, start, 1
		}
	}
	size := source.Size
	if size == 0 || size == SizeUnknown {
		size = c.length()
	}
	if size == SizeUnknown {
		given.length = C.CHATFILE_SIZE_UNKNOWN
	} else {
		given.length = c.u64("source.length", size)
	}
	C.chatfile_go_set_reader(given, canRewind, c.id())
	return given
}

// length is how many bytes the reader says it will give, or SizeUnknown.
func (c *call) length() int64 {
	if sized, ok := c.reader.(interface{ Len() int }); ok {
		return int64(sized.Len())
	}
	if c.seeker != nil {
		if end, err := c.seeker.Seek(0, io.SeekEnd); err == nil {
			if _, err = c.seeker.Seek(c.start, io.SeekStart); err != nil {
				c.err = &Error{Status: ErrCallback, Field: "source", Message: "the reader cannot go back", causes: []error{err}}
			}
			return max(end-c.start, 0)
		}
	}
	return SizeUnknown
}

// Download fetches the file that file names: what [UploadResult.File] was, or what a message carries, as the page of the
// service says. It returns when the file is complete and in its place, or ctx is done. options may be nil.
//
// When it fails, a target file is as it was, and no other file is left but those that [DownloadOptions.Resume] asks for.
func (c *Client) Download(ctx context.Context, file string, sink Sink, options *DownloadOptions) (*DownloadResult, error) {
	return c.download(ctx, nil, file, sink, options)
}

func (c *Client) download(ctx context.Context, presigned *Presigned, file string, sink Sink, options *DownloadOptions) (*DownloadResult, error) {
	call := c.begin(ctx)
	defer call.end()
	request, err := presigned.toC(call)
	if err != nil {
		return nil, err
	}
	defer C.chatfile_presigned_free(request)
	target := structure[C.chatfile_sink](&call.memory)
	if sink == (Sink{}) {
		call.refuse(ErrArgument, "sink", "sink: set Path or Writer, or use ToMemory()")
	}
	if sink.file || sink.Path != "" {
		target.path = call.required("sink.path", sink.Path)
	}
	target.to_memory = flag(sink.memory)
	if sink.Writer != nil {
		call.writer = sink.Writer
		C.chatfile_go_set_writer(target, call.id())
	}
	name := call.required("file", file)
	filled := options.fill(call)
	return run(call, takeDownloadResult, func(out **C.chatfile_download_result) C.chatfile_status {
		return C.chatfile_go_download(call.id(), call.client, request, name, target, filled, out, &call.object)
	})
}
