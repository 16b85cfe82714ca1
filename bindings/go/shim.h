/*
 * Between Go and the C interface of chatfile. Go's functions are called by functions of C that take a number (a
 * cgo.Handle) out of the user pointer, so that C never holds a pointer into Go's memory.
 */
#ifndef CHATFILE_GO_SHIM_H
#define CHATFILE_GO_SHIM_H

#include <chatfile.h>

/* The number that `call` is known by belongs to the call that this thread is in: shim.c keeps it while it lasts. */
typedef uintptr_t chatfile_go_call;

/* Empties memory in a way that no compiler leaves out. */
void chatfile_go_wipe(void *memory, size_t size);

void chatfile_go_set_log(chatfile_client_options *options, uintptr_t user);

/* Sets the two fields that every configuration ends with. */
void chatfile_go_set_login(chatfile_client_options *options, uintptr_t user);
void chatfile_go_set_secret(chatfile_secret_fn *secret, void **secret_user, uintptr_t user);

void chatfile_go_set_reader(chatfile_source *source, int can_rewind, chatfile_go_call call);
void chatfile_go_set_writer(chatfile_sink *sink, chatfile_go_call call);
void chatfile_go_set_progress(chatfile_progress_fn *progress, void **progress_user, chatfile_go_call call);

/*
 * The verbs. Uploads take the bytes of a source in memory (has_data) apart from it, for they are Go's and may not be
 * in a structure of C; with a presigned request the two are those of presigned requests.
 */
chatfile_status chatfile_go_upload(chatfile_go_call call, const chatfile_client *client,
                                   const chatfile_presigned *presigned, chatfile_source *source, int has_data,
                                   const unsigned char *data, size_t size, const chatfile_upload_options *options,
                                   chatfile_upload_result **out, chatfile_error **error);
chatfile_status chatfile_go_download(chatfile_go_call call, const chatfile_client *client,
                                     const chatfile_presigned *presigned, const char *file, const chatfile_sink *sink,
                                     const chatfile_download_options *options, chatfile_download_result **out,
                                     chatfile_error **error);
chatfile_status chatfile_go_delete(chatfile_go_call call, const chatfile_client *client, const char *file,
                                   const chatfile_netease_delete_task *task, const chatfile_delete_options *options,
                                   chatfile_delete_result **out, chatfile_error **error);
chatfile_status chatfile_go_abort_upload(chatfile_go_call call, const chatfile_client *client,
                                         const chatfile_abort_upload_options *options, chatfile_error **error);
chatfile_status chatfile_go_info(chatfile_go_call call, const chatfile_client *client, const char *file,
                                 const chatfile_info_options *options, chatfile_file_info **out,
                                 chatfile_error **error);
chatfile_status chatfile_go_exists(chatfile_go_call call, const chatfile_client *client, const char *file,
                                   const chatfile_info_options *options, int32_t *out, chatfile_error **error);
chatfile_status chatfile_go_check(chatfile_go_call call, const chatfile_client *client,
                                  const chatfile_check_options *options, chatfile_check_result **out,
                                  chatfile_error **error);
chatfile_status chatfile_go_list(chatfile_go_call call, const chatfile_client *client, const char *directory,
                                 const chatfile_list_options *options, chatfile_listing **out, chatfile_error **error);
chatfile_status chatfile_go_list_cursor_next(chatfile_go_call call, chatfile_list_cursor *cursor,
                                             const chatfile_file_info **out, chatfile_error **error);
chatfile_status chatfile_go_presign_upload(chatfile_go_call call, const chatfile_client *client, uint64_t size,
                                           const chatfile_upload_options *options, chatfile_presigned **out,
                                           chatfile_error **error);
chatfile_status chatfile_go_presign_download(chatfile_go_call call, const chatfile_client *client, const char *file,
                                             const chatfile_download_options *options, chatfile_presigned **out,
                                             chatfile_error **error);
chatfile_status chatfile_go_complete_presigned(chatfile_go_call call, const chatfile_client *client,
                                               const chatfile_presigned *presigned,
                                               const chatfile_complete_presigned_options *options,
                                               chatfile_upload_result **out, chatfile_error **error);

#endif
