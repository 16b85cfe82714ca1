package chatfile

// #include "shim.h"
import "C"

import (
	"context"
	"time"
)

// DeleteResult is a deletion that the service has accepted.
type DeleteResult struct {
	// TaskID is that of the task that deletes later, if the service answers with one; else "".
	TaskID string
	// RecycledItemID is what the file is known by in the recycle bin, if it went there (SMH); else "".
	RecycledItemID string
	// Attempts is how often the call was tried, 1 or more.
	Attempts int
}

// Delete deletes a file, which file names as for [Client.Download]. options may be nil. It fails with ErrUnsupported
// where CanDelete is not set.
func (c *Client) Delete(ctx context.Context, file string, options *DeleteOptions) (*DeleteResult, error) {
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
	var result *C.chatfile_delete_result
	var object *C.chatfile_error
	status := C.chatfile_go_delete(call.id(), client, name, nil, filled, &result, &object)
	return newDeleteResult(result), call.result(status, object)
}

// DeleteByTime has the service delete files by the time of their upload (NetEase). It fails with ErrLimit if the service
// takes no such range, and with ErrUnsupported where CanDeleteByTime is not set. options may be nil.
func (c *Client) DeleteByTime(ctx context.Context, task NetEaseDeleteTask, options *DeleteOptions) (*DeleteResult, error) {
	client, err := c.use()
	if err != nil {
		return nil, err
	}
	defer c.release()
	call := begin(ctx)
	defer call.end()
	what := task.fill(&call.memory)
	filled := options.fill(call)
	if err := call.prepared(); err != nil {
		return nil, err
	}
	var result *C.chatfile_delete_result
	var object *C.chatfile_error
	status := C.chatfile_go_delete(call.id(), client, nil, what, filled, &result, &object)
	return newDeleteResult(result), call.result(status, object)
}

// newDeleteResult takes over what C gave; nil if it gave nothing.
func newDeleteResult(result *C.chatfile_delete_result) *DeleteResult {
	if result == nil {
		return nil
	}
	defer C.chatfile_delete_result_free(result)
	return &DeleteResult{
		TaskID:         C.GoString(C.chatfile_delete_result_task_id(result)),
		RecycledItemID: C.GoString(C.chatfile_delete_result_recycled_item_id(result)),
		Attempts:       int(C.chatfile_delete_result_attempts(result)),
	}
}

// unixMilli is 0 for a time that is not set.
func unixMilli(t time.Time) C.int64_t {
	if t.IsZero() {
		return 0
	}
	return C.int64_t(t.UnixMilli())
}

// AbortUpload makes the service throw away what it has kept of an upload in parts that was broken off. resumeToken is
// [Error.ResumeToken], or "" if the options name a checkpoint instead. An upload that the service does not know any more
// counts as done; a file that is complete stays.
// It fails with ErrUnsupported where an upload cannot be thrown away (OpenIM forgets it in a week, its storage perhaps sooner).
// options may be nil.
func (c *Client) AbortUpload(ctx context.Context, resumeToken string, options *AbortUploadOptions) error {
	client, err := c.use()
	if err != nil {
		return err
	}
	defer c.release()
	call := begin(ctx)
	defer call.end()
	token := call.required("resume_token", resumeToken)
	filled := options.fill(call)
	if err := call.prepared(); err != nil {
		return err
	}
	var object *C.chatfile_error
	status := C.chatfile_go_abort_upload(call.id(), client, token, filled, &object)
	return call.result(status, object)
}

// FileInfo is what a service says of a file or a folder. What it does not say is "".
type FileInfo struct {
	// Name without the folder.
	Name string
	// Kind is what it is, as the service writes it (SMH: "file", "dir", "image", "video", "symlink" or "virtual").
	Kind string
	// Size is the number of its bytes; SizeUnknown if it is not known.
	Size int64
	// CRC64 is the CRC-64/XZ of its bytes, an unsigned decimal number, or "". [Digest.Text] computes it.
	CRC64 string
	// ETag is what it is known by at the store, without quotes: the MD5 of a file that came in one request.
	ETag string
	// MediaType is its media type.
	MediaType string
	// CreationTime is when it came to be at the service, as the service writes it (SMH: like
	// "2022-07-26T02:58:09.000Z").
	CreationTime string
	// ModificationTime is when it was last changed there.
	ModificationTime string
	// LocalCreationTime is when it was made where it comes from, as the upload said.
	LocalCreationTime string
	// LocalModificationTime is when it was last changed where it comes from, as the upload said.
	LocalModificationTime string
	// Labels that it was given.
	Labels []string
	// Category that it was given.
	Category string
	// URL is where anybody can get it without a token, for a while (SMH: some two hours).
	URL string
	// ContentCAS is what its content is known by, for [SMHUpload.ContentCAS].
	ContentCAS string
	// Version is which version of the file it is, for [SMHDownload.Version]. Only in a list of versions
	// ([ListOptions.Versions]), and "" for the present one, or a number of its own.
	Version string
}

// Info asks what the service says of a file, which file names as for [Client.Download]. It fails with ErrNotFound if
// there is no such file, and with ErrUnsupported where CanInfo is not set. options may be nil.
func (c *Client) Info(ctx context.Context, file string, options *InfoOptions) (*FileInfo, error) {
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
	var info *C.chatfile_file_info
	var object *C.chatfile_error
	status := C.chatfile_go_info(call.id(), client, name, filled, &info, &object)
	defer C.chatfile_file_info_free(info)
	if err := call.result(status, object); err != nil {
		return nil, err
	}
	made := newFileInfo(info)
	return &made, nil
}

// newFileInfo copies what C gave.
func newFileInfo(info *C.chatfile_file_info) FileInfo {
	made := FileInfo{
		Name:                  C.GoString(C.chatfile_file_info_name(info)),
		Kind:                  C.GoString(C.chatfile_file_info_kind(info)),
		Size:                  SizeUnknown,
		ETag:                  C.GoString(C.chatfile_file_info_etag(info)),
		MediaType:             C.GoString(C.chatfile_file_info_media_type(info)),
		CreationTime:          C.GoString(C.chatfile_file_info_creation_time(info)),
		ModificationTime:      C.GoString(C.chatfile_file_info_modification_time(info)),
		LocalCreationTime:     C.GoString(C.chatfile_file_info_local_creation_time(info)),
		LocalModificationTime: C.GoString(C.chatfile_file_info_local_modification_time(info)),
		Category:              C.GoString(C.chatfile_file_info_category(info)),
		URL:                   C.GoString(C.chatfile_file_info_url(info)),
		ContentCAS:            C.GoString(C.chatfile_file_info_content_cas(info)),
		Version:               C.GoString(C.chatfile_file_info_version(info)),
		CRC64:                 C.GoString(C.chatfile_file_info_crc64(info)),
	}
	var value C.uint64_t
	if C.chatfile_file_info_size(info, &value) != 0 {
		made.Size = int64(value)
	}
	for i := C.size_t(0); i < C.chatfile_file_info_label_count(info); i++ {
		made.Labels = append(made.Labels, C.GoString(C.chatfile_file_info_label(info, i)))
	}
	return made
}

// Exists asks whether there is a file of this name, which is as for [Client.Info]. options may be nil.
func (c *Client) Exists(ctx context.Context, file string, options *InfoOptions) (bool, error) {
	client, err := c.use()
	if err != nil {
		return false, err
	}
	defer c.release()
	call := begin(ctx)
	defer call.end()
	name := call.required("file", file)
	filled := options.fill(call)
	if err := call.prepared(); err != nil {
		return false, err
	}
	var exists C.int32_t
	var object *C.chatfile_error
	status := C.chatfile_go_exists(call.id(), client, name, filled, &exists, &object)
	return exists != 0, call.result(status, object)
}

// Listing is some of what is in a folder.
type Listing struct {
	// Entries are the files and folders.
	Entries []FileInfo
	// NextMarker is where the next list begins, for [ListOptions.Marker]; "" if these were the last.
	NextMarker string
}

// List gives some of what is in a folder: directory is its path with / between the names, "" the root. For the rest of a
// long list, call again with the marker of the one before until there is none, or use [Client.ListAll]. options may be
// nil.
//
// It fails with ErrNotFound if there is no such folder, and with ErrUnsupported where CanList is not set.
func (c *Client) List(ctx context.Context, directory string, options *ListOptions) (*Listing, error) {
	client, err := c.use()
	if err != nil {
		return nil, err
	}
	defer c.release()
	call := begin(ctx)
	defer call.end()
	folder := call.required("directory", directory)
	filled := options.fill(call)
	if err := call.prepared(); err != nil {
		return nil, err
	}
	var listing *C.chatfile_listing
	var object *C.chatfile_error
	status := C.chatfile_go_list(call.id(), client, folder, filled, &listing, &object)
	defer C.chatfile_listing_free(listing)
	if err := call.result(status, object); err != nil {
		return nil, err
	}
	made := &Listing{NextMarker: C.GoString(C.chatfile_listing_next_marker(listing))}
	for i := C.size_t(0); i < C.chatfile_listing_count(listing); i++ {
		made.Entries = append(made.Entries, newFileInfo(C.chatfile_listing_entry(listing, i)))
	}
	return made, nil
}

// ListAll goes through all that is in a folder, from the marker of the options on, if there is one. It asks for one list
// after the other, as they are needed, with the limit of the options each. What goes wrong is the last that it gives:
//
//	for entry, err := range client.ListAll(ctx, "photos", nil) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(entry.Name)
//	}
//
// That is an iterator ([iter.Seq2]) of Go 1.23; before, call it with a function that says whether to go on.
func (c *Client) ListAll(ctx context.Context, directory string, options *ListOptions) func(yield func(FileInfo, error) bool) {
	return func(yield func(FileInfo, error) bool) {
		call := begin(ctx)
		defer call.end()
		folder := call.required("directory", directory)
		filled := options.fill(call)
		if err := call.prepared(); err != nil {
			yield(FileInfo{}, err)
			return
		}
		var cursor *C.chatfile_list_cursor
		var object *C.chatfile_error
		status := C.chatfile_list_cursor_new(folder, filled, &cursor, &object)
		defer C.chatfile_list_cursor_free(cursor)
		if err := call.result(status, object); err != nil {
			yield(FileInfo{}, err)
			return
		}
		for {
			entry, err := c.next(call, cursor)
			if entry == nil && err == nil {
				return
			}
			if err != nil {
				yield(FileInfo{}, err)
				return
			}
			if !yield(newFileInfo(entry), nil) {
				return
			}
		}
	}
}

// next gives the next entry of a walk, or nil behind the last.
func (c *Client) next(call *call, cursor *C.chatfile_list_cursor) (*C.chatfile_file_info, error) {
	client, err := c.use()
	if err != nil {
		return nil, err
	}
	defer c.release()
	if call.ctx.Err() != nil {
		return nil, cancelledBy(call.ctx)
	}
	var entry *C.chatfile_file_info
	var object *C.chatfile_error
	status := C.chatfile_go_list_cursor_next(call.id(), client, cursor, &entry, &object)
	return entry, call.result(status, object)
}
