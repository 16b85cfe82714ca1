/*
 * The keys of a line as options of uploads and downloads.
 */
#ifndef DRIVER_OPTIONS_HPP
#define DRIVER_OPTIONS_HPP

#include <chatfile.hpp>

#include "driver_calls.hpp"
#include "driver_fields.hpp"

inline chatfile::upload_options upload_options(const line &in, call &own)
{
    chatfile::upload_options options = upload_options_of(in);
    options.progress = own.progress();
    options.cancel = own.cancel();
    return options;
}

inline chatfile::download_options download_options(const line &in, call &own)
{
    chatfile::download_options options = download_options_of(in);
    options.progress = own.progress();
    options.cancel = own.cancel();
    return options;
}

#endif
