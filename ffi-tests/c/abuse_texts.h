/*
 * Where the texts of each structure are, and what errors call them.
 *
 * Made from include/chatfile.h by cargo xtask bindings; do not edit.
 */
#ifndef ABUSE_TEXTS_H
#define ABUSE_TEXTS_H

#include <chatfile.h>
#include <stddef.h>

#define TEXTS_OF_chatfile_client_options \
    { "user_agent", offsetof(chatfile_client_options, user_agent) }, \
    { "fallback_urls", offsetof(chatfile_client_options, fallback_urls) }, \
    { "resolve", offsetof(chatfile_client_options, resolve) }, \
    { "proxy", offsetof(chatfile_client_options, proxy) }, \
    { "no_proxy", offsetof(chatfile_client_options, no_proxy) }, \
    { "ca_certificates_path", offsetof(chatfile_client_options, ca_certificates_path) }

#define TEXTS_OF_chatfile_source \
    { "source.path", offsetof(chatfile_source, path) }

#define TEXTS_OF_chatfile_easemob_upload \
    { NULL, 0 }

#define TEXTS_OF_chatfile_netease_upload \
    { "tag", offsetof(chatfile_netease_upload, tag) }

#define TEXTS_OF_chatfile_huawei_upload \
    { "file_type", offsetof(chatfile_huawei_upload, file_type) }

#define TEXTS_OF_chatfile_smh_upload \
    { "directory", offsetof(chatfile_smh_upload, directory) }, \
    { "category", offsetof(chatfile_smh_upload, category) }, \
    { "local_creation_time", offsetof(chatfile_smh_upload, local_creation_time) }, \
    { "local_modification_time", offsetof(chatfile_smh_upload, local_modification_time) }, \
    { "content_cas", offsetof(chatfile_smh_upload, content_cas) }

#define TEXTS_OF_chatfile_openim_upload \
    { "name", offsetof(chatfile_openim_upload, name) }, \
    { "group", offsetof(chatfile_openim_upload, group) }, \
    { "cause", offsetof(chatfile_openim_upload, cause) }

#define TEXTS_OF_chatfile_upload_options \
    { "file_name", offsetof(chatfile_upload_options, file_name) }, \
    { "media_type", offsetof(chatfile_upload_options, media_type) }, \
    { "resume_token", offsetof(chatfile_upload_options, resume_token) }, \
    { "checkpoint", offsetof(chatfile_upload_options, checkpoint) }

#define TEXTS_OF_chatfile_abort_upload_options \
    { "resume_token", offsetof(chatfile_abort_upload_options, resume_token) }, \
    { "checkpoint", offsetof(chatfile_abort_upload_options, checkpoint) }

#define TEXTS_OF_chatfile_sink \
    { "sink.path", offsetof(chatfile_sink, path) }

#define TEXTS_OF_chatfile_easemob_download \
    { "share_secret", offsetof(chatfile_easemob_download, share_secret) }

#define TEXTS_OF_chatfile_huawei_download \
    { "file_type", offsetof(chatfile_huawei_download, file_type) }

#define TEXTS_OF_chatfile_smh_download \
    { "version", offsetof(chatfile_smh_download, version) }

#define TEXTS_OF_chatfile_openim_download \
    { "thumbnail_format", offsetof(chatfile_openim_download, thumbnail_format) }

#define TEXTS_OF_chatfile_download_options \
    { "expected_md5", offsetof(chatfile_download_options, expected_md5) }, \
    { "expected_sha256", offsetof(chatfile_download_options, expected_sha256) }, \
    { "expected_crc64", offsetof(chatfile_download_options, expected_crc64) }, \
    { "referer", offsetof(chatfile_download_options, referer) }

#define TEXTS_OF_chatfile_info_options \
    { NULL, 0 }

#define TEXTS_OF_chatfile_list_options \
    { "marker", offsetof(chatfile_list_options, marker) }

#define TEXTS_OF_chatfile_smh_delete \
    { NULL, 0 }

#define TEXTS_OF_chatfile_delete_options \
    { NULL, 0 }

#define TEXTS_OF_chatfile_check_options \
    { NULL, 0 }

#define TEXTS_OF_chatfile_complete_presigned_options \
    { NULL, 0 }

#define TEXTS_OF_chatfile_digest_update_file_options \
    { NULL, 0 }

#define TEXTS_OF_chatfile_easemob \
    { "base_url", offsetof(chatfile_easemob, base_url) }, \
    { "app_key", offsetof(chatfile_easemob, app_key) }, \
    { "client_id", offsetof(chatfile_easemob, client_id) }, \
    { "client_secret", offsetof(chatfile_easemob, client_secret) }, \
    { "username", offsetof(chatfile_easemob, username) }, \
    { "password", offsetof(chatfile_easemob, password) }, \
    { "token", offsetof(chatfile_easemob, token) }

#define TEXTS_OF_chatfile_netease \
    { "base_url", offsetof(chatfile_netease, base_url) }, \
    { "app_key", offsetof(chatfile_netease, app_key) }, \
    { "app_secret", offsetof(chatfile_netease, app_secret) }

#define TEXTS_OF_chatfile_netease_delete_task \
    { "media_type", offsetof(chatfile_netease_delete_task, media_type) }, \
    { "tag", offsetof(chatfile_netease_delete_task, tag) }

#define TEXTS_OF_chatfile_huawei \
    { "base_url", offsetof(chatfile_huawei, base_url) }, \
    { "app_key", offsetof(chatfile_huawei, app_key) }, \
    { "app_secret", offsetof(chatfile_huawei, app_secret) }, \
    { "channel_id", offsetof(chatfile_huawei, channel_id) }, \
    { "user_id", offsetof(chatfile_huawei, user_id) }, \
    { "user_name", offsetof(chatfile_huawei, user_name) }, \
    { "locale", offsetof(chatfile_huawei, locale) }

#define TEXTS_OF_chatfile_smh \
    { "base_url", offsetof(chatfile_smh, base_url) }, \
    { "library_id", offsetof(chatfile_smh, library_id) }, \
    { "library_secret", offsetof(chatfile_smh, library_secret) }, \
    { "access_token", offsetof(chatfile_smh, access_token) }, \
    { "space_id", offsetof(chatfile_smh, space_id) }, \
    { "user_id", offsetof(chatfile_smh, user_id) }, \
    { "client_id", offsetof(chatfile_smh, client_id) }, \
    { "session_id", offsetof(chatfile_smh, session_id) }, \
    { "grant", offsetof(chatfile_smh, grant) }

#define TEXTS_OF_chatfile_openim \
    { "base_url", offsetof(chatfile_openim, base_url) }, \
    { "user_id", offsetof(chatfile_openim, user_id) }, \
    { "token", offsetof(chatfile_openim, token) }, \
    { "admin_secret", offsetof(chatfile_openim, admin_secret) }, \
    { "admin_user_id", offsetof(chatfile_openim, admin_user_id) }

#endif
