// Made by cargo xtask bindings from include/chatfile.h; do not edit.

using System;
using System.Runtime.InteropServices;

namespace Chatfile
{
    /// <summary>
    /// How a call ended: Status.Ok or one of the CHATFILE_E_ numbers. They come in bands: 1xx the caller, 2xx the
    /// transport, 3xx the service, 4xx the integrity of the bytes, 5xx control by the caller, 9xx this library. A
    /// number is never used for something else later, and new ones may come: treat one you do not know by its band.
    /// </summary>
    public enum Status : uint
    {
        /// <summary>It worked.</summary>
        Ok = 0,

        /// <summary>A parameter has a value that can never work.</summary>
        Argument = 100,

        /// <summary>A required parameter is null.</summary>
        Null = 101,

        /// <summary>A text is not UTF-8, or holds characters that may not stand there (CR, LF).</summary>
        Text = 102,

        /// <summary>
        /// A structure was not initialised with its INIT macro, or asks for something that this version of the
        /// library does not know; or chatfile_version_check() was given that of a header for which the library is
        /// too old.
        /// </summary>
        Struct = 103,

        /// <summary>
        /// A limit would be exceeded (a size, a length, a range of time): one that is known beforehand, so that
        /// nothing was sent, or, with an answer, your own max_size, and an offset behind the end of the file. The
        /// message names field, value and bound.
        /// </summary>
        Limit = 104,

        /// <summary>The service, the client or this system cannot do this.</summary>
        Unsupported = 105,

        /// <summary>
        /// The source could not be opened, read or rewound, or did not hold the bytes announced.
        /// </summary>
        Source = 106,

        /// <summary>The target could not be written.</summary>
        Sink = 107,

        /// <summary>The file changed while it was being read.</summary>
        SourceChanged = 108,

        /// <summary>
        /// There is no memory for what the call needs: a file that is downloaded to memory, or the text of an
        /// answer.
        /// </summary>
        Memory = 109,

        /// <summary>The checkpoint of an upload cannot be read or written, or is in use.</summary>
        Checkpoint = 110,

        /// <summary>
        /// The operating system refuses what a call needs: random numbers, a thread, a socket (too many files are
        /// open, for example).
        /// </summary>
        System = 111,

        /// <summary>The host name could not be resolved.</summary>
        Resolve = 200,

        /// <summary>No connection could be made.</summary>
        Connect = 201,

        /// <summary>TLS failed: most often a certificate that is not trusted.</summary>
        Tls = 202,

        /// <summary>The connection broke while sending or receiving.</summary>
        ConnectionLost = 203,

        /// <summary>No connection within connect_timeout_ms.</summary>
        ConnectTimeout = 204,

        /// <summary>No byte moved for stall_timeout_ms.</summary>
        Stalled = 205,

        /// <summary>The call did not finish within deadline_ms.</summary>
        Deadline = 206,

        /// <summary>
        /// A redirect was refused: too many, one of an upload, or to what is no URL that can be asked.
        /// </summary>
        Redirect = 207,

        /// <summary>The other side does not speak HTTP/1.1.</summary>
        Protocol = 208,

        /// <summary>The proxy refused, or wants another login.</summary>
        Proxy = 209,

        /// <summary>
        /// A message, a presigned request, an answer or a redirect leads to where the options of the client do not
        /// let it: the field says which, allow_plain_http or refuse_private_addresses. Nothing was sent there.
        /// </summary>
        BlockedAddress = 210,

        /// <summary>The service refused the request for a reason of its own.</summary>
        Service = 300,

        /// <summary>The credentials or the token were refused.</summary>
        Auth = 301,

        /// <summary>The credentials are good, but do not allow this.</summary>
        Forbidden = 302,

        /// <summary>The file, the app or the address does not exist.</summary>
        NotFound = 303,

        /// <summary>The file, or the presigned request, existed and has expired.</summary>
        Expired = 304,

        /// <summary>The service finds the file too large.</summary>
        TooLarge = 305,

        /// <summary>Too many calls; try again later.</summary>
        RateLimited = 306,

        /// <summary>The service is out of order at the moment.</summary>
        Unavailable = 307,

        /// <summary>The answer is not the documented one, so nothing in it was believed.</summary>
        Response = 308,

        /// <summary>A file or folder of that name is there already.</summary>
        Conflict = 309,

        /// <summary>
        /// The file was stored, but not restricted as was asked for: anyone may get it. chatfile_error_file() names
        /// it.
        /// </summary>
        NotRestricted = 310,

        /// <summary>
        /// Fewer bytes arrived than were announced: a download left no file; what was uploaded may be stored.
        /// </summary>
        Truncated = 400,

        /// <summary>
        /// The bytes do not match the checksum stated for them; a download left no file. SMH states one of every
        /// file (CRC-64), OpenIM of every part (MD5). Or they are not what you expect: chatfile_error_field() is
        /// then the option (expected_md5, for example), and the call was not tried again.
        /// </summary>
        Integrity = 401,

        /// <summary>The call was cancelled by its cancel handle.</summary>
        Cancelled = 500,

        /// <summary>
        /// One of your callbacks returned non-zero, which stopped the call; chatfile_error_callback_value() has
        /// what it returned.
        /// </summary>
        Callback = 501,

        /// <summary>
        /// A defect in this library, caught before it could harm your program. Please report it with the message.
        /// </summary>
        Panic = 900,
    }

    /// <summary>
    /// How much to log, or how much a line matters: one of the CHATFILE_LOG_ numbers. Each includes those below it.
    /// </summary>
    public enum LogLevel : uint
    {
        /// <summary>Calls that failed.</summary>
        Error = 1,

        /// <summary>Also attempts that failed.</summary>
        Warn = 2,

        /// <summary>Also attempts that succeeded.</summary>
        Info = 3,

        /// <summary>Also the steps in between (tokens, redirects, lost connections).</summary>
        Debug = 4,

        /// <summary>
        /// Also each request and answer with its header fields, and how connections came about; of values, those
        /// that are harmless.
        /// </summary>
        Trace = 5,
    }

    /// <summary>Which addresses of hosts to connect to: one of the CHATFILE_IP_ numbers.</summary>
    public enum IpVersion : uint
    {
        /// <summary>
        /// Whichever works; those of both versions are tried in turn, a quarter of a second apart (RFC 8305).
        /// </summary>
        Any = 0,

        /// <summary>IPv4 alone.</summary>
        V4 = 4,

        /// <summary>IPv6 alone.</summary>
        V6 = 6,
    }

    /// <summary>Which CA certificates to trust: one of the CHATFILE_TRUST_ numbers.</summary>
    public enum Trust : uint
    {
        /// <summary>
        /// The CA certificates that are built in (Mozilla's); where none of them has signed, those of the operating
        /// system.
        /// </summary>
        Both = 0,

        /// <summary>Those that are built in, the same on every machine.</summary>
        BuiltIn = 1,

        /// <summary>
        /// Those of the operating system, so that what its administrator has taken away is not trusted either.
        /// </summary>
        System = 2,
    }

    /// <summary>
    /// What the service of a client can do: one of the CHATFILE_CAN_ numbers, or several of them, or-ed.
    /// </summary>
    [Flags]
    public enum Capabilities : uint
    {
        /// <summary>The service takes files.</summary>
        Upload = 1,

        /// <summary>The service gives files back.</summary>
        Download = 2,

        /// <summary>Files can be deleted by the time of their upload.</summary>
        DeleteByTime = 4,

        /// <summary>A file can be protected by a share secret.</summary>
        ShareSecret = 8,

        /// <summary>The service makes thumbnails of images.</summary>
        Thumbnail = 16,

        /// <summary>Requests can be presigned.</summary>
        Presign = 32,

        /// <summary>A file can be deleted.</summary>
        Delete = 64,

        /// <summary>
        /// Large files are sent in parts, side by side, and can be gone on with after a failure.
        /// </summary>
        Parts = 128,

        /// <summary>What the service has already is not sent again.</summary>
        InstantUpload = 256,

        /// <summary>chatfile_info() and chatfile_exists().</summary>
        Info = 512,

        /// <summary>chatfile_list().</summary>
        List = 1024,

        /// <summary>UploadOptions.Message.</summary>
        Message = 2048,
    }

    /// <summary>What a call is doing: one of the CHATFILE_ACTIVITY_ numbers.</summary>
    public enum Activity : uint
    {
        /// <summary>It waits, for an answer, for its turn, or to try again.</summary>
        Waiting = 0,

        /// <summary>It looks for a host and connects, through a proxy and with TLS where there are.</summary>
        Connecting = 1,

        /// <summary>It sends the file.</summary>
        Sending = 2,

        /// <summary>It receives the file.</summary>
        Receiving = 3,

        /// <summary>
        /// It reads the file before it sends it, or once more: for a hash that the service knows it by, to compare
        /// what has arrived of an earlier upload, or for a digest that was asked for.
        /// </summary>
        Hashing = 4,

        /// <summary>It gets a token, or another permission of the storage.</summary>
        Renewing = 5,
    }

    /// <summary>What a service's message about a file shows: one of the CHATFILE_MESSAGE_ numbers.</summary>
    public enum MessageKind : uint
    {
        /// <summary>No message is made.</summary>
        None = 0,

        /// <summary>What the media type says: an image, audio or a video; anything else is a file.</summary>
        Automatic = 1,

        /// <summary>A file to download.</summary>
        File = 2,

        /// <summary>A picture.</summary>
        Image = 3,

        /// <summary>Sound.</summary>
        Audio = 4,

        /// <summary>A video.</summary>
        Video = 5,
    }

    /// <summary>Of what kind of file a small picture is wanted: one of the CHATFILE_THUMBNAIL_ numbers.</summary>
    public enum ThumbnailKind : uint
    {
        /// <summary>The file itself.</summary>
        None = 0,

        /// <summary>A small picture of an image.</summary>
        Image = 1,

        /// <summary>A picture of a video, its first frame.</summary>
        Video = 2,
    }

    /// <summary>
    /// What was looked at: one of the CHATFILE_CHECK_ numbers. The order of the steps is that of the result, not of
    /// the numbers.
    /// </summary>
    public enum CheckKind : uint
    {
        /// <summary>Where calls go.</summary>
        Address = 0,

        /// <summary>Whether they go through a proxy, and whether that lets them.</summary>
        Proxy = 1,

        /// <summary>The addresses of the host, or of the proxy.</summary>
        Name = 2,

        /// <summary>A TCP connection.</summary>
        Connection = 3,

        /// <summary>TLS, and whether the certificate is trusted.</summary>
        Tls = 4,

        /// <summary>Whether the clock of this machine is that of the service.</summary>
        Clock = 5,

        /// <summary>A token, where the service has some.</summary>
        Credentials = 6,

        /// <summary>The smallest call that takes the credentials.</summary>
        Service = 7,
    }

    /// <summary>What came of a step: one of the CHATFILE_VERDICT_ numbers.</summary>
    public enum Verdict : uint
    {
        /// <summary>It works.</summary>
        Ok = 1,

        /// <summary>It works, and something about it is to be looked at.</summary>
        Warning = 2,

        /// <summary>It does not work.</summary>
        Failed = 3,

        /// <summary>There is no such thing here, or a step before it has failed.</summary>
        NotTried = 0,
    }

    /// <summary>
    /// How the file is written in the body of a presigned request: one of the CHATFILE_ENCODING_ numbers.
    /// </summary>
    public enum BodyEncoding : uint
    {
        /// <summary>There is no file in the request.</summary>
        None = 0,

        /// <summary>The file as it is.</summary>
        Identity = 1,

        /// <summary>The file as padded standard base64.</summary>
        Base64 = 2,

        /// <summary>The file as padded standard base64 with +, / and = percent-encoded.</summary>
        Base64Form = 3,
    }

    /// <summary>
    /// Digests by which services know files: one of the CHATFILE_DIGEST_ numbers, or several of them, or-ed.
    /// </summary>
    [Flags]
    public enum DigestKinds : uint
    {
        /// <summary>
        /// The hash by which Tencent SMH knows a whole file (fullHash): SHA-256, chained after every MiB; 64
        /// lower-case hex digits.
        /// </summary>
        SmhFull = 1,

        /// <summary>
        /// SMH's beginningHash: SHA-256 of the first MiB, or of all if it is less; 64 lower-case hex digits.
        /// </summary>
        SmhBeginning = 2,

        /// <summary>
        /// The hash by which OpenIM knows a file: MD5 of the MD5s of its parts, joined by commas; 32 lower-case hex
        /// digits.
        /// </summary>
        OpenIM = 4,

        /// <summary>CRC-64/XZ, which Tencent calls CRC64; an unsigned decimal number.</summary>
        Crc64 = 8,
    }

    /// <summary>How far a call had come when it failed: one of the CHATFILE_PHASE_ numbers.</summary>
    public enum Phase : uint
    {
        /// <summary>Checking parameters and opening the source; nothing was sent.</summary>
        Prepare = 0,

        /// <summary>Getting a token.</summary>
        Token = 1,

        /// <summary>Resolving the name, connecting, and TLS.</summary>
        Connect = 2,

        /// <summary>Sending the request or its body.</summary>
        Send = 3,

        /// <summary>Waiting for the answer, reading it, and judging it.</summary>
        Receive = 4,

        /// <summary>Putting the finished file in its place.</summary>
        Finish = 5,
    }

    /// <summary>What it was in TLS that failed: one of the CHATFILE_TLS_ numbers.</summary>
    public enum TlsFault : uint
    {
        /// <summary>It was not TLS.</summary>
        None = 0,

        /// <summary>Something else; the message says what is known.</summary>
        Other = 1,

        /// <summary>The certificate is signed by nobody who is trusted.</summary>
        UnknownIssuer = 2,

        /// <summary>The certificate has expired, or the clock of this machine is wrong.</summary>
        Expired = 3,

        /// <summary>The certificate is not valid yet, or the clock of this machine is wrong.</summary>
        NotYetValid = 4,

        /// <summary>The certificate is for other names.</summary>
        WrongName = 5,

        /// <summary>The certificate was revoked.</summary>
        Revoked = 6,

        /// <summary>The certificate is not signed by the authority that it names.</summary>
        BadSignature = 7,

        /// <summary>The certificate is not made for servers.</summary>
        WrongPurpose = 8,

        /// <summary>The server wants another certificate of the client, or one at all.</summary>
        ClientCertificate = 9,

        /// <summary>The two sides have no version or no cipher in common.</summary>
        Incompatible = 10,

        /// <summary>The other side does not speak TLS.</summary>
        NotSpoken = 11,
    }

    /// <summary>How a file goes to NetEase: one of the CHATFILE_NETEASE_METHOD_ numbers.</summary>
    public enum NetEaseMethod : uint
    {
        /// <summary>multipart/form-data to msg/fileUpload.action, the bytes as they are.</summary>
        Form = 0,

        /// <summary>base64 in a form to msg/upload.action, a third larger. Reads the source twice.</summary>
        Base64 = 1,
    }

    /// <summary>How a file goes to Tencent SMH: one of the CHATFILE_SMH_METHOD_ numbers.</summary>
    public enum SmhMethod : uint
    {
        /// <summary>
        /// In parts above 32 MiB, else in one request; if that is cut after a mebibyte or more, the next attempt
        /// goes in parts.
        /// </summary>
        Automatic = 0,

        /// <summary>In one request, up to 5 GiB.</summary>
        Simple = 1,

        /// <summary>In one request as multipart/form-data, up to 5 GiB.</summary>
        Form = 2,

        /// <summary>In parts, which can go on after an interruption.</summary>
        Parts = 3,
    }

    /// <summary>
    /// What happens if a file of that name is there: one of the CHATFILE_SMH_CONFLICT_ numbers.
    /// </summary>
    public enum SmhConflict : uint
    {
        /// <summary>The new file gets another name, "name (1).ext".</summary>
        Rename = 0,

        /// <summary>The upload fails with Status.Conflict.</summary>
        Fail = 1,

        /// <summary>The file is replaced; a folder stays, and the upload fails with Status.Conflict.</summary>
        Overwrite = 2,
    }

    /// <summary>
    /// What a browser does with the file at the address of a presigned download: one of the
    /// CHATFILE_SMH_DISPOSITION_ numbers.
    /// </summary>
    public enum SmhDisposition : uint
    {
        /// <summary>What a browser makes of the file's type.</summary>
        Automatic = 0,

        /// <summary>A browser shows it, if it can.</summary>
        Show = 1,

        /// <summary>A browser saves it under its name.</summary>
        Save = 2,
    }

    /// <summary>How a file goes to OpenIM: one of the CHATFILE_OPENIM_METHOD_ numbers.</summary>
    public enum OpenIMMethod : uint
    {
        /// <summary>In parts; by form where the source cannot be read twice, or an option asks for it.</summary>
        Automatic = 0,

        /// <summary>In one form.</summary>
        Form = 1,

        /// <summary>In parts, which can go on after an interruption. Reads the source twice.</summary>
        Parts = 2,
    }

    /// <summary>
    /// A text as the library takes it: UTF-8 with a NUL at the end, in memory of its own. A structure only points to it, so
    /// dispose of it when the call has returned that it was for.
    /// </summary>
    public sealed class Utf8 : IDisposable
    {
        /// <summary>What a field or parameter is set to; <c>IntPtr.Zero</c> if the text was null.</summary>
        public IntPtr Pointer { get; private set; }

        int length;

        /// <summary>Copies a text. One with a NUL in it, or with half a surrogate pair, is an ArgumentException.</summary>
        public Utf8(string text)
        {
            if (text == null)
                return;
            if (text.IndexOf('\0') >= 0)
                throw new ArgumentException("holds a NUL", "text");
            byte[] bytes = new System.Text.UTF8Encoding(false, true).GetBytes(text);
            length = bytes.Length;
            Pointer = Marshal.AllocHGlobal(length + 1);
            Marshal.Copy(bytes, 0, Pointer, length);
            Marshal.WriteByte(Pointer, length, 0);
            Array.Clear(bytes, 0, length);
        }

        /// <summary>Wipes and frees the text.</summary>
        public void Dispose()
        {
            for (int at = 0; at < length; at++)
                Marshal.WriteByte(Pointer, at, 0);
            length = 0;
            Marshal.FreeHGlobal(Pointer);
            Pointer = IntPtr.Zero;
        }

        /// <summary>A text that the library gave; null if it gave none.</summary>
        public static string Read(IntPtr text)
        {
            if (text == IntPtr.Zero)
                return null;
            int length = 0;
            while (Marshal.ReadByte(text, length) != 0)
                length++;
            byte[] bytes = new byte[length];
            Marshal.Copy(text, bytes, 0, length);
            return System.Text.Encoding.UTF8.GetString(bytes);
        }
    }

    /// <summary>
    /// A copy of a structure, for the field of another one that points to it, such as UploadOptions.NetEase. Dispose of it
    /// when the call has returned that it was for.
    /// </summary>
    public sealed class Attached<T> : IDisposable where T : class
    {
        /// <summary>What the field is set to.</summary>
        public IntPtr Pointer { get; private set; }

        /// <summary>Copies a structure, which later changes do not reach.</summary>
        public Attached(T structure)
        {
            Pointer = Marshal.AllocHGlobal(Marshal.SizeOf<T>());
            Marshal.StructureToPtr(structure, Pointer, false);
        }

        /// <summary>Frees the copy.</summary>
        public void Dispose()
        {
            Marshal.FreeHGlobal(Pointer);
            Pointer = IntPtr.Zero;
        }
    }

    /// <summary>
    /// Takes a line of the log, UTF-8 without a line end, valid during the call only. A line says which service was
    /// called for what, with which outcome, and never holds a secret; but paths are in it, and that of a NetEase
    /// file is enough to fetch it. Called on a thread that made a call, so by several at once if several use the
    /// client. Must not throw, or use the client.
    /// </summary>
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate void LogFn(IntPtr user, LogLevel level, IntPtr line);

    /// <summary>
    /// Gives the user name and password for a proxy that asks for them (407, or as SOCKS5 does), or refuses those
    /// that it was given: puts "NAME:PASSWORD" at buffer, at most capacity bytes (no fewer than 16,384), without a
    /// NUL, stores their number in *size, and returns 0. A size beyond that is Status.Text. A size of 0 says that
    /// there is none, and the call fails with Status.Proxy, as it does after three in a row that the proxy refuses.
    /// What else than 0 is returned stops the call with Status.Callback. proxy is its "host:port", scheme "Basic",
    /// "Digest" or "SOCKS5", realm what the proxy says that the password is for, which may be anything (SOCKS5 says
    /// nothing: ""); they are valid during the call only. Called on a thread that made a call, by one thread at a
    /// time. What is given is kept while the client lives, and then wiped. Must not throw, or use the client.
    /// </summary>
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate int ProxyLoginFn(IntPtr user, IntPtr proxy, IntPtr scheme, IntPtr realm, IntPtr buffer, UIntPtr capacity, ref UIntPtr size);

    /// <summary>
    /// Says whether a call is to stop: 0 to go on, anything else cancels it. Called on the thread that made the
    /// call. May make other calls. Must not throw, or free the client or the cancel handle.
    /// </summary>
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate int StopFn(IntPtr user);

    /// <summary>
    /// Reports progress: once at the start, then at least 4 and at most 20 times a second, and once at the end if
    /// all went well. While nothing moves, whatever the call waits for besides the file system (which may take a
    /// while to have a finished file on its disk), the same numbers come again: a program with one thread can do
    /// its other work here, and stop the call. Called on the calling thread. progress is valid during the call
    /// only. Return 0 to go on; anything else stops the transfer with Status.Callback (in the last report it is too
    /// late, and ignored). Must not throw, or free the client.
    /// </summary>
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate int ProgressFn(IntPtr user, ref Progress progress);

    /// <summary>
    /// Produces bytes of a source: puts up to capacity of them at buffer, stores their number in *size (0 at the
    /// end of the data), and returns 0. Anything else stops the transfer with Status.Callback, and a number above
    /// capacity with Status.Source. After the last byte it is called once more and has to store 0; a stream that
    /// waits for more there holds up the call. Must not throw.
    /// </summary>
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate int ReadFn(IntPtr user, IntPtr buffer, UIntPtr capacity, ref UIntPtr size);

    /// <summary>
    /// Goes back to the first byte of a source and returns 0. Anything else stops the transfer with
    /// Status.Callback. Must not throw.
    /// </summary>
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate int RewindFn(IntPtr user);

    /// <summary>
    /// Takes all size bytes at data and returns 0. Anything else stops the transfer with Status.Callback. Must not
    /// throw.
    /// </summary>
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate int WriteFn(IntPtr user, IntPtr data, UIntPtr size);

    /// <summary>
    /// Gives a secret: puts the text of the field that is called name ("app_secret", "password", ...) at buffer, at
    /// most capacity bytes (16,384 or more), without a NUL, stores their number in *size, and returns 0. Anything
    /// else stops the call with Status.Callback; what is no UTF-8, has a line end or a NUL, or would not fit, with
    /// Status.Text, and nothing with Status.Argument. Called on a thread that made a call, when the secret is
    /// needed, by one thread at a time. The copy is wiped after use; tokens that are got with it are kept as long
    /// as they live, and then wiped. Must not throw, or use the client: a call that needs the secret as well fails
    /// with Status.Argument.
    /// </summary>
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate int SecretFn(IntPtr user, IntPtr name, IntPtr buffer, UIntPtr capacity, ref UIntPtr size);

    /// <summary>How a client behaves. The defaults suit a desktop program on Wi-Fi.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class ClientOptions
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<ClientOptions>();

        /// <summary>
        /// Your program as it should appear in the User-Agent, for example "MyChat/4.2"; the library's own name is
        /// added. ASCII. null: that alone.
        /// </summary>
        public IntPtr UserAgent;

        /// <summary>
        /// The longest time for one connection, in milliseconds: name look-up, TCP, proxy and TLS together. 0:
        /// 15,000.
        /// </summary>
        public uint ConnectTimeoutMs;

        /// <summary>
        /// A transfer in which no byte moves for so many milliseconds has failed; one byte a second is alive. 0:
        /// 60,000.
        /// </summary>
        public uint StallTimeoutMs;

        /// <summary>
        /// The longest time for a whole call with all its attempts, in milliseconds. 0: no limit.
        /// </summary>
        public uint DeadlineMs;

        /// <summary>
        /// How often each request of a call is tried. A request lost on a kept-alive connection that the server had
        /// closed is sent again and not counted; an upload is not, where this is 1. 0: 4; 1: never again.
        /// </summary>
        public uint MaxAttempts;

        /// <summary>
        /// The upper bound of the pause before the second attempt, in milliseconds; it doubles with each further
        /// one, and the pause is a random part of it. What the service asks for is added. 0: 500.
        /// </summary>
        public uint RetryDelayMs;

        /// <summary>No attempt begins later than so many milliseconds after its call did. 0: no limit.</summary>
        public uint RetryTimeMs;

        /// <summary>
        /// The most calls of the service in a second, over all threads that use this client; tokens (but OpenIM's),
        /// presigned requests, NetEase downloads and the parts of files are not counted. 0: what the vendor allows
        /// an app (100 at Easemob and NetEase; the others state none). Several clients or programs with one app do
        /// not know of each other: divide it.
        /// </summary>
        public uint CallsPerSecond;

        /// <summary>
        /// The most bytes to send in a second, over all transfers; see chatfile_client_set_rates(). 0: no limit.
        /// </summary>
        public ulong UploadRate;

        /// <summary>The most bytes to receive in a second, over all transfers. 0: no limit.</summary>
        public ulong DownloadRate;

        /// <summary>
        /// Other addresses of the same service, separated by commas: URLs of the form of base_url. Where that
        /// cannot be reached (name, connection, TLS), so that nothing was sent, they are asked in turn; the one
        /// that was reached is asked first from then on. None may be http:// if base_url is https://. null: none.
        /// </summary>
        public IntPtr FallbackUrls;

        /// <summary>
        /// Where hosts are, whatever the system says: "HOST:PORT:ADDRESS", separated by commas; a host that is
        /// named several times has several addresses. Hosts that a proxy resolves are not looked for here. null:
        /// nothing is said.
        /// </summary>
        public IntPtr Resolve;

        /// <summary>
        /// Which addresses of hosts to connect to: IpVersion.Any (0), IpVersion.V4 or IpVersion.V6.
        /// </summary>
        public IpVersion IpVersion;

        /// <summary>
        /// A proxy for everything: "http://user:password@host:port" (plain requests for http, CONNECT for https),
        /// "https://..." (the same over TLS), "socks5h://...", which all resolve the names of hosts, or
        /// "socks5://...", which is given addresses; user name and password percent-encoded. An http proxy gets
        /// them by Basic, or by Digest if it asks for that. "system": on Windows what the Internet options of the
        /// user say (a script there is Status.Unsupported), elsewhere the environment, as with
        /// ProxyFromEnvironment. null: none.
        /// </summary>
        public IntPtr Proxy;

        /// <summary>
        /// Gives the user name and password for a proxy that asks for them, where its URL has none, or none that it
        /// takes. null: nobody is asked.
        /// </summary>
        public ProxyLoginFn ProxyLogin;

        /// <summary>Handed to ProxyLogin.</summary>
        public IntPtr ProxyLoginUser;

        /// <summary>
        /// Hosts to reach without the proxy, separated by commas: names, with their subdomains, addresses, networks
        /// ("10.0.0.0/8"), each alone or at a port ("example.com:8080"); "*" for all. null: none.
        /// </summary>
        public IntPtr NoProxy;

        /// <summary>
        /// Not 0: take the proxies from the environment (http_proxy, https_proxy, all_proxy, no_proxy), now; not
        /// together with proxy. 0: the environment is not looked at.
        /// </summary>
        public int ProxyFromEnvironment;

        /// <summary>
        /// Not 0: let a service or host that is asked over https send us on to an "http://" address, by a redirect
        /// or as its store, where anyone in between can read and change the file. 0: that is refused, by
        /// Status.BlockedAddress with this field.
        /// </summary>
        public int AllowPlainHttp;

        /// <summary>
        /// Not 0: send nothing to a loopback, link-local, private or other special-purpose address if a message, a
        /// presigned request, an answer or a redirect says so (Status.BlockedAddress with this field): for
        /// back-ends, which such a URL could lead to hosts that nobody outside may reach. It is checked on the
        /// address that is connected to. base_url and the proxies may be any; behind a proxy only the proxy knows
        /// what a name stands for, so that only addresses and localhost are refused. 0: they may lead anywhere.
        /// </summary>
        public int RefusePrivateAddresses;

        /// <summary>How much to log. 0: LogLevel.Info.</summary>
        public LogLevel LogLevel;

        /// <summary>Takes the lines of the log. null: none.</summary>
        public LogFn Log;

        /// <summary>Handed to log.</summary>
        public IntPtr LogUser;

        /// <summary>
        /// Not 0: the error of a call that failed says what the call has done (chatfile_error_trace()), which is
        /// kept in memory meanwhile, up to 64 KiB of it. Whatever becomes of a call, its log says the same with
        /// LogLevel.Trace. 0: errors have no trace.
        /// </summary>
        public int Trace;

        /// <summary>
        /// Which CA certificates to trust besides CaCertificates: Trust.Both (0), Trust.BuiltIn or Trust.System.
        /// </summary>
        public Trust Trust;

        /// <summary>More CA certificates to trust: PEM (any number) or DER (one). null: none.</summary>
        public IntPtr CaCertificates;

        /// <summary>The number of bytes at CaCertificates.</summary>
        public UIntPtr CaCertificatesSize;

        /// <summary>A file with them instead, in UTF-8: not together with CaCertificates. null: none.</summary>
        public IntPtr CaCertificatesPath;

        /// <summary>
        /// A certificate chain that says who this client is: PEM, its own first, with a NUL at the end. null: none.
        /// </summary>
        public IntPtr ClientCertificate;

        /// <summary>The key that goes with it: PEM (PKCS#8, PKCS#1 or SEC1), with a NUL at the end.</summary>
        public IntPtr ClientKey;
    }

    /// <summary>How far a transfer has come. Counts bytes of the file, not of its encoding.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Progress
    {
        /// <summary>
        /// The size of this structure in the library that calls you: fields of your header that lie beyond it are
        /// not there.
        /// </summary>
        public UIntPtr StructSize;

        /// <summary>
        /// Bytes moved so far. Never falls, also when an attempt is repeated, unless a download had to begin anew
        /// because the file at the service had become shorter. Equals total in the last report only, when the
        /// service has said yes (or for an empty file).
        /// </summary>
        public ulong Done;

        /// <summary>The size of the file; 0 while it is not known.</summary>
        public ulong Total;

        /// <summary>1 if total is known.</summary>
        public int TotalKnown;

        /// <summary>1 in the last report, which a failed transfer never makes.</summary>
        public int Finished;

        /// <summary>
        /// What the call is doing: Activity.Waiting (0), Activity.Connecting, Activity.Sending, Activity.Receiving,
        /// Activity.Hashing or Activity.Renewing.
        /// </summary>
        public Activity Activity;

        /// <summary>Nothing yet.</summary>
        public uint Reserved;

        /// <summary>
        /// Bytes that have been read for a hash, while activity is Activity.Hashing; else those of the last time.
        /// Begins anew with each reading.
        /// </summary>
        public ulong Hashed;

        /// <summary>Bytes that are to be read for it.</summary>
        public ulong HashTotal;

        /// <summary>Bytes of the file in a second, over the last seconds; 0 while it is not known.</summary>
        public ulong Rate;

        /// <summary>Milliseconds until all bytes have moved, at that rate; -1 while it cannot be told.</summary>
        public long RemainingMs;
    }

    /// <summary>What to upload. Set exactly one of path, data and read.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class Source
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<Source>();

        /// <summary>
        /// A regular file, in UTF-8. It must not change during the call, or the call fails with
        /// Status.SourceChanged. What the system makes up as it is read (/proc) has no size, and is Status.Source.
        /// </summary>
        public IntPtr Path;

        /// <summary>
        /// Bytes in memory; read during the call, never copied whole. Not null also for no bytes.
        /// </summary>
        public IntPtr Data;

        /// <summary>The number of bytes at data; 0 without data.</summary>
        public UIntPtr DataSize;

        /// <summary>Produces the bytes; called on the calling thread.</summary>
        public ReadFn Read;

        /// <summary>
        /// Goes back to the first byte. Without it an upload is not tried again once its first byte went out, SMH
        /// is not asked whether it has the bytes, and NetEaseMethod.Base64 and OpenIMMethod.Parts are not possible.
        /// Not needed where the length is SizeUnknown.
        /// </summary>
        public RewindFn Rewind;

        /// <summary>Handed to read and rewind.</summary>
        public IntPtr User;

        /// <summary>
        /// The exact number of bytes that read will produce; 0 are none. Behind them read is called once more, and
        /// has to say that the data are at an end: the call fails with Status.Source if it gives fewer, or more.
        /// What does not end by itself (a pipe that stays open) has to be ended by read.
        ///
        /// SizeUnknown: as many as read produces until it says that they are at an end. The services have to be
        /// told the length of a request before its first byte. So SMH gets such bytes in parts as they come, of
        /// which a few are kept until they are sent, and elsewhere, or where the upload is to be resumed, all are
        /// kept first: in a file that nobody else can open, in the system's folder for temporary files (TMPDIR; TMP
        /// on Windows), and no more than the service takes (else Status.Limit).
        ///
        /// 0 without read.
        /// </summary>
        public ulong Length;
    }

    /// <summary>What an upload to Easemob can ask for besides.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class EasemobUpload
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<EasemobUpload>();

        /// <summary>
        /// Not 0: only who knows the share secret may download the file. Easemob has to switch the feature on for
        /// the app: else the file is stored open to all, and the call fails with Status.NotRestricted.
        /// </summary>
        public int RestrictAccess;

        /// <summary>Width of the thumbnail that the service makes of an image, in pixels. 0: 170.</summary>
        public uint ThumbnailWidth;

        /// <summary>Height of that thumbnail, in pixels. 0: 170.</summary>
        public uint ThumbnailHeight;

        /// <summary>Leave it 0.</summary>
        public uint Reserved;
    }

    /// <summary>What an upload to NetEase can ask for besides.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class NetEaseUpload
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<NetEaseUpload>();

        /// <summary>How the file goes: NetEaseMethod.Form (0) or NetEaseMethod.Base64.</summary>
        public NetEaseMethod Method;

        /// <summary>Not 0: ask for an http:// URL. 0: https://, other than the service's own default.</summary>
        public int PlainHttpUrl;

        /// <summary>The scenario tag to store with the file, at most 32 characters. null: none.</summary>
        public IntPtr Tag;

        /// <summary>
        /// The lifetime of the file, in seconds, at least 86,400 and at most 68 years: it is deleted then. 0: for
        /// ever.
        /// </summary>
        public ulong TtlSeconds;
    }

    /// <summary>What an upload to Huawei can ask for besides.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class HuaweiUpload
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<HuaweiUpload>();

        /// <summary>
        /// The type of the file: jpg, jpeg, png, bmp, mp3, aac, mp4, txt or csv, in any case. null: the extension
        /// of its name, for which alone file_name is of use here; media_type is not sent.
        /// </summary>
        public IntPtr FileType;
    }

    /// <summary>What an upload to Tencent SMH can ask for besides.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class SmhUpload
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<SmhUpload>();

        /// <summary>
        /// The folder to put the file in, with / between the names. null: the root of the space.
        /// </summary>
        public IntPtr Directory;

        /// <summary>
        /// Labels of the file, by which it can be searched for: LabelCount pointers, of which none is null. null:
        /// none.
        /// </summary>
        public IntPtr Labels;

        /// <summary>The number of pointers at labels.</summary>
        public UIntPtr LabelCount;

        /// <summary>A category of your own, at most 16 bytes. null: none.</summary>
        public IntPtr Category;

        /// <summary>
        /// When the file was made where it comes from, like "2022-07-26T02:58:09Z". null: not said.
        /// </summary>
        public IntPtr LocalCreationTime;

        /// <summary>When it was last changed there, in the same form. null: not said.</summary>
        public IntPtr LocalModificationTime;

        /// <summary>
        /// With SmhConflict.Overwrite: only the file with this content, which chatfile_upload_result_content_cas()
        /// or chatfile_file_info_content_cas() has told. If it has been changed meanwhile, or is not there, nothing
        /// is overwritten, and the upload fails with Status.Conflict. Status.Unsupported with a private deployment,
        /// which ignores it. null: whatever is there is overwritten.
        /// </summary>
        public IntPtr ContentCas;

        /// <summary>
        /// The bytes of each part but the last, 1 MiB to 5 GiB, and enough for at most 10,000 parts;
        /// Status.Argument with SmhMethod.Simple or SmhMethod.Form. 0: 2 MiB, or more where that makes too many.
        /// </summary>
        public ulong PartSize;

        /// <summary>
        /// The most bytes a second that the store takes on each connection, 100 KiB (102,400) to 100 MiB
        /// (104,857,600). 0: no limit.
        /// </summary>
        public ulong TrafficLimit;

        /// <summary>
        /// How the file goes: SmhMethod.Automatic (0), SmhMethod.Simple, SmhMethod.Form or SmhMethod.Parts.
        /// </summary>
        public SmhMethod Method;

        /// <summary>
        /// What happens if a file of that name is there: SmhConflict.Rename (0), SmhConflict.Fail or
        /// SmhConflict.Overwrite.
        /// </summary>
        public SmhConflict Conflict;

        /// <summary>
        /// Not 0: make the folder, with its parents, if it is missing. 0: the upload fails then.
        /// </summary>
        public int CreateDirectories;

        /// <summary>
        /// Not 0: do not ask by hash whether SMH has the bytes already. Asking costs reading the file once more,
        /// from 1 MiB on, and saves sending it.
        /// </summary>
        public int SkipInstant;

        /// <summary>Not 0: keep the store's domain of the file of the same name, if possible.</summary>
        public int PreferSameOrigin;

        /// <summary>Leave it 0.</summary>
        public int Reserved;
    }

    /// <summary>What an upload to OpenIM can ask for besides.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class OpenIMUpload
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<OpenIMUpload>();

        /// <summary>
        /// The full name to store the file under, at most 1,024 bytes; it replaces a file of that name. It begins
        /// with user_id and a slash, unless the admin asks, and has no segment "." or "..", which no URL can hold.
        /// Its extension decides the media type if media_type is null. null: user_id, a slash and the name of the
        /// file.
        /// </summary>
        public IntPtr Name;

        /// <summary>
        /// The group of files that the server counts this one to; then it goes by form, if one can be signed for
        /// its name and media type. null: none.
        /// </summary>
        public IntPtr Group;

        /// <summary>What the file is for, in words of your own; then it goes in parts. null: not said.</summary>
        public IntPtr Cause;

        /// <summary>
        /// How the file goes: OpenIMMethod.Automatic (0), OpenIMMethod.Form or OpenIMMethod.Parts.
        /// </summary>
        public OpenIMMethod Method;

        /// <summary>
        /// Not 0: the name itself is the key in the storage; for the admin alone, and by form. A second file under
        /// it of another size replaces the first in the storage, but is Status.Integrity for 12 hours: the server
        /// remembers the size.
        /// </summary>
        public int Absolute;
    }

    /// <summary>Options of an upload.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class UploadOptions
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<UploadOptions>();

        /// <summary>The name to store, in UTF-8. null: that of the path, or "file".</summary>
        public IntPtr FileName;

        /// <summary>
        /// The media type to store; NetEase takes at most 128 characters, and deletes by it. null: what the name's
        /// extension suggests, or else the first bytes show (of a read callback only with message, for it is not
        /// touched before there is a connection), or "application/octet-stream".
        /// </summary>
        public IntPtr MediaType;

        /// <summary>Reports progress, and can stop the upload. null: none.</summary>
        public ProgressFn Progress;

        /// <summary>Handed to progress.</summary>
        public IntPtr ProgressUser;

        /// <summary>Can end the upload before it is done. null: nothing does.</summary>
        public IntPtr Cancel;

        /// <summary>
        /// Where files are sent in parts (Capabilities.Parts): how many of them side by side, at most 16, each with
        /// a thread and a connection while the call lasts. What a read callback gives is sent one part after the
        /// other. 0: 4.
        /// </summary>
        public uint ParallelParts;

        /// <summary>
        /// Not 0: what has arrived of an upload in parts is kept when it fails, and chatfile_error_resume_token()
        /// says how to go on with it. A file is then sent in parts whenever it makes more than one (SMH: 2 MiB,
        /// OpenIM: 5 MiB), unless a method is asked for. 0: the service is told to throw it away, if it can be
        /// told.
        /// </summary>
        public int Resumable;

        /// <summary>
        /// chatfile_error_resume_token() of an earlier call for the same file and name. What has arrived is
        /// compared with the file and not sent again; a file that has changed is sent from the start. As with
        /// resumable, which it implies. null: none.
        /// </summary>
        public IntPtr ResumeToken;

        /// <summary>
        /// A file (its path in UTF-8) that keeps what a resume token says, so that it survives your program. It is
        /// made when parts are sent, gone on with if it is there, and removed when the upload has succeeded; one
        /// upload at a time can use it (Status.Checkpoint). A file that no upload of this user has left is not
        /// touched (Status.Argument, or Status.Checkpoint if it is no file but a link), but for one of nothing but
        /// zeros, as a power cut makes one of a checkpoint. Not together with ResumeToken; implies resumable. null:
        /// none.
        /// </summary>
        public IntPtr Checkpoint;

        /// <summary>
        /// Not 0: the MD5 of what is sent is computed on the way, for chatfile_upload_result_md5(). What other
        /// threads have sent (parts side by side), or an earlier call, is read once more for it before the upload
        /// is completed. 0: none.
        /// </summary>
        public int ComputeMd5;

        /// <summary>Not 0: the same with the SHA-256, for chatfile_upload_result_sha256(). 0: none.</summary>
        public int ComputeSha256;

        /// <summary>
        /// Not 0: the same with the CRC-64, for chatfile_upload_result_crc64(); at SMH, that of the parts is made
        /// of theirs, and nothing is read once more for it. 0: none.
        /// </summary>
        public int ComputeCrc64;

        /// <summary>
        /// What the service's own message about the file shows, if one is to be made: MessageKind.None (0),
        /// MessageKind.Automatic, MessageKind.File, MessageKind.Image, MessageKind.Audio or MessageKind.Video. It
        /// is then in chatfile_upload_result_message(), ready to send. Status.Unsupported where the service has no
        /// messages (SMH), or a presigned upload has no URL before it is completed.
        /// </summary>
        public MessageKind Message;

        /// <summary>
        /// What the message says of the width of a picture or video, in pixels; with MediaHeight, and only with
        /// message. 0: that in the first 256 KiB of a picture (JPEG, PNG, GIF, WebP, BMP, HEIC, AVIF), as it is
        /// shown: turned as Exif data of a JPEG and the box "irot" of a HEIC say.
        /// </summary>
        public uint MediaWidth;

        /// <summary>The same of the height; with MediaWidth. 0: as there.</summary>
        public uint MediaHeight;

        /// <summary>
        /// What the message says of how long it plays; only with message. Services that count in seconds are told
        /// whole ones, rounded up. 0: nothing.
        /// </summary>
        public uint MediaDurationMs;

        /// <summary>What Easemob alone can do. null: nothing of it.</summary>
        public IntPtr Easemob;

        /// <summary>What NetEase alone can do. null: nothing of it.</summary>
        public IntPtr NetEase;

        /// <summary>What Huawei alone can do. null: nothing of it.</summary>
        public IntPtr Huawei;

        /// <summary>What Tencent SMH alone can do. null: nothing of it.</summary>
        public IntPtr Smh;

        /// <summary>What OpenIM alone can do. null: nothing of it.</summary>
        public IntPtr OpenIM;
    }

    /// <summary>
    /// Which upload chatfile_abort_upload() is about, by exactly one of a resume token and a checkpoint; and its
    /// options.
    /// </summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class AbortUploadOptions
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<AbortUploadOptions>();

        /// <summary>Can end the call before it is done. null: nothing does.</summary>
        public IntPtr Cancel;

        /// <summary>
        /// What chatfile_error_resume_token() gave. One that is not of this account is Status.Argument. null: the
        /// checkpoint says which upload it is.
        /// </summary>
        public IntPtr ResumeToken;

        /// <summary>
        /// A file that UploadOptions.Checkpoint has made (its path in UTF-8). It is removed when the service has
        /// thrown the upload away. One that an upload is using, or that is not there, is Status.Checkpoint; what is
        /// no checkpoint of this account is Status.Argument; neither is touched. null: the resume token says which
        /// upload it is.
        /// </summary>
        public IntPtr Checkpoint;
    }

    /// <summary>Where to put what is downloaded. Set exactly one of path, write and to_memory.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class Sink
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<Sink>();

        /// <summary>
        /// A file, in UTF-8. The bytes arrive under a temporary name in the same folder; the file gets its name,
        /// replacing one that exists, when all is well and on the disk, with the permissions of what it replaces.
        /// On any error the target is as it was. A symbolic link is replaced, not followed. A device, FIFO, socket
        /// or folder is Status.Sink before anything is sent, and so is, on Windows, a file that another program has
        /// open and lets nobody replace.
        /// </summary>
        public IntPtr Path;

        /// <summary>
        /// Takes the bytes; called on the calling thread. What it got before an error cannot be taken back: a
        /// further attempt is made only if the service can go on where the last one broke off.
        /// </summary>
        public WriteFn Write;

        /// <summary>Handed to write.</summary>
        public IntPtr User;

        /// <summary>Not 0: the bytes are kept in memory, for chatfile_download_result_data().</summary>
        public int ToMemory;

        /// <summary>Leave it 0.</summary>
        public int Reserved;
    }

    /// <summary>What a download from Easemob can ask for besides.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class EasemobDownload
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<EasemobDownload>();

        /// <summary>The secret that came with the upload of a restricted file. null: none.</summary>
        public IntPtr ShareSecret;
    }

    /// <summary>What a download from Huawei has to say besides.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class HuaweiDownload
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<HuaweiDownload>();

        /// <summary>
        /// The type of the file, which the service does not know by itself: one of those of an upload, richtext,
        /// doc, docx, pdf or zip. Required.
        /// </summary>
        public IntPtr FileType;

        /// <summary>Not 0: the file is one of the media library.</summary>
        public int MediaLibrary;

        /// <summary>Leave it 0.</summary>
        public int Reserved;
    }

    /// <summary>What a download from Tencent SMH can ask for besides.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class SmhDownload
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<SmhDownload>();

        /// <summary>
        /// An older version of the file: chatfile_file_info_version() of a list of its versions
        /// (ListOptions.Versions). null: the present one.
        /// </summary>
        public IntPtr Version;

        /// <summary>
        /// The most bytes a second that the store sends, 100 KiB (102,400) to 100 MiB (104,857,600). 0: no limit.
        /// </summary>
        public ulong TrafficLimit;

        /// <summary>
        /// How long the address of a presigned download is good, from a minute to two hours; only for
        /// chatfile_presign_download(). 0: as long as SMH finds fit, some two hours.
        /// </summary>
        public ulong LinkTtlSeconds;

        /// <summary>
        /// What a browser does with the file at the address of a presigned download: SmhDisposition.Automatic (0),
        /// SmhDisposition.Show or SmhDisposition.Save; only for chatfile_presign_download().
        /// </summary>
        public SmhDisposition Disposition;

        /// <summary>Leave it 0.</summary>
        public uint Reserved;
    }

    /// <summary>What a download from OpenIM can ask for besides.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class OpenIMDownload
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<OpenIMDownload>();

        /// <summary>
        /// The format of the picture that DownloadOptions.Thumbnail asks for: "png", "jpeg", "jpg" or "gif" (one
        /// frame). null: the storage's choice, which is "png" for MinIO, whatever the image is.
        /// </summary>
        public IntPtr ThumbnailFormat;
    }

    /// <summary>Options of a download.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class DownloadOptions
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<DownloadOptions>();

        /// <summary>
        /// A file of more bytes is refused with Status.Limit, at the latest when it has arrived so far. 0: no
        /// limit.
        /// </summary>
        public ulong MaxSize;

        /// <summary>
        /// The first byte that is wanted, counted from 0, for a preview, or to go on by hand. At the end of the
        /// file there is nothing, which is a success; behind it Status.Limit. With this or length, MaxSize and
        /// progress are about the part alone, ExpectedSize is compared with the whole size that the answer states,
        /// and ExpectedMd5 and its like, which are of the whole file, are Status.Argument. Of a server that serves
        /// no ranges the bytes before are received and passed over. Huawei cannot do it (Status.Unsupported). 0:
        /// from the start.
        /// </summary>
        public ulong Offset;

        /// <summary>
        /// How many bytes are wanted; a file that ends before has fewer: chatfile_download_result_size() says how
        /// many have come. 0: all that follow.
        /// </summary>
        public ulong Length;

        /// <summary>
        /// How many bytes the file has to have, as the message that names it says. Another size is
        /// Status.Integrity, before the first byte is taken if the answer states its length, and no file is left:
        /// so a page that a portal answers with is told from the file. What differs is in chatfile_error_field(),
        /// both values are in the message. Such an error is not retried. 0: not checked.
        /// </summary>
        public ulong ExpectedSize;

        /// <summary>
        /// Not 0: ExpectedSize is 0, and meant: the file has to be empty. Status.Argument with another
        /// ExpectedSize.
        /// </summary>
        public int ExpectEmpty;

        /// <summary>
        /// The MD5 that the file has to have: 32 hexadecimal digits. It is compared when all has arrived, also of a
        /// download that was resumed; another one is Status.Integrity, and no file is left, but a write callback
        /// has got the bytes by then. null: not checked.
        /// </summary>
        public IntPtr ExpectedMd5;

        /// <summary>
        /// The SHA-256 that the file has to have: 64 hexadecimal digits; as with ExpectedMd5. null: not checked.
        /// </summary>
        public IntPtr ExpectedSha256;

        /// <summary>
        /// The CRC-64 (CRC-64/XZ) that the file has to have, as services write it: an unsigned decimal number; as
        /// with ExpectedMd5. null: not checked.
        /// </summary>
        public IntPtr ExpectedCrc64;

        /// <summary>
        /// The page that the file is said to be for, which goes as the header field Referer with the requests that
        /// fetch it, redirected ones too: hosts with hot-link protection want that of a page that may show it.
        /// null: none is said.
        /// </summary>
        public IntPtr Referer;

        /// <summary>
        /// Whether a small picture comes in place of the file, and of what kind of file: ThumbnailKind.None (0),
        /// ThumbnailKind.Image or ThumbnailKind.Video. Where none can be made of it, the file itself may come.
        /// Status.Unsupported where the service makes none (Huawei), and of videos at OpenIM.
        /// </summary>
        public ThumbnailKind Thumbnail;

        /// <summary>
        /// The width of that picture at most, in pixels; the proportions stay. Only with thumbnail, and
        /// Status.Unsupported at Easemob, where the upload says it, and Status.Limit above what the service makes.
        /// 0: as the height demands; if that is not said either: what the upload asked for (Easemob), the image's
        /// own size (OpenIM, also above 1,024), elsewhere 170 by 170.
        /// </summary>
        public uint ThumbnailWidth;

        /// <summary>The height of that picture at most, as the width. 0: as there.</summary>
        public uint ThumbnailHeight;

        /// <summary>
        /// Not 0: when a download to a path fails, what has arrived is kept as NAME.part and NAME.part.json, if the
        /// service names the version of the file (ETag); the next call for the same file and path goes on from
        /// there, if the version is still the same. Only what an earlier call of this user has left is gone on
        /// with; anything else of these names is Status.Sink. After a power cut, what was not on the disk is
        /// fetched again. Huawei cannot do it. 0: nothing is kept.
        /// </summary>
        public int Resume;

        /// <summary>
        /// Not 0: when a download to a path has succeeded, no power cut takes the file back: it is synced before it
        /// gets its name, and its folder behind that (on Windows, which syncs no folders, the file once more). If
        /// that fails, the call fails with Status.Sink although the file is in its place. A folder that cannot be
        /// synced because it may not be read is found before anything is sent. 0: the bytes are synced; after a
        /// power cut the name may still stand for the old file, or for none.
        /// </summary>
        public int Durable;

        /// <summary>
        /// How many ranges of the file are fetched side by side when it goes to a path and is larger than 256 KiB:
        /// 1 to 16. Each has a thread and a connection while the call lasts. All are of one version: where the
        /// service names none or serves no ranges, and to memory or a callback, the bytes come one after the other.
        /// Huawei cannot do it (Status.Unsupported). 0: 1.
        /// </summary>
        public uint ParallelParts;

        /// <summary>Reports progress, and can stop the download. null: none.</summary>
        public ProgressFn Progress;

        /// <summary>Handed to progress.</summary>
        public IntPtr ProgressUser;

        /// <summary>Can end the download before it is done. null: nothing does.</summary>
        public IntPtr Cancel;

        /// <summary>What Easemob alone can do. null: nothing of it.</summary>
        public IntPtr Easemob;

        /// <summary>What Huawei has to be told; required there.</summary>
        public IntPtr Huawei;

        /// <summary>What Tencent SMH alone can do. null: nothing of it.</summary>
        public IntPtr Smh;

        /// <summary>What OpenIM alone can do. null: nothing of it.</summary>
        public IntPtr OpenIM;
    }

    /// <summary>Options of chatfile_info() and chatfile_exists().</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class InfoOptions
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<InfoOptions>();

        /// <summary>Can end the call before it is done. null: nothing does.</summary>
        public IntPtr Cancel;
    }

    /// <summary>Which of what is in a folder chatfile_list() gives.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class ListOptions
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<ListOptions>();

        /// <summary>chatfile_listing_next_marker() of the list before. null: from the start.</summary>
        public IntPtr Marker;

        /// <summary>The most entries; the service may give fewer. 0: what it finds fit (SMH: 20).</summary>
        public uint Limit;

        /// <summary>
        /// Not 0: list the versions of a file, which stands in the place of the folder then: first the present one,
        /// then the older ones, from the newest on. chatfile_file_info_version() names each for a download.
        /// </summary>
        public int Versions;

        /// <summary>Can end the call before it is done. null: nothing does.</summary>
        public IntPtr Cancel;
    }

    /// <summary>What a deletion at Tencent SMH can ask for besides.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class SmhDelete
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<SmhDelete>();

        /// <summary>Not 0: delete it for good, also where the space has a recycle bin.</summary>
        public int Permanent;

        /// <summary>Leave it 0.</summary>
        public int Reserved;
    }

    /// <summary>Options of a deletion.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class DeleteOptions
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<DeleteOptions>();

        /// <summary>Can end the call before it is done. null: nothing does.</summary>
        public IntPtr Cancel;

        /// <summary>What Tencent SMH alone can do. null: nothing of it.</summary>
        public IntPtr Smh;
    }

    /// <summary>Options of chatfile_check().</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class CheckOptions
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<CheckOptions>();

        /// <summary>Can end the call before it is done. null: nothing does.</summary>
        public IntPtr Cancel;

        /// <summary>
        /// Not 0: where the service has no call that takes the credentials and stores nothing, one byte is
        /// uploaded, for a day if that can be said. 0: nothing is stored, and that step is not tried there.
        /// </summary>
        public int Store;

        /// <summary>Leave it 0.</summary>
        public uint Reserved;
    }

    /// <summary>Options of chatfile_complete_presigned().</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class CompletePresignedOptions
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<CompletePresignedOptions>();

        /// <summary>Can end the call before it is done. null: nothing does.</summary>
        public IntPtr Cancel;
    }

    /// <summary>Options of chatfile_digest_update_file().</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class DigestUpdateFileOptions
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<DigestUpdateFileOptions>();

        /// <summary>Can end the call before it is done. null: nothing does.</summary>
        public IntPtr Cancel;
    }

    /// <summary>
    /// An Easemob app and who asks it. Give one kind of credentials: client_id and client_secret, or username and
    /// password, or token. A client_secret, password or token that is null is asked for by secret, if that is set.
    /// </summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class Easemob
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<Easemob>();

        /// <summary>
        /// The REST address of the app's data centre, without a path: http:// or https://. null:
        /// "https://a1.easemob.com" (China 1). Others: a31 (China 2), a1-sgp (Singapore), a41 (US-East), a51
        /// (Frankfurt).
        /// </summary>
        public IntPtr BaseUrl;

        /// <summary>The AppKey, "org#app". Required.</summary>
        public IntPtr AppKey;

        /// <summary>
        /// The app's client id, for back-ends. The token is fetched when it is needed, kept, and fetched anew when
        /// it expires or is refused.
        /// </summary>
        public IntPtr ClientId;

        /// <summary>The secret that goes with ClientId.</summary>
        public IntPtr ClientSecret;

        /// <summary>A user's name; the token is fetched and kept as above.</summary>
        public IntPtr Username;

        /// <summary>The password that goes with username.</summary>
        public IntPtr Password;

        /// <summary>
        /// A token that you got elsewhere. It cannot be renewed here: when it is refused, calls fail with
        /// Status.Auth. One that secret gives is asked for again then, once.
        /// </summary>
        public IntPtr Token;

        /// <summary>
        /// The lifetime to ask for when a token is fetched, in seconds. 0: what the Easemob console says, 60 days
        /// unless changed.
        /// </summary>
        public ulong TokenTtlSeconds;

        /// <summary>
        /// The largest file that may be sent, in bytes. 0: 10 MiB (10,485,760), the service's limit unless it was
        /// raised for your app.
        /// </summary>
        public ulong MaxUploadSize;

        /// <summary>
        /// Gives "client_secret", "password" or "token" when it is needed. null: the fields above hold what is
        /// needed.
        /// </summary>
        public SecretFn Secret;

        /// <summary>Handed to secret.</summary>
        public IntPtr SecretUser;
    }

    /// <summary>A NetEase IM (Yunxin) app.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class NetEase
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<NetEase>();

        /// <summary>
        /// The server address with its path: http:// or https://. null: "https://api.yunxinapi.com/nimserver".
        /// Overseas: "https://api-sg.yunxinapi.com/nimserver".
        /// </summary>
        public IntPtr BaseUrl;

        /// <summary>The AppKey. Required.</summary>
        public IntPtr AppKey;

        /// <summary>The AppSecret; it signs the requests and is never sent. null: secret gives it.</summary>
        public IntPtr AppSecret;

        /// <summary>
        /// The largest content that may be sent, in bytes as the service counts them: of the file with
        /// NetEaseMethod.Form, of its base64 text with NetEaseMethod.Base64. 0: 15 MiB (15,728,640), which as
        /// base64 is a file of 11,796,480 bytes.
        /// </summary>
        public ulong MaxUploadSize;

        /// <summary>Gives "app_secret" each time it is needed. null: AppSecret holds it.</summary>
        public SecretFn Secret;

        /// <summary>Handed to secret.</summary>
        public IntPtr SecretUser;
    }

    /// <summary>What chatfile_delete_by_time() deletes. NetEase takes 5 such tasks a day.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class NetEaseDeleteTask
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<NetEaseDeleteTask>();

        /// <summary>
        /// Files uploaded from this time on: milliseconds since 1970 UTC, more than 0. Required.
        /// </summary>
        public long StartTimeMs;

        /// <summary>
        /// Files uploaded up to this time: more than 1 and less than 7 days after the start, and before today in
        /// China (UTC+8). Required.
        /// </summary>
        public long EndTimeMs;

        /// <summary>
        /// Only files whose media type contains this text; "image" is in "image/png". null: all.
        /// </summary>
        public IntPtr MediaType;

        /// <summary>Only files with exactly this tag. null: all.</summary>
        public IntPtr Tag;
    }

    /// <summary>A Huawei Cloud AICC tenant, and the customer on whose behalf files are sent.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class Huawei
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<Huawei>();

        /// <summary>
        /// The domain of the deployment with its port, if it has one: http:// or https://, for example
        /// "https://service.besclouds.com". Required.
        /// </summary>
        public IntPtr BaseUrl;

        /// <summary>The app key. Required.</summary>
        public IntPtr AppKey;

        /// <summary>The app secret. null: secret gives it.</summary>
        public IntPtr AppSecret;

        /// <summary>The id of the configured channel. Required.</summary>
        public IntPtr ChannelId;

        /// <summary>The customer, 1 to 32 characters. Required.</summary>
        public IntPtr UserId;

        /// <summary>The customer's name. null: UserId.</summary>
        public IntPtr UserName;

        /// <summary>"zh", "zh_CN", "en" or "en_US". null: "zh".</summary>
        public IntPtr Locale;

        /// <summary>
        /// The lifetime to ask for when the AccessToken is fetched, in seconds, at most 3,600. 0: what the service
        /// gives.
        /// </summary>
        public ulong TokenTtlSeconds;

        /// <summary>
        /// The largest file that may be sent, in bytes. 0: no limit, since the vendor publishes none.
        /// </summary>
        public ulong MaxUploadSize;

        /// <summary>Gives "app_secret" each time it is needed. null: AppSecret holds it.</summary>
        public SecretFn Secret;

        /// <summary>Handed to secret.</summary>
        public IntPtr SecretUser;
    }

    /// <summary>
    /// A media library of Tencent SMH and who asks it: give library_secret or access_token. If both are null, one
    /// of them is asked for by secret; ask_access_token says which.
    /// </summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class Smh
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<Smh>();

        /// <summary>
        /// The address of SMH without a path: http:// or https://. null: "https://api.tencentsmh.cn". The vendor
        /// recommends the domain of the library, "https://LIBRARY_ID.api.tencentsmh.cn". With http:// the store
        /// behind it is reached without TLS, too.
        /// </summary>
        public IntPtr BaseUrl;

        /// <summary>The id of the media library. Required.</summary>
        public IntPtr LibraryId;

        /// <summary>
        /// The secret of the library, for back-ends. A token is fetched when it is needed, kept, and fetched anew
        /// when it expires or is refused.
        /// </summary>
        public IntPtr LibrarySecret;

        /// <summary>
        /// A token that you got elsewhere. It cannot be renewed here: when it is refused, calls fail with
        /// Status.Auth. One that secret gives is asked for again then, once.
        /// </summary>
        public IntPtr AccessToken;

        /// <summary>The tenant space. null: the only one of a single-tenant library.</summary>
        public IntPtr SpaceId;

        /// <summary>The user in whose name it is done. null: nobody's.</summary>
        public IntPtr UserId;

        /// <summary>The client of that user that a token is fetched for. null: none.</summary>
        public IntPtr ClientId;

        /// <summary>The session of that user that a token is fetched for. null: none.</summary>
        public IntPtr SessionId;

        /// <summary>
        /// What a fetched token may do, with commas between ("upload_file", "confirm_upload", ..., or "admin"). "":
        /// read only. null: what uploads, downloads, deletions and the making of folders need.
        /// </summary>
        public IntPtr Grant;

        /// <summary>
        /// The lifetime of a fetched token in seconds, 300 to 315,360,000; every use of the token begins it anew.
        /// 0: a day.
        /// </summary>
        public ulong TokenTtlSeconds;

        /// <summary>
        /// Not 0: SMH runs as a private deployment, in which each part of a file has credentials of its own.
        /// </summary>
        public int PrivateDeployment;

        /// <summary>
        /// Not 0: with LibrarySecret and AccessToken both null, secret is asked for "access_token"; with
        /// LibrarySecret it is Status.Argument. 0: for "library_secret".
        /// </summary>
        public int AskAccessToken;

        /// <summary>
        /// Gives "library_secret" or "access_token" when it is needed. null: the fields above hold it.
        /// </summary>
        public SecretFn Secret;

        /// <summary>Handed to secret.</summary>
        public IntPtr SecretUser;
    }

    /// <summary>
    /// An OpenIM server and who asks it: a user with a token, or, for back-ends, the admin with the server's
    /// secret, for himself or for a user.
    /// </summary>
    [StructLayout(LayoutKind.Sequential)]
    public sealed class OpenIM
    {
        /// <summary>Set by its constructor.</summary>
        public UIntPtr StructSize = (UIntPtr)Marshal.SizeOf<OpenIM>();

        /// <summary>
        /// The address of the server's API: http:// or https://, for example "https://im.example.com/api" or
        /// "http://10.0.0.1:10002". Required.
        /// </summary>
        public IntPtr BaseUrl;

        /// <summary>Who asks: a user's id; with AdminSecret and without platform the admin's. Required.</summary>
        public IntPtr UserId;

        /// <summary>
        /// A token of UserId that you got elsewhere. It cannot be renewed here: when it is refused, calls fail with
        /// Status.Auth. One that secret gives is asked for again then, once.
        /// </summary>
        public IntPtr Token;

        /// <summary>
        /// The server's secret, in place of token, for back-ends. Tokens are fetched when they are needed, kept,
        /// and fetched anew when they expire or are refused.
        /// </summary>
        public IntPtr AdminSecret;

        /// <summary>The admin who fetches the token of UserId; with platform alone. null: "imAdmin".</summary>
        public IntPtr AdminUserId;

        /// <summary>
        /// With AdminSecret: what UserId is logged in on, which can end an older login of the user there. 1 iOS, 2
        /// Android, 3 Windows, 4 macOS, 5 web, 6 mini program, 7 Linux, 8 Android tablet, 9 iPad, 11 HarmonyOS. 0:
        /// UserId is the admin.
        /// </summary>
        public uint Platform;

        /// <summary>
        /// Not 0: with token and AdminSecret both null, secret is asked for "admin_secret". 0: for "token".
        /// </summary>
        public int AskAdminSecret;

        /// <summary>
        /// The largest file that may be sent, in bytes. 0: no limit, since the server has none.
        /// </summary>
        public ulong MaxUploadSize;

        /// <summary>Gives "token" or "admin_secret" when it is needed. null: the fields above hold it.</summary>
        public SecretFn Secret;

        /// <summary>Handed to secret.</summary>
        public IntPtr SecretUser;
    }

    /// <summary>
    /// The functions of the library, under the names of C, and its other constants.
    ///
    /// Calls block until they are done, and return Status.Ok (0) or a CHATFILE_E_ number. The last parameter of
    /// each call is a place for an error object. It and options may be null; every other pointer is required unless
    /// the function says otherwise. New numbers may come in every set (statuses, phases, kinds, capabilities, ...):
    /// be ready for one that you do not know. Any call may fail with Status.Null, Status.Text, Status.Struct and
    /// Status.Panic; its comment names what else. Every call sets that place, and the object that it makes (out),
    /// to null before it does anything else, so both may be freed whatever happened. On success out is yours, on
    /// failure error.
    ///
    /// Structures begin with their size. They are classes here, whose constructors set it, or set all of it to zero
    /// and struct_size to its sizeof; zero means default in every field. That is how they can grow: a program built
    /// with an older header works with a newer library, and one built with a newer header works with an older
    /// library unless it uses what that does not know (Status.Struct for a field, Status.Argument for a number).
    ///
    /// Text is NUL-terminated UTF-8 without CR and LF (which PEM and JSON may hold), file names too, on every
    /// system. Text and structures that you pass are not kept beyond the call.
    ///
    /// Callbacks, with the user pointers beside them: those of a client (secret, log, proxy_login) have to be good
    /// until chatfile_client_free() has returned and every list cursor of the client is free, those of a call until
    /// it has returned, and that of a cancel handle until it is free, the last call that it was given to has
    /// returned, and every list cursor whose options named it is free. None may throw, or end the thread. Those for
    /// progress, reading and writing may make calls, with the same client, too; those of a client must not use it.
    ///
    /// Stack: a call takes up to 64 KiB of its thread's, most of it for TLS; make none on threads of less than 128
    /// KiB.
    ///
    /// Memory: what a function hands out through a pointer to a pointer is yours; free it with the _free() function
    /// of its type, never with free(). They take null and cannot fail, and do not wait. What a getter returns
    /// belongs to the object that it was asked of, and lives as long as that. Getters take null, too, and return 0
    /// or null then, unless they say otherwise.
    ///
    /// Threads: a client may be used by any number of threads at once; results and error objects may be read by
    /// several. Callbacks run on a thread that made a call, those of a transfer on the one that made it. The
    /// library starts threads for two things. Parts of a file are sent, and ranges of one fetched, side by side by
    /// threads that end with the call. Each name look-up has one, for no system lets one interrupt it: the call
    /// goes on without it when its time is over or it is cancelled. There is no global state and nothing to
    /// initialise; with no handle and no object left, the library can be unloaded at any time (its code then stays
    /// in memory, for a look-up that hangs). If you link the static library into a module that will be unloaded,
    /// link that with -z nodelete on Linux, too.
    ///
    /// Signals: none is raised or caught; SIGPIPE is not raised by what the library writes. fork() without exec:
    /// neither use nor free a client in the child.
    ///
    /// Delegates: keep a reference to one as long as the library may call it, that of a client until this is freed;
    /// no exception may come out of it.
    /// </summary>
    public static class Native
    {
        /// <summary>The library: chatfile.dll, libchatfile.so or libchatfile.dylib.</summary>
        public const string Library = "chatfile";

        /// <summary>
        /// A size that is not known: of what read of a Source produces, or of the file that
        /// chatfile_presign_upload() makes a request for.
        /// </summary>
        public const ulong SizeUnknown = ulong.MaxValue;

        /// <summary>The size of a buffer for any text of a chatfile_digest, also of later versions.</summary>
        public const uint DigestTextSize = 129;

        /// <summary>Of the version of the header.</summary>
        public const string Version = "0.1.0";

        /// <summary>Of the version of the header.</summary>
        public const uint VersionMajor = 0;

        /// <summary>Of the version of the header.</summary>
        public const uint VersionMinor = 1;

        /// <summary>Of the version of the header.</summary>
        public const uint VersionPatch = 0;

        /// <summary>The size of a buffer for chatfile_netease_checksum(): 40 hex digits and a NUL.</summary>
        public const uint NetEaseChecksumSize = 41;

        /// <summary>What chatfile_version_check() is asked about.</summary>
        public const uint VersionNumber = VersionMajor * 1000000 + VersionMinor * 1000 + VersionPatch;

        /// <summary>
        /// Opens a client without a service and without credentials. All it can do is send what others have
        /// presigned: chatfile_send_presigned() and chatfile_receive_presigned().
        ///
        /// Nothing is sent yet. options are copied. On success out is a client that you free with
        /// chatfile_client_free(). Fails with Status.Null, Status.Argument, Status.Text, Status.Struct,
        /// Status.Unsupported or Status.System; chatfile_error_field() names the field.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_open_without_service(
            ClientOptions options,
            out IntPtr @out,
            out IntPtr error);

        /// <summary>
        /// Frees a client and closes its connections. null is fine. No call may be using it any more; of a list
        /// cursor it lives on in that, until it is free, too.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void chatfile_client_free(IntPtr client);

        /// <summary>What the service of this client can do, or-ed. 0 if client is null.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Capabilities chatfile_client_capabilities(IntPtr client);

        /// <summary>
        /// Sets the most bytes to send and to receive in a second, over all transfers of this client, those under
        /// way too; 0 is no limit. May be called from any thread. Fails with Status.Null if client is null.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_client_set_rates(
            IntPtr client,
            ulong uploadRate,
            ulong downloadRate,
            out IntPtr error);

        /// <summary>A cancel handle; never null.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_cancel_new();

        /// <summary>
        /// Cancels: calls that it was given to return Status.Cancelled within 100 ms, also from a blocked read,
        /// write or connect of the network; a callback of yours, and a file system that hangs, have to come back
        /// first. Other calls of the same client go on. Does not wait. null is fine. May be called from any thread,
        /// not from a signal handler.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void chatfile_cancel_fire(IntPtr cancel);

        /// <summary>Frees a cancel handle, which no other thread may be firing. null is fine.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void chatfile_cancel_free(IntPtr cancel);

        /// <summary>
        /// A cancel handle that is also asked: during each call that it is given to, stop is called with user at
        /// least 4 times a second on the thread that made the call, whatever that waits for besides the file
        /// system; by several at once, if several make calls with the handle. So a program with one thread can look
        /// after other things meanwhile, and stop calls that report no progress, too. null if stop is.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_cancel_new_asking(StopFn stop, IntPtr user);

        /// <summary>
        /// Uploads a file. Blocks until the service has it, or has refused it.
        ///
        /// May fail with any status. Limits known beforehand (Status.Limit) are checked before anything is sent. An
        /// upload that is tried again, because its answer was lost, may leave a second copy where the service names
        /// files itself and takes none back. One in parts that fails can be gone on with: see the options
        /// resumable, resume_token and checkpoint.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_upload(
            IntPtr client,
            Source source,
            UploadOptions options,
            out IntPtr @out,
            out IntPtr error);

        /// <summary>
        /// What names the file in chatfile_download(): each service has a kind of name of its own. null only if
        /// result is null.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_upload_result_file(IntPtr result);

        /// <summary>
        /// The URL to put into a message, as the service gave it, but for what no URL can hold, which is
        /// percent-encoded here. null where files have no lasting URL, or none yet (a presigned upload that is not
        /// completed).
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_upload_result_url(IntPtr result);

        /// <summary>The secret that a download of this file needs; null if it needs none.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_upload_result_share_secret(IntPtr result);

        /// <summary>Bytes of the file; 0 if result is null.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern ulong chatfile_upload_result_size(IntPtr result);

        /// <summary>1 if the service had these bytes already, so that none were sent; else 0.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int chatfile_upload_result_instant(IntPtr result);

        /// <summary>
        /// How often the upload was tried, 1 or more; of several requests, the one that was tried most. 0 if result
        /// is null.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern uint chatfile_upload_result_attempts(IntPtr result);

        /// <summary>
        /// The MD5 of what was sent, in 32 lower-case hexadecimal digits; null unless the option compute_md5 was
        /// set, or a message says it (NetEase).
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_upload_result_md5(IntPtr result);

        /// <summary>
        /// The SHA-256 of what was sent, in 64 lower-case hexadecimal digits; null unless the option compute_sha256
        /// was set.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_upload_result_sha256(IntPtr result);

        /// <summary>
        /// The CRC-64 (CRC-64/XZ) of what was sent, as services write it: an unsigned decimal number; null unless
        /// the option compute_crc64 was set.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_upload_result_crc64(IntPtr result);

        /// <summary>
        /// What the service's own message about the file says, as JSON: what the vendor's SDKs, or the call that
        /// sends messages, take (the page of each service says it). It may hold the share secret. null unless the
        /// option message was set.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_upload_result_message(IntPtr result);

        /// <summary>
        /// What the service calls messages of this kind: "1", "img", "102" or "IMAGE" for a picture, as the service
        /// has it. null unless the option message was set.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_upload_result_message_type(IntPtr result);

        /// <summary>
        /// What the content of the file is known by, for SmhUpload.ContentCas of an upload that overwrites it; null
        /// where the service does not say.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_upload_result_content_cas(IntPtr result);

        /// <summary>Frees a result. null is fine.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void chatfile_upload_result_free(IntPtr result);

        /// <summary>
        /// Makes the service throw away what it has kept of an upload in parts that was broken off: the one that
        /// the options name by its resume token or its checkpoint, of which exactly one has to be set. An upload
        /// that the service does not know any more counts as done; a file that is complete stays. client is one of
        /// the account that made the upload.
        ///
        /// Fails with Status.Argument if the options name none or two, or one that is not of this account, with
        /// Status.Unsupported where an upload cannot be thrown away (OpenIM forgets it in a week, its storage
        /// perhaps sooner), and may fail with any other status.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_abort_upload(
            IntPtr client,
            AbortUploadOptions options,
            out IntPtr error);

        /// <summary>
        /// Downloads the file that file names: what chatfile_upload_result_file() gave, or what a message carries;
        /// the section of its service has what that is. Blocks until it is complete and in its place.
        ///
        /// May fail with any status; a target file is then as it was, and no other file is left but those that the
        /// option resume asks for.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_download(
            IntPtr client,
            IntPtr file,
            Sink sink,
            DownloadOptions options,
            out IntPtr @out,
            out IntPtr error);

        /// <summary>
        /// Bytes that have arrived: those of the file, or of the part of it that was asked for; 0 if result is
        /// null.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern ulong chatfile_download_result_size(IntPtr result);

        /// <summary>
        /// 1 with the size of the whole file in bytes (also if a part of it was asked for) in out if it is known,
        /// else 0 with 0 in out.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int chatfile_download_result_file_size(IntPtr result, out ulong @out);

        /// <summary>
        /// The bytes, chatfile_download_result_size() of them, if the sink had to_memory; else null.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_download_result_data(IntPtr result);

        /// <summary>The media type, as the service states it; null if it does not.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_download_result_media_type(IntPtr result);

        /// <summary>
        /// How the bytes are coded ("gzip", for example), if the answer says so though nothing but the bytes as
        /// they are was asked for; else null. They are as they came: to have the file, undo it.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_download_result_content_encoding(IntPtr result);

        /// <summary>How often the download was tried, 1 or more; 0 if result is null.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern uint chatfile_download_result_attempts(IntPtr result);

        /// <summary>Frees a result with the bytes it holds. null is fine.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void chatfile_download_result_free(IntPtr result);

        /// <summary>
        /// What the service says of a file, which file names as for chatfile_download().
        ///
        /// Fails with Status.NotFound if there is no such file, with Status.Unsupported where Capabilities.Info is
        /// not set, and may fail with any other status.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_info(
            IntPtr client,
            IntPtr file,
            InfoOptions options,
            out IntPtr @out,
            out IntPtr error);

        /// <summary>
        /// Whether there is a file of this name: out is 1 if there is, else 0, on failure too. Otherwise as
        /// chatfile_info(), but that a file which is not there is no error.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_exists(
            IntPtr client,
            IntPtr file,
            InfoOptions options,
            out int @out,
            out IntPtr error);

        /// <summary>Its name without the folder.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_file_info_name(IntPtr info);

        /// <summary>
        /// What it is, as the service writes it (SMH: "file", "dir", "image", "video", "symlink" or "virtual").
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_file_info_kind(IntPtr info);

        /// <summary>1 with its bytes in out if they are known, else 0 with 0 in out.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int chatfile_file_info_size(IntPtr info, out ulong @out);

        /// <summary>
        /// The CRC-64 (CRC-64/XZ) of its bytes, an unsigned decimal number, or null. chatfile_digest_text()
        /// computes it.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_file_info_crc64(IntPtr info);

        /// <summary>
        /// What it is known by at the store, without quotes: the MD5 of a file that came in one request.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_file_info_etag(IntPtr info);

        /// <summary>Its media type.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_file_info_media_type(IntPtr info);

        /// <summary>
        /// When it came to be at the service, as the service writes it (SMH: like "2022-07-26T02:58:09.000Z").
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_file_info_creation_time(IntPtr info);

        /// <summary>When it was last changed there.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_file_info_modification_time(IntPtr info);

        /// <summary>When it was made where it comes from, as the upload said.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_file_info_local_creation_time(IntPtr info);

        /// <summary>When it was last changed where it comes from, as the upload said.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_file_info_local_modification_time(IntPtr info);

        /// <summary>The number of labels that it was given.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern UIntPtr chatfile_file_info_label_count(IntPtr info);

        /// <summary>A label, from index 0; null if there is none.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_file_info_label(IntPtr info, UIntPtr index);

        /// <summary>The category that it was given.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_file_info_category(IntPtr info);

        /// <summary>Where anybody can get it without a token, for a while (SMH: some two hours).</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_file_info_url(IntPtr info);

        /// <summary>What its content is known by, for SmhUpload.ContentCas.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_file_info_content_cas(IntPtr info);

        /// <summary>
        /// Which version of the file it is, for SmhDownload.Version. Only in a list of versions
        /// (ListOptions.Versions), and null for the present one, or a number of its own.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_file_info_version(IntPtr info);

        /// <summary>Frees what chatfile_info() gave; not an entry of a list. null is fine.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void chatfile_file_info_free(IntPtr info);

        /// <summary>
        /// Lists some of what is in a folder: directory is its path with / between the names, "" the root. With the
        /// option versions, the versions of the file directory instead. For the rest of a long list, call again
        /// with the marker of the one before until there is none, or go through it with a chatfile_list_cursor.
        ///
        /// Fails with Status.NotFound if there is no such folder, with Status.Unsupported where Capabilities.List
        /// is not set, and may fail with any other status.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_list(
            IntPtr client,
            IntPtr directory,
            ListOptions options,
            out IntPtr @out,
            out IntPtr error);

        /// <summary>The number of files and folders in the list.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern UIntPtr chatfile_listing_count(IntPtr listing);

        /// <summary>
        /// A file or folder of the list, from index 0; null if there is none. It belongs to the list: do not free
        /// it.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_listing_entry(IntPtr listing, UIntPtr index);

        /// <summary>Where the next list begins, for ListOptions.Marker; null if these were the last.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_listing_next_marker(IntPtr listing);

        /// <summary>
        /// Begins to go through all that is in a folder, as chatfile_list() lists it: from the marker of the
        /// options on, and limit is that of each list. Nothing is asked yet. The options are copied. The client and
        /// the cancel handle of the options are kept until the cursor is free: you may free yours, but what the
        /// client calls back has to be good so long.
        ///
        /// Fails with Status.Null, Status.Text or Status.Struct, and with Status.Unsupported where
        /// Capabilities.List is not set.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_list_cursor_new(
            IntPtr client,
            IntPtr directory,
            ListOptions options,
            out IntPtr @out,
            out IntPtr error);

        /// <summary>
        /// Gives the next file or folder in out, or null behind the last, which is a success, too. It belongs to
        /// the cursor and lives until the next call: do not free it.
        ///
        /// Fails as chatfile_list(), with null in out; the next call asks for the same list again. Called from a
        /// callback of its own call it fails with Status.Argument.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_list_cursor_next(IntPtr cursor, out IntPtr @out, out IntPtr error);

        /// <summary>Frees a cursor with the entry that it has given. null is fine.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void chatfile_list_cursor_free(IntPtr cursor);

        /// <summary>Frees a list with its entries. null is fine.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void chatfile_listing_free(IntPtr listing);

        /// <summary>
        /// Deletes a file, which file names as for chatfile_download().
        ///
        /// Fails with Status.NotFound if there is no such file, with Status.Unsupported where Capabilities.Delete
        /// is not set, and may fail with any other status.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_delete(
            IntPtr client,
            IntPtr file,
            DeleteOptions options,
            out IntPtr @out,
            out IntPtr error);

        /// <summary>The id of the task that deletes later, if the service answers with one; else null.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_delete_result_task_id(IntPtr result);

        /// <summary>What the file is known by in the recycle bin, if it went there (SMH); else null.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_delete_result_recycled_item_id(IntPtr result);

        /// <summary>How often the call was tried, 1 or more; 0 if result is null.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern uint chatfile_delete_result_attempts(IntPtr result);

        /// <summary>Frees a result. null is fine.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void chatfile_delete_result_free(IntPtr result);

        /// <summary>
        /// Looks at what works on the way to the service, each step for itself: the address, the proxy, the name,
        /// the connection, TLS, the clock, the credentials, and the smallest call. What does not work is no failure
        /// of this call, but Verdict.Failed of its step; those behind it that need it are Verdict.NotTried. Nothing
        /// is stored unless the options say so. It begins with a connection of its own; time-outs and attempts are
        /// those of the client.
        ///
        /// Fails with Status.Cancelled and Status.Callback, and with Status.Unsupported of a client without a
        /// service.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_check(
            IntPtr client,
            CheckOptions options,
            out IntPtr @out,
            out IntPtr error);

        /// <summary>The number of steps.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern UIntPtr chatfile_check_result_count(IntPtr result);

        /// <summary>
        /// A step, from index 0; null if there is none. It belongs to the result: do not free it.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_check_result_step(IntPtr result, UIntPtr index);

        /// <summary>What was looked at.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern CheckKind chatfile_check_step_kind(IntPtr step);

        /// <summary>What came of it.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Verdict chatfile_check_step_verdict(IntPtr step);

        /// <summary>How it failed; Status.Ok if it did not.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_check_step_status(IntPtr step);

        /// <summary>How many milliseconds it took.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern ulong chatfile_check_step_time_ms(IntPtr step);

        /// <summary>
        /// What was found, or how it failed, for a person to read; without secrets. null only if step is null.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_check_step_text(IntPtr step);

        /// <summary>
        /// What to do about it, if something is to be done that the text does not say; else null.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_check_step_advice(IntPtr step);

        /// <summary>Frees a result with its steps. null is fine.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void chatfile_check_result_free(IntPtr result);

        /// <summary>
        /// Makes the request of an upload, for another program to send. client is one of a service; size is that of
        /// the file, for its limits are checked now, or SizeUnknown. SMH and OpenIM have to know it, and the upload
        /// counts only when chatfile_complete_presigned() has completed it; elsewhere it is not fixed in the
        /// request. It is one request, never in parts. Of options, file_name, media_type, cancel and those of the
        /// service can be set: what is for parts or for who sends the file is Status.Argument. A token may be
        /// fetched.
        ///
        /// Fails as chatfile_upload() does before it sends a file, and with Status.Unsupported where
        /// Capabilities.Presign is not set.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_presign_upload(
            IntPtr client,
            ulong size,
            UploadOptions options,
            out IntPtr @out,
            out IntPtr error);

        /// <summary>
        /// Makes the request of a download, for another program to send. file is as for chatfile_download(). Of
        /// options, cancel, referer, thumbnail and those of the service can be set: what is for who receives the
        /// file is Status.Argument. A token may be fetched. Otherwise as chatfile_presign_upload().
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_presign_download(
            IntPtr client,
            IntPtr file,
            DownloadOptions options,
            out IntPtr @out,
            out IntPtr error);

        /// <summary>
        /// The request as JSON (one line of UTF-8), to hand to another program. null only if presigned is null.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_presigned_json(IntPtr presigned);

        /// <summary>
        /// Reads a presigned request from the JSON that chatfile_presigned_json() gave, in this or another program.
        /// The JSON may come from anywhere: what cannot be sent, or no upload of one's own could be, is refused
        /// with Status.Argument.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_presigned_from_json(IntPtr json, out IntPtr @out, out IntPtr error);

        /// <summary>
        /// Sends a presigned upload with its file. client is any, for example one of
        /// chatfile_open_without_service(). Of the options, those about progress, cancelling, digests and the
        /// message can be set: the rest is in the request. Otherwise as chatfile_upload(); a repeated attempt sends
        /// the same signature. Fails with Status.Argument if the request is a download, and with Status.Expired
        /// from five minutes after chatfile_presigned_expires_at() on, for the clock here may be wrong. If
        /// chatfile_presigned_needs_completion(), tell who made the request that it was sent.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_send_presigned(
            IntPtr client,
            IntPtr presigned,
            Source source,
            UploadOptions options,
            out IntPtr @out,
            out IntPtr error);

        /// <summary>
        /// Sends a presigned download and takes the file. client is any, for example one of
        /// chatfile_open_without_service(). Otherwise as chatfile_download(); fails with Status.Argument if the
        /// request is an upload, and for what stands in the request already: a thumbnail, a referer, options of one
        /// service.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_receive_presigned(
            IntPtr client,
            IntPtr presigned,
            Sink sink,
            DownloadOptions options,
            out IntPtr @out,
            out IntPtr error);

        /// <summary>
        /// Completes a presigned upload whose file was sent, where that is needed (SMH and OpenIM, see
        /// chatfile_presigned_needs_completion()): makes the file known to the service by its name. client is the
        /// one that made the request, or any with the same rights. It does no harm to do it twice. At OpenIM,
        /// whoever has the request can replace the file with it until it expires, also after this. out is a result
        /// as that of chatfile_upload().
        ///
        /// Complete the request that you have kept, never one that came back: what is completed is what its JSON
        /// says, so that whoever sends you an altered one has you complete another upload, with your rights. Keep
        /// the JSON, and let who has sent the file name it by a number of yours.
        ///
        /// Fails with Status.Argument if there is nothing to complete, or not by this client, with Status.Integrity
        /// if what was sent is not what was announced, and may fail with any other status. With Status.Integrity,
        /// OpenIM has stored nothing, and will not by this request: presign anew. SMH has stored the file, which
        /// its store takes in any size: delete what chatfile_error_file() names.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_complete_presigned(
            IntPtr client,
            IntPtr presigned,
            CompletePresignedOptions options,
            out IntPtr @out,
            out IntPtr error);

        /// <summary>
        /// 1 if the file counts only when chatfile_complete_presigned() has completed the upload, else 0.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int chatfile_presigned_needs_completion(IntPtr presigned);

        /// <summary>
        /// What names the upload when it is completed, for a program that calls the service itself (OpenIM: the id
        /// of complete_form_data; SMH: the confirmKey); null if nothing is to be completed.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_presigned_completion(IntPtr presigned);

        /// <summary>
        /// 1 with when the service will no longer take the request in out, in seconds since 1970 UTC; else 0 with 0
        /// in out. There is none where that is not known, or never.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int chatfile_presigned_expires_at(IntPtr presigned, out ulong @out);

        /// <summary>
        /// 1 with the largest file that may be sent with it in out, in bytes; else 0 with 0 in out. There is none
        /// where there is no limit. With chatfile_presigned_needs_completion() it is the only size, and may be 0.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int chatfile_presigned_max_size(IntPtr presigned, out ulong @out);

        /// <summary>The method, "GET", "POST" or "PUT". null only if presigned is null.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_presigned_method(IntPtr presigned);

        /// <summary>The URL. null only if presigned is null.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_presigned_url(IntPtr presigned);

        /// <summary>The number of header fields to send, besides Host and Content-Length.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern UIntPtr chatfile_presigned_header_count(IntPtr presigned);

        /// <summary>The name of a header field, from index 0; null if there is none.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_presigned_header_name(IntPtr presigned, UIntPtr index);

        /// <summary>The value of a header field, from index 0; null if there is none.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_presigned_header_value(IntPtr presigned, UIntPtr index);

        /// <summary>The body before the file. null only if presigned is null.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_presigned_prefix(IntPtr presigned);

        /// <summary>How the file is written in the body.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern BodyEncoding chatfile_presigned_encoding(IntPtr presigned);

        /// <summary>The body behind the file. null only if presigned is null.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_presigned_suffix(IntPtr presigned);

        /// <summary>
        /// The number of fields of the form besides the file, for a program that builds the form itself. They are
        /// in the prefix already.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern UIntPtr chatfile_presigned_field_count(IntPtr presigned);

        /// <summary>The name of a form field, from index 0; null if there is none.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_presigned_field_name(IntPtr presigned, UIntPtr index);

        /// <summary>The value of a form field, from index 0; null if there is none.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_presigned_field_value(IntPtr presigned, UIntPtr index);

        /// <summary>
        /// The HTTP status that means success, from index 0; 0 if there is none. The body of the answer decides
        /// further, as chatfile_send_presigned() does.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int chatfile_presigned_success_status(IntPtr presigned, UIntPtr index);

        /// <summary>Frees a presigned request. null is fine.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void chatfile_presigned_free(IntPtr presigned);

        /// <summary>
        /// Begins the digests wanted, or-ed, for all of which the bytes are then read once. part_size is for
        /// DigestKinds.OpenIM alone: the size of a part in bytes, as OpenIM's part_size call says, 0 for one part
        /// of everything; 16 bytes of memory are taken for each part. It must be 0 without that.
        ///
        /// Fails with Status.Null or Status.Argument.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_digest_new(
            DigestKinds wanted,
            ulong partSize,
            out IntPtr @out,
            out IntPtr error);

        /// <summary>
        /// Takes the next size bytes; data may be null if there are none. Cannot fail but with Status.Null, or
        /// Status.Argument if size is more than PTRDIFF_MAX.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_digest_update(
            IntPtr digest,
            IntPtr data,
            UIntPtr size,
            out IntPtr error);

        /// <summary>
        /// Takes the bytes of a whole regular file, and blocks until they are read. To show how far it is, read the
        /// file yourself and call chatfile_digest_update().
        ///
        /// Fails with Status.Null or Status.Text; with Status.Source if the file cannot be read,
        /// Status.SourceChanged if it changed meanwhile, Status.Cancelled within 100 ms unless the file system
        /// hangs. The digest is then what it was before the call.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_digest_update_file(
            IntPtr digest,
            IntPtr path,
            DigestUpdateFileOptions options,
            out IntPtr error);

        /// <summary>
        /// Writes one digest of the bytes so far, as the service wants it, and a NUL to buffer, which has room for
        /// buffer_size bytes; DigestTextSize is enough. kind is one of the numbers that chatfile_digest_new() was
        /// given. More bytes may follow.
        ///
        /// Fails with Status.Null or Status.Argument; buffer is not written then.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_digest_text(
            IntPtr digest,
            DigestKinds kind,
            IntPtr buffer,
            UIntPtr bufferSize,
            out IntPtr error);

        /// <summary>
        /// The CRC-64 of the bytes so far as a number, for chatfile_crc64_combine(); 0 of no bytes, if it was not
        /// begun, or if digest is null.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern ulong chatfile_digest_crc64_value(IntPtr digest);

        /// <summary>
        /// How many parts there are so far for DigestKinds.OpenIM, at least 1; 0 if it was not begun, or if digest
        /// is null.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern UIntPtr chatfile_digest_part_count(IntPtr digest);

        /// <summary>
        /// As chatfile_digest_text(), the MD5 of one of OpenIM's parts: 32 lower-case hex digits. index is from 0
        /// to below chatfile_digest_part_count().
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_digest_part(
            IntPtr digest,
            UIntPtr index,
            IntPtr buffer,
            UIntPtr bufferSize,
            out IntPtr error);

        /// <summary>Frees a digest. null is fine.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void chatfile_digest_free(IntPtr digest);

        /// <summary>
        /// The CRC-64 of two pieces one after the other, from the CRC-64 of each and the length of the second in
        /// bytes: parts that were read side by side have that of the whole. Takes microseconds, whatever the
        /// length.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern ulong chatfile_crc64_combine(ulong first, ulong second, ulong secondLength);

        /// <summary>
        /// The name of a status in this header, for example "Status.Limit"; for a number that is none,
        /// "CHATFILE_E_UNKNOWN". Lives for ever.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_status_name(Status status);

        /// <summary>The status that the failed call returned; Status.Ok if error is null.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_error_status(IntPtr error);

        /// <summary>
        /// What happened and what to do about it, for a person to read. "" if error is null, else never empty.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_error_message(IntPtr error);

        /// <summary>
        /// The parameter or field at fault, as this header calls it ("app_key", "source.path"). With
        /// Status.Unsupported, what cannot be done: the verb ("delete", "presign_upload"), or, of a verb that can
        /// be called, the option ("parallel_parts"). null if the error is not about one.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_error_field(IntPtr error);

        /// <summary>The HTTP status of the answer that made the call fail; 0 if there was none.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int chatfile_error_http_status(IntPtr error);

        /// <summary>
        /// The service's own error code as it wrote it ("auth_bad_access_token", "414"); null if it gave none.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_error_service_code(IntPtr error);

        /// <summary>The service's own text; null if it gave none.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_error_service_message(IntPtr error);

        /// <summary>
        /// The id under which the service has logged the request, for its support; null if it gave none.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_error_request_id(IntPtr error);

        /// <summary>How far the call had come; Phase.Prepare if error is null.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Phase chatfile_error_phase(IntPtr error);

        /// <summary>1 if the same call may succeed when it is made again later, else 0.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int chatfile_error_retryable(IntPtr error);

        /// <summary>
        /// 1 with how many milliseconds the service asks to wait before the next try in out; else 0 with 0 in out.
        /// Wait that long before you call again: the library waits for it only between its own attempts, and not at
        /// all if it is more than a minute.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int chatfile_error_retry_after_ms(IntPtr error, out ulong @out);

        /// <summary>
        /// How many attempts were made at the request that failed, also those that found no connection; 0 if the
        /// call failed before any request.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern uint chatfile_error_attempts(IntPtr error);

        /// <summary>With Status.Callback: what your callback returned, untouched; else 0.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int chatfile_error_callback_value(IntPtr error);

        /// <summary>
        /// What a later chatfile_upload() of the same file needs to send only what is missing
        /// (UploadOptions.ResumeToken), and chatfile_abort_upload() to throw it away; null if the service has kept
        /// nothing. It holds no secret.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_error_resume_token(IntPtr error);

        /// <summary>
        /// With Status.NotRestricted, and with Status.Integrity of an upload to SMH: the file that was stored all
        /// the same, as chatfile_upload_result_file() would name it; else null.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_error_file(IntPtr error);

        /// <summary>
        /// The operating system's own number of what it refused: errno, or on Windows what GetLastError() or
        /// WSAGetLastError() said; 0 if it was not the system, or it gave none.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int chatfile_error_os_error(IntPtr error);

        /// <summary>
        /// With Status.Limit: 1 with the limit that is exceeded or not reached in out, in the unit of the field
        /// (bytes of a source or a text, for example); else 0 with 0 in out. There is none where it is below 0, or
        /// one field is the limit of another.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int chatfile_error_limit(IntPtr error, out ulong @out);

        /// <summary>
        /// As chatfile_error_limit(), the value that is beyond the limit; of a download that was under way, what
        /// there is of it at least.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int chatfile_error_actual(IntPtr error, out ulong @out);

        /// <summary>With Status.Tls: what it was that failed; else TlsFault.None.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern TlsFault chatfile_error_tls_fault(IntPtr error);

        /// <summary>
        /// With ClientOptions.Trace: what the call has done, for the support of a vendor or of your own, in lines:
        /// how connections came about, the requests and the heads of their answers, with times and the ids under
        /// which they are logged. It holds no secret, but paths and names of hosts. null if no request was begun,
        /// or without that option.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_error_trace(IntPtr error);

        /// <summary>
        /// 1 if it was the proxy that failed, or was not to be reached, and not what is behind it; else 0.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int chatfile_error_at_proxy(IntPtr error);

        /// <summary>Frees an error object. null is fine.</summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void chatfile_error_free(IntPtr error);

        /// <summary>
        /// The version of the library as text, for example "0.1.0". Compare with Version, which is that of the
        /// header. Lives for ever.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr chatfile_version();

        /// <summary>
        /// The version of the library as a number: major * 1,000,000 + minor * 1,000 + patch. Compare with
        /// CHATFILE_VERSION_NUMBER.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern uint chatfile_version_number();

        /// <summary>
        /// Whether this library is one for the header that the program was compiled with:
        /// chatfile_version_check(CHATFILE_VERSION_NUMBER, &amp;error), once at the start. Fails with Status.Struct
        /// if the header is newer than the library, or of another major version; the patch number does not matter.
        /// A newer library than the header is fine.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_version_check(uint headerVersionNumber, out IntPtr error);

        /// <summary>
        /// Opens a client of an Easemob app. config is copied. Otherwise as chatfile_open_without_service(): may
        /// also fail with Status.Limit.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_open_easemob(
            Easemob config,
            ClientOptions options,
            out IntPtr @out,
            out IntPtr error);

        /// <summary>
        /// Opens a client of a NetEase IM app. config is copied. Otherwise as chatfile_open_without_service().
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_open_netease(
            NetEase config,
            ClientOptions options,
            out IntPtr @out,
            out IntPtr error);

        /// <summary>
        /// Has the service delete files by the time of their upload, as task says. Of options, cancel alone is of
        /// use. Otherwise as chatfile_delete().
        ///
        /// Fails with Status.Limit if the service takes no such range, with Status.Unsupported where
        /// Capabilities.DeleteByTime is not set, and may fail with any other status.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_delete_by_time(
            IntPtr client,
            NetEaseDeleteTask task,
            DeleteOptions options,
            out IntPtr @out,
            out IntPtr error);

        /// <summary>
        /// Signs a NetEase request: the CheckSum header for these values of the Nonce (at most 128 characters) and
        /// CurTime (seconds since 1970 UTC, decimal) headers, which is SHA-1 of app_secret, nonce and cur_time in
        /// this order, in lower-case hex. The service takes it for 5 minutes from cur_time.
        ///
        /// Writes 40 digits and a NUL to buffer, which has room for buffer_size bytes, at least
        /// NetEaseChecksumSize.
        ///
        /// Fails with Status.Null, Status.Text or Status.Argument; buffer is not written then.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_netease_checksum(
            IntPtr appSecret,
            IntPtr nonce,
            IntPtr curTime,
            IntPtr buffer,
            UIntPtr bufferSize,
            out IntPtr error);

        /// <summary>
        /// Opens a client of a Huawei AICC tenant. config is copied. Otherwise as chatfile_open_without_service():
        /// may also fail with Status.Limit.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_open_huawei(
            Huawei config,
            ClientOptions options,
            out IntPtr @out,
            out IntPtr error);

        /// <summary>
        /// Opens a client of a media library of Tencent SMH. config is copied. Otherwise as
        /// chatfile_open_without_service(): may also fail with Status.Limit.
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_open_smh(
            Smh config,
            ClientOptions options,
            out IntPtr @out,
            out IntPtr error);

        /// <summary>
        /// Opens a client of an OpenIM server. config is copied. Otherwise as chatfile_open_without_service().
        /// </summary>
        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern Status chatfile_open_openim(
            OpenIM config,
            ClientOptions options,
            out IntPtr @out,
            out IntPtr error);
    }
}
