/*
 * What the table of cases cannot say, for its protocol knows no exceptions: each callback throws, and what it throws
 * comes out of the call as itself; sources and sinks in all their forms; handles that were moved from. The argument is
 * the address of the emulator, the second a folder. Prints the name of each check that was passed.
 */
/* As Apple's AssertMacros.h does. */
#define check(assertion) no member can be called so
#include <chatfile.hpp>
#undef check

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

/* Of no type that the library could know. */
struct mine {
    int number;
};

void check(bool holds, const char *what)
{
    if (holds)
        return;
    std::fprintf(stderr, "exceptions: %s\n", what);
    std::exit(1);
}

/* Whether source::bytes() takes it. */
template <class T, class = void> struct are_bytes : std::false_type {};
template <class T>
struct are_bytes<T, std::void_t<decltype(chatfile::source::bytes(std::declval<T>()))>> : std::true_type {};

/* Checks that a call ends with what was thrown, and nothing else. */
template <class Call> void throws(int number, const char *what, Call &&call)
{
    try {
        call();
        check(false, what);
    } catch (const mine &thrown) {
        check(thrown.number == number, what);
    }
    std::printf("%s\n", what);
}

/* Checks that a call fails with that status. */
template <class Call> void fails(chatfile::status status, const char *what, Call &&call)
{
    try {
        call();
        check(false, what);
    } catch (const chatfile::error &error) {
        check(error.status() == status, error.what());
        check(error.message() == error.what() && !error.message().empty(), what);
    }
    std::printf("%s\n", what);
}

chatfile::easemob config(const std::string &url)
{
    chatfile::easemob config;
    config.base_url = url;
    config.app_key = "easemob-demo#testapp";
    config.client_id = "YXA6ZW11bGF0b3ItY2xpZW50LWlk";
    config.client_secret = "YXA6ZW11bGF0b3ItY2xpZW50LXNlY3JldA";
    return config;
}

void callbacks_of_calls(const chatfile::client &client, const std::filesystem::path &folder)
{
    const std::string content(100'000, 'x');
    const auto bytes = chatfile::source::bytes(content);

    chatfile::upload_options options;
    options.progress = [](const chatfile::progress &) { throw mine{ 1 }; };
    throws(1, "progress of an upload", [&] { client.upload(bytes, options); });
    throws(1, "progress of an upload, by result", [&] { (void)client.try_upload(bytes, options); });
    options.progress = [](const chatfile::progress &now) {
        if (now.finished)
            throw mine{ 2 };
    };
    throws(2, "the last report", [&] { client.upload(bytes, options); });

    const auto read =
        chatfile::source::callable(content.size(), [](char *, std::size_t) -> std::size_t { throw mine{ 3 }; });
    throws(3, "read", [&] { client.upload(read); });
    throws(3, "read, by result", [&] { (void)client.try_upload(read); });

    const auto stored = client.upload(bytes);
    const auto write = chatfile::sink::callable([](std::string_view) { throw mine{ 4 }; });
    throws(4, "write", [&] { client.download(stored.file, write); });
    throws(4, "write, by result", [&] { (void)client.try_download(stored.file, write); });

    chatfile::download_options download;
    download.progress = [](const chatfile::progress &) { throw mine{ 5 }; };
    const auto target = folder / "target";
    throws(5, "progress of a download", [&] { client.download(stored.file, target, download); });
    check(!std::filesystem::exists(target), "no file is left");

    /* The client is as good as before. */
    check(client.download(stored.file).data.view() == content, "a download after them");
}

/* NetEase's base64 form reads a source twice. */
void rewind(const std::string &url)
{
    chatfile::netease config;
    config.base_url = url + "/nimserver";
    config.app_key = "5f0e6c1b9a7d4e2f8c3b1a0d9e8f7c6b";
    config.app_secret = "e1a2b3c4d5f6";
    const auto client = chatfile::client::open(config);
    chatfile::upload_options options;
    options.netease.emplace().method = chatfile::netease_method::base64;
    const auto source = chatfile::source::callable(
        10,
        [left = std::size_t(10)](char *buffer, std::size_t) mutable {
            *buffer = 'x';
            return std::exchange(left, 0);
        },
        []() { throw mine{ 6 }; });
    throws(6, "rewind", [&] { client.upload(source, options); });

    std::istringstream stream("skipped0123456789");
    stream.ignore(7);
    options.file_name = "digits.txt";
    const auto stored = client.upload(chatfile::source::stream(stream, 10), options);
    check(client.download(stored.file).data.view() == "0123456789", "a stream, from where it stood");
    std::printf("a stream\n");
}

void callbacks_of_clients(const std::string &url)
{
    auto config = ::config(url);
    config.client_secret.reset();
    config.secret = [](std::string_view name) -> std::string {
        check(name == "client_secret", "the name of the secret");
        throw mine{ 7 };
    };
    auto client = chatfile::client::open(config);
    throws(7, "secret", [&] { client.upload(chatfile::source::bytes("x")); });
    throws(7, "secret, by result", [&] { (void)client.try_upload(chatfile::source::bytes("x")); });

    /* Each thread gets its own exception. */
    std::array<std::thread, 4> threads;
    std::array<int, 4> caught{};
    config.secret = [&](std::string_view) -> std::string {
        for (std::size_t i = 0; i < threads.size(); i++)
            if (threads[i].get_id() == std::this_thread::get_id())
                throw mine{ static_cast<int>(i) };
        throw mine{ -1 };
    };
    client = chatfile::client::open(config);
    std::atomic<bool> go{ false };
    for (std::size_t i = 0; i < threads.size(); i++)
        threads[i] = std::thread([&, i] {
            while (!go)
                std::this_thread::yield();
            try {
                client.upload(chatfile::source::bytes("x"));
            } catch (const mine &thrown) {
                caught[i] = thrown.number + 1;
            }
        });
    go = true;
    for (auto &thread : threads)
        thread.join();
    for (std::size_t i = 0; i < threads.size(); i++)
        check(caught[i] == static_cast<int>(i) + 1, "a thread got what another threw");
    std::printf("secret, in several threads\n");

    check(chatfile::secret_result(static_cast<const char *>(nullptr)).secret().empty(), "no secret");
    config.secret = [](std::string_view) { return "YXA6ZW11bGF0b3ItY2xpZW50LXNlY3JldA"; };
    check(chatfile::client::open(config).upload(chatfile::source::bytes("x")).size == 1, "a secret that is good");
    config.secret = [](std::string_view) { return std::string(100'000, 'x'); };
    fails(chatfile::status::text, "a secret that is too long",
          [&] { chatfile::client::open(config).upload(chatfile::source::bytes("x")); });

    chatfile::client_options options;
    options.log_level = chatfile::log_level::debug;
    options.log = [](chatfile::log_level, std::string_view) { throw mine{ 8 }; };
    client = chatfile::client::open(::config(url), options);
    throws(8, "log", [&] { client.upload(chatfile::source::bytes("x")); });

    /* If two throw, one comes out, and the other not of the next call. */
    bool loud = true;
    options.log = [&](chatfile::log_level, std::string_view) {
        if (loud)
            throw mine{ 9 };
    };
    client = chatfile::client::open(::config(url), options);
    chatfile::upload_options stopped;
    stopped.progress = [](const chatfile::progress &) { throw mine{ 10 }; };
    throws(10, "log and progress", [&] { client.upload(chatfile::source::bytes("x"), stopped); });
    loud = false;
    check(client.upload(chatfile::source::bytes("x")).size == 1, "a call after them");
}

void sources_and_sinks(const chatfile::client &client, const std::filesystem::path &folder)
{
    const auto path = folder / std::filesystem::u8path("bücher.txt");
    std::ofstream(path, std::ios::binary) << "content";

    /* A path by any name is a source and a sink. */
    const auto stored = client.upload(path);
    /* As text it is UTF-8, also on Windows, where a std::filesystem::path takes a std::string for something else. */
    check(client.upload(path.u8string()).size == 7 && client.upload(path.c_str()).size == 7, "a path as text");
    client.download(stored.file, folder / "copy");
    check(std::filesystem::file_size(folder / "copy") == 7, "a path as sink");
    std::printf("paths\n");

    std::string text = "old";
    std::vector<std::byte> vector;
    const auto result = client.download(stored.file, chatfile::sink::into(text));
    check(text == "content" && result.size == 7 && result.data.data() == nullptr, "into a string");
    client.download(stored.file, chatfile::sink::into(vector));
    check(vector.size() == 7 && vector[0] == std::byte('c'), "into a vector");
    fails(chatfile::status::not_found, "a download that fails",
          [&] { client.download("00000000-0000-11ee-8000-000000000000", chatfile::sink::into(text)); });
    check(text == "content", "a failed download leaves the string as it was");
    std::printf("containers as sinks\n");

    const std::array<unsigned char, 3> array = { 1, 2, 3 };
    check(client.upload(chatfile::source::bytes(vector)).size == 7, "bytes of a vector");
    check(client.upload(chatfile::source::bytes(array)).size == 3, "bytes of an array");
    check(client.upload(chatfile::source::bytes("four")).size == 4, "bytes of a literal");
    check(client.upload(chatfile::source::bytes("a\0b")).size == 3, "bytes of a literal with a NUL");
    static_assert(are_bytes<unsigned char (&)[4]>::value, "an array of bytes is just that");
    static_assert(!are_bytes<char (&)[4]>::value, "a buffer may hold a text, or bytes");
    check(client.upload(chatfile::source::bytes(std::vector<char>())).size == 0, "no bytes");
    std::printf("containers as sources\n");

    /* What can only be moved, and callables that return nothing. */
    auto owned = std::make_unique<std::uint64_t>(0);
    std::uint64_t *done = owned.get();
    chatfile::upload_options options;
    options.progress = [owned = std::move(owned)](const chatfile::progress &now) { *owned = now.done; };
    client.upload(path, options);
    check(*done == 7, "a callable that can only be moved");
    options.progress = std::function<void(const chatfile::progress &)>();
    check(!options.progress, "an empty std::function is none");
    client.upload(path, options);
    std::printf("callables\n");
}

void refusals(chatfile::client &client)
{
    using namespace std::string_literals;
    chatfile::upload_options options;
    options.file_name = "harmless.txt\0.exe"s;
    fails(chatfile::status::text, "a NUL in a text", [&] { client.upload(chatfile::source::bytes("x"), options); });
    chatfile::client_options late;
    late.deadline = std::chrono::hours(2000);
    fails(chatfile::status::argument, "a time-out that does not fit", [&] { chatfile::client::open(late); });
    late.deadline = std::chrono::milliseconds(-1);
    fails(chatfile::status::argument, "a negative time-out", [&] { chatfile::client::open(late); });
    fails(chatfile::status::argument, "no source", [&] { client.upload({}); });
    chatfile::sink both = "path";
    both.assign = [](std::string_view) {};
    fails(chatfile::status::argument, "two sinks", [&] { client.download("0-1", both); });

    const chatfile::cancel cancel;
    cancel.fire();
    chatfile::upload_options cancelled;
    cancelled.cancel = &cancel;
    fails(chatfile::status::cancelled, "cancelled", [&] { client.upload(chatfile::source::bytes("x"), cancelled); });

    int asked = 0;
    chatfile::cancel first([&asked] { return ++asked > 1 ? 1 : 0; });
    const chatfile::cancel asks = std::move(first);
    auto summed = chatfile::digest::create(chatfile::digest_kind::crc64);
    fails(chatfile::status::cancelled, "what asks", [&] {
        for (;;)
            summed.update_file("/proc/self/exe", { &asks });
    });
    check(asked == 2, "asked until it said no");
    const chatfile::cancel throws([]() -> std::int32_t { throw std::runtime_error("no"); });
    fails(chatfile::status::cancelled, "what throws", [&] { summed.update_file("/proc/self/exe", { &throws }); });

    const auto taken = std::move(client);
    check(taken.can(chatfile::capability::upload), "what it can do");
    fails(chatfile::status::null, "moved from", [&] { client.upload(chatfile::source::bytes("x")); });
    fails(chatfile::status::null, "moved from: rates", [&] { client.set_rates(1, 1); });
    check(client.capabilities() == 0, "moved from: capabilities");

    auto digest = chatfile::digest::create(chatfile::digest_kind::crc64);
    digest.update("1234");
    digest.update(std::vector<char>{ '5', '6', '7', '8', '9' });
    check(digest.crc64_value() == 0x995DC9BBDF1939FA, "the check value of CRC-64/XZ");
    fails(chatfile::status::argument, "a digest that was not begun",
          [&] { (void)digest.text(chatfile::digest_kind::openim); });
}

/* Streams of the standard library, on either side. */
void streams(const chatfile::client &client)
{
    std::istringstream from("skipped0123456789");
    from.ignore(7);
    const auto stored = client.upload(chatfile::source::stream(from));
    check(stored.size == 10, "a stream knows what is left of it");
    std::ostringstream to;
    client.download(stored.file, chatfile::sink::stream(to));
    check(to.str() == "0123456789", "to a stream");

    /* One that cannot seek gives what it has, and one takes nothing. */
    struct one_way : std::streambuf {
        char bytes[10] = { '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' };
        one_way() { setg(bytes, bytes, bytes + sizeof bytes); }
    } buffer;
    std::istream pipe(&buffer);
    check(client.upload(chatfile::source::stream(pipe)).size == 10, "a length that no stream tells");
    std::ostream full(&buffer);
    fails(chatfile::status::callback, "a stream that is full",
          [&] { client.download(stored.file, chatfile::sink::stream(full)); });
    check(full.bad(), "the stream knows of it, too");
    std::ostream strict(&buffer);
    strict.exceptions(std::ios_base::badbit);
    try {
        client.download(stored.file, chatfile::sink::stream(strict));
        check(false, "a stream that throws");
    } catch (const std::ios_base::failure &) {
        std::printf("a stream that throws\n");
    }
}

/* All that is in a folder, list by list. */
void lists(const std::string &url)
{
    chatfile::smh config;
    config.base_url = url;
    config.library_id = "smh0emulator0library";
    config.library_secret = "4b1e7c52d09f4a86b3a5f0c7e9d21864";
    const auto client = chatfile::client::open(config);
    chatfile::upload_options options;
    auto &smh = options.smh.emplace();
    smh.directory = "many";
    smh.create_directories = true;
    for (const char *name : { "0", "1", "2", "3", "4", "5", "6" }) {
        options.file_name = name;
        client.upload(chatfile::source::bytes(name), options);
    }
    chatfile::list_options by_three;
    by_three.limit = 3;
    std::string names;
    for (const chatfile::file_info &entry : client.list_all("many", by_three))
        names += entry.name.value();
    check(names == "0123456", "all of them");
    by_three.marker = client.list("many", by_three).next_marker;
    auto rest = client.list_all("many", by_three);
    const std::vector<chatfile::file_info> left(rest.begin(), rest.end());
    check(left.size() == 4 && left[0].name == "3", "from a marker on");
    check(!rest.next().has_value(), "behind the last");
    fails(chatfile::status::not_found, "a list of no folder", [&] {
        for (const auto &entry : client.list_all("nowhere"))
            check(false, entry.name->c_str());
    });
    /* What a callback throws comes out once, and no entry is lost for it. */
    chatfile::client_options noisy;
    int throwing = 1;
    noisy.log = [&](chatfile::log_level, std::string_view) {
        if (throwing-- == 1)
            throw mine{ 9 };
    };
    const auto loud = chatfile::client::open(config, noisy);
    throwing = 1;
    auto all = loud.list_all("many");
    throws(9, "the log of a list", [&] { all.next(); });
    check(all.next()->name == "0", "the first one all the same");
    auto nothing = client.list_all("nowhere");
    check(!nothing.try_next() && !nothing.try_next(), "the list that failed is asked for again");
    std::printf("lists\n");
}

} // namespace

int main(int count, char **arguments)
{
    if (count != 3)
        return 2;
    chatfile::version_check();
    auto client = chatfile::client::open(config(arguments[1]));
    callbacks_of_calls(client, arguments[2]);
    rewind(arguments[1]);
    callbacks_of_clients(arguments[1]);
    sources_and_sinks(client, arguments[2]);
    streams(client);
    lists(arguments[1]);
    refusals(client);
    return 0;
}
