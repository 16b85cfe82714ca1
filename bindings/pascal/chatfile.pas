// Made by cargo xtask bindings from include/chatfile.h; do not edit.

unit chatfile;

// chatfile: upload, download and sign files at chat and media services. Functions, constants and fields are those
// of chatfile.h, pointers too: what C passes as &client, Pascal passes as @client. An upload to NetEase:
//
//     config := ChatfileNeteaseInit;
//     config.app_key := 'your AppKey';
//     config.app_secret := 'your AppSecret';
//     source := ChatfileSourceInit;
//     source.path := 'cat.jpg';
//     if chatfile_open_netease(@config, nil, @client, @error) = CHATFILE_OK then
//     begin
//       if chatfile_upload(client, @source, nil, @result, @error) = CHATFILE_OK then
//         WriteLn(chatfile_upload_result_url(result));
//       chatfile_upload_result_free(result);
//     end;
//     if error <> nil then
//       WriteLn(chatfile_error_message(error));
//     chatfile_error_free(error);
//     chatfile_client_free(client);
//
// Texts are PAnsiChar to UTF-8. Keep the UTF8String that you made one from while a record points to it:
//
//     path := UTF8Encode(dialog.FileName);
//     source.path := PAnsiChar(path);
//
// A callback is a function that is cdecl and no method, and lets no exception out; user can be an object.
//
// Calls block until they are done, and return CHATFILE_OK (0) or a CHATFILE_E_ number. The last parameter of
// each call is a place for an error object. It and options may be nil; every other pointer is required unless
// the function says otherwise. New numbers may come in every set (statuses, phases, kinds, capabilities, ...):
// be ready for one that you do not know. Any call may fail with CHATFILE_E_NULL, CHATFILE_E_TEXT,
// CHATFILE_E_STRUCT and CHATFILE_E_PANIC; its comment names what else. Every call sets that place, and the
// object that it makes (output^), to nil before it does anything else, so both may be freed whatever happened.
// On success output^ is yours, on failure error^.
//
// Structures begin with their size. Take each from its Init function, or set all of it to zero and struct_size
// to its sizeof; zero means default in every field. That is how they can grow: a program built with an older
// header works with a newer library, and one built with a newer header works with an older library unless it
// uses what that does not know (CHATFILE_E_STRUCT for a field, CHATFILE_E_ARGUMENT for a number).
//
// Text is NUL-terminated UTF-8 without CR and LF (which PEM and JSON may hold), file names too, on every
// system. Text and structures that you pass are not kept beyond the call.
//
// Callbacks, with the user pointers beside them: those of a client (secret, log, proxy_login) have to be good
// until chatfile_client_free() has returned and every list cursor of the client is free, those of a call until
// it has returned, and that of a cancel handle until it is free, the last call that it was given to has
// returned, and every list cursor whose options named it is free. None may raise an exception, or end the
// thread. Those for progress, reading and writing may make calls, with the same client, too; those of a client
// must not use it.
//
// Stack: a call takes up to 64 KiB of its thread's, most of it for TLS; make none on threads of less than 128
// KiB.
//
// Memory: what a function hands out through a pointer to a pointer is yours; free it with the _free() function
// of its type, never with free(). They take nil and cannot fail, and do not wait. What a getter returns belongs
// to the object that it was asked of, and lives as long as that. Getters take nil, too, and return 0 or nil
// then, unless they say otherwise.
//
// Threads: a client may be used by any number of threads at once; results and error objects may be read by
// several. Callbacks run on a thread that made a call, those of a transfer on the one that made it. The library
// starts threads for two things. Parts of a file are sent, and ranges of one fetched, side by side by threads
// that end with the call. Each name look-up has one, for no system lets one interrupt it: the call goes on
// without it when its time is over or it is cancelled. There is no global state and nothing to initialise; with
// no handle and no object left, the library can be unloaded at any time (its code then stays in memory, for a
// look-up that hangs). If you link the static library into a module that will be unloaded, link that with -z
// nodelete on Linux, too.
//
// Signals: none is raised or caught; SIGPIPE is not raised by what the library writes. fork() without exec:
// neither use nor free a client in the child.

{$IFDEF FPC}
  {$MODE DELPHI}
  {$PACKRECORDS C}
{$ELSE}
  {$ALIGN 8}
{$ENDIF}

interface

const
  // The library. A program of Free Pascal on Unix is linked with it (-Fl says in which folder it is).
{$IFDEF MSWINDOWS}
  ChatfileLibrary = 'chatfile.dll';
{$ELSE}
  {$IFDEF FPC}
  ChatfileLibrary = 'chatfile';
  {$ELSE}
    {$IFDEF MACOS}
  ChatfileLibrary = 'libchatfile.0.dylib';
    {$ELSE}
  ChatfileLibrary = 'libchatfile.so.0';
    {$ENDIF}
  {$ENDIF}
{$ENDIF}

type
  // int32_t and uint32_t.
  ChatfileInt32 = {$IFDEF FPC} Longint {$ELSE} Integer {$ENDIF};
  ChatfileUInt32 = {$IFDEF FPC} Longword {$ELSE} Cardinal {$ENDIF};
  // int64_t and uint64_t; Delphi has had the second since 2009.
  ChatfileInt64 = Int64;
  ChatfileUInt64 = {$IFDEF FPC} QWord {$ELSE} {$IFDEF UNICODE} UInt64 {$ELSE} Int64 {$ENDIF} {$ENDIF};
  // size_t; Delphi compiles for 64 bits since XE2.
  ChatfileSize =
{$IFDEF FPC}
    SizeUInt;
{$ELSE}
  {$IFDEF UNICODE}
    NativeUInt;
  {$ELSE}
    Cardinal;
  {$ENDIF}
{$ENDIF}
  PChatfileInt32 = ^ChatfileInt32;
  PChatfileUInt64 = ^ChatfileUInt64;
  PChatfileSize = ^ChatfileSize;
  PPAnsiChar = ^PAnsiChar;

const
  // It worked.
  CHATFILE_OK = 0;
  // Calls that failed.
  CHATFILE_LOG_ERROR = 1;
  // Also attempts that failed.
  CHATFILE_LOG_WARN = 2;
  // Also attempts that succeeded.
  CHATFILE_LOG_INFO = 3;
  // Also the steps in between (tokens, redirects, lost connections).
  CHATFILE_LOG_DEBUG = 4;
  // Also each request and answer with its header fields, and how connections came about; of values, those that
  // are harmless.
  CHATFILE_LOG_TRACE = 5;
  // Whichever works; those of both versions are tried in turn, a quarter of a second apart (RFC 8305).
  CHATFILE_IP_ANY = 0;
  // IPv4 alone.
  CHATFILE_IP_V4 = 4;
  // IPv6 alone.
  CHATFILE_IP_V6 = 6;
  // The CA certificates that are built in (Mozilla's); where none of them has signed, those of the operating
  // system.
  CHATFILE_TRUST_BOTH = 0;
  // Those that are built in, the same on every machine.
  CHATFILE_TRUST_BUILT_IN = 1;
  // Those of the operating system, so that what its administrator has taken away is not trusted either.
  CHATFILE_TRUST_SYSTEM = 2;
  // The service takes files.
  CHATFILE_CAN_UPLOAD = 1;
  // The service gives files back.
  CHATFILE_CAN_DOWNLOAD = 2;
  // Files can be deleted by the time of their upload.
  CHATFILE_CAN_DELETE_BY_TIME = 4;
  // A file can be protected by a share secret.
  CHATFILE_CAN_SHARE_SECRET = 8;
  // The service makes thumbnails of images.
  CHATFILE_CAN_THUMBNAIL = 16;
  // Requests can be presigned.
  CHATFILE_CAN_PRESIGN = 32;
  // A file can be deleted.
  CHATFILE_CAN_DELETE = 64;
  // Large files are sent in parts, side by side, and can be gone on with after a failure.
  CHATFILE_CAN_PARTS = 128;
  // What the service has already is not sent again.
  CHATFILE_CAN_INSTANT_UPLOAD = 256;
  // chatfile_info() and chatfile_exists().
  CHATFILE_CAN_INFO = 512;
  // chatfile_list().
  CHATFILE_CAN_LIST = 1024;
  // TChatfileUploadOptions.message.
  CHATFILE_CAN_MESSAGE = 2048;
  // It waits, for an answer, for its turn, or to try again.
  CHATFILE_ACTIVITY_WAITING = 0;
  // It looks for a host and connects, through a proxy and with TLS where there are.
  CHATFILE_ACTIVITY_CONNECTING = 1;
  // It sends the file.
  CHATFILE_ACTIVITY_SENDING = 2;
  // It receives the file.
  CHATFILE_ACTIVITY_RECEIVING = 3;
  // It reads the file before it sends it, or once more: for a hash that the service knows it by, to compare
  // what has arrived of an earlier upload, or for a digest that was asked for.
  CHATFILE_ACTIVITY_HASHING = 4;
  // It gets a token, or another permission of the storage.
  CHATFILE_ACTIVITY_RENEWING = 5;
  // A size that is not known: of what read of a TChatfileSource produces, or of the file that
  // chatfile_presign_upload() makes a request for.
  CHATFILE_SIZE_UNKNOWN = ChatfileUInt64(-1);
  // No message is made.
  CHATFILE_MESSAGE_NONE = 0;
  // What the media type says: an image, audio or a video; anything else is a file.
  CHATFILE_MESSAGE_AUTOMATIC = 1;
  // A file to download.
  CHATFILE_MESSAGE_FILE = 2;
  // A picture.
  CHATFILE_MESSAGE_IMAGE = 3;
  // Sound.
  CHATFILE_MESSAGE_AUDIO = 4;
  // A video.
  CHATFILE_MESSAGE_VIDEO = 5;
  // The file itself.
  CHATFILE_THUMBNAIL_NONE = 0;
  // A small picture of an image.
  CHATFILE_THUMBNAIL_IMAGE = 1;
  // A picture of a video, its first frame.
  CHATFILE_THUMBNAIL_VIDEO = 2;
  // Where calls go.
  CHATFILE_CHECK_ADDRESS = 0;
  // Whether they go through a proxy, and whether that lets them.
  CHATFILE_CHECK_PROXY = 1;
  // The addresses of the host, or of the proxy.
  CHATFILE_CHECK_NAME = 2;
  // A TCP connection.
  CHATFILE_CHECK_CONNECTION = 3;
  // TLS, and whether the certificate is trusted.
  CHATFILE_CHECK_TLS = 4;
  // Whether the clock of this machine is that of the service.
  CHATFILE_CHECK_CLOCK = 5;
  // A token, where the service has some.
  CHATFILE_CHECK_CREDENTIALS = 6;
  // The smallest call that takes the credentials.
  CHATFILE_CHECK_SERVICE = 7;
  // It works.
  CHATFILE_VERDICT_OK = 1;
  // It works, and something about it is to be looked at.
  CHATFILE_VERDICT_WARNING = 2;
  // It does not work.
  CHATFILE_VERDICT_FAILED = 3;
  // There is no such thing here, or a step before it has failed.
  CHATFILE_VERDICT_NOT_TRIED = 0;
  // There is no file in the request.
  CHATFILE_ENCODING_NONE = 0;
  // The file as it is.
  CHATFILE_ENCODING_IDENTITY = 1;
  // The file as padded standard base64.
  CHATFILE_ENCODING_BASE64 = 2;
  // The file as padded standard base64 with +, / and = percent-encoded.
  CHATFILE_ENCODING_BASE64_FORM = 3;
  // The hash by which Tencent SMH knows a whole file (fullHash): SHA-256, chained after every MiB; 64
  // lower-case hex digits.
  CHATFILE_DIGEST_SMH_FULL = 1;
  // SMH's beginningHash: SHA-256 of the first MiB, or of all if it is less; 64 lower-case hex digits.
  CHATFILE_DIGEST_SMH_BEGINNING = 2;
  // The hash by which OpenIM knows a file: MD5 of the MD5s of its parts, joined by commas; 32 lower-case hex
  // digits.
  CHATFILE_DIGEST_OPENIM = 4;
  // CRC-64/XZ, which Tencent calls CRC64; an unsigned decimal number.
  CHATFILE_DIGEST_CRC64 = 8;
  // The size of a buffer for any text of a TChatfileDigest, also of later versions.
  CHATFILE_DIGEST_TEXT_SIZE = 129;
  // A parameter has a value that can never work.
  CHATFILE_E_ARGUMENT = 100;
  // A required parameter is nil.
  CHATFILE_E_NULL = 101;
  // A text is not UTF-8, or holds characters that may not stand there (CR, LF).
  CHATFILE_E_TEXT = 102;
  // A structure was not initialised with its INIT macro, or asks for something that this version of the library
  // does not know; or chatfile_version_check() was given that of a header for which the library is too old.
  CHATFILE_E_STRUCT = 103;
  // A limit would be exceeded (a size, a length, a range of time): one that is known beforehand, so that
  // nothing was sent, or, with an answer, your own max_size, and an offset behind the end of the file. The
  // message names field, value and bound.
  CHATFILE_E_LIMIT = 104;
  // The service, the client or this system cannot do this.
  CHATFILE_E_UNSUPPORTED = 105;
  // The source could not be opened, read or rewound, or did not hold the bytes announced.
  CHATFILE_E_SOURCE = 106;
  // The target could not be written.
  CHATFILE_E_SINK = 107;
  // The file changed while it was being read.
  CHATFILE_E_SOURCE_CHANGED = 108;
  // There is no memory for what the call needs: a file that is downloaded to memory, or the text of an answer.
  CHATFILE_E_MEMORY = 109;
  // The checkpoint of an upload cannot be read or written, or is in use.
  CHATFILE_E_CHECKPOINT = 110;
  // The operating system refuses what a call needs: random numbers, a thread, a socket (too many files are
  // open, for example).
  CHATFILE_E_SYSTEM = 111;
  // The host name could not be resolved.
  CHATFILE_E_RESOLVE = 200;
  // No connection could be made.
  CHATFILE_E_CONNECT = 201;
  // TLS failed: most often a certificate that is not trusted.
  CHATFILE_E_TLS = 202;
  // The connection broke while sending or receiving.
  CHATFILE_E_CONNECTION_LOST = 203;
  // No connection within connect_timeout_ms.
  CHATFILE_E_CONNECT_TIMEOUT = 204;
  // No byte moved for stall_timeout_ms.
  CHATFILE_E_STALLED = 205;
  // The call did not finish within deadline_ms.
  CHATFILE_E_DEADLINE = 206;
  // A redirect was refused: too many, one of an upload, or to what is no URL that can be asked.
  CHATFILE_E_REDIRECT = 207;
  // The other side does not speak HTTP/1.1.
  CHATFILE_E_PROTOCOL = 208;
  // The proxy refused, or wants another login.
  CHATFILE_E_PROXY = 209;
  // A message, a presigned request, an answer or a redirect leads to where the options of the client do not let
  // it: the field says which, allow_plain_http or refuse_private_addresses. Nothing was sent there.
  CHATFILE_E_BLOCKED_ADDRESS = 210;
  // The service refused the request for a reason of its own.
  CHATFILE_E_SERVICE = 300;
  // The credentials or the token were refused.
  CHATFILE_E_AUTH = 301;
  // The credentials are good, but do not allow this.
  CHATFILE_E_FORBIDDEN = 302;
  // The file, the app or the address does not exist.
  CHATFILE_E_NOT_FOUND = 303;
  // The file, or the presigned request, existed and has expired.
  CHATFILE_E_EXPIRED = 304;
  // The service finds the file too large.
  CHATFILE_E_TOO_LARGE = 305;
  // Too many calls; try again later.
  CHATFILE_E_RATE_LIMITED = 306;
  // The service is out of order at the moment.
  CHATFILE_E_UNAVAILABLE = 307;
  // The answer is not the documented one, so nothing in it was believed.
  CHATFILE_E_RESPONSE = 308;
  // A file or folder of that name is there already.
  CHATFILE_E_CONFLICT = 309;
  // The file was stored, but not restricted as was asked for: anyone may get it. chatfile_error_file() names
  // it.
  CHATFILE_E_NOT_RESTRICTED = 310;
  // Fewer bytes arrived than were announced: a download left no file; what was uploaded may be stored.
  CHATFILE_E_TRUNCATED = 400;
  // The bytes do not match the checksum stated for them; a download left no file. SMH states one of every file
  // (CRC-64), OpenIM of every part (MD5). Or they are not what you expect: chatfile_error_field() is then the
  // option (expected_md5, for example), and the call was not tried again.
  CHATFILE_E_INTEGRITY = 401;
  // The call was cancelled by its cancel handle.
  CHATFILE_E_CANCELLED = 500;
  // One of your callbacks returned non-zero, which stopped the call; chatfile_error_callback_value() has what
  // it returned.
  CHATFILE_E_CALLBACK = 501;
  // A defect in this library, caught before it could harm your program. Please report it with the message.
  CHATFILE_E_PANIC = 900;
  // Checking parameters and opening the source; nothing was sent.
  CHATFILE_PHASE_PREPARE = 0;
  // Getting a token.
  CHATFILE_PHASE_TOKEN = 1;
  // Resolving the name, connecting, and TLS.
  CHATFILE_PHASE_CONNECT = 2;
  // Sending the request or its body.
  CHATFILE_PHASE_SEND = 3;
  // Waiting for the answer, reading it, and judging it.
  CHATFILE_PHASE_RECEIVE = 4;
  // Putting the finished file in its place.
  CHATFILE_PHASE_FINISH = 5;
  // It was not TLS.
  CHATFILE_TLS_NONE = 0;
  // Something else; the message says what is known.
  CHATFILE_TLS_OTHER = 1;
  // The certificate is signed by nobody who is trusted.
  CHATFILE_TLS_UNKNOWN_ISSUER = 2;
  // The certificate has expired, or the clock of this machine is wrong.
  CHATFILE_TLS_EXPIRED = 3;
  // The certificate is not valid yet, or the clock of this machine is wrong.
  CHATFILE_TLS_NOT_YET_VALID = 4;
  // The certificate is for other names.
  CHATFILE_TLS_WRONG_NAME = 5;
  // The certificate was revoked.
  CHATFILE_TLS_REVOKED = 6;
  // The certificate is not signed by the authority that it names.
  CHATFILE_TLS_BAD_SIGNATURE = 7;
  // The certificate is not made for servers.
  CHATFILE_TLS_WRONG_PURPOSE = 8;
  // The server wants another certificate of the client, or one at all.
  CHATFILE_TLS_CLIENT_CERTIFICATE = 9;
  // The two sides have no version or no cipher in common.
  CHATFILE_TLS_INCOMPATIBLE = 10;
  // The other side does not speak TLS.
  CHATFILE_TLS_NOT_SPOKEN = 11;
  CHATFILE_HEADER_VERSION = '0.1.0';
  CHATFILE_VERSION_MAJOR = 0;
  CHATFILE_VERSION_MINOR = 1;
  CHATFILE_VERSION_PATCH = 0;
  // multipart/form-data to msg/fileUpload.action, the bytes as they are.
  CHATFILE_NETEASE_METHOD_FORM = 0;
  // base64 in a form to msg/upload.action, a third larger. Reads the source twice.
  CHATFILE_NETEASE_METHOD_BASE64 = 1;
  // The size of a buffer for chatfile_netease_checksum(): 40 hex digits and a NUL.
  CHATFILE_NETEASE_CHECKSUM_SIZE = 41;
  // In parts above 32 MiB, else in one request; if that is cut after a mebibyte or more, the next attempt goes
  // in parts.
  CHATFILE_SMH_METHOD_AUTOMATIC = 0;
  // In one request, up to 5 GiB.
  CHATFILE_SMH_METHOD_SIMPLE = 1;
  // In one request as multipart/form-data, up to 5 GiB.
  CHATFILE_SMH_METHOD_FORM = 2;
  // In parts, which can go on after an interruption.
  CHATFILE_SMH_METHOD_PARTS = 3;
  // The new file gets another name, "name (1).ext".
  CHATFILE_SMH_CONFLICT_RENAME = 0;
  // The upload fails with CHATFILE_E_CONFLICT.
  CHATFILE_SMH_CONFLICT_FAIL = 1;
  // The file is replaced; a folder stays, and the upload fails with CHATFILE_E_CONFLICT.
  CHATFILE_SMH_CONFLICT_OVERWRITE = 2;
  // What a browser makes of the file's type.
  CHATFILE_SMH_DISPOSITION_AUTOMATIC = 0;
  // A browser shows it, if it can.
  CHATFILE_SMH_DISPOSITION_SHOW = 1;
  // A browser saves it under its name.
  CHATFILE_SMH_DISPOSITION_SAVE = 2;
  // In parts; by form where the source cannot be read twice, or an option asks for it.
  CHATFILE_OPENIM_METHOD_AUTOMATIC = 0;
  // In one form.
  CHATFILE_OPENIM_METHOD_FORM = 1;
  // In parts, which can go on after an interruption. Reads the source twice.
  CHATFILE_OPENIM_METHOD_PARTS = 2;
  CHATFILE_HEADER_VERSION_NUMBER =
    CHATFILE_VERSION_MAJOR * 1000000 + CHATFILE_VERSION_MINOR * 1000 + CHATFILE_VERSION_PATCH;

type
  // How a call ended: CHATFILE_OK or one of the CHATFILE_E_ numbers. They come in bands: 1xx the caller, 2xx
  // the transport, 3xx the service, 4xx the integrity of the bytes, 5xx control by the caller, 9xx this
  // library. A number is never used for something else later, and new ones may come: treat one you do not know
  // by its band.
  TChatfileStatus = ChatfileUInt32;
  // How much to log, or how much a line matters: one of the CHATFILE_LOG_ numbers. Each includes those below
  // it.
  TChatfileLogLevel = ChatfileUInt32;
  // Which addresses of hosts to connect to: one of the CHATFILE_IP_ numbers.
  TChatfileIpVersion = ChatfileUInt32;
  // Which CA certificates to trust: one of the CHATFILE_TRUST_ numbers.
  TChatfileTrust = ChatfileUInt32;
  // What the service of a client can do: one of the CHATFILE_CAN_ numbers, or several of them, or-ed.
  TChatfileCapability = ChatfileUInt32;
  // What a call is doing: one of the CHATFILE_ACTIVITY_ numbers.
  TChatfileActivity = ChatfileUInt32;
  // What a service's message about a file shows: one of the CHATFILE_MESSAGE_ numbers.
  TChatfileMessageKind = ChatfileUInt32;
  // Of what kind of file a small picture is wanted: one of the CHATFILE_THUMBNAIL_ numbers.
  TChatfileThumbnailKind = ChatfileUInt32;
  // What was looked at: one of the CHATFILE_CHECK_ numbers. The order of the steps is that of the result, not
  // of the numbers.
  TChatfileCheckKind = ChatfileUInt32;
  // What came of a step: one of the CHATFILE_VERDICT_ numbers.
  TChatfileVerdict = ChatfileUInt32;
  // How the file is written in the body of a presigned request: one of the CHATFILE_ENCODING_ numbers.
  TChatfileEncoding = ChatfileUInt32;
  // Digests by which services know files: one of the CHATFILE_DIGEST_ numbers, or several of them, or-ed.
  TChatfileDigestKind = ChatfileUInt32;
  // How far a call had come when it failed: one of the CHATFILE_PHASE_ numbers.
  TChatfilePhase = ChatfileUInt32;
  // What it was in TLS that failed: one of the CHATFILE_TLS_ numbers.
  TChatfileTlsFault = ChatfileUInt32;
  // How a file goes to NetEase: one of the CHATFILE_NETEASE_METHOD_ numbers.
  TChatfileNeteaseMethod = ChatfileUInt32;
  // How a file goes to Tencent SMH: one of the CHATFILE_SMH_METHOD_ numbers.
  TChatfileSmhMethod = ChatfileUInt32;
  // What happens if a file of that name is there: one of the CHATFILE_SMH_CONFLICT_ numbers.
  TChatfileSmhConflict = ChatfileUInt32;
  // What a browser does with the file at the address of a presigned download: one of the
  // CHATFILE_SMH_DISPOSITION_ numbers.
  TChatfileSmhDisposition = ChatfileUInt32;
  // How a file goes to OpenIM: one of the CHATFILE_OPENIM_METHOD_ numbers.
  TChatfileOpenimMethod = ChatfileUInt32;

  // Why a call failed. You own it: free it with chatfile_error_free(). It never holds a secret. May be read by
  // several threads at once.
  TChatfileError = record end;
  PChatfileError = ^TChatfileError;
  PPChatfileError = ^PChatfileError;

  // Speaks to one service with one set of credentials. Safe to share between threads: calls run side by side,
  // and share tokens and open connections. It has no thread of its own.
  TChatfileClient = record end;
  PChatfileClient = ^TChatfileClient;
  PPChatfileClient = ^PChatfileClient;

  // Cancels the calls whose options name it, from any thread. It can be used once: calls that begin after it
  // was fired are cancelled, too. You own it: free it with chatfile_cancel_free(), also while a call is using
  // it.
  TChatfileCancel = record end;
  PChatfileCancel = ^TChatfileCancel;
  PPChatfileCancel = ^PChatfileCancel;

  // A stored file. You own it: free it with chatfile_upload_result_free().
  TChatfileUploadResult = record end;
  PChatfileUploadResult = ^TChatfileUploadResult;
  PPChatfileUploadResult = ^PChatfileUploadResult;

  // A file that has arrived, or a part of one. You own it: free it with chatfile_download_result_free().
  TChatfileDownloadResult = record end;
  PChatfileDownloadResult = ^TChatfileDownloadResult;
  PPChatfileDownloadResult = ^PChatfileDownloadResult;

  // What a service says of a file or a folder. One of chatfile_info() is yours: free it with
  // chatfile_file_info_free(). One of chatfile_listing_entry() belongs to the list. What the service does not
  // say is nil.
  TChatfileFileInfo = record end;
  PChatfileFileInfo = ^TChatfileFileInfo;
  PPChatfileFileInfo = ^PChatfileFileInfo;

  // Some of what is in a folder, or of the versions of a file. You own it: free it with
  // chatfile_listing_free().
  TChatfileListing = record end;
  PChatfileListing = ^TChatfileListing;
  PPChatfileListing = ^PChatfileListing;

  // A walk through a folder: gives one entry after the other, and asks for the next list when it is needed. Not
  // for several threads at once. You own it: free it with chatfile_list_cursor_free(), but not in a callback of
  // its own call.
  TChatfileListCursor = record end;
  PChatfileListCursor = ^TChatfileListCursor;
  PPChatfileListCursor = ^PChatfileListCursor;

  // A deletion that the service has accepted. You own it: free it with chatfile_delete_result_free().
  TChatfileDeleteResult = record end;
  PChatfileDeleteResult = ^TChatfileDeleteResult;
  PPChatfileDeleteResult = ^PChatfileDeleteResult;

  // The steps of a chatfile_check(). You own it: free it with chatfile_check_result_free().
  TChatfileCheckResult = record end;
  PChatfileCheckResult = ^TChatfileCheckResult;
  PPChatfileCheckResult = ^PChatfileCheckResult;

  // A step of a check. It belongs to the result.
  TChatfileCheckStep = record end;
  PChatfileCheckStep = ^TChatfileCheckStep;
  PPChatfileCheckStep = ^PChatfileCheckStep;

  // A request that is complete but for the file: a back-end that holds the secret makes it, and a program that
  // holds none sends it. It is a credential: it holds Easemob's token, a NetEase signature that covers neither
  // address nor file, or a permission of the storage of SMH or OpenIM, so whoever has it may be able to make
  // other calls with it until it expires. You own it: free it with chatfile_presigned_free().
  TChatfilePresigned = record end;
  PChatfilePresigned = ^TChatfilePresigned;
  PPChatfilePresigned = ^PChatfilePresigned;

  // Digests of bytes that come one after the other, by which services know files they already have, and check
  // what they got. You own it: free it with chatfile_digest_free(). Several threads may ask it for results at
  // once, but none while another calls one of the two update functions.
  TChatfileDigest = record end;
  PChatfileDigest = ^TChatfileDigest;
  PPChatfileDigest = ^PChatfileDigest;

  // Gives the user name and password for a proxy that asks for them (407, or as SOCKS5 does), or refuses those
  // that it was given: puts "NAME:PASSWORD" at buffer, at most capacity bytes (no fewer than 16,384), without a
  // NUL, stores their number in *size, and returns 0. A size beyond that is CHATFILE_E_TEXT. A size of 0 says
  // that there is none, and the call fails with CHATFILE_E_PROXY, as it does after three in a row that the
  // proxy refuses. What else than 0 is returned stops the call with CHATFILE_E_CALLBACK. proxy is its
  // "host:port", scheme "Basic", "Digest" or "SOCKS5", realm what the proxy says that the password is for,
  // which may be anything (SOCKS5 says nothing: ""); they are valid during the call only. Called on a thread
  // that made a call, by one thread at a time. What is given is kept while the client lives, and then wiped.
  // Must not raise an exception, or use the client.
  TChatfileProxyLoginFn = function(
    user: Pointer;
    proxy: PAnsiChar;
    scheme: PAnsiChar;
    realm: PAnsiChar;
    buffer: PAnsiChar;
    capacity: ChatfileSize;
    size: PChatfileSize): ChatfileInt32; cdecl;

  // Takes a line of the log, UTF-8 without a line end, valid during the call only. A line says which service
  // was called for what, with which outcome, and never holds a secret; but paths are in it, and that of a
  // NetEase file is enough to fetch it. Called on a thread that made a call, so by several at once if several
  // use the client. Must not raise an exception, or use the client.
  TChatfileLogFn = procedure(user: Pointer; level: TChatfileLogLevel; line: PAnsiChar); cdecl;

  // How a client behaves. The defaults suit a desktop program on Wi-Fi.
  PChatfileClientOptions = ^TChatfileClientOptions;
  TChatfileClientOptions = record
    // Set by ChatfileClientOptionsInit.
    struct_size: ChatfileSize;
    // Your program as it should appear in the User-Agent, for example "MyChat/4.2"; the library's own name is
    // added. ASCII. nil: that alone.
    user_agent: PAnsiChar;
    // The longest time for one connection, in milliseconds: name look-up, TCP, proxy and TLS together. 0:
    // 15,000.
    connect_timeout_ms: ChatfileUInt32;
    // A transfer in which no byte moves for so many milliseconds has failed; one byte a second is alive. 0:
    // 60,000.
    stall_timeout_ms: ChatfileUInt32;
    // The longest time for a whole call with all its attempts, in milliseconds. 0: no limit.
    deadline_ms: ChatfileUInt32;
    // How often each request of a call is tried. A request lost on a kept-alive connection that the server had
    // closed is sent again and not counted; an upload is not, where this is 1. 0: 4; 1: never again.
    max_attempts: ChatfileUInt32;
    // The upper bound of the pause before the second attempt, in milliseconds; it doubles with each further
    // one, and the pause is a random part of it. What the service asks for is added. 0: 500.
    retry_delay_ms: ChatfileUInt32;
    // No attempt begins later than so many milliseconds after its call did. 0: no limit.
    retry_time_ms: ChatfileUInt32;
    // The most calls of the service in a second, over all threads that use this client; tokens (but OpenIM's),
    // presigned requests, NetEase downloads and the parts of files are not counted. 0: what the vendor allows
    // an app (100 at Easemob and NetEase; the others state none). Several clients or programs with one app do
    // not know of each other: divide it.
    calls_per_second: ChatfileUInt32;
    // The most bytes to send in a second, over all transfers; see chatfile_client_set_rates(). 0: no limit.
    upload_rate: ChatfileUInt64;
    // The most bytes to receive in a second, over all transfers. 0: no limit.
    download_rate: ChatfileUInt64;
    // Other addresses of the same service, separated by commas: URLs of the form of base_url. Where that cannot
    // be reached (name, connection, TLS), so that nothing was sent, they are asked in turn; the one that was
    // reached is asked first from then on. None may be http:// if base_url is https://. nil: none.
    fallback_urls: PAnsiChar;
    // Where hosts are, whatever the system says: "HOST:PORT:ADDRESS", separated by commas; a host that is named
    // several times has several addresses. Hosts that a proxy resolves are not looked for here. nil: nothing is
    // said.
    resolve: PAnsiChar;
    // Which addresses of hosts to connect to: CHATFILE_IP_ANY (0), CHATFILE_IP_V4 or CHATFILE_IP_V6.
    ip_version: TChatfileIpVersion;
    // A proxy for everything: "http://user:password@host:port" (plain requests for http, CONNECT for https),
    // "https://..." (the same over TLS), "socks5h://...", which all resolve the names of hosts, or
    // "socks5://...", which is given addresses; user name and password percent-encoded. An http proxy gets them
    // by Basic, or by Digest if it asks for that. "system": on Windows what the Internet options of the user
    // say (a script there is CHATFILE_E_UNSUPPORTED), elsewhere the environment, as with
    // proxy_from_environment. nil: none.
    proxy: PAnsiChar;
    // Gives the user name and password for a proxy that asks for them, where its URL has none, or none that it
    // takes. nil: nobody is asked.
    proxy_login: TChatfileProxyLoginFn;
    // Handed to proxy_login.
    proxy_login_user: Pointer;
    // Hosts to reach without the proxy, separated by commas: names, with their subdomains, addresses, networks
    // ("10.0.0.0/8"), each alone or at a port ("example.com:8080"); "*" for all. nil: none.
    no_proxy: PAnsiChar;
    // Not 0: take the proxies from the environment (http_proxy, https_proxy, all_proxy, no_proxy), now; not
    // together with proxy. 0: the environment is not looked at.
    proxy_from_environment: ChatfileInt32;
    // Not 0: let a service or host that is asked over https send us on to an "http://" address, by a redirect
    // or as its store, where anyone in between can read and change the file. 0: that is refused, by
    // CHATFILE_E_BLOCKED_ADDRESS with this field.
    allow_plain_http: ChatfileInt32;
    // Not 0: send nothing to a loopback, link-local, private or other special-purpose address if a message, a
    // presigned request, an answer or a redirect says so (CHATFILE_E_BLOCKED_ADDRESS with this field): for
    // back-ends, which such a URL could lead to hosts that nobody outside may reach. It is checked on the
    // address that is connected to. base_url and the proxies may be any; behind a proxy only the proxy knows
    // what a name stands for, so that only addresses and localhost are refused. 0: they may lead anywhere.
    refuse_private_addresses: ChatfileInt32;
    // How much to log. 0: CHATFILE_LOG_INFO.
    log_level: TChatfileLogLevel;
    // Takes the lines of the log. nil: none.
    log: TChatfileLogFn;
    // Handed to log.
    log_user: Pointer;
    // Not 0: the error of a call that failed says what the call has done (chatfile_error_trace()), which is
    // kept in memory meanwhile, up to 64 KiB of it. Whatever becomes of a call, its log says the same with
    // CHATFILE_LOG_TRACE. 0: errors have no trace.
    trace: ChatfileInt32;
    // Which CA certificates to trust besides ca_certificates: CHATFILE_TRUST_BOTH (0), CHATFILE_TRUST_BUILT_IN
    // or CHATFILE_TRUST_SYSTEM.
    trust: TChatfileTrust;
    // More CA certificates to trust: PEM (any number) or DER (one). nil: none.
    ca_certificates: Pointer;
    // The number of bytes at ca_certificates.
    ca_certificates_size: ChatfileSize;
    // A file with them instead, in UTF-8: not together with ca_certificates. nil: none.
    ca_certificates_path: PAnsiChar;
    // A certificate chain that says who this client is: PEM, its own first, with a NUL at the end. nil: none.
    client_certificate: PAnsiChar;
    // The key that goes with it: PEM (PKCS#8, PKCS#1 or SEC1), with a NUL at the end.
    client_key: PAnsiChar;
  end;

  // How far a transfer has come. Counts bytes of the file, not of its encoding.
  PChatfileProgress = ^TChatfileProgress;
  TChatfileProgress = record
    // The size of this structure in the library that calls you: fields of your header that lie beyond it are
    // not there.
    struct_size: ChatfileSize;
    // Bytes moved so far. Never falls, also when an attempt is repeated, unless a download had to begin anew
    // because the file at the service had become shorter. Equals total in the last report only, when the
    // service has said yes (or for an empty file).
    done: ChatfileUInt64;
    // The size of the file; 0 while it is not known.
    total: ChatfileUInt64;
    // 1 if total is known.
    total_known: ChatfileInt32;
    // 1 in the last report, which a failed transfer never makes.
    finished: ChatfileInt32;
    // What the call is doing: CHATFILE_ACTIVITY_WAITING (0), CHATFILE_ACTIVITY_CONNECTING,
    // CHATFILE_ACTIVITY_SENDING, CHATFILE_ACTIVITY_RECEIVING, CHATFILE_ACTIVITY_HASHING or
    // CHATFILE_ACTIVITY_RENEWING.
    activity: TChatfileActivity;
    // Nothing yet.
    reserved: ChatfileUInt32;
    // Bytes that have been read for a hash, while activity is CHATFILE_ACTIVITY_HASHING; else those of the last
    // time. Begins anew with each reading.
    hashed: ChatfileUInt64;
    // Bytes that are to be read for it.
    hash_total: ChatfileUInt64;
    // Bytes of the file in a second, over the last seconds; 0 while it is not known.
    rate: ChatfileUInt64;
    // Milliseconds until all bytes have moved, at that rate; -1 while it cannot be told.
    remaining_ms: ChatfileInt64;
  end;

  // Produces bytes of a source: puts up to capacity of them at buffer, stores their number in *size (0 at the
  // end of the data), and returns 0. Anything else stops the transfer with CHATFILE_E_CALLBACK, and a number
  // above capacity with CHATFILE_E_SOURCE. After the last byte it is called once more and has to store 0; a
  // stream that waits for more there holds up the call. Must not raise an exception.
  TChatfileReadFn = function(
    user: Pointer;
    buffer: Pointer;
    capacity: ChatfileSize;
    size: PChatfileSize): ChatfileInt32; cdecl;

  // Goes back to the first byte of a source and returns 0. Anything else stops the transfer with
  // CHATFILE_E_CALLBACK. Must not raise an exception.
  TChatfileRewindFn = function(user: Pointer): ChatfileInt32; cdecl;

  // What to upload. Set exactly one of path, data and read.
  PChatfileSource = ^TChatfileSource;
  TChatfileSource = record
    // Set by ChatfileSourceInit.
    struct_size: ChatfileSize;
    // A regular file, in UTF-8. It must not change during the call, or the call fails with
    // CHATFILE_E_SOURCE_CHANGED. What the system makes up as it is read (/proc) has no size, and is
    // CHATFILE_E_SOURCE.
    path: PAnsiChar;
    // Bytes in memory; read during the call, never copied whole. Not nil also for no bytes.
    data: Pointer;
    // The number of bytes at data; 0 without data.
    data_size: ChatfileSize;
    // Produces the bytes; called on the calling thread.
    read: TChatfileReadFn;
    // Goes back to the first byte. Without it an upload is not tried again once its first byte went out, SMH is
    // not asked whether it has the bytes, and CHATFILE_NETEASE_METHOD_BASE64 and CHATFILE_OPENIM_METHOD_PARTS
    // are not possible. Not needed where the length is CHATFILE_SIZE_UNKNOWN.
    rewind: TChatfileRewindFn;
    // Handed to read and rewind.
    user: Pointer;
    // The exact number of bytes that read will produce; 0 are none. Behind them read is called once more, and
    // has to say that the data are at an end: the call fails with CHATFILE_E_SOURCE if it gives fewer, or more.
    // What does not end by itself (a pipe that stays open) has to be ended by read.
    //
    // CHATFILE_SIZE_UNKNOWN: as many as read produces until it says that they are at an end. The services have
    // to be told the length of a request before its first byte. So SMH gets such bytes in parts as they come,
    // of which a few are kept until they are sent, and elsewhere, or where the upload is to be resumed, all are
    // kept first: in a file that nobody else can open, in the system's folder for temporary files (TMPDIR; TMP
    // on Windows), and no more than the service takes (else CHATFILE_E_LIMIT).
    //
    // 0 without read.
    length: ChatfileUInt64;
  end;

  // What an upload to Easemob can ask for besides.
  PChatfileEasemobUpload = ^TChatfileEasemobUpload;
  TChatfileEasemobUpload = record
    // Set by ChatfileEasemobUploadInit.
    struct_size: ChatfileSize;
    // Not 0: only who knows the share secret may download the file. Easemob has to switch the feature on for
    // the app: else the file is stored open to all, and the call fails with CHATFILE_E_NOT_RESTRICTED.
    restrict_access: ChatfileInt32;
    // Width of the thumbnail that the service makes of an image, in pixels. 0: 170.
    thumbnail_width: ChatfileUInt32;
    // Height of that thumbnail, in pixels. 0: 170.
    thumbnail_height: ChatfileUInt32;
    // Leave it 0.
    reserved: ChatfileUInt32;
  end;

  // What an upload to NetEase can ask for besides.
  PChatfileNeteaseUpload = ^TChatfileNeteaseUpload;
  TChatfileNeteaseUpload = record
    // Set by ChatfileNeteaseUploadInit.
    struct_size: ChatfileSize;
    // How the file goes: CHATFILE_NETEASE_METHOD_FORM (0) or CHATFILE_NETEASE_METHOD_BASE64.
    method: TChatfileNeteaseMethod;
    // Not 0: ask for an http:// URL. 0: https://, other than the service's own default.
    plain_http_url: ChatfileInt32;
    // The scenario tag to store with the file, at most 32 characters. nil: none.
    tag: PAnsiChar;
    // The lifetime of the file, in seconds, at least 86,400 and at most 68 years: it is deleted then. 0: for
    // ever.
    ttl_seconds: ChatfileUInt64;
  end;

  // What an upload to Huawei can ask for besides.
  PChatfileHuaweiUpload = ^TChatfileHuaweiUpload;
  TChatfileHuaweiUpload = record
    // Set by ChatfileHuaweiUploadInit.
    struct_size: ChatfileSize;
    // The type of the file: jpg, jpeg, png, bmp, mp3, aac, mp4, txt or csv, in any case. nil: the extension of
    // its name, for which alone file_name is of use here; media_type is not sent.
    file_type: PAnsiChar;
  end;

  // What an upload to Tencent SMH can ask for besides.
  PChatfileSmhUpload = ^TChatfileSmhUpload;
  TChatfileSmhUpload = record
    // Set by ChatfileSmhUploadInit.
    struct_size: ChatfileSize;
    // The folder to put the file in, with / between the names. nil: the root of the space.
    directory: PAnsiChar;
    // Labels of the file, by which it can be searched for: label_count pointers, of which none is nil. nil:
    // none.
    labels: PPAnsiChar;
    // The number of pointers at labels.
    label_count: ChatfileSize;
    // A category of your own, at most 16 bytes. nil: none.
    category: PAnsiChar;
    // When the file was made where it comes from, like "2022-07-26T02:58:09Z". nil: not said.
    local_creation_time: PAnsiChar;
    // When it was last changed there, in the same form. nil: not said.
    local_modification_time: PAnsiChar;
    // With CHATFILE_SMH_CONFLICT_OVERWRITE: only the file with this content, which
    // chatfile_upload_result_content_cas() or chatfile_file_info_content_cas() has told. If it has been changed
    // meanwhile, or is not there, nothing is overwritten, and the upload fails with CHATFILE_E_CONFLICT.
    // CHATFILE_E_UNSUPPORTED with a private deployment, which ignores it. nil: whatever is there is
    // overwritten.
    content_cas: PAnsiChar;
    // The bytes of each part but the last, 1 MiB to 5 GiB, and enough for at most 10,000 parts;
    // CHATFILE_E_ARGUMENT with CHATFILE_SMH_METHOD_SIMPLE or CHATFILE_SMH_METHOD_FORM. 0: 2 MiB, or more where
    // that makes too many.
    part_size: ChatfileUInt64;
    // The most bytes a second that the store takes on each connection, 100 KiB (102,400) to 100 MiB
    // (104,857,600). 0: no limit.
    traffic_limit: ChatfileUInt64;
    // How the file goes: CHATFILE_SMH_METHOD_AUTOMATIC (0), CHATFILE_SMH_METHOD_SIMPLE,
    // CHATFILE_SMH_METHOD_FORM or CHATFILE_SMH_METHOD_PARTS.
    method: TChatfileSmhMethod;
    // What happens if a file of that name is there: CHATFILE_SMH_CONFLICT_RENAME (0),
    // CHATFILE_SMH_CONFLICT_FAIL or CHATFILE_SMH_CONFLICT_OVERWRITE.
    conflict: TChatfileSmhConflict;
    // Not 0: make the folder, with its parents, if it is missing. 0: the upload fails then.
    create_directories: ChatfileInt32;
    // Not 0: do not ask by hash whether SMH has the bytes already. Asking costs reading the file once more,
    // from 1 MiB on, and saves sending it.
    skip_instant: ChatfileInt32;
    // Not 0: keep the store's domain of the file of the same name, if possible.
    prefer_same_origin: ChatfileInt32;
    // Leave it 0.
    reserved: ChatfileInt32;
  end;

  // What an upload to OpenIM can ask for besides.
  PChatfileOpenimUpload = ^TChatfileOpenimUpload;
  TChatfileOpenimUpload = record
    // Set by ChatfileOpenimUploadInit.
    struct_size: ChatfileSize;
    // The full name to store the file under, at most 1,024 bytes; it replaces a file of that name. It begins
    // with user_id and a slash, unless the admin asks, and has no segment "." or "..", which no URL can hold.
    // Its extension decides the media type if media_type is nil. nil: user_id, a slash and the name of the
    // file.
    name: PAnsiChar;
    // The group of files that the server counts this one to; then it goes by form, if one can be signed for its
    // name and media type. nil: none.
    group: PAnsiChar;
    // What the file is for, in words of your own; then it goes in parts. nil: not said.
    cause: PAnsiChar;
    // How the file goes: CHATFILE_OPENIM_METHOD_AUTOMATIC (0), CHATFILE_OPENIM_METHOD_FORM or
    // CHATFILE_OPENIM_METHOD_PARTS.
    method: TChatfileOpenimMethod;
    // Not 0: the name itself is the key in the storage; for the admin alone, and by form. A second file under
    // it of another size replaces the first in the storage, but is CHATFILE_E_INTEGRITY for 12 hours: the
    // server remembers the size.
    absolute: ChatfileInt32;
  end;

  // Reports progress: once at the start, then at least 4 and at most 20 times a second, and once at the end if
  // all went well. While nothing moves, whatever the call waits for besides the file system (which may take a
  // while to have a finished file on its disk), the same numbers come again: a program with one thread can do
  // its other work here, and stop the call. Called on the calling thread. progress is valid during the call
  // only. Return 0 to go on; anything else stops the transfer with CHATFILE_E_CALLBACK (in the last report it
  // is too late, and ignored). Must not raise an exception, or free the client.
  TChatfileProgressFn = function(user: Pointer; progress: PChatfileProgress): ChatfileInt32; cdecl;

  // Options of an upload.
  PChatfileUploadOptions = ^TChatfileUploadOptions;
  TChatfileUploadOptions = record
    // Set by ChatfileUploadOptionsInit.
    struct_size: ChatfileSize;
    // The name to store, in UTF-8. nil: that of the path, or "file".
    file_name: PAnsiChar;
    // The media type to store; NetEase takes at most 128 characters, and deletes by it. nil: what the name's
    // extension suggests, or else the first bytes show (of a read callback only with message, for it is not
    // touched before there is a connection), or "application/octet-stream".
    media_type: PAnsiChar;
    // Reports progress, and can stop the upload. nil: none.
    progress: TChatfileProgressFn;
    // Handed to progress.
    progress_user: Pointer;
    // Can end the upload before it is done. nil: nothing does.
    cancel: PChatfileCancel;
    // Where files are sent in parts (CHATFILE_CAN_PARTS): how many of them side by side, at most 16, each with
    // a thread and a connection while the call lasts. What a read callback gives is sent one part after the
    // other. 0: 4.
    parallel_parts: ChatfileUInt32;
    // Not 0: what has arrived of an upload in parts is kept when it fails, and chatfile_error_resume_token()
    // says how to go on with it. A file is then sent in parts whenever it makes more than one (SMH: 2 MiB,
    // OpenIM: 5 MiB), unless a method is asked for. 0: the service is told to throw it away, if it can be told.
    resumable: ChatfileInt32;
    // chatfile_error_resume_token() of an earlier call for the same file and name. What has arrived is compared
    // with the file and not sent again; a file that has changed is sent from the start. As with resumable,
    // which it implies. nil: none.
    resume_token: PAnsiChar;
    // A file (its path in UTF-8) that keeps what a resume token says, so that it survives your program. It is
    // made when parts are sent, gone on with if it is there, and removed when the upload has succeeded; one
    // upload at a time can use it (CHATFILE_E_CHECKPOINT). A file that no upload of this user has left is not
    // touched (CHATFILE_E_ARGUMENT, or CHATFILE_E_CHECKPOINT if it is no file but a link), but for one of
    // nothing but zeros, as a power cut makes one of a checkpoint. Not together with resume_token; implies
    // resumable. nil: none.
    checkpoint: PAnsiChar;
    // Not 0: the MD5 of what is sent is computed on the way, for chatfile_upload_result_md5(). What other
    // threads have sent (parts side by side), or an earlier call, is read once more for it before the upload is
    // completed. 0: none.
    compute_md5: ChatfileInt32;
    // Not 0: the same with the SHA-256, for chatfile_upload_result_sha256(). 0: none.
    compute_sha256: ChatfileInt32;
    // Not 0: the same with the CRC-64, for chatfile_upload_result_crc64(); at SMH, that of the parts is made of
    // theirs, and nothing is read once more for it. 0: none.
    compute_crc64: ChatfileInt32;
    // What the service's own message about the file shows, if one is to be made: CHATFILE_MESSAGE_NONE (0),
    // CHATFILE_MESSAGE_AUTOMATIC, CHATFILE_MESSAGE_FILE, CHATFILE_MESSAGE_IMAGE, CHATFILE_MESSAGE_AUDIO or
    // CHATFILE_MESSAGE_VIDEO. It is then in chatfile_upload_result_message(), ready to send.
    // CHATFILE_E_UNSUPPORTED where the service has no messages (SMH), or a presigned upload has no URL before
    // it is completed.
    message: TChatfileMessageKind;
    // What the message says of the width of a picture or video, in pixels; with media_height, and only with
    // message. 0: that in the first 256 KiB of a picture (JPEG, PNG, GIF, WebP, BMP, HEIC, AVIF), as it is
    // shown: turned as Exif data of a JPEG and the box "irot" of a HEIC say.
    media_width: ChatfileUInt32;
    // The same of the height; with media_width. 0: as there.
    media_height: ChatfileUInt32;
    // What the message says of how long it plays; only with message. Services that count in seconds are told
    // whole ones, rounded up. 0: nothing.
    media_duration_ms: ChatfileUInt32;
    // What Easemob alone can do. nil: nothing of it.
    easemob: PChatfileEasemobUpload;
    // What NetEase alone can do. nil: nothing of it.
    netease: PChatfileNeteaseUpload;
    // What Huawei alone can do. nil: nothing of it.
    huawei: PChatfileHuaweiUpload;
    // What Tencent SMH alone can do. nil: nothing of it.
    smh: PChatfileSmhUpload;
    // What OpenIM alone can do. nil: nothing of it.
    openim: PChatfileOpenimUpload;
  end;

  // Which upload chatfile_abort_upload() is about, by exactly one of a resume token and a checkpoint; and its
  // options.
  PChatfileAbortUploadOptions = ^TChatfileAbortUploadOptions;
  TChatfileAbortUploadOptions = record
    // Set by ChatfileAbortUploadOptionsInit.
    struct_size: ChatfileSize;
    // Can end the call before it is done. nil: nothing does.
    cancel: PChatfileCancel;
    // What chatfile_error_resume_token() gave. One that is not of this account is CHATFILE_E_ARGUMENT. nil: the
    // checkpoint says which upload it is.
    resume_token: PAnsiChar;
    // A file that TChatfileUploadOptions.checkpoint has made (its path in UTF-8). It is removed when the
    // service has thrown the upload away. One that an upload is using, or that is not there, is
    // CHATFILE_E_CHECKPOINT; what is no checkpoint of this account is CHATFILE_E_ARGUMENT; neither is touched.
    // nil: the resume token says which upload it is.
    checkpoint: PAnsiChar;
  end;

  // Takes all size bytes at data and returns 0. Anything else stops the transfer with CHATFILE_E_CALLBACK. Must
  // not raise an exception.
  TChatfileWriteFn = function(user: Pointer; data: Pointer; size: ChatfileSize): ChatfileInt32; cdecl;

  // Where to put what is downloaded. Set exactly one of path, write and to_memory.
  PChatfileSink = ^TChatfileSink;
  TChatfileSink = record
    // Set by ChatfileSinkInit.
    struct_size: ChatfileSize;
    // A file, in UTF-8. The bytes arrive under a temporary name in the same folder; the file gets its name,
    // replacing one that exists, when all is well and on the disk, with the permissions of what it replaces. On
    // any error the target is as it was. A symbolic link is replaced, not followed. A device, FIFO, socket or
    // folder is CHATFILE_E_SINK before anything is sent, and so is, on Windows, a file that another program has
    // open and lets nobody replace.
    path: PAnsiChar;
    // Takes the bytes; called on the calling thread. What it got before an error cannot be taken back: a
    // further attempt is made only if the service can go on where the last one broke off.
    write: TChatfileWriteFn;
    // Handed to write.
    user: Pointer;
    // Not 0: the bytes are kept in memory, for chatfile_download_result_data().
    to_memory: ChatfileInt32;
    // Leave it 0.
    reserved: ChatfileInt32;
  end;

  // What a download from Easemob can ask for besides.
  PChatfileEasemobDownload = ^TChatfileEasemobDownload;
  TChatfileEasemobDownload = record
    // Set by ChatfileEasemobDownloadInit.
    struct_size: ChatfileSize;
    // The secret that came with the upload of a restricted file. nil: none.
    share_secret: PAnsiChar;
  end;

  // What a download from Huawei has to say besides.
  PChatfileHuaweiDownload = ^TChatfileHuaweiDownload;
  TChatfileHuaweiDownload = record
    // Set by ChatfileHuaweiDownloadInit.
    struct_size: ChatfileSize;
    // The type of the file, which the service does not know by itself: one of those of an upload, richtext,
    // doc, docx, pdf or zip. Required.
    file_type: PAnsiChar;
    // Not 0: the file is one of the media library.
    media_library: ChatfileInt32;
    // Leave it 0.
    reserved: ChatfileInt32;
  end;

  // What a download from Tencent SMH can ask for besides.
  PChatfileSmhDownload = ^TChatfileSmhDownload;
  TChatfileSmhDownload = record
    // Set by ChatfileSmhDownloadInit.
    struct_size: ChatfileSize;
    // An older version of the file: chatfile_file_info_version() of a list of its versions
    // (TChatfileListOptions.versions). nil: the present one.
    version: PAnsiChar;
    // The most bytes a second that the store sends, 100 KiB (102,400) to 100 MiB (104,857,600). 0: no limit.
    traffic_limit: ChatfileUInt64;
    // How long the address of a presigned download is good, from a minute to two hours; only for
    // chatfile_presign_download(). 0: as long as SMH finds fit, some two hours.
    link_ttl_seconds: ChatfileUInt64;
    // What a browser does with the file at the address of a presigned download:
    // CHATFILE_SMH_DISPOSITION_AUTOMATIC (0), CHATFILE_SMH_DISPOSITION_SHOW or CHATFILE_SMH_DISPOSITION_SAVE;
    // only for chatfile_presign_download().
    disposition: TChatfileSmhDisposition;
    // Leave it 0.
    reserved: ChatfileUInt32;
  end;

  // What a download from OpenIM can ask for besides.
  PChatfileOpenimDownload = ^TChatfileOpenimDownload;
  TChatfileOpenimDownload = record
    // Set by ChatfileOpenimDownloadInit.
    struct_size: ChatfileSize;
    // The format of the picture that TChatfileDownloadOptions.thumbnail asks for: "png", "jpeg", "jpg" or "gif"
    // (one frame). nil: the storage's choice, which is "png" for MinIO, whatever the image is.
    thumbnail_format: PAnsiChar;
  end;

  // Options of a download.
  PChatfileDownloadOptions = ^TChatfileDownloadOptions;
  TChatfileDownloadOptions = record
    // Set by ChatfileDownloadOptionsInit.
    struct_size: ChatfileSize;
    // A file of more bytes is refused with CHATFILE_E_LIMIT, at the latest when it has arrived so far. 0: no
    // limit.
    max_size: ChatfileUInt64;
    // The first byte that is wanted, counted from 0, for a preview, or to go on by hand. At the end of the file
    // there is nothing, which is a success; behind it CHATFILE_E_LIMIT. With this or length, max_size and
    // progress are about the part alone, expected_size is compared with the whole size that the answer states,
    // and expected_md5 and its like, which are of the whole file, are CHATFILE_E_ARGUMENT. Of a server that
    // serves no ranges the bytes before are received and passed over. Huawei cannot do it
    // (CHATFILE_E_UNSUPPORTED). 0: from the start.
    offset: ChatfileUInt64;
    // How many bytes are wanted; a file that ends before has fewer: chatfile_download_result_size() says how
    // many have come. 0: all that follow.
    length: ChatfileUInt64;
    // How many bytes the file has to have, as the message that names it says. Another size is
    // CHATFILE_E_INTEGRITY, before the first byte is taken if the answer states its length, and no file is
    // left: so a page that a portal answers with is told from the file. What differs is in
    // chatfile_error_field(), both values are in the message. Such an error is not retried. 0: not checked.
    expected_size: ChatfileUInt64;
    // Not 0: expected_size is 0, and meant: the file has to be empty. CHATFILE_E_ARGUMENT with another
    // expected_size.
    expect_empty: ChatfileInt32;
    // The MD5 that the file has to have: 32 hexadecimal digits. It is compared when all has arrived, also of a
    // download that was resumed; another one is CHATFILE_E_INTEGRITY, and no file is left, but a write callback
    // has got the bytes by then. nil: not checked.
    expected_md5: PAnsiChar;
    // The SHA-256 that the file has to have: 64 hexadecimal digits; as with expected_md5. nil: not checked.
    expected_sha256: PAnsiChar;
    // The CRC-64 (CRC-64/XZ) that the file has to have, as services write it: an unsigned decimal number; as
    // with expected_md5. nil: not checked.
    expected_crc64: PAnsiChar;
    // The page that the file is said to be for, which goes as the header field Referer with the requests that
    // fetch it, redirected ones too: hosts with hot-link protection want that of a page that may show it. nil:
    // none is said.
    referer: PAnsiChar;
    // Whether a small picture comes in place of the file, and of what kind of file: CHATFILE_THUMBNAIL_NONE
    // (0), CHATFILE_THUMBNAIL_IMAGE or CHATFILE_THUMBNAIL_VIDEO. Where none can be made of it, the file itself
    // may come. CHATFILE_E_UNSUPPORTED where the service makes none (Huawei), and of videos at OpenIM.
    thumbnail: TChatfileThumbnailKind;
    // The width of that picture at most, in pixels; the proportions stay. Only with thumbnail, and
    // CHATFILE_E_UNSUPPORTED at Easemob, where the upload says it, and CHATFILE_E_LIMIT above what the service
    // makes. 0: as the height demands; if that is not said either: what the upload asked for (Easemob), the
    // image's own size (OpenIM, also above 1,024), elsewhere 170 by 170.
    thumbnail_width: ChatfileUInt32;
    // The height of that picture at most, as the width. 0: as there.
    thumbnail_height: ChatfileUInt32;
    // Not 0: when a download to a path fails, what has arrived is kept as NAME.part and NAME.part.json, if the
    // service names the version of the file (ETag); the next call for the same file and path goes on from
    // there, if the version is still the same. Only what an earlier call of this user has left is gone on with;
    // anything else of these names is CHATFILE_E_SINK. After a power cut, what was not on the disk is fetched
    // again. Huawei cannot do it. 0: nothing is kept.
    resume: ChatfileInt32;
    // Not 0: when a download to a path has succeeded, no power cut takes the file back: it is synced before it
    // gets its name, and its folder behind that (on Windows, which syncs no folders, the file once more). If
    // that fails, the call fails with CHATFILE_E_SINK although the file is in its place. A folder that cannot
    // be synced because it may not be read is found before anything is sent. 0: the bytes are synced; after a
    // power cut the name may still stand for the old file, or for none.
    durable: ChatfileInt32;
    // How many ranges of the file are fetched side by side when it goes to a path and is larger than 256 KiB: 1
    // to 16. Each has a thread and a connection while the call lasts. All are of one version: where the service
    // names none or serves no ranges, and to memory or a callback, the bytes come one after the other. Huawei
    // cannot do it (CHATFILE_E_UNSUPPORTED). 0: 1.
    parallel_parts: ChatfileUInt32;
    // Reports progress, and can stop the download. nil: none.
    progress: TChatfileProgressFn;
    // Handed to progress.
    progress_user: Pointer;
    // Can end the download before it is done. nil: nothing does.
    cancel: PChatfileCancel;
    // What Easemob alone can do. nil: nothing of it.
    easemob: PChatfileEasemobDownload;
    // What Huawei has to be told; required there.
    huawei: PChatfileHuaweiDownload;
    // What Tencent SMH alone can do. nil: nothing of it.
    smh: PChatfileSmhDownload;
    // What OpenIM alone can do. nil: nothing of it.
    openim: PChatfileOpenimDownload;
  end;

  // Options of chatfile_info() and chatfile_exists().
  PChatfileInfoOptions = ^TChatfileInfoOptions;
  TChatfileInfoOptions = record
    // Set by ChatfileInfoOptionsInit.
    struct_size: ChatfileSize;
    // Can end the call before it is done. nil: nothing does.
    cancel: PChatfileCancel;
  end;

  // Which of what is in a folder chatfile_list() gives.
  PChatfileListOptions = ^TChatfileListOptions;
  TChatfileListOptions = record
    // Set by ChatfileListOptionsInit.
    struct_size: ChatfileSize;
    // chatfile_listing_next_marker() of the list before. nil: from the start.
    marker: PAnsiChar;
    // The most entries; the service may give fewer. 0: what it finds fit (SMH: 20).
    limit: ChatfileUInt32;
    // Not 0: list the versions of a file, which stands in the place of the folder then: first the present one,
    // then the older ones, from the newest on. chatfile_file_info_version() names each for a download.
    versions: ChatfileInt32;
    // Can end the call before it is done. nil: nothing does.
    cancel: PChatfileCancel;
  end;

  // What a deletion at Tencent SMH can ask for besides.
  PChatfileSmhDelete = ^TChatfileSmhDelete;
  TChatfileSmhDelete = record
    // Set by ChatfileSmhDeleteInit.
    struct_size: ChatfileSize;
    // Not 0: delete it for good, also where the space has a recycle bin.
    permanent: ChatfileInt32;
    // Leave it 0.
    reserved: ChatfileInt32;
  end;

  // Options of a deletion.
  PChatfileDeleteOptions = ^TChatfileDeleteOptions;
  TChatfileDeleteOptions = record
    // Set by ChatfileDeleteOptionsInit.
    struct_size: ChatfileSize;
    // Can end the call before it is done. nil: nothing does.
    cancel: PChatfileCancel;
    // What Tencent SMH alone can do. nil: nothing of it.
    smh: PChatfileSmhDelete;
  end;

  // Options of chatfile_check().
  PChatfileCheckOptions = ^TChatfileCheckOptions;
  TChatfileCheckOptions = record
    // Set by ChatfileCheckOptionsInit.
    struct_size: ChatfileSize;
    // Can end the call before it is done. nil: nothing does.
    cancel: PChatfileCancel;
    // Not 0: where the service has no call that takes the credentials and stores nothing, one byte is uploaded,
    // for a day if that can be said. 0: nothing is stored, and that step is not tried there.
    store: ChatfileInt32;
    // Leave it 0.
    reserved: ChatfileUInt32;
  end;

  // Options of chatfile_complete_presigned().
  PChatfileCompletePresignedOptions = ^TChatfileCompletePresignedOptions;
  TChatfileCompletePresignedOptions = record
    // Set by ChatfileCompletePresignedOptionsInit.
    struct_size: ChatfileSize;
    // Can end the call before it is done. nil: nothing does.
    cancel: PChatfileCancel;
  end;

  // Options of chatfile_digest_update_file().
  PChatfileDigestUpdateFileOptions = ^TChatfileDigestUpdateFileOptions;
  TChatfileDigestUpdateFileOptions = record
    // Set by ChatfileDigestUpdateFileOptionsInit.
    struct_size: ChatfileSize;
    // Can end the call before it is done. nil: nothing does.
    cancel: PChatfileCancel;
  end;

  // Gives a secret: puts the text of the field that is called name ("app_secret", "password", ...) at buffer,
  // at most capacity bytes (16,384 or more), without a NUL, stores their number in *size, and returns 0.
  // Anything else stops the call with CHATFILE_E_CALLBACK; what is no UTF-8, has a line end or a NUL, or would
  // not fit, with CHATFILE_E_TEXT, and nothing with CHATFILE_E_ARGUMENT. Called on a thread that made a call,
  // when the secret is needed, by one thread at a time. The copy is wiped after use; tokens that are got with
  // it are kept as long as they live, and then wiped. Must not raise an exception, or use the client: a call
  // that needs the secret as well fails with CHATFILE_E_ARGUMENT.
  TChatfileSecretFn = function(
    user: Pointer;
    name: PAnsiChar;
    buffer: PAnsiChar;
    capacity: ChatfileSize;
    size: PChatfileSize): ChatfileInt32; cdecl;

  // An Easemob app and who asks it. Give one kind of credentials: client_id and client_secret, or username and
  // password, or token. A client_secret, password or token that is nil is asked for by secret, if that is set.
  PChatfileEasemob = ^TChatfileEasemob;
  TChatfileEasemob = record
    // Set by ChatfileEasemobInit.
    struct_size: ChatfileSize;
    // The REST address of the app's data centre, without a path: http:// or https://. nil:
    // "https://a1.easemob.com" (China 1). Others: a31 (China 2), a1-sgp (Singapore), a41 (US-East), a51
    // (Frankfurt).
    base_url: PAnsiChar;
    // The AppKey, "org#app". Required.
    app_key: PAnsiChar;
    // The app's client id, for back-ends. The token is fetched when it is needed, kept, and fetched anew when
    // it expires or is refused.
    client_id: PAnsiChar;
    // The secret that goes with client_id.
    client_secret: PAnsiChar;
    // A user's name; the token is fetched and kept as above.
    username: PAnsiChar;
    // The password that goes with username.
    password: PAnsiChar;
    // A token that you got elsewhere. It cannot be renewed here: when it is refused, calls fail with
    // CHATFILE_E_AUTH. One that secret gives is asked for again then, once.
    token: PAnsiChar;
    // The lifetime to ask for when a token is fetched, in seconds. 0: what the Easemob console says, 60 days
    // unless changed.
    token_ttl_seconds: ChatfileUInt64;
    // The largest file that may be sent, in bytes. 0: 10 MiB (10,485,760), the service's limit unless it was
    // raised for your app.
    max_upload_size: ChatfileUInt64;
    // Gives "client_secret", "password" or "token" when it is needed. nil: the fields above hold what is
    // needed.
    secret: TChatfileSecretFn;
    // Handed to secret.
    secret_user: Pointer;
  end;

  // A NetEase IM (Yunxin) app.
  PChatfileNetease = ^TChatfileNetease;
  TChatfileNetease = record
    // Set by ChatfileNeteaseInit.
    struct_size: ChatfileSize;
    // The server address with its path: http:// or https://. nil: "https://api.yunxinapi.com/nimserver".
    // Overseas: "https://api-sg.yunxinapi.com/nimserver".
    base_url: PAnsiChar;
    // The AppKey. Required.
    app_key: PAnsiChar;
    // The AppSecret; it signs the requests and is never sent. nil: secret gives it.
    app_secret: PAnsiChar;
    // The largest content that may be sent, in bytes as the service counts them: of the file with
    // CHATFILE_NETEASE_METHOD_FORM, of its base64 text with CHATFILE_NETEASE_METHOD_BASE64. 0: 15 MiB
    // (15,728,640), which as base64 is a file of 11,796,480 bytes.
    max_upload_size: ChatfileUInt64;
    // Gives "app_secret" each time it is needed. nil: app_secret holds it.
    secret: TChatfileSecretFn;
    // Handed to secret.
    secret_user: Pointer;
  end;

  // What chatfile_delete_by_time() deletes. NetEase takes 5 such tasks a day.
  PChatfileNeteaseDeleteTask = ^TChatfileNeteaseDeleteTask;
  TChatfileNeteaseDeleteTask = record
    // Set by ChatfileNeteaseDeleteTaskInit.
    struct_size: ChatfileSize;
    // Files uploaded from this time on: milliseconds since 1970 UTC, more than 0. Required.
    start_time_ms: ChatfileInt64;
    // Files uploaded up to this time: more than 1 and less than 7 days after the start, and before today in
    // China (UTC+8). Required.
    end_time_ms: ChatfileInt64;
    // Only files whose media type contains this text; "image" is in "image/png". nil: all.
    media_type: PAnsiChar;
    // Only files with exactly this tag. nil: all.
    tag: PAnsiChar;
  end;

  // A Huawei Cloud AICC tenant, and the customer on whose behalf files are sent.
  PChatfileHuawei = ^TChatfileHuawei;
  TChatfileHuawei = record
    // Set by ChatfileHuaweiInit.
    struct_size: ChatfileSize;
    // The domain of the deployment with its port, if it has one: http:// or https://, for example
    // "https://service.besclouds.com". Required.
    base_url: PAnsiChar;
    // The app key. Required.
    app_key: PAnsiChar;
    // The app secret. nil: secret gives it.
    app_secret: PAnsiChar;
    // The id of the configured channel. Required.
    channel_id: PAnsiChar;
    // The customer, 1 to 32 characters. Required.
    user_id: PAnsiChar;
    // The customer's name. nil: user_id.
    user_name: PAnsiChar;
    // "zh", "zh_CN", "en" or "en_US". nil: "zh".
    locale: PAnsiChar;
    // The lifetime to ask for when the AccessToken is fetched, in seconds, at most 3,600. 0: what the service
    // gives.
    token_ttl_seconds: ChatfileUInt64;
    // The largest file that may be sent, in bytes. 0: no limit, since the vendor publishes none.
    max_upload_size: ChatfileUInt64;
    // Gives "app_secret" each time it is needed. nil: app_secret holds it.
    secret: TChatfileSecretFn;
    // Handed to secret.
    secret_user: Pointer;
  end;

  // A media library of Tencent SMH and who asks it: give library_secret or access_token. If both are nil, one
  // of them is asked for by secret; ask_access_token says which.
  PChatfileSmh = ^TChatfileSmh;
  TChatfileSmh = record
    // Set by ChatfileSmhInit.
    struct_size: ChatfileSize;
    // The address of SMH without a path: http:// or https://. nil: "https://api.tencentsmh.cn". The vendor
    // recommends the domain of the library, "https://LIBRARY_ID.api.tencentsmh.cn". With http:// the store
    // behind it is reached without TLS, too.
    base_url: PAnsiChar;
    // The id of the media library. Required.
    library_id: PAnsiChar;
    // The secret of the library, for back-ends. A token is fetched when it is needed, kept, and fetched anew
    // when it expires or is refused.
    library_secret: PAnsiChar;
    // A token that you got elsewhere. It cannot be renewed here: when it is refused, calls fail with
    // CHATFILE_E_AUTH. One that secret gives is asked for again then, once.
    access_token: PAnsiChar;
    // The tenant space. nil: the only one of a single-tenant library.
    space_id: PAnsiChar;
    // The user in whose name it is done. nil: nobody's.
    user_id: PAnsiChar;
    // The client of that user that a token is fetched for. nil: none.
    client_id: PAnsiChar;
    // The session of that user that a token is fetched for. nil: none.
    session_id: PAnsiChar;
    // What a fetched token may do, with commas between ("upload_file", "confirm_upload", ..., or "admin"). "":
    // read only. nil: what uploads, downloads, deletions and the making of folders need.
    grant: PAnsiChar;
    // The lifetime of a fetched token in seconds, 300 to 315,360,000; every use of the token begins it anew. 0:
    // a day.
    token_ttl_seconds: ChatfileUInt64;
    // Not 0: SMH runs as a private deployment, in which each part of a file has credentials of its own.
    private_deployment: ChatfileInt32;
    // Not 0: with library_secret and access_token both nil, secret is asked for "access_token"; with
    // library_secret it is CHATFILE_E_ARGUMENT. 0: for "library_secret".
    ask_access_token: ChatfileInt32;
    // Gives "library_secret" or "access_token" when it is needed. nil: the fields above hold it.
    secret: TChatfileSecretFn;
    // Handed to secret.
    secret_user: Pointer;
  end;

  // An OpenIM server and who asks it: a user with a token, or, for back-ends, the admin with the server's
  // secret, for himself or for a user.
  PChatfileOpenim = ^TChatfileOpenim;
  TChatfileOpenim = record
    // Set by ChatfileOpenimInit.
    struct_size: ChatfileSize;
    // The address of the server's API: http:// or https://, for example "https://im.example.com/api" or
    // "http://10.0.0.1:10002". Required.
    base_url: PAnsiChar;
    // Who asks: a user's id; with admin_secret and without platform the admin's. Required.
    user_id: PAnsiChar;
    // A token of user_id that you got elsewhere. It cannot be renewed here: when it is refused, calls fail with
    // CHATFILE_E_AUTH. One that secret gives is asked for again then, once.
    token: PAnsiChar;
    // The server's secret, in place of token, for back-ends. Tokens are fetched when they are needed, kept, and
    // fetched anew when they expire or are refused.
    admin_secret: PAnsiChar;
    // The admin who fetches the token of user_id; with platform alone. nil: "imAdmin".
    admin_user_id: PAnsiChar;
    // With admin_secret: what user_id is logged in on, which can end an older login of the user there. 1 iOS, 2
    // Android, 3 Windows, 4 macOS, 5 web, 6 mini program, 7 Linux, 8 Android tablet, 9 iPad, 11 HarmonyOS. 0:
    // user_id is the admin.
    platform: ChatfileUInt32;
    // Not 0: with token and admin_secret both nil, secret is asked for "admin_secret". 0: for "token".
    ask_admin_secret: ChatfileInt32;
    // The largest file that may be sent, in bytes. 0: no limit, since the server has none.
    max_upload_size: ChatfileUInt64;
    // Gives "token" or "admin_secret" when it is needed. nil: the fields above hold it.
    secret: TChatfileSecretFn;
    // Handed to secret.
    secret_user: Pointer;
  end;

  // Says whether a call is to stop: 0 to go on, anything else cancels it. Called on the thread that made the
  // call. May make other calls. Must not raise an exception, or free the client or the cancel handle.
  TChatfileStopFn = function(user: Pointer): ChatfileInt32; cdecl;

// Records as the library wants them: all defaults.
function ChatfileClientOptionsInit: TChatfileClientOptions;
function ChatfileSourceInit: TChatfileSource;
function ChatfileEasemobUploadInit: TChatfileEasemobUpload;
function ChatfileNeteaseUploadInit: TChatfileNeteaseUpload;
function ChatfileHuaweiUploadInit: TChatfileHuaweiUpload;
function ChatfileSmhUploadInit: TChatfileSmhUpload;
function ChatfileOpenimUploadInit: TChatfileOpenimUpload;
function ChatfileUploadOptionsInit: TChatfileUploadOptions;
function ChatfileAbortUploadOptionsInit: TChatfileAbortUploadOptions;
function ChatfileSinkInit: TChatfileSink;
function ChatfileEasemobDownloadInit: TChatfileEasemobDownload;
function ChatfileHuaweiDownloadInit: TChatfileHuaweiDownload;
function ChatfileSmhDownloadInit: TChatfileSmhDownload;
function ChatfileOpenimDownloadInit: TChatfileOpenimDownload;
function ChatfileDownloadOptionsInit: TChatfileDownloadOptions;
function ChatfileInfoOptionsInit: TChatfileInfoOptions;
function ChatfileListOptionsInit: TChatfileListOptions;
function ChatfileSmhDeleteInit: TChatfileSmhDelete;
function ChatfileDeleteOptionsInit: TChatfileDeleteOptions;
function ChatfileCheckOptionsInit: TChatfileCheckOptions;
function ChatfileCompletePresignedOptionsInit: TChatfileCompletePresignedOptions;
function ChatfileDigestUpdateFileOptionsInit: TChatfileDigestUpdateFileOptions;
function ChatfileEasemobInit: TChatfileEasemob;
function ChatfileNeteaseInit: TChatfileNetease;
function ChatfileNeteaseDeleteTaskInit: TChatfileNeteaseDeleteTask;
function ChatfileHuaweiInit: TChatfileHuawei;
function ChatfileSmhInit: TChatfileSmh;
function ChatfileOpenimInit: TChatfileOpenim;

// Opens a client without a service and without credentials. All it can do is send what others have presigned:
// chatfile_send_presigned() and chatfile_receive_presigned().
//
// Nothing is sent yet. options are copied. On success output^ is a client that you free with
// chatfile_client_free(). Fails with CHATFILE_E_NULL, CHATFILE_E_ARGUMENT, CHATFILE_E_TEXT, CHATFILE_E_STRUCT,
// CHATFILE_E_UNSUPPORTED or CHATFILE_E_SYSTEM; chatfile_error_field() names the field.
function chatfile_open_without_service(
  options: PChatfileClientOptions;
  output: PPChatfileClient;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Frees a client and closes its connections. nil is fine. No call may be using it any more; of a list cursor it
// lives on in that, until it is free, too.
procedure chatfile_client_free(client: PChatfileClient); cdecl;

// What the service of this client can do, or-ed. 0 if client is nil.
function chatfile_client_capabilities(client: PChatfileClient): TChatfileCapability; cdecl;

// Sets the most bytes to send and to receive in a second, over all transfers of this client, those under way
// too; 0 is no limit. May be called from any thread. Fails with CHATFILE_E_NULL if client is nil.
function chatfile_client_set_rates(
  client: PChatfileClient;
  upload_rate: ChatfileUInt64;
  download_rate: ChatfileUInt64;
  error: PPChatfileError): TChatfileStatus; cdecl;

// A cancel handle; never nil.
function chatfile_cancel_new: PChatfileCancel; cdecl;

// Cancels: calls that it was given to return CHATFILE_E_CANCELLED within 100 ms, also from a blocked read,
// write or connect of the network; a callback of yours, and a file system that hangs, have to come back first.
// Other calls of the same client go on. Does not wait. nil is fine. May be called from any thread, not from a
// signal handler.
procedure chatfile_cancel_fire(cancel: PChatfileCancel); cdecl;

// Frees a cancel handle, which no other thread may be firing. nil is fine.
procedure chatfile_cancel_free(cancel: PChatfileCancel); cdecl;

// A cancel handle that is also asked: during each call that it is given to, stop is called with user at least 4
// times a second on the thread that made the call, whatever that waits for besides the file system; by several
// at once, if several make calls with the handle. So a program with one thread can look after other things
// meanwhile, and stop calls that report no progress, too. nil if stop is.
function chatfile_cancel_new_asking(stop: TChatfileStopFn; user: Pointer): PChatfileCancel; cdecl;

// Uploads a file. Blocks until the service has it, or has refused it.
//
// May fail with any status. Limits known beforehand (CHATFILE_E_LIMIT) are checked before anything is sent. An
// upload that is tried again, because its answer was lost, may leave a second copy where the service names
// files itself and takes none back. One in parts that fails can be gone on with: see the options resumable,
// resume_token and checkpoint.
function chatfile_upload(
  client: PChatfileClient;
  source: PChatfileSource;
  options: PChatfileUploadOptions;
  output: PPChatfileUploadResult;
  error: PPChatfileError): TChatfileStatus; cdecl;

// What names the file in chatfile_download(): each service has a kind of name of its own. nil only if outcome
// is nil.
function chatfile_upload_result_file(outcome: PChatfileUploadResult): PAnsiChar; cdecl;

// The URL to put into a message, as the service gave it, but for what no URL can hold, which is percent-encoded
// here. nil where files have no lasting URL, or none yet (a presigned upload that is not completed).
function chatfile_upload_result_url(outcome: PChatfileUploadResult): PAnsiChar; cdecl;

// The secret that a download of this file needs; nil if it needs none.
function chatfile_upload_result_share_secret(outcome: PChatfileUploadResult): PAnsiChar; cdecl;

// Bytes of the file; 0 if outcome is nil.
function chatfile_upload_result_size(outcome: PChatfileUploadResult): ChatfileUInt64; cdecl;

// 1 if the service had these bytes already, so that none were sent; else 0.
function chatfile_upload_result_instant(outcome: PChatfileUploadResult): ChatfileInt32; cdecl;

// How often the upload was tried, 1 or more; of several requests, the one that was tried most. 0 if outcome is
// nil.
function chatfile_upload_result_attempts(outcome: PChatfileUploadResult): ChatfileUInt32; cdecl;

// The MD5 of what was sent, in 32 lower-case hexadecimal digits; nil unless the option compute_md5 was set, or
// a message says it (NetEase).
function chatfile_upload_result_md5(outcome: PChatfileUploadResult): PAnsiChar; cdecl;

// The SHA-256 of what was sent, in 64 lower-case hexadecimal digits; nil unless the option compute_sha256 was
// set.
function chatfile_upload_result_sha256(outcome: PChatfileUploadResult): PAnsiChar; cdecl;

// The CRC-64 (CRC-64/XZ) of what was sent, as services write it: an unsigned decimal number; nil unless the
// option compute_crc64 was set.
function chatfile_upload_result_crc64(outcome: PChatfileUploadResult): PAnsiChar; cdecl;

// What the service's own message about the file says, as JSON: what the vendor's SDKs, or the call that sends
// messages, take (the page of each service says it). It may hold the share secret. nil unless the option
// message was set.
function chatfile_upload_result_message(outcome: PChatfileUploadResult): PAnsiChar; cdecl;

// What the service calls messages of this kind: "1", "img", "102" or "IMAGE" for a picture, as the service has
// it. nil unless the option message was set.
function chatfile_upload_result_message_type(outcome: PChatfileUploadResult): PAnsiChar; cdecl;

// What the content of the file is known by, for TChatfileSmhUpload.content_cas of an upload that overwrites it;
// nil where the service does not say.
function chatfile_upload_result_content_cas(outcome: PChatfileUploadResult): PAnsiChar; cdecl;

// Frees a result. nil is fine.
procedure chatfile_upload_result_free(outcome: PChatfileUploadResult); cdecl;

// Makes the service throw away what it has kept of an upload in parts that was broken off: the one that the
// options name by its resume token or its checkpoint, of which exactly one has to be set. An upload that the
// service does not know any more counts as done; a file that is complete stays. client is one of the account
// that made the upload.
//
// Fails with CHATFILE_E_ARGUMENT if the options name none or two, or one that is not of this account, with
// CHATFILE_E_UNSUPPORTED where an upload cannot be thrown away (OpenIM forgets it in a week, its storage
// perhaps sooner), and may fail with any other status.
function chatfile_abort_upload(
  client: PChatfileClient;
  options: PChatfileAbortUploadOptions;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Downloads the file that file names: what chatfile_upload_result_file() gave, or what a message carries; the
// section of its service has what that is. Blocks until it is complete and in its place.
//
// May fail with any status; a target file is then as it was, and no other file is left but those that the
// option resume asks for.
function chatfile_download(
  client: PChatfileClient;
  file_name: PAnsiChar;
  sink: PChatfileSink;
  options: PChatfileDownloadOptions;
  output: PPChatfileDownloadResult;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Bytes that have arrived: those of the file, or of the part of it that was asked for; 0 if outcome is nil.
function chatfile_download_result_size(outcome: PChatfileDownloadResult): ChatfileUInt64; cdecl;

// 1 with the size of the whole file in bytes (also if a part of it was asked for) in output^ if it is known,
// else 0 with 0 in output^. output may be nil.
function chatfile_download_result_file_size(
  outcome: PChatfileDownloadResult;
  output: PChatfileUInt64): ChatfileInt32; cdecl;

// The bytes, chatfile_download_result_size() of them, if the sink had to_memory; else nil.
function chatfile_download_result_data(outcome: PChatfileDownloadResult): Pointer; cdecl;

// The media type, as the service states it; nil if it does not.
function chatfile_download_result_media_type(outcome: PChatfileDownloadResult): PAnsiChar; cdecl;

// How the bytes are coded ("gzip", for example), if the answer says so though nothing but the bytes as they are
// was asked for; else nil. They are as they came: to have the file, undo it.
function chatfile_download_result_content_encoding(outcome: PChatfileDownloadResult): PAnsiChar; cdecl;

// How often the download was tried, 1 or more; 0 if outcome is nil.
function chatfile_download_result_attempts(outcome: PChatfileDownloadResult): ChatfileUInt32; cdecl;

// Frees a result with the bytes it holds. nil is fine.
procedure chatfile_download_result_free(outcome: PChatfileDownloadResult); cdecl;

// What the service says of a file, which file names as for chatfile_download().
//
// Fails with CHATFILE_E_NOT_FOUND if there is no such file, with CHATFILE_E_UNSUPPORTED where CHATFILE_CAN_INFO
// is not set, and may fail with any other status.
function chatfile_info(
  client: PChatfileClient;
  file_name: PAnsiChar;
  options: PChatfileInfoOptions;
  output: PPChatfileFileInfo;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Whether there is a file of this name: output^ is 1 if there is, else 0, on failure too. Otherwise as
// chatfile_info(), but that a file which is not there is no error.
function chatfile_exists(
  client: PChatfileClient;
  file_name: PAnsiChar;
  options: PChatfileInfoOptions;
  output: PChatfileInt32;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Its name without the folder.
function chatfile_file_info_name(info: PChatfileFileInfo): PAnsiChar; cdecl;

// What it is, as the service writes it (SMH: "file", "dir", "image", "video", "symlink" or "virtual").
function chatfile_file_info_kind(info: PChatfileFileInfo): PAnsiChar; cdecl;

// 1 with its bytes in output^ if they are known, else 0 with 0 in output^. output may be nil.
function chatfile_file_info_size(info: PChatfileFileInfo; output: PChatfileUInt64): ChatfileInt32; cdecl;

// The CRC-64 (CRC-64/XZ) of its bytes, an unsigned decimal number, or nil. chatfile_digest_text() computes it.
function chatfile_file_info_crc64(info: PChatfileFileInfo): PAnsiChar; cdecl;

// What it is known by at the store, without quotes: the MD5 of a file that came in one request.
function chatfile_file_info_etag(info: PChatfileFileInfo): PAnsiChar; cdecl;

// Its media type.
function chatfile_file_info_media_type(info: PChatfileFileInfo): PAnsiChar; cdecl;

// When it came to be at the service, as the service writes it (SMH: like "2022-07-26T02:58:09.000Z").
function chatfile_file_info_creation_time(info: PChatfileFileInfo): PAnsiChar; cdecl;

// When it was last changed there.
function chatfile_file_info_modification_time(info: PChatfileFileInfo): PAnsiChar; cdecl;

// When it was made where it comes from, as the upload said.
function chatfile_file_info_local_creation_time(info: PChatfileFileInfo): PAnsiChar; cdecl;

// When it was last changed where it comes from, as the upload said.
function chatfile_file_info_local_modification_time(info: PChatfileFileInfo): PAnsiChar; cdecl;

// The number of labels that it was given.
function chatfile_file_info_label_count(info: PChatfileFileInfo): ChatfileSize; cdecl;

// A label, from index 0; nil if there is none.
function chatfile_file_info_label(info: PChatfileFileInfo; index: ChatfileSize): PAnsiChar; cdecl;

// The category that it was given.
function chatfile_file_info_category(info: PChatfileFileInfo): PAnsiChar; cdecl;

// Where anybody can get it without a token, for a while (SMH: some two hours).
function chatfile_file_info_url(info: PChatfileFileInfo): PAnsiChar; cdecl;

// What its content is known by, for TChatfileSmhUpload.content_cas.
function chatfile_file_info_content_cas(info: PChatfileFileInfo): PAnsiChar; cdecl;

// Which version of the file it is, for TChatfileSmhDownload.version. Only in a list of versions
// (TChatfileListOptions.versions), and nil for the present one, or a number of its own.
function chatfile_file_info_version(info: PChatfileFileInfo): PAnsiChar; cdecl;

// Frees what chatfile_info() gave; not an entry of a list. nil is fine.
procedure chatfile_file_info_free(info: PChatfileFileInfo); cdecl;

// Lists some of what is in a folder: directory is its path with / between the names, "" the root. With the
// option versions, the versions of the file directory instead. For the rest of a long list, call again with the
// marker of the one before until there is none, or go through it with a TChatfileListCursor.
//
// Fails with CHATFILE_E_NOT_FOUND if there is no such folder, with CHATFILE_E_UNSUPPORTED where
// CHATFILE_CAN_LIST is not set, and may fail with any other status.
function chatfile_list(
  client: PChatfileClient;
  directory: PAnsiChar;
  options: PChatfileListOptions;
  output: PPChatfileListing;
  error: PPChatfileError): TChatfileStatus; cdecl;

// The number of files and folders in the list.
function chatfile_listing_count(listing: PChatfileListing): ChatfileSize; cdecl;

// A file or folder of the list, from index 0; nil if there is none. It belongs to the list: do not free it.
function chatfile_listing_entry(listing: PChatfileListing; index: ChatfileSize): PChatfileFileInfo; cdecl;

// Where the next list begins, for TChatfileListOptions.marker; nil if these were the last.
function chatfile_listing_next_marker(listing: PChatfileListing): PAnsiChar; cdecl;

// Begins to go through all that is in a folder, as chatfile_list() lists it: from the marker of the options on,
// and limit is that of each list. Nothing is asked yet. The options are copied. The client and the cancel
// handle of the options are kept until the cursor is free: you may free yours, but what the client calls back
// has to be good so long.
//
// Fails with CHATFILE_E_NULL, CHATFILE_E_TEXT or CHATFILE_E_STRUCT, and with CHATFILE_E_UNSUPPORTED where
// CHATFILE_CAN_LIST is not set.
function chatfile_list_cursor_new(
  client: PChatfileClient;
  directory: PAnsiChar;
  options: PChatfileListOptions;
  output: PPChatfileListCursor;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Gives the next file or folder in output^, or nil behind the last, which is a success, too. It belongs to the
// cursor and lives until the next call: do not free it.
//
// Fails as chatfile_list(), with nil in output^; the next call asks for the same list again. Called from a
// callback of its own call it fails with CHATFILE_E_ARGUMENT.
function chatfile_list_cursor_next(
  cursor: PChatfileListCursor;
  output: PPChatfileFileInfo;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Frees a cursor with the entry that it has given. nil is fine.
procedure chatfile_list_cursor_free(cursor: PChatfileListCursor); cdecl;

// Frees a list with its entries. nil is fine.
procedure chatfile_listing_free(listing: PChatfileListing); cdecl;

// Deletes a file, which file names as for chatfile_download().
//
// Fails with CHATFILE_E_NOT_FOUND if there is no such file, with CHATFILE_E_UNSUPPORTED where
// CHATFILE_CAN_DELETE is not set, and may fail with any other status.
function chatfile_delete(
  client: PChatfileClient;
  file_name: PAnsiChar;
  options: PChatfileDeleteOptions;
  output: PPChatfileDeleteResult;
  error: PPChatfileError): TChatfileStatus; cdecl;

// The id of the task that deletes later, if the service answers with one; else nil.
function chatfile_delete_result_task_id(outcome: PChatfileDeleteResult): PAnsiChar; cdecl;

// What the file is known by in the recycle bin, if it went there (SMH); else nil.
function chatfile_delete_result_recycled_item_id(outcome: PChatfileDeleteResult): PAnsiChar; cdecl;

// How often the call was tried, 1 or more; 0 if outcome is nil.
function chatfile_delete_result_attempts(outcome: PChatfileDeleteResult): ChatfileUInt32; cdecl;

// Frees a result. nil is fine.
procedure chatfile_delete_result_free(outcome: PChatfileDeleteResult); cdecl;

// Looks at what works on the way to the service, each step for itself: the address, the proxy, the name, the
// connection, TLS, the clock, the credentials, and the smallest call. What does not work is no failure of this
// call, but CHATFILE_VERDICT_FAILED of its step; those behind it that need it are CHATFILE_VERDICT_NOT_TRIED.
// Nothing is stored unless the options say so. It begins with a connection of its own; time-outs and attempts
// are those of the client.
//
// Fails with CHATFILE_E_CANCELLED and CHATFILE_E_CALLBACK, and with CHATFILE_E_UNSUPPORTED of a client without
// a service.
function chatfile_check(
  client: PChatfileClient;
  options: PChatfileCheckOptions;
  output: PPChatfileCheckResult;
  error: PPChatfileError): TChatfileStatus; cdecl;

// The number of steps.
function chatfile_check_result_count(outcome: PChatfileCheckResult): ChatfileSize; cdecl;

// A step, from index 0; nil if there is none. It belongs to the result: do not free it.
function chatfile_check_result_step(
  outcome: PChatfileCheckResult;
  index: ChatfileSize): PChatfileCheckStep; cdecl;

// What was looked at.
function chatfile_check_step_kind(step: PChatfileCheckStep): TChatfileCheckKind; cdecl;

// What came of it.
function chatfile_check_step_verdict(step: PChatfileCheckStep): TChatfileVerdict; cdecl;

// How it failed; CHATFILE_OK if it did not.
function chatfile_check_step_status(step: PChatfileCheckStep): TChatfileStatus; cdecl;

// How many milliseconds it took.
function chatfile_check_step_time_ms(step: PChatfileCheckStep): ChatfileUInt64; cdecl;

// What was found, or how it failed, for a person to read; without secrets. nil only if step is nil.
function chatfile_check_step_text(step: PChatfileCheckStep): PAnsiChar; cdecl;

// What to do about it, if something is to be done that the text does not say; else nil.
function chatfile_check_step_advice(step: PChatfileCheckStep): PAnsiChar; cdecl;

// Frees a result with its steps. nil is fine.
procedure chatfile_check_result_free(outcome: PChatfileCheckResult); cdecl;

// Makes the request of an upload, for another program to send. client is one of a service; size is that of the
// file, for its limits are checked now, or CHATFILE_SIZE_UNKNOWN. SMH and OpenIM have to know it, and the
// upload counts only when chatfile_complete_presigned() has completed it; elsewhere it is not fixed in the
// request. It is one request, never in parts. Of options, file_name, media_type, cancel and those of the
// service can be set: what is for parts or for who sends the file is CHATFILE_E_ARGUMENT. A token may be
// fetched.
//
// Fails as chatfile_upload() does before it sends a file, and with CHATFILE_E_UNSUPPORTED where
// CHATFILE_CAN_PRESIGN is not set.
function chatfile_presign_upload(
  client: PChatfileClient;
  size: ChatfileUInt64;
  options: PChatfileUploadOptions;
  output: PPChatfilePresigned;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Makes the request of a download, for another program to send. file is as for chatfile_download(). Of options,
// cancel, referer, thumbnail and those of the service can be set: what is for who receives the file is
// CHATFILE_E_ARGUMENT. A token may be fetched. Otherwise as chatfile_presign_upload().
function chatfile_presign_download(
  client: PChatfileClient;
  file_name: PAnsiChar;
  options: PChatfileDownloadOptions;
  output: PPChatfilePresigned;
  error: PPChatfileError): TChatfileStatus; cdecl;

// The request as JSON (one line of UTF-8), to hand to another program. nil only if presigned is nil.
function chatfile_presigned_json(presigned: PChatfilePresigned): PAnsiChar; cdecl;

// Reads a presigned request from the JSON that chatfile_presigned_json() gave, in this or another program. The
// JSON may come from anywhere: what cannot be sent, or no upload of one's own could be, is refused with
// CHATFILE_E_ARGUMENT.
function chatfile_presigned_from_json(
  json: PAnsiChar;
  output: PPChatfilePresigned;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Sends a presigned upload with its file. client is any, for example one of chatfile_open_without_service(). Of
// the options, those about progress, cancelling, digests and the message can be set: the rest is in the
// request. Otherwise as chatfile_upload(); a repeated attempt sends the same signature. Fails with
// CHATFILE_E_ARGUMENT if the request is a download, and with CHATFILE_E_EXPIRED from five minutes after
// chatfile_presigned_expires_at() on, for the clock here may be wrong. If
// chatfile_presigned_needs_completion(), tell who made the request that it was sent.
function chatfile_send_presigned(
  client: PChatfileClient;
  presigned: PChatfilePresigned;
  source: PChatfileSource;
  options: PChatfileUploadOptions;
  output: PPChatfileUploadResult;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Sends a presigned download and takes the file. client is any, for example one of
// chatfile_open_without_service(). Otherwise as chatfile_download(); fails with CHATFILE_E_ARGUMENT if the
// request is an upload, and for what stands in the request already: a thumbnail, a referer, options of one
// service.
function chatfile_receive_presigned(
  client: PChatfileClient;
  presigned: PChatfilePresigned;
  sink: PChatfileSink;
  options: PChatfileDownloadOptions;
  output: PPChatfileDownloadResult;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Completes a presigned upload whose file was sent, where that is needed (SMH and OpenIM, see
// chatfile_presigned_needs_completion()): makes the file known to the service by its name. client is the one
// that made the request, or any with the same rights. It does no harm to do it twice. At OpenIM, whoever has
// the request can replace the file with it until it expires, also after this. output^ is a result as that of
// chatfile_upload().
//
// Complete the request that you have kept, never one that came back: what is completed is what its JSON says,
// so that whoever sends you an altered one has you complete another upload, with your rights. Keep the JSON,
// and let who has sent the file name it by a number of yours.
//
// Fails with CHATFILE_E_ARGUMENT if there is nothing to complete, or not by this client, with
// CHATFILE_E_INTEGRITY if what was sent is not what was announced, and may fail with any other status. With
// CHATFILE_E_INTEGRITY, OpenIM has stored nothing, and will not by this request: presign anew. SMH has stored
// the file, which its store takes in any size: delete what chatfile_error_file() names.
function chatfile_complete_presigned(
  client: PChatfileClient;
  presigned: PChatfilePresigned;
  options: PChatfileCompletePresignedOptions;
  output: PPChatfileUploadResult;
  error: PPChatfileError): TChatfileStatus; cdecl;

// 1 if the file counts only when chatfile_complete_presigned() has completed the upload, else 0.
function chatfile_presigned_needs_completion(presigned: PChatfilePresigned): ChatfileInt32; cdecl;

// What names the upload when it is completed, for a program that calls the service itself (OpenIM: the id of
// complete_form_data; SMH: the confirmKey); nil if nothing is to be completed.
function chatfile_presigned_completion(presigned: PChatfilePresigned): PAnsiChar; cdecl;

// 1 with when the service will no longer take the request in output^, in seconds since 1970 UTC; else 0 with 0
// in output^. output may be nil. There is none where that is not known, or never.
function chatfile_presigned_expires_at(
  presigned: PChatfilePresigned;
  output: PChatfileUInt64): ChatfileInt32; cdecl;

// 1 with the largest file that may be sent with it in output^, in bytes; else 0 with 0 in output^. output may
// be nil. There is none where there is no limit. With chatfile_presigned_needs_completion() it is the only
// size, and may be 0.
function chatfile_presigned_max_size(
  presigned: PChatfilePresigned;
  output: PChatfileUInt64): ChatfileInt32; cdecl;

// The method, "GET", "POST" or "PUT". nil only if presigned is nil.
function chatfile_presigned_method(presigned: PChatfilePresigned): PAnsiChar; cdecl;

// The URL. nil only if presigned is nil.
function chatfile_presigned_url(presigned: PChatfilePresigned): PAnsiChar; cdecl;

// The number of header fields to send, besides Host and Content-Length.
function chatfile_presigned_header_count(presigned: PChatfilePresigned): ChatfileSize; cdecl;

// The name of a header field, from index 0; nil if there is none.
function chatfile_presigned_header_name(presigned: PChatfilePresigned; index: ChatfileSize): PAnsiChar; cdecl;

// The value of a header field, from index 0; nil if there is none.
function chatfile_presigned_header_value(presigned: PChatfilePresigned; index: ChatfileSize): PAnsiChar; cdecl;

// The body before the file. nil only if presigned is nil.
function chatfile_presigned_prefix(presigned: PChatfilePresigned): PAnsiChar; cdecl;

// How the file is written in the body.
function chatfile_presigned_encoding(presigned: PChatfilePresigned): TChatfileEncoding; cdecl;

// The body behind the file. nil only if presigned is nil.
function chatfile_presigned_suffix(presigned: PChatfilePresigned): PAnsiChar; cdecl;

// The number of fields of the form besides the file, for a program that builds the form itself. They are in the
// prefix already.
function chatfile_presigned_field_count(presigned: PChatfilePresigned): ChatfileSize; cdecl;

// The name of a form field, from index 0; nil if there is none.
function chatfile_presigned_field_name(presigned: PChatfilePresigned; index: ChatfileSize): PAnsiChar; cdecl;

// The value of a form field, from index 0; nil if there is none.
function chatfile_presigned_field_value(presigned: PChatfilePresigned; index: ChatfileSize): PAnsiChar; cdecl;

// The HTTP status that means success, from index 0; 0 if there is none. The body of the answer decides further,
// as chatfile_send_presigned() does.
function chatfile_presigned_success_status(
  presigned: PChatfilePresigned;
  index: ChatfileSize): ChatfileInt32; cdecl;

// Frees a presigned request. nil is fine.
procedure chatfile_presigned_free(presigned: PChatfilePresigned); cdecl;

// Begins the digests wanted, or-ed, for all of which the bytes are then read once. part_size is for
// CHATFILE_DIGEST_OPENIM alone: the size of a part in bytes, as OpenIM's part_size call says, 0 for one part of
// everything; 16 bytes of memory are taken for each part. It must be 0 without that.
//
// Fails with CHATFILE_E_NULL or CHATFILE_E_ARGUMENT.
function chatfile_digest_new(
  wanted: TChatfileDigestKind;
  part_size: ChatfileUInt64;
  output: PPChatfileDigest;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Takes the next size bytes; data may be nil if there are none. Cannot fail but with CHATFILE_E_NULL, or
// CHATFILE_E_ARGUMENT if size is more than PTRDIFF_MAX.
function chatfile_digest_update(
  digest: PChatfileDigest;
  data: Pointer;
  size: ChatfileSize;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Takes the bytes of a whole regular file, and blocks until they are read. To show how far it is, read the file
// yourself and call chatfile_digest_update().
//
// Fails with CHATFILE_E_NULL or CHATFILE_E_TEXT; with CHATFILE_E_SOURCE if the file cannot be read,
// CHATFILE_E_SOURCE_CHANGED if it changed meanwhile, CHATFILE_E_CANCELLED within 100 ms unless the file system
// hangs. The digest is then what it was before the call.
function chatfile_digest_update_file(
  digest: PChatfileDigest;
  path: PAnsiChar;
  options: PChatfileDigestUpdateFileOptions;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Writes one digest of the bytes so far, as the service wants it, and a NUL to buffer, which has room for
// buffer_size bytes; CHATFILE_DIGEST_TEXT_SIZE is enough. kind is one of the numbers that chatfile_digest_new()
// was given. More bytes may follow.
//
// Fails with CHATFILE_E_NULL or CHATFILE_E_ARGUMENT; buffer is not written then.
function chatfile_digest_text(
  digest: PChatfileDigest;
  kind: TChatfileDigestKind;
  buffer: PAnsiChar;
  buffer_size: ChatfileSize;
  error: PPChatfileError): TChatfileStatus; cdecl;

// The CRC-64 of the bytes so far as a number, for chatfile_crc64_combine(); 0 of no bytes, if it was not begun,
// or if digest is nil.
function chatfile_digest_crc64_value(digest: PChatfileDigest): ChatfileUInt64; cdecl;

// How many parts there are so far for CHATFILE_DIGEST_OPENIM, at least 1; 0 if it was not begun, or if digest
// is nil.
function chatfile_digest_part_count(digest: PChatfileDigest): ChatfileSize; cdecl;

// As chatfile_digest_text(), the MD5 of one of OpenIM's parts: 32 lower-case hex digits. index is from 0 to
// below chatfile_digest_part_count().
function chatfile_digest_part(
  digest: PChatfileDigest;
  index: ChatfileSize;
  buffer: PAnsiChar;
  buffer_size: ChatfileSize;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Frees a digest. nil is fine.
procedure chatfile_digest_free(digest: PChatfileDigest); cdecl;

// The CRC-64 of two pieces one after the other, from the CRC-64 of each and the length of the second in bytes:
// parts that were read side by side have that of the whole. Takes microseconds, whatever the length.
function chatfile_crc64_combine(
  first: ChatfileUInt64;
  second: ChatfileUInt64;
  second_length: ChatfileUInt64): ChatfileUInt64; cdecl;

// The name of a status in this header, for example "CHATFILE_E_LIMIT"; for a number that is none,
// "CHATFILE_E_UNKNOWN". Lives for ever.
function chatfile_status_name(status: TChatfileStatus): PAnsiChar; cdecl;

// The status that the failed call returned; CHATFILE_OK if error is nil.
function chatfile_error_status(error: PChatfileError): TChatfileStatus; cdecl;

// What happened and what to do about it, for a person to read. "" if error is nil, else never empty.
function chatfile_error_message(error: PChatfileError): PAnsiChar; cdecl;

// The parameter or field at fault, as this header calls it ("app_key", "source.path"). With
// CHATFILE_E_UNSUPPORTED, what cannot be done: the verb ("delete", "presign_upload"), or, of a verb that can be
// called, the option ("parallel_parts"). nil if the error is not about one.
function chatfile_error_field(error: PChatfileError): PAnsiChar; cdecl;

// The HTTP status of the answer that made the call fail; 0 if there was none.
function chatfile_error_http_status(error: PChatfileError): ChatfileInt32; cdecl;

// The service's own error code as it wrote it ("auth_bad_access_token", "414"); nil if it gave none.
function chatfile_error_service_code(error: PChatfileError): PAnsiChar; cdecl;

// The service's own text; nil if it gave none.
function chatfile_error_service_message(error: PChatfileError): PAnsiChar; cdecl;

// The id under which the service has logged the request, for its support; nil if it gave none.
function chatfile_error_request_id(error: PChatfileError): PAnsiChar; cdecl;

// How far the call had come; CHATFILE_PHASE_PREPARE if error is nil.
function chatfile_error_phase(error: PChatfileError): TChatfilePhase; cdecl;

// 1 if the same call may succeed when it is made again later, else 0.
function chatfile_error_retryable(error: PChatfileError): ChatfileInt32; cdecl;

// 1 with how many milliseconds the service asks to wait before the next try in output^; else 0 with 0 in
// output^. output may be nil. Wait that long before you call again: the library waits for it only between its
// own attempts, and not at all if it is more than a minute.
function chatfile_error_retry_after_ms(error: PChatfileError; output: PChatfileUInt64): ChatfileInt32; cdecl;

// How many attempts were made at the request that failed, also those that found no connection; 0 if the call
// failed before any request.
function chatfile_error_attempts(error: PChatfileError): ChatfileUInt32; cdecl;

// With CHATFILE_E_CALLBACK: what your callback returned, untouched; else 0.
function chatfile_error_callback_value(error: PChatfileError): ChatfileInt32; cdecl;

// What a later chatfile_upload() of the same file needs to send only what is missing
// (TChatfileUploadOptions.resume_token), and chatfile_abort_upload() to throw it away; nil if the service has
// kept nothing. It holds no secret.
function chatfile_error_resume_token(error: PChatfileError): PAnsiChar; cdecl;

// With CHATFILE_E_NOT_RESTRICTED, and with CHATFILE_E_INTEGRITY of an upload to SMH: the file that was stored
// all the same, as chatfile_upload_result_file() would name it; else nil.
function chatfile_error_file(error: PChatfileError): PAnsiChar; cdecl;

// The operating system's own number of what it refused: errno, or on Windows what GetLastError() or
// WSAGetLastError() said; 0 if it was not the system, or it gave none.
function chatfile_error_os_error(error: PChatfileError): ChatfileInt32; cdecl;

// With CHATFILE_E_LIMIT: 1 with the limit that is exceeded or not reached in output^, in the unit of the field
// (bytes of a source or a text, for example); else 0 with 0 in output^. output may be nil. There is none where
// it is below 0, or one field is the limit of another.
function chatfile_error_limit(error: PChatfileError; output: PChatfileUInt64): ChatfileInt32; cdecl;

// As chatfile_error_limit(), the value that is beyond the limit; of a download that was under way, what there
// is of it at least.
function chatfile_error_actual(error: PChatfileError; output: PChatfileUInt64): ChatfileInt32; cdecl;

// With CHATFILE_E_TLS: what it was that failed; else CHATFILE_TLS_NONE.
function chatfile_error_tls_fault(error: PChatfileError): TChatfileTlsFault; cdecl;

// With TChatfileClientOptions.trace: what the call has done, for the support of a vendor or of your own, in
// lines: how connections came about, the requests and the heads of their answers, with times and the ids under
// which they are logged. It holds no secret, but paths and names of hosts. nil if no request was begun, or
// without that option.
function chatfile_error_trace(error: PChatfileError): PAnsiChar; cdecl;

// 1 if it was the proxy that failed, or was not to be reached, and not what is behind it; else 0.
function chatfile_error_at_proxy(error: PChatfileError): ChatfileInt32; cdecl;

// Frees an error object. nil is fine.
procedure chatfile_error_free(error: PChatfileError); cdecl;

// The version of the library as text, for example "0.1.0". Compare with CHATFILE_HEADER_VERSION, which is that
// of the header. Lives for ever.
function chatfile_version: PAnsiChar; cdecl;

// The version of the library as a number: major * 1,000,000 + minor * 1,000 + patch. Compare with
// CHATFILE_HEADER_VERSION_NUMBER.
function chatfile_version_number: ChatfileUInt32; cdecl;

// Whether this library is one for the header that the program was compiled with:
// chatfile_version_check(CHATFILE_HEADER_VERSION_NUMBER, &error), once at the start. Fails with
// CHATFILE_E_STRUCT if the header is newer than the library, or of another major version; the patch number does
// not matter. A newer library than the header is fine.
function chatfile_version_check(
  header_version_number: ChatfileUInt32;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Opens a client of an Easemob app. config is copied. Otherwise as chatfile_open_without_service(): may also
// fail with CHATFILE_E_LIMIT.
function chatfile_open_easemob(
  config: PChatfileEasemob;
  options: PChatfileClientOptions;
  output: PPChatfileClient;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Opens a client of a NetEase IM app. config is copied. Otherwise as chatfile_open_without_service().
function chatfile_open_netease(
  config: PChatfileNetease;
  options: PChatfileClientOptions;
  output: PPChatfileClient;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Has the service delete files by the time of their upload, as task says. Of options, cancel alone is of use.
// Otherwise as chatfile_delete().
//
// Fails with CHATFILE_E_LIMIT if the service takes no such range, with CHATFILE_E_UNSUPPORTED where
// CHATFILE_CAN_DELETE_BY_TIME is not set, and may fail with any other status.
function chatfile_delete_by_time(
  client: PChatfileClient;
  task: PChatfileNeteaseDeleteTask;
  options: PChatfileDeleteOptions;
  output: PPChatfileDeleteResult;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Signs a NetEase request: the CheckSum header for these values of the Nonce (at most 128 characters) and
// CurTime (seconds since 1970 UTC, decimal) headers, which is SHA-1 of app_secret, nonce and cur_time in this
// order, in lower-case hex. The service takes it for 5 minutes from cur_time.
//
// Writes 40 digits and a NUL to buffer, which has room for buffer_size bytes, at least
// CHATFILE_NETEASE_CHECKSUM_SIZE.
//
// Fails with CHATFILE_E_NULL, CHATFILE_E_TEXT or CHATFILE_E_ARGUMENT; buffer is not written then.
function chatfile_netease_checksum(
  app_secret: PAnsiChar;
  nonce: PAnsiChar;
  cur_time: PAnsiChar;
  buffer: PAnsiChar;
  buffer_size: ChatfileSize;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Opens a client of a Huawei AICC tenant. config is copied. Otherwise as chatfile_open_without_service(): may
// also fail with CHATFILE_E_LIMIT.
function chatfile_open_huawei(
  config: PChatfileHuawei;
  options: PChatfileClientOptions;
  output: PPChatfileClient;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Opens a client of a media library of Tencent SMH. config is copied. Otherwise as
// chatfile_open_without_service(): may also fail with CHATFILE_E_LIMIT.
function chatfile_open_smh(
  config: PChatfileSmh;
  options: PChatfileClientOptions;
  output: PPChatfileClient;
  error: PPChatfileError): TChatfileStatus; cdecl;

// Opens a client of an OpenIM server. config is copied. Otherwise as chatfile_open_without_service().
function chatfile_open_openim(
  config: PChatfileOpenim;
  options: PChatfileClientOptions;
  output: PPChatfileClient;
  error: PPChatfileError): TChatfileStatus; cdecl;

implementation

function chatfile_open_without_service; external ChatfileLibrary;
procedure chatfile_client_free; external ChatfileLibrary;
function chatfile_client_capabilities; external ChatfileLibrary;
function chatfile_client_set_rates; external ChatfileLibrary;
function chatfile_cancel_new; external ChatfileLibrary;
procedure chatfile_cancel_fire; external ChatfileLibrary;
procedure chatfile_cancel_free; external ChatfileLibrary;
function chatfile_cancel_new_asking; external ChatfileLibrary;
function chatfile_upload; external ChatfileLibrary;
function chatfile_upload_result_file; external ChatfileLibrary;
function chatfile_upload_result_url; external ChatfileLibrary;
function chatfile_upload_result_share_secret; external ChatfileLibrary;
function chatfile_upload_result_size; external ChatfileLibrary;
function chatfile_upload_result_instant; external ChatfileLibrary;
function chatfile_upload_result_attempts; external ChatfileLibrary;
function chatfile_upload_result_md5; external ChatfileLibrary;
function chatfile_upload_result_sha256; external ChatfileLibrary;
function chatfile_upload_result_crc64; external ChatfileLibrary;
function chatfile_upload_result_message; external ChatfileLibrary;
function chatfile_upload_result_message_type; external ChatfileLibrary;
function chatfile_upload_result_content_cas; external ChatfileLibrary;
procedure chatfile_upload_result_free; external ChatfileLibrary;
function chatfile_abort_upload; external ChatfileLibrary;
function chatfile_download; external ChatfileLibrary;
function chatfile_download_result_size; external ChatfileLibrary;
function chatfile_download_result_file_size; external ChatfileLibrary;
function chatfile_download_result_data; external ChatfileLibrary;
function chatfile_download_result_media_type; external ChatfileLibrary;
function chatfile_download_result_content_encoding; external ChatfileLibrary;
function chatfile_download_result_attempts; external ChatfileLibrary;
procedure chatfile_download_result_free; external ChatfileLibrary;
function chatfile_info; external ChatfileLibrary;
function chatfile_exists; external ChatfileLibrary;
function chatfile_file_info_name; external ChatfileLibrary;
function chatfile_file_info_kind; external ChatfileLibrary;
function chatfile_file_info_size; external ChatfileLibrary;
function chatfile_file_info_crc64; external ChatfileLibrary;
function chatfile_file_info_etag; external ChatfileLibrary;
function chatfile_file_info_media_type; external ChatfileLibrary;
function chatfile_file_info_creation_time; external ChatfileLibrary;
function chatfile_file_info_modification_time; external ChatfileLibrary;
function chatfile_file_info_local_creation_time; external ChatfileLibrary;
function chatfile_file_info_local_modification_time; external ChatfileLibrary;
function chatfile_file_info_label_count; external ChatfileLibrary;
function chatfile_file_info_label; external ChatfileLibrary;
function chatfile_file_info_category; external ChatfileLibrary;
function chatfile_file_info_url; external ChatfileLibrary;
function chatfile_file_info_content_cas; external ChatfileLibrary;
function chatfile_file_info_version; external ChatfileLibrary;
procedure chatfile_file_info_free; external ChatfileLibrary;
function chatfile_list; external ChatfileLibrary;
function chatfile_listing_count; external ChatfileLibrary;
function chatfile_listing_entry; external ChatfileLibrary;
function chatfile_listing_next_marker; external ChatfileLibrary;
function chatfile_list_cursor_new; external ChatfileLibrary;
function chatfile_list_cursor_next; external ChatfileLibrary;
procedure chatfile_list_cursor_free; external ChatfileLibrary;
procedure chatfile_listing_free; external ChatfileLibrary;
function chatfile_delete; external ChatfileLibrary;
function chatfile_delete_result_task_id; external ChatfileLibrary;
function chatfile_delete_result_recycled_item_id; external ChatfileLibrary;
function chatfile_delete_result_attempts; external ChatfileLibrary;
procedure chatfile_delete_result_free; external ChatfileLibrary;
function chatfile_check; external ChatfileLibrary;
function chatfile_check_result_count; external ChatfileLibrary;
function chatfile_check_result_step; external ChatfileLibrary;
function chatfile_check_step_kind; external ChatfileLibrary;
function chatfile_check_step_verdict; external ChatfileLibrary;
function chatfile_check_step_status; external ChatfileLibrary;
function chatfile_check_step_time_ms; external ChatfileLibrary;
function chatfile_check_step_text; external ChatfileLibrary;
function chatfile_check_step_advice; external ChatfileLibrary;
procedure chatfile_check_result_free; external ChatfileLibrary;
function chatfile_presign_upload; external ChatfileLibrary;
function chatfile_presign_download; external ChatfileLibrary;
function chatfile_presigned_json; external ChatfileLibrary;
function chatfile_presigned_from_json; external ChatfileLibrary;
function chatfile_send_presigned; external ChatfileLibrary;
function chatfile_receive_presigned; external ChatfileLibrary;
function chatfile_complete_presigned; external ChatfileLibrary;
function chatfile_presigned_needs_completion; external ChatfileLibrary;
function chatfile_presigned_completion; external ChatfileLibrary;
function chatfile_presigned_expires_at; external ChatfileLibrary;
function chatfile_presigned_max_size; external ChatfileLibrary;
function chatfile_presigned_method; external ChatfileLibrary;
function chatfile_presigned_url; external ChatfileLibrary;
function chatfile_presigned_header_count; external ChatfileLibrary;
function chatfile_presigned_header_name; external ChatfileLibrary;
function chatfile_presigned_header_value; external ChatfileLibrary;
function chatfile_presigned_prefix; external ChatfileLibrary;
function chatfile_presigned_encoding; external ChatfileLibrary;
function chatfile_presigned_suffix; external ChatfileLibrary;
function chatfile_presigned_field_count; external ChatfileLibrary;
function chatfile_presigned_field_name; external ChatfileLibrary;
function chatfile_presigned_field_value; external ChatfileLibrary;
function chatfile_presigned_success_status; external ChatfileLibrary;
procedure chatfile_presigned_free; external ChatfileLibrary;
function chatfile_digest_new; external ChatfileLibrary;
function chatfile_digest_update; external ChatfileLibrary;
function chatfile_digest_update_file; external ChatfileLibrary;
function chatfile_digest_text; external ChatfileLibrary;
function chatfile_digest_crc64_value; external ChatfileLibrary;
function chatfile_digest_part_count; external ChatfileLibrary;
function chatfile_digest_part; external ChatfileLibrary;
procedure chatfile_digest_free; external ChatfileLibrary;
function chatfile_crc64_combine; external ChatfileLibrary;
function chatfile_status_name; external ChatfileLibrary;
function chatfile_error_status; external ChatfileLibrary;
function chatfile_error_message; external ChatfileLibrary;
function chatfile_error_field; external ChatfileLibrary;
function chatfile_error_http_status; external ChatfileLibrary;
function chatfile_error_service_code; external ChatfileLibrary;
function chatfile_error_service_message; external ChatfileLibrary;
function chatfile_error_request_id; external ChatfileLibrary;
function chatfile_error_phase; external ChatfileLibrary;
function chatfile_error_retryable; external ChatfileLibrary;
function chatfile_error_retry_after_ms; external ChatfileLibrary;
function chatfile_error_attempts; external ChatfileLibrary;
function chatfile_error_callback_value; external ChatfileLibrary;
function chatfile_error_resume_token; external ChatfileLibrary;
function chatfile_error_file; external ChatfileLibrary;
function chatfile_error_os_error; external ChatfileLibrary;
function chatfile_error_limit; external ChatfileLibrary;
function chatfile_error_actual; external ChatfileLibrary;
function chatfile_error_tls_fault; external ChatfileLibrary;
function chatfile_error_trace; external ChatfileLibrary;
function chatfile_error_at_proxy; external ChatfileLibrary;
procedure chatfile_error_free; external ChatfileLibrary;
function chatfile_version; external ChatfileLibrary;
function chatfile_version_number; external ChatfileLibrary;
function chatfile_version_check; external ChatfileLibrary;
function chatfile_open_easemob; external ChatfileLibrary;
function chatfile_open_netease; external ChatfileLibrary;
function chatfile_delete_by_time; external ChatfileLibrary;
function chatfile_netease_checksum; external ChatfileLibrary;
function chatfile_open_huawei; external ChatfileLibrary;
function chatfile_open_smh; external ChatfileLibrary;
function chatfile_open_openim; external ChatfileLibrary;

function ChatfileClientOptionsInit: TChatfileClientOptions;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileSourceInit: TChatfileSource;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileEasemobUploadInit: TChatfileEasemobUpload;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileNeteaseUploadInit: TChatfileNeteaseUpload;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileHuaweiUploadInit: TChatfileHuaweiUpload;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileSmhUploadInit: TChatfileSmhUpload;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileOpenimUploadInit: TChatfileOpenimUpload;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileUploadOptionsInit: TChatfileUploadOptions;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileAbortUploadOptionsInit: TChatfileAbortUploadOptions;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileSinkInit: TChatfileSink;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileEasemobDownloadInit: TChatfileEasemobDownload;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileHuaweiDownloadInit: TChatfileHuaweiDownload;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileSmhDownloadInit: TChatfileSmhDownload;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileOpenimDownloadInit: TChatfileOpenimDownload;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileDownloadOptionsInit: TChatfileDownloadOptions;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileInfoOptionsInit: TChatfileInfoOptions;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileListOptionsInit: TChatfileListOptions;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileSmhDeleteInit: TChatfileSmhDelete;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileDeleteOptionsInit: TChatfileDeleteOptions;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileCheckOptionsInit: TChatfileCheckOptions;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileCompletePresignedOptionsInit: TChatfileCompletePresignedOptions;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileDigestUpdateFileOptionsInit: TChatfileDigestUpdateFileOptions;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileEasemobInit: TChatfileEasemob;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileNeteaseInit: TChatfileNetease;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileNeteaseDeleteTaskInit: TChatfileNeteaseDeleteTask;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileHuaweiInit: TChatfileHuawei;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileSmhInit: TChatfileSmh;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

function ChatfileOpenimInit: TChatfileOpenim;
begin
  FillChar(Result, SizeOf(Result), 0);
  Result.struct_size := SizeOf(Result);
end;

end.
