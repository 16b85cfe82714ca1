#include "shim.h"

#include "_cgo_export.h"

/*
 * The call that this thread is in, for callbacks that belong to a client: they run on a thread that made a call, and a
 * panic in them has to come out of it. A callback may make another call, so the one around it is put back.
 */
#if defined(_MSC_VER)
static __declspec(thread) chatfile_go_call current;
#else
static __thread chatfile_go_call current;
#endif

#define DURING(call, statement)                                                                                        \
    do {                                                                                                               \
        chatfile_go_call around = current;                                                                             \
        current = (call);                                                                                              \
        statement;                                                                                                     \
        current = around;                                                                                              \
    } while (0)

void chatfile_go_wipe(void *memory, size_t size)
{
    volatile unsigned char *byte = memory;
    while (size-- > 0)
        *byte++ = 0;
}

static void CHATFILE_CALL on_log(void *user, chatfile_log_level level, const char *line)
{
    chatfileGoLog((uintptr_t)user, current, level, (char *)line);
}

void chatfile_go_set_log(chatfile_client_options *options, uintptr_t user)
{
    options->log = on_log;
    options->log_user = (void *)user;
}

static int32_t CHATFILE_CALL on_secret(void *user, const char *name, char *buffer, size_t capacity, size_t *size)
{
    return chatfileGoSecret((uintptr_t)user, current, (char *)name, buffer, capacity, size);
}

void chatfile_go_set_secret(chatfile_secret_fn *secret, void **secret_user, uintptr_t user)
{
    *secret = on_secret;
    *secret_user = (void *)user;
}

static int32_t CHATFILE_CALL on_login(void *user, const char *proxy, const char *scheme, const char *realm,
                                      char *buffer, size_t capacity, size_t *size)
{
    return chatfileGoLogin((uintptr_t)user, current, (char *)proxy, (char *)scheme, (char *)realm, buffer, capacity,
                           size);
}

void chatfile_go_set_login(chatfile_client_options *options, uintptr_t user)
{
    options->proxy_login = on_login;
    options->proxy_login_user = (void *)user;
}

static int32_t CHATFILE_CALL on_read(void *user, void *buffer, size_t capacity, size_t *size)
{
    return chatfileGoRead((uintptr_t)user, buffer, capacity, size);
}

static int32_t CHATFILE_CALL on_rewind(void *user)
{
    return chatfileGoRewind((uintptr_t)user);
}

void chatfile_go_set_reader(chatfile_source *source, int can_rewind, chatfile_go_call call)
{
    source->read = on_read;
    source->rewind = can_rewind ? on_rewind : NULL;
    source->user = (void *)call;
}

static int32_t CHATFILE_CALL on_write(void *user, const void *data, size_t size)
{
    return chatfileGoWrite((uintptr_t)user, (void *)data, size);
}

void chatfile_go_set_writer(chatfile_sink *sink, chatfile_go_call call)
{
    sink->write = on_write;
    sink->user = (void *)call;
}

static int32_t CHATFILE_CALL on_progress(void *user, const chatfile_progress *progress)
{
    return chatfileGoProgress((uintptr_t)user, (chatfile_progress *)progress);
}

void chatfile_go_set_progress(chatfile_progress_fn *progress, void **progress_user, chatfile_go_call call)
{
    *progress = on_progress;
    *progress_user = (void *)call;
}

chatfile_status chatfile_go_upload(chatfile_go_call call, const chatfile_client *client,
                                   const chatfile_presigned *presigned, chatfile_source *source, int has_data,
                                   const unsigned char *data, size_t size, const chatfile_upload_options *options,
                                   chatfile_upload_result **out, chatfile_error **error)
{
    /* A copy, so that nothing of Go's is in memory that outlives this call. */
    chatfile_source own = *source;
    chatfile_status status;
    if (has_data) {
        own.data = data != NULL ? (const void *)data : "";
        own.data_size = size;
    }
    if (presigned != NULL)
        DURING(call, status = chatfile_send_presigned(client, presigned, &own, options, out, error));
    else
        DURING(call, status = chatfile_upload(client, &own, options, out, error));
    return status;
}

chatfile_status chatfile_go_download(chatfile_go_call call, const chatfile_client *client,
                                     const chatfile_presigned *presigned, const char *file, const chatfile_sink *sink,
                                     const chatfile_download_options *options, chatfile_download_result **out,
                                     chatfile_error **error)
{
    chatfile_status status;
    if (presigned != NULL)
        DURING(call, status = chatfile_receive_presigned(client, presigned, sink, options, out, error));
    else
        DURING(call, status = chatfile_download(client, file, sink, options, out, error));
    return status;
}

chatfile_status chatfile_go_delete(chatfile_go_call call, const chatfile_client *client, const char *file,
                                   const chatfile_netease_delete_task *task, const chatfile_delete_options *options,
                                   chatfile_delete_result **out, chatfile_error **error)
{
    chatfile_status status;
    DURING(call, status = task != NULL ? chatfile_delete_by_time(client, task, options, out, error)
                                       : chatfile_delete(client, file, options, out, error));
    return status;
}

chatfile_status chatfile_go_abort_upload(chatfile_go_call call, const chatfile_client *client,
                                         const chatfile_abort_upload_options *options, chatfile_error **error)
{
    chatfile_status status;
    DURING(call, status = chatfile_abort_upload(client, options, error));
    return status;
}

chatfile_status chatfile_go_info(chatfile_go_call call, const chatfile_client *client, const char *file,
                                 const chatfile_info_options *options, chatfile_file_info **out, chatfile_error **error)
{
    chatfile_status status;
    DURING(call, status = chatfile_info(client, file, options, out, error));
    return status;
}

chatfile_status chatfile_go_exists(chatfile_go_call call, const chatfile_client *client, const char *file,
                                   const chatfile_info_options *options, int32_t *out, chatfile_error **error)
{
    chatfile_status status;
    DURING(call, status = chatfile_exists(client, file, options, out, error));
    return status;
}

chatfile_status chatfile_go_check(chatfile_go_call call, const chatfile_client *client,
                                  const chatfile_check_options *options, chatfile_check_result **out,
                                  chatfile_error **error)
{
    chatfile_status status;
    DURING(call, status = chatfile_check(client, options, out, error));
    return status;
}

chatfile_status chatfile_go_list(chatfile_go_call call, const chatfile_client *client, const char *directory,
                                 const chatfile_list_options *options, chatfile_listing **out, chatfile_error **error)
{
    chatfile_status status;
    DURING(call, status = chatfile_list(client, directory, options, out, error));
    return status;
}

chatfile_status chatfile_go_list_cursor_next(chatfile_go_call call, chatfile_list_cursor *cursor,
                                             const chatfile_file_info **out, chatfile_error **error)
{
    chatfile_status status;
    DURING(call, status = chatfile_list_cursor_next(cursor, out, error));
    return status;
}

chatfile_status chatfile_go_presign_upload(chatfile_go_call call, const chatfile_client *client, uint64_t size,
                                           const chatfile_upload_options *options, chatfile_presigned **out,
                                           chatfile_error **error)
{
    chatfile_status status;
    DURING(call, status = chatfile_presign_upload(client, size, options, out, error));
    return status;
}

chatfile_status chatfile_go_presign_download(chatfile_go_call call, const chatfile_client *client, const char *file,
                                             const chatfile_download_options *options, chatfile_presigned **out,
                                             chatfile_error **error)
{
    chatfile_status status;
    DURING(call, status = chatfile_presign_download(client, file, options, out, error));
    return status;
}

chatfile_status chatfile_go_complete_presigned(chatfile_go_call call, const chatfile_client *client,
                                               const chatfile_presigned *presigned,
                                               const chatfile_complete_presigned_options *options,
                                               chatfile_upload_result **out, chatfile_error **error)
{
    chatfile_status status;
    DURING(call, status = chatfile_complete_presigned(client, presigned, options, out, error));
    return status;
}
