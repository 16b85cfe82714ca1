/*
 * The driver's clients: how verbs are called, how clients are opened, and how a call that failed or worked is told of.
 */
#ifndef DRIVER_CLIENT_HPP
#define DRIVER_CLIENT_HPP

#include <chatfile.hpp>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>

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

/* What the callbacks of a client, rather than of a call, have seen. */
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

inline std::array<slot, 8> slots;

inline slot &slot_of(const line &in)
{
    const long long index = in.number("client");
    if (index < 0 || index >= static_cast<long long>(slots.size()))
        die("no such slot");
    return slots[static_cast<std::size_t>(index)];
}

inline const chatfile::client &client_of(const line &in)
{
    const slot &own = slot_of(in);
    if (!own.client)
        die("no client is open");
    return *own.client;
}

inline answer told(const chatfile::error &error)
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
    out.number("retry_after_ms", error.retry_after().count());
    out.number("attempts", error.attempts());
    out.number("callback", error.callback_value());
    out.say("resume_token", error.resume_token());
    out.say("stored", error.file());
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

/* The bytes of the file that a key names. */
inline std::optional<std::string> content_of(const line &in, const char *key)
{
    if (!in.has(key))
        return std::nullopt;
    std::ifstream file(in.word(key), std::ios::binary);
    if (!file)
        die("no such file");
    return std::string(std::istreambuf_iterator<char>(file), {});
}

inline std::chrono::milliseconds ms(const line &in, const char *key)
{
    return std::chrono::milliseconds(in.number(key));
}

inline std::chrono::seconds seconds(const line &in, const char *key)
{
    return std::chrono::seconds(in.number(key));
}

inline chatfile::client_options client_options(const line &in, const std::shared_ptr<seen_by_client> &seen)
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
    options.allow_plain_http = in.flag("allow_plain_http");
    options.refuse_private_addresses = in.flag("refuse_private_addresses");
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

inline chatfile::secret_callback secret(const line &in, const std::shared_ptr<seen_by_client> &seen)
{
    if (!in.has("secret") && !in.has("secret_refusal"))
        return nullptr;
    const std::string told = in.word("secret");
    const std::int32_t refusal = in.i32("secret_refusal");
    return [seen, told, refusal](std::string_view name) -> chatfile::secret_result {
        constexpr std::string_view names[] = {"client_secret",  "password",     "token", "app_secret",
                                              "library_secret", "access_token", "admin_secret"};
        if (std::find(std::begin(names), std::end(names), name) == std::end(names))
            die("a secret without a name");
        seen->asked++;
        if (refusal != 0)
            return chatfile::stop{refusal};
        return told;
    };
}

/* Puts a client into its slot. */
template <class... Config>
answer opened(const line &in, const std::shared_ptr<seen_by_client> &seen, const Config &...config)
{
    auto client = CALL(chatfile::client::, open, config..., client_options(in, seen));
    return told(client, [&](answer &) {
        slot &own = slot_of(in);
        own.client = std::move(*client);
        own.seen = seen;
    });
}

inline answer do_easemob(const line &in)
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

inline answer do_netease(const line &in)
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

inline answer do_huawei(const line &in)
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

inline answer do_smh(const line &in)
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

inline answer do_openim(const line &in)
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

inline answer do_open(const line &in)
{
    return opened(in, std::make_shared<seen_by_client>());
}

#endif
