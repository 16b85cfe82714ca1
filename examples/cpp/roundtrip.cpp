/*
 * roundtrip: uploads a file to Easemob, downloads it again, and compares the two byte
 * for byte; what goes wrong is thrown.
 *
 *     roundtrip URL FILE FOLDER
 *
 * URL is where `chatfile-emulator` listens; its credentials are the defaults below.
 * With "-" for URL the file goes to the service itself, with the credentials of your
 * own app in EASEMOB_APP_KEY, EASEMOB_CLIENT_ID and EASEMOB_CLIENT_SECRET.
 *
 * Standard error gets the progress and the errors; standard output one line for each
 * step, its fields set apart by tabs:
 *
 *     service  verb  verdict  where
 *
 * The verdict is "stored", "identical", "different", or the name of a status.
 *
 * Exit code: 0 if the file came back identical, 1 if not, 2 for wrong usage.
 *
 * Build it with (LIB is the folder of an installed libchatfile.so, with libchatfile.so.0
 * beside it, which cargo alone does not make):
 *
 *     c++ -std=c++17 -I include examples/cpp/roundtrip.cpp -o roundtrip \
 *         -L LIB -lchatfile -Wl,-rpath,LIB
 */

#include <chatfile.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>

/* A value from the environment; without one, that of the emulator. */
static std::string setting(const std::string &url, const char *name, const char *of_emulator)
{
    if (const char *value = std::getenv(name))
        return value;
    if (url != "-")
        return of_emulator;
    throw std::runtime_error(std::string("set ") + name + " to use the service itself");
}

static chatfile::client open(const std::string &url)
{
    chatfile::easemob config;
    if (url != "-")
        config.base_url = url;
    config.app_key = setting(url, "EASEMOB_APP_KEY", "easemob-demo#testapp");
    config.client_id = setting(url, "EASEMOB_CLIENT_ID", "YXA6ZW11bGF0b3ItY2xpZW50LWlk");
    config.client_secret = setting(url, "EASEMOB_CLIENT_SECRET", "YXA6ZW11bGF0b3ItY2xpZW50LXNlY3JldA");

    chatfile::client_options options;
    options.user_agent = "roundtrip/1.0";
    options.max_attempts = 2;
    return chatfile::client::open(config, options);
}

/* The library calls this on our own thread while it transfers; what it throws stops the transfer. */
static void show(const chatfile::progress &now)
{
    std::cerr << now.done << " of " << now.total.value_or(0) << " bytes" << (now.finished ? "\n" : "\r");
}

static bool identical(const std::filesystem::path &one, const std::filesystem::path &other)
{
    std::ifstream a(one, std::ios::binary), b(other, std::ios::binary);
    using bytes = std::istreambuf_iterator<char>;
    return a && b && std::equal(bytes(a), bytes(), bytes(b), bytes());
}

/* Whether the file came back as it was. */
static bool round_trip(const std::string &url, const std::filesystem::path &file, const std::filesystem::path &folder)
{
    const chatfile::client client = open(url);

    chatfile::upload_options uploading;
    uploading.progress = show;
    const chatfile::upload_result stored = client.upload(file, uploading);
    std::cout << "Easemob\tupload\tstored\t" << stored.url.value_or(stored.file) << '\n';

    const auto copy = folder / "easemob-cpp.out";
    chatfile::download_options downloading;
    downloading.progress = show;
    client.download(stored.file, copy, downloading);

    const bool same = identical(file, copy);
    std::cout << "Easemob\tdownload\t" << (same ? "identical" : "different") << '\t' << copy.string() << '\n';
    return same;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        std::cerr << "usage: roundtrip URL FILE FOLDER\n"
                     "       URL is that of chatfile-emulator, or - for the service itself\n";
        return 2;
    }
    try {
        return round_trip(argv[1], argv[2], argv[3]) ? 0 : 1;
    } catch (const chatfile::error &error) {
        std::cout << "Easemob\tfailed\t" << chatfile::status_name(error.status()) << '\t' << error.message() << '\n';
        if (error.service_code())
            std::cerr << "  service code   " << *error.service_code() << '\n';
        if (error.request_id())
            std::cerr << "  request id     " << *error.request_id() << '\n';
        std::cerr << "  attempts made  " << error.attempts() << '\n'
                  << "  trying again   " << (error.retryable() ? "may help" : "does not help") << '\n';
    } catch (const std::exception &error) {
        std::cerr << error.what() << '\n';
    }
    return 1;
}
