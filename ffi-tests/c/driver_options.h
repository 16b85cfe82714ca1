/*
 * The keys of a line as a source and as options of uploads and downloads.
 */
#ifndef DRIVER_OPTIONS_H
#define DRIVER_OPTIONS_H

#include <chatfile.h>

#include "driver_calls.h"
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
        source->length = (uint64_t)number("size");
    }
    return buffer;
}

#define MAX_LABELS 8

/* Options with what hangs off them. */
struct uploading {
    chatfile_upload_options options;
    chatfile_easemob_upload easemob;
    chatfile_netease_upload netease;
    chatfile_huawei_upload huawei;
    chatfile_smh_upload smh;
    chatfile_openim_upload openim;
    const char *labels[MAX_LABELS];
};

/* The labels of the line, which have commas between them. */
static void fill_labels(struct uploading *all)
{
    static char copy[1000];
    char *label;
    if (!has("labels"))
        return;
    sprintf(copy, "%.999s", text("labels"));
    for (label = strtok(copy, ","); label != NULL && all->smh.label_count < MAX_LABELS; label = strtok(NULL, ","))
        all->labels[all->smh.label_count++] = label;
    all->smh.labels = all->labels;
}

static void fill_smh(struct uploading *all)
{
    all->smh.method = (uint32_t)number("method");
    all->smh.conflict = (uint32_t)number("conflict");
    all->smh.directory = text("directory");
    all->smh.create_directories = (int32_t)number("create_directories");
    all->smh.skip_instant = (int32_t)number("skip_instant");
    all->smh.part_size = (uint64_t)number("part_size");
    all->smh.category = text("category");
    all->smh.local_creation_time = text("local_creation_time");
    all->smh.local_modification_time = text("local_modification_time");
    all->smh.traffic_limit = (uint64_t)number("traffic_limit");
    all->smh.prefer_same_origin = (int32_t)number("prefer_same_origin");
    fill_labels(all);
}

static const chatfile_upload_options *upload_options(struct uploading *all, struct call *call)
{
    const struct uploading none = { CHATFILE_UPLOAD_OPTIONS_INIT, CHATFILE_EASEMOB_UPLOAD_INIT,
                                    CHATFILE_NETEASE_UPLOAD_INIT, CHATFILE_HUAWEI_UPLOAD_INIT,
                                    CHATFILE_SMH_UPLOAD_INIT, CHATFILE_OPENIM_UPLOAD_INIT, { NULL } };
    *all = none;
    all->options.file_name = text("file_name");
    all->options.content_type = text("content_type");
    all->options.progress = has("progress") ? on_progress : NULL;
    all->options.progress_user = call;
    all->options.cancel = call->cancel;
    all->options.parallel_parts = (uint32_t)number("parallel_parts");
    all->options.resumable = (int32_t)number("resumable");
    all->options.resume_token = text("resume_token");
    all->options.checkpoint = text("checkpoint");
    all->options.easemob = has("easemob") ? &all->easemob : NULL;
    all->options.netease = has("netease") ? &all->netease : NULL;
    all->options.huawei = has("huawei") ? &all->huawei : NULL;
    all->options.smh = has("smh") ? &all->smh : NULL;
    all->options.openim = has("openim") ? &all->openim : NULL;
    fill_smh(all);
    all->openim.method = (uint32_t)number("method");
    all->openim.name = text("name");
    all->openim.group = text("group");
    all->openim.cause = text("cause");
    all->openim.absolute = (int32_t)number("absolute");
    all->huawei.file_type = text("file_type");
    all->easemob.restrict_access = (int32_t)number("restrict_access");
    all->easemob.thumbnail_width = (uint32_t)number("thumbnail_width");
    all->easemob.thumbnail_height = (uint32_t)number("thumbnail_height");
    all->netease.method = (uint32_t)number("method");
    all->netease.plain_http_url = (int32_t)number("plain_http_url");
    all->netease.media_type = text("media_type");
    all->netease.tag = text("tag");
    all->netease.expire_seconds = (uint64_t)number("expire_seconds");
    return &all->options;
}

struct downloading {
    chatfile_download_options options;
    chatfile_easemob_download easemob;
    chatfile_huawei_download huawei;
    chatfile_smh_download smh;
    chatfile_openim_download openim;
};

static const chatfile_download_options *download_options(struct downloading *all, struct call *call)
{
    const struct downloading none = { CHATFILE_DOWNLOAD_OPTIONS_INIT, CHATFILE_EASEMOB_DOWNLOAD_INIT,
                                      CHATFILE_HUAWEI_DOWNLOAD_INIT, CHATFILE_SMH_DOWNLOAD_INIT,
                                      CHATFILE_OPENIM_DOWNLOAD_INIT };
    *all = none;
    all->options.max_size = (uint64_t)number("max_size");
    all->options.resume = (int32_t)number("resume");
    all->options.progress = has("progress") ? on_progress : NULL;
    all->options.progress_user = call;
    all->options.cancel = call->cancel;
    all->options.easemob = has("easemob") ? &all->easemob : NULL;
    all->options.huawei = has("huawei") ? &all->huawei : NULL;
    all->options.smh = has("smh") ? &all->smh : NULL;
    all->options.openim = has("openim") ? &all->openim : NULL;
    all->smh.traffic_limit = (uint64_t)number("traffic_limit");
    all->openim.thumbnail = (int32_t)number("thumbnail");
    all->openim.thumbnail_width = (uint32_t)number("thumbnail_width");
    all->openim.thumbnail_height = (uint32_t)number("thumbnail_height");
    all->openim.thumbnail_format = text("thumbnail_format");
    all->huawei.file_type = text("file_type");
    all->easemob.share_secret = text("share_secret");
    all->easemob.thumbnail = (int32_t)number("thumbnail");
    return &all->options;
}

#endif
