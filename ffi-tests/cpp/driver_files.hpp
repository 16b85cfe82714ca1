/*
 * The verbs of the driver that are about files that are there, and about uploads in parts.
 */
#ifndef DRIVER_FILES_HPP
#define DRIVER_FILES_HPP

#include <chatfile.hpp>

#include "driver_calls.hpp"
#include "driver_client.hpp"

inline void tell_info(answer &out, const std::string &prefix, const chatfile::file_info &info)
{
    out.say(prefix + "name", info.name);
    out.say(prefix + "kind", info.kind);
    out.say(prefix + "etag", info.etag);
    out.say(prefix + "media_type", info.media_type);
    out.say(prefix + "creation_time", info.creation_time);
    out.say(prefix + "modification_time", info.modification_time);
    out.say(prefix + "local_creation_time", info.local_creation_time);
    out.say(prefix + "local_modification_time", info.local_modification_time);
    out.say(prefix + "category", info.category);
    out.say(prefix + "url", info.url);
    out.say(prefix + "content_cas", info.content_cas);
    out.say(prefix + "version", info.version);
    if (info.size)
        out.number(prefix + "size", *info.size);
    out.say(prefix + "crc64", info.crc64);
    for (std::size_t i = 0; i < info.labels.size(); i++)
        out.say(prefix + "label." + std::to_string(i), info.labels[i]);
}

inline answer do_info(const line &in)
{
    call own(in);
    const auto info = CALL(client_of(in)., info, in.word("file"), chatfile::info_options{ own.cancel() });
    return told(info, [&](answer &out) { tell_info(out, "", *info); });
}

inline answer do_exists(const line &in)
{
    call own(in);
    const auto exists = CALL(client_of(in)., exists, in.word("file"), chatfile::info_options{ own.cancel() });
    return told(exists, [&](answer &out) { out.number("value", *exists ? 1 : 0); });
}

inline answer do_check(const line &in)
{
    call own(in);
    chatfile::check_options options = check_options_of(in);
    options.cancel = own.cancel();
    const auto steps = CALL(client_of(in)., check, options);
    return told(steps, [&](answer &out) {
        out.number("count", steps->size());
        for (std::size_t i = 0; i < steps->size(); i++) {
            const chatfile::check_step &step = (*steps)[i];
            const std::string prefix = std::to_string(i) + ".";
            out.number(prefix + "kind", static_cast<int>(step.kind));
            out.number(prefix + "verdict", static_cast<int>(step.verdict));
            out.number(prefix + "status", static_cast<int>(step.status));
            out.say(prefix + "text", step.text);
            out.say(prefix + "advice", step.advice);
        }
    });
}

inline answer do_list(const line &in)
{
    call own(in);
    chatfile::list_options options = list_options_of(in);
    options.cancel = own.cancel();
    const auto listing = CALL(client_of(in)., list, in.word("directory"), options);
    return told(listing, [&](answer &out) {
        out.number("count", listing->entries.size());
        out.say("next_marker", listing->next_marker);
        for (std::size_t i = 0; i < listing->entries.size(); i++)
            tell_info(out, std::to_string(i) + ".", listing->entries[i]);
    });
}

inline answer do_list_all(const line &in)
{
    call own(in);
    chatfile::list_options options = list_options_of(in);
    options.cancel = own.cancel();
    auto entries = client_of(in).list_all(in.word("directory"), options);
    std::string names;
    std::size_t given = 0;
    auto next = entries.try_next();
    for (; next && next->has_value(); next = entries.try_next(), given++)
        names += (*next)->name.value_or("") + "/";
    answer out = told(next, [](answer &) {});
    out.number("given", given);
    out.say("names", names);
    return out;
}

inline answer do_abort_upload(const line &in)
{
    call own(in);
    chatfile::abort_upload_options options = abort_upload_options_of(in);
    options.cancel = own.cancel();
    return told(CALL(client_of(in)., abort_upload, in.word("resume_token"), options), [](answer &) {});
}

inline answer told_deleted(const chatfile::result<chatfile::delete_result> &deleted)
{
    return told(deleted, [&](answer &out) {
        out.say("task_id", deleted->task_id);
        out.say("recycled_item_id", deleted->recycled_item_id);
        out.number("attempts", deleted->attempts);
    });
}

inline answer do_delete(const line &in)
{
    call own(in);
    chatfile::delete_options options = delete_options_of(in);
    options.cancel = own.cancel();
    return told_deleted(CALL(client_of(in)., delete_file, in.word("file"), options));
}

inline answer do_delete_by_time(const line &in)
{
    call own(in);
    chatfile::delete_options options;
    options.cancel = own.cancel();
    return told_deleted(CALL(client_of(in)., delete_by_time, netease_delete_task_of(in), options));
}

#endif
