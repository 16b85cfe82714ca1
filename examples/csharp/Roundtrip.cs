/*
 * Roundtrip: uploads a file to Easemob, downloads it again, and compares the two byte for byte.
 *
 *     Roundtrip URL FILE FOLDER
 *
 * URL is where `chatfile-emulator` listens; its credentials are the defaults below. With "-" for URL the file goes to the
 * service itself, with the credentials of your own app in EASEMOB_APP_KEY, EASEMOB_CLIENT_ID and EASEMOB_CLIENT_SECRET.
 *
 * Standard error gets the progress and the errors; standard output one line for each step, its fields set apart by tabs:
 *
 *     service  verb  verdict  where
 *
 * The verdict is "stored", "identical", "different", or the name of a status.
 *
 * Exit code: 0 if the file came back identical, 1 if not, 2 for wrong usage.
 *
 * Build it by putting this file and bindings/csharp/Chatfile.cs into a project, or with Mono (LIB is the folder of
 * libchatfile.so):
 *
 *     mcs -out:Roundtrip.exe examples/csharp/Roundtrip.cs bindings/csharp/Chatfile.cs
 *     LD_LIBRARY_PATH=LIB mono Roundtrip.exe URL FILE FOLDER
 */

using System;
using System.IO;
using System.Linq;
using Chatfile;

internal static class Roundtrip
{
    private static int Main(string[] arguments)
    {
        if (arguments.Length != 3)
        {
            Console.Error.WriteLine("usage: Roundtrip URL FILE FOLDER");
            return 2;
        }
        try
        {
            return Run(arguments[0], arguments[1], arguments[2]) ? 0 : 1;
        }
        catch (ChatfileException failed)
        {
            Say(failed.Verb, Utf8.Read(Native.chatfile_status_name(failed.Status)), "");
            Console.Error.WriteLine(failed.Verb + ": " + failed.Message);
            return 1;
        }
        catch (Exception failed)
        {
            Console.Error.WriteLine(failed.Message);
            return 1;
        }
    }

    private static bool Run(string url, string path, string folder)
    {
        /* Whether the library that was found is one for the Chatfile.cs that this is compiled with. */
        IntPtr error;
        Check("load", Native.chatfile_version_check(Native.VersionNumber, out error), error);
        IntPtr client = Open(url);
        try
        {
            string file = Upload(client, path);
            string copy = Path.Combine(folder, "copy-of-" + Path.GetFileName(path));
            Download(client, file, copy);
            bool identical = File.ReadAllBytes(path).SequenceEqual(File.ReadAllBytes(copy));
            Say("download", identical ? "identical" : "different", copy);
            return identical;
        }
        finally
        {
            Native.chatfile_client_free(client);
        }
    }

    private static IntPtr Open(string url)
    {
        using (var baseUrl = new Utf8(url == "-" ? null : url))
        using (var appKey = new Utf8(Setting(url, "EASEMOB_APP_KEY", "easemob-demo#testapp")))
        using (var clientId = new Utf8(Setting(url, "EASEMOB_CLIENT_ID", "YXA6ZW11bGF0b3ItY2xpZW50LWlk")))
        using (var secret = new Utf8(Setting(url, "EASEMOB_CLIENT_SECRET", "YXA6ZW11bGF0b3ItY2xpZW50LXNlY3JldA")))
        using (var userAgent = new Utf8("Roundtrip/1.0"))
        {
            var config = new Easemob
            {
                BaseUrl = baseUrl.Pointer,
                AppKey = appKey.Pointer,
                ClientId = clientId.Pointer,
                ClientSecret = secret.Pointer,
            };
            var options = new ClientOptions { UserAgent = userAgent.Pointer, MaxAttempts = 2 };
            IntPtr client, error;
            Check("open", Native.chatfile_open_easemob(config, options, out client, out error), error);
            return client;
        }
    }

    /* Uploads the file and returns what names it at the service. */
    private static string Upload(IntPtr client, string path)
    {
        using (var name = new Utf8(path))
        {
            var source = new Source { Path = name.Pointer };
            var options = new UploadOptions { Progress = Show };
            IntPtr stored, error;
            Status status = Native.chatfile_upload(client, source, options, out stored, out error);
            GC.KeepAlive(options.Progress);
            Check("upload", status, error);
            string file = Utf8.Read(Native.chatfile_upload_result_file(stored));
            Say("upload", "stored", Utf8.Read(Native.chatfile_upload_result_url(stored)));
            Native.chatfile_upload_result_free(stored);
            return file;
        }
    }

    private static void Download(IntPtr client, string file, string path)
    {
        using (var what = new Utf8(file))
        using (var where = new Utf8(path))
        {
            var sink = new Sink { Path = where.Pointer };
            IntPtr arrived, error;
            Status status = Native.chatfile_download(client, what.Pointer, sink, null, out arrived, out error);
            Native.chatfile_download_result_free(arrived);
            Check("download", status, error);
        }
    }

    /* The library calls this on our own thread while it transfers; another number than 0 stops the transfer. */
    private static int Show(IntPtr user, ref Progress now)
    {
        Console.Error.Write("{0} of {1} bytes{2}", now.Done, now.Total, now.Finished != 0 ? "\n" : "\r");
        return 0;
    }

    private static void Say(string verb, string verdict, string where)
    {
        Console.WriteLine("easemob\t{0}\t{1}\t{2}", verb, verdict, where);
    }

    /* A value from the environment; without one, that of the emulator. */
    private static string Setting(string url, string name, string ofEmulator)
    {
        string value = Environment.GetEnvironmentVariable(name);
        if (value == null && url == "-")
            throw new InvalidOperationException("set " + name + " to use the service itself");
        return value ?? ofEmulator;
    }

    private sealed class ChatfileException : Exception
    {
        public readonly string Verb;
        public readonly Status Status;

        public ChatfileException(string verb, Status status, string message)
            : base(message)
        {
            Verb = verb;
            Status = status;
        }
    }

    /* Frees the error and throws its message, if the call has failed. */
    private static void Check(string verb, Status status, IntPtr error)
    {
        if (status == Status.Ok)
            return;
        string message = Utf8.Read(Native.chatfile_error_message(error));
        Native.chatfile_error_free(error);
        throw new ChatfileException(verb, status, message);
    }
}
