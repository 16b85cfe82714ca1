/*
 * The driver's clients: how verbs are called, how clients are opened, and how a call that failed or worked is told of.
 */
#ifndef DRIVER_CLIENT_HPP
#define DRIVER_CLIENT_HPP

#include <chatfile.hpp>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <memory>
#include <mutex>

#include "driver_fields.hpp"
#include "driver_line.hpp"
#include "driver_results.hpp"

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
    std::atomic<long long> asked{ 0 };
    std::atomic<long long> logins{ 0 };
    std::string challenge;
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
    tell(out, error);
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

/* The same with all that the result says. */
template <class T> answer told(const chatfile::result<T> &result)
{
    return told(result, [&](answer &out) { tell(out, *result); });
}

inline chatfile::client_options client_options(const line &in, const std::shared_ptr<seen_by_client> &seen)
{
    chatfile::client_options options = client_options_of(in);
    if (in.has("log_level")) {
        options.log = [seen](chatfile::log_level level, std::string_view text) {
            const std::lock_guard<std::mutex> guard(seen->lock);
            seen->log += std::to_string(static_cast<int>(level)) + " " + std::string(text) + "\n";
        };
    }
    if (in.has("login") || in.has("login_refusal")) {
        const std::string told = in.word("login");
        const std::int32_t refusal = in.i32("login_refusal");
        options.proxy_login = [seen, told, refusal](std::string_view proxy, std::string_view scheme,
                                                    std::string_view realm) -> chatfile::secret_result {
            if (proxy.find(':') == std::string_view::npos)
                die("a login without a proxy");
            seen->logins++;
            seen->challenge = std::string(scheme) + " " + std::string(realm);
            if (refusal != 0)
                return chatfile::stop{ refusal };
            return told;
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
        constexpr std::string_view names[] = { "client_secret",  "password",     "token",       "app_secret",
                                               "library_secret", "access_token", "admin_secret" };
        if (std::find(std::begin(names), std::end(names), name) == std::end(names))
            die("a secret without a name");
        seen->asked++;
        if (refusal != 0)
            return chatfile::stop{ refusal };
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

#define OPENS(service)                                                                                                 \
    inline answer do_##service(const line &in)                                                                         \
    {                                                                                                                  \
        auto seen = std::make_shared<seen_by_client>();                                                                \
        chatfile::service config = service##_of(in);                                                                   \
        config.secret = secret(in, seen);                                                                              \
        return opened(in, seen, config);                                                                               \
    }
EACH_SERVICE(OPENS)

inline answer do_open(const line &in)
{
    return opened(in, std::make_shared<seen_by_client>());
}

#endif
