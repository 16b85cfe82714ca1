/*
 * The verbs of the driver that are about files that are there, and about uploads in parts.
 */
#ifndef DRIVER_FILES_HPP
#define DRIVER_FILES_HPP

#include <chatfile.hpp>

#include "driver_calls.hpp"
#include "driver_client.hpp"

inline answer do_info(const line &in)
{
    call own(in);
    return told(CALL(client_of(in)., info, in.word("file"), chatfile::info_options{ own.cancel() }));
}

inline answer do_exists(const line &in)
{
    call own(in);
    const auto exists = CALL(client_of(in)., exists, in.word("file"), chatfile::info_options{ own.cancel() });
    return told(exists, [&](answer &out) { out.say("value", *exists ? 1 : 0); });
}

inline answer do_check(const line &in)
{
    call own(in);
    chatfile::check_options options = check_options_of(in);
    options.cancel = own.cancel();
    return told(CALL(client_of(in)., check, options));
}

inline answer do_list(const line &in)
{
    call own(in);
    chatfile::list_options options = list_options_of(in);
    options.cancel = own.cancel();
    return told(CALL(client_of(in)., list, in.word("directory"), options));
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
    out.say("given", given);
    out.say("names", names);
    return out;
}

inline answer do_abort_upload(const line &in)
{
    call own(in);
    chatfile::abort_upload_options options = abort_upload_options_of(in);
    options.cancel = own.cancel();
    return told(CALL(client_of(in)., abort_upload, options), [](answer &) {});
}

inline answer do_delete(const line &in)
{
    call own(in);
    chatfile::delete_options options = delete_options_of(in);
    options.cancel = own.cancel();
    return told(CALL(client_of(in)., delete_file, in.word("file"), options));
}

inline answer do_delete_by_time(const line &in)
{
    call own(in);
    chatfile::delete_options options;
    options.cancel = own.cancel();
    return told(CALL(client_of(in)., delete_by_time, netease_delete_task_of(in), options));
}

#endif
