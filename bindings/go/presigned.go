package chatfile

// #include "shim.h"
import "C"

import (
	"context"
	"fmt"
	"net/url"
	"time"
)

// Field is a header field of a presigned request, or a field of its form.
type Field struct {
	// Name of the field.
	Name string
	// Value of the field.
	Value string
}

// Presigned is a request that is complete but for the file: a back-end that holds the secret makes it, and a program that
// holds none sends it. It is a credential: it holds Easemob's token, a NetEase signature that covers neither address nor
// file, or a permission of the storage of SMH or OpenIM, so whoever has it may be able to make other calls with it until
// it expires. Therefore it prints as its method and host alone.
//
// It is a plain value: encode it by encoding/json to hand it to another program.
type Presigned struct {
	// JSON is the whole request (one line), which [ParsePresigned] reads. What is sent is this; the fields below are
	// for programs that send it without the library.
	JSON string
	// Method is "GET", "POST" or "PUT".
	Method string
	// URL to send it to.
	URL string
	// Headers are the header fields to send, besides Host and Content-Length.
	Headers []Field
	// FormFields are those of the form besides the file, for a program that builds the form itself. They are in Prefix
	// already.
	FormFields []Field
	// Prefix is the body before the file.
	Prefix string
	// Encoding is how the file is written in the body.
	Encoding Encoding
	// Suffix is the body behind the file.
	Suffix string
	// SuccessStatuses are the HTTP statuses that mean success. The body of the answer decides further, as
	// [Client.SendPresigned] does.
	SuccessStatuses []int
	// MaxSize is the largest file that may be sent with it, in bytes; 0 if there is no limit, or with NeedsCompletion, for
	// an empty file.
	MaxSize int64
	// ExpiresAt is when the service will no longer take the request; the zero time if it is not known or never.
	ExpiresAt time.Time
	// NeedsCompletion says that the file counts only when [Client.CompletePresigned] has completed the upload.
	NeedsCompletion bool
	// Completion is what names the upload when it is completed, for a program that calls the service itself (OpenIM:
	// the id of complete_form_data; SMH: the confirmKey); "" if nothing is to be completed.
	Completion string
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
	if err := check(status, object); err != nil {
		return nil, err
	}
	return newPresigned(request), nil
}

// newPresigned takes over what C gave.
func newPresigned(request *C.chatfile_presigned) *Presigned {
	defer C.chatfile_presigned_free(request)
	made := &Presigned{
		JSON:            C.GoString(C.chatfile_presigned_json(request)),
		Method:          C.GoString(C.chatfile_presigned_method(request)),
		URL:             C.GoString(C.chatfile_presigned_url(request)),
		Prefix:          C.GoString(C.chatfile_presigned_prefix(request)),
		Encoding:        Encoding(C.chatfile_presigned_encoding(request)),
		Suffix:          C.GoString(C.chatfile_presigned_suffix(request)),
		MaxSize:         int64(C.chatfile_presigned_max_size(request)),
		NeedsCompletion: C.chatfile_presigned_needs_completion(request) != 0,
		Completion:      C.GoString(C.chatfile_presigned_completion(request)),
	}
	for i := C.size_t(0); i < C.chatfile_presigned_header_count(request); i++ {
		made.Headers = append(made.Headers, Field{
			Name:  C.GoString(C.chatfile_presigned_header_name(request, i)),
			Value: C.GoString(C.chatfile_presigned_header_value(request, i)),
		})
	}
	for i := C.size_t(0); i < C.chatfile_presigned_field_count(request); i++ {
		made.FormFields = append(made.FormFields, Field{
			Name:  C.GoString(C.chatfile_presigned_field_name(request, i)),
			Value: C.GoString(C.chatfile_presigned_field_value(request, i)),
		})
	}
	for i := C.size_t(0); ; i++ {
		status := int(C.chatfile_presigned_success_status(request, i))
		if status == 0 {
			break
		}
		made.SuccessStatuses = append(made.SuccessStatuses, status)
	}
	if expires := int64(C.chatfile_presigned_expires_at(request)); expires != 0 {
		made.ExpiresAt = time.Unix(expires, 0)
	}
	return made
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
	client, err := c.use()
	if err != nil {
		return nil, err
	}
	defer c.release()
	call := begin(ctx)
	defer call.end()
	filled := options.fill(call)
	bytes := C.uint64_t(C.CHATFILE_SIZE_UNKNOWN)
	if size != SizeUnknown {
		bytes = call.u64("size", size)
	}
	if err := call.prepared(); err != nil {
		return nil, err
	}
	var request *C.chatfile_presigned
	var object *C.chatfile_error
	status := C.chatfile_go_presign_upload(call.id(), client, bytes, filled, &request, &object)
	// Also where a callback has panicked.
	defer func() { C.chatfile_presigned_free(request) }()
	if err := call.result(status, object); err != nil {
		return nil, err
	}
	made := newPresigned(request)
	request = nil
	return made, nil
}

// PresignDownload makes the request of a download, for another program to send. file is as for [Client.Download]. options
// may be nil; of them, Referer, Thumbnail and those of the service are of use. A token may be fetched.
func (c *Client) PresignDownload(ctx context.Context, file string, options *DownloadOptions) (*Presigned, error) {
	client, err := c.use()
	if err != nil {
		return nil, err
	}
	defer c.release()
	call := begin(ctx)
	defer call.end()
	name := call.required("file", file)
	filled := options.fill(call)
	if err := call.prepared(); err != nil {
		return nil, err
	}
	var request *C.chatfile_presigned
	var object *C.chatfile_error
	status := C.chatfile_go_presign_download(call.id(), client, name, filled, &request, &object)
	// Also where a callback has panicked.
	defer func() { C.chatfile_presigned_free(request) }()
	if err := call.result(status, object); err != nil {
		return nil, err
	}
	made := newPresigned(request)
	request = nil
	return made, nil
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
	client, err := c.use()
	if err != nil {
		return nil, err
	}
	defer c.release()
	call := begin(ctx)
	defer call.end()
	filled := options.fill(call)
	request, err := presigned.toC(call)
	if err != nil {
		return nil, err
	}
	defer C.chatfile_presigned_free(request)
	var result *C.chatfile_upload_result
	var object *C.chatfile_error
	status := C.chatfile_go_complete_presigned(call.id(), client, request, filled, &result, &object)
	return newUploadResult(result), call.result(status, object)
}

// ReceivePresigned sends a presigned download and takes the file, by any client, for example one of [Open]. Otherwise it
// is as Download; it fails with ErrArgument if the request is an upload.
func (c *Client) ReceivePresigned(ctx context.Context, presigned *Presigned, sink Sink, options *DownloadOptions) (*DownloadResult, error) {
	if presigned == nil {
		return nil, errNoPresigned()
	}
	return c.download(ctx, presigned, "", sink, options)
}
