/*
 * The C++ API as a driver of the table of cases: reads operations as lines from standard input, answers with one line
 * each. The protocol is described in ffi-tests/tests/suite/protocol.rs.
 *
 * Without exceptions (-fno-exceptions) it uses the verbs that return a result, with them those that throw.
 */
#include <chatfile.hpp>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <mutex>
#include <sstream>
#include <thread>

#include "driver_line.hpp"

#if CHATFILE_EXCEPTIONS
#define CALL(object, verb, ...) attempt([&] { return object verb(__VA_ARGS__); })
#else
#define CALL(object, verb, ...) object try_##verb(__VA_ARGS__)
#endif

#if CHATFILE_EXCEPTIONS
/* What a verb gives or throws, as a result. */
template <class Verb> auto attempt(Verb &&verb) -> chatfile::result<decltype(verb())>
{
    try {
        if constexpr (std::is_void_v<decltype(verb())>) {
            verb();
            return {};
        } else {
            return verb();
        }
    } catch (const chatfile::error &error) {
        return error;
    }
}
#endif

namespace {

/* ---- What the callbacks of a client saw ---- */

struct seen_by_client {
    std::atomic<long long> asked{0};
    std::mutex lock;
    std::string log;
};

struct slot {
    std::optional<chatfile::client> client;
    /* Outlives the client, which is freed first. */
    std::shared_ptr<seen_by_client> seen = std::make_shared<seen_by_client>();
};

std::array<slot, 8> slots;

slot &slot_of(const line &in)
{
    const long long index = in.number("client");
    if (index < 0 || index >= static_cast<long long>(slots.size()))
        die("no such slot");
    return slots[static_cast<std::size_t>(index)];
}

const chatfile::client &client_of(const line &in)
{
    const slot &own = slot_of(in);
    if (!own.client)
        die("no client is open");
    return *own.client;
}

/* ---- What the callbacks of a call do, and what they saw ---- */

class call {
public:
    explicit call(const line &in)
        : in_(in)
    {
        if (!in.has("fire_at") && !in.has("fire_before") && !in.has("fire_when"))
            return;
        cancel_.emplace();
        if (in.has("fire_before"))
            cancel_->fire();
        if (in.has("fire_when")) {
            watcher_ = std::thread([this] {
                while (!over_ && !std::filesystem::exists(in_.word("fire_when")))
                    std::this_thread::sleep_for(std::chrono::milliseconds(1));
                if (!over_)
                    cancel_->fire();
            });
        }
    }

    ~call() { end(); }

    call(const call &) = delete;
    call &operator=(const call &) = delete;

    /* Ends the thread that may cancel. */
    void end()
    {
        over_ = true;
        if (watcher_.joinable())
            watcher_.join();
    }

    const chatfile::cancel *cancel() const { return cancel_ ? &*cancel_ : nullptr; }

    chatfile::progress_callback progress()
    {
        if (!in_.has("progress"))
            return nullptr;
        return [this](const chatfile::progress &now) { return report(now); };
    }

    chatfile::source source()
    {
        const std::string kind = in_.word("source");
        chatfile::source made;
        if (kind == "path" || kind == "two")
            made = in_.word("path");
        if (kind == "buffer" || kind == "two") {
            buffer_.resize(static_cast<std::size_t>(in_.u64("size")));
            pattern_.copy(0, buffer_.data(), buffer_.size());
            const auto bytes = chatfile::source::bytes(buffer_);
            made.data = bytes.data;
            made.size = bytes.size;
        }
        if (kind == "callback") {
            calls_back_ = true;
            chatfile::rewind_callback rewind;
            if (in_.has("rewind"))
                rewind = [this] { return go_back(); };
            made = chatfile::source::callable(
                in_.u64("size"), [this](char *buffer, std::size_t capacity) { return read(buffer, capacity); }, rewind);
        }
        return made;
    }

    chatfile::sink sink()
    {
        const std::string kind = in_.word("sink");
        if (kind == "path")
            return in_.word("path");
        if (kind != "callback")
            return {};
        writes_ = true;
        return chatfile::sink::callable([this](std::string_view piece) { return write(piece); });
    }

    /* What it has to tell besides, whatever the outcome. */
    void tell(answer &out)
    {
        if (calls_back_) {
            out.number("reads", reads_);
            out.number("rewinds", rewinds_);
        }
        if (writes_) {
            out.number("received", received_);
            out.say("sum", sum_.hex());
        }
        if (in_.has("progress")) {
            out.number("reports", reports_);
            out.number("first", first_);
            out.number("rising", fell_ ? 0 : 1);
            out.number("within", outside_ ? 0 : 1);
            out.number("early", early_);
            out.number("finished", finished_);
            out.number("last", last_);
            out.number("total", total_);
        }
        out.number("same_thread", strayed_ ? 0 : 1);
    }

private:
    void called()
    {
        if (std::this_thread::get_id() != thread_)
            strayed_ = true;
    }

    chatfile::read_result read(char *buffer, std::size_t capacity)
    {
        called();
        const std::uint64_t end = in_.u64(in_.has("produce") ? "produce" : "size");
        std::size_t most = capacity;
        reads_++;
        if (in_.has("read_fail_at") && given_ >= in_.u64("read_fail_at"))
            return chatfile::stop{in_.i32("read_value")};
        if (in_.has("read_chunk") && most > in_.u64("read_chunk"))
            most = static_cast<std::size_t>(in_.u64("read_chunk"));
        if (end - given_ < most)
            most = static_cast<std::size_t>(end - given_);
        pattern_.copy(given_, buffer, most);
        given_ += most;
        return in_.has("claim") ? capacity + 1 : most;
    }

    std::int32_t go_back()
    {
        called();
        rewinds_++;
        given_ = 0;
        return in_.i32("rewind_value");
    }

    std::int32_t write(std::string_view piece)
    {
        called();
        received_ += piece.size();
        sum_.update(piece);
        return in_.has("write_fail_at") && received_ >= in_.u64("write_fail_at") ? in_.i32("write_value") : 0;
    }

    std::int32_t report(const chatfile::progress &now)
    {
        called();
        if (reports_++ == 0)
            first_ = now.done;
        else if (now.done < last_)
            fell_ = true;
        if (now.total && now.done > *now.total)
            outside_ = true;
        if (!now.finished && now.total && *now.total > 0 && now.done == *now.total)
            early_++;
        finished_ += now.finished ? 1 : 0;
        last_ = now.done;
        total_ = now.total.value_or(0);
        if (in_.has("fire_at") && now.done >= in_.u64("fire_at"))
            cancel_->fire();
        return in_.has("cancel_at") && now.done >= in_.u64("cancel_at") ? in_.i32("cancel_value") : 0;
    }

    const line &in_;
    pattern pattern_{in_};
    std::vector<char> buffer_;
    std::optional<chatfile::cancel> cancel_;
    std::atomic<bool> over_{false};
    std::thread watcher_;
    std::thread::id thread_ = std::this_thread::get_id();
    bool calls_back_ = false, writes_ = false, strayed_ = false, fell_ = false, outside_ = false;
    std::uint64_t given_ = 0, received_ = 0, first_ = 0, last_ = 0, total_ = 0;
    long long reads_ = 0, rewinds_ = 0, reports_ = 0, early_ = 0, finished_ = 0;
    crc32 sum_;
};

/* ---- Errors ---- */

answer told(const chatfile::error &error)
{
    answer out("error");
    out.say("status", chatfile::status_name(error.status()));
    out.say("message", std::string_view(error.what()));
    out.say("field", error.field());
    out.number("http", error.http_status().value_or(0));
    out.say("code", error.service_code());
    out.say("text", error.service_message());
    out.say("request_id", error.request_id());
    out.number("phase", static_cast<int>(error.phase()));
    out.number("retryable", error.retryable() ? 1 : 0);
    out.number("attempts", error.attempts());
    out.number("callback", error.callback_value());
    out.say("resume_token", error.resume_token());
    return out;
}

/* The answer to a call: the error, or ok with what `tell` says of the result. */
template <class T, class Tell> answer told(const chatfile::result<T> &result, Tell &&tell)
{
    if (!result)
        return told(result.error());
    answer out("ok");
    tell(out);
    return out;
}

/* ---- Clients ---- */

/* The bytes of the file that a key names. */
std::optional<std::string> content_of(const line &in, const char *key)
{
    if (!in.has(key))
        return std::nullopt;
    std::ifstream file(in.word(key), std::ios::binary);
    if (!file)
        die("no such file");
    return std::string(std::istreambuf_iterator<char>(file), {});
}

std::chrono::milliseconds ms(const line &in, const char *key)
{
    return std::chrono::milliseconds(in.number(key));
}

std::chrono::seconds seconds(const line &in, const char *key)
{
    return std::chrono::seconds(in.number(key));
}

chatfile::client_options client_options(const line &in, const std::shared_ptr<seen_by_client> &seen)
{
    chatfile::client_options options;
    options.user_agent = in.text("user_agent");
    options.connect_timeout = ms(in, "connect_timeout_ms");
    options.stall_timeout = ms(in, "stall_timeout_ms");
    options.deadline = ms(in, "deadline_ms");
    options.max_attempts = in.u32("max_attempts");
    options.retry_delay = ms(in, "retry_delay_ms");
    options.retry_time = ms(in, "retry_time_ms");
    options.calls_per_second = in.u32("calls_per_second");
    options.upload_rate = in.u64("upload_rate");
    options.download_rate = in.u64("download_rate");
    options.proxy = in.text("proxy");
    options.no_proxy = in.text("no_proxy");
    options.proxy_from_environment = in.flag("proxy_from_environment");
    options.ca_certificates = content_of(in, "ca_certificates");
    options.ca_certificates_path = in.text("ca_certificates_path");
    options.client_certificate = content_of(in, "client_certificate");
    options.client_key = content_of(in, "client_key");
    if (in.has("log_level")) {
        options.log_level = static_cast<chatfile::log_level>(in.i32("log_level"));
        options.log = [seen](chatfile::log_level level, std::string_view text) {
            const std::lock_guard<std::mutex> guard(seen->lock);
            seen->log += std::to_string(static_cast<int>(level)) + " " + std::string(text) + "\n";
        };
    }
    return options;
}

chatfile::secret_callback secret(const line &in, const std::shared_ptr<seen_by_client> &seen)
{
    if (!in.has("secret") && !in.has("secret_refusal"))
        return nullptr;
    const std::string told = in.word("secret");
    const std::int32_t refusal = in.i32("secret_refusal");
    return [seen, told, refusal](std::string_view name) -> chatfile::secret_result {
        constexpr std::string_view names[] = {"client_secret",  "password",     "token", "app_secret",
                                              "library_secret", "access_token", "secret"};
        if (std::find(std::begin(names), std::end(names), name) == std::end(names))
            die("a secret without a name");
        seen->asked++;
        if (refusal != 0)
            return chatfile::stop{refusal};
        return told;
    };
}

/* Puts a client into its slot. */
template <class... Config> answer opened(const line &in, const std::shared_ptr<seen_by_client> &seen, const Config &...config)
{
    auto client = CALL(chatfile::client::, open, config..., client_options(in, seen));
    return told(client, [&](answer &) {
        slot &own = slot_of(in);
        own.client = std::move(*client);
        own.seen = seen;
    });
}

answer do_easemob(const line &in)
{
    auto seen = std::make_shared<seen_by_client>();
    chatfile::easemob config;
    config.base_url = in.text("base_url");
    config.app_key = in.word("app_key");
    config.client_id = in.text("client_id");
    config.client_secret = in.text("client_secret");
    config.username = in.text("username");
    config.password = in.text("password");
    config.token = in.text("token");
    config.token_ttl = seconds(in, "token_ttl_seconds");
    config.max_upload_size = in.u64("max_upload_size");
    config.secret = secret(in, seen);
    return opened(in, seen, config);
}

answer do_netease(const line &in)
{
    auto seen = std::make_shared<seen_by_client>();
    chatfile::netease config;
    config.base_url = in.text("base_url");
    config.app_key = in.word("app_key");
    config.app_secret = in.text("app_secret");
    config.max_upload_size = in.u64("max_upload_size");
    config.secret = secret(in, seen);
    return opened(in, seen, config);
}

answer do_huawei(const line &in)
{
    auto seen = std::make_shared<seen_by_client>();
    chatfile::huawei config;
    config.base_url = in.word("base_url");
    config.app_key = in.word("app_key");
    config.app_secret = in.text("app_secret");
    config.channel_id = in.word("channel_id");
    config.user_id = in.word("user_id");
    config.max_upload_size = in.u64("max_upload_size");
    config.secret = secret(in, seen);
    return opened(in, seen, config);
}

answer do_smh(const line &in)
{
    auto seen = std::make_shared<seen_by_client>();
    chatfile::smh config;
    config.base_url = in.text("base_url");
    config.library_id = in.word("library_id");
    config.library_secret = in.text("library_secret");
    config.access_token = in.text("access_token");
    config.space_id = in.text("space_id");
    config.user_id = in.text("user_id");
    config.client_id = in.text("client_id");
    config.session_id = in.text("session_id");
    config.grant = in.text("grant");
    config.token_period = seconds(in, "token_period_seconds");
    config.private_deployment = in.flag("private_deployment");
    config.ask_access_token = in.flag("ask_access_token");
    config.secret = secret(in, seen);
    return opened(in, seen, config);
}

answer do_openim(const line &in)
{
    auto seen = std::make_shared<seen_by_client>();
    chatfile::openim config;
    config.base_url = in.word("base_url");
    config.user_id = in.word("user_id");
    config.token = in.text("token");
    config.admin_secret = in.text("admin_secret");
    config.admin_user_id = in.text("admin_user_id");
    config.platform = in.u32("platform");
    config.ask_admin_secret = in.flag("ask_admin_secret");
    config.max_upload_size = in.u64("max_upload_size");
    config.secret = secret(in, seen);
    return opened(in, seen, config);
}

answer do_open(const line &in)
{
    return opened(in, std::make_shared<seen_by_client>());
}

/* ---- Options of transfers ---- */

chatfile::smh_upload smh_upload(const line &in)
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

chatfile::upload_options upload_options(const line &in, call &own)
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

chatfile::download_options download_options(const line &in, call &own)
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

/* ---- Verbs ---- */

answer told_upload(const chatfile::result<chatfile::upload_result> &result)
{
    return told(result, [&](answer &out) {
        out.say("file", result->file);
        out.say("url", result->url);
        out.say("share_secret", result->share_secret);
        out.number("size", result->size);
        out.number("instant", result->instant ? 1 : 0);
        out.number("attempts", result->attempts);
    });
}

answer told_download(const chatfile::result<chatfile::download_result> &result, bool to_memory)
{
    return told(result, [&](answer &out) {
        out.number("size", result->size);
        out.say("content_type", result->content_type);
        out.number("attempts", result->attempts);
        if ((result->data.data() != nullptr) != to_memory)
            die("data where there should be none, or none where there should be");
        if (to_memory) {
            crc32 sum;
            sum.update(result->data.view());
            out.say("sum", sum.hex());
        }
    });
}

answer do_upload(const line &in)
{
    call own(in);
    const chatfile::source what = own.source();
    const chatfile::upload_options options = upload_options(in, own);
    const auto result = CALL(client_of(in)., upload, what, options);
    own.end();
    answer out = told_upload(result);
    own.tell(out);
    return out;
}

answer do_download(const line &in)
{
    call own(in);
    const chatfile::sink to = own.sink();
    const chatfile::download_options options = download_options(in, own);
    const auto result = CALL(client_of(in)., download, in.word("file"), to, options);
    own.end();
    answer out = told_download(result, !to.path && !to.write);
    own.tell(out);
    return out;
}

answer do_send_presigned(const line &in)
{
    const auto request = CALL(chatfile::presigned::, from_json, in.word("json"));
    if (!request)
        return told(request.error());
    call own(in);
    const chatfile::source what = own.source();
    const chatfile::upload_options options = upload_options(in, own);
    const auto result = CALL(client_of(in)., send_presigned, *request, what, options);
    own.end();
    answer out = told_upload(result);
    own.tell(out);
    return out;
}

answer do_complete_presigned(const line &in)
{
    const auto request = CALL(chatfile::presigned::, from_json, in.word("json"));
    if (!request)
        return told(request.error());
    call own(in);
    return told_upload(CALL(client_of(in)., complete_presigned, *request, own.cancel()));
}

answer do_receive_presigned(const line &in)
{
    const auto request = CALL(chatfile::presigned::, from_json, in.word("json"));
    if (!request)
        return told(request.error());
    call own(in);
    const chatfile::sink to = own.sink();
    const chatfile::download_options options = download_options(in, own);
    const auto result = CALL(client_of(in)., receive_presigned, *request, to, options);
    own.end();
    answer out = told_download(result, !to.path && !to.write);
    own.tell(out);
    return out;
}

answer told_presigned(const chatfile::result<chatfile::presigned> &request)
{
    return told(request, [&](answer &out) {
        out.say("json", request->json());
        out.say("method", request->method());
        out.say("url", request->url());
        out.say("prefix", request->prefix());
        out.say("suffix", request->suffix());
        out.number("encoding", static_cast<int>(request->encoding()));
        const auto success = request->success_statuses();
        out.number("success", success.empty() ? 0 : success.front());
        const auto expires = request->expires_at();
        out.number("expires_at", expires ? static_cast<long long>(expires->time_since_epoch().count()) : 0);
        out.number("needs_completion", request->needs_completion() ? 1 : 0);
        out.say("completion", request->completion());
        for (const auto &[name, value] : request->headers())
            out.say("header." + name, value);
        for (const auto &[name, value] : request->fields())
            out.say("field." + name, value);
    });
}

answer do_presign_upload(const line &in)
{
    call own(in);
    const auto size = in.has("size") ? std::optional(in.u64("size")) : std::nullopt;
    return told_presigned(CALL(client_of(in)., presign_upload, size, upload_options(in, own)));
}

answer do_presign_download(const line &in)
{
    call own(in);
    return told_presigned(CALL(client_of(in)., presign_download, in.word("file"), download_options(in, own)));
}

void tell_info(answer &out, const std::string &prefix, const chatfile::file_info &info)
{
    out.say(prefix + "name", info.name);
    out.say(prefix + "kind", info.kind);
    out.say(prefix + "etag", info.etag);
    out.say(prefix + "content_type", info.content_type);
    out.say(prefix + "creation_time", info.creation_time);
    out.say(prefix + "modification_time", info.modification_time);
    out.say(prefix + "local_creation_time", info.local_creation_time);
    out.say(prefix + "local_modification_time", info.local_modification_time);
    out.say(prefix + "category", info.category);
    out.say(prefix + "url", info.url);
    if (info.size)
        out.number(prefix + "size", *info.size);
    if (info.crc64)
        out.number(prefix + "crc64", *info.crc64);
    for (std::size_t i = 0; i < info.labels.size(); i++)
        out.say(prefix + "label." + std::to_string(i), info.labels[i]);
}

answer do_info(const line &in)
{
    call own(in);
    const auto info = CALL(client_of(in)., info, in.word("file"), own.cancel());
    return told(info, [&](answer &out) { tell_info(out, "", *info); });
}

answer do_exists(const line &in)
{
    call own(in);
    const auto exists = CALL(client_of(in)., exists, in.word("file"), own.cancel());
    return told(exists, [&](answer &out) { out.number("value", *exists ? 1 : 0); });
}

answer do_list(const line &in)
{
    call own(in);
    chatfile::list_options options;
    options.marker = in.text("marker");
    options.limit = in.u32("limit");
    options.cancel = own.cancel();
    const auto listing = CALL(client_of(in)., list, in.word("directory"), options);
    return told(listing, [&](answer &out) {
        out.number("count", listing->entries.size());
        out.say("next_marker", listing->next_marker);
        for (std::size_t i = 0; i < listing->entries.size(); i++)
            tell_info(out, std::to_string(i) + ".", listing->entries[i]);
    });
}

answer do_abort_upload(const line &in)
{
    call own(in);
    return told(CALL(client_of(in)., abort_upload, in.word("resume_token"), own.cancel()), [](answer &) {});
}

answer do_delete(const line &in)
{
    call own(in);
    chatfile::delete_options options;
    options.cancel = own.cancel();
    if (in.has("netease")) {
        auto &netease = options.netease.emplace();
        netease.start_time = chatfile::time_ms(ms(in, "start_time_ms"));
        netease.end_time = chatfile::time_ms(ms(in, "end_time_ms"));
        netease.media_type = in.text("media_type");
        netease.tag = in.text("tag");
    }
    if (in.has("smh")) {
        auto &smh = options.smh.emplace();
        smh.path = in.word("path");
        smh.permanent = in.flag("permanent");
    }
    const auto deleted = CALL(client_of(in)., remove, options);
    return told(deleted, [&](answer &out) {
        out.say("task_id", deleted->task_id);
        out.say("recycled_item_id", deleted->recycled_item_id);
        out.number("attempts", deleted->attempts);
    });
}

answer do_set_rates(const line &in)
{
    return told(CALL(client_of(in)., set_rates, in.u64("upload_rate"), in.u64("download_rate")), [](answer &) {});
}

answer do_seen(const line &in)
{
    const auto &seen = *slot_of(in).seen;
    answer out("ok");
    out.number("asked", seen.asked.load());
    out.say("log", seen.log);
    return out;
}

answer do_checksum(const line &in)
{
    const auto sum =
        CALL(chatfile::, netease_checksum, in.word("app_secret"), in.word("nonce"), in.word("cur_time"));
    return told(sum, [&](answer &out) { out.say("checksum", *sum); });
}

/* Reads the file in pieces of `step` bytes; asks for a digest in between, which must change nothing. */
chatfile::result<void> digest_pieces(chatfile::digest &digest, const line &in)
{
    std::ifstream file(in.word("path"), std::ios::binary);
    std::vector<char> piece(static_cast<std::size_t>(in.u64("step")));
    while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0) {
        const auto taken = CALL(digest., update, piece.data(), static_cast<std::size_t>(file.gcount()));
        if (!taken)
            return taken;
        if (!CALL(digest., text, chatfile::digest_kind::smh_full))
            die("no digest in between");
    }
    return {};
}

answer do_digest(const line &in)
{
    using kind = chatfile::digest_kind;
    call own(in);
    auto digest = CALL(chatfile::digest::, create, kind::smh_full | kind::smh_beginning | kind::openim | kind::crc64,
                       in.u64("part_size"));
    if (!digest)
        return told(digest.error());
    const auto taken =
        in.has("step") ? digest_pieces(*digest, in) : CALL(digest->, update_file, in.word("path"), own.cancel());
    return told(taken, [&](answer &out) {
        out.say("full", *CALL(digest->, text, kind::smh_full));
        out.say("beginning", *CALL(digest->, text, kind::smh_beginning));
        out.say("openim", *CALL(digest->, text, kind::openim));
        out.say("crc64", *CALL(digest->, text, kind::crc64));
        out.number("number", digest->crc64());
        out.number("parts", digest->part_count());
        for (std::size_t i = 0; i < digest->part_count() && i < 16; i++)
            out.say("part." + std::to_string(i), *CALL(digest->, part, i));
    });
}

answer do_combine(const line &in)
{
    const auto sum = [&](const char *key) { return std::strtoull(in.word(key).c_str(), nullptr, 10); };
    answer out("ok");
    out.number("number", chatfile::crc64_combine(sum("first"), sum("second"), in.u64("length")));
    return out;
}

answer do_version(const line &)
{
    answer out("ok");
    out.say("version", chatfile::version());
    out.number("number", chatfile::version_number());
    return out;
}

answer do_capabilities(const line &in)
{
    answer out("ok");
    out.number("value", client_of(in).capabilities());
    return out;
}

answer do_free(const line &in)
{
    slot_of(in) = slot();
    return answer("ok");
}

answer do_reset(const line &)
{
    for (slot &own : slots)
        own = slot();
    return answer("ok");
}

const std::map<std::string, answer (*)(const line &)> verbs = {
    {"easemob", do_easemob},
    {"netease", do_netease},
    {"huawei", do_huawei},
    {"smh", do_smh},
    {"openim", do_openim},
    {"open", do_open},
    {"upload", do_upload},
    {"download", do_download},
    {"delete", do_delete},
    {"abort_upload", do_abort_upload},
    {"info", do_info},
    {"exists", do_exists},
    {"list", do_list},
    {"presign_upload", do_presign_upload},
    {"presign_download", do_presign_download},
    {"send_presigned", do_send_presigned},
    {"complete_presigned", do_complete_presigned},
    {"receive_presigned", do_receive_presigned},
    {"set_rates", do_set_rates},
    {"capabilities", do_capabilities},
    {"checksum", do_checksum},
    {"digest", do_digest},
    {"combine", do_combine},
    {"version", do_version},
    {"seen", do_seen},
    {"free", do_free},
    {"reset", do_reset},
};

} // namespace

int main()
{
    for (std::string input; std::getline(std::cin, input);) {
        const line in(input);
        const auto verb = verbs.find(in.verb());
        if (verb == verbs.end())
            die("an unknown verb");
        std::cout << verb->second(in).text() << std::endl;
    }
    do_reset(line("reset"));
    return 0;
}
