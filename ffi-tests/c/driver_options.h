/*
 * The keys of a line as a source and as options of uploads and downloads.
 */
#ifndef DRIVER_OPTIONS_H
#define DRIVER_OPTIONS_H

#include <chatfile.h>

#include "driver_calls.h"
#include "driver_fields.h"
#include "driver_line.h"

static unsigned char *fill_source(chatfile_source *source, struct call *call)
{
    const char *kind = text("source");
    unsigned char *buffer = NULL;
    if (kind == NULL)
        die("upload needs a source");
    make_pattern();
    if (strcmp(kind, "path") == 0 || strcmp(kind, "two") == 0)
        source->path = text("path");
    if (strcmp(kind, "buffer") == 0 || strcmp(kind, "two") == 0) {
        size_t size = (size_t)number("size");
        buffer = malloc(size > 0 ? size : 1);
        if (buffer == NULL)
            die("no memory");
        copy_pattern(0, buffer, size);
        source->data = buffer;
        source->data_size = size;
    }
    if (strcmp(kind, "callback") == 0) {
        source->read = on_read;
        source->rewind = has("rewind") ? on_rewind : NULL;
        source->user = call;
        source->length = has("unsized") ? CHATFILE_SIZE_UNKNOWN : (uint64_t)number("size");
    }
    return buffer;
}

static const chatfile_upload_options *upload_options_of(struct upload_options *all, struct call *call)
{
    fill_upload_options(all);
    all->options.progress = has("progress") ? on_progress : NULL;
    all->options.progress_user = call;
    all->options.cancel = call->cancel;
    return &all->options;
}

static const chatfile_download_options *download_options_of(struct download_options *all, struct call *call)
{
    fill_download_options(all);
    all->options.progress = has("progress") ? on_progress : NULL;
    all->options.progress_user = call;
    all->options.cancel = call->cancel;
    return &all->options;
}

#endif
