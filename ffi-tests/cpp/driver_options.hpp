/*
 * The keys of a line as options of uploads and downloads.
 */
#ifndef DRIVER_OPTIONS_HPP
#define DRIVER_OPTIONS_HPP

#include <chatfile.hpp>

#include <sstream>

#include "driver_calls.hpp"
#include "driver_client.hpp"

inline chatfile::smh_upload smh_upload(const line &in)
{
    chatfile::smh_upload smh;
    smh.method = static_cast<chatfile::smh_method>(in.u32("method"));
    smh.conflict = static_cast<chatfile::smh_conflict>(in.u32("conflict"));
    smh.directory = in.text("directory");
    smh.create_directories = in.flag("create_directories");
    smh.skip_instant = in.flag("skip_instant");
    smh.part_size = in.u64("part_size");
    smh.category = in.text("category");
    smh.local_creation_time = in.text("local_creation_time");
    smh.local_modification_time = in.text("local_modification_time");
    smh.traffic_limit = in.u64("traffic_limit");
    smh.prefer_same_origin = in.flag("prefer_same_origin");
    std::istringstream labels(in.word("labels"));
    for (std::string label; std::getline(labels, label, ',');)
        smh.labels.push_back(label);
    return smh;
}

inline chatfile::upload_options upload_options(const line &in, call &own)
{
    chatfile::upload_options options;
    options.file_name = in.text("file_name");
    options.content_type = in.text("content_type");
    options.progress = own.progress();
    options.cancel = own.cancel();
    options.parallel_parts = in.u32("parallel_parts");
    options.resumable = in.flag("resumable");
    options.resume_token = in.text("resume_token");
    options.checkpoint = in.text("checkpoint");
    if (in.has("easemob")) {
        auto &easemob = options.easemob.emplace();
        easemob.restrict_access = in.flag("restrict_access");
        easemob.thumbnail_width = in.u32("thumbnail_width");
        easemob.thumbnail_height = in.u32("thumbnail_height");
    }
    if (in.has("netease")) {
        auto &netease = options.netease.emplace();
        netease.method = static_cast<chatfile::netease_method>(in.u32("method"));
        netease.plain_http_url = in.flag("plain_http_url");
        netease.media_type = in.text("media_type");
        netease.tag = in.text("tag");
        netease.expire = seconds(in, "expire_seconds");
    }
    if (in.has("huawei"))
        options.huawei.emplace().file_type = in.text("file_type");
    if (in.has("smh"))
        options.smh = smh_upload(in);
    if (in.has("openim")) {
        auto &openim = options.openim.emplace();
        openim.method = static_cast<chatfile::openim_method>(in.u32("method"));
        openim.name = in.text("name");
        openim.group = in.text("group");
        openim.cause = in.text("cause");
        openim.absolute = in.flag("absolute");
    }
    return options;
}

inline chatfile::download_options download_options(const line &in, call &own)
{
    chatfile::download_options options;
    options.max_size = in.u64("max_size");
    options.resume = in.flag("resume");
    options.progress = own.progress();
    options.cancel = own.cancel();
    if (in.has("easemob")) {
        auto &easemob = options.easemob.emplace();
        easemob.share_secret = in.text("share_secret");
        easemob.thumbnail = in.flag("thumbnail");
    }
    if (in.has("huawei"))
        options.huawei.emplace().file_type = in.word("file_type");
    if (in.has("smh"))
        options.smh.emplace().traffic_limit = in.u64("traffic_limit");
    if (in.has("openim")) {
        auto &openim = options.openim.emplace();
        openim.thumbnail = in.flag("thumbnail");
        openim.thumbnail_width = in.u32("thumbnail_width");
        openim.thumbnail_height = in.u32("thumbnail_height");
        openim.thumbnail_format = in.text("thumbnail_format");
    }
    return options;
}

#endif
