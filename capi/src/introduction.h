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
 * @CONTENTS@
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
