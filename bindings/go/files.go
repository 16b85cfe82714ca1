package chatfile

// #include "shim.h"
import "C"

import (
	"context"
	"time"
)

// Delete deletes a file, which file names as for [Client.Download]. options may be nil. It fails with ErrUnsupported
// where CanDelete is not set.
func (c *Client) Delete(ctx context.Context, file string, options *DeleteOptions) (*DeleteResult, error) {
	call := c.begin(ctx)
	defer call.end()
	name := call.required("file", file)
	filled := options.fill(call)
	return run(call, takeDeleteResult, func(out **C.chatfile_delete_result) C.chatfile_status {
		return C.chatfile_go_delete(call.id(), call.client, name, nil, filled, out, &call.object)
	})
}

// DeleteByTime has the service delete files by the time of their upload (NetEase). It fails with ErrLimit if the service
// takes no such range, and with ErrUnsupported where CanDeleteByTime is not set. options may be nil.
func (c *Client) DeleteByTime(ctx context.Context, task NetEaseDeleteTask, options *DeleteOptions) (*DeleteResult, error) {
	call := c.begin(ctx)
	defer call.end()
	what := task.fill(&call.memory)
	filled := options.fill(call)
	return run(call, takeDeleteResult, func(out **C.chatfile_delete_result) C.chatfile_status {
		return C.chatfile_go_delete(call.id(), call.client, nil, what, filled, out, &call.object)
	})
}

// unixMilli is 0 for a time that is not set.
func unixMilli(t time.Time) C.int64_t {
	if t.IsZero() {
		return 0
	}
	return C.int64_t(t.UnixMilli())
}

// AbortUpload makes the service throw away what it has kept of an upload in parts that was broken off. The options say
// which: set exactly one of ResumeToken and Checkpoint, or it fails with ErrArgument. An upload that the service does not
// know any more counts as done; a file that is complete stays. It fails with ErrUnsupported where an upload cannot be
// thrown away (OpenIM forgets it in a week, its storage perhaps sooner).
func (c *Client) AbortUpload(ctx context.Context, options *AbortUploadOptions) error {
	call := c.begin(ctx)
	defer call.end()
	filled := options.fill(call)
	if err := call.prepared(); err != nil {
		return err
	}
	return call.result(C.chatfile_go_abort_upload(call.id(), call.client, filled, &call.object))
}

// Info asks what the service says of a file, which file names as for [Client.Download]. It fails with ErrNotFound if
// there is no such file, and with ErrUnsupported where CanInfo is not set. options may be nil.
func (c *Client) Info(ctx context.Context, file string, options *InfoOptions) (*FileInfo, error) {
	call := c.begin(ctx)
	defer call.end()
	name := call.required("file", file)
	filled := options.fill(call)
	return run(call, takeFileInfo, func(out **C.chatfile_file_info) C.chatfile_status {
		return C.chatfile_go_info(call.id(), call.client, name, filled, out, &call.object)
	})
}

// Exists asks whether there is a file of this name, which is as for [Client.Info]. options may be nil.
func (c *Client) Exists(ctx context.Context, file string, options *InfoOptions) (bool, error) {
	call := c.begin(ctx)
	defer call.end()
	name := call.required("file", file)
	filled := options.fill(call)
	isThere := func(out C.int32_t) bool { return out != 0 }
	return run(call, isThere, func(out *C.int32_t) C.chatfile_status {
		return C.chatfile_go_exists(call.id(), call.client, name, filled, out, &call.object)
	})
}

// List gives some of what is in a folder: directory is its path with / between the names, "" the root. For the rest of a
// long list, call again with the marker of the one before until there is none, or use [Client.ListAll]. options may be
// nil.
//
// It fails with ErrNotFound if there is no such folder, and with ErrUnsupported where CanList is not set.
func (c *Client) List(ctx context.Context, directory string, options *ListOptions) (*Listing, error) {
	call := c.begin(ctx)
	defer call.end()
	folder := call.required("directory", directory)
	filled := options.fill(call)
	return run(call, takeListing, func(out **C.chatfile_listing) C.chatfile_status {
		return C.chatfile_go_list(call.id(), call.client, folder, filled, out, &call.object)
	})
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
		client, err := c.use()
		if err != nil {
			yield(FileInfo{}, err)
			return
		}
		var cursor *C.chatfile_list_cursor
		status := C.chatfile_list_cursor_new(client, folder, filled, &cursor, &call.object)
		c.release()
		defer C.chatfile_list_cursor_free(cursor)
		if err := call.result(status); err != nil {
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
			if !yield(readFileInfo(entry), nil) {
				return
			}
		}
	}
}

// next gives the next entry of a walk, or nil behind the last.
func (c *Client) next(call *call, cursor *C.chatfile_list_cursor) (*C.chatfile_file_info, error) {
	if _, err := c.use(); err != nil {
		return nil, err
	}
	defer c.release()
	if call.ctx.Err() != nil {
		return nil, cancelledBy(call.ctx)
	}
	var entry *C.chatfile_file_info
	status := C.chatfile_go_list_cursor_next(call.id(), cursor, &entry, &call.object)
	return entry, call.result(status)
}
