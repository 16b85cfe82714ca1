package chatfile

// #include "shim.h"
import "C"

import (
	"context"
	"fmt"
	"net/url"
)

// Field is a header field of a presigned request, or a field of its form.
type Field struct {
	// Name of the field.
	Name string
	// Value of the field.
	Value string
}

// ParsePresigned reads a presigned request from its JSON, which may come from anywhere: what cannot be sent, or no upload
// of one's own could be, is refused with ErrArgument.
func ParsePresigned(json string) (*Presigned, error) {
	var m memory
	defer m.free()
	text := m.required("json", json)
	if m.err != nil {
		return nil, m.err
	}
	var request *C.chatfile_presigned
	var object *C.chatfile_error
	status := C.chatfile_presigned_from_json(text, &request, &object)
	return takePresigned(request), check(status, object)
}

// MarshalJSON gives the request as JSON, for another program; null if there is none.
func (p Presigned) MarshalJSON() ([]byte, error) {
	if p.JSON == "" {
		return []byte("null"), nil
	}
	return []byte(p.JSON), nil
}

// UnmarshalJSON reads the request as [ParsePresigned] does; null leaves it as it is.
func (p *Presigned) UnmarshalJSON(json []byte) error {
	if string(json) == "null" {
		return nil
	}
	made, err := ParsePresigned(string(json))
	if err != nil {
		return err
	}
	*p = *made
	return nil
}

// String gives the method and the host alone, for the rest is a credential.
func (p Presigned) String() string {
	host := "?"
	if parsed, err := url.Parse(p.URL); err == nil {
		host = parsed.Host
	}
	return fmt.Sprintf("presigned %s to %s", p.Method, host)
}

// toC makes the object of C for a call; NULL of nil.
func (p *Presigned) toC(call *call) (*C.chatfile_presigned, error) {
	if p == nil {
		return nil, nil
	}
	text := call.required("json", p.JSON)
	if err := call.prepared(); err != nil {
		return nil, err
	}
	var request *C.chatfile_presigned
	var object *C.chatfile_error
	status := C.chatfile_presigned_from_json(text, &request, &object)
	return request, check(status, object)
}

// errNoPresigned is for a request that is nil.
func errNoPresigned() error {
	return &Error{Status: ErrNull, Field: "presigned", Message: "presigned is nil: give a presigned request"}
}

// PresignUpload makes the request of an upload, for another program to send. size is that of the file, for its limits are
// checked now, or SizeUnknown. SMH and OpenIM have to know it, and the upload counts only when
// [Client.CompletePresigned] has completed it; elsewhere it is not fixed in the request. options may be nil; of them,
// FileName, MediaType and those of the service are of use. A token may be fetched.
//
// It fails as Upload does before it sends a file, and with ErrUnsupported where CanPresign is not set.
func (c *Client) PresignUpload(ctx context.Context, size int64, options *UploadOptions) (*Presigned, error) {
	call := c.begin(ctx)
	defer call.end()
	filled := options.fill(call)
	bytes := C.uint64_t(C.CHATFILE_SIZE_UNKNOWN)
	if size != SizeUnknown {
		bytes = call.u64("size", size)
	}
	return run(call, takePresigned, func(out **C.chatfile_presigned) C.chatfile_status {
		return C.chatfile_go_presign_upload(call.id(), call.client, bytes, filled, out, &call.object)
	})
}

// PresignDownload makes the request of a download, for another program to send. file is as for [Client.Download]. options
// may be nil; of them, Referer, Thumbnail and those of the service are of use. A token may be fetched.
func (c *Client) PresignDownload(ctx context.Context, file string, options *DownloadOptions) (*Presigned, error) {
	call := c.begin(ctx)
	defer call.end()
	name := call.required("file", file)
	filled := options.fill(call)
	return run(call, takePresigned, func(out **C.chatfile_presigned) C.chatfile_status {
		return C.chatfile_go_presign_download(call.id(), call.client, name, filled, out, &call.object)
	})
}

// SendPresigned sends a presigned upload with its file, by any client, for example one of [Open]. Of the options, Progress
// and those about digests and the message can be set: the rest is in the request. Otherwise it is as Upload; a repeated
// attempt sends the same signature. It fails with ErrArgument if the request is a download, and with ErrExpired five minutes after ExpiresAt. If
// NeedsCompletion, tell who made the request that it was sent.
func (c *Client) SendPresigned(ctx context.Context, presigned *Presigned, source Source, options *UploadOptions) (*UploadResult, error) {
	if presigned == nil {
		return nil, errNoPresigned()
	}
	return c.upload(ctx, presigned, source, options)
}

// CompletePresigned completes a presigned upload whose file was sent, where that is needed (SMH and OpenIM, see
// [Presigned.NeedsCompletion]): it makes the file known to the service by its name. The client is the one that made the
// request, or any with the same rights. It does no harm to do it twice. options may be nil.
//
// Complete the request that you have kept, never one that came back: what is completed is what its JSON says, so that
// whoever sends you an altered one has you complete another upload, with your rights.
//
// It fails with ErrArgument if there is nothing to complete, or not by this client, and with ErrIntegrity if what was
// sent is not what was announced: OpenIM has stored nothing then, SMH the file that [Error.File] names, for its store takes
// any size.
func (c *Client) CompletePresigned(ctx context.Context, presigned *Presigned, options *CompletePresignedOptions) (*UploadResult, error) {
	if presigned == nil {
		return nil, errNoPresigned()
	}
	call := c.begin(ctx)
	defer call.end()
	filled := options.fill(call)
	request, err := presigned.toC(call)
	if err != nil {
		return nil, err
	}
	defer C.chatfile_presigned_free(request)
	return run(call, takeUploadResult, func(out **C.chatfile_upload_result) C.chatfile_status {
		return C.chatfile_go_complete_presigned(call.id(), call.client, request, filled, out, &call.object)
	})
}

// ReceivePresigned sends a presigned download and takes the file, by any client, for example one of [Open]. Otherwise it
// is as Download; it fails with ErrArgument if the request is an upload.
func (c *Client) ReceivePresigned(ctx context.Context, presigned *Presigned, sink Sink, options *DownloadOptions) (*DownloadResult, error) {
	if presigned == nil {
		return nil, errNoPresigned()
	}
	return c.download(ctx, presigned, "", sink, options)
}
