#ifndef CHATFILE_HPP
#define CHATFILE_HPP

/*
 * chatfile in C++17: handles that free themselves, std::filesystem::path, lambdas
 * as callbacks, and errors as exceptions or as results. Header only, over the C ABI
 * of chatfile.h, whose comments hold here too; link with libchatfile.
 *
 *     chatfile::easemob config;
 *     config.app_key = "easemob-demo#testapp";
 *     config.client_id = "YXA6...";
 *     config.client_secret = "YXA6...";
 *     auto client = chatfile::client::open(config);
 *
 *     chatfile::upload_options options;
 *     options.progress = [](const chatfile::progress &now) { show(now.done); };
 *     auto stored = client.upload("cat.jpg", options);
 *     client.download(stored.file, "copy.jpg");
 *
 * Errors: each verb is there twice. upload() throws chatfile::error when it fails;
 * try_upload() returns a chatfile::result, which holds what upload() returns or the
 * error. Without exceptions (-fno-exceptions) there are the try_ verbs alone.
 *
 * Callbacks: any callable. An exception that is thrown in one (but in one that a
 * chatfile::cancel asks, where it only cancels) stops the call, and
 * comes out of it as itself, be it upload() or try_upload(). So it does if the call
 * had succeeded already: one thrown in the last report of progress, or while logging,
 * is thrown in place of the result. A callback that throws nothing can stop the call
 * by what it returns, see chatfile::stop.
 *
 * Texts: std::string in UTF-8, std::nullopt where C has NULL. One with a NUL in it
 * is refused with status::text, for C would see half of it. Paths are
 * std::filesystem::path, on Windows with all of Unicode; a text that is given to a
 * source or a sink as its path is UTF-8 there, too. Elsewhere a std::filesystem::path
 * is made by whoever calls: of UTF-8 by std::filesystem::u8path() (C++17) or of a
 * std::u8string (C++20), for that of a std::string is in Windows' code page.
 *
 * Threads: a client may be used by any number of threads at once. Options, sources
 * and sinks belong to one call at a time if their callbacks change something.
 *
 * Handles can be moved, not copied. One that was moved from may be destroyed and
 * assigned to; any verb of it fails with status::null. There is no global state.
 */

/* MSVC says 199711L in __cplusplus unless it is told otherwise. */
#if __cplusplus < 201703L && (!defined(_MSVC_LANG) || _MSVC_LANG < 201703L)
#error                                                                                                                 \
    "chatfile.hpp needs C++17: compile with -std=c++17 (MSVC: /std:c++17), or use chatfile.h, which C++98 can include"
#else

#include <chatfile.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <functional>
#include <istream>
#include <iterator>
#include <limits>
#include <list>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

/* A macro of Apple's AssertMacros.h and of Unreal Engine. */
#pragma push_macro("check")
#undef check

/*
 * Whether errors can be thrown; define it as 0 to do without the verbs that throw. Then a
 * callback must not throw either: it would end the program.
 */
#ifndef CHATFILE_EXCEPTIONS
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
#define CHATFILE_EXCEPTIONS 1
#else
#define CHATFILE_EXCEPTIONS 0
#endif
#endif

namespace chatfile {

/*
 * Parts of a program that are built with and without exceptions, or types that are known at
 * run time, can be linked: to the linker they use different classes.
 */
#if CHATFILE_EXCEPTIONS && (defined(__cpp_rtti) || defined(__GXX_RTTI) || defined(_CPPRTTI))
inline namespace throwing {
#elif CHATFILE_EXCEPTIONS
inline namespace throwing_untyped {
#else
inline namespace nothrowing {
#endif

/* ---- Numbers ------------------------------------------------------------- */

/* Enumerations: made from chatfile.h by cargo xtask bindings. */

/**
 * How a call ended: status::ok or one of the CHATFILE_E_ numbers. They come in bands: 1xx the caller, 2xx the
 * transport, 3xx the service, 4xx the integrity of the bytes, 5xx control by the caller, 9xx this library. A number
 * is never used for something else later, and new ones may come: treat one you do not know by its band.
 */
enum class status : std::uint32_t {
    /** It worked. */
    ok = CHATFILE_OK,
    /** A parameter has a value that can never work. */
    argument = CHATFILE_E_ARGUMENT,
    /** A required parameter is missing. */
    null = CHATFILE_E_NULL,
    /** A text is not UTF-8, or holds characters that may not stand there (CR, LF). */
    text = CHATFILE_E_TEXT,
    /** The library is older than this header, and does not know what is asked for. */
    structure = CHATFILE_E_STRUCT,
    /**
     * A limit would be exceeded (a size, a length, a range of time): one that is known beforehand, so that nothing
     * was sent, or, with an answer, your own max_size, and an offset behind the end of the file. The message names
     * field, value and bound.
     */
    limit = CHATFILE_E_LIMIT,
    /** The service, the client or this system cannot do this. */
    unsupported = CHATFILE_E_UNSUPPORTED,
    /** The source could not be opened, read or rewound, or did not hold the bytes announced. */
    source = CHATFILE_E_SOURCE,
    /** The target could not be written. */
    sink = CHATFILE_E_SINK,
    /** The file changed while it was being read. */
    source_changed = CHATFILE_E_SOURCE_CHANGED,
    /** There is no memory for what the call needs: a file that is downloaded to memory, or the text of an answer. */
    memory = CHATFILE_E_MEMORY,
    /** The checkpoint of an upload cannot be read or written, or is in use. */
    checkpoint = CHATFILE_E_CHECKPOINT,
    /**
     * The operating system refuses what a call needs: random numbers, a thread, a socket (too many files are open,
     * for example).
     */
    system = CHATFILE_E_SYSTEM,
    /** The host name could not be resolved. */
    resolve = CHATFILE_E_RESOLVE,
    /** No connection could be made. */
    connect = CHATFILE_E_CONNECT,
    /** TLS failed: most often a certificate that is not trusted. */
    tls = CHATFILE_E_TLS,
    /** The connection broke while sending or receiving. */
    connection_lost = CHATFILE_E_CONNECTION_LOST,
    /** No connection within connect_timeout. */
    connect_timeout = CHATFILE_E_CONNECT_TIMEOUT,
    /** No byte moved for stall_timeout. */
    stalled = CHATFILE_E_STALLED,
    /** The call did not finish within deadline. */
    deadline = CHATFILE_E_DEADLINE,
    /** A redirect was refused: too many, one of an upload, or to what is no URL that can be asked. */
    redirect = CHATFILE_E_REDIRECT,
    /** The other side does not speak HTTP/1.1. */
    protocol = CHATFILE_E_PROTOCOL,
    /** The proxy refused, or wants another login. */
    proxy = CHATFILE_E_PROXY,
    /**
     * A message, a presigned request, an answer or a redirect leads to where the options of the client do not let
     * it: the field says which, allow_plain_http or refuse_private_addresses. Nothing was sent there.
     */
    blocked_address = CHATFILE_E_BLOCKED_ADDRESS,
    /** The service refused the request for a reason of its own. */
    service = CHATFILE_E_SERVICE,
    /** The credentials or the token were refused. */
    auth = CHATFILE_E_AUTH,
    /** The credentials are good, but do not allow this. */
    forbidden = CHATFILE_E_FORBIDDEN,
    /** The file, the app or the address does not exist. */
    not_found = CHATFILE_E_NOT_FOUND,
    /** The file, or the presigned request, existed and has expired. */
    expired = CHATFILE_E_EXPIRED,
    /** The service finds the file too large. */
    too_large = CHATFILE_E_TOO_LARGE,
    /** Too many calls; try again later. */
    rate_limited = CHATFILE_E_RATE_LIMITED,
    /** The service is out of order at the moment. */
    unavailable = CHATFILE_E_UNAVAILABLE,
    /** The answer is not the documented one, so nothing in it was believed. */
    response = CHATFILE_E_RESPONSE,
    /** A file or folder of that name is there already. */
    conflict = CHATFILE_E_CONFLICT,
    /** The file was stored, but not restricted as was asked for: anyone may get it. error::file() names it. */
    not_restricted = CHATFILE_E_NOT_RESTRICTED,
    /** Fewer bytes arrived than were announced: a download left no file; what was uploaded may be stored. */
    truncated = CHATFILE_E_TRUNCATED,
    /**
     * The bytes do not match the checksum stated for them; a download left no file. SMH states one of every file
     * (CRC-64), OpenIM of every part (MD5). Or they are not what you expect: error::field() is then the option
     * (expected_md5, for example), and the call was not tried again.
     */
    integrity = CHATFILE_E_INTEGRITY,
    /** The call was cancelled by its cancel handle. */
    cancelled = CHATFILE_E_CANCELLED,
    /** A callback stopped the call; error::callback_value() has what it returned. */
    callback = CHATFILE_E_CALLBACK,
    /** A defect in this library, caught before it could harm your program. Please report it with the message. */
    panic = CHATFILE_E_PANIC
};

/** How much to log. */
enum class log_level : std::uint32_t {
    /** Calls that failed. */
    error = CHATFILE_LOG_ERROR,
    /** Also attempts that failed. */
    warn = CHATFILE_LOG_WARN,
    /** Also attempts that succeeded. */
    info = CHATFILE_LOG_INFO,
    /** Also the steps in between (tokens, redirects, lost connections). */
    debug = CHATFILE_LOG_DEBUG,
    /**
     * Also each request and answer with its header fields, and how connections came about; of values, those that
     * are harmless.
     */
    trace = CHATFILE_LOG_TRACE
};

/** Which addresses of hosts to connect to. */
enum class ip_version : std::uint32_t {
    /** Whichever works; those of both versions are tried in turn, a quarter of a second apart (RFC 8305). */
    any = CHATFILE_IP_ANY,
    /** IPv4 alone. */
    v4 = CHATFILE_IP_V4,
    /** IPv6 alone. */
    v6 = CHATFILE_IP_V6
};

/** Which CA certificates to trust. */
enum class trust : std::uint32_t {
    /**
     * The CA certificates that are built in (Mozilla's); where none of them has signed, those of the operating
     * system.
     */
    both = CHATFILE_TRUST_BOTH,
    /** Those that are built in, the same on every machine. */
    built_in = CHATFILE_TRUST_BUILT_IN,
    /** Those of the operating system, so that what its administrator has taken away is not trusted either. */
    system = CHATFILE_TRUST_SYSTEM
};

/** What a service can do, see client::can(). */
enum class capability : std::uint32_t {
    /** The service takes files. */
    upload = CHATFILE_CAN_UPLOAD,
    /** The service gives files back. */
    download = CHATFILE_CAN_DOWNLOAD,
    /** Files can be deleted by the time of their upload. */
    delete_by_time = CHATFILE_CAN_DELETE_BY_TIME,
    /** A file can be protected by a share secret. */
    share_secret = CHATFILE_CAN_SHARE_SECRET,
    /** The service makes thumbnails of images. */
    thumbnail = CHATFILE_CAN_THUMBNAIL,
    /** Requests can be presigned. */
    presign = CHATFILE_CAN_PRESIGN,
    /** A file can be deleted. */
    delete_file = CHATFILE_CAN_DELETE,
    /** Large files are sent in parts, side by side, and can be gone on with after a failure. */
    parts = CHATFILE_CAN_PARTS,
    /** What the service has already is not sent again. */
    instant_upload = CHATFILE_CAN_INSTANT_UPLOAD,
    /** client::info() and client::exists(). */
    info = CHATFILE_CAN_INFO,
    /** client::list(). */
    list = CHATFILE_CAN_LIST,
    /** upload_options::message. */
    message = CHATFILE_CAN_MESSAGE
};

/** What a call is doing. */
enum class activity : std::uint32_t {
    /** It waits, for an answer, for its turn, or to try again. */
    waiting = CHATFILE_ACTIVITY_WAITING,
    /** It looks for a host and connects, through a proxy and with TLS where there are. */
    connecting = CHATFILE_ACTIVITY_CONNECTING,
    /** It sends the file. */
    sending = CHATFILE_ACTIVITY_SENDING,
    /** It receives the file. */
    receiving = CHATFILE_ACTIVITY_RECEIVING,
    /**
     * It reads the file before it sends it, or once more: for a hash that the service knows it by, to compare what
     * has arrived of an earlier upload, or for a digest that was asked for.
     */
    hashing = CHATFILE_ACTIVITY_HASHING,
    /** It gets a token, or another permission of the storage. */
    renewing = CHATFILE_ACTIVITY_RENEWING
};

/** What a service's message about a file shows. */
enum class message_kind : std::uint32_t {
    /** No message is made. */
    none = CHATFILE_MESSAGE_NONE,
    /** What the media type says: an image, audio or a video; anything else is a file. */
    automatic = CHATFILE_MESSAGE_AUTOMATIC,
    /** A file to download. */
    file = CHATFILE_MESSAGE_FILE,
    /** A picture. */
    image = CHATFILE_MESSAGE_IMAGE,
    /** Sound. */
    audio = CHATFILE_MESSAGE_AUDIO,
    /** A video. */
    video = CHATFILE_MESSAGE_VIDEO
};

/** Of what kind of file a small picture is wanted. */
enum class thumbnail_kind : std::uint32_t {
    /** The file itself. */
    none = CHATFILE_THUMBNAIL_NONE,
    /** A small picture of an image. */
    image = CHATFILE_THUMBNAIL_IMAGE,
    /** A picture of a video, its first frame. */
    video = CHATFILE_THUMBNAIL_VIDEO
};

/** What was looked at. The order of the steps is that of the result, not of the numbers. */
enum class check_kind : std::uint32_t {
    /** Where calls go. */
    address = CHATFILE_CHECK_ADDRESS,
    /** Whether they go through a proxy, and whether that lets them. */
    proxy = CHATFILE_CHECK_PROXY,
    /** The addresses of the host, or of the proxy. */
    name = CHATFILE_CHECK_NAME,
    /** A TCP connection. */
    connection = CHATFILE_CHECK_CONNECTION,
    /** TLS, and whether the certificate is trusted. */
    tls = CHATFILE_CHECK_TLS,
    /** Whether the clock of this machine is that of the service. */
    clock = CHATFILE_CHECK_CLOCK,
    /** A token, where the service has some. */
    credentials = CHATFILE_CHECK_CREDENTIALS,
    /** The smallest call that takes the credentials. */
    service = CHATFILE_CHECK_SERVICE
};

/** What came of a step. */
enum class verdict : std::uint32_t {
    /** It works. */
    ok = CHATFILE_VERDICT_OK,
    /** It works, and something about it is to be looked at. */
    warning = CHATFILE_VERDICT_WARNING,
    /** It does not work. */
    failed = CHATFILE_VERDICT_FAILED,
    /** There is no such thing here, or a step before it has failed. */
    not_tried = CHATFILE_VERDICT_NOT_TRIED
};

/** How the file is written in the body of a presigned request. */
enum class encoding : std::uint32_t {
    /** There is no file in the request. */
    none = CHATFILE_ENCODING_NONE,
    /** The file as it is. */
    identity = CHATFILE_ENCODING_IDENTITY,
    /** The file as padded standard base64. */
    base64 = CHATFILE_ENCODING_BASE64,
    /** The file as padded standard base64 with +, / and = percent-encoded. */
    base64_form = CHATFILE_ENCODING_BASE64_FORM
};

/** Digests by which services know files; or-ed for digest::create(). */
enum class digest_kind : std::uint32_t {
    /**
     * The hash by which Tencent SMH knows a whole file (fullHash): SHA-256, chained after every MiB; 64 lower-case
     * hex digits.
     */
    smh_full = CHATFILE_DIGEST_SMH_FULL,
    /** SMH's beginningHash: SHA-256 of the first MiB, or of all if it is less; 64 lower-case hex digits. */
    smh_beginning = CHATFILE_DIGEST_SMH_BEGINNING,
    /**
     * The hash by which OpenIM knows a file: MD5 of the MD5s of its parts, joined by commas; 32 lower-case hex
     * digits.
     */
    openim = CHATFILE_DIGEST_OPENIM,
    /** CRC-64/XZ, which Tencent calls CRC64; an unsigned decimal number. */
    crc64 = CHATFILE_DIGEST_CRC64
};

/** How far a call had come when it failed. */
enum class phase : std::uint32_t {
    /** Checking parameters and opening the source; nothing was sent. */
    prepare = CHATFILE_PHASE_PREPARE,
    /** Getting a token. */
    token = CHATFILE_PHASE_TOKEN,
    /** Resolving the name, connecting, and TLS. */
    connect = CHATFILE_PHASE_CONNECT,
    /** Sending the request or its body. */
    send = CHATFILE_PHASE_SEND,
    /** Waiting for the answer, reading it, and judging it. */
    receive = CHATFILE_PHASE_RECEIVE,
    /** Putting the finished file in its place. */
    finish = CHATFILE_PHASE_FINISH
};

/** What it was in TLS that failed. */
enum class tls_fault : std::uint32_t {
    /** It was not TLS. */
    none = CHATFILE_TLS_NONE,
    /** Something else; the message says what is known. */
    other = CHATFILE_TLS_OTHER,
    /** The certificate is signed by nobody who is trusted. */
    unknown_issuer = CHATFILE_TLS_UNKNOWN_ISSUER,
    /** The certificate has expired, or the clock of this machine is wrong. */
    expired = CHATFILE_TLS_EXPIRED,
    /** The certificate is not valid yet, or the clock of this machine is wrong. */
    not_yet_valid = CHATFILE_TLS_NOT_YET_VALID,
    /** The certificate is for other names. */
    wrong_name = CHATFILE_TLS_WRONG_NAME,
    /** The certificate was revoked. */
    revoked = CHATFILE_TLS_REVOKED,
    /** The certificate is not signed by the authority that it names. */
    bad_signature = CHATFILE_TLS_BAD_SIGNATURE,
    /** The certificate is not made for servers. */
    wrong_purpose = CHATFILE_TLS_WRONG_PURPOSE,
    /** The server wants another certificate of the client, or one at all. */
    client_certificate = CHATFILE_TLS_CLIENT_CERTIFICATE,
    /** The two sides have no version or no cipher in common. */
    incompatible = CHATFILE_TLS_INCOMPATIBLE,
    /** The other side does not speak TLS. */
    not_spoken = CHATFILE_TLS_NOT_SPOKEN
};

/** How a file goes to NetEase. */
enum class netease_method : std::uint32_t {
    /** multipart/form-data to msg/fileUpload.action, the bytes as they are. */
    form = CHATFILE_NETEASE_METHOD_FORM,
    /** base64 in a form to msg/upload.action, a third larger. Reads the source twice. */
    base64 = CHATFILE_NETEASE_METHOD_BASE64
};

/** How a file goes to Tencent SMH. */
enum class smh_method : std::uint32_t {
    /**
     * In parts above 32 MiB, else in one request; if that is cut after a mebibyte or more, the next attempt goes in
     * parts.
     */
    automatic = CHATFILE_SMH_METHOD_AUTOMATIC,
    /** In one request, up to 5 GiB. */
    simple = CHATFILE_SMH_METHOD_SIMPLE,
    /** In one request as multipart/form-data, up to 5 GiB. */
    form = CHATFILE_SMH_METHOD_FORM,
    /** In parts, which can go on after an interruption. */
    parts = CHATFILE_SMH_METHOD_PARTS
};

/** What happens if a file of that name is there. */
enum class smh_conflict : std::uint32_t {
    /** The new file gets another name, "name (1).ext". */
    rename = CHATFILE_SMH_CONFLICT_RENAME,
    /** The upload fails with status::conflict. */
    fail = CHATFILE_SMH_CONFLICT_FAIL,
    /** The file is replaced; a folder stays, and the upload fails with status::conflict. */
    overwrite = CHATFILE_SMH_CONFLICT_OVERWRITE
};

/** What a browser does with the file at the address of a presigned download. */
enum class smh_disposition : std::uint32_t {
    /** What a browser makes of the file's type. */
    automatic = CHATFILE_SMH_DISPOSITION_AUTOMATIC,
    /** A browser shows it, if it can. */
    show = CHATFILE_SMH_DISPOSITION_SHOW,
    /** A browser saves it under its name. */
    save = CHATFILE_SMH_DISPOSITION_SAVE
};

/** How a file goes to OpenIM. */
enum class openim_method : std::uint32_t {
    /** In parts; by form where the source cannot be read twice, or an option asks for it. */
    automatic = CHATFILE_OPENIM_METHOD_AUTOMATIC,
    /** In one form. */
    form = CHATFILE_OPENIM_METHOD_FORM,
    /** In parts, which can go on after an interruption. Reads the source twice. */
    parts = CHATFILE_OPENIM_METHOD_PARTS
};

/* So far what is made from chatfile.h. */

/** For client::presign_upload(): the size of the file is not known. */
inline constexpr std::uint64_t size_unknown = (std::numeric_limits<std::uint64_t>::max)(); // CHATFILE_SIZE_UNKNOWN

/** Both. */
constexpr digest_kind operator|(digest_kind one, digest_kind other) noexcept
{
    return static_cast<digest_kind>(static_cast<std::uint32_t>(one) | static_cast<std::uint32_t>(other));
}

/** The name of a status as chatfile.h has it, for example "CHATFILE_E_LIMIT". */
inline std::string_view status_name(status which) noexcept
{
    return chatfile_status_name(static_cast<chatfile_status>(which));
}

/** The version of the library that is linked or loaded; CHATFILE_VERSION is that of the header. */
inline std::string_view version() noexcept
{
    return chatfile_version();
}

/** That version as a number: major * 1,000,000 + minor * 1,000 + patch. */
inline std::uint32_t version_number() noexcept
{
    return chatfile_version_number();
}

/** A point in time in milliseconds; of another one by std::chrono::time_point_cast. */
using time_ms = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/** A point in time in seconds. */
using time_s = std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds>;

/* ---- Errors and results --------------------------------------------------- */

/* What is known of an error: made from chatfile.h by cargo xtask bindings. */

/** All that is known of a call that failed. */
struct error_details {
    /** How it ended. */
    chatfile::status status = chatfile::status::ok;
    /** What happened and what to do about it, for a person to read. */
    std::string message{};
    /** The parameter, field or option at fault, as it is called here, if it is about one. */
    std::optional<std::string> field{};
    /** The HTTP status of the answer that made the call fail. */
    std::optional<std::int32_t> http_status{};
    /** The service's own error code as it wrote it ("auth_bad_access_token", "414"); none if it gave none. */
    std::optional<std::string> service_code{};
    /** The service's own text; none if it gave none. */
    std::optional<std::string> service_message{};
    /** The id under which the service has logged the request, for its support; none if it gave none. */
    std::optional<std::string> request_id{};
    /** How far the call had come. */
    chatfile::phase phase = chatfile::phase::prepare;
    /** Whether the same call may succeed when it is made again later. */
    bool retryable = false;
    /**
     * How long the service asks to wait before the next try. Wait that long before you call again: the library
     * waits for it only between its own attempts, and not at all if it is more than a minute.
     */
    std::optional<std::chrono::milliseconds> retry_after{};
    /**
     * How many attempts were made at the request that failed, also those that found no connection; 0 if the call
     * failed before any request.
     */
    std::uint32_t attempts = 0;
    /** With status::callback: what your callback returned, untouched. */
    std::optional<std::int32_t> callback_value{};
    /**
     * What a later client::upload() of the same file needs to send only what is missing
     * (upload_options::resume_token), and client::abort_upload() to throw it away; none if the service has kept
     * nothing. It holds no secret.
     */
    std::optional<std::string> resume_token{};
    /**
     * With status::not_restricted, and with status::integrity of an upload to SMH: the file that was stored all the
     * same, as upload_result::file would name it.
     */
    std::optional<std::string> file{};
    /**
     * The operating system's own number of what it refused: errno, or on Windows what GetLastError() or
     * WSAGetLastError() said.
     */
    std::optional<std::int32_t> os_error{};
    /**
     * With status::limit: the limit that is exceeded or not reached, in the unit of the field (bytes of a source or
     * a text, for example). There is none where it is below 0, or one field is the limit of another.
     */
    std::optional<std::uint64_t> limit{};
    /**
     * As error::limit(), the value that is beyond the limit; of a download that was under way, what there is of it
     * at least.
     */
    std::optional<std::uint64_t> actual{};
    /** With status::tls: what it was that failed; else tls_fault::none. */
    chatfile::tls_fault tls_fault = chatfile::tls_fault::none;
    /**
     * With client_options::trace: what the call has done, for the support of a vendor or of your own, in lines: how
     * connections came about, the requests and the heads of their answers, with times and the ids under which they
     * are logged. It holds no secret, but paths and names of hosts. None if no request was begun, or without that
     * option.
     */
    std::optional<std::string> trace{};
    /** Whether it was the proxy that failed, or was not to be reached, and not what is behind it. */
    bool at_proxy = false;
};

/* So far what is made from chatfile.h. */

/** Why a call failed. Copies share their details, so copying cannot fail. */
class error : public std::exception {
public:
    /** An error with these details; the library makes them for you. */
    explicit error(error_details details) : details_(std::make_shared<const error_details>(std::move(details))) {}

    /** The message. */
    const char *what() const noexcept override { return details_->message.c_str(); }
    /* What an error is asked for: made from chatfile.h by cargo xtask bindings. */
    /** How it ended. */
    chatfile::status status() const noexcept { return details_->status; }
    /** What happened and what to do about it, for a person to read. */
    const std::string &message() const noexcept { return details_->message; }
    /** The parameter, field or option at fault, as it is called here, if it is about one. */
    const std::optional<std::string> &field() const noexcept { return details_->field; }
    /** The HTTP status of the answer that made the call fail. */
    std::optional<std::int32_t> http_status() const noexcept { return details_->http_status; }
    /** The service's own error code as it wrote it ("auth_bad_access_token", "414"); none if it gave none. */
    const std::optional<std::string> &service_code() const noexcept { return details_->service_code; }
    /** The service's own text; none if it gave none. */
    const std::optional<std::string> &service_message() const noexcept { return details_->service_message; }
    /** The id under which the service has logged the request, for its support; none if it gave none. */
    const std::optional<std::string> &request_id() const noexcept { return details_->request_id; }
    /** How far the call had come. */
    chatfile::phase phase() const noexcept { return details_->phase; }
    /** Whether the same call may succeed when it is made again later. */
    bool retryable() const noexcept { return details_->retryable; }
    /**
     * How long the service asks to wait before the next try. Wait that long before you call again: the library
     * waits for it only between its own attempts, and not at all if it is more than a minute.
     */
    std::optional<std::chrono::milliseconds> retry_after() const noexcept { return details_->retry_after; }
    /**
     * How many attempts were made at the request that failed, also those that found no connection; 0 if the call
     * failed before any request.
     */
    std::uint32_t attempts() const noexcept { return details_->attempts; }
    /** With status::callback: what your callback returned, untouched. */
    std::optional<std::int32_t> callback_value() const noexcept { return details_->callback_value; }
    /**
     * What a later client::upload() of the same file needs to send only what is missing
     * (upload_options::resume_token), and client::abort_upload() to throw it away; none if the service has kept
     * nothing. It holds no secret.
     */
    const std::optional<std::string> &resume_token() const noexcept { return details_->resume_token; }
    /**
     * With status::not_restricted, and with status::integrity of an upload to SMH: the file that was stored all the
     * same, as upload_result::file would name it.
     */
    const std::optional<std::string> &file() const noexcept { return details_->file; }
    /**
     * The operating system's own number of what it refused: errno, or on Windows what GetLastError() or
     * WSAGetLastError() said.
     */
    std::optional<std::int32_t> os_error() const noexcept { return details_->os_error; }
    /**
     * With status::limit: the limit that is exceeded or not reached, in the unit of the field (bytes of a source or
     * a text, for example). There is none where it is below 0, or one field is the limit of another.
     */
    std::optional<std::uint64_t> limit() const noexcept { return details_->limit; }
    /**
     * As error::limit(), the value that is beyond the limit; of a download that was under way, what there is of it
     * at least.
     */
    std::optional<std::uint64_t> actual() const noexcept { return details_->actual; }
    /** With status::tls: what it was that failed; else tls_fault::none. */
    chatfile::tls_fault tls_fault() const noexcept { return details_->tls_fault; }
    /**
     * With client_options::trace: what the call has done, for the support of a vendor or of your own, in lines: how
     * connections came about, the requests and the heads of their answers, with times and the ids under which they
     * are logged. It holds no secret, but paths and names of hosts. None if no request was begun, or without that
     * option.
     */
    const std::optional<std::string> &trace() const noexcept { return details_->trace; }
    /** Whether it was the proxy that failed, or was not to be reached, and not what is behind it. */
    bool at_proxy() const noexcept { return details_->at_proxy; }
    /* So far what is made from chatfile.h. */
    /** All of it. */
    const error_details &details() const noexcept { return *details_; }

    /** Shares the details of the other. */
    error(const error &) noexcept = default;
    /** Shares the details of the other. */
    error &operator=(const error &) noexcept = default;
    /** Frees the details with the last copy. */
    ~error() override = default;

private:
    /* Never null: this class is copied, also when it is moved. */
    std::shared_ptr<const error_details> details_;
};

namespace detail {

/* What a result is asked for must be there, with and without exceptions. */
template <class T> T &there(T *pointer) noexcept
{
    if (pointer == nullptr)
        std::abort();
    return *pointer;
}

} // namespace detail

/** What a call gave, or why it failed; like C++23's std::expected. */
template <class T> class [[nodiscard]] result {
public:
    /** A success. */
    result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    /** A failure. */
    result(chatfile::error why) : state_(std::in_place_index<1>, why) {}

    /** Whether the call worked. */
    bool has_value() const noexcept { return state_.index() == 0; }
    /** Whether the call worked. */
    explicit operator bool() const noexcept { return has_value(); }
    /** What the call gave; without has_value() the program is aborted. */
    T &operator*() & noexcept { return detail::there(std::get_if<0>(&state_)); }
    /** What the call gave; without has_value() the program is aborted. */
    const T &operator*() const & noexcept { return detail::there(std::get_if<0>(&state_)); }
    /** What the call gave; without has_value() the program is aborted. */
    T &&operator*() && noexcept { return std::move(detail::there(std::get_if<0>(&state_))); }
    /** What the call gave; without has_value() the program is aborted. */
    T *operator->() noexcept { return &**this; }
    /** What the call gave; without has_value() the program is aborted. */
    const T *operator->() const noexcept { return &**this; }
    /** Why the call failed; with has_value() the program is aborted. */
    const chatfile::error &error() const noexcept { return detail::there(std::get_if<1>(&state_)); }

#if CHATFILE_EXCEPTIONS
    /** What the call gave; throws the error if it failed. */
    T &value() &
    {
        check();
        return **this;
    }
    /** What the call gave; throws the error if it failed. */
    const T &value() const &
    {
        check();
        return **this;
    }
    /** What the call gave; throws the error if it failed. */
    T &&value() &&
    {
        check();
        return *std::move(*this);
    }
#endif

private:
#if CHATFILE_EXCEPTIONS
    void check() const
    {
        if (!has_value())
            throw chatfile::error(error());
    }
#endif
    std::variant<T, chatfile::error> state_;
};

/** Whether a call that gives nothing worked, or why it failed. */
template <> class [[nodiscard]] result<void> {
public:
    /** A success. */
    result() = default;
    /** A failure. */
    result(chatfile::error why) : why_(why) {}

    /** Whether the call worked. */
    bool has_value() const noexcept { return !why_.has_value(); }
    /** Whether the call worked. */
    explicit operator bool() const noexcept { return has_value(); }
    /** Why the call failed; with has_value() the program is aborted. */
    const chatfile::error &error() const noexcept { return detail::there(why_ ? &*why_ : nullptr); }

#if CHATFILE_EXCEPTIONS
    /** Throws the error if the call failed. */
    void value() const
    {
        if (why_)
            throw chatfile::error(*why_);
    }
#endif

private:
    std::optional<chatfile::error> why_{};
};

/* ---- Callbacks ------------------------------------------------------------ */

/**
 * What a callback returns to stop the call: value, which is not 0, comes back in
 * error::callback_value(). Where exceptions are on, it may throw instead.
 */
struct stop {
    /** Not 0. */
    std::int32_t value = 1;
    /** For callbacks that return a number. */
    constexpr operator std::int32_t() const noexcept { return value; }
};

/** What a read callback returns: how many bytes it gave (0: the end), or a stop. */
class read_result {
public:
    /** So many bytes. */
    read_result(std::size_t size) noexcept : size_(size) {}
    /** No bytes: stop the call. */
    read_result(stop why) noexcept : stop_(why.value) {}
    /** The number of bytes. */
    std::size_t size() const noexcept { return size_; }
    /** What stops the call; 0 if nothing does. */
    std::int32_t stop_value() const noexcept { return stop_; }

private:
    std::size_t size_ = 0;
    std::int32_t stop_ = 0;
};

/** What a secret callback returns: the secret, or a stop. The library wipes it. */
class secret_result {
public:
    /** The secret. */
    secret_result(std::string text) noexcept : secret_(std::move(text)) { wipe(text); }
    /** The secret. */
    secret_result(std::string_view text) : secret_(text) {}
    /** The secret; NULL is an empty one. */
    secret_result(const char *text) : secret_(text != nullptr ? text : "") {}
    /** No secret: stop the call. */
    secret_result(stop why) noexcept : stop_(why.value) {}
    /** Moves the secret. */
    secret_result(secret_result &&) = default;
    secret_result(const secret_result &) = delete;
    secret_result &operator=(const secret_result &) = delete;
    /** Wipes the secret. */
    ~secret_result() { wipe(secret_); }
    /** The secret. */
    const std::string &secret() const noexcept { return secret_; }
    /** What stops the call; 0 if nothing does. */
    std::int32_t stop_value() const noexcept { return stop_; }

private:
    /* Up to the capacity, for a short text that was moved away leaves its bytes; volatile, lest it be left out. */
    static void wipe(std::string &text) noexcept
    {
        text.resize(text.capacity());
        for (volatile char &byte : text)
            byte = '\0';
    }
    std::string secret_{};
    std::int32_t stop_ = 0;
};

namespace detail {

template <class T> struct is_function_object : std::false_type {};
template <class S> struct is_function_object<std::function<S>> : std::true_type {};

} // namespace detail

/** What is called by the library, see below. */
template <class Signature> class callback;

/**
 * Any callable for one of the library's callbacks, or none. Unlike std::function it
 * takes what can only be moved; copies share it. Where Result is a number, the
 * callable may also return nothing, which is 0; not bool, for 0 is to go on.
 */
template <class Result, class... Arguments> class callback<Result(Arguments...)> {
public:
    /** None. */
    callback() = default;
    /** None. */
    callback(std::nullptr_t) {}
    /** That callable. */
    template <class F, class = std::enable_if_t<!std::is_same_v<std::decay_t<F>, callback> &&
                                                std::is_invocable_v<std::decay_t<F> &, Arguments...>>>
    callback(F &&callable)
    {
        using target = std::decay_t<F>;
        using returned = std::invoke_result_t<target &, Arguments...>;
        static_assert(!std::is_same_v<returned, bool> || std::is_void_v<Result>,
                      "return nothing, or 0 to go on and another number to stop");
        static_assert(std::is_void_v<returned> || std::is_void_v<Result> || std::is_convertible_v<returned, Result>,
                      "this callback has to return something else");
        auto shared = std::make_shared<target>(std::forward<F>(callable));
        /* A null pointer or an empty std::function is none. */
        if constexpr (std::is_pointer_v<target> || detail::is_function_object<target>::value) {
            if (!*shared)
                return;
        }
        call_ = [shared](Arguments... arguments) -> Result {
            if constexpr (std::is_void_v<Result>) {
                std::invoke(*shared, std::forward<Arguments>(arguments)...);
            } else if constexpr (std::is_void_v<returned>) {
                std::invoke(*shared, std::forward<Arguments>(arguments)...);
                return Result{};
            } else {
                return std::invoke(*shared, std::forward<Arguments>(arguments)...);
            }
        };
    }

    /** Whether there is one. */
    explicit operator bool() const noexcept { return static_cast<bool>(call_); }
    /** Calls it. */
    Result operator()(Arguments... arguments) const { return call_(std::forward<Arguments>(arguments)...); }

private:
    std::function<Result(Arguments...)> call_{};
};

/** How far a transfer has come. Counts bytes of the file, not of its encoding. */
struct progress {
    /** Bytes moved so far. Equals total in the last report only. */
    std::uint64_t done = 0;
    /** The size of the file, once it is known. */
    std::optional<std::uint64_t> total{};
    /** Whether this is the last report, which a failed transfer never makes. */
    bool finished = false;
    /** What the call is doing. */
    chatfile::activity activity = chatfile::activity::waiting;
    /** Bytes that have been read for a hash, while activity::hashing; else those of the last time. */
    std::uint64_t hashed = 0;
    /** Bytes that are to be read for it. */
    std::uint64_t hash_total = 0;
    /** Bytes of the file in a second, over the last seconds; 0 while it is not known. */
    std::uint64_t rate = 0;
    /** How long it takes at that rate until all bytes have moved, if that can be told. */
    std::optional<std::chrono::milliseconds> remaining{};
};

/**
 * Reports progress: once at the start, then at least 4 and at most 20 times a second,
 * and once at the end if all went well. While nothing moves, whatever the call waits for,
 * the same numbers come again. Called on the calling thread. Return nothing, or 0 to go on.
 */
using progress_callback = callback<std::int32_t(const progress &)>;

/**
 * Produces bytes of a source: puts up to capacity of them at buffer, and returns
 * their number (0 at the end) or a stop. Called on the calling thread.
 */
using read_callback = callback<read_result(char *buffer, std::size_t capacity)>;

/** Goes back to the first byte of a source. Return nothing, or 0. */
using rewind_callback = callback<std::int32_t()>;

/** Takes all bytes of a piece. Called on the calling thread. Return nothing, or 0 to go on. */
using write_callback = callback<std::int32_t(std::string_view piece)>;

/**
 * Gives the secret of the field that is called name ("app_secret", "password", ...),
 * or a stop. Called on a thread that made a call, by one thread at a time. It must not
 * use the client.
 */
using secret_callback = callback<secret_result(std::string_view name)>;

/**
 * Gives the user name and password for the proxy at proxy ("host:port"), which asks for
 * them by scheme ("Basic", "Digest" or "SOCKS5") for what it calls realm: "NAME:PASSWORD",
 * or an empty text where there is none, or a stop. Called on a thread that made a call, by
 * one thread at a time, and again where the proxy refuses it, up to three times in a row.
 * It must not use the client.
 */
using login_callback = callback<secret_result(std::string_view proxy, std::string_view scheme, std::string_view realm)>;

/**
 * Takes a line of the log, which never holds a secret. Called on the threads that
 * made calls, so by several at once if several use the client. It must not use the
 * client. What it throws stops nothing, but comes out of the call in the end.
 */
using log_callback = callback<void(log_level level, std::string_view line)>;

/* ---- Handles: what calls are made with ------------------------------------- */

namespace detail {

/* Not the functions themselves as template arguments: those of a DLL are no constants. */
struct deleter {
    void operator()(chatfile_cancel *it) const noexcept { chatfile_cancel_free(it); }
    void operator()(chatfile_client *it) const noexcept { chatfile_client_free(it); }
    void operator()(chatfile_delete_result *it) const noexcept { chatfile_delete_result_free(it); }
    void operator()(chatfile_digest *it) const noexcept { chatfile_digest_free(it); }
    void operator()(chatfile_download_result *it) const noexcept { chatfile_download_result_free(it); }
    void operator()(chatfile_error *it) const noexcept { chatfile_error_free(it); }
    void operator()(chatfile_file_info *it) const noexcept { chatfile_file_info_free(it); }
    void operator()(chatfile_list_cursor *it) const noexcept { chatfile_list_cursor_free(it); }
    void operator()(chatfile_listing *it) const noexcept { chatfile_listing_free(it); }
    void operator()(chatfile_check_result *it) const noexcept { chatfile_check_result_free(it); }
    void operator()(chatfile_presigned *it) const noexcept { chatfile_presigned_free(it); }
    void operator()(chatfile_upload_result *it) const noexcept { chatfile_upload_result_free(it); }
};

template <class T> using owned = std::unique_ptr<T, deleter>;

struct made;

inline std::optional<std::string> text_of(const char *text)
{
    return text != nullptr ? std::optional<std::string>(text) : std::nullopt;
}

/* A text is UTF-8, which std::filesystem::path takes for the code page of Windows. */
template <class Path> std::filesystem::path path_of(Path &&file)
{
#ifdef _WIN32
    if constexpr (std::is_convertible_v<Path &&, std::string_view>) {
        const std::string_view text = file;
#ifdef __cpp_char8_t
        return std::filesystem::path(std::u8string(text.begin(), text.end()));
#else
        return std::filesystem::u8path(text.begin(), text.end());
#endif
    } else
#endif
        return std::filesystem::path(std::forward<Path>(file));
}

} // namespace detail

/**
 * Cancels the calls whose options name it, from any thread. It can be used once:
 * calls that begin after it was fired are cancelled, too. It must live as long as
 * they do. One that was moved from cancels nothing.
 */
class cancel {
public:
    /** One that was not fired. Out of memory, throws std::bad_alloc or aborts. */
    cancel() : handle_(chatfile_cancel_new()) { check(); }
    /**
     * One that is also asked: during each call that it is given to, go_on is called at
     * least 4 times a second on the thread that made the call, whatever that waits for.
     * Return nothing, or 0 to go on and another number to cancel; what it throws cancels,
     * too, and is not passed on.
     */
    explicit cancel(callback<std::int32_t()> go_on)
        : go_on_(std::make_unique<callback<std::int32_t()>>(std::move(go_on))),
          handle_(*go_on_ ? chatfile_cancel_new_asking(&cancel::asked, go_on_.get()) : chatfile_cancel_new())
    {
        check();
    }
    /** Calls return status::cancelled within 100 ms. From any thread; does not wait. */
    void fire() const noexcept { chatfile_cancel_fire(handle_.get()); }
    /** The handle in C. It belongs to this object. */
    const chatfile_cancel *get() const noexcept { return handle_.get(); }

private:
    void check() const
    {
        if (!handle_) {
#if CHATFILE_EXCEPTIONS
            throw std::bad_alloc();
#else
            std::abort();
#endif
        }
    }
    static std::int32_t CHATFILE_CALL asked(void *user) noexcept
    {
        const auto &go_on = *static_cast<const callback<std::int32_t()> *>(user);
#if CHATFILE_EXCEPTIONS
        try {
            return go_on();
        } catch (...) {
            return 1;
        }
#else
        return go_on();
#endif
    }
    /* Where C finds it, also after a move; it outlives the handle. */
    std::unique_ptr<callback<std::int32_t()>> go_on_{};
    detail::owned<chatfile_cancel> handle_;
};

/* ---- Services --------------------------------------------------------------- */

/* Services: made from chatfile.h by cargo xtask bindings. */

/**
 * An Easemob app and who asks it. Give one kind of credentials: client_id and client_secret, or username and
 * password, or token. A client_secret, password or token that is none is asked for by secret, if that is set.
 */
struct easemob {
    /**
     * The REST address of the app's data centre, without a path: http:// or https://. None:
     * "https://a1.easemob.com" (China 1). Others: a31 (China 2), a1-sgp (Singapore), a41 (US-East), a51
     * (Frankfurt).
     */
    std::optional<std::string> base_url{};
    /** The AppKey, "org#app". Required. */
    std::string app_key{};
    /**
     * The app's client id, for back-ends. The token is fetched when it is needed, kept, and fetched anew when it
     * expires or is refused.
     */
    std::optional<std::string> client_id{};
    /** The secret that goes with client_id. */
    std::optional<std::string> client_secret{};
    /** A user's name; the token is fetched and kept as above. */
    std::optional<std::string> username{};
    /** The password that goes with username. */
    std::optional<std::string> password{};
    /**
     * A token that you got elsewhere. It cannot be renewed here: when it is refused, calls fail with status::auth.
     * One that secret gives is asked for again then, once.
     */
    std::optional<std::string> token{};
    /** The lifetime to ask for when a token is fetched. 0: what the Easemob console says, 60 days unless changed. */
    std::chrono::seconds token_ttl{};
    /**
     * The largest file that may be sent, in bytes. 0: 10 MiB (10,485,760), the service's limit unless it was raised
     * for your app.
     */
    std::uint64_t max_upload_size = 0;
    /** Gives "client_secret", "password" or "token" when it is needed. */
    secret_callback secret{};
};

/** A NetEase IM (Yunxin) app. */
struct netease {
    /**
     * The server address with its path: http:// or https://. None: "https://api.yunxinapi.com/nimserver". Overseas:
     * "https://api-sg.yunxinapi.com/nimserver".
     */
    std::optional<std::string> base_url{};
    /** The AppKey. Required. */
    std::string app_key{};
    /** The AppSecret; it signs the requests and is never sent. None: secret gives it. */
    std::optional<std::string> app_secret{};
    /**
     * The largest content that may be sent, in bytes as the service counts them: of the file with
     * netease_method::form, of its base64 text with netease_method::base64. 0: 15 MiB (15,728,640), which as base64
     * is a file of 11,796,480 bytes.
     */
    std::uint64_t max_upload_size = 0;
    /** Gives "app_secret" each time it is needed. */
    secret_callback secret{};
};

/** A Huawei Cloud AICC tenant, and the customer on whose behalf files are sent. */
struct huawei {
    /**
     * The domain of the deployment with its port, if it has one: http:// or https://, for example
     * "https://service.besclouds.com". Required.
     */
    std::string base_url{};
    /** The app key. Required. */
    std::string app_key{};
    /** The app secret. None: secret gives it. */
    std::optional<std::string> app_secret{};
    /** The id of the configured channel. Required. */
    std::string channel_id{};
    /** The customer, 1 to 32 characters. Required. */
    std::string user_id{};
    /** The customer's name. None: user_id. */
    std::optional<std::string> user_name{};
    /** "zh", "zh_CN", "en" or "en_US". None: "zh". */
    std::optional<std::string> locale{};
    /** The lifetime to ask for when the AccessToken is fetched, at most an hour. 0: what the service gives. */
    std::chrono::seconds token_ttl{};
    /** The largest file that may be sent, in bytes. 0: no limit, since the vendor publishes none. */
    std::uint64_t max_upload_size = 0;
    /** Gives "app_secret" each time it is needed. */
    secret_callback secret{};
};

/**
 * A media library of Tencent SMH and who asks it: give library_secret or access_token. If both are none, one of
 * them is asked for by secret; ask_access_token says which.
 */
struct smh {
    /**
     * The address of SMH without a path: http:// or https://. None: "https://api.tencentsmh.cn". The vendor
     * recommends the domain of the library, "https://LIBRARY_ID.api.tencentsmh.cn". With http:// the store behind
     * it is reached without TLS, too.
     */
    std::optional<std::string> base_url{};
    /** The id of the media library. Required. */
    std::string library_id{};
    /**
     * The secret of the library, for back-ends. A token is fetched when it is needed, kept, and fetched anew when
     * it expires or is refused.
     */
    std::optional<std::string> library_secret{};
    /**
     * A token that you got elsewhere. It cannot be renewed here: when it is refused, calls fail with status::auth.
     * One that secret gives is asked for again then, once.
     */
    std::optional<std::string> access_token{};
    /** The tenant space. None: the only one of a single-tenant library. */
    std::optional<std::string> space_id{};
    /** The user in whose name it is done. None: nobody's. */
    std::optional<std::string> user_id{};
    /** The client of that user that a token is fetched for. */
    std::optional<std::string> client_id{};
    /** The session of that user that a token is fetched for. */
    std::optional<std::string> session_id{};
    /**
     * What a fetched token may do, with commas between ("upload_file", "confirm_upload", ..., or "admin"). "": read
     * only. None: what uploads, downloads, deletions and the making of folders need.
     */
    std::optional<std::string> grant{};
    /** The lifetime of a fetched token, 5 minutes to 3,650 days; every use of the token begins it anew. 0: a day. */
    std::chrono::seconds token_ttl{};
    /** SMH runs as a private deployment, in which each part of a file has credentials of its own. */
    bool private_deployment = false;
    /**
     * With library_secret and access_token both none, secret is asked for "access_token"; with library_secret it is
     * status::argument. Otherwise: for "library_secret".
     */
    bool ask_access_token = false;
    /** Gives "library_secret" or "access_token" when it is needed. */
    secret_callback secret{};
};

/**
 * An OpenIM server and who asks it: a user with a token, or, for back-ends, the admin with the server's secret, for
 * himself or for a user.
 */
struct openim {
    /**
     * The address of the server's API: http:// or https://, for example "https://im.example.com/api" or
     * "http://10.0.0.1:10002". Required.
     */
    std::string base_url{};
    /** Who asks: a user's id; with admin_secret and without platform the admin's. Required. */
    std::string user_id{};
    /**
     * A token of user_id that you got elsewhere. It cannot be renewed here: when it is refused, calls fail with
     * status::auth. One that secret gives is asked for again then, once.
     */
    std::optional<std::string> token{};
    /**
     * The server's secret, in place of token, for back-ends. Tokens are fetched when they are needed, kept, and
     * fetched anew when they expire or are refused.
     */
    std::optional<std::string> admin_secret{};
    /** The admin who fetches the token of user_id; with platform alone. None: "imAdmin". */
    std::optional<std::string> admin_user_id{};
    /**
     * With admin_secret: what user_id is logged in on, which can end an older login of the user there. 1 iOS, 2
     * Android, 3 Windows, 4 macOS, 5 web, 6 mini program, 7 Linux, 8 Android tablet, 9 iPad, 11 HarmonyOS. 0:
     * user_id is the admin.
     */
    std::uint32_t platform = 0;
    /** With token and admin_secret both none, secret is asked for "admin_secret". Otherwise: for "token". */
    bool ask_admin_secret = false;
    /** The largest file that may be sent, in bytes. 0: no limit, since the server has none. */
    std::uint64_t max_upload_size = 0;
    /** Gives "token" or "admin_secret" when it is needed. */
    secret_callback secret{};
};

/** How a client behaves. The defaults suit a desktop program on Wi-Fi. */
struct client_options {
    /**
     * Your program as it should appear in the User-Agent, for example "MyChat/4.2"; the library's own name is
     * added. ASCII. None: that alone.
     */
    std::optional<std::string> user_agent{};
    /** The longest time for one connection: name look-up, TCP, proxy and TLS together. 0: 15 s. */
    std::chrono::milliseconds connect_timeout{};
    /** A transfer in which no byte moves for so long has failed; one byte a second is alive. 0: a minute. */
    std::chrono::milliseconds stall_timeout{};
    /** The longest time for a whole call with all its attempts. 0: no limit. */
    std::chrono::milliseconds deadline{};
    /**
     * How often each request of a call is tried. A request lost on a kept-alive connection that the server had
     * closed is sent again and not counted; an upload is not, where this is 1. 0: 4; 1: never again.
     */
    std::uint32_t max_attempts = 0;
    /**
     * The upper bound of the pause before the second attempt; it doubles with each further one, and the pause is a
     * random part of it. What the service asks for is added. 0: 500 ms.
     */
    std::chrono::milliseconds retry_delay{};
    /** No attempt begins later than so long after its call did. 0: no limit. */
    std::chrono::milliseconds retry_time{};
    /**
     * The most calls of the service in a second, over all threads that use this client; tokens (but OpenIM's),
     * presigned requests, NetEase downloads and the parts of files are not counted. 0: what the vendor allows an
     * app (100 at Easemob and NetEase; the others state none). Several clients or programs with one app do not know
     * of each other: divide it.
     */
    std::uint32_t calls_per_second = 0;
    /** The most bytes to send in a second, over all transfers; see client::set_rates(). 0: no limit. */
    std::uint64_t upload_rate = 0;
    /** The most bytes to receive in a second, over all transfers. 0: no limit. */
    std::uint64_t download_rate = 0;
    /**
     * Other addresses of the same service, separated by commas: URLs of the form of base_url. Where that cannot be
     * reached (name, connection, TLS), so that nothing was sent, they are asked in turn; the one that was reached
     * is asked first from then on. None may be http:// if base_url is https://.
     */
    std::optional<std::string> fallback_urls{};
    /**
     * Where hosts are, whatever the system says: "HOST:PORT:ADDRESS", separated by commas; a host that is named
     * several times has several addresses. Hosts that a proxy resolves are not looked for here. None: nothing is
     * said.
     */
    std::optional<std::string> resolve{};
    /** Which addresses of hosts to connect to: ip_version::any (0), ip_version::v4 or ip_version::v6. */
    chatfile::ip_version ip_version = chatfile::ip_version::any;
    /**
     * A proxy for everything: "http://user:password@host:port" (plain requests for http, CONNECT for https),
     * "https://..." (the same over TLS), "socks5h://...", which all resolve the names of hosts, or "socks5://...",
     * which is given addresses; user name and password percent-encoded. An http proxy gets them by Basic, or by
     * Digest if it asks for that. "system": on Windows what the Internet options of the user say (a script there is
     * status::unsupported), elsewhere the environment, as with proxy_from_environment.
     */
    std::optional<std::string> proxy{};
    /**
     * Gives the user name and password for a proxy that asks for them, where its URL has none, or none that it
     * takes.
     */
    login_callback proxy_login{};
    /**
     * Hosts to reach without the proxy, separated by commas: names, with their subdomains, addresses, networks
     * ("10.0.0.0/8"), each alone or at a port ("example.com:8080"); "*" for all.
     */
    std::optional<std::string> no_proxy{};
    /**
     * Take the proxies from the environment (http_proxy, https_proxy, all_proxy, no_proxy), now; not together with
     * proxy. Otherwise: the environment is not looked at.
     */
    bool proxy_from_environment = false;
    /**
     * Let a service or host that is asked over https send us on to an "http://" address, by a redirect or as its
     * store, where anyone in between can read and change the file. Otherwise: that is refused, by
     * status::blocked_address with this field.
     */
    bool allow_plain_http = false;
    /**
     * Send nothing to a loopback, link-local, private or other special-purpose address if a message, a presigned
     * request, an answer or a redirect says so (status::blocked_address with this field): for back-ends, which such
     * a URL could lead to hosts that nobody outside may reach. It is checked on the address that is connected to.
     * base_url and the proxies may be any; behind a proxy only the proxy knows what a name stands for, so that only
     * addresses and localhost are refused. Otherwise: they may lead anywhere.
     */
    bool refuse_private_addresses = false;
    /** How much to log. 0: log_level::info. */
    chatfile::log_level log_level = chatfile::log_level::info;
    /** Takes the lines of the log. */
    log_callback log{};
    /**
     * The error of a call that failed says what the call has done (error::trace()), which is kept in memory
     * meanwhile, up to 64 KiB of it. Whatever becomes of a call, its log says the same with log_level::trace.
     * Otherwise: errors have no trace.
     */
    bool trace = false;
    /** Which CA certificates to trust besides ca_certificates: trust::both (0), trust::built_in or trust::system. */
    chatfile::trust trust = chatfile::trust::both;
    /** More CA certificates to trust: PEM (any number) or DER (one). */
    std::optional<std::string> ca_certificates{};
    /** A file with them instead: not together with ca_certificates. */
    std::optional<std::filesystem::path> ca_certificates_path{};
    /** A certificate chain that says who this client is: PEM, its own first. */
    std::optional<std::string> client_certificate{};
    /** The key that goes with it: PEM (PKCS#8, PKCS#1 or SEC1). */
    std::optional<std::string> client_key{};
};

/* So far what is made from chatfile.h. */

/* ---- Sources and sinks -------------------------------------------------------- */

/**
 * What to upload: a file, bytes in memory, or what a callback produces. Set exactly
 * one of path, data and read, most easily by the functions below. A path, and any
 * text that can be one, becomes a source by itself.
 */
struct source {
    /** A regular file. It must not change during the call. */
    std::optional<std::filesystem::path> path{};
    /** Bytes in memory; not copied, so they must live as long as the call. Not null also for no bytes. */
    const void *data = nullptr;
    /** The number of bytes at data. */
    std::size_t size = 0;
    /** Produces the bytes. */
    read_callback read{};
    /**
     * Goes back to the first byte. Without it an upload is not tried again once its
     * first byte went out, SMH is not asked whether it has the bytes, and
     * netease_method::base64 and openim_method::parts are not possible.
     */
    rewind_callback rewind{};
    /**
     * The exact number of bytes that read will produce; size_unknown: as many as it produces until it gives none. The
     * services have to be told the length of a request before its first byte: so SMH gets them in parts as they come, of
     * which a few are kept until they are sent, and elsewhere, or where the upload is to be resumed, all are kept
     * first, in a file that nobody else can open (TMPDIR; TMP on Windows), and no more than the service takes.
     */
    std::uint64_t length = 0;

    /** Nothing yet. */
    source() = default;

    /** A file; a text is its path, not its content. */
    template <class Path, class = std::enable_if_t<!std::is_same_v<std::decay_t<Path>, source> &&
                                                   std::is_convertible_v<Path &&, std::filesystem::path>>>
    source(Path &&file) : path(detail::path_of(std::forward<Path>(file)))
    {
    }

    /** A file. */
    static source file(std::filesystem::path path) { return source(std::move(path)); }

    /** size bytes at data. */
    static source bytes(const void *data, std::size_t size)
    {
        source made;
        made.data = data != nullptr ? data : "";
        made.size = size;
        return made;
    }

    /** The bytes of a text. */
    static source bytes(std::string_view text) { return bytes(text.data(), text.size()); }

    /** The bytes of a literal, without the NUL at its end. */
    template <std::size_t Size> static source bytes(const char (&literal)[Size])
    {
        return bytes(literal, Size - (literal[Size - 1] == '\0' ? 1 : 0));
    }

    /** A buffer may hold a text that is shorter, or bytes: say so by a std::string_view, or by its size. */
    template <std::size_t Size> static source bytes(char (&buffer)[Size]) = delete;

    /** The bytes of a vector, array, span or the like of one-byte elements. */
    template <class Container, class = std::enable_if_t<!std::is_convertible_v<const Container &, std::string_view>>,
              class Element = std::remove_pointer_t<decltype(std::data(std::declval<const Container &>()))>>
    static source bytes(const Container &container)
    {
        static_assert(sizeof(Element) == 1 && std::is_trivially_copyable_v<Element>, "an element has to be a byte");
        return bytes(std::data(container), std::size(container));
    }

    /**
     * Exactly length bytes that read produces; rewind goes back to the first, if that is
     * possible. Behind them read is called once more and has to give none: fewer or more
     * are status::source.
     */
    static source callable(std::uint64_t length, read_callback read, rewind_callback rewind = nullptr)
    {
        source made;
        made.read = std::move(read);
        made.rewind = std::move(rewind);
        made.length = length;
        return made;
    }

    /**
     * The length bytes that a stream still has from where it stands; more or fewer are
     * status::source. It must be open in binary mode and live as long as the call. Sent
     * again if the stream can seek.
     */
    static source stream(std::istream &stream, std::uint64_t length);

    /**
     * All that a stream still has from where it stands. Of one that cannot seek to its end (std::cin, a pipe) the
     * length is size_unknown.
     */
    static source stream(std::istream &stream);
};

/**
 * Where to put what is downloaded: a file, a callback, a container, or, if nothing is
 * set, download_result::data. A path, and any text that can be one, becomes a sink by itself.
 */
struct sink {
    /**
     * A file. The bytes arrive under a temporary name in the same folder; the file
     * gets its name, replacing one that exists, when all is well and on the disk, with
     * the permissions of what it replaces. On any error the target is as it was. A link
     * is replaced, not followed; a device, FIFO, socket or folder is status::sink.
     */
    std::optional<std::filesystem::path> path{};
    /** Takes the bytes. What it got before an error cannot be taken back. */
    write_callback write{};
    /** Takes a copy of the bytes when all is well: a std::string or std::vector of yours. */
    std::function<void(std::string_view)> assign{};

    /** To memory. */
    sink() = default;

    /** A file. */
    template <class Path, class = std::enable_if_t<!std::is_same_v<std::decay_t<Path>, sink> &&
                                                   std::is_convertible_v<Path &&, std::filesystem::path>>>
    sink(Path &&file) : path(detail::path_of(std::forward<Path>(file)))
    {
    }

    /** A file. */
    static sink file(std::filesystem::path path) { return sink(std::move(path)); }

    /** download_result::data, without a copy. */
    static sink memory() { return sink(); }

    /** A callable that takes a std::string_view for each piece. */
    static sink callable(write_callback write)
    {
        sink made;
        made.write = std::move(write);
        return made;
    }

    /**
     * A stream, which must be open in binary mode and live as long as the call. It is not
     * flushed. One that fails stops the call with status::callback.
     */
    static sink stream(std::ostream &stream);

    /**
     * A std::string, std::vector<std::byte> or the like, which must live as long as the
     * call. It is replaced when all is well, and left as it was on any error.
     */
    template <class Container> static sink into(Container &container)
    {
        using element = typename Container::value_type;
        static_assert(sizeof(element) == 1 && std::is_trivially_copyable_v<element>, "an element has to be a byte");
        sink made;
        made.assign = [&container](std::string_view bytes) {
            container.resize(bytes.size());
            if (!bytes.empty())
                std::memcpy(std::data(container), bytes.data(), bytes.size());
        };
        return made;
    }
};

/* ---- Options -------------------------------------------------------------------- */

/* Options: made from chatfile.h by cargo xtask bindings. */

/** What an upload to Easemob can ask for besides. */
struct easemob_upload {
    /**
     * Only who knows the share secret may download the file. Easemob has to switch the feature on for the app: else
     * the file is stored open to all, and the call fails with status::not_restricted.
     */
    bool restrict_access = false;
    /** Width of the thumbnail that the service makes of an image, in pixels. 0: 170. */
    std::uint32_t thumbnail_width = 0;
    /** Height of that thumbnail, in pixels. 0: 170. */
    std::uint32_t thumbnail_height = 0;
};

/** What an upload to NetEase can ask for besides. */
struct netease_upload {
    /** How the file goes: netease_method::form (0) or netease_method::base64. */
    netease_method method = netease_method::form;
    /** Ask for an http:// URL. Otherwise: https://, other than the service's own default. */
    bool plain_http_url = false;
    /** The scenario tag to store with the file, at most 32 characters. */
    std::optional<std::string> tag{};
    /** The lifetime of the file, at least a day and at most 68 years: it is deleted then. 0: for ever. */
    std::chrono::seconds ttl{};
};

/** What an upload to Huawei can ask for besides. */
struct huawei_upload {
    /**
     * The type of the file: jpg, jpeg, png, bmp, mp3, aac, mp4, txt or csv, in any case. None: the extension of its
     * name, for which alone file_name is of use here; media_type is not sent.
     */
    std::optional<std::string> file_type{};
};

/** What an upload to Tencent SMH can ask for besides. */
struct smh_upload {
    /** The folder to put the file in, with / between the names. None: the root of the space. */
    std::optional<std::string> directory{};
    /** Labels of the file, by which it can be searched for. */
    std::vector<std::string> labels{};
    /** A category of your own, at most 16 bytes. */
    std::optional<std::string> category{};
    /** When the file was made where it comes from, like "2022-07-26T02:58:09Z". None: not said. */
    std::optional<std::string> local_creation_time{};
    /** When it was last changed there, in the same form. None: not said. */
    std::optional<std::string> local_modification_time{};
    /**
     * With smh_conflict::overwrite: only the file with this content, which upload_result::content_cas or
     * file_info::content_cas has told. If it has been changed meanwhile, or is not there, nothing is overwritten,
     * and the upload fails with status::conflict. status::unsupported with a private deployment, which ignores it.
     * None: whatever is there is overwritten.
     */
    std::optional<std::string> content_cas{};
    /**
     * The bytes of each part but the last, 1 MiB to 5 GiB, and enough for at most 10,000 parts; status::argument
     * with smh_method::simple or smh_method::form. 0: 2 MiB, or more where that makes too many.
     */
    std::uint64_t part_size = 0;
    /**
     * The most bytes a second that the store takes on each connection, 100 KiB (102,400) to 100 MiB (104,857,600).
     * 0: no limit.
     */
    std::uint64_t traffic_limit = 0;
    /** How the file goes: smh_method::automatic (0), smh_method::simple, smh_method::form or smh_method::parts. */
    smh_method method = smh_method::automatic;
    /**
     * What happens if a file of that name is there: smh_conflict::rename (0), smh_conflict::fail or
     * smh_conflict::overwrite.
     */
    smh_conflict conflict = smh_conflict::rename;
    /** Make the folder, with its parents, if it is missing. Otherwise: the upload fails then. */
    bool create_directories = false;
    /**
     * Do not ask by hash whether SMH has the bytes already. Asking costs reading the file once more, from 1 MiB on,
     * and saves sending it.
     */
    bool skip_instant = false;
    /** Keep the store's domain of the file of the same name, if possible. */
    bool prefer_same_origin = false;
};

/** What an upload to OpenIM can ask for besides. */
struct openim_upload {
    /**
     * The full name to store the file under, at most 1,024 bytes; it replaces a file of that name. It begins with
     * user_id and a slash, unless the admin asks, and has no segment "." or "..", which no URL can hold. Its
     * extension decides the media type if media_type is none. None: user_id, a slash and the name of the file.
     */
    std::optional<std::string> name{};
    /**
     * The group of files that the server counts this one to; then it goes by form, if one can be signed for its
     * name and media type.
     */
    std::optional<std::string> group{};
    /** What the file is for, in words of your own; then it goes in parts. None: not said. */
    std::optional<std::string> cause{};
    /** How the file goes: openim_method::automatic (0), openim_method::form or openim_method::parts. */
    openim_method method = openim_method::automatic;
    /**
     * The name itself is the key in the storage; for the admin alone, and by form. A second file under it of
     * another size replaces the first in the storage, but is status::integrity for 12 hours: the server remembers
     * the size.
     */
    bool absolute = false;
};

/** Options of an upload. */
struct upload_options {
    /** The name to store. None: that of the path, or "file". */
    std::optional<std::string> file_name{};
    /**
     * The media type to store; NetEase takes at most 128 characters, and deletes by it. None: what the name's
     * extension suggests, or else the first bytes show (of a read callback only with message, for it is not touched
     * before there is a connection), or "application/octet-stream".
     */
    std::optional<std::string> media_type{};
    /** Reports progress, and can stop the upload. */
    progress_callback progress{};
    /** Can end the call before it is done; must live as long as the call. */
    const chatfile::cancel *cancel = nullptr;
    /**
     * Where files are sent in parts (capability::parts): how many of them side by side, at most 16, each with a
     * thread and a connection while the call lasts. What a read callback gives is sent one part after the other. 0:
     * 4.
     */
    std::uint32_t parallel_parts = 0;
    /**
     * What has arrived of an upload in parts is kept when it fails, and error::resume_token() says how to go on
     * with it. A file is then sent in parts whenever it makes more than one (SMH: 2 MiB, OpenIM: 5 MiB), unless a
     * method is asked for. Otherwise: the service is told to throw it away, if it can be told.
     */
    bool resumable = false;
    /**
     * error::resume_token() of an earlier call for the same file and name. What has arrived is compared with the
     * file and not sent again; a file that has changed is sent from the start. As with resumable, which it implies.
     */
    std::optional<std::string> resume_token{};
    /**
     * A file that keeps what a resume token says, so that it survives your program. It is made when parts are sent,
     * gone on with if it is there, and removed when the upload has succeeded; one upload at a time can use it
     * (status::checkpoint). A file that no upload of this user has left is not touched (status::argument, or
     * status::checkpoint if it is no file but a link), but for one of nothing but zeros, as a power cut makes one
     * of a checkpoint. Not together with resume_token; implies resumable.
     */
    std::optional<std::filesystem::path> checkpoint{};
    /**
     * The MD5 of what is sent is computed on the way, for upload_result::md5. What other threads have sent (parts
     * side by side), or an earlier call, is read once more for it before the upload is completed. Otherwise: none.
     */
    bool compute_md5 = false;
    /** The same with the SHA-256, for upload_result::sha256. Otherwise: none. */
    bool compute_sha256 = false;
    /**
     * The same with the CRC-64, for upload_result::crc64; at SMH, that of the parts is made of theirs, and nothing
     * is read once more for it. Otherwise: none.
     */
    bool compute_crc64 = false;
    /**
     * What the service's own message about the file shows, if one is to be made: message_kind::none (0),
     * message_kind::automatic, message_kind::file, message_kind::image, message_kind::audio or message_kind::video.
     * It is then in upload_result::message, ready to send. status::unsupported where the service has no messages
     * (SMH), or a presigned upload has no URL before it is completed.
     */
    message_kind message = message_kind::none;
    /**
     * What the message says of the width of a picture or video, in pixels; with media_height, and only with
     * message. 0: that in the first 256 KiB of a picture (JPEG, PNG, GIF, WebP, BMP, HEIC, AVIF), as it is shown:
     * turned as Exif data of a JPEG and the box "irot" of a HEIC say.
     */
    std::uint32_t media_width = 0;
    /** The same of the height; with media_width. 0: as there. */
    std::uint32_t media_height = 0;
    /**
     * What the message says of how long it plays; only with message. Services that count in seconds are told whole
     * ones, rounded up. 0: nothing.
     */
    std::chrono::milliseconds media_duration{};
    /** What Easemob alone can do. */
    std::optional<easemob_upload> easemob{};
    /** What NetEase alone can do. */
    std::optional<netease_upload> netease{};
    /** What Huawei alone can do. */
    std::optional<huawei_upload> huawei{};
    /** What Tencent SMH alone can do. */
    std::optional<smh_upload> smh{};
    /** What OpenIM alone can do. */
    std::optional<openim_upload> openim{};
};

/** Which upload client::abort_upload() is about, by exactly one of a resume token and a checkpoint; and its options. */
struct abort_upload_options {
    /** Can end the call before it is done; must live as long as the call. */
    const chatfile::cancel *cancel = nullptr;
    /**
     * What error::resume_token() gave. One that is not of this account is status::argument. None: the checkpoint
     * says which upload it is.
     */
    std::optional<std::string> resume_token{};
    /**
     * A file that upload_options::checkpoint has made. It is removed when the service has thrown the upload away.
     * One that an upload is using, or that is not there, is status::checkpoint; what is no checkpoint of this
     * account is status::argument; neither is touched. None: the resume token says which upload it is.
     */
    std::optional<std::filesystem::path> checkpoint{};
};

/** What a download from Easemob can ask for besides. */
struct easemob_download {
    /** The secret that came with the upload of a restricted file. */
    std::optional<std::string> share_secret{};
};

/** What a download from Huawei has to say besides. */
struct huawei_download {
    /**
     * The type of the file, which the service does not know by itself: one of those of an upload, richtext, doc,
     * docx, pdf or zip. Required.
     */
    std::string file_type{};
    /** The file is one of the media library. */
    bool media_library = false;
};

/** What a download from Tencent SMH can ask for besides. */
struct smh_download {
    /**
     * An older version of the file: file_info::version of a list of its versions (list_options::versions). None:
     * the present one.
     */
    std::optional<std::string> version{};
    /** The most bytes a second that the store sends, 100 KiB (102,400) to 100 MiB (104,857,600). 0: no limit. */
    std::uint64_t traffic_limit = 0;
    /**
     * How long the address of a presigned download is good, from a minute to two hours; only for
     * client::presign_download(). 0: as long as SMH finds fit, some two hours.
     */
    std::chrono::seconds link_ttl{};
    /**
     * What a browser does with the file at the address of a presigned download: smh_disposition::automatic (0),
     * smh_disposition::show or smh_disposition::save; only for client::presign_download().
     */
    smh_disposition disposition = smh_disposition::automatic;
};

/** What a download from OpenIM can ask for besides. */
struct openim_download {
    /**
     * The format of the picture that download_options::thumbnail asks for: "png", "jpeg", "jpg" or "gif" (one
     * frame). None: the storage's choice, which is "png" for MinIO, whatever the image is.
     */
    std::optional<std::string> thumbnail_format{};
};

/** Options of a download. */
struct download_options {
    /** A file of more bytes is refused with status::limit, at the latest when it has arrived so far. 0: no limit. */
    std::uint64_t max_size = 0;
    /**
     * The first byte that is wanted, counted from 0, for a preview, or to go on by hand. At the end of the file
     * there is nothing, which is a success; behind it status::limit. With this or length, max_size and progress are
     * about the part alone, expected_size is compared with the whole size that the answer states, and expected_md5
     * and its like, which are of the whole file, are status::argument. Of a server that serves no ranges the bytes
     * before are received and passed over. Huawei cannot do it (status::unsupported). 0: from the start.
     */
    std::uint64_t offset = 0;
    /**
     * How many bytes are wanted; a file that ends before has fewer: download_result::size says how many have come.
     * 0: all that follow.
     */
    std::uint64_t length = 0;
    /**
     * How many bytes the file has to have, as the message that names it says. Another size is status::integrity,
     * before the first byte is taken if the answer states its length, and no file is left: so a page that a portal
     * answers with is told from the file. What differs is in error::field(), both values are in the message. Such
     * an error is not retried. None: not checked.
     */
    std::optional<std::uint64_t> expected_size{};
    /**
     * The MD5 that the file has to have: 32 hexadecimal digits. It is compared when all has arrived, also of a
     * download that was resumed; another one is status::integrity, and no file is left, but a write callback has
     * got the bytes by then. None: not checked.
     */
    std::optional<std::string> expected_md5{};
    /** The SHA-256 that the file has to have: 64 hexadecimal digits; as with expected_md5. None: not checked. */
    std::optional<std::string> expected_sha256{};
    /**
     * The CRC-64 (CRC-64/XZ) that the file has to have, as services write it: an unsigned decimal number; as with
     * expected_md5. None: not checked.
     */
    std::optional<std::string> expected_crc64{};
    /**
     * The page that the file is said to be for, which goes as the header field Referer with the requests that fetch
     * it, redirected ones too: hosts with hot-link protection want that of a page that may show it. None: none is
     * said.
     */
    std::optional<std::string> referer{};
    /**
     * Whether a small picture comes in place of the file, and of what kind of file: thumbnail_kind::none (0),
     * thumbnail_kind::image or thumbnail_kind::video. Where none can be made of it, the file itself may come.
     * status::unsupported where the service makes none (Huawei), and of videos at OpenIM.
     */
    thumbnail_kind thumbnail = thumbnail_kind::none;
    /**
     * The width of that picture at most, in pixels; the proportions stay. Only with thumbnail, and
     * status::unsupported at Easemob, where the upload says it, and status::limit above what the service makes. 0:
     * as the height demands; if that is not said either: what the upload asked for (Easemob), the image's own size
     * (OpenIM, also above 1,024), elsewhere 170 by 170.
     */
    std::uint32_t thumbnail_width = 0;
    /** The height of that picture at most, as the width. 0: as there. */
    std::uint32_t thumbnail_height = 0;
    /**
     * When a download to a path fails, what has arrived is kept as NAME.part and NAME.part.json, if the service
     * names the version of the file (ETag); the next call for the same file and path goes on from there, if the
     * version is still the same. Only what an earlier call of this user has left is gone on with; anything else of
     * these names is status::sink. After a power cut, what was not on the disk is fetched again. Huawei cannot do
     * it. Otherwise: nothing is kept.
     */
    bool resume = false;
    /**
     * When a download to a path has succeeded, no power cut takes the file back: it is synced before it gets its
     * name, and its folder behind that (on Windows, which syncs no folders, the file once more). If that fails, the
     * call fails with status::sink although the file is in its place. A folder that cannot be synced because it may
     * not be read is found before anything is sent. Otherwise: the bytes are synced; after a power cut the name may
     * still stand for the old file, or for none.
     */
    bool durable = false;
    /**
     * How many ranges of the file are fetched side by side when it goes to a path and is larger than 256 KiB: 1 to
     * 16. Each has a thread and a connection while the call lasts. All are of one version: where the service names
     * none or serves no ranges, and to memory or a callback, the bytes come one after the other. Huawei cannot do
     * it (status::unsupported). 0: 1.
     */
    std::uint32_t parallel_parts = 0;
    /** Reports progress, and can stop the download. */
    progress_callback progress{};
    /** Can end the call before it is done; must live as long as the call. */
    const chatfile::cancel *cancel = nullptr;
    /** What Easemob alone can do. */
    std::optional<easemob_download> easemob{};
    /** What Huawei has to be told; required there. */
    std::optional<huawei_download> huawei{};
    /** What Tencent SMH alone can do. */
    std::optional<smh_download> smh{};
    /** What OpenIM alone can do. */
    std::optional<openim_download> openim{};
};

/** Options of client::info() and client::exists(). */
struct info_options {
    /** Can end the call before it is done; must live as long as the call. */
    const chatfile::cancel *cancel = nullptr;
};

/** Which of what is in a folder client::list() gives. */
struct list_options {
    /** listing::next_marker of the list before. None: from the start. */
    std::optional<std::string> marker{};
    /** The most entries; the service may give fewer. 0: what it finds fit (SMH: 20). */
    std::uint32_t limit = 0;
    /**
     * List the versions of a file, which stands in the place of the folder then: first the present one, then the
     * older ones, from the newest on. file_info::version names each for a download.
     */
    bool versions = false;
    /** Can end the call before it is done; must live as long as the call. */
    const chatfile::cancel *cancel = nullptr;
};

/** What a deletion at Tencent SMH can ask for besides. */
struct smh_delete {
    /** Delete it for good, also where the space has a recycle bin. */
    bool permanent = false;
};

/** Options of a deletion. */
struct delete_options {
    /** Can end the call before it is done; must live as long as the call. */
    const chatfile::cancel *cancel = nullptr;
    /** What Tencent SMH alone can do. */
    std::optional<smh_delete> smh{};
};

/** Options of client::check(). */
struct check_options {
    /** Can end the call before it is done; must live as long as the call. */
    const chatfile::cancel *cancel = nullptr;
    /**
     * Where the service has no call that takes the credentials and stores nothing, one byte is uploaded, for a day
     * if that can be said. Otherwise: nothing is stored, and that step is not tried there.
     */
    bool store = false;
};

/** Options of client::complete_presigned(). */
struct complete_presigned_options {
    /** Can end the call before it is done; must live as long as the call. */
    const chatfile::cancel *cancel = nullptr;
};

/** Options of digest::update_file(). */
struct digest_update_file_options {
    /** Can end the call before it is done; must live as long as the call. */
    const chatfile::cancel *cancel = nullptr;
};

/** What client::delete_by_time() deletes. NetEase takes 5 such tasks a day. */
struct netease_delete_task {
    /** Files uploaded from this time on, after 1970. Required. */
    time_ms start_time{};
    /**
     * Files uploaded up to this time: more than 1 and less than 7 days after the start, and before today in China
     * (UTC+8). Required.
     */
    time_ms end_time{};
    /** Only files whose media type contains this text; "image" is in "image/png". None: all. */
    std::optional<std::string> media_type{};
    /** Only files with exactly this tag. None: all. */
    std::optional<std::string> tag{};
};

/* So far what is made from chatfile.h. */

/* ---- What calls give ---------------------------------------------------------------- */

/** Bytes that the library holds for you, without a copy. Move-only. */
class buffer {
public:
    /** None. */
    buffer() = default;
    /** The first byte; null if the download did not go to memory. */
    const std::byte *data() const noexcept
    {
        return static_cast<const std::byte *>(chatfile_download_result_data(handle_.get()));
    }
    /** The number of bytes. */
    std::size_t size() const noexcept
    {
        return data() == nullptr ? 0 : static_cast<std::size_t>(chatfile_download_result_size(handle_.get()));
    }
    /** The first byte. */
    const std::byte *begin() const noexcept { return data(); }
    /** Behind the last byte. */
    const std::byte *end() const noexcept { return data() == nullptr ? nullptr : data() + size(); }
    /** The bytes as text; valid as long as this object. */
    std::string_view view() const noexcept { return std::string_view(reinterpret_cast<const char *>(data()), size()); }

private:
    friend struct detail::made;
    detail::owned<chatfile_download_result> handle_{};
};

/* Results: made from chatfile.h by cargo xtask bindings. */

/** A stored file. */
struct upload_result {
    /** What names the file in client::download(): each service has a kind of name of its own. */
    std::string file{};
    /**
     * The URL to put into a message, as the service gave it, but for what no URL can hold, which is percent-encoded
     * here. None where files have no lasting URL, or none yet (a presigned upload that is not completed).
     */
    std::optional<std::string> url{};
    /** The secret that a download of this file needs; none if it needs none. */
    std::optional<std::string> share_secret{};
    /** Bytes of the file. */
    std::uint64_t size = 0;
    /** Whether the service had these bytes already, so that none were sent. */
    bool instant = false;
    /** How often the upload was tried, 1 or more; of several requests, the one that was tried most. */
    std::uint32_t attempts = 0;
    /**
     * The MD5 of what was sent, in 32 lower-case hexadecimal digits; none unless the option compute_md5 was set, or
     * a message says it (NetEase).
     */
    std::optional<std::string> md5{};
    /**
     * The SHA-256 of what was sent, in 64 lower-case hexadecimal digits; none unless the option compute_sha256 was
     * set.
     */
    std::optional<std::string> sha256{};
    /**
     * The CRC-64 (CRC-64/XZ) of what was sent, as services write it: an unsigned decimal number; none unless the
     * option compute_crc64 was set.
     */
    std::optional<std::string> crc64{};
    /**
     * What the service's own message about the file says, as JSON: what the vendor's SDKs, or the call that sends
     * messages, take (the page of each service says it). It may hold the share secret. None unless the option
     * message was set.
     */
    std::optional<std::string> message{};
    /**
     * What the service calls messages of this kind: "1", "img", "102" or "IMAGE" for a picture, as the service has
     * it. None unless the option message was set.
     */
    std::optional<std::string> message_type{};
    /**
     * What the content of the file is known by, for smh_upload::content_cas of an upload that overwrites it; none
     * where the service does not say.
     */
    std::optional<std::string> content_cas{};
};

/** A file that has arrived, or a part of one. */
struct download_result {
    /** Bytes that have arrived: those of the file, or of the part of it that was asked for. */
    std::uint64_t size = 0;
    /** The size of the whole file in bytes (also if a part of it was asked for). */
    std::optional<std::uint64_t> file_size{};
    /** The bytes, if the sink was memory. */
    buffer data{};
    /** The media type, as the service states it; none if it does not. */
    std::optional<std::string> media_type{};
    /**
     * How the bytes are coded ("gzip", for example), if the answer says so though nothing but the bytes as they are
     * was asked for. They are as they came: to have the file, undo it.
     */
    std::optional<std::string> content_encoding{};
    /** How often the download was tried, 1 or more. */
    std::uint32_t attempts = 0;
};

/** A deletion that the service has accepted. */
struct delete_result {
    /** The id of the task that deletes later, if the service answers with one. */
    std::optional<std::string> task_id{};
    /** What the file is known by in the recycle bin, if it went there (SMH). */
    std::optional<std::string> recycled_item_id{};
    /** How often the call was tried, 1 or more. */
    std::uint32_t attempts = 0;
};

/** What a service says of a file or a folder. */
struct file_info {
    /** Its name without the folder. */
    std::optional<std::string> name{};
    /** What it is, as the service writes it (SMH: "file", "dir", "image", "video", "symlink" or "virtual"). */
    std::optional<std::string> kind{};
    /** Its bytes. */
    std::optional<std::uint64_t> size{};
    /** The CRC-64 (CRC-64/XZ) of its bytes, an unsigned decimal number, or none. digest::text() computes it. */
    std::optional<std::string> crc64{};
    /** What it is known by at the store, without quotes: the MD5 of a file that came in one request. */
    std::optional<std::string> etag{};
    /** Its media type. */
    std::optional<std::string> media_type{};
    /** When it came to be at the service, as the service writes it (SMH: like "2022-07-26T02:58:09.000Z"). */
    std::optional<std::string> creation_time{};
    /** When it was last changed there. */
    std::optional<std::string> modification_time{};
    /** When it was made where it comes from, as the upload said. */
    std::optional<std::string> local_creation_time{};
    /** When it was last changed where it comes from, as the upload said. */
    std::optional<std::string> local_modification_time{};
    /** The labels that it was given. */
    std::vector<std::string> labels{};
    /** The category that it was given. */
    std::optional<std::string> category{};
    /** Where anybody can get it without a token, for a while (SMH: some two hours). */
    std::optional<std::string> url{};
    /** What its content is known by, for smh_upload::content_cas. */
    std::optional<std::string> content_cas{};
    /**
     * Which version of the file it is, for smh_download::version. Only in a list of versions
     * (list_options::versions), and none for the present one, or a number of its own.
     */
    std::optional<std::string> version{};
};

/** A step of a check. */
struct check_step {
    /** What was looked at. */
    chatfile::check_kind kind = chatfile::check_kind::address;
    /** What came of it. */
    chatfile::verdict verdict = chatfile::verdict::not_tried;
    /** How it failed; status::ok if it did not. */
    chatfile::status status = chatfile::status::ok;
    /** How long it took. */
    std::chrono::milliseconds time{};
    /** What was found, or how it failed, for a person to read; without secrets. */
    std::string text{};
    /** What to do about it, if something is to be done that the text does not say. */
    std::optional<std::string> advice{};
};

/** Some of what is in a folder, or of the versions of a file. */
struct listing {
    /** The files and folders in the list. */
    std::vector<file_info> entries{};
    /** Where the next list begins, for list_options::marker; none if these were the last. */
    std::optional<std::string> next_marker{};
};

/* So far what is made from chatfile.h. */

/** A header field, or a field of a form. */
struct name_value {
    /** Its name. */
    std::string name{};
    /** Its value. */
    std::string value{};
};

/**
 * A request that is complete but for the file: a back-end that holds the secret makes
 * it, and a program that holds none sends it. It is a credential, see chatfile.h.
 */
class presigned {
public:
    /** Reads one from what json() gave, in this or another program; it may come from anywhere. */
    static result<presigned> try_from_json(const std::string &json);
#if CHATFILE_EXCEPTIONS
    /** As try_from_json(), but throws. */
    static presigned from_json(const std::string &json) { return try_from_json(json).value(); }
#endif

    /* What a presigned request is asked for: made from chatfile.h by cargo xtask bindings. */
    /** The request as JSON (one line of UTF-8), to hand to another program. */
    std::string json() const { return text(chatfile_presigned_json(get())); }
    /** Whether the file counts only when client::complete_presigned() has completed the upload. */
    bool needs_completion() const noexcept { return chatfile_presigned_needs_completion(get()) != 0; }
    /**
     * What names the upload when it is completed, for a program that calls the service itself (OpenIM: the id of
     * complete_form_data; SMH: the confirmKey); none if nothing is to be completed.
     */
    std::optional<std::string> completion() const { return detail::text_of(chatfile_presigned_completion(get())); }
    /**
     * The largest file that may be sent with it, in bytes. There is none where there is no limit. With
     * presigned::needs_completion() it is the only size, and may be 0.
     */
    std::optional<std::uint64_t> max_size() const noexcept
    {
        std::uint64_t number = 0;
        return chatfile_presigned_max_size(get(), &number) != 0 ? std::optional(number) : std::nullopt;
    }
    /** The method, "GET", "POST" or "PUT". */
    std::string method() const { return text(chatfile_presigned_method(get())); }
    /** The URL. */
    std::string url() const { return text(chatfile_presigned_url(get())); }
    /** The header fields to send, besides Host and Content-Length. */
    std::vector<name_value> headers() const
    {
        std::vector<name_value> all;
        for (std::size_t i = 0; i < chatfile_presigned_header_count(get()); i++)
            all.push_back({ chatfile_presigned_header_name(get(), i), chatfile_presigned_header_value(get(), i) });
        return all;
    }
    /** The body before the file. */
    std::string prefix() const { return text(chatfile_presigned_prefix(get())); }
    /** How the file is written in the body. */
    chatfile::encoding encoding() const noexcept
    {
        return static_cast<chatfile::encoding>(chatfile_presigned_encoding(get()));
    }
    /** The body behind the file. */
    std::string suffix() const { return text(chatfile_presigned_suffix(get())); }
    /**
     * The fields of the form besides the file, for a program that builds the form itself. They are in the prefix
     * already.
     */
    std::vector<name_value> fields() const
    {
        std::vector<name_value> all;
        for (std::size_t i = 0; i < chatfile_presigned_field_count(get()); i++)
            all.push_back({ chatfile_presigned_field_name(get(), i), chatfile_presigned_field_value(get(), i) });
        return all;
    }
    /** The HTTP statuses that mean success; the body of the answer decides further. */
    std::vector<std::int32_t> success_statuses() const
    {
        std::vector<std::int32_t> all;
        for (std::size_t i = 0; chatfile_presigned_success_status(get(), i) != 0; i++)
            all.push_back(chatfile_presigned_success_status(get(), i));
        return all;
    }
    /* So far what is made from chatfile.h. */

    /** When the service will no longer take the request, if that is known. */
    std::optional<time_s> expires_at() const noexcept;
    /** The handle in C. It belongs to this object. */
    const chatfile_presigned *get() const noexcept { return handle_.get(); }

private:
    friend struct detail::made;
    presigned() = default;
    static std::string text(const char *value) { return value != nullptr ? value : ""; }
    detail::owned<chatfile_presigned> handle_{};
};

/** Digests of bytes that come one after the other. See digest_kind. */
class digest {
public:
    /** Begins the digests wanted. part_size is for digest_kind::openim alone; 0: one part of everything. */
    static result<digest> try_create(digest_kind wanted, std::uint64_t part_size = 0);
    /** Takes the next size bytes. */
    result<void> try_update(const void *data, std::size_t size);
    /** Takes the bytes of a text, vector, array, span or the like, see source::bytes(). */
    template <class Container, class = decltype(source::bytes(std::declval<const Container &>()))>
    result<void> try_update(const Container &container)
    {
        const source bytes = source::bytes(container);
        return try_update(bytes.data, bytes.size);
    }
    /** As that of source::bytes(). */
    template <std::size_t Size> result<void> try_update(char (&buffer)[Size]) = delete;
    /** Takes the bytes of a whole regular file; on failure the digest is what it was before. */
    result<void> try_update_file(const std::filesystem::path &path, const digest_update_file_options &options = {});
    /** One digest of the bytes so far, as the service wants it. More bytes may follow. */
    result<std::string> try_text(digest_kind kind) const;
    /** The MD5 of one of OpenIM's parts in hex, from 0 to below part_count(). */
    result<std::string> try_part(std::size_t index) const;
#if CHATFILE_EXCEPTIONS
    /** As try_create(), but throws. */
    static digest create(digest_kind wanted, std::uint64_t part_size = 0)
    {
        return try_create(wanted, part_size).value();
    }
    /** As try_update(), but throws. */
    void update(const void *data, std::size_t size) { try_update(data, size).value(); }
    /** As try_update(), but throws. */
    template <class Container, class = decltype(source::bytes(std::declval<const Container &>()))>
    void update(const Container &container)
    {
        try_update(container).value();
    }
    /** As that of source::bytes(). */
    template <std::size_t Size> void update(char (&buffer)[Size]) = delete;
    /** As try_update_file(), but throws. */
    void update_file(const std::filesystem::path &path, const digest_update_file_options &options = {})
    {
        try_update_file(path, options).value();
    }
    /** As try_text(), but throws. */
    std::string text(digest_kind kind) const { return try_text(kind).value(); }
    /** As try_part(), but throws. */
    std::string part(std::size_t index) const { return try_part(index).value(); }
#endif
    /** The CRC-64 of the bytes so far, as a number; 0 if it was not begun. */
    std::uint64_t crc64_value() const noexcept { return chatfile_digest_crc64_value(handle_.get()); }
    /** How many parts there are so far for digest_kind::openim; 0 if it was not begun. */
    std::size_t part_count() const noexcept { return chatfile_digest_part_count(handle_.get()); }

private:
    friend struct detail::made;
    digest() = default;
    detail::owned<chatfile_digest> handle_{};
};

/** The CRC-64 of two pieces one after the other, from that of each and the length of the second. */
inline std::uint64_t crc64_combine(std::uint64_t first, std::uint64_t second, std::uint64_t second_length) noexcept
{
    return chatfile_crc64_combine(first, second, second_length);
}

/**
 * Signs a NetEase request: the CheckSum header for these values of the Nonce (at most
 * 128 characters) and CurTime (seconds since 1970 UTC, decimal) headers.
 */
result<std::string> try_netease_checksum(const std::string &app_secret, const std::string &nonce,
                                         const std::string &cur_time);
/**
 * Whether the library is one for the header that the program was compiled with; fails
 * with status::structure if it is older, or of another major version.
 */
result<void> try_check_version();
#if CHATFILE_EXCEPTIONS
/** As try_check_version(), but throws. */
inline void version_check()
{
    try_check_version().value();
}
/** As try_netease_checksum(), but throws. */
inline std::string netease_checksum(const std::string &app_secret, const std::string &nonce,
                                    const std::string &cur_time)
{
    return try_netease_checksum(app_secret, nonce, cur_time).value();
}
#endif

/* ---- The client ------------------------------------------------------------------------ */

namespace detail {

/* What a callback returns to the library when it has thrown; nobody gets to see it. */
constexpr std::int32_t thrown = 1;

#if CHATFILE_EXCEPTIONS

using exception = std::exception_ptr;

inline void rethrow(const exception &thrown_by_callback)
{
    if (thrown_by_callback)
        std::rethrow_exception(thrown_by_callback);
}

/* The first exception that the callbacks of one call have thrown. */
class kept {
public:
    template <class F> std::int32_t guard(F &&callback) noexcept
    {
        try {
            return callback();
        } catch (...) {
            if (!first_)
                first_ = std::current_exception();
            return thrown;
        }
    }
    exception take() noexcept { return std::exchange(first_, nullptr); }

private:
    exception first_{};
};

/*
 * The first exception of each thread that the callbacks of a client have thrown. They
 * run on the thread that made the call, so it can be told which call to end with it.
 */
class kept_by_thread {
public:
    template <class F> std::int32_t guard(F &&callback) noexcept
    {
        try {
            return callback();
        } catch (...) {
            keep(std::current_exception());
            return thrown;
        }
    }
    exception take()
    {
        const std::lock_guard<std::mutex> guard(lock_);
        for (auto it = first_.begin(); it != first_.end(); ++it) {
            if (it->first == std::this_thread::get_id()) {
                exception own = std::move(it->second);
                first_.erase(it);
                return own;
            }
        }
        return nullptr;
    }

private:
    void keep(const exception &latest) noexcept
    {
        try {
            const std::lock_guard<std::mutex> guard(lock_);
            for (const auto &entry : first_) {
                if (entry.first == std::this_thread::get_id())
                    return;
            }
            first_.emplace_back(std::this_thread::get_id(), latest);
        } catch (...) {
            /* No memory for it. The call fails all the same. */
        }
    }
    std::mutex lock_{};
    std::vector<std::pair<std::thread::id, exception>> first_{};
};

#else

/* Without exceptions there is nothing to keep. */
struct exception {};

inline void rethrow(exception) noexcept {}

class kept {
public:
    template <class F> std::int32_t guard(F &&callback) noexcept { return callback(); }
    exception take() noexcept { return {}; }
};

using kept_by_thread = kept;

#endif

/* What the callbacks of a client need; its address is their user pointer. */
struct client_state {
    secret_callback secret{};
    login_callback proxy_login{};
    log_callback log{};
    kept_by_thread exceptions{};

    static std::int32_t CHATFILE_CALL give_secret(void *user, const char *name, char *buffer, std::size_t capacity,
                                                  std::size_t *size) noexcept
    {
        client_state &self = *static_cast<client_state *>(user);
        return self.exceptions.guard([&] { return hand_over(self.secret(name), buffer, capacity, size); });
    }

    static std::int32_t CHATFILE_CALL give_login(void *user, const char *proxy, const char *scheme, const char *realm,
                                                 char *buffer, std::size_t capacity, std::size_t *size) noexcept
    {
        client_state &self = *static_cast<client_state *>(user);
        return self.exceptions.guard(
            [&] { return hand_over(self.proxy_login(proxy, scheme, realm), buffer, capacity, size); });
    }

    static std::int32_t hand_over(const secret_result &given, char *buffer, std::size_t capacity, std::size_t *size)
    {
        const std::string &text = given.secret();
        /* The library refuses a size beyond the capacity. */
        *size = text.size();
        if (text.size() <= capacity)
            std::memcpy(buffer, text.data(), text.size());
        return given.stop_value();
    }

    static void CHATFILE_CALL take_line(void *user, chatfile_log_level level, const char *line) noexcept
    {
        client_state &self = *static_cast<client_state *>(user);
        self.exceptions.guard([&]() -> std::int32_t {
            self.log(static_cast<log_level>(level), line);
            return 0;
        });
    }
};

} // namespace detail

/** All that is in a folder, file by file, see below. */
class entries;

/**
 * Speaks to one service with one set of credentials. Safe to share between threads:
 * calls run side by side, and share tokens and open connections. No call may be using
 * it when it is destroyed, moved or assigned to.
 */
class client {
public:
    /* How each service is opened: made from chatfile.h by cargo xtask bindings. */
    /** Opens a client of an Easemob app. Nothing is sent yet. */
    static result<client> try_open(const easemob &config, const client_options &options = {});
    /** Opens a client of a NetEase IM app. Nothing is sent yet. */
    static result<client> try_open(const netease &config, const client_options &options = {});
    /** Opens a client of a Huawei AICC tenant. Nothing is sent yet. */
    static result<client> try_open(const huawei &config, const client_options &options = {});
    /** Opens a client of a media library of Tencent SMH. Nothing is sent yet. */
    static result<client> try_open(const smh &config, const client_options &options = {});
    /** Opens a client of an OpenIM server. Nothing is sent yet. */
    static result<client> try_open(const openim &config, const client_options &options = {});
    /* So far what is made from chatfile.h. */
    /** Opens a client that can only send what others have presigned. */
    static result<client> try_open(const client_options &options = {});

    /** What the service can do: the values of capability, or-ed. */
    std::uint32_t capabilities() const noexcept { return chatfile_client_capabilities(get()); }
    /** Whether the service can do that. */
    bool can(capability what) const noexcept { return (capabilities() & static_cast<std::uint32_t>(what)) != 0; }
    /** The handle in C. It belongs to this object. */
    const chatfile_client *get() const noexcept { return handle_.get(); }

    /** Sets the most bytes to send and to receive in a second, over all transfers; 0 is no limit. */
    result<void> try_set_rates(std::uint64_t upload_rate, std::uint64_t download_rate) const;
    /** Uploads a file. Blocks until the service has it, or has refused it. */
    result<upload_result> try_upload(const source &what, const upload_options &options = {}) const;
    /** Downloads the file that upload_result::file, or a message, names. */
    result<download_result> try_download(const std::string &file, const sink &to = {},
                                         const download_options &options = {}) const;
    /** Deletes a file, which is named as for try_download(). */
    result<delete_result> try_delete_file(const std::string &file, const delete_options &options = {}) const;
    /** Has the service delete files by the time of their upload (NetEase). */
    result<delete_result> try_delete_by_time(const netease_delete_task &task, const delete_options &options = {}) const;
    /**
     * Makes the service throw away what it has kept of an upload in parts that was broken off: the one that the
     * options name by its resume token or its checkpoint, of which exactly one has to be set.
     */
    result<void> try_abort_upload(const abort_upload_options &options) const;
    /** What the service says of a file. */
    result<file_info> try_info(const std::string &file, const info_options &options = {}) const;
    /** Whether there is a file of this name. */
    result<bool> try_exists(const std::string &file, const info_options &options = {}) const;
    /** Looks at what works on the way to the service, step by step; what does not is a verdict, and no error. */
    result<std::vector<check_step>> try_check(const check_options &options = {}) const;
    /** Lists some of what is in a folder, "" the root. */
    result<listing> try_list(const std::string &directory, const list_options &options = {}) const;
    /** All that is in a folder, "" the root, from the marker of the options on; see entries. */
    entries list_all(std::string directory, list_options options = {}) const;
    /** Makes the request of an upload, for another program to send; size is that of the file, or size_unknown. */
    result<presigned> try_presign_upload(std::uint64_t size, const upload_options &options = {}) const;
    /** Makes the request of a download, for another program to send. */
    result<presigned> try_presign_download(const std::string &file, const download_options &options = {}) const;
    /** Sends a presigned upload with its file; of the options those about progress, cancelling,
        digests and the message can be set. */
    result<upload_result> try_send_presigned(const presigned &request, const source &what,
                                             const upload_options &options = {}) const;
    /** Completes a presigned upload whose file was sent, see presigned::needs_completion(): the request that you have
        kept, never one that came back, since what is completed is what its JSON says. */
    result<upload_result> try_complete_presigned(const presigned &request,
                                                 const complete_presigned_options &options = {}) const;
    /** Sends a presigned download and takes the file. */
    result<download_result> try_receive_presigned(const presigned &request, const sink &to = {},
                                                  const download_options &options = {}) const;

#if CHATFILE_EXCEPTIONS
    /** As try_open(), but throws. */
    template <class Service> static client open(const Service &config, const client_options &options)
    {
        return try_open(config, options).value();
    }
    /** As try_open(), but throws. Takes a service, or client_options alone. */
    template <class Config> static client open(const Config &config) { return try_open(config).value(); }
    /** As try_open(), but throws. */
    static client open() { return try_open().value(); }
    /** As try_set_rates(), but throws. */
    void set_rates(std::uint64_t upload_rate, std::uint64_t download_rate) const
    {
        try_set_rates(upload_rate, download_rate).value();
    }
    /** As try_upload(), but throws. */
    upload_result upload(const source &what, const upload_options &options = {}) const
    {
        return try_upload(what, options).value();
    }
    /** As try_download(), but throws. */
    download_result download(const std::string &file, const sink &to = {}, const download_options &options = {}) const
    {
        return try_download(file, to, options).value();
    }
    /** As try_delete_file(), but throws. */
    delete_result delete_file(const std::string &file, const delete_options &options = {}) const
    {
        return try_delete_file(file, options).value();
    }
    /** As try_delete_by_time(), but throws. */
    delete_result delete_by_time(const netease_delete_task &task, const delete_options &options = {}) const
    {
        return try_delete_by_time(task, options).value();
    }
    /** As try_abort_upload(), but throws. */
    void abort_upload(const abort_upload_options &options) const { try_abort_upload(options).value(); }
    /** As try_info(), but throws. */
    file_info info(const std::string &file, const info_options &options = {}) const
    {
        return try_info(file, options).value();
    }
    /** As try_exists(), but throws. */
    bool exists(const std::string &file, const info_options &options = {}) const
    {
        return try_exists(file, options).value();
    }
    /** As try_check(), but throws. */
    std::vector<check_step> check(const check_options &options = {}) const { return try_check(options).value(); }
    /** As try_list(), but throws. */
    listing list(const std::string &directory, const list_options &options = {}) const
    {
        return try_list(directory, options).value();
    }
    /** As try_presign_upload(), but throws. */
    presigned presign_upload(std::uint64_t size, const upload_options &options = {}) const
    {
        return try_presign_upload(size, options).value();
    }
    /** As try_presign_download(), but throws. */
    presigned presign_download(const std::string &file, const download_options &options = {}) const
    {
        return try_presign_download(file, options).value();
    }
    /** As try_send_presigned(), but throws. */
    upload_result send_presigned(const presigned &request, const source &what, const upload_options &options = {}) const
    {
        return try_send_presigned(request, what, options).value();
    }
    /** As try_complete_presigned(), but throws. */
    upload_result complete_presigned(const presigned &request, const complete_presigned_options &options = {}) const
    {
        return try_complete_presigned(request, options).value();
    }
    /** As try_receive_presigned(), but throws. */
    download_result receive_presigned(const presigned &request, const sink &to = {},
                                      const download_options &options = {}) const
    {
        return try_receive_presigned(request, to, options).value();
    }
#endif

    /** Leaves other without a client. */
    client(client &&other) noexcept = default;
    /** Frees the client that was here. */
    client &operator=(client &&other) noexcept
    {
        /* The handle first, for while it lives it may use the state. */
        handle_ = std::move(other.handle_);
        state_ = std::move(other.state_);
        return *this;
    }
    /** Frees the client and closes its connections. */
    ~client() = default;

private:
    friend struct detail::made;
    friend class entries;
    client() = default;
    template <class... Callbacks> chatfile_status ended(chatfile_status code, Callbacks &...callbacks) const;
    /* What its callbacks need, if it has any; freed after the handle. */
    std::unique_ptr<detail::client_state> state_{};
    detail::owned<chatfile_client> handle_{};
};

/**
 * All that is in a folder, file by file; client::list_all() makes it. It asks for one list
 * after the other, as they are needed:
 *
 *     for (const chatfile::file_info &entry : client.list_all("photos"))
 *         show(entry.name);
 *
 * The client must outlive it, and stay where it is; so must the cancel of its options. One loop goes
 * through it, once.
 */
class entries {
public:
    /** The next one; none behind the last. After a failure it asks for the same list again. */
    result<std::optional<file_info>> try_next();
#if CHATFILE_EXCEPTIONS
    /** As try_next(), but throws. */
    std::optional<file_info> next() { return try_next().value(); }

    /** Goes through them; what goes wrong is thrown. */
    class iterator {
    public:
        /** It reads once. */
        using iterator_category = std::input_iterator_tag;
        /** What it gives. */
        using value_type = file_info;
        /** Not that it could be told. */
        using difference_type = std::ptrdiff_t;
        /** To the one that it is at. */
        using pointer = const file_info *;
        /** To the one that it is at, until it goes on. */
        using reference = const file_info &;

        /** Behind the last one. */
        iterator() = default;
        /** The one that it is at. */
        reference operator*() const noexcept { return *current_; }
        /** The one that it is at. */
        pointer operator->() const noexcept { return &*current_; }
        /** Goes on to the next one. */
        iterator &operator++()
        {
            current_ = all_->next();
            return *this;
        }
        /** Goes on to the next one. */
        void operator++(int) { ++*this; }
        /** Whether both are behind the last one. */
        friend bool operator==(const iterator &one, const iterator &other) noexcept
        {
            return one.current_.has_value() == other.current_.has_value();
        }
        /** Whether one of them is not behind the last one. */
        friend bool operator!=(const iterator &one, const iterator &other) noexcept { return !(one == other); }

    private:
        friend class entries;
        explicit iterator(entries &all) : all_(&all) { ++*this; }
        entries *all_ = nullptr;
        std::optional<file_info> current_{};
    };

    /** The first one that is left. */
    iterator begin() { return iterator(*this); }
    /** Behind the last one. */
    iterator end() const noexcept { return iterator(); }
#endif

    /** Leaves other without a list: of it nothing more can be had (status::null). */
    entries(entries &&other) noexcept
        : client_(std::exchange(other.client_, nullptr)), directory_(std::move(other.directory_)),
          options_(std::move(other.options_)), cursor_(std::move(other.cursor_)),
          ahead_(std::exchange(other.ahead_, std::nullopt))
    {
    }
    /** Ends the walk that was here. */
    entries &operator=(entries &&other) noexcept
    {
        client_ = std::exchange(other.client_, nullptr);
        directory_ = std::move(other.directory_);
        options_ = std::move(other.options_);
        cursor_ = std::move(other.cursor_);
        ahead_ = std::exchange(other.ahead_, std::nullopt);
        return *this;
    }
    /** Ends the walk. */
    ~entries() = default;

private:
    friend class client;
    entries(const client &from, std::string directory, list_options options)
        : client_(&from), directory_(std::move(directory)), options_(std::move(options))
    {
    }
    const client *client_;
    std::string directory_;
    list_options options_;
    /* Made when the first one is asked for. */
    detail::owned<chatfile_list_cursor> cursor_{};
    /* The one that a callback has thrown before. */
    std::optional<file_info> ahead_{};
};

/* ---- How it is done: nothing below is for you to call ------------------------------------ */

namespace detail {

/* A structure of C as its INIT macro makes it, whose zeros some compilers warn of. */
template <class C> C initial() noexcept
{
    C c{};
    c.struct_size = sizeof(C);
    return c;
}

/* A place for what the library hands out. */
template <class T> class out {
public:
    out() = default;
    out(const out &) = delete;
    out &operator=(const out &) = delete;
    ~out() { deleter()(raw_); }
    T **place() noexcept { return &raw_; }
    T *get() const noexcept { return raw_; }
    owned<T> take() noexcept { return owned<T>(std::exchange(raw_, nullptr)); }

private:
    T *raw_ = nullptr;
};

/* What a field of C is called here, where units are in the types. */
inline std::string own_name(std::string field)
{
    for (const std::string_view unit : { "_ms", "_seconds" })
        if (field.size() > unit.size() && field.compare(field.size() - unit.size(), unit.size(), unit) == 0)
            field.resize(field.size() - unit.size());
    return field;
}

/* A time of C, which may be longer than there are. */
inline std::chrono::milliseconds milliseconds_of(std::uint64_t count) noexcept
{
    constexpr auto longest = (std::chrono::milliseconds::max)().count();
    return std::chrono::milliseconds(count < static_cast<std::uint64_t>(longest) ? static_cast<std::int64_t>(count)
                                                                                 : longest);
}

/* Objects of C: made from chatfile.h by cargo xtask bindings. */

inline void read(const chatfile_error *from, error_details &to)
{
    std::uint64_t number = 0;
    if (const auto known = chatfile_error_http_status(from))
        to.http_status = known;
    to.service_code = text_of(chatfile_error_service_code(from));
    to.service_message = text_of(chatfile_error_service_message(from));
    to.request_id = text_of(chatfile_error_request_id(from));
    to.phase = static_cast<chatfile::phase>(chatfile_error_phase(from));
    to.retryable = chatfile_error_retryable(from) != 0;
    if (chatfile_error_retry_after_ms(from, &number) != 0)
        to.retry_after = milliseconds_of(number);
    to.attempts = chatfile_error_attempts(from);
    if (const auto known = chatfile_error_callback_value(from))
        to.callback_value = known;
    to.resume_token = text_of(chatfile_error_resume_token(from));
    to.file = text_of(chatfile_error_file(from));
    if (const auto known = chatfile_error_os_error(from))
        to.os_error = known;
    if (chatfile_error_limit(from, &number) != 0)
        to.limit = number;
    if (chatfile_error_actual(from, &number) != 0)
        to.actual = number;
    to.tls_fault = static_cast<chatfile::tls_fault>(chatfile_error_tls_fault(from));
    to.trace = text_of(chatfile_error_trace(from));
    to.at_proxy = chatfile_error_at_proxy(from) != 0;
}

inline void read(const chatfile_upload_result *from, upload_result &to)
{
    to.file = chatfile_upload_result_file(from);
    to.url = text_of(chatfile_upload_result_url(from));
    to.share_secret = text_of(chatfile_upload_result_share_secret(from));
    to.size = chatfile_upload_result_size(from);
    to.instant = chatfile_upload_result_instant(from) != 0;
    to.attempts = chatfile_upload_result_attempts(from);
    to.md5 = text_of(chatfile_upload_result_md5(from));
    to.sha256 = text_of(chatfile_upload_result_sha256(from));
    to.crc64 = text_of(chatfile_upload_result_crc64(from));
    to.message = text_of(chatfile_upload_result_message(from));
    to.message_type = text_of(chatfile_upload_result_message_type(from));
    to.content_cas = text_of(chatfile_upload_result_content_cas(from));
}

inline void read(const chatfile_download_result *from, download_result &to)
{
    std::uint64_t number = 0;
    to.size = chatfile_download_result_size(from);
    if (chatfile_download_result_file_size(from, &number) != 0)
        to.file_size = number;
    to.media_type = text_of(chatfile_download_result_media_type(from));
    to.content_encoding = text_of(chatfile_download_result_content_encoding(from));
    to.attempts = chatfile_download_result_attempts(from);
}

inline void read(const chatfile_delete_result *from, delete_result &to)
{
    to.task_id = text_of(chatfile_delete_result_task_id(from));
    to.recycled_item_id = text_of(chatfile_delete_result_recycled_item_id(from));
    to.attempts = chatfile_delete_result_attempts(from);
}

inline void read(const chatfile_file_info *from, file_info &to)
{
    std::uint64_t number = 0;
    to.name = text_of(chatfile_file_info_name(from));
    to.kind = text_of(chatfile_file_info_kind(from));
    if (chatfile_file_info_size(from, &number) != 0)
        to.size = number;
    to.crc64 = text_of(chatfile_file_info_crc64(from));
    to.etag = text_of(chatfile_file_info_etag(from));
    to.media_type = text_of(chatfile_file_info_media_type(from));
    to.creation_time = text_of(chatfile_file_info_creation_time(from));
    to.modification_time = text_of(chatfile_file_info_modification_time(from));
    to.local_creation_time = text_of(chatfile_file_info_local_creation_time(from));
    to.local_modification_time = text_of(chatfile_file_info_local_modification_time(from));
    for (std::size_t i = 0; i < chatfile_file_info_label_count(from); i++)
        to.labels.emplace_back(chatfile_file_info_label(from, i));
    to.category = text_of(chatfile_file_info_category(from));
    to.url = text_of(chatfile_file_info_url(from));
    to.content_cas = text_of(chatfile_file_info_content_cas(from));
    to.version = text_of(chatfile_file_info_version(from));
}

inline void read(const chatfile_check_step *from, check_step &to)
{
    to.kind = static_cast<chatfile::check_kind>(chatfile_check_step_kind(from));
    to.verdict = static_cast<chatfile::verdict>(chatfile_check_step_verdict(from));
    to.status = static_cast<chatfile::status>(chatfile_check_step_status(from));
    to.time = milliseconds_of(chatfile_check_step_time_ms(from));
    to.text = chatfile_check_step_text(from);
    to.advice = text_of(chatfile_check_step_advice(from));
}

inline void read(const chatfile_listing *from, listing &to)
{
    for (std::size_t i = 0; i < chatfile_listing_count(from); i++)
        read(chatfile_listing_entry(from, i), to.entries.emplace_back());
    to.next_marker = text_of(chatfile_listing_next_marker(from));
}

/* So far what is made from chatfile.h. */

inline error failure(chatfile_status code, const out<chatfile_error> &from)
{
    const chatfile_error *why = from.get();
    error_details details;
    details.status = static_cast<status>(code);
    details.message = why != nullptr ? chatfile_error_message(why) : chatfile_status_name(code);
    if (const char *field = chatfile_error_field(why)) {
        details.field = own_name(field);
        /* The message begins with the field that it is about. */
        if (details.message.rfind(field, 0) == 0)
            details.message.replace(0, std::strlen(field), *details.field);
    }
    read(why, details);
    return error(std::move(details));
}

/* Turns values into those of C, and keeps what is wrong with the first that cannot be. */
class arguments {
public:
    arguments() = default;
    arguments(const arguments &) = delete;
    arguments &operator=(const arguments &) = delete;

    const std::optional<error> &problem() const noexcept { return problem_; }

    void refuse(status why, const char *field, const char *message)
    {
        if (problem_)
            return;
        error_details details;
        details.status = why;
        details.field = own_name(field);
        details.message = *details.field + ": " + message;
        problem_.emplace(std::move(details));
    }

    const char *text(const char *field, const std::string &value)
    {
        if (value.find('\0') != std::string::npos)
            refuse(status::text, field, "a NUL character cannot stand in a text");
        return value.c_str();
    }

    const char *text(const char *field, const std::optional<std::string> &value)
    {
        return value ? text(field, *value) : nullptr;
    }

    const char *path(const char *field, const std::filesystem::path &value)
    {
#if CHATFILE_EXCEPTIONS && defined(_WIN32)
        try {
            paths_.push_back(utf8(value));
        } catch (const std::system_error &) {
            refuse(status::text, field, "the path is not Unicode");
            return nullptr;
        }
#else
        paths_.push_back(utf8(value));
#endif
        return text(field, paths_.back());
    }

    const char *path(const char *field, const std::optional<std::filesystem::path> &value)
    {
        return value ? path(field, *value) : nullptr;
    }

    /* Pointers to texts; null to none. */
    const char *const *texts(const char *field, const std::vector<std::string> &all)
    {
        if (all.empty())
            return nullptr;
        std::vector<const char *> &pointers = texts_.emplace_back();
        for (const std::string &one : all)
            pointers.push_back(text(field, one));
        return pointers.data();
    }

    /* What hangs off other options, as C has it, as long as this object lives; null of none. */
    template <class T> auto attached(const std::optional<T> &from)
    {
        using structure = decltype(to_c(*this, *from));
        const structure *made = nullptr;
        if (from) {
            auto kept = std::make_shared<structure>(to_c(*this, *from));
            made = kept.get();
            attached_.push_back(std::move(kept));
        }
        return made;
    }

    std::uint32_t milliseconds(const char *field, std::chrono::milliseconds value)
    {
        if (value.count() < 0 || value.count() > static_cast<std::chrono::milliseconds::rep>(UINT32_MAX))
            refuse(status::argument, field, "from 0 to 4,294,967,295 milliseconds");
        return static_cast<std::uint32_t>(value.count());
    }

    std::uint64_t seconds(const char *field, std::chrono::seconds value)
    {
        if (value.count() < 0)
            refuse(status::argument, field, "a time cannot be negative");
        return static_cast<std::uint64_t>(value.count());
    }

private:
    /* u8string() gives a std::string in C++17, and a std::u8string since C++20. */
    static std::string utf8(const std::filesystem::path &value)
    {
        const auto text = value.u8string();
        return std::string(reinterpret_cast<const char *>(text.data()), text.size());
    }

    /* Lists, for their elements stay where they are. */
    std::list<std::string> paths_{};
    std::list<std::vector<const char *>> texts_{};
    std::vector<std::shared_ptr<const void>> attached_{};
    std::optional<error> problem_{};
};

inline std::int32_t flag(bool value) noexcept
{
    return value ? 1 : 0;
}

inline const chatfile_cancel *handle_of(const cancel *handle) noexcept
{
    return handle != nullptr ? handle->get() : nullptr;
}

/* The callbacks of one transfer; its address is their user pointer. */
struct transfer {
    const progress_callback *progress = nullptr;
    const source *from = nullptr;
    const sink *to = nullptr;
    kept exceptions{};

    static transfer &of(void *user) noexcept { return *static_cast<transfer *>(user); }

    static std::int32_t CHATFILE_CALL report(void *user, const chatfile_progress *now) noexcept
    {
        transfer &self = of(user);
        return self.exceptions.guard([&]() -> std::int32_t {
            chatfile::progress report;
            report.done = now->done;
            if (now->total_known != 0)
                report.total = now->total;
            report.finished = now->finished != 0;
            report.activity = static_cast<chatfile::activity>(now->activity);
            report.hashed = now->hashed;
            report.hash_total = now->hash_total;
            report.rate = now->rate;
            if (now->remaining_ms >= 0)
                report.remaining = std::chrono::milliseconds(now->remaining_ms);
            return (*self.progress)(report);
        });
    }

    static std::int32_t CHATFILE_CALL read(void *user, void *buffer, std::size_t capacity, std::size_t *size) noexcept
    {
        transfer &self = of(user);
        return self.exceptions.guard([&]() -> std::int32_t {
            const read_result given = self.from->read(static_cast<char *>(buffer), capacity);
            *size = given.size();
            return given.stop_value();
        });
    }

    static std::int32_t CHATFILE_CALL rewind(void *user) noexcept
    {
        transfer &self = of(user);
        return self.exceptions.guard([&]() -> std::int32_t { return self.from->rewind(); });
    }

    static std::int32_t CHATFILE_CALL write(void *user, const void *data, std::size_t size) noexcept
    {
        transfer &self = of(user);
        return self.exceptions.guard(
            [&]() -> std::int32_t { return self.to->write(std::string_view(static_cast<const char *>(data), size)); });
    }
};

inline chatfile_source to_c(arguments &in, const source &from, transfer &callbacks)
{
    auto c = initial<chatfile_source>();
    c.path = in.path("source.path", from.path);
    c.data = from.data;
    c.data_size = from.size;
    c.read = from.read ? transfer::read : nullptr;
    c.rewind = from.rewind ? transfer::rewind : nullptr;
    c.user = &callbacks;
    c.length = from.length;
    callbacks.from = &from;
    return c;
}

inline chatfile_sink to_c(arguments &in, const sink &to, transfer &callbacks)
{
    auto c = initial<chatfile_sink>();
    c.path = in.path("sink.path", to.path);
    c.write = to.write ? transfer::write : nullptr;
    c.user = &callbacks;
    /* What is set neither way comes in memory, for assign or download_result::data. */
    c.to_memory = flag(!to.path && !to.write);
    callbacks.to = &to;
    if (to.assign && (to.path || to.write))
        in.refuse(status::argument, "sink", "set one of path, write and assign");
    return c;
}

/* Structures of C: made from chatfile.h by cargo xtask bindings. */

inline chatfile_easemob to_c(arguments &in, const easemob &from, client_state &state)
{
    auto c = initial<chatfile_easemob>();
    c.base_url = in.text("base_url", from.base_url);
    c.app_key = in.text("app_key", from.app_key);
    c.client_id = in.text("client_id", from.client_id);
    c.client_secret = in.text("client_secret", from.client_secret);
    c.username = in.text("username", from.username);
    c.password = in.text("password", from.password);
    c.token = in.text("token", from.token);
    c.token_ttl_seconds = in.seconds("token_ttl_seconds", from.token_ttl);
    c.max_upload_size = from.max_upload_size;
    if (from.secret) {
        state.secret = from.secret;
        c.secret = client_state::give_secret;
        c.secret_user = &state;
    }
    return c;
}

inline chatfile_netease to_c(arguments &in, const netease &from, client_state &state)
{
    auto c = initial<chatfile_netease>();
    c.base_url = in.text("base_url", from.base_url);
    c.app_key = in.text("app_key", from.app_key);
    c.app_secret = in.text("app_secret", from.app_secret);
    c.max_upload_size = from.max_upload_size;
    if (from.secret) {
        state.secret = from.secret;
        c.secret = client_state::give_secret;
        c.secret_user = &state;
    }
    return c;
}

inline chatfile_huawei to_c(arguments &in, const huawei &from, client_state &state)
{
    auto c = initial<chatfile_huawei>();
    c.base_url = in.text("base_url", from.base_url);
    c.app_key = in.text("app_key", from.app_key);
    c.app_secret = in.text("app_secret", from.app_secret);
    c.channel_id = in.text("channel_id", from.channel_id);
    c.user_id = in.text("user_id", from.user_id);
    c.user_name = in.text("user_name", from.user_name);
    c.locale = in.text("locale", from.locale);
    c.token_ttl_seconds = in.seconds("token_ttl_seconds", from.token_ttl);
    c.max_upload_size = from.max_upload_size;
    if (from.secret) {
        state.secret = from.secret;
        c.secret = client_state::give_secret;
        c.secret_user = &state;
    }
    return c;
}

inline chatfile_smh to_c(arguments &in, const smh &from, client_state &state)
{
    auto c = initial<chatfile_smh>();
    c.base_url = in.text("base_url", from.base_url);
    c.library_id = in.text("library_id", from.library_id);
    c.library_secret = in.text("library_secret", from.library_secret);
    c.access_token = in.text("access_token", from.access_token);
    c.space_id = in.text("space_id", from.space_id);
    c.user_id = in.text("user_id", from.user_id);
    c.client_id = in.text("client_id", from.client_id);
    c.session_id = in.text("session_id", from.session_id);
    c.grant = in.text("grant", from.grant);
    c.token_ttl_seconds = in.seconds("token_ttl_seconds", from.token_ttl);
    c.private_deployment = flag(from.private_deployment);
    c.ask_access_token = flag(from.ask_access_token);
    if (from.secret) {
        state.secret = from.secret;
        c.secret = client_state::give_secret;
        c.secret_user = &state;
    }
    return c;
}

inline chatfile_openim to_c(arguments &in, const openim &from, client_state &state)
{
    auto c = initial<chatfile_openim>();
    c.base_url = in.text("base_url", from.base_url);
    c.user_id = in.text("user_id", from.user_id);
    c.token = in.text("token", from.token);
    c.admin_secret = in.text("admin_secret", from.admin_secret);
    c.admin_user_id = in.text("admin_user_id", from.admin_user_id);
    c.platform = from.platform;
    c.ask_admin_secret = flag(from.ask_admin_secret);
    c.max_upload_size = from.max_upload_size;
    if (from.secret) {
        state.secret = from.secret;
        c.secret = client_state::give_secret;
        c.secret_user = &state;
    }
    return c;
}

inline chatfile_client_options to_c(arguments &in, const client_options &from, client_state &state)
{
    auto c = initial<chatfile_client_options>();
    c.user_agent = in.text("user_agent", from.user_agent);
    c.connect_timeout_ms = in.milliseconds("connect_timeout_ms", from.connect_timeout);
    c.stall_timeout_ms = in.milliseconds("stall_timeout_ms", from.stall_timeout);
    c.deadline_ms = in.milliseconds("deadline_ms", from.deadline);
    c.max_attempts = from.max_attempts;
    c.retry_delay_ms = in.milliseconds("retry_delay_ms", from.retry_delay);
    c.retry_time_ms = in.milliseconds("retry_time_ms", from.retry_time);
    c.calls_per_second = from.calls_per_second;
    c.upload_rate = from.upload_rate;
    c.download_rate = from.download_rate;
    c.fallback_urls = in.text("fallback_urls", from.fallback_urls);
    c.resolve = in.text("resolve", from.resolve);
    c.ip_version = static_cast<chatfile_ip_version>(from.ip_version);
    c.proxy = in.text("proxy", from.proxy);
    if (from.proxy_login) {
        state.proxy_login = from.proxy_login;
        c.proxy_login = client_state::give_login;
        c.proxy_login_user = &state;
    }
    c.no_proxy = in.text("no_proxy", from.no_proxy);
    c.proxy_from_environment = flag(from.proxy_from_environment);
    c.allow_plain_http = flag(from.allow_plain_http);
    c.refuse_private_addresses = flag(from.refuse_private_addresses);
    c.log_level = static_cast<chatfile_log_level>(from.log_level);
    if (from.log) {
        state.log = from.log;
        c.log = client_state::take_line;
        c.log_user = &state;
    }
    c.trace = flag(from.trace);
    c.trust = static_cast<chatfile_trust>(from.trust);
    if (from.ca_certificates) {
        c.ca_certificates = from.ca_certificates->data();
        c.ca_certificates_size = from.ca_certificates->size();
    }
    c.ca_certificates_path = in.path("ca_certificates_path", from.ca_certificates_path);
    c.client_certificate = in.text("client_certificate", from.client_certificate);
    c.client_key = in.text("client_key", from.client_key);
    return c;
}

inline chatfile_easemob_upload to_c(arguments &, const easemob_upload &from)
{
    auto c = initial<chatfile_easemob_upload>();
    c.restrict_access = flag(from.restrict_access);
    c.thumbnail_width = from.thumbnail_width;
    c.thumbnail_height = from.thumbnail_height;
    return c;
}

inline chatfile_netease_upload to_c(arguments &in, const netease_upload &from)
{
    auto c = initial<chatfile_netease_upload>();
    c.method = static_cast<chatfile_netease_method>(from.method);
    c.plain_http_url = flag(from.plain_http_url);
    c.tag = in.text("tag", from.tag);
    c.ttl_seconds = in.seconds("ttl_seconds", from.ttl);
    return c;
}

inline chatfile_huawei_upload to_c(arguments &in, const huawei_upload &from)
{
    auto c = initial<chatfile_huawei_upload>();
    c.file_type = in.text("file_type", from.file_type);
    return c;
}

inline chatfile_smh_upload to_c(arguments &in, const smh_upload &from)
{
    auto c = initial<chatfile_smh_upload>();
    c.directory = in.text("directory", from.directory);
    c.labels = in.texts("labels", from.labels);
    c.label_count = from.labels.size();
    c.category = in.text("category", from.category);
    c.local_creation_time = in.text("local_creation_time", from.local_creation_time);
    c.local_modification_time = in.text("local_modification_time", from.local_modification_time);
    c.content_cas = in.text("content_cas", from.content_cas);
    c.part_size = from.part_size;
    c.traffic_limit = from.traffic_limit;
    c.method = static_cast<chatfile_smh_method>(from.method);
    c.conflict = static_cast<chatfile_smh_conflict>(from.conflict);
    c.create_directories = flag(from.create_directories);
    c.skip_instant = flag(from.skip_instant);
    c.prefer_same_origin = flag(from.prefer_same_origin);
    return c;
}

inline chatfile_openim_upload to_c(arguments &in, const openim_upload &from)
{
    auto c = initial<chatfile_openim_upload>();
    c.name = in.text("name", from.name);
    c.group = in.text("group", from.group);
    c.cause = in.text("cause", from.cause);
    c.method = static_cast<chatfile_openim_method>(from.method);
    c.absolute = flag(from.absolute);
    return c;
}

inline chatfile_upload_options to_c(arguments &in, const upload_options &from, transfer &callbacks)
{
    auto c = initial<chatfile_upload_options>();
    c.file_name = in.text("file_name", from.file_name);
    c.media_type = in.text("media_type", from.media_type);
    if (from.progress) {
        callbacks.progress = &from.progress;
        c.progress = transfer::report;
        c.progress_user = &callbacks;
    }
    c.cancel = handle_of(from.cancel);
    c.parallel_parts = from.parallel_parts;
    c.resumable = flag(from.resumable);
    c.resume_token = in.text("resume_token", from.resume_token);
    c.checkpoint = in.path("checkpoint", from.checkpoint);
    c.compute_md5 = flag(from.compute_md5);
    c.compute_sha256 = flag(from.compute_sha256);
    c.compute_crc64 = flag(from.compute_crc64);
    c.message = static_cast<chatfile_message_kind>(from.message);
    c.media_width = from.media_width;
    c.media_height = from.media_height;
    c.media_duration_ms = in.milliseconds("media_duration_ms", from.media_duration);
    c.easemob = in.attached(from.easemob);
    c.netease = in.attached(from.netease);
    c.huawei = in.attached(from.huawei);
    c.smh = in.attached(from.smh);
    c.openim = in.attached(from.openim);
    return c;
}

inline chatfile_abort_upload_options to_c(arguments &in, const abort_upload_options &from)
{
    auto c = initial<chatfile_abort_upload_options>();
    c.cancel = handle_of(from.cancel);
    c.resume_token = in.text("resume_token", from.resume_token);
    c.checkpoint = in.path("checkpoint", from.checkpoint);
    return c;
}

inline chatfile_easemob_download to_c(arguments &in, const easemob_download &from)
{
    auto c = initial<chatfile_easemob_download>();
    c.share_secret = in.text("share_secret", from.share_secret);
    return c;
}

inline chatfile_huawei_download to_c(arguments &in, const huawei_download &from)
{
    auto c = initial<chatfile_huawei_download>();
    c.file_type = in.text("file_type", from.file_type);
    c.media_library = flag(from.media_library);
    return c;
}

inline chatfile_smh_download to_c(arguments &in, const smh_download &from)
{
    auto c = initial<chatfile_smh_download>();
    c.version = in.text("version", from.version);
    c.traffic_limit = from.traffic_limit;
    c.link_ttl_seconds = in.seconds("link_ttl_seconds", from.link_ttl);
    c.disposition = static_cast<chatfile_smh_disposition>(from.disposition);
    return c;
}

inline chatfile_openim_download to_c(arguments &in, const openim_download &from)
{
    auto c = initial<chatfile_openim_download>();
    c.thumbnail_format = in.text("thumbnail_format", from.thumbnail_format);
    return c;
}

inline chatfile_download_options to_c(arguments &in, const download_options &from, transfer &callbacks)
{
    auto c = initial<chatfile_download_options>();
    c.max_size = from.max_size;
    c.offset = from.offset;
    c.length = from.length;
    if (from.expected_size) {
        c.expected_size = *from.expected_size;
        c.expect_empty = flag(*from.expected_size == 0);
    }
    c.expected_md5 = in.text("expected_md5", from.expected_md5);
    c.expected_sha256 = in.text("expected_sha256", from.expected_sha256);
    c.expected_crc64 = in.text("expected_crc64", from.expected_crc64);
    c.referer = in.text("referer", from.referer);
    c.thumbnail = static_cast<chatfile_thumbnail_kind>(from.thumbnail);
    c.thumbnail_width = from.thumbnail_width;
    c.thumbnail_height = from.thumbnail_height;
    c.resume = flag(from.resume);
    c.durable = flag(from.durable);
    c.parallel_parts = from.parallel_parts;
    if (from.progress) {
        callbacks.progress = &from.progress;
        c.progress = transfer::report;
        c.progress_user = &callbacks;
    }
    c.cancel = handle_of(from.cancel);
    c.easemob = in.attached(from.easemob);
    c.huawei = in.attached(from.huawei);
    c.smh = in.attached(from.smh);
    c.openim = in.attached(from.openim);
    return c;
}

inline chatfile_info_options to_c(arguments &, const info_options &from)
{
    auto c = initial<chatfile_info_options>();
    c.cancel = handle_of(from.cancel);
    return c;
}

inline chatfile_list_options to_c(arguments &in, const list_options &from)
{
    auto c = initial<chatfile_list_options>();
    c.marker = in.text("marker", from.marker);
    c.limit = from.limit;
    c.versions = flag(from.versions);
    c.cancel = handle_of(from.cancel);
    return c;
}

inline chatfile_smh_delete to_c(arguments &, const smh_delete &from)
{
    auto c = initial<chatfile_smh_delete>();
    c.permanent = flag(from.permanent);
    return c;
}

inline chatfile_delete_options to_c(arguments &in, const delete_options &from)
{
    auto c = initial<chatfile_delete_options>();
    c.cancel = handle_of(from.cancel);
    c.smh = in.attached(from.smh);
    return c;
}

inline chatfile_check_options to_c(arguments &, const check_options &from)
{
    auto c = initial<chatfile_check_options>();
    c.cancel = handle_of(from.cancel);
    c.store = flag(from.store);
    return c;
}

inline chatfile_complete_presigned_options to_c(arguments &, const complete_presigned_options &from)
{
    auto c = initial<chatfile_complete_presigned_options>();
    c.cancel = handle_of(from.cancel);
    return c;
}

inline chatfile_digest_update_file_options to_c(arguments &, const digest_update_file_options &from)
{
    auto c = initial<chatfile_digest_update_file_options>();
    c.cancel = handle_of(from.cancel);
    return c;
}

inline chatfile_netease_delete_task to_c(arguments &in, const netease_delete_task &from)
{
    auto c = initial<chatfile_netease_delete_task>();
    c.start_time_ms = from.start_time.time_since_epoch().count();
    c.end_time_ms = from.end_time.time_since_epoch().count();
    c.media_type = in.text("media_type", from.media_type);
    c.tag = in.text("tag", from.tag);
    return c;
}

/* So far what is made from chatfile.h. */

/* Objects of C++ from those of C. */
struct made {
    static client of(owned<chatfile_client> handle, std::unique_ptr<client_state> state)
    {
        client made;
        made.state_ = std::move(state);
        made.handle_ = std::move(handle);
        return made;
    }

    static presigned of(owned<chatfile_presigned> handle)
    {
        presigned made;
        made.handle_ = std::move(handle);
        return made;
    }

    static digest of(owned<chatfile_digest> handle)
    {
        digest made;
        made.handle_ = std::move(handle);
        return made;
    }

    static upload_result of(owned<chatfile_upload_result> from) { return said<upload_result>(from.get()); }

    static download_result of(owned<chatfile_download_result> from)
    {
        auto made = said<download_result>(from.get());
        made.data.handle_ = std::move(from);
        return made;
    }

    static delete_result of(owned<chatfile_delete_result> from) { return said<delete_result>(from.get()); }

    static file_info of(owned<chatfile_file_info> from) { return said<file_info>(from.get()); }

    static listing of(owned<chatfile_listing> from) { return said<listing>(from.get()); }

    static std::vector<check_step> of(owned<chatfile_check_result> from)
    {
        std::vector<check_step> made;
        for (std::size_t i = 0; i < chatfile_check_result_count(from.get()); i++)
            made.push_back(said<check_step>(chatfile_check_result_step(from.get(), i)));
        return made;
    }

    /* All that an object says. */
    template <class Result, class Object> static Result said(const Object *from)
    {
        Result made;
        read(from, made);
        return made;
    }
};

/* Makes a call: ask(error) calls the function of C. */
template <class Ask> result<void> attempt(Ask &&ask)
{
    out<chatfile_error> why;
    const chatfile_status code = ask(why.place());
    if (code != CHATFILE_OK)
        return failure(code, why);
    return {};
}

/* The same, unless what it is given cannot be handed to C. */
template <class Ask> result<void> attempt(const arguments &in, Ask &&ask)
{
    if (in.problem())
        return *in.problem();
    return attempt(ask);
}

/* The same of a call that gives an object: ask(object, error) calls the function of C. */
template <class Object, class Ask> auto obtain(const arguments &in, Ask &&ask)
{
    using given = result<decltype(made::of(owned<Object>()))>;
    out<Object> object;
    const result<void> done = attempt(in, [&](chatfile_error **why) { return ask(object.place(), why); });
    return done ? given(made::of(object.take())) : given(done.error());
}

/* Hands the bytes to the sink, if it wants a copy. */
inline result<download_result> handed(result<download_result> arrived, const sink &to)
{
    if (arrived && to.assign) {
        to.assign(arrived->data.view());
        arrived->data = {};
    }
    return arrived;
}

/* Opens a client. call(options, out, error) calls the function of the service. */
template <class Call>
result<client> open(arguments &in, const client_options &options, std::unique_ptr<client_state> state, Call &&call)
{
    out<chatfile_client> opened;
    const chatfile_client_options with = to_c(in, options, *state);
    const result<void> done = attempt(in, [&](auto why) {
        const chatfile_status code = call(&with, opened.place(), why);
        rethrow(state->exceptions.take());
        return code;
    });
    if (!done)
        return done.error();
    if (!state->log && !state->proxy_login && !state->secret)
        state.reset();
    return made::of(opened.take(), std::move(state));
}

/* Opens a client of a service. */
template <class Service, class Function>
result<client> open(Function *function, const Service &config, const client_options &options)
{
    arguments in;
    auto state = std::make_unique<client_state>();
    const auto c = to_c(in, config, *state);
    return open(in, options, std::move(state),
                [&](const chatfile_client_options *with, chatfile_client **opened, chatfile_error **why) {
                    return function(&c, with, opened, why);
                });
}

} // namespace detail

inline source source::stream(std::istream &stream)
{
    std::streambuf *bytes = stream.rdbuf();
    const std::streampos failed(std::streamoff(-1));
    if (bytes == nullptr || stream.fail())
        return source::stream(stream, size_unknown);
    const std::streampos start = bytes->pubseekoff(0, std::ios_base::cur, std::ios_base::in);
    const std::streampos end = start != failed ? bytes->pubseekoff(0, std::ios_base::end, std::ios_base::in) : failed;
    if (end == failed)
        return source::stream(stream, size_unknown);
    if (bytes->pubseekpos(start, std::ios_base::in) != start)
        return source();
    return source::stream(stream, static_cast<std::uint64_t>(std::streamoff(end - start)));
}

inline sink sink::stream(std::ostream &stream)
{
    return callable([&stream](std::string_view piece) -> std::int32_t {
        return stream.write(piece.data(), static_cast<std::streamsize>(piece.size())) ? 0 : stop();
    });
}

inline source source::stream(std::istream &stream, std::uint64_t length)
{
    /* The buffer of the stream, whose own functions would throw or not as its exceptions() say. */
    std::streambuf *bytes = stream.rdbuf();
    /* One that has failed, or was never opened, has no bytes to be taken for an empty file. */
    if (bytes == nullptr || stream.fail())
        return callable(size_unknown, [](char *, std::size_t) -> read_result { return stop(); });
    const std::streampos start = bytes->pubseekoff(0, std::ios_base::cur, std::ios_base::in);
    rewind_callback rewind;
    if (start != std::streampos(std::streamoff(-1))) {
        rewind = [bytes, start]() -> std::int32_t {
            return bytes->pubseekpos(start, std::ios_base::in) == start ? 0 : stop();
        };
    }
    return callable(
        length,
        [bytes](char *buffer, std::size_t capacity) -> std::size_t {
            const std::streamsize got = bytes->sgetn(buffer, static_cast<std::streamsize>(capacity));
            return got > 0 ? static_cast<std::size_t>(got) : 0;
        },
        std::move(rewind));
}

/* How a call of the library ended; throws what the callbacks have thrown. */
template <class... Callbacks> chatfile_status client::ended(chatfile_status code, Callbacks &...callbacks) const
{
    /* Taken at once: what is not thrown now must not come out of the next call. */
    const detail::exception of_client = state_ ? state_->exceptions.take() : detail::exception();
    (detail::rethrow(callbacks.exceptions.take()), ...);
    detail::rethrow(of_client);
    return code;
}

/* Verbs that open: made from chatfile.h by cargo xtask bindings. */

inline result<client> client::try_open(const easemob &config, const client_options &options)
{
    return detail::open(chatfile_open_easemob, config, options);
}

inline result<client> client::try_open(const netease &config, const client_options &options)
{
    return detail::open(chatfile_open_netease, config, options);
}

inline result<client> client::try_open(const huawei &config, const client_options &options)
{
    return detail::open(chatfile_open_huawei, config, options);
}

inline result<client> client::try_open(const smh &config, const client_options &options)
{
    return detail::open(chatfile_open_smh, config, options);
}

inline result<client> client::try_open(const openim &config, const client_options &options)
{
    return detail::open(chatfile_open_openim, config, options);
}

/* So far what is made from chatfile.h. */

inline result<client> client::try_open(const client_options &options)
{
    detail::arguments in;
    return detail::open(in, options, std::make_unique<detail::client_state>(), chatfile_open_without_service);
}

inline result<void> client::try_set_rates(std::uint64_t upload_rate, std::uint64_t download_rate) const
{
    return detail::attempt(
        [&](auto why) { return chatfile_client_set_rates(handle_.get(), upload_rate, download_rate, why); });
}

inline result<upload_result> client::try_upload(const source &what, const upload_options &options) const
{
    detail::arguments in;
    detail::transfer callbacks;
    const chatfile_source from = detail::to_c(in, what, callbacks);
    const chatfile_upload_options with = detail::to_c(in, options, callbacks);
    return detail::obtain<chatfile_upload_result>(
        in, [&](auto out, auto why) { return ended(chatfile_upload(get(), &from, &with, out, why), callbacks); });
}

inline result<download_result> client::try_download(const std::string &file, const sink &to,
                                                    const download_options &options) const
{
    detail::arguments in;
    detail::transfer callbacks;
    const char *name = in.text("file", file);
    const chatfile_sink into = detail::to_c(in, to, callbacks);
    const chatfile_download_options with = detail::to_c(in, options, callbacks);
    auto arrived = detail::obtain<chatfile_download_result>(in, [&](auto out, auto why) {
        return ended(chatfile_download(get(), name, &into, &with, out, why), callbacks);
    });
    return detail::handed(std::move(arrived), to);
}

inline result<delete_result> client::try_delete_file(const std::string &file, const delete_options &options) const
{
    detail::arguments in;
    const char *name = in.text("file", file);
    const chatfile_delete_options with = detail::to_c(in, options);
    return detail::obtain<chatfile_delete_result>(
        in, [&](auto out, auto why) { return ended(chatfile_delete(get(), name, &with, out, why)); });
}

inline result<delete_result> client::try_delete_by_time(const netease_delete_task &task,
                                                        const delete_options &options) const
{
    detail::arguments in;
    const chatfile_netease_delete_task what = detail::to_c(in, task);
    const chatfile_delete_options with = detail::to_c(in, options);
    return detail::obtain<chatfile_delete_result>(
        in, [&](auto out, auto why) { return ended(chatfile_delete_by_time(get(), &what, &with, out, why)); });
}

inline result<void> client::try_abort_upload(const abort_upload_options &options) const
{
    detail::arguments in;
    const auto with = detail::to_c(in, options);
    return detail::attempt(in, [&](auto why) { return ended(chatfile_abort_upload(get(), &with, why)); });
}

inline result<file_info> client::try_info(const std::string &file, const info_options &options) const
{
    detail::arguments in;
    const char *name = in.text("file", file);
    const auto with = detail::to_c(in, options);
    return detail::obtain<chatfile_file_info>(
        in, [&](auto out, auto why) { return ended(chatfile_info(get(), name, &with, out, why)); });
}

inline result<bool> client::try_exists(const std::string &file, const info_options &options) const
{
    detail::arguments in;
    std::int32_t exists = 0;
    const char *name = in.text("file", file);
    const auto with = detail::to_c(in, options);
    const result<void> done =
        detail::attempt(in, [&](auto why) { return ended(chatfile_exists(get(), name, &with, &exists, why)); });
    return done ? result<bool>(exists != 0) : result<bool>(done.error());
}

inline result<std::vector<check_step>> client::try_check(const check_options &options) const
{
    detail::arguments in;
    const auto with = detail::to_c(in, options);
    return detail::obtain<chatfile_check_result>(
        in, [&](auto out, auto why) { return ended(chatfile_check(get(), &with, out, why)); });
}

inline result<listing> client::try_list(const std::string &directory, const list_options &options) const
{
    detail::arguments in;
    const char *folder = in.text("directory", directory);
    const chatfile_list_options with = detail::to_c(in, options);
    return detail::obtain<chatfile_listing>(
        in, [&](auto out, auto why) { return ended(chatfile_list(get(), folder, &with, out, why)); });
}

inline entries client::list_all(std::string directory, list_options options) const
{
    return entries(*this, std::move(directory), std::move(options));
}

inline result<std::optional<file_info>> entries::try_next()
{
    if (ahead_)
        return std::exchange(ahead_, std::nullopt);
    const chatfile_client *from = client_ != nullptr ? client_->get() : nullptr;
    if (!cursor_ && from != nullptr) {
        detail::arguments in;
        detail::out<chatfile_list_cursor> cursor;
        const char *folder = in.text("directory", directory_);
        const chatfile_list_options with = detail::to_c(in, options_);
        const result<void> begun = detail::attempt(
            in, [&](auto why) { return chatfile_list_cursor_new(from, folder, &with, cursor.place(), why); });
        if (!begun)
            return begun.error();
        cursor_ = cursor.take();
    }
    const result<void> done = detail::attempt([&](auto why) {
        const chatfile_file_info *next = nullptr;
        const chatfile_status code = chatfile_list_cursor_next(cursor_.get(), &next, why);
        if (next != nullptr)
            ahead_ = detail::made::said<file_info>(next);
        return client_ != nullptr ? client_->ended(code) : code;
    });
    if (!done)
        return done.error();
    return std::exchange(ahead_, std::nullopt);
}

inline result<presigned> client::try_presign_upload(std::uint64_t size, const upload_options &options) const
{
    detail::arguments in;
    detail::transfer callbacks;
    const chatfile_upload_options with = detail::to_c(in, options, callbacks);
    return detail::obtain<chatfile_presigned>(in, [&](auto out, auto why) {
        return ended(chatfile_presign_upload(get(), size, &with, out, why), callbacks);
    });
}

inline result<presigned> client::try_presign_download(const std::string &file, const download_options &options) const
{
    detail::arguments in;
    detail::transfer callbacks;
    const char *name = in.text("file", file);
    const chatfile_download_options with = detail::to_c(in, options, callbacks);
    return detail::obtain<chatfile_presigned>(in, [&](auto out, auto why) {
        return ended(chatfile_presign_download(get(), name, &with, out, why), callbacks);
    });
}

inline result<upload_result> client::try_send_presigned(const presigned &request, const source &what,
                                                        const upload_options &options) const
{
    detail::arguments in;
    detail::transfer callbacks;
    const chatfile_source from = detail::to_c(in, what, callbacks);
    const chatfile_upload_options with = detail::to_c(in, options, callbacks);
    return detail::obtain<chatfile_upload_result>(in, [&](auto out, auto why) {
        return ended(chatfile_send_presigned(get(), request.get(), &from, &with, out, why), callbacks);
    });
}

inline result<upload_result> client::try_complete_presigned(const presigned &request,
                                                            const complete_presigned_options &options) const
{
    detail::arguments in;
    const auto with = detail::to_c(in, options);
    return detail::obtain<chatfile_upload_result>(in, [&](auto out, auto why) {
        return ended(chatfile_complete_presigned(get(), request.get(), &with, out, why));
    });
}

inline result<download_result> client::try_receive_presigned(const presigned &request, const sink &to,
                                                             const download_options &options) const
{
    detail::arguments in;
    detail::transfer callbacks;
    const chatfile_sink into = detail::to_c(in, to, callbacks);
    const chatfile_download_options with = detail::to_c(in, options, callbacks);
    auto arrived = detail::obtain<chatfile_download_result>(in, [&](auto out, auto why) {
        return ended(chatfile_receive_presigned(get(), request.get(), &into, &with, out, why), callbacks);
    });
    return detail::handed(std::move(arrived), to);
}

inline result<presigned> presigned::try_from_json(const std::string &json)
{
    detail::arguments in;
    const char *value = in.text("json", json);
    return detail::obtain<chatfile_presigned>(
        in, [&](auto out, auto why) { return chatfile_presigned_from_json(value, out, why); });
}

inline std::optional<time_s> presigned::expires_at() const noexcept
{
    std::uint64_t seconds = 0;
    if (chatfile_presigned_expires_at(get(), &seconds) == 0)
        return std::nullopt;
    /* The clock counts less than seconds, so it ends earlier. */
    constexpr auto last =
        std::chrono::duration_cast<std::chrono::seconds>((std::chrono::system_clock::duration::max)()).count();
    const bool is_told = seconds < static_cast<std::uint64_t>(last);
    return time_s(std::chrono::seconds(is_told ? static_cast<std::chrono::seconds::rep>(seconds) : last));
}

inline result<digest> digest::try_create(digest_kind wanted, std::uint64_t part_size)
{
    detail::arguments in;
    return detail::obtain<chatfile_digest>(in, [&](auto out, auto why) {
        return chatfile_digest_new(static_cast<std::uint32_t>(wanted), part_size, out, why);
    });
}

inline result<void> digest::try_update(const void *data, std::size_t size)
{
    return detail::attempt([&](auto why) { return chatfile_digest_update(handle_.get(), data, size, why); });
}

inline result<void> digest::try_update_file(const std::filesystem::path &path,
                                            const digest_update_file_options &options)
{
    detail::arguments in;
    const char *name = in.path("path", path);
    const auto with = detail::to_c(in, options);
    return detail::attempt(in, [&](auto why) { return chatfile_digest_update_file(handle_.get(), name, &with, why); });
}

inline result<std::string> digest::try_text(digest_kind kind) const
{
    char text[CHATFILE_DIGEST_TEXT_SIZE];
    const result<void> done = detail::attempt([&](auto why) {
        return chatfile_digest_text(handle_.get(), static_cast<std::uint32_t>(kind), text, sizeof text, why);
    });
    return done ? result<std::string>(std::string(text)) : result<std::string>(done.error());
}

inline result<std::string> digest::try_part(std::size_t index) const
{
    char text[CHATFILE_DIGEST_TEXT_SIZE];
    const result<void> done =
        detail::attempt([&](auto why) { return chatfile_digest_part(handle_.get(), index, text, sizeof text, why); });
    return done ? result<std::string>(std::string(text)) : result<std::string>(done.error());
}

inline result<void> try_check_version()
{
    return detail::attempt([&](auto why) { return chatfile_version_check(CHATFILE_VERSION_NUMBER, why); });
}

inline result<std::string> try_netease_checksum(const std::string &app_secret, const std::string &nonce,
                                                const std::string &cur_time)
{
    detail::arguments in;
    char sum[CHATFILE_NETEASE_CHECKSUM_SIZE];
    const char *secret = in.text("app_secret", app_secret);
    const char *with = in.text("nonce", nonce);
    const char *when = in.text("cur_time", cur_time);
    const result<void> done = detail::attempt(
        in, [&](auto why) { return chatfile_netease_checksum(secret, with, when, sum, sizeof sum, why); });
    return done ? result<std::string>(std::string(sum)) : result<std::string>(done.error());
}

} // namespace throwing, throwing_untyped or nothrowing
} // namespace chatfile

#pragma pop_macro("check")

#endif /* C++17 */

#endif /* CHATFILE_HPP */
