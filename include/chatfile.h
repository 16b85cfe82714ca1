#ifndef CHATFILE_H
#define CHATFILE_H

/* Generated from capi/src; mend it with: cargo xtask header */

/*
 * chatfile: upload, download and sign files at chat and media services.
 *
 * A client (chatfile_client) speaks to one service with one set of credentials. The
 * verbs, chatfile_upload(), chatfile_download() and so on, are the same for all
 * services. What one service alone can do hangs off their options by a typed pointer,
 * and is refused with CHATFILE_E_UNSUPPORTED where it does not belong.
 *
 * What stands here, in this order; each part has its name in a line of "=====":
 *
 *   Simple use
 *   How calls work
 *   Linking
 *   What every call returns
 *   The client and its options
 *   Cancelling
 *   Progress
 *   Uploading
 *   Downloading
 *   Looking at files
 *   Deleting
 *   Looking at the connection
 *   Presigned requests
 *   Digests
 *   Errors and statuses
 *   Versions
 *   The services
 *   Easemob
 *   NetEase IM
 *   Huawei Cloud AICC
 *   Tencent SMH
 *   OpenIM
 */

/*
 * ===== Simple use ========================================================
 *
 * Upload a file, and have its URL:
 *
 *     chatfile_easemob config = CHATFILE_EASEMOB_INIT;
 *     chatfile_source source = CHATFILE_SOURCE_INIT;
 *     chatfile_client *client;
 *     chatfile_upload_result *result;
 *     chatfile_error *error;
 *
 *     config.app_key = "easemob-demo#testapp";
 *     config.client_id = "YXA6...";
 *     config.client_secret = "YXA6...";
 *     source.path = "cat.jpg";
 *     if (chatfile_open_easemob(&config, NULL, &client, &error) == CHATFILE_OK) {
 *         if (chatfile_upload(client, &source, NULL, &result, &error) == CHATFILE_OK) {
 *             puts(chatfile_upload_result_url(result));
 *             chatfile_upload_result_free(result);
 *         }
 *         chatfile_client_free(client);
 *     }
 *     if (error != NULL) {
 *         fprintf(stderr, "%s\n", chatfile_error_message(error));
 *         chatfile_error_free(error);
 *     }
 *
 * Another service has a structure and an open function of its own; all the rest is
 * the same. To download, say what (file is what chatfile_upload_result_file() gave, or
 * a message carries) and where to:
 *
 *     chatfile_sink sink = CHATFILE_SINK_INIT;
 *     chatfile_download_result *result;
 *
 *     sink.path = "copy.jpg";
 *     if (chatfile_download(client, file, &sink, NULL, &result, &error) == CHATFILE_OK)
 *         chatfile_download_result_free(result);
 */

/*
 * ===== How calls work ====================================================
 *
 * Calls block until they are done, and return CHATFILE_OK (0) or a CHATFILE_E_
 * number. The last parameter of each call is a place for an error object. It and options
 * may be NULL; every other pointer is required unless the function says otherwise. New
 * numbers may come in every set (statuses, phases, kinds, capabilities, ...): be ready for
 * one that you do not know. Any call may fail with CHATFILE_E_NULL, _TEXT, _STRUCT and
 * _PANIC; its comment names what else. Every call sets that place, and the object that it
 * makes (*out), to NULL before it does anything else, so both may be freed whatever
 * happened. On success *out is yours, on failure *error.
 *
 * Structures begin with their size. Initialise each with its INIT macro, or set all of
 * it to zero and struct_size to its sizeof; zero means default in every field. That is how they can grow: a program built with
 * an older header works with a newer library, and one built with a newer header
 * works with an older library unless it uses what that does not know
 * (CHATFILE_E_STRUCT for a field, CHATFILE_E_ARGUMENT for a number).
 *
 * Text is NUL-terminated UTF-8 without CR and LF (which PEM and JSON may hold), file
 * names too, on every system. Text and structures that you pass are not kept beyond the
 * call.
 *
 * Callbacks, with the user pointers beside them: those of a client (secret, log,
 * proxy_login) have to be good until chatfile_client_free() has returned and every list
 * cursor of the client is free, those of a call until it has returned, and that of a cancel
 * handle until it is free, the last call that it was given to has returned, and every list
 * cursor whose options named it is free. None may throw, longjmp or end the thread. Those for
 * progress, reading and writing may make calls, with the same client, too; those of a
 * client must not use it.
 *
 * Stack: a call takes up to 64 KiB of its thread's, most of it for TLS; make none on
 * threads of less than 128 KiB.
 *
 * Memory: what a function hands out through a pointer to a pointer is yours; free it
 * with the _free() function of its type, never with free(). They take NULL and
 * cannot fail, and do not wait. What a getter returns belongs to the object that it
 * was asked of, and lives as long as that. Getters take NULL, too, and return 0 or NULL
 * then, unless they say otherwise.
 *
 * Threads: a client may be used by any number of threads at once; results and
 * error objects may be read by several. Callbacks run on a thread that made a
 * call, those of a transfer on the one that made it. The library starts threads for
 * two things. Parts of a file are sent, and ranges of one fetched, side by side by
 * threads that end with the call. Each name look-up has one, for no system lets one interrupt it: the call
 * goes on without it when its time is over or it is cancelled. There is no global
 * state and nothing to initialise; with no handle and no object left, the library
 * can be unloaded at any time (its code then stays in memory, for a
 * look-up that hangs). If you link the static library into a module that will be
 * unloaded, link that with -z nodelete on Linux, too.
 *
 * Signals: none is raised or caught; SIGPIPE is not raised by what the library
 * writes. fork() without exec: neither use nor free a client in
 * the child.
 */

/*
 * ===== Linking ===========================================================
 *
 * Link with -lchatfile. Windows: define CHATFILE_STATIC when linking the static
 * library.
 */

#include <stddef.h>
#include <stdint.h>

#ifndef CHATFILE_API
#if defined(_WIN32)
#if defined(CHATFILE_STATIC)
#define CHATFILE_API
#else
#define CHATFILE_API __declspec(dllimport)
#endif
#elif defined(__GNUC__) && __GNUC__ >= 4
#define CHATFILE_API __attribute__((visibility("default")))
#else
#define CHATFILE_API
#endif
#endif

/* The calling convention, also of callbacks; it matters on 32-bit Windows. */
#ifndef CHATFILE_CALL
#if defined(_WIN32)
#define CHATFILE_CALL __cdecl
#else
#define CHATFILE_CALL
#endif
#endif

#if defined(_WIN32)
#pragma pack(push, 8)
#endif
#ifdef __cplusplus
extern "C" {
#endif

/*
 * ===== What every call returns ===========================================
 *
 * A status, and on failure an error object with the details. The other numbers, and
 * what an error object can be asked, stand below: "Errors and statuses".
 */

/**
 * How a call ended: CHATFILE_OK or one of the CHATFILE_E_ numbers. They come
 * in bands: 1xx the caller, 2xx the transport, 3xx the service, 4xx the
 * integrity of the bytes, 5xx control by the caller, 9xx this library. A number
 * is never used for something else later, and new ones may come: treat one
 * you do not know by its band.
 */
typedef uint32_t chatfile_status;

/** It worked. */
#define CHATFILE_OK 0

/**
 * Why a call failed. You own it: free it with chatfile_error_free(). It never holds
 * a secret. May be read by several threads at once.
 */
typedef struct chatfile_error chatfile_error;

/*
 * ===== The client and its options ========================================
 *
 * A client is opened by the function of its service, which stands with that service
 * below, or by chatfile_open_without_service(). Its options are the same for all services.
 */

/**
 * Speaks to one service with one set of credentials. Safe to share between
 * threads: calls run side by side, and share tokens and open connections. It
 * has no thread of its own.
 */
typedef struct chatfile_client chatfile_client;

/**
 * How much to log, or how much a line matters: one of the CHATFILE_LOG_ numbers. Each
 * includes those below it.
 */
typedef uint32_t chatfile_log_level;

/** Calls that failed. */
#define CHATFILE_LOG_ERROR 1
/** Also attempts that failed. */
#define CHATFILE_LOG_WARN 2
/** Also attempts that succeeded. */
#define CHATFILE_LOG_INFO 3
/** Also the steps in between (tokens, redirects, lost connections). */
#define CHATFILE_LOG_DEBUG 4

/**
 * Also each request and answer with its header fields, and how connections came about;
 * of values, those that are harmless.
 */
#define CHATFILE_LOG_TRACE 5

/** Which addresses of hosts to connect to: one of the CHATFILE_IP_ numbers. */
typedef uint32_t chatfile_ip_version;

/**
 * Whichever works; those of both versions are tried in turn, a quarter of a second
 * apart (RFC 8305).
 */
#define CHATFILE_IP_ANY 0

/** IPv4 alone. */
#define CHATFILE_IP_V4 4
/** IPv6 alone. */
#define CHATFILE_IP_V6 6

/** Which CA certificates to trust: one of the CHATFILE_TRUST_ numbers. */
typedef uint32_t chatfile_trust;

/**
 * The CA certificates that are built in (Mozilla's); where none of them has signed,
 * those of the operating system.
 */
#define CHATFILE_TRUST_BOTH 0

/** Those that are built in, the same on every machine. */
#define CHATFILE_TRUST_BUILT_IN 1

/**
 * Those of the operating system, so that what its administrator has taken away is not
 * trusted either.
 */
#define CHATFILE_TRUST_SYSTEM 2

/**
 * Takes a line of the log, UTF-8 without a line end, valid during the call only.
 * A line says which service was called for what,
 * with which outcome, and never holds a secret; but paths are in it, and that of a
 * NetEase file is enough to fetch it. Called on a thread that made a call, so by
 * several at once if several use the client. Must not throw, longjmp, or use the
 * client.
 */
typedef void (CHATFILE_CALL *chatfile_log_fn)(
    void *user,
    chatfile_log_level level,
    const char *line);

/**
 * Gives the user name and password for a proxy that asks for them (407, or as SOCKS5
 * does), or refuses those that it was given: puts "NAME:PASSWORD" at buffer, at most
 * capacity bytes (no fewer than 16,384), without a NUL, stores their number in *size, and
 * returns 0. A size beyond that is CHATFILE_E_TEXT. A size of 0 says that there is none, and the call fails with CHATFILE_E_PROXY, as it does after
 * three in a row that the proxy refuses. What else than 0 is returned stops the call with
 * CHATFILE_E_CALLBACK. proxy is its "host:port", scheme "Basic", "Digest" or "SOCKS5",
 * realm what the proxy says that the password is for, which may be anything (SOCKS5 says
 * nothing: ""); they are valid during the call only. Called on a thread that made a call,
 * by one thread at a time. What is given is kept while the client lives, and then wiped.
 * Must not throw, longjmp, or use the client.
 */
typedef int32_t (CHATFILE_CALL *chatfile_proxy_login_fn)(
    void *user,
    const char *proxy,
    const char *scheme,
    const char *realm,
    char *buffer,
    size_t capacity,
    size_t *size);

/** How a client behaves. The defaults suit a desktop program on Wi-Fi. */
typedef struct chatfile_client_options {
  /** Set by CHATFILE_CLIENT_OPTIONS_INIT. */
  size_t struct_size;
  /**
   * Your program as it should appear in the User-Agent, for example
   * "MyChat/4.2"; the library's own name is added. ASCII. NULL: that alone.
   */
  const char *user_agent;
  /**
   * The longest time for one connection, in milliseconds: name look-up, TCP,
   * proxy and TLS together. 0: 15,000.
   */
  uint32_t connect_timeout_ms;
  /**
   * A transfer in which no byte moves for so many milliseconds has failed; one
   * byte a second is alive. 0: 60,000.
   */
  uint32_t stall_timeout_ms;
  /**
   * The longest time for a whole call with all its attempts, in milliseconds.
   * 0: no limit.
   */
  uint32_t deadline_ms;
  /**
   * How often each request of a call is tried. A request lost on a kept-alive connection
   * that the server had closed is sent again and not counted; an upload is not, where
   * this is 1. 0: 4; 1: never again.
   */
  uint32_t max_attempts;
  /**
   * The upper bound of the pause before the second attempt, in milliseconds; it
   * doubles with each further one, and the pause is a random part of it. What
   * the service asks for is added. 0: 500.
   */
  uint32_t retry_delay_ms;
  /**
   * No attempt begins later than so many milliseconds after its call did. 0: no
   * limit.
   */
  uint32_t retry_time_ms;
  /**
   * The most calls of the service in a second, over all threads that use this
   * client; tokens (but OpenIM's), presigned requests, NetEase downloads and the parts
   * of files are not counted. 0: what the vendor allows an app (100 at Easemob and
   * NetEase; the others state none).
   * Several clients or programs with one app do not know of each other: divide it.
   */
  uint32_t calls_per_second;
  /**
   * The most bytes to send in a second, over all transfers; see
   * chatfile_client_set_rates(). 0: no limit.
   */
  uint64_t upload_rate;
  /** The most bytes to receive in a second, over all transfers. 0: no limit. */
  uint64_t download_rate;
  /**
   * Other addresses of the same service, separated by commas: URLs of the form of
   * base_url. Where that cannot be reached (name, connection, TLS), so that nothing
   * was sent, they are asked in turn; the one that was reached is asked first from
   * then on. None may be http:// if base_url is https://. NULL: none.
   */
  const char *fallback_urls;
  /**
   * Where hosts are, whatever the system says: "HOST:PORT:ADDRESS", separated by
   * commas; a host that is named several times has several addresses. Hosts that a
   * proxy resolves are not looked for here. NULL: nothing is said.
   */
  const char *resolve;
  /** Which addresses of hosts to connect to: CHATFILE_IP_ANY (0), _V4 or _V6. */
  chatfile_ip_version ip_version;
  /**
   * A proxy for everything: "http://user:password@host:port" (plain requests for
   * http, CONNECT for https), "https://..." (the same over TLS), "socks5h://...",
   * which all resolve the names of hosts, or "socks5://...", which is given
   * addresses; user name and password percent-encoded. An http proxy gets them by
   * Basic, or by Digest if it asks for that. "system": on Windows what the Internet
   * options of the user say (a script there is CHATFILE_E_UNSUPPORTED), elsewhere the
   * environment, as with proxy_from_environment. NULL: none.
   */
  const char *proxy;
  /**
   * Gives the user name and password for a proxy that asks for them, where its
   * URL has none, or none that it takes. NULL: nobody is asked.
   */
  chatfile_proxy_login_fn proxy_login;
  /** Handed to proxy_login. */
  void *proxy_login_user;
  /**
   * Hosts to reach without the proxy, separated by commas: names, with their
   * subdomains, addresses, networks ("10.0.0.0/8"), each alone or at a port
   * ("example.com:8080"); "*" for all. NULL: none.
   */
  const char *no_proxy;
  /**
   * Not 0: take the proxies from the environment (http_proxy, https_proxy,
   * all_proxy, no_proxy), now; not together with proxy. 0: the environment is not
   * looked at.
   */
  int32_t proxy_from_environment;
  /**
   * Not 0: let a service or host that is asked over https send us on to an
   * "http://" address, by a redirect or as its store, where anyone in between can
   * read and change the file. 0: that is refused, by
   * CHATFILE_E_BLOCKED_ADDRESS with this field.
   */
  int32_t allow_plain_http;
  /**
   * Not 0: send nothing to a loopback, link-local, private or other special-purpose
   * address if a message, a presigned request, an answer or a redirect says so
   * (CHATFILE_E_BLOCKED_ADDRESS with this field): for back-ends, which such a URL could
   * lead to hosts that nobody outside may reach. It is checked on the address that
   * is connected to. base_url and the proxies may be any; behind a proxy only the
   * proxy knows what a name stands for, so that only addresses and localhost are
   * refused. 0: they may lead anywhere.
   */
  int32_t refuse_private_addresses;
  /** How much to log. 0: CHATFILE_LOG_INFO. */
  chatfile_log_level log_level;
  /** Takes the lines of the log. NULL: none. */
  chatfile_log_fn log;
  /** Handed to log. */
  void *log_user;
  /**
   * Not 0: the error of a call that failed says what the call has done
   * (chatfile_error_trace()), which is kept in memory meanwhile, up to 64 KiB of it.
   * Whatever becomes of a call, its log says the same with CHATFILE_LOG_TRACE. 0: errors
   * have no trace.
   */
  int32_t trace;
  /**
   * Which CA certificates to trust besides ca_certificates: CHATFILE_TRUST_BOTH
   * (0), _BUILT_IN or _SYSTEM.
   */
  chatfile_trust trust;
  /** More CA certificates to trust: PEM (any number) or DER (one). NULL: none. */
  const void *ca_certificates;
  /** The number of bytes at ca_certificates. */
  size_t ca_certificates_size;
  /** A file with them instead, in UTF-8: not together with ca_certificates. NULL: none. */
  const char *ca_certificates_path;
  /**
   * A certificate chain that says who this client is: PEM, its own first, with a
   * NUL at the end. NULL: none.
   */
  const char *client_certificate;
  /**
   * The key that goes with it: PEM (PKCS#8, PKCS#1 or SEC1), with a NUL at the
   * end.
   */
  const char *client_key;
} chatfile_client_options;
/** Initialises a chatfile_client_options: all defaults. */
#define CHATFILE_CLIENT_OPTIONS_INIT { sizeof(chatfile_client_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/**
 * Opens a client without a service and without credentials. All it can do is
 * send what others have presigned: chatfile_send_presigned() and
 * chatfile_receive_presigned().
 *
 * Nothing is sent yet. options are copied. On success *out is a client that you
 * free with chatfile_client_free(). Fails with CHATFILE_E_NULL, _ARGUMENT, _TEXT,
 * _STRUCT, _UNSUPPORTED or _SYSTEM; chatfile_error_field() names the field.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_open_without_service(
    const chatfile_client_options *options,
    chatfile_client **out,
    chatfile_error **error);

/**
 * Frees a client and closes its connections. NULL is fine. No call may be using
 * it any more; of a list cursor it lives on in that, until it is free, too.
 */
CHATFILE_API void CHATFILE_CALL chatfile_client_free(chatfile_client *client);

/**
 * What the service of a client can do: one of the CHATFILE_CAN_ numbers, or several of
 * them, or-ed.
 */
typedef uint32_t chatfile_capability;

/** The service takes files. */
#define CHATFILE_CAN_UPLOAD 1
/** The service gives files back. */
#define CHATFILE_CAN_DOWNLOAD 2
/** Files can be deleted by the time of their upload. */
#define CHATFILE_CAN_DELETE_BY_TIME 4
/** A file can be protected by a share secret. */
#define CHATFILE_CAN_SHARE_SECRET 8
/** The service makes thumbnails of images. */
#define CHATFILE_CAN_THUMBNAIL 16
/** Requests can be presigned. */
#define CHATFILE_CAN_PRESIGN 32
/** A file can be deleted. */
#define CHATFILE_CAN_DELETE 64

/**
 * Large files are sent in parts, side by side, and can be gone on with after a
 * failure.
 */
#define CHATFILE_CAN_PARTS 128

/** What the service has already is not sent again. */
#define CHATFILE_CAN_INSTANT_UPLOAD 256
/** chatfile_info() and chatfile_exists(). */
#define CHATFILE_CAN_INFO 512
/** chatfile_list(). */
#define CHATFILE_CAN_LIST 1024
/** chatfile_upload_options.message. */
#define CHATFILE_CAN_MESSAGE 2048

/** What the service of this client can do, or-ed. 0 if client is NULL. */
CHATFILE_API chatfile_capability CHATFILE_CALL chatfile_client_capabilities(
    const chatfile_client *client);

/**
 * Sets the most bytes to send and to receive in a second, over all transfers of
 * this client, those under way too; 0 is no limit. May be called from any
 * thread. Fails with CHATFILE_E_NULL if client is NULL.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_client_set_rates(
    const chatfile_client *client,
    uint64_t upload_rate,
    uint64_t download_rate,
    chatfile_error **error);

/*
 * ===== Cancelling ========================================================
 *
 * A call ends early when the cancel handle fires that its options name; a transfer
 * also when its progress function says so.
 */

/**
 * Cancels the calls whose options name it, from any thread. It can be used once:
 * calls that begin after it was fired are cancelled, too. You own it: free it
 * with chatfile_cancel_free(), also while a call is using it.
 */
typedef struct chatfile_cancel chatfile_cancel;

/** A cancel handle; never NULL. */
CHATFILE_API chatfile_cancel *CHATFILE_CALL chatfile_cancel_new(void);

/**
 * Cancels: calls that it was given to return CHATFILE_E_CANCELLED within 100 ms,
 * also from a blocked read, write or connect of the network; a callback of yours, and a
 * file system that hangs, have to come back first. Other calls of the same client go on.
 * Does not wait. NULL is fine. May be called from any thread, not from a signal handler.
 */
CHATFILE_API void CHATFILE_CALL chatfile_cancel_fire(const chatfile_cancel *cancel);

/** Frees a cancel handle, which no other thread may be firing. NULL is fine. */
CHATFILE_API void CHATFILE_CALL chatfile_cancel_free(chatfile_cancel *cancel);

/**
 * Says whether a call is to stop: 0 to go on, anything else cancels it. Called on the
 * thread that made the call. May make other calls. Must not throw, longjmp, or free
 * the client or the cancel handle.
 */
typedef int32_t (CHATFILE_CALL *chatfile_stop_fn)(void *user);

/**
 * A cancel handle that is also asked: during each call that it is given to, stop is
 * called with user at least 4 times a second on the thread that made the call, whatever
 * that waits for besides the file system; by several at once, if several make calls with the handle. So a
 * program with one thread can look after other things meanwhile, and stop calls
 * that report no progress, too. NULL if stop is.
 */
CHATFILE_API chatfile_cancel *CHATFILE_CALL chatfile_cancel_new_asking(
    chatfile_stop_fn stop,
    void *user);

/*
 * ===== Progress ==========================================================
 *
 * A transfer says how far it has come to a function that its options name.
 */

/** What a call is doing: one of the CHATFILE_ACTIVITY_ numbers. */
typedef uint32_t chatfile_activity;

/** It waits, for an answer, for its turn, or to try again. */
#define CHATFILE_ACTIVITY_WAITING 0
/** It looks for a host and connects, through a proxy and with TLS where there are. */
#define CHATFILE_ACTIVITY_CONNECTING 1
/** It sends the file. */
#define CHATFILE_ACTIVITY_SENDING 2
/** It receives the file. */
#define CHATFILE_ACTIVITY_RECEIVING 3

/**
 * It reads the file before it sends it, or once more: for a hash that the service
 * knows it by, to compare what has arrived of an earlier upload, or for a digest that
 * was asked for.
 */
#define CHATFILE_ACTIVITY_HASHING 4

/** It gets a token, or another permission of the storage. */
#define CHATFILE_ACTIVITY_RENEWING 5

/** How far a transfer has come. Counts bytes of the file, not of its encoding. */
typedef struct chatfile_progress {
  /**
   * The size of this structure in the library that calls you: fields of your header
   * that lie beyond it are not there.
   */
  size_t struct_size;
  /**
   * Bytes moved so far. Never falls, also when an attempt is repeated, unless a
   * download had to begin anew because the file at the service had become
   * shorter. Equals total in the last report only, when the service has said yes
   * (or for an empty file).
   */
  uint64_t done;
  /** The size of the file; 0 while it is not known. */
  uint64_t total;
  /** 1 if total is known. */
  int32_t total_known;
  /** 1 in the last report, which a failed transfer never makes. */
  int32_t finished;
  /**
   * What the call is doing: CHATFILE_ACTIVITY_WAITING (0), _CONNECTING, _SENDING,
   * _RECEIVING, _HASHING or _RENEWING.
   */
  chatfile_activity activity;
  /** Nothing yet. */
  uint32_t reserved;
  /**
   * Bytes that have been read for a hash, while activity is CHATFILE_ACTIVITY_HASHING;
   * else those of the last time. Begins anew with each reading.
   */
  uint64_t hashed;
  /** Bytes that are to be read for it. */
  uint64_t hash_total;
  /** Bytes of the file in a second, over the last seconds; 0 while it is not known. */
  uint64_t rate;
  /** Milliseconds until all bytes have moved, at that rate; -1 while it cannot be told. */
  int64_t remaining_ms;
} chatfile_progress;

/**
 * Reports progress: once at the start, then at least 4 and at most 20 times a
 * second, and once at the end if all went well. While nothing moves, whatever
 * the call waits for besides the file system (which may take a while to have a finished
 * file on its disk), the same numbers come again: a program with one thread can
 * do its other work here, and stop the call. Called on the calling thread.
 * progress is valid during the call only. Return 0 to go on; anything else stops
 * the transfer with CHATFILE_E_CALLBACK (in the last report it is too late, and
 * ignored). Must not throw, longjmp, or free the client.
 */
typedef int32_t (CHATFILE_CALL *chatfile_progress_fn)(
    void *user,
    const chatfile_progress *progress);

/*
 * ===== Uploading =========================================================
 *
 * What is uploaded is a source: a file, bytes in memory, or what a function produces.
 */

/**
 * Produces bytes of a source: puts up to capacity of them at buffer, stores
 * their number in *size (0 at the end of the data), and returns 0. Anything else
 * stops the transfer with CHATFILE_E_CALLBACK, and a number above capacity with
 * CHATFILE_E_SOURCE. After the last byte it is called once more and has to store 0; a stream that waits for more there holds up the call. Must
 * not throw or longjmp.
 */
typedef int32_t (CHATFILE_CALL *chatfile_read_fn)(
    void *user,
    void *buffer,
    size_t capacity,
    size_t *size);

/**
 * Goes back to the first byte of a source and returns 0. Anything else stops the
 * transfer with CHATFILE_E_CALLBACK. Must not throw or longjmp.
 */
typedef int32_t (CHATFILE_CALL *chatfile_rewind_fn)(void *user);

/**
 * A size that is not known: of what read of a chatfile_source produces, or of the file
 * that chatfile_presign_upload() makes a request for.
 */
#define CHATFILE_SIZE_UNKNOWN (~(uint64_t)0)

/** What to upload. Set exactly one of path, data and read. */
typedef struct chatfile_source {
  /** Set by CHATFILE_SOURCE_INIT. */
  size_t struct_size;
  /**
   * A regular file, in UTF-8. It must not change during the call, or the call
   * fails with CHATFILE_E_SOURCE_CHANGED. What the system makes up as it is read
   * (/proc) has no size, and is CHATFILE_E_SOURCE.
   */
  const char *path;
  /**
   * Bytes in memory; read during the call, never copied whole. Not NULL also
   * for no bytes.
   */
  const void *data;
  /** The number of bytes at data; 0 without data. */
  size_t data_size;
  /** Produces the bytes; called on the calling thread. */
  chatfile_read_fn read;
  /**
   * Goes back to the first byte. Without it an upload is not tried again once
   * its first byte went out, SMH is not asked whether it has the bytes, and
   * CHATFILE_NETEASE_METHOD_BASE64 and CHATFILE_OPENIM_METHOD_PARTS are not possible. Not needed
   * where the length is CHATFILE_SIZE_UNKNOWN.
   */
  chatfile_rewind_fn rewind;
  /** Handed to read and rewind. */
  void *user;
  /**
   * The exact number of bytes that read will produce; 0 are none. Behind them read
   * is called once more, and has to say that the data are at an end: the call fails
   * with CHATFILE_E_SOURCE if it gives fewer, or more. What does not end by itself
   * (a pipe that stays open) has to be ended by read.
   *
   * CHATFILE_SIZE_UNKNOWN: as many as read produces until it says that they are at an
   * end. The services have to be told the length of a request before its first byte.
   * So SMH gets such bytes in parts as they come, of which a few are kept until they are
   * sent, and elsewhere, or where the upload is to be resumed, all are kept first: in a
   * file that nobody else can open, in the system's folder for temporary files (TMPDIR;
   * TMP on Windows), and no more than the service takes (else CHATFILE_E_LIMIT).
   *
   * 0 without read.
   */
  uint64_t length;
} chatfile_source;
/** Initialises a chatfile_source: all defaults. */
#define CHATFILE_SOURCE_INIT { sizeof(chatfile_source), 0, 0, 0, 0, 0, 0, 0 }

/** What a service's message about a file shows: one of the CHATFILE_MESSAGE_ numbers. */
typedef uint32_t chatfile_message_kind;

/** No message is made. */
#define CHATFILE_MESSAGE_NONE 0
/** What the media type says: an image, audio or a video; anything else is a file. */
#define CHATFILE_MESSAGE_AUTOMATIC 1
/** A file to download. */
#define CHATFILE_MESSAGE_FILE 2
/** A picture. */
#define CHATFILE_MESSAGE_IMAGE 3
/** Sound. */
#define CHATFILE_MESSAGE_AUDIO 4
/** A video. */
#define CHATFILE_MESSAGE_VIDEO 5

/** Options of an upload. */
typedef struct chatfile_upload_options {
  /** Set by CHATFILE_UPLOAD_OPTIONS_INIT. */
  size_t struct_size;
  /** The name to store, in UTF-8. NULL: that of the path, or "file". */
  const char *file_name;
  /**
   * The media type to store; NetEase takes at most 128 characters, and deletes by
   * it. NULL: what the name's extension suggests, or else the first bytes show (of a read
   * callback only with message, for it is not touched before there is a connection), or
   * "application/octet-stream".
   */
  const char *media_type;
  /** Reports progress, and can stop the upload. NULL: none. */
  chatfile_progress_fn progress;
  /** Handed to progress. */
  void *progress_user;
  /** Can end the upload before it is done. NULL: nothing does. */
  const struct chatfile_cancel *cancel;
  /**
   * Where files are sent in parts (CHATFILE_CAN_PARTS): how many of them side by
   * side, at most 16, each with a thread and a connection while the call lasts.
   * What a read callback gives is sent one part after the other. 0: 4.
   */
  uint32_t parallel_parts;
  /**
   * Not 0: what has arrived of an upload in parts is kept when it fails, and
   * chatfile_error_resume_token() says how to go on with it. A file is then sent
   * in parts whenever it makes more than one (SMH: 2 MiB, OpenIM: 5 MiB), unless a
   * method is asked for. 0: the service is told to throw it away, if it can be
   * told.
   */
  int32_t resumable;
  /**
   * chatfile_error_resume_token() of an earlier call for the same file and name.
   * What has arrived is compared with the file and not sent again; a file that
   * has changed is sent from the start. As with resumable, which it implies.
   * NULL: none.
   */
  const char *resume_token;
  /**
   * A file (its path in UTF-8) that keeps what a resume token says, so that it
   * survives your program. It is made when parts are sent, gone on with if it is
   * there, and removed when the upload has succeeded; one upload at a time can
   * use it (CHATFILE_E_CHECKPOINT). A file that no upload of this user has left is
   * not touched (CHATFILE_E_ARGUMENT, or _CHECKPOINT if it is no file but a link), but for
   * one of nothing but zeros, as a power cut makes one of a checkpoint.
   * Not together with resume_token; implies resumable. NULL: none.
   */
  const char *checkpoint;
  /**
   * Not 0: the MD5 of what is sent is computed on the way, for
   * chatfile_upload_result_md5(). What other threads have sent (parts side by side), or an
   * earlier call, is read once more for it before the upload is completed. 0: none.
   */
  int32_t compute_md5;
  /** Not 0: the same with the SHA-256, for chatfile_upload_result_sha256(). 0: none. */
  int32_t compute_sha256;
  /**
   * Not 0: the same with the CRC-64, for chatfile_upload_result_crc64(); at SMH, that of
   * the parts is made of theirs, and nothing is read once more for it. 0: none.
   */
  int32_t compute_crc64;
  /**
   * What the service's own message about the file shows, if one is to be made:
   * CHATFILE_MESSAGE_NONE (0), _AUTOMATIC, _FILE, _IMAGE, _AUDIO or _VIDEO. It is then in
   * chatfile_upload_result_message(), ready to send. CHATFILE_E_UNSUPPORTED where
   * the service has no messages (SMH), or a presigned upload has no URL before it is
   * completed.
   */
  chatfile_message_kind message;
  /**
   * What the message says of the width of a picture or video, in pixels; with
   * media_height, and only with message. 0: that in the first 256 KiB of a picture (JPEG,
   * PNG, GIF, WebP, BMP, HEIC, AVIF), as it is shown: turned as Exif data of a JPEG and the
   * box "irot" of a HEIC say.
   */
  uint32_t media_width;
  /** The same of the height; with media_width. 0: as there. */
  uint32_t media_height;
  /**
   * What the message says of how long it plays; only with message. Services that count
   * in seconds are told whole ones, rounded up. 0: nothing.
   */
  uint32_t media_duration_ms;
  /** What Easemob alone can do. NULL: nothing of it. */
  const struct chatfile_easemob_upload *easemob;
  /** What NetEase alone can do. NULL: nothing of it. */
  const struct chatfile_netease_upload *netease;
  /** What Huawei alone can do. NULL: nothing of it. */
  const struct chatfile_huawei_upload *huawei;
  /** What Tencent SMH alone can do. NULL: nothing of it. */
  const struct chatfile_smh_upload *smh;
  /** What OpenIM alone can do. NULL: nothing of it. */
  const struct chatfile_openim_upload *openim;
} chatfile_upload_options;
/** Initialises a chatfile_upload_options: all defaults. */
#define CHATFILE_UPLOAD_OPTIONS_INIT { sizeof(chatfile_upload_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/** A stored file. You own it: free it with chatfile_upload_result_free(). */
typedef struct chatfile_upload_result chatfile_upload_result;

/**
 * Uploads a file. Blocks until the service has it, or has refused it.
 *
 * May fail with any status. Limits known beforehand (CHATFILE_E_LIMIT) are
 * checked before anything is sent. An upload that is tried again, because its
 * answer was lost, may leave a second copy where the service names files itself and
 * takes none back. One in parts that fails can be gone on with: see the options
 * resumable, resume_token and checkpoint.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_upload(
    const chatfile_client *client,
    const chatfile_source *source,
    const chatfile_upload_options *options,
    chatfile_upload_result **out,
    chatfile_error **error);

/**
 * What names the file in chatfile_download(): each service has a kind of name of its
 * own. NULL only if result is NULL.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_upload_result_file(
    const chatfile_upload_result *result);

/**
 * The URL to put into a message, as the service gave it, but for what no URL can
 * hold, which is percent-encoded here. NULL where files have no lasting URL, or none
 * yet (a presigned upload that is not completed).
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_upload_result_url(
    const chatfile_upload_result *result);

/** The secret that a download of this file needs; NULL if it needs none. */
CHATFILE_API const char *CHATFILE_CALL chatfile_upload_result_share_secret(
    const chatfile_upload_result *result);

/** Bytes of the file; 0 if result is NULL. */
CHATFILE_API uint64_t CHATFILE_CALL chatfile_upload_result_size(
    const chatfile_upload_result *result);

/** 1 if the service had these bytes already, so that none were sent; else 0. */
CHATFILE_API int32_t CHATFILE_CALL chatfile_upload_result_instant(
    const chatfile_upload_result *result);

/**
 * How often the upload was tried, 1 or more; of several requests, the one that was
 * tried most. 0 if result is NULL.
 */
CHATFILE_API uint32_t CHATFILE_CALL chatfile_upload_result_attempts(
    const chatfile_upload_result *result);

/**
 * The MD5 of what was sent, in 32 lower-case hexadecimal digits; NULL unless the
 * option compute_md5 was set, or a message says it (NetEase).
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_upload_result_md5(
    const chatfile_upload_result *result);

/**
 * The SHA-256 of what was sent, in 64 lower-case hexadecimal digits; NULL unless the
 * option compute_sha256 was set.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_upload_result_sha256(
    const chatfile_upload_result *result);

/**
 * The CRC-64 (CRC-64/XZ) of what was sent, as services write it: an unsigned decimal
 * number; NULL unless the option compute_crc64 was set.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_upload_result_crc64(
    const chatfile_upload_result *result);

/**
 * What the service's own message about the file says, as JSON: what the vendor's SDKs, or
 * the call that sends messages, take (the page of each service says it). It may hold the
 * share secret. NULL unless the option message was set.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_upload_result_message(
    const chatfile_upload_result *result);

/**
 * What the service calls messages of this kind: "1", "img", "102" or "IMAGE" for a
 * picture, as the service has it. NULL unless the option message was set.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_upload_result_message_type(
    const chatfile_upload_result *result);

/**
 * What the content of the file is known by, for chatfile_smh_upload.content_cas of an
 * upload that overwrites it; NULL where the service does not say.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_upload_result_content_cas(
    const chatfile_upload_result *result);

/** Frees a result. NULL is fine. */
CHATFILE_API void CHATFILE_CALL chatfile_upload_result_free(
    chatfile_upload_result *result);

/**
 * Which upload chatfile_abort_upload() is about, by exactly one of a resume token and a
 * checkpoint; and its options.
 */
typedef struct chatfile_abort_upload_options {
  /** Set by CHATFILE_ABORT_UPLOAD_OPTIONS_INIT. */
  size_t struct_size;
  /** Can end the call before it is done. NULL: nothing does. */
  const struct chatfile_cancel *cancel;
  /**
   * What chatfile_error_resume_token() gave. One that is not of this account is
   * CHATFILE_E_ARGUMENT. NULL: the checkpoint says which upload it is.
   */
  const char *resume_token;
  /**
   * A file that chatfile_upload_options.checkpoint has made (its path in UTF-8). It is removed
   * when the service has thrown the upload away. One that an upload is using, or that is
   * not there, is CHATFILE_E_CHECKPOINT; what is no checkpoint of this account is
   * CHATFILE_E_ARGUMENT; neither is touched. NULL: the resume token says which upload it is.
   */
  const char *checkpoint;
} chatfile_abort_upload_options;
/** Initialises a chatfile_abort_upload_options: all defaults. */
#define CHATFILE_ABORT_UPLOAD_OPTIONS_INIT { sizeof(chatfile_abort_upload_options), 0, 0, 0 }

/**
 * Makes the service throw away what it has kept of an upload in parts that was
 * broken off: the one that the options name by its resume token or its checkpoint, of which
 * exactly one has to be set. An upload that the service does not know any more counts as
 * done; a file that is complete stays. client is one of the account that made the upload.
 *
 * Fails with CHATFILE_E_ARGUMENT if the options name none or two, or one that is not of
 * this account, with CHATFILE_E_UNSUPPORTED where an upload cannot be thrown away (OpenIM
 * forgets it in a week, its storage perhaps sooner), and may fail with any other status.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_abort_upload(
    const chatfile_client *client,
    const chatfile_abort_upload_options *options,
    chatfile_error **error);

/*
 * ===== Downloading =======================================================
 *
 * Where the bytes go is a sink: a file, memory, or a function that takes them.
 */

/**
 * Takes all size bytes at data and returns 0. Anything else stops the transfer
 * with CHATFILE_E_CALLBACK. Must not throw or longjmp.
 */
typedef int32_t (CHATFILE_CALL *chatfile_write_fn)(
    void *user,
    const void *data,
    size_t size);

/** Where to put what is downloaded. Set exactly one of path, write and to_memory. */
typedef struct chatfile_sink {
  /** Set by CHATFILE_SINK_INIT. */
  size_t struct_size;
  /**
   * A file, in UTF-8. The bytes arrive under a temporary name in the same
   * folder; the file gets its name, replacing one that exists, when all is
   * well and on the disk, with the permissions of what it replaces. On any error
   * the target is as it was. A symbolic link is replaced, not followed. A device,
   * FIFO, socket or folder is CHATFILE_E_SINK before anything is sent, and so is,
   * on Windows, a file that another program has open and lets nobody replace.
   */
  const char *path;
  /**
   * Takes the bytes; called on the calling thread. What it got before an error
   * cannot be taken back: a further attempt is made only if the service can go
   * on where the last one broke off.
   */
  chatfile_write_fn write;
  /** Handed to write. */
  void *user;
  /** Not 0: the bytes are kept in memory, for chatfile_download_result_data(). */
  int32_t to_memory;
  /** Leave it 0. */
  int32_t reserved;
} chatfile_sink;
/** Initialises a chatfile_sink: all defaults. */
#define CHATFILE_SINK_INIT { sizeof(chatfile_sink), 0, 0, 0, 0, 0 }

/**
 * Of what kind of file a small picture is wanted: one of the CHATFILE_THUMBNAIL_
 * numbers.
 */
typedef uint32_t chatfile_thumbnail_kind;

/** The file itself. */
#define CHATFILE_THUMBNAIL_NONE 0
/** A small picture of an image. */
#define CHATFILE_THUMBNAIL_IMAGE 1
/** A picture of a video, its first frame. */
#define CHATFILE_THUMBNAIL_VIDEO 2

/** Options of a download. */
typedef struct chatfile_download_options {
  /** Set by CHATFILE_DOWNLOAD_OPTIONS_INIT. */
  size_t struct_size;
  /**
   * A file of more bytes is refused with CHATFILE_E_LIMIT, at the latest when it
   * has arrived so far. 0: no limit.
   */
  uint64_t max_size;
  /**
   * The first byte that is wanted, counted from 0, for a preview, or to go on by hand. At the
   * end of the file there is nothing, which is a success; behind it CHATFILE_E_LIMIT. With
   * this or length, max_size and progress are about the part alone, expected_size is compared
   * with the whole size that the answer states, and expected_md5 and its like, which are of
   * the whole file, are CHATFILE_E_ARGUMENT. Of a server that serves no ranges the bytes before are
   * received and passed over. Huawei cannot do it (CHATFILE_E_UNSUPPORTED). 0: from the start.
   */
  uint64_t offset;
  /**
   * How many bytes are wanted; a file that ends before has fewer:
   * chatfile_download_result_size() says how many have come. 0: all that follow.
   */
  uint64_t length;
  /**
   * How many bytes the file has to have, as the message that names it says. Another
   * size is CHATFILE_E_INTEGRITY, before the first byte is taken if the answer states its
   * length, and no file is left: so a page that a portal answers with is told from the
   * file. What differs is in chatfile_error_field(), both values are in the message. Such
   * an error is not retried. 0: not checked.
   */
  uint64_t expected_size;
  /**
   * Not 0: expected_size is 0, and meant: the file has to be empty. CHATFILE_E_ARGUMENT with
   * another expected_size.
   */
  int32_t expect_empty;
  /**
   * The MD5 that the file has to have: 32 hexadecimal digits. It is compared when all has
   * arrived, also of a download that was resumed; another one is CHATFILE_E_INTEGRITY, and
   * no file is left, but a write callback has got the bytes by then. NULL: not checked.
   */
  const char *expected_md5;
  /**
   * The SHA-256 that the file has to have: 64 hexadecimal digits; as with expected_md5.
   * NULL: not checked.
   */
  const char *expected_sha256;
  /**
   * The CRC-64 (CRC-64/XZ) that the file has to have, as services write it: an unsigned
   * decimal number; as with expected_md5. NULL: not checked.
   */
  const char *expected_crc64;
  /**
   * The page that the file is said to be for, which goes as the header field Referer with
   * the requests that fetch it, redirected ones too: hosts with hot-link protection want
   * that of a page that may show it. NULL: none is said.
   */
  const char *referer;
  /**
   * Whether a small picture comes in place of the file, and of what kind of file:
   * CHATFILE_THUMBNAIL_NONE (0), _IMAGE or _VIDEO. Where none can be made of it, the file
   * itself may come. CHATFILE_E_UNSUPPORTED where the service makes none (Huawei), and of
   * videos at OpenIM.
   */
  chatfile_thumbnail_kind thumbnail;
  /**
   * The width of that picture at most, in pixels; the proportions stay. Only with thumbnail,
   * and CHATFILE_E_UNSUPPORTED at Easemob, where the upload says it, and CHATFILE_E_LIMIT
   * above what the service makes. 0: as the height
   * demands; if that is not said either: what the upload asked for (Easemob), the image's own
   * size (OpenIM, also above 1,024), elsewhere 170 by 170.
   */
  uint32_t thumbnail_width;
  /** The height of that picture at most, as the width. 0: as there. */
  uint32_t thumbnail_height;
  /**
   * Not 0: when a download to a path fails, what has arrived is kept as NAME.part
   * and NAME.part.json, if the service names the version of the file (ETag); the
   * next call for the same file and path goes on from there, if the version is
   * still the same. Only what an earlier call of this user has left is gone on
   * with; anything else of these names is CHATFILE_E_SINK. After a power cut, what
   * was not on the disk is fetched again. Huawei cannot do it. 0: nothing is kept.
   */
  int32_t resume;
  /**
   * Not 0: when a download to a path has succeeded, no power cut takes the file back: it is
   * synced before it gets its name, and its folder behind that (on Windows, which syncs no
   * folders, the file once more). If that fails, the call fails with CHATFILE_E_SINK although
   * the file is in its place. A folder that cannot be synced because it may not be read is
   * found before anything is sent. 0: the bytes are synced; after a power cut the name may
   * still stand for the old file, or for none.
   */
  int32_t durable;
  /**
   * How many ranges of the file are fetched side by side when it goes to a path and is
   * larger than 256 KiB: 1 to 16. Each has a thread and a connection while the call lasts. All
   * are of one version: where the service names none or serves no ranges, and to memory or
   * a callback, the bytes come one after the other. Huawei cannot do it
   * (CHATFILE_E_UNSUPPORTED). 0: 1.
   */
  uint32_t parallel_parts;
  /** Reports progress, and can stop the download. NULL: none. */
  chatfile_progress_fn progress;
  /** Handed to progress. */
  void *progress_user;
  /** Can end the download before it is done. NULL: nothing does. */
  const struct chatfile_cancel *cancel;
  /** What Easemob alone can do. NULL: nothing of it. */
  const struct chatfile_easemob_download *easemob;
  /** What Huawei has to be told; required there. */
  const struct chatfile_huawei_download *huawei;
  /** What Tencent SMH alone can do. NULL: nothing of it. */
  const struct chatfile_smh_download *smh;
  /** What OpenIM alone can do. NULL: nothing of it. */
  const struct chatfile_openim_download *openim;
} chatfile_download_options;
/** Initialises a chatfile_download_options: all defaults. */
#define CHATFILE_DOWNLOAD_OPTIONS_INIT { sizeof(chatfile_download_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/**
 * A file that has arrived, or a part of one. You own it: free it with
 * chatfile_download_result_free().
 */
typedef struct chatfile_download_result chatfile_download_result;

/**
 * Downloads the file that file names: what chatfile_upload_result_file() gave, or
 * what a message carries; the section of its service has what that is. Blocks until
 * it is complete and in its place.
 *
 * May fail with any status; a target file is then as it was, and no other file
 * is left but those that the option resume asks for.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_download(
    const chatfile_client *client,
    const char *file,
    const chatfile_sink *sink,
    const chatfile_download_options *options,
    chatfile_download_result **out,
    chatfile_error **error);

/**
 * Bytes that have arrived: those of the file, or of the part of it that was asked
 * for; 0 if result is NULL.
 */
CHATFILE_API uint64_t CHATFILE_CALL chatfile_download_result_size(
    const chatfile_download_result *result);

/**
 * 1 with the size of the whole file in bytes (also if a part of it was asked for) in *out if
 * it is known, else 0 with 0 in *out. out may be NULL.
 */
CHATFILE_API int32_t CHATFILE_CALL chatfile_download_result_file_size(
    const chatfile_download_result *result,
    uint64_t *out);

/**
 * The bytes, chatfile_download_result_size() of them, if the sink had to_memory;
 * else NULL.
 */
CHATFILE_API const void *CHATFILE_CALL chatfile_download_result_data(
    const chatfile_download_result *result);

/** The media type, as the service states it; NULL if it does not. */
CHATFILE_API const char *CHATFILE_CALL chatfile_download_result_media_type(
    const chatfile_download_result *result);

/**
 * How the bytes are coded ("gzip", for example), if the answer says so though
 * nothing but the bytes as they are was asked for; else NULL. They are as they
 * came: to have the file, undo it.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_download_result_content_encoding(
    const chatfile_download_result *result);

/** How often the download was tried, 1 or more; 0 if result is NULL. */
CHATFILE_API uint32_t CHATFILE_CALL chatfile_download_result_attempts(
    const chatfile_download_result *result);

/** Frees a result with the bytes it holds. NULL is fine. */
CHATFILE_API void CHATFILE_CALL chatfile_download_result_free(
    chatfile_download_result *result);

/*
 * ===== Looking at files ==================================================
 *
 * What a service says of the files and folders that it has, without fetching them.
 */

/** Options of chatfile_info() and chatfile_exists(). */
typedef struct chatfile_info_options {
  /** Set by CHATFILE_INFO_OPTIONS_INIT. */
  size_t struct_size;
  /** Can end the call before it is done. NULL: nothing does. */
  const struct chatfile_cancel *cancel;
} chatfile_info_options;
/** Initialises a chatfile_info_options: all defaults. */
#define CHATFILE_INFO_OPTIONS_INIT { sizeof(chatfile_info_options), 0 }

/**
 * What a service says of a file or a folder. One of chatfile_info() is yours: free
 * it with chatfile_file_info_free(). One of chatfile_listing_entry() belongs to the
 * list. What the service does not say is NULL.
 */
typedef struct chatfile_file_info chatfile_file_info;

/**
 * What the service says of a file, which file names as for chatfile_download().
 *
 * Fails with CHATFILE_E_NOT_FOUND if there is no such file, with
 * CHATFILE_E_UNSUPPORTED where CHATFILE_CAN_INFO is not set, and may fail with any
 * other status.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_info(
    const chatfile_client *client,
    const char *file,
    const chatfile_info_options *options,
    chatfile_file_info **out,
    chatfile_error **error);

/**
 * Whether there is a file of this name: *out is 1 if there is, else 0, on failure
 * too. Otherwise as chatfile_info(), but that a file which is not there is no error.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_exists(
    const chatfile_client *client,
    const char *file,
    const chatfile_info_options *options,
    int32_t *out,
    chatfile_error **error);

/** Its name without the folder. */
CHATFILE_API const char *CHATFILE_CALL chatfile_file_info_name(
    const chatfile_file_info *info);

/**
 * What it is, as the service writes it (SMH: "file", "dir", "image", "video",
 * "symlink" or "virtual").
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_file_info_kind(
    const chatfile_file_info *info);

/**
 * 1 with its bytes in *out if they are known, else 0 with 0 in *out. out may be
 * NULL.
 */
CHATFILE_API int32_t CHATFILE_CALL chatfile_file_info_size(
    const chatfile_file_info *info,
    uint64_t *out);

/**
 * The CRC-64 (CRC-64/XZ) of its bytes, an unsigned decimal number, or NULL.
 * chatfile_digest_text() computes it.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_file_info_crc64(
    const chatfile_file_info *info);

/**
 * What it is known by at the store, without quotes: the MD5 of a file that came in
 * one request.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_file_info_etag(
    const chatfile_file_info *info);

/** Its media type. */
CHATFILE_API const char *CHATFILE_CALL chatfile_file_info_media_type(
    const chatfile_file_info *info);

/**
 * When it came to be at the service, as the service writes it (SMH: like
 * "2022-07-26T02:58:09.000Z").
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_file_info_creation_time(
    const chatfile_file_info *info);

/** When it was last changed there. */
CHATFILE_API const char *CHATFILE_CALL chatfile_file_info_modification_time(
    const chatfile_file_info *info);

/** When it was made where it comes from, as the upload said. */
CHATFILE_API const char *CHATFILE_CALL chatfile_file_info_local_creation_time(
    const chatfile_file_info *info);

/** When it was last changed where it comes from, as the upload said. */
CHATFILE_API const char *CHATFILE_CALL chatfile_file_info_local_modification_time(
    const chatfile_file_info *info);

/** The number of labels that it was given. */
CHATFILE_API size_t CHATFILE_CALL chatfile_file_info_label_count(
    const chatfile_file_info *info);

/** A label, from index 0; NULL if there is none. */
CHATFILE_API const char *CHATFILE_CALL chatfile_file_info_label(
    const chatfile_file_info *info,
    size_t index);

/** The category that it was given. */
CHATFILE_API const char *CHATFILE_CALL chatfile_file_info_category(
    const chatfile_file_info *info);

/** Where anybody can get it without a token, for a while (SMH: some two hours). */
CHATFILE_API const char *CHATFILE_CALL chatfile_file_info_url(
    const chatfile_file_info *info);

/** What its content is known by, for chatfile_smh_upload.content_cas. */
CHATFILE_API const char *CHATFILE_CALL chatfile_file_info_content_cas(
    const chatfile_file_info *info);

/**
 * Which version of the file it is, for chatfile_smh_download.version. Only in a list of
 * versions (chatfile_list_options.versions), and NULL for the present one, or a number
 * of its own.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_file_info_version(
    const chatfile_file_info *info);

/** Frees what chatfile_info() gave; not an entry of a list. NULL is fine. */
CHATFILE_API void CHATFILE_CALL chatfile_file_info_free(chatfile_file_info *info);

/** Which of what is in a folder chatfile_list() gives. */
typedef struct chatfile_list_options {
  /** Set by CHATFILE_LIST_OPTIONS_INIT. */
  size_t struct_size;
  /** chatfile_listing_next_marker() of the list before. NULL: from the start. */
  const char *marker;
  /** The most entries; the service may give fewer. 0: what it finds fit (SMH: 20). */
  uint32_t limit;
  /**
   * Not 0: list the versions of a file, which stands in the place of the folder then:
   * first the present one, then the older ones, from the newest on.
   * chatfile_file_info_version() names each for a download.
   */
  int32_t versions;
  /** Can end the call before it is done. NULL: nothing does. */
  const struct chatfile_cancel *cancel;
} chatfile_list_options;
/** Initialises a chatfile_list_options: all defaults. */
#define CHATFILE_LIST_OPTIONS_INIT { sizeof(chatfile_list_options), 0, 0, 0, 0 }

/**
 * Some of what is in a folder, or of the versions of a file. You own it: free it with
 * chatfile_listing_free().
 */
typedef struct chatfile_listing chatfile_listing;

/**
 * Lists some of what is in a folder: directory is its path with / between the
 * names, "" the root. With the option versions, the versions of the file directory
 * instead. For the rest of a long list, call again with the marker of the one before
 * until there is none, or go through it with a chatfile_list_cursor.
 *
 * Fails with CHATFILE_E_NOT_FOUND if there is no such folder, with
 * CHATFILE_E_UNSUPPORTED where CHATFILE_CAN_LIST is not set, and may fail with any
 * other status.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_list(
    const chatfile_client *client,
    const char *directory,
    const chatfile_list_options *options,
    chatfile_listing **out,
    chatfile_error **error);

/** The number of files and folders in the list. */
CHATFILE_API size_t CHATFILE_CALL chatfile_listing_count(const chatfile_listing *listing);

/**
 * A file or folder of the list, from index 0; NULL if there is none. It belongs to
 * the list: do not free it.
 */
CHATFILE_API const chatfile_file_info *CHATFILE_CALL chatfile_listing_entry(
    const chatfile_listing *listing,
    size_t index);

/**
 * Where the next list begins, for chatfile_list_options.marker; NULL if these were
 * the last.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_listing_next_marker(
    const chatfile_listing *listing);

/**
 * A walk through a folder: gives one entry after the other, and asks for the next list
 * when it is needed. Not for several threads at once. You own it: free it with
 * chatfile_list_cursor_free(), but not in a callback of its own call.
 */
typedef struct chatfile_list_cursor chatfile_list_cursor;

/**
 * Begins to go through all that is in a folder, as chatfile_list() lists it: from the
 * marker of the options on, and limit is that of each list. Nothing is asked yet. The
 * options are copied. The client and the cancel handle of the options are kept until the
 * cursor is free: you may free yours, but what the client calls back has to be good so long.
 *
 * Fails with CHATFILE_E_NULL, _TEXT or _STRUCT, and with CHATFILE_E_UNSUPPORTED where
 * CHATFILE_CAN_LIST is not set.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_list_cursor_new(
    const chatfile_client *client,
    const char *directory,
    const chatfile_list_options *options,
    chatfile_list_cursor **out,
    chatfile_error **error);

/**
 * Gives the next file or folder in *out, or NULL behind the last, which is a success,
 * too. It belongs to the cursor and lives until the next call: do not free it.
 *
 * Fails as chatfile_list(), with NULL in *out; the next call asks for the same list
 * again. Called from a callback of its own call it fails with CHATFILE_E_ARGUMENT.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_list_cursor_next(
    chatfile_list_cursor *cursor,
    const chatfile_file_info **out,
    chatfile_error **error);

/** Frees a cursor with the entry that it has given. NULL is fine. */
CHATFILE_API void CHATFILE_CALL chatfile_list_cursor_free(chatfile_list_cursor *cursor);

/** Frees a list with its entries. NULL is fine. */
CHATFILE_API void CHATFILE_CALL chatfile_listing_free(chatfile_listing *listing);

/*
 * ===== Deleting ==========================================================
 *
 * Of one file. chatfile_delete_by_time() stands with the service that can do it.
 */

/** Options of a deletion. */
typedef struct chatfile_delete_options {
  /** Set by CHATFILE_DELETE_OPTIONS_INIT. */
  size_t struct_size;
  /** Can end the call before it is done. NULL: nothing does. */
  const struct chatfile_cancel *cancel;
  /** What Tencent SMH alone can do. NULL: nothing of it. */
  const struct chatfile_smh_delete *smh;
} chatfile_delete_options;
/** Initialises a chatfile_delete_options: all defaults. */
#define CHATFILE_DELETE_OPTIONS_INIT { sizeof(chatfile_delete_options), 0, 0 }

/**
 * A deletion that the service has accepted. You own it: free it with
 * chatfile_delete_result_free().
 */
typedef struct chatfile_delete_result chatfile_delete_result;

/**
 * Deletes a file, which file names as for chatfile_download().
 *
 * Fails with CHATFILE_E_NOT_FOUND if there is no such file, with
 * CHATFILE_E_UNSUPPORTED where CHATFILE_CAN_DELETE is not set, and may fail with any
 * other status.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_delete(
    const chatfile_client *client,
    const char *file,
    const chatfile_delete_options *options,
    chatfile_delete_result **out,
    chatfile_error **error);

/**
 * The id of the task that deletes later, if the service answers with one; else
 * NULL.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_delete_result_task_id(
    const chatfile_delete_result *result);

/** What the file is known by in the recycle bin, if it went there (SMH); else NULL. */
CHATFILE_API const char *CHATFILE_CALL chatfile_delete_result_recycled_item_id(
    const chatfile_delete_result *result);

/** How often the call was tried, 1 or more; 0 if result is NULL. */
CHATFILE_API uint32_t CHATFILE_CALL chatfile_delete_result_attempts(
    const chatfile_delete_result *result);

/** Frees a result. NULL is fine. */
CHATFILE_API void CHATFILE_CALL chatfile_delete_result_free(
    chatfile_delete_result *result);

/*
 * ===== Looking at the connection =========================================
 *
 * What works on the way to the service, for who supports others by telephone.
 */

/** Options of chatfile_check(). */
typedef struct chatfile_check_options {
  /** Set by CHATFILE_CHECK_OPTIONS_INIT. */
  size_t struct_size;
  /** Can end the call before it is done. NULL: nothing does. */
  const struct chatfile_cancel *cancel;
  /**
   * Not 0: where the service has no call that takes the credentials and stores
   * nothing, one byte is uploaded, for a day if that can be said. 0: nothing is
   * stored, and that step is not tried there.
   */
  int32_t store;
  /** Leave it 0. */
  uint32_t reserved;
} chatfile_check_options;
/** Initialises a chatfile_check_options: all defaults. */
#define CHATFILE_CHECK_OPTIONS_INIT { sizeof(chatfile_check_options), 0, 0, 0 }

/**
 * What was looked at: one of the CHATFILE_CHECK_ numbers. The order of the steps is that
 * of the result, not of the numbers.
 */
typedef uint32_t chatfile_check_kind;

/** Where calls go. */
#define CHATFILE_CHECK_ADDRESS 0
/** Whether they go through a proxy, and whether that lets them. */
#define CHATFILE_CHECK_PROXY 1
/** The addresses of the host, or of the proxy. */
#define CHATFILE_CHECK_NAME 2
/** A TCP connection. */
#define CHATFILE_CHECK_CONNECTION 3
/** TLS, and whether the certificate is trusted. */
#define CHATFILE_CHECK_TLS 4
/** Whether the clock of this machine is that of the service. */
#define CHATFILE_CHECK_CLOCK 5
/** A token, where the service has some. */
#define CHATFILE_CHECK_CREDENTIALS 6
/** The smallest call that takes the credentials. */
#define CHATFILE_CHECK_SERVICE 7

/** What came of a step: one of the CHATFILE_VERDICT_ numbers. */
typedef uint32_t chatfile_verdict;

/** It works. */
#define CHATFILE_VERDICT_OK 1
/** It works, and something about it is to be looked at. */
#define CHATFILE_VERDICT_WARNING 2
/** It does not work. */
#define CHATFILE_VERDICT_FAILED 3
/** There is no such thing here, or a step before it has failed. */
#define CHATFILE_VERDICT_NOT_TRIED 0

/**
 * The steps of a chatfile_check(). You own it: free it with
 * chatfile_check_result_free().
 */
typedef struct chatfile_check_result chatfile_check_result;

/** A step of a check. It belongs to the result. */
typedef struct chatfile_check_step chatfile_check_step;

/**
 * Looks at what works on the way to the service, each step for itself: the address,
 * the proxy, the name, the connection, TLS, the clock, the credentials, and the
 * smallest call. What does not work is no failure of this call, but
 * CHATFILE_VERDICT_FAILED of its step; those behind it that need it are
 * CHATFILE_VERDICT_NOT_TRIED. Nothing is stored unless the options say so. It begins
 * with a connection of its own; time-outs and attempts are those of the client.
 *
 * Fails with CHATFILE_E_CANCELLED and _CALLBACK, and with CHATFILE_E_UNSUPPORTED of a
 * client without a service.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_check(
    const chatfile_client *client,
    const chatfile_check_options *options,
    chatfile_check_result **out,
    chatfile_error **error);

/** The number of steps. */
CHATFILE_API size_t CHATFILE_CALL chatfile_check_result_count(
    const chatfile_check_result *result);

/**
 * A step, from index 0; NULL if there is none. It belongs to the result: do not free
 * it.
 */
CHATFILE_API const chatfile_check_step *CHATFILE_CALL chatfile_check_result_step(
    const chatfile_check_result *result,
    size_t index);

/** What was looked at. */
CHATFILE_API chatfile_check_kind CHATFILE_CALL chatfile_check_step_kind(
    const chatfile_check_step *step);

/** What came of it. */
CHATFILE_API chatfile_verdict CHATFILE_CALL chatfile_check_step_verdict(
    const chatfile_check_step *step);

/** How it failed; CHATFILE_OK if it did not. */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_check_step_status(
    const chatfile_check_step *step);

/** How many milliseconds it took. */
CHATFILE_API uint64_t CHATFILE_CALL chatfile_check_step_time_ms(
    const chatfile_check_step *step);

/**
 * What was found, or how it failed, for a person to read; without secrets. NULL only
 * if step is NULL.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_check_step_text(
    const chatfile_check_step *step);

/**
 * What to do about it, if something is to be done that the text does not say; else
 * NULL.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_check_step_advice(
    const chatfile_check_step *step);

/** Frees a result with its steps. NULL is fine. */
CHATFILE_API void CHATFILE_CALL chatfile_check_result_free(chatfile_check_result *result);

/*
 * ===== Presigned requests ================================================
 *
 * A program that holds the credentials makes a request; another, which holds none,
 * sends it: over JSON from one to the other, with this library or by any other means.
 */

/**
 * A request that is complete but for the file: a back-end that holds the secret
 * makes it, and a program that holds none sends it. It is a credential: it holds
 * Easemob's token, a NetEase signature that covers neither address nor file, or a
 * permission of the storage of SMH or OpenIM, so whoever has it may be able to make
 * other calls with it until it expires. You own it: free it with
 * chatfile_presigned_free().
 */
typedef struct chatfile_presigned chatfile_presigned;

/**
 * Makes the request of an upload, for another program to send. client is one of
 * a service; size is that of the file, for its limits are checked now, or
 * CHATFILE_SIZE_UNKNOWN. SMH and OpenIM have to know it, and the upload counts only
 * when chatfile_complete_presigned() has completed it; elsewhere it is not fixed in
 * the request. It is one request, never in parts. Of options, file_name, media_type,
 * cancel and those of the service can be set: what is for parts or for who sends the
 * file is CHATFILE_E_ARGUMENT. A token may be fetched.
 *
 * Fails as chatfile_upload() does before it sends a file, and with
 * CHATFILE_E_UNSUPPORTED where CHATFILE_CAN_PRESIGN is not set.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_presign_upload(
    const chatfile_client *client,
    uint64_t size,
    const chatfile_upload_options *options,
    chatfile_presigned **out,
    chatfile_error **error);

/**
 * Makes the request of a download, for another program to send. file is as for
 * chatfile_download(). Of options, cancel, referer, thumbnail and those of the service
 * can be set: what is for who receives the file is CHATFILE_E_ARGUMENT. A token may be
 * fetched. Otherwise as chatfile_presign_upload().
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_presign_download(
    const chatfile_client *client,
    const char *file,
    const chatfile_download_options *options,
    chatfile_presigned **out,
    chatfile_error **error);

/**
 * The request as JSON (one line of UTF-8), to hand to another program. NULL only
 * if presigned is NULL.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_presigned_json(
    const chatfile_presigned *presigned);

/**
 * Reads a presigned request from the JSON that chatfile_presigned_json() gave, in
 * this or another program. The JSON may come from anywhere: what cannot be sent, or no
 * upload of one's own could be, is refused with CHATFILE_E_ARGUMENT.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_presigned_from_json(
    const char *json,
    chatfile_presigned **out,
    chatfile_error **error);

/**
 * Sends a presigned upload with its file. client is any, for example one of
 * chatfile_open_without_service(). Of the options, those about progress, cancelling,
 * digests and the message can be set: the rest is in the request. Otherwise as
 * chatfile_upload(); a repeated attempt sends the same signature. Fails with
 * CHATFILE_E_ARGUMENT if the request is a download, and with CHATFILE_E_EXPIRED from five
 * minutes after chatfile_presigned_expires_at() on, for the clock here may be wrong. If
 * chatfile_presigned_needs_completion(), tell who made the request that it was sent.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_send_presigned(
    const chatfile_client *client,
    const chatfile_presigned *presigned,
    const chatfile_source *source,
    const chatfile_upload_options *options,
    chatfile_upload_result **out,
    chatfile_error **error);

/**
 * Sends a presigned download and takes the file. client is any, for example one
 * of chatfile_open_without_service(). Otherwise as chatfile_download(); fails with
 * CHATFILE_E_ARGUMENT if the request is an upload, and for what stands in the request
 * already: a thumbnail, a referer, options of one service.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_receive_presigned(
    const chatfile_client *client,
    const chatfile_presigned *presigned,
    const chatfile_sink *sink,
    const chatfile_download_options *options,
    chatfile_download_result **out,
    chatfile_error **error);

/** Options of chatfile_complete_presigned(). */
typedef struct chatfile_complete_presigned_options {
  /** Set by CHATFILE_COMPLETE_PRESIGNED_OPTIONS_INIT. */
  size_t struct_size;
  /** Can end the call before it is done. NULL: nothing does. */
  const struct chatfile_cancel *cancel;
} chatfile_complete_presigned_options;
/** Initialises a chatfile_complete_presigned_options: all defaults. */
#define CHATFILE_COMPLETE_PRESIGNED_OPTIONS_INIT { sizeof(chatfile_complete_presigned_options), 0 }

/**
 * Completes a presigned upload whose file was sent, where that is needed (SMH and
 * OpenIM, see chatfile_presigned_needs_completion()): makes the file known to the
 * service by its name. client is the one that made the request, or any with the
 * same rights. It does no harm to do it twice. At OpenIM, whoever has the request
 * can replace the file with it until it expires, also after this. *out is a result
 * as that of chatfile_upload().
 *
 * Complete the request that you have kept, never one that came back: what is completed is
 * what its JSON says, so that whoever sends you an altered one has you complete another
 * upload, with your rights. Keep the JSON, and let who has sent the file name it by a
 * number of yours.
 *
 * Fails with CHATFILE_E_ARGUMENT if there is nothing to complete, or not by this
 * client, with CHATFILE_E_INTEGRITY if what was sent is not what was announced, and may
 * fail with any other status. With CHATFILE_E_INTEGRITY, OpenIM has stored nothing, and
 * will not by this request: presign anew. SMH has stored the file, which its store takes in
 * any size: delete what chatfile_error_file() names.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_complete_presigned(
    const chatfile_client *client,
    const chatfile_presigned *presigned,
    const chatfile_complete_presigned_options *options,
    chatfile_upload_result **out,
    chatfile_error **error);

/**
 * 1 if the file counts only when chatfile_complete_presigned() has completed the
 * upload, else 0.
 */
CHATFILE_API int32_t CHATFILE_CALL chatfile_presigned_needs_completion(
    const chatfile_presigned *presigned);

/**
 * What names the upload when it is completed, for a program that calls the service
 * itself (OpenIM: the id of complete_form_data; SMH: the confirmKey); NULL if
 * nothing is to be completed.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_presigned_completion(
    const chatfile_presigned *presigned);

/**
 * 1 with when the service will no longer take the request in *out, in seconds since 1970
 * UTC; else 0 with 0 in *out. out may be NULL. There is none where that is not known, or
 * never.
 */
CHATFILE_API int32_t CHATFILE_CALL chatfile_presigned_expires_at(
    const chatfile_presigned *presigned,
    uint64_t *out);

/**
 * 1 with the largest file that may be sent with it in *out, in bytes; else 0 with 0 in *out.
 * out may be NULL. There is none where there is no limit. With
 * chatfile_presigned_needs_completion() it is the only size, and may be 0.
 */
CHATFILE_API int32_t CHATFILE_CALL chatfile_presigned_max_size(
    const chatfile_presigned *presigned,
    uint64_t *out);

/** The method, "GET", "POST" or "PUT". NULL only if presigned is NULL. */
CHATFILE_API const char *CHATFILE_CALL chatfile_presigned_method(
    const chatfile_presigned *presigned);

/** The URL. NULL only if presigned is NULL. */
CHATFILE_API const char *CHATFILE_CALL chatfile_presigned_url(
    const chatfile_presigned *presigned);

/** The number of header fields to send, besides Host and Content-Length. */
CHATFILE_API size_t CHATFILE_CALL chatfile_presigned_header_count(
    const chatfile_presigned *presigned);

/** The name of a header field, from index 0; NULL if there is none. */
CHATFILE_API const char *CHATFILE_CALL chatfile_presigned_header_name(
    const chatfile_presigned *presigned,
    size_t index);

/** The value of a header field, from index 0; NULL if there is none. */
CHATFILE_API const char *CHATFILE_CALL chatfile_presigned_header_value(
    const chatfile_presigned *presigned,
    size_t index);

/** The body before the file. NULL only if presigned is NULL. */
CHATFILE_API const char *CHATFILE_CALL chatfile_presigned_prefix(
    const chatfile_presigned *presigned);

/**
 * How the file is written in the body of a presigned request: one of the
 * CHATFILE_ENCODING_ numbers.
 */
typedef uint32_t chatfile_encoding;

/** There is no file in the request. */
#define CHATFILE_ENCODING_NONE 0
/** The file as it is. */
#define CHATFILE_ENCODING_IDENTITY 1
/** The file as padded standard base64. */
#define CHATFILE_ENCODING_BASE64 2
/** The file as padded standard base64 with +, / and = percent-encoded. */
#define CHATFILE_ENCODING_BASE64_FORM 3

/** How the file is written in the body. */
CHATFILE_API chatfile_encoding CHATFILE_CALL chatfile_presigned_encoding(
    const chatfile_presigned *presigned);

/** The body behind the file. NULL only if presigned is NULL. */
CHATFILE_API const char *CHATFILE_CALL chatfile_presigned_suffix(
    const chatfile_presigned *presigned);

/**
 * The number of fields of the form besides the file, for a program that builds
 * the form itself. They are in the prefix already.
 */
CHATFILE_API size_t CHATFILE_CALL chatfile_presigned_field_count(
    const chatfile_presigned *presigned);

/** The name of a form field, from index 0; NULL if there is none. */
CHATFILE_API const char *CHATFILE_CALL chatfile_presigned_field_name(
    const chatfile_presigned *presigned,
    size_t index);

/** The value of a form field, from index 0; NULL if there is none. */
CHATFILE_API const char *CHATFILE_CALL chatfile_presigned_field_value(
    const chatfile_presigned *presigned,
    size_t index);

/**
 * The HTTP status that means success, from index 0; 0 if there is none. The body
 * of the answer decides further, as chatfile_send_presigned() does.
 */
CHATFILE_API int32_t CHATFILE_CALL chatfile_presigned_success_status(
    const chatfile_presigned *presigned,
    size_t index);

/** Frees a presigned request. NULL is fine. */
CHATFILE_API void CHATFILE_CALL chatfile_presigned_free(chatfile_presigned *presigned);

/*
 * ===== Digests ===========================================================
 *
 * What services know files by, of bytes of your own: to find out whether a service has
 * a file, or whether one has arrived whole.
 */

/**
 * Digests of bytes that come one after the other, by which services know files
 * they already have, and check what they got. You own it: free it with
 * chatfile_digest_free(). Several threads may ask it for results at once, but
 * none while another calls one of the two update functions.
 */
typedef struct chatfile_digest chatfile_digest;

/**
 * Digests by which services know files: one of the CHATFILE_DIGEST_ numbers, or
 * several of them, or-ed.
 */
typedef uint32_t chatfile_digest_kind;

/**
 * The hash by which Tencent SMH knows a whole file (fullHash): SHA-256, chained after
 * every MiB; 64 lower-case hex digits.
 */
#define CHATFILE_DIGEST_SMH_FULL 1

/**
 * SMH's beginningHash: SHA-256 of the first MiB, or of all if it is less; 64
 * lower-case hex digits.
 */
#define CHATFILE_DIGEST_SMH_BEGINNING 2

/**
 * The hash by which OpenIM knows a file: MD5 of the MD5s of its parts, joined by
 * commas; 32 lower-case hex digits.
 */
#define CHATFILE_DIGEST_OPENIM 4

/** CRC-64/XZ, which Tencent calls CRC64; an unsigned decimal number. */
#define CHATFILE_DIGEST_CRC64 8

/**
 * Begins the digests wanted, or-ed, for all of which
 * the bytes are then read once. part_size is for CHATFILE_DIGEST_OPENIM alone: the
 * size of a part in bytes, as OpenIM's part_size call says, 0 for one part of
 * everything; 16 bytes of memory are taken for each part. It must be 0 without that.
 *
 * Fails with CHATFILE_E_NULL or _ARGUMENT.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_digest_new(
    chatfile_digest_kind wanted,
    uint64_t part_size,
    chatfile_digest **out,
    chatfile_error **error);

/**
 * Takes the next size bytes; data may be NULL if there are none. Cannot fail but
 * with CHATFILE_E_NULL, or _ARGUMENT if size is more than PTRDIFF_MAX.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_digest_update(
    chatfile_digest *digest,
    const void *data,
    size_t size,
    chatfile_error **error);

/** Options of chatfile_digest_update_file(). */
typedef struct chatfile_digest_update_file_options {
  /** Set by CHATFILE_DIGEST_UPDATE_FILE_OPTIONS_INIT. */
  size_t struct_size;
  /** Can end the call before it is done. NULL: nothing does. */
  const struct chatfile_cancel *cancel;
} chatfile_digest_update_file_options;
/** Initialises a chatfile_digest_update_file_options: all defaults. */
#define CHATFILE_DIGEST_UPDATE_FILE_OPTIONS_INIT { sizeof(chatfile_digest_update_file_options), 0 }

/**
 * Takes the bytes of a whole regular file, and blocks until they are read. To show
 * how far it is, read the file yourself and call chatfile_digest_update().
 *
 * Fails with CHATFILE_E_NULL or _TEXT; with _SOURCE if the file cannot be read,
 * _SOURCE_CHANGED if it changed meanwhile, _CANCELLED within 100 ms unless the
 * file system hangs. The digest is then what it was before the call.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_digest_update_file(
    chatfile_digest *digest,
    const char *path,
    const chatfile_digest_update_file_options *options,
    chatfile_error **error);

/** The size of a buffer for any text of a chatfile_digest, also of later versions. */
#define CHATFILE_DIGEST_TEXT_SIZE 129

/**
 * Writes one digest of the bytes so far, as the service wants it, and a NUL to
 * buffer, which has room for buffer_size bytes; CHATFILE_DIGEST_TEXT_SIZE is enough.
 * kind is one of the numbers that chatfile_digest_new() was given. More bytes may follow.
 *
 * Fails with CHATFILE_E_NULL or _ARGUMENT; buffer is not written then.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_digest_text(
    const chatfile_digest *digest,
    chatfile_digest_kind kind,
    char *buffer,
    size_t buffer_size,
    chatfile_error **error);

/**
 * The CRC-64 of the bytes so far as a number, for chatfile_crc64_combine(); 0 of no
 * bytes, if it was not begun, or if digest is NULL.
 */
CHATFILE_API uint64_t CHATFILE_CALL chatfile_digest_crc64_value(
    const chatfile_digest *digest);

/**
 * How many parts there are so far for CHATFILE_DIGEST_OPENIM, at least 1; 0 if it
 * was not begun, or if digest is NULL.
 */
CHATFILE_API size_t CHATFILE_CALL chatfile_digest_part_count(
    const chatfile_digest *digest);

/**
 * As chatfile_digest_text(), the MD5 of one of OpenIM's parts: 32 lower-case hex
 * digits. index is from 0 to below chatfile_digest_part_count().
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_digest_part(
    const chatfile_digest *digest,
    size_t index,
    char *buffer,
    size_t buffer_size,
    chatfile_error **error);

/** Frees a digest. NULL is fine. */
CHATFILE_API void CHATFILE_CALL chatfile_digest_free(chatfile_digest *digest);

/**
 * The CRC-64 of two pieces one after the other, from the CRC-64 of each and the
 * length of the second in bytes: parts that were read side by side have that of
 * the whole. Takes microseconds, whatever the length.
 */
CHATFILE_API uint64_t CHATFILE_CALL chatfile_crc64_combine(
    uint64_t first,
    uint64_t second,
    uint64_t second_length);

/*
 * ===== Errors and statuses ===============================================
 *
 * The numbers of statuses, and what an error object can be asked.
 */

/** A parameter has a value that can never work. */
#define CHATFILE_E_ARGUMENT 100
/** A required parameter is NULL. */
#define CHATFILE_E_NULL 101
/** A text is not UTF-8, or holds characters that may not stand there (CR, LF). */
#define CHATFILE_E_TEXT 102

/**
 * A structure was not initialised with its INIT macro, or asks for something
 * that this version of the library does not know; or chatfile_version_check()
 * was given that of a header for which the library is too old.
 */
#define CHATFILE_E_STRUCT 103

/**
 * A limit would be exceeded (a size, a length, a range of time): one that is
 * known beforehand, so that nothing was sent, or, with an answer, your own max_size, and an
 * offset behind the end of the file. The message names field, value and bound.
 */
#define CHATFILE_E_LIMIT 104

/** The service, the client or this system cannot do this. */
#define CHATFILE_E_UNSUPPORTED 105

/**
 * The source could not be opened, read or rewound, or did not hold the bytes
 * announced.
 */
#define CHATFILE_E_SOURCE 106

/** The target could not be written. */
#define CHATFILE_E_SINK 107
/** The file changed while it was being read. */
#define CHATFILE_E_SOURCE_CHANGED 108

/**
 * There is no memory for what the call needs: a file that is downloaded to
 * memory, or the text of an answer.
 */
#define CHATFILE_E_MEMORY 109

/** The checkpoint of an upload cannot be read or written, or is in use. */
#define CHATFILE_E_CHECKPOINT 110

/**
 * The operating system refuses what a call needs: random numbers, a thread, a
 * socket (too many files are open, for example).
 */
#define CHATFILE_E_SYSTEM 111

/** The host name could not be resolved. */
#define CHATFILE_E_RESOLVE 200
/** No connection could be made. */
#define CHATFILE_E_CONNECT 201
/** TLS failed: most often a certificate that is not trusted. */
#define CHATFILE_E_TLS 202
/** The connection broke while sending or receiving. */
#define CHATFILE_E_CONNECTION_LOST 203
/** No connection within connect_timeout_ms. */
#define CHATFILE_E_CONNECT_TIMEOUT 204
/** No byte moved for stall_timeout_ms. */
#define CHATFILE_E_STALLED 205
/** The call did not finish within deadline_ms. */
#define CHATFILE_E_DEADLINE 206

/**
 * A redirect was refused: too many, one of an upload, or to what is no URL that can be
 * asked.
 */
#define CHATFILE_E_REDIRECT 207

/** The other side does not speak HTTP/1.1. */
#define CHATFILE_E_PROTOCOL 208
/** The proxy refused, or wants another login. */
#define CHATFILE_E_PROXY 209

/**
 * A message, a presigned request, an answer or a redirect leads to where the options of
 * the client do not let it: the field says which, allow_plain_http or
 * refuse_private_addresses. Nothing was sent there.
 */
#define CHATFILE_E_BLOCKED_ADDRESS 210

/** The service refused the request for a reason of its own. */
#define CHATFILE_E_SERVICE 300
/** The credentials or the token were refused. */
#define CHATFILE_E_AUTH 301
/** The credentials are good, but do not allow this. */
#define CHATFILE_E_FORBIDDEN 302
/** The file, the app or the address does not exist. */
#define CHATFILE_E_NOT_FOUND 303
/** The file, or the presigned request, existed and has expired. */
#define CHATFILE_E_EXPIRED 304
/** The service finds the file too large. */
#define CHATFILE_E_TOO_LARGE 305
/** Too many calls; try again later. */
#define CHATFILE_E_RATE_LIMITED 306
/** The service is out of order at the moment. */
#define CHATFILE_E_UNAVAILABLE 307
/** The answer is not the documented one, so nothing in it was believed. */
#define CHATFILE_E_RESPONSE 308
/** A file or folder of that name is there already. */
#define CHATFILE_E_CONFLICT 309

/**
 * The file was stored, but not restricted as was asked for: anyone may get it.
 * chatfile_error_file() names it.
 */
#define CHATFILE_E_NOT_RESTRICTED 310

/**
 * Fewer bytes arrived than were announced: a download left no file; what was uploaded may
 * be stored.
 */
#define CHATFILE_E_TRUNCATED 400

/**
 * The bytes do not match the checksum stated for them; a download left no file. SMH
 * states one of every file (CRC-64), OpenIM of every part (MD5). Or they are not what you
 * expect: chatfile_error_field() is then the option (expected_md5, for example), and the
 * call was not tried again.
 */
#define CHATFILE_E_INTEGRITY 401

/** The call was cancelled by its cancel handle. */
#define CHATFILE_E_CANCELLED 500

/**
 * One of your callbacks returned non-zero, which stopped the call;
 * chatfile_error_callback_value() has what it returned.
 */
#define CHATFILE_E_CALLBACK 501

/**
 * A defect in this library, caught before it could harm your program. Please
 * report it with the message.
 */
#define CHATFILE_E_PANIC 900

/**
 * The name of a status in this header, for example "CHATFILE_E_LIMIT"; for a
 * number that is none, "CHATFILE_E_UNKNOWN". Lives for ever.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_status_name(chatfile_status status);

/** The status that the failed call returned; CHATFILE_OK if error is NULL. */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_error_status(
    const chatfile_error *error);

/**
 * What happened and what to do about it, for a person to read. "" if error is
 * NULL, else never empty.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_error_message(
    const chatfile_error *error);

/**
 * The parameter or field at fault, as this header calls it ("app_key",
 * "source.path"). With CHATFILE_E_UNSUPPORTED, what cannot be done: the verb ("delete",
 * "presign_upload"), or, of a verb that can be called, the option ("parallel_parts").
 * NULL if the error is not about one.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_error_field(const chatfile_error *error);

/** The HTTP status of the answer that made the call fail; 0 if there was none. */
CHATFILE_API int32_t CHATFILE_CALL chatfile_error_http_status(
    const chatfile_error *error);

/**
 * The service's own error code as it wrote it ("auth_bad_access_token",
 * "414"); NULL if it gave none.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_error_service_code(
    const chatfile_error *error);

/** The service's own text; NULL if it gave none. */
CHATFILE_API const char *CHATFILE_CALL chatfile_error_service_message(
    const chatfile_error *error);

/**
 * The id under which the service has logged the request, for its support;
 * NULL if it gave none.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_error_request_id(
    const chatfile_error *error);

/** How far a call had come when it failed: one of the CHATFILE_PHASE_ numbers. */
typedef uint32_t chatfile_phase;

/** Checking parameters and opening the source; nothing was sent. */
#define CHATFILE_PHASE_PREPARE 0
/** Getting a token. */
#define CHATFILE_PHASE_TOKEN 1
/** Resolving the name, connecting, and TLS. */
#define CHATFILE_PHASE_CONNECT 2
/** Sending the request or its body. */
#define CHATFILE_PHASE_SEND 3
/** Waiting for the answer, reading it, and judging it. */
#define CHATFILE_PHASE_RECEIVE 4
/** Putting the finished file in its place. */
#define CHATFILE_PHASE_FINISH 5

/** How far the call had come; CHATFILE_PHASE_PREPARE if error is NULL. */
CHATFILE_API chatfile_phase CHATFILE_CALL chatfile_error_phase(
    const chatfile_error *error);

/** 1 if the same call may succeed when it is made again later, else 0. */
CHATFILE_API int32_t CHATFILE_CALL chatfile_error_retryable(const chatfile_error *error);

/**
 * 1 with how many milliseconds the service asks to wait before the next try in *out; else 0
 * with 0 in *out. out may be NULL. Wait that long before you call again: the library waits
 * for it only between its own attempts, and not at all if it is more than a minute.
 */
CHATFILE_API int32_t CHATFILE_CALL chatfile_error_retry_after_ms(
    const chatfile_error *error,
    uint64_t *out);

/**
 * How many attempts were made at the request that failed, also those that found
 * no connection; 0 if the call failed before any request.
 */
CHATFILE_API uint32_t CHATFILE_CALL chatfile_error_attempts(const chatfile_error *error);

/** With CHATFILE_E_CALLBACK: what your callback returned, untouched; else 0. */
CHATFILE_API int32_t CHATFILE_CALL chatfile_error_callback_value(
    const chatfile_error *error);

/**
 * What a later chatfile_upload() of the same file needs to send only what is
 * missing (chatfile_upload_options.resume_token), and chatfile_abort_upload() to
 * throw it away; NULL if the service has kept nothing. It holds no secret.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_error_resume_token(
    const chatfile_error *error);

/**
 * With CHATFILE_E_NOT_RESTRICTED, and with CHATFILE_E_INTEGRITY of an upload to SMH: the file
 * that was stored all the same, as chatfile_upload_result_file() would name it; else NULL.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_error_file(const chatfile_error *error);

/**
 * The operating system's own number of what it refused: errno, or on Windows what
 * GetLastError() or WSAGetLastError() said; 0 if it was not the system, or it gave
 * none.
 */
CHATFILE_API int32_t CHATFILE_CALL chatfile_error_os_error(const chatfile_error *error);

/**
 * With CHATFILE_E_LIMIT: 1 with the limit that is exceeded or not reached in *out, in
 * the unit of the field (bytes of a source or a text, for example); else 0 with 0 in *out.
 * out may be NULL. There is none where it is below 0, or one field is the limit of another.
 */
CHATFILE_API int32_t CHATFILE_CALL chatfile_error_limit(
    const chatfile_error *error,
    uint64_t *out);

/**
 * As chatfile_error_limit(), the value that is beyond the limit; of a download that
 * was under way, what there is of it at least.
 */
CHATFILE_API int32_t CHATFILE_CALL chatfile_error_actual(
    const chatfile_error *error,
    uint64_t *out);

/** What it was in TLS that failed: one of the CHATFILE_TLS_ numbers. */
typedef uint32_t chatfile_tls_fault;

/** It was not TLS. */
#define CHATFILE_TLS_NONE 0
/** Something else; the message says what is known. */
#define CHATFILE_TLS_OTHER 1
/** The certificate is signed by nobody who is trusted. */
#define CHATFILE_TLS_UNKNOWN_ISSUER 2
/** The certificate has expired, or the clock of this machine is wrong. */
#define CHATFILE_TLS_EXPIRED 3
/** The certificate is not valid yet, or the clock of this machine is wrong. */
#define CHATFILE_TLS_NOT_YET_VALID 4
/** The certificate is for other names. */
#define CHATFILE_TLS_WRONG_NAME 5
/** The certificate was revoked. */
#define CHATFILE_TLS_REVOKED 6
/** The certificate is not signed by the authority that it names. */
#define CHATFILE_TLS_BAD_SIGNATURE 7
/** The certificate is not made for servers. */
#define CHATFILE_TLS_WRONG_PURPOSE 8
/** The server wants another certificate of the client, or one at all. */
#define CHATFILE_TLS_CLIENT_CERTIFICATE 9
/** The two sides have no version or no cipher in common. */
#define CHATFILE_TLS_INCOMPATIBLE 10
/** The other side does not speak TLS. */
#define CHATFILE_TLS_NOT_SPOKEN 11

/** With CHATFILE_E_TLS: what it was that failed; else CHATFILE_TLS_NONE. */
CHATFILE_API chatfile_tls_fault CHATFILE_CALL chatfile_error_tls_fault(
    const chatfile_error *error);

/**
 * With chatfile_client_options.trace: what the call has done, for the support of a
 * vendor or of your own, in lines: how connections came about, the requests and the
 * heads of their answers, with times and the ids under which they are logged. It holds no
 * secret, but paths and names of hosts. NULL if no request was begun, or without that option.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_error_trace(const chatfile_error *error);

/**
 * 1 if it was the proxy that failed, or was not to be reached, and not what is
 * behind it; else 0.
 */
CHATFILE_API int32_t CHATFILE_CALL chatfile_error_at_proxy(const chatfile_error *error);

/** Frees an error object. NULL is fine. */
CHATFILE_API void CHATFILE_CALL chatfile_error_free(chatfile_error *error);

/*
 * ===== Versions ==========================================================
 *
 * Of this header, and of the library that the program runs with.
 */

/* The version of this header. */
#define CHATFILE_VERSION "0.1.0"
#define CHATFILE_VERSION_MAJOR 0
#define CHATFILE_VERSION_MINOR 1
#define CHATFILE_VERSION_PATCH 0
#define CHATFILE_VERSION_NUMBER \
    (CHATFILE_VERSION_MAJOR * 1000000 + CHATFILE_VERSION_MINOR * 1000 + CHATFILE_VERSION_PATCH)

/**
 * The version of the library as text, for example "0.1.0". Compare with
 * CHATFILE_VERSION, which is that of the header. Lives for ever.
 */
CHATFILE_API const char *CHATFILE_CALL chatfile_version(void);

/**
 * The version of the library as a number: major * 1,000,000 + minor * 1,000 +
 * patch. Compare with CHATFILE_VERSION_NUMBER.
 */
CHATFILE_API uint32_t CHATFILE_CALL chatfile_version_number(void);

/**
 * Whether this library is one for the header that the program was compiled with:
 * chatfile_version_check(CHATFILE_VERSION_NUMBER, &error), once at the start. Fails
 * with CHATFILE_E_STRUCT if the header is newer than the library, or of another
 * major version; the patch number does not matter. A newer library than the header
 * is fine.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_version_check(
    uint32_t header_version_number,
    chatfile_error **error);

/*
 * ===== The services ======================================================
 *
 * For each there is a structure that says who asks, a function that opens a client for
 * it, and what hangs off the options of the verbs. A secret need not stand in the
 * structure: it can be asked for when it is needed.
 */

/**
 * Gives a secret: puts the text of the field that is called name ("app_secret",
 * "password", ...) at buffer, at most capacity bytes (16,384 or more), without a NUL,
 * stores their number in *size, and returns 0. Anything else stops the call with
 * CHATFILE_E_CALLBACK; what is no UTF-8, has a line end or a NUL, or would not fit, with
 * CHATFILE_E_TEXT, and nothing with CHATFILE_E_ARGUMENT. Called on a thread that made a call, when the secret is
 * needed, by one thread at a time. The copy is wiped after use; tokens that are got
 * with it are kept as long as they live, and then wiped. Must not throw, longjmp, or
 * use the client: a call that needs the secret as well fails with CHATFILE_E_ARGUMENT.
 */
typedef int32_t (CHATFILE_CALL *chatfile_secret_fn)(
    void *user,
    const char *name,
    char *buffer,
    size_t capacity,
    size_t *size);

/*
 * ===== Easemob ===========================================================
 *
 * A file is named by its uuid, or by its URL.
 */

/**
 * An Easemob app and who asks it. Give one kind of credentials: client_id and
 * client_secret, or username and password, or token. A client_secret, password
 * or token that is NULL is asked for by secret, if that is set.
 */
typedef struct chatfile_easemob {
  /** Set by CHATFILE_EASEMOB_INIT. */
  size_t struct_size;
  /**
   * The REST address of the app's data centre, without a path: http:// or
   * https://. NULL: "https://a1.easemob.com" (China 1). Others: a31 (China 2),
   * a1-sgp (Singapore), a41 (US-East), a51 (Frankfurt).
   */
  const char *base_url;
  /** The AppKey, "org#app". Required. */
  const char *app_key;
  /**
   * The app's client id, for back-ends. The token is fetched when it is needed,
   * kept, and fetched anew when it expires or is refused.
   */
  const char *client_id;
  /** The secret that goes with client_id. */
  const char *client_secret;
  /** A user's name; the token is fetched and kept as above. */
  const char *username;
  /** The password that goes with username. */
  const char *password;
  /**
   * A token that you got elsewhere. It cannot be renewed here: when it is
   * refused, calls fail with CHATFILE_E_AUTH. One that secret gives is asked for
   * again then, once.
   */
  const char *token;
  /**
   * The lifetime to ask for when a token is fetched, in seconds. 0: what the
   * Easemob console says, 60 days unless changed.
   */
  uint64_t token_ttl_seconds;
  /**
   * The largest file that may be sent, in bytes. 0: 10 MiB (10,485,760), the
   * service's limit unless it was raised for your app.
   */
  uint64_t max_upload_size;
  /**
   * Gives "client_secret", "password" or "token" when it is needed. NULL: the
   * fields above hold what is needed.
   */
  chatfile_secret_fn secret;
  /** Handed to secret. */
  void *secret_user;
} chatfile_easemob;
/** Initialises a chatfile_easemob: all defaults. */
#define CHATFILE_EASEMOB_INIT { sizeof(chatfile_easemob), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/**
 * Opens a client of an Easemob app. config is copied. Otherwise as
 * chatfile_open_without_service(): may also fail with CHATFILE_E_LIMIT.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_open_easemob(
    const chatfile_easemob *config,
    const chatfile_client_options *options,
    chatfile_client **out,
    chatfile_error **error);

/** What an upload to Easemob can ask for besides. */
typedef struct chatfile_easemob_upload {
  /** Set by CHATFILE_EASEMOB_UPLOAD_INIT. */
  size_t struct_size;
  /**
   * Not 0: only who knows the share secret may download the file. Easemob has
   * to switch the feature on for the app: else the file is stored open to all,
   * and the call fails with CHATFILE_E_NOT_RESTRICTED.
   */
  int32_t restrict_access;
  /** Width of the thumbnail that the service makes of an image, in pixels. 0: 170. */
  uint32_t thumbnail_width;
  /** Height of that thumbnail, in pixels. 0: 170. */
  uint32_t thumbnail_height;
  /** Leave it 0. */
  uint32_t reserved;
} chatfile_easemob_upload;
/** Initialises a chatfile_easemob_upload: all defaults. */
#define CHATFILE_EASEMOB_UPLOAD_INIT { sizeof(chatfile_easemob_upload), 0, 0, 0, 0 }

/** What a download from Easemob can ask for besides. */
typedef struct chatfile_easemob_download {
  /** Set by CHATFILE_EASEMOB_DOWNLOAD_INIT. */
  size_t struct_size;
  /** The secret that came with the upload of a restricted file. NULL: none. */
  const char *share_secret;
} chatfile_easemob_download;
/** Initialises a chatfile_easemob_download: all defaults. */
#define CHATFILE_EASEMOB_DOWNLOAD_INIT { sizeof(chatfile_easemob_download), 0 }

/*
 * ===== NetEase IM ========================================================
 *
 * A file is named by its URL.
 */

/** A NetEase IM (Yunxin) app. */
typedef struct chatfile_netease {
  /** Set by CHATFILE_NETEASE_INIT. */
  size_t struct_size;
  /**
   * The server address with its path: http:// or https://. NULL:
   * "https://api.yunxinapi.com/nimserver". Overseas:
   * "https://api-sg.yunxinapi.com/nimserver".
   */
  const char *base_url;
  /** The AppKey. Required. */
  const char *app_key;
  /**
   * The AppSecret; it signs the requests and is never sent. NULL: secret gives
   * it.
   */
  const char *app_secret;
  /**
   * The largest content that may be sent, in bytes as the service counts them:
   * of the file with CHATFILE_NETEASE_METHOD_FORM, of its base64 text with
   * CHATFILE_NETEASE_METHOD_BASE64. 0: 15 MiB (15,728,640), which as base64 is a
   * file of 11,796,480 bytes.
   */
  uint64_t max_upload_size;
  /** Gives "app_secret" each time it is needed. NULL: app_secret holds it. */
  chatfile_secret_fn secret;
  /** Handed to secret. */
  void *secret_user;
} chatfile_netease;
/** Initialises a chatfile_netease: all defaults. */
#define CHATFILE_NETEASE_INIT { sizeof(chatfile_netease), 0, 0, 0, 0, 0, 0 }

/**
 * Opens a client of a NetEase IM app. config is copied. Otherwise as
 * chatfile_open_without_service().
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_open_netease(
    const chatfile_netease *config,
    const chatfile_client_options *options,
    chatfile_client **out,
    chatfile_error **error);

/** How a file goes to NetEase: one of the CHATFILE_NETEASE_METHOD_ numbers. */
typedef uint32_t chatfile_netease_method;

/** multipart/form-data to msg/fileUpload.action, the bytes as they are. */
#define CHATFILE_NETEASE_METHOD_FORM 0
/** base64 in a form to msg/upload.action, a third larger. Reads the source twice. */
#define CHATFILE_NETEASE_METHOD_BASE64 1

/** What an upload to NetEase can ask for besides. */
typedef struct chatfile_netease_upload {
  /** Set by CHATFILE_NETEASE_UPLOAD_INIT. */
  size_t struct_size;
  /**
   * How the file goes: CHATFILE_NETEASE_METHOD_FORM (0) or
   * CHATFILE_NETEASE_METHOD_BASE64.
   */
  chatfile_netease_method method;
  /**
   * Not 0: ask for an http:// URL. 0: https://, other than the service's own
   * default.
   */
  int32_t plain_http_url;
  /** The scenario tag to store with the file, at most 32 characters. NULL: none. */
  const char *tag;
  /**
   * The lifetime of the file, in seconds, at least 86,400 and at most 68 years: it
   * is deleted then. 0: for ever.
   */
  uint64_t ttl_seconds;
} chatfile_netease_upload;
/** Initialises a chatfile_netease_upload: all defaults. */
#define CHATFILE_NETEASE_UPLOAD_INIT { sizeof(chatfile_netease_upload), 0, 0, 0, 0 }

/** What chatfile_delete_by_time() deletes. NetEase takes 5 such tasks a day. */
typedef struct chatfile_netease_delete_task {
  /** Set by CHATFILE_NETEASE_DELETE_TASK_INIT. */
  size_t struct_size;
  /**
   * Files uploaded from this time on: milliseconds since 1970 UTC, more than 0.
   * Required.
   */
  int64_t start_time_ms;
  /**
   * Files uploaded up to this time: more than 1 and less than 7 days after the
   * start, and before today in China (UTC+8). Required.
   */
  int64_t end_time_ms;
  /**
   * Only files whose media type contains this text; "image" is in "image/png".
   * NULL: all.
   */
  const char *media_type;
  /** Only files with exactly this tag. NULL: all. */
  const char *tag;
} chatfile_netease_delete_task;
/** Initialises a chatfile_netease_delete_task: all defaults. */
#define CHATFILE_NETEASE_DELETE_TASK_INIT { sizeof(chatfile_netease_delete_task), 0, 0, 0, 0 }

/**
 * Has the service delete files by the time of their upload, as task says. Of options,
 * cancel alone is of use. Otherwise as chatfile_delete().
 *
 * Fails with CHATFILE_E_LIMIT if the service takes no such range, with
 * CHATFILE_E_UNSUPPORTED where CHATFILE_CAN_DELETE_BY_TIME is not set, and may fail
 * with any other status.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_delete_by_time(
    const chatfile_client *client,
    const chatfile_netease_delete_task *task,
    const chatfile_delete_options *options,
    chatfile_delete_result **out,
    chatfile_error **error);

/** The size of a buffer for chatfile_netease_checksum(): 40 hex digits and a NUL. */
#define CHATFILE_NETEASE_CHECKSUM_SIZE 41

/**
 * Signs a NetEase request: the CheckSum header for these values of the Nonce
 * (at most 128 characters) and CurTime (seconds since 1970 UTC, decimal) headers,
 * which is SHA-1 of app_secret, nonce and cur_time in this order, in lower-case
 * hex. The service takes it for 5 minutes from cur_time.
 *
 * Writes 40 digits and a NUL to buffer, which has room for buffer_size bytes, at least
 * CHATFILE_NETEASE_CHECKSUM_SIZE.
 *
 * Fails with CHATFILE_E_NULL, _TEXT or _ARGUMENT; buffer is not written then.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_netease_checksum(
    const char *app_secret,
    const char *nonce,
    const char *cur_time,
    char *buffer,
    size_t buffer_size,
    chatfile_error **error);

/*
 * ===== Huawei Cloud AICC =================================================
 *
 * A file is named by its objectKey, and has no URL.
 */

/** A Huawei Cloud AICC tenant, and the customer on whose behalf files are sent. */
typedef struct chatfile_huawei {
  /** Set by CHATFILE_HUAWEI_INIT. */
  size_t struct_size;
  /**
   * The domain of the deployment with its port, if it has one: http:// or
   * https://, for example "https://service.besclouds.com". Required.
   */
  const char *base_url;
  /** The app key. Required. */
  const char *app_key;
  /** The app secret. NULL: secret gives it. */
  const char *app_secret;
  /** The id of the configured channel. Required. */
  const char *channel_id;
  /** The customer, 1 to 32 characters. Required. */
  const char *user_id;
  /** The customer's name. NULL: user_id. */
  const char *user_name;
  /** "zh", "zh_CN", "en" or "en_US". NULL: "zh". */
  const char *locale;
  /**
   * The lifetime to ask for when the AccessToken is fetched, in seconds, at most
   * 3,600. 0: what the service gives.
   */
  uint64_t token_ttl_seconds;
  /**
   * The largest file that may be sent, in bytes. 0: no limit, since the vendor
   * publishes none.
   */
  uint64_t max_upload_size;
  /** Gives "app_secret" each time it is needed. NULL: app_secret holds it. */
  chatfile_secret_fn secret;
  /** Handed to secret. */
  void *secret_user;
} chatfile_huawei;
/** Initialises a chatfile_huawei: all defaults. */
#define CHATFILE_HUAWEI_INIT { sizeof(chatfile_huawei), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/**
 * Opens a client of a Huawei AICC tenant. config is copied. Otherwise as
 * chatfile_open_without_service(): may also fail with CHATFILE_E_LIMIT.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_open_huawei(
    const chatfile_huawei *config,
    const chatfile_client_options *options,
    chatfile_client **out,
    chatfile_error **error);

/** What an upload to Huawei can ask for besides. */
typedef struct chatfile_huawei_upload {
  /** Set by CHATFILE_HUAWEI_UPLOAD_INIT. */
  size_t struct_size;
  /**
   * The type of the file: jpg, jpeg, png, bmp, mp3, aac, mp4, txt or csv, in any
   * case. NULL: the extension of its name, for which alone file_name is of use
   * here; media_type is not sent.
   */
  const char *file_type;
} chatfile_huawei_upload;
/** Initialises a chatfile_huawei_upload: all defaults. */
#define CHATFILE_HUAWEI_UPLOAD_INIT { sizeof(chatfile_huawei_upload), 0 }

/** What a download from Huawei has to say besides. */
typedef struct chatfile_huawei_download {
  /** Set by CHATFILE_HUAWEI_DOWNLOAD_INIT. */
  size_t struct_size;
  /**
   * The type of the file, which the service does not know by itself: one of
   * those of an upload, richtext, doc, docx, pdf or zip. Required.
   */
  const char *file_type;
  /** Not 0: the file is one of the media library. */
  int32_t media_library;
  /** Leave it 0. */
  int32_t reserved;
} chatfile_huawei_download;
/** Initialises a chatfile_huawei_download: all defaults. */
#define CHATFILE_HUAWEI_DOWNLOAD_INIT { sizeof(chatfile_huawei_download), 0, 0, 0 }

/*
 * ===== Tencent SMH =======================================================
 *
 * A file is named by its path. An upload may give it another than was asked for, if that
 * was taken. It has no lasting URL.
 */

/**
 * A media library of Tencent SMH and who asks it: give library_secret or
 * access_token. If both are NULL, one of them is asked for by secret;
 * ask_access_token says which.
 */
typedef struct chatfile_smh {
  /** Set by CHATFILE_SMH_INIT. */
  size_t struct_size;
  /**
   * The address of SMH without a path: http:// or https://. NULL:
   * "https://api.tencentsmh.cn". The vendor recommends the domain of the library,
   * "https://LIBRARY_ID.api.tencentsmh.cn". With http:// the store behind it is
   * reached without TLS, too.
   */
  const char *base_url;
  /** The id of the media library. Required. */
  const char *library_id;
  /**
   * The secret of the library, for back-ends. A token is fetched when it is
   * needed, kept, and fetched anew when it expires or is refused.
   */
  const char *library_secret;
  /**
   * A token that you got elsewhere. It cannot be renewed here: when it is
   * refused, calls fail with CHATFILE_E_AUTH. One that secret gives is asked for
   * again then, once.
   */
  const char *access_token;
  /** The tenant space. NULL: the only one of a single-tenant library. */
  const char *space_id;
  /** The user in whose name it is done. NULL: nobody's. */
  const char *user_id;
  /** The client of that user that a token is fetched for. NULL: none. */
  const char *client_id;
  /** The session of that user that a token is fetched for. NULL: none. */
  const char *session_id;
  /**
   * What a fetched token may do, with commas between ("upload_file",
   * "confirm_upload", ..., or "admin"). "": read only. NULL: what uploads,
   * downloads, deletions and the making of folders need.
   */
  const char *grant;
  /**
   * The lifetime of a fetched token in seconds, 300 to 315,360,000; every use of
   * the token begins it anew. 0: a day.
   */
  uint64_t token_ttl_seconds;
  /**
   * Not 0: SMH runs as a private deployment, in which each part of a file has
   * credentials of its own.
   */
  int32_t private_deployment;
  /**
   * Not 0: with library_secret and access_token both NULL, secret is asked for
   * "access_token"; with library_secret it is CHATFILE_E_ARGUMENT. 0: for
   * "library_secret".
   */
  int32_t ask_access_token;
  /**
   * Gives "library_secret" or "access_token" when it is needed. NULL: the fields
   * above hold it.
   */
  chatfile_secret_fn secret;
  /** Handed to secret. */
  void *secret_user;
} chatfile_smh;
/** Initialises a chatfile_smh: all defaults. */
#define CHATFILE_SMH_INIT { sizeof(chatfile_smh), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/**
 * Opens a client of a media library of Tencent SMH. config is copied. Otherwise as
 * chatfile_open_without_service(): may also fail with CHATFILE_E_LIMIT.
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_open_smh(
    const chatfile_smh *config,
    const chatfile_client_options *options,
    chatfile_client **out,
    chatfile_error **error);

/** How a file goes to Tencent SMH: one of the CHATFILE_SMH_METHOD_ numbers. */
typedef uint32_t chatfile_smh_method;

/**
 * In parts above 32 MiB, else in one request; if that is cut after a mebibyte or more,
 * the next attempt goes in parts.
 */
#define CHATFILE_SMH_METHOD_AUTOMATIC 0

/** In one request, up to 5 GiB. */
#define CHATFILE_SMH_METHOD_SIMPLE 1
/** In one request as multipart/form-data, up to 5 GiB. */
#define CHATFILE_SMH_METHOD_FORM 2
/** In parts, which can go on after an interruption. */
#define CHATFILE_SMH_METHOD_PARTS 3

/**
 * What happens if a file of that name is there: one of the CHATFILE_SMH_CONFLICT_
 * numbers.
 */
typedef uint32_t chatfile_smh_conflict;

/** The new file gets another name, "name (1).ext". */
#define CHATFILE_SMH_CONFLICT_RENAME 0
/** The upload fails with CHATFILE_E_CONFLICT. */
#define CHATFILE_SMH_CONFLICT_FAIL 1
/** The file is replaced; a folder stays, and the upload fails with CHATFILE_E_CONFLICT. */
#define CHATFILE_SMH_CONFLICT_OVERWRITE 2

/** What an upload to Tencent SMH can ask for besides. */
typedef struct chatfile_smh_upload {
  /** Set by CHATFILE_SMH_UPLOAD_INIT. */
  size_t struct_size;
  /**
   * The folder to put the file in, with / between the names. NULL: the root of
   * the space.
   */
  const char *directory;
  /**
   * Labels of the file, by which it can be searched for: label_count pointers, of
   * which none is NULL. NULL: none.
   */
  const char *const *labels;
  /** The number of pointers at labels. */
  size_t label_count;
  /** A category of your own, at most 16 bytes. NULL: none. */
  const char *category;
  /**
   * When the file was made where it comes from, like "2022-07-26T02:58:09Z".
   * NULL: not said.
   */
  const char *local_creation_time;
  /** When it was last changed there, in the same form. NULL: not said. */
  const char *local_modification_time;
  /**
   * With CHATFILE_SMH_CONFLICT_OVERWRITE: only the file with this content, which
   * chatfile_upload_result_content_cas() or chatfile_file_info_content_cas() has told.
   * If it has been changed meanwhile, or is not there, nothing is overwritten, and the
   * upload fails with CHATFILE_E_CONFLICT. CHATFILE_E_UNSUPPORTED with a private
   * deployment, which ignores it. NULL: whatever is there is overwritten.
   */
  const char *content_cas;
  /**
   * The bytes of each part but the last, 1 MiB to 5 GiB, and enough for at most
   * 10,000 parts; CHATFILE_E_ARGUMENT with CHATFILE_SMH_METHOD_SIMPLE or _FORM. 0: 2 MiB,
   * or more where that makes too many.
   */
  uint64_t part_size;
  /**
   * The most bytes a second that the store takes on each connection, 100 KiB
   * (102,400) to 100 MiB (104,857,600). 0: no limit.
   */
  uint64_t traffic_limit;
  /** How the file goes: CHATFILE_SMH_METHOD_AUTOMATIC (0), _SIMPLE, _FORM or _PARTS. */
  chatfile_smh_method method;
  /**
   * What happens if a file of that name is there: CHATFILE_SMH_CONFLICT_RENAME (0), _FAIL
   * or _OVERWRITE.
   */
  chatfile_smh_conflict conflict;
  /**
   * Not 0: make the folder, with its parents, if it is missing. 0: the upload
   * fails then.
   */
  int32_t create_directories;
  /**
   * Not 0: do not ask by hash whether SMH has the bytes already. Asking costs
   * reading the file once more, from 1 MiB on, and saves sending it.
   */
  int32_t skip_instant;
  /** Not 0: keep the store's domain of the file of the same name, if possible. */
  int32_t prefer_same_origin;
  /** Leave it 0. */
  int32_t reserved;
} chatfile_smh_upload;
/** Initialises a chatfile_smh_upload: all defaults. */
#define CHATFILE_SMH_UPLOAD_INIT { sizeof(chatfile_smh_upload), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/**
 * What a browser does with the file at the address of a presigned download: one of the
 * CHATFILE_SMH_DISPOSITION_ numbers.
 */
typedef uint32_t chatfile_smh_disposition;

/** What a browser makes of the file's type. */
#define CHATFILE_SMH_DISPOSITION_AUTOMATIC 0
/** A browser shows it, if it can. */
#define CHATFILE_SMH_DISPOSITION_SHOW 1
/** A browser saves it under its name. */
#define CHATFILE_SMH_DISPOSITION_SAVE 2

/** What a download from Tencent SMH can ask for besides. */
typedef struct chatfile_smh_download {
  /** Set by CHATFILE_SMH_DOWNLOAD_INIT. */
  size_t struct_size;
  /**
   * An older version of the file: chatfile_file_info_version() of a list of its versions
   * (chatfile_list_options.versions). NULL: the present one.
   */
  const char *version;
  /**
   * The most bytes a second that the store sends, 100 KiB (102,400) to 100 MiB
   * (104,857,600). 0: no limit.
   */
  uint64_t traffic_limit;
  /**
   * How long the address of a presigned download is good, from a minute to two hours; only
   * for chatfile_presign_download(). 0: as long as SMH finds fit, some two hours.
   */
  uint64_t link_ttl_seconds;
  /**
   * What a browser does with the file at the address of a presigned download:
   * CHATFILE_SMH_DISPOSITION_AUTOMATIC (0), _SHOW or _SAVE; only for
   * chatfile_presign_download().
   */
  chatfile_smh_disposition disposition;
  /** Leave it 0. */
  uint32_t reserved;
} chatfile_smh_download;
/** Initialises a chatfile_smh_download: all defaults. */
#define CHATFILE_SMH_DOWNLOAD_INIT { sizeof(chatfile_smh_download), 0, 0, 0, 0, 0 }

/** What a deletion at Tencent SMH can ask for besides. */
typedef struct chatfile_smh_delete {
  /** Set by CHATFILE_SMH_DELETE_INIT. */
  size_t struct_size;
  /** Not 0: delete it for good, also where the space has a recycle bin. */
  int32_t permanent;
  /** Leave it 0. */
  int32_t reserved;
} chatfile_smh_delete;
/** Initialises a chatfile_smh_delete: all defaults. */
#define CHATFILE_SMH_DELETE_INIT { sizeof(chatfile_smh_delete), 0, 0 }

/*
 * ===== OpenIM ============================================================
 *
 * A file is named by its full name, or by its URL.
 */

/**
 * An OpenIM server and who asks it: a user with a token, or, for back-ends, the
 * admin with the server's secret, for himself or for a user.
 */
typedef struct chatfile_openim {
  /** Set by CHATFILE_OPENIM_INIT. */
  size_t struct_size;
  /**
   * The address of the server's API: http:// or https://, for example
   * "https://im.example.com/api" or "http://10.0.0.1:10002". Required.
   */
  const char *base_url;
  /**
   * Who asks: a user's id; with admin_secret and without platform the admin's.
   * Required.
   */
  const char *user_id;
  /**
   * A token of user_id that you got elsewhere. It cannot be renewed here: when it
   * is refused, calls fail with CHATFILE_E_AUTH. One that secret gives is asked
   * for again then, once.
   */
  const char *token;
  /**
   * The server's secret, in place of token, for back-ends. Tokens are fetched when
   * they are needed, kept, and fetched anew when they expire or are refused.
   */
  const char *admin_secret;
  /**
   * The admin who fetches the token of user_id; with platform alone. NULL:
   * "imAdmin".
   */
  const char *admin_user_id;
  /**
   * With admin_secret: what user_id is logged in on, which can end an older login of the
   * user there. 1 iOS, 2 Android, 3 Windows, 4 macOS, 5 web, 6 mini program, 7 Linux, 8
   * Android tablet, 9 iPad, 11 HarmonyOS. 0: user_id is the admin.
   */
  uint32_t platform;
  /**
   * Not 0: with token and admin_secret both NULL, secret is asked for
   * "admin_secret". 0: for "token".
   */
  int32_t ask_admin_secret;
  /**
   * The largest file that may be sent, in bytes. 0: no limit, since the server has
   * none.
   */
  uint64_t max_upload_size;
  /**
   * Gives "token" or "admin_secret" when it is needed. NULL: the fields above hold
   * it.
   */
  chatfile_secret_fn secret;
  /** Handed to secret. */
  void *secret_user;
} chatfile_openim;
/** Initialises a chatfile_openim: all defaults. */
#define CHATFILE_OPENIM_INIT { sizeof(chatfile_openim), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/**
 * Opens a client of an OpenIM server. config is copied. Otherwise as
 * chatfile_open_without_service().
 */
CHATFILE_API chatfile_status CHATFILE_CALL chatfile_open_openim(
    const chatfile_openim *config,
    const chatfile_client_options *options,
    chatfile_client **out,
    chatfile_error **error);

/** How a file goes to OpenIM: one of the CHATFILE_OPENIM_METHOD_ numbers. */
typedef uint32_t chatfile_openim_method;

/** In parts; by form where the source cannot be read twice, or an option asks for it. */
#define CHATFILE_OPENIM_METHOD_AUTOMATIC 0
/** In one form. */
#define CHATFILE_OPENIM_METHOD_FORM 1
/** In parts, which can go on after an interruption. Reads the source twice. */
#define CHATFILE_OPENIM_METHOD_PARTS 2

/** What an upload to OpenIM can ask for besides. */
typedef struct chatfile_openim_upload {
  /** Set by CHATFILE_OPENIM_UPLOAD_INIT. */
  size_t struct_size;
  /**
   * The full name to store the file under, at most 1,024 bytes; it replaces a file
   * of that name. It begins with user_id and a slash, unless the admin asks, and
   * has no segment "." or "..", which no URL can hold. Its extension decides the
   * media type if media_type is NULL. NULL: user_id, a slash and the name of the
   * file.
   */
  const char *name;
  /**
   * The group of files that the server counts this one to; then it goes by form, if
   * one can be signed for its name and media type. NULL: none.
   */
  const char *group;
  /**
   * What the file is for, in words of your own; then it goes in parts. NULL: not
   * said.
   */
  const char *cause;
  /** How the file goes: CHATFILE_OPENIM_METHOD_AUTOMATIC (0), _FORM or _PARTS. */
  chatfile_openim_method method;
  /**
   * Not 0: the name itself is the key in the storage; for the admin alone, and by
   * form. A second file under it of another size replaces the first in the storage,
   * but is CHATFILE_E_INTEGRITY for 12 hours: the server remembers the size.
   */
  int32_t absolute;
} chatfile_openim_upload;
/** Initialises a chatfile_openim_upload: all defaults. */
#define CHATFILE_OPENIM_UPLOAD_INIT { sizeof(chatfile_openim_upload), 0, 0, 0, 0, 0 }

/** What a download from OpenIM can ask for besides. */
typedef struct chatfile_openim_download {
  /** Set by CHATFILE_OPENIM_DOWNLOAD_INIT. */
  size_t struct_size;
  /**
   * The format of the picture that chatfile_download_options.thumbnail asks for: "png",
   * "jpeg", "jpg" or "gif" (one frame). NULL: the storage's choice, which is "png" for
   * MinIO, whatever the image is.
   */
  const char *thumbnail_format;
} chatfile_openim_download;
/** Initialises a chatfile_openim_download: all defaults. */
#define CHATFILE_OPENIM_DOWNLOAD_INIT { sizeof(chatfile_openim_download), 0 }

#ifdef __cplusplus
}
#endif
#if defined(_WIN32)
#pragma pack(pop)
#endif

#endif /* CHATFILE_H */
