/*
 * What results and errors of the C ABI say.
 *
 * Made from include/chatfile.h by cargo xtask bindings; do not edit.
 */
#ifndef DRIVER_RESULTS_H
#define DRIVER_RESULTS_H

#include <chatfile.h>

#include "driver_line.h"

static void say_upload_result(const chatfile_upload_result *from)
{
    say("file", chatfile_upload_result_file(from));
    say("url", chatfile_upload_result_url(from));
    say("share_secret", chatfile_upload_result_share_secret(from));
    say_u64("size", chatfile_upload_result_size(from));
    say_number("instant", chatfile_upload_result_instant(from));
    say_number("attempts", chatfile_upload_result_attempts(from));
    say("md5", chatfile_upload_result_md5(from));
    say("sha256", chatfile_upload_result_sha256(from));
    say("crc64", chatfile_upload_result_crc64(from));
    say("message", chatfile_upload_result_message(from));
    say("message_type", chatfile_upload_result_message_type(from));
    say("content_cas", chatfile_upload_result_content_cas(from));
}

static void say_download_result(const chatfile_download_result *from)
{
    uint64_t number = UNSET;
    say_u64("size", chatfile_download_result_size(from));
    say_known("file_size", chatfile_download_result_file_size(from, &number), &number);
    say("media_type", chatfile_download_result_media_type(from));
    say("content_encoding", chatfile_download_result_content_encoding(from));
    say_number("attempts", chatfile_download_result_attempts(from));
}

static void say_delete_result(const chatfile_delete_result *from)
{
    say("task_id", chatfile_delete_result_task_id(from));
    say("recycled_item_id", chatfile_delete_result_recycled_item_id(from));
    say_number("attempts", chatfile_delete_result_attempts(from));
}

static void say_file_info(const chatfile_file_info *from)
{
    char key[100];
    size_t i;
    uint64_t number = UNSET;
    say("name", chatfile_file_info_name(from));
    say("kind", chatfile_file_info_kind(from));
    say_known("size", chatfile_file_info_size(from, &number), &number);
    say("crc64", chatfile_file_info_crc64(from));
    say("etag", chatfile_file_info_etag(from));
    say("media_type", chatfile_file_info_media_type(from));
    say("creation_time", chatfile_file_info_creation_time(from));
    say("modification_time", chatfile_file_info_modification_time(from));
    say("local_creation_time", chatfile_file_info_local_creation_time(from));
    say("local_modification_time", chatfile_file_info_local_modification_time(from));
    for (i = 0; i < chatfile_file_info_label_count(from); i++) {
        sprintf(key, "label.%u", (unsigned)i);
        say(key, chatfile_file_info_label(from, i));
    }
    if (chatfile_file_info_label(from, i) != NULL)
        die("a further label behind the last");
    say("category", chatfile_file_info_category(from));
    say("url", chatfile_file_info_url(from));
    say("content_cas", chatfile_file_info_content_cas(from));
    say("version", chatfile_file_info_version(from));
}

static void say_check_step(const chatfile_check_step *from)
{
    say_number("kind", chatfile_check_step_kind(from));
    say_number("verdict", chatfile_check_step_verdict(from));
    say_number("status", chatfile_check_step_status(from));
    say_u64("time_ms", chatfile_check_step_time_ms(from));
    say("text", chatfile_check_step_text(from));
    say("advice", chatfile_check_step_advice(from));
}

static void say_listing(const chatfile_listing *from)
{
    size_t i;
    say_u64("count", chatfile_listing_count(from));
    for (i = 0; i < chatfile_listing_count(from); i++) {
        sprintf(prefix, "%u.", (unsigned)i);
        say_file_info(chatfile_listing_entry(from, i));
    }
    prefix[0] = '\0';
    if (chatfile_listing_entry(from, i) != NULL)
        die("a further entry behind the last");
    say("next_marker", chatfile_listing_next_marker(from));
}

static void say_check_result(const chatfile_check_result *from)
{
    size_t i;
    say_u64("count", chatfile_check_result_count(from));
    for (i = 0; i < chatfile_check_result_count(from); i++) {
        sprintf(prefix, "%u.", (unsigned)i);
        say_check_step(chatfile_check_result_step(from, i));
    }
    prefix[0] = '\0';
    if (chatfile_check_result_step(from, i) != NULL)
        die("a further step behind the last");
}

static void say_presigned(const chatfile_presigned *from)
{
    char key[100];
    size_t i;
    uint64_t number = UNSET;
    say("json", chatfile_presigned_json(from));
    say_number("needs_completion", chatfile_presigned_needs_completion(from));
    say("completion", chatfile_presigned_completion(from));
    say_known("expires_at", chatfile_presigned_expires_at(from, &number), &number);
    say_known("max_size", chatfile_presigned_max_size(from, &number), &number);
    say("method", chatfile_presigned_method(from));
    say("url", chatfile_presigned_url(from));
    for (i = 0; i < chatfile_presigned_header_count(from); i++) {
        sprintf(key, "header.%.30s", chatfile_presigned_header_name(from, i));
        say(key, chatfile_presigned_header_value(from, i));
    }
    if (chatfile_presigned_header_name(from, i) != NULL || chatfile_presigned_header_value(from, i) != NULL)
        die("a further header behind the last");
    say("prefix", chatfile_presigned_prefix(from));
    say_number("encoding", chatfile_presigned_encoding(from));
    say("suffix", chatfile_presigned_suffix(from));
    for (i = 0; i < chatfile_presigned_field_count(from); i++) {
        sprintf(key, "field.%.30s", chatfile_presigned_field_name(from, i));
        say(key, chatfile_presigned_field_value(from, i));
    }
    if (chatfile_presigned_field_name(from, i) != NULL || chatfile_presigned_field_value(from, i) != NULL)
        die("a further field behind the last");
    for (i = 0; chatfile_presigned_success_status(from, i) != 0; i++) {
        sprintf(key, "success_status.%u", (unsigned)i);
        say_number(key, chatfile_presigned_success_status(from, i));
    }
}

static void say_error(const chatfile_error *from)
{
    uint64_t number = UNSET;
    say_number("http_status", chatfile_error_http_status(from));
    say("service_code", chatfile_error_service_code(from));
    say("service_message", chatfile_error_service_message(from));
    say("request_id", chatfile_error_request_id(from));
    say_number("phase", chatfile_error_phase(from));
    say_number("retryable", chatfile_error_retryable(from));
    say_known("retry_after_ms", chatfile_error_retry_after_ms(from, &number), &number);
    say_number("attempts", chatfile_error_attempts(from));
    say_number("callback_value", chatfile_error_callback_value(from));
    say("resume_token", chatfile_error_resume_token(from));
    say("file", chatfile_error_file(from));
    say_number("os_error", chatfile_error_os_error(from));
    say_known("limit", chatfile_error_limit(from, &number), &number);
    say_known("actual", chatfile_error_actual(from, &number), &number);
    say_number("tls_fault", chatfile_error_tls_fault(from));
    say("trace", chatfile_error_trace(from));
    say_number("at_proxy", chatfile_error_at_proxy(from));
}

#endif
