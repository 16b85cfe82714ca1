/*
 * What results and errors of the C++ API say.
 *
 * Made from include/chatfile.h by cargo xtask bindings; do not edit.
 */
#ifndef DRIVER_RESULTS_HPP
#define DRIVER_RESULTS_HPP

#include <chatfile.hpp>

#include "driver_line.hpp"

inline void tell(answer &out, const chatfile::upload_result &from)
{
    out.say("file", from.file);
    out.say("url", from.url);
    out.say("share_secret", from.share_secret);
    out.say("size", from.size);
    out.say("instant", from.instant);
    out.say("attempts", from.attempts);
    out.say("md5", from.md5);
    out.say("sha256", from.sha256);
    out.say("crc64", from.crc64);
    out.say("message", from.message);
    out.say("message_type", from.message_type);
    out.say("content_cas", from.content_cas);
}

inline void tell(answer &out, const chatfile::download_result &from)
{
    out.say("size", from.size);
    out.say("file_size", from.file_size);
    out.say("media_type", from.media_type);
    out.say("content_encoding", from.content_encoding);
    out.say("attempts", from.attempts);
}

inline void tell(answer &out, const chatfile::delete_result &from)
{
    out.say("task_id", from.task_id);
    out.say("recycled_item_id", from.recycled_item_id);
    out.say("attempts", from.attempts);
}

inline void tell(answer &out, const chatfile::file_info &from)
{
    out.say("name", from.name);
    out.say("kind", from.kind);
    out.say("size", from.size);
    out.say("crc64", from.crc64);
    out.say("etag", from.etag);
    out.say("media_type", from.media_type);
    out.say("creation_time", from.creation_time);
    out.say("modification_time", from.modification_time);
    out.say("local_creation_time", from.local_creation_time);
    out.say("local_modification_time", from.local_modification_time);
    out.say("label", from.labels);
    out.say("category", from.category);
    out.say("url", from.url);
    out.say("content_cas", from.content_cas);
    out.say("version", from.version);
}

inline void tell(answer &out, const chatfile::check_step &from)
{
    out.say("kind", from.kind);
    out.say("verdict", from.verdict);
    out.say("status", from.status);
    out.say("time_ms", from.time);
    out.say("text", from.text);
    out.say("advice", from.advice);
}

inline void tell(answer &out, const chatfile::listing &from)
{
    out.say("count", from.entries.size());
    for (std::size_t i = 0; i < from.entries.size(); i++)
        out.at(i, [&] { tell(out, from.entries[i]); });
    out.say("next_marker", from.next_marker);
}

inline void tell(answer &out, const std::vector<chatfile::check_step> &from)
{
    out.say("count", from.size());
    for (std::size_t i = 0; i < from.size(); i++)
        out.at(i, [&] { tell(out, from[i]); });
}

inline void tell(answer &out, const chatfile::presigned &from)
{
    out.say("json", from.json());
    out.say("needs_completion", from.needs_completion());
    out.say("completion", from.completion());
    out.say("expires_at", from.expires_at());
    out.say("max_size", from.max_size());
    out.say("method", from.method());
    out.say("url", from.url());
    out.say("header", from.headers());
    out.say("prefix", from.prefix());
    out.say("encoding", from.encoding());
    out.say("suffix", from.suffix());
    out.say("field", from.fields());
    out.say("success_status", from.success_statuses());
}

inline void tell(answer &out, const chatfile::error &from)
{
    out.say("http_status", from.http_status());
    out.say("service_code", from.service_code());
    out.say("service_message", from.service_message());
    out.say("request_id", from.request_id());
    out.say("phase", from.phase());
    out.say("retryable", from.retryable());
    out.say("retry_after_ms", from.retry_after());
    out.say("attempts", from.attempts());
    out.say("callback_value", from.callback_value());
    out.say("resume_token", from.resume_token());
    out.say("file", from.file());
    out.say("os_error", from.os_error());
    out.say("limit", from.limit());
    out.say("actual", from.actual());
    out.say("tls_fault", from.tls_fault());
    out.say("trace", from.trace());
    out.say("at_proxy", from.at_proxy());
}

#endif
