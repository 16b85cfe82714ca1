/*
 * The C++ API as a driver of the table of cases: reads operations as lines from standard input, answers with one line
 * each. The protocol is described in ffi-tests/tests/suite/protocol.rs.
 *
 * Without exceptions (-fno-exceptions) it uses the verbs that return a result, with them those that throw.
 */
#include <chatfile.hpp>

#include <cfenv>
#include <fstream>
#include <iostream>

#include "driver_calls.hpp"
#include "driver_client.hpp"
#include "driver_files.hpp"
#include "driver_line.hpp"
#include "driver_options.hpp"

namespace {

answer told_download(const chatfile::result<chatfile::download_result> &result, bool to_memory)
{
    return told(result, [&](answer &out) {
        tell(out, *result);
        if ((result->data.data() != nullptr) != to_memory)
            die("data where there should be none, or none where there should be");
        if (to_memory) {
            crc32 sum;
            sum.update(result->data.view());
            out.say("sum", sum.hex());
        }
    });
}

answer do_upload(const line &in)
{
    call own(in);
    const chatfile::source what = own.source();
    const chatfile::upload_options options = upload_options(in, own);
    const auto result = CALL(client_of(in)., upload, what, options);
    own.end();
    answer out = told(result);
    own.tell(out);
    return out;
}

answer do_download(const line &in)
{
    call own(in);
    const chatfile::sink to = own.sink();
    const chatfile::download_options options = download_options(in, own);
    const auto result = CALL(client_of(in)., download, in.word("file"), to, options);
    own.end();
    answer out = told_download(result, !to.path && !to.write);
    own.tell(out);
    return out;
}

answer do_send_presigned(const line &in)
{
    const auto request = CALL(chatfile::presigned::, from_json, in.word("json"));
    if (!request)
        return told(request.error());
    call own(in);
    const chatfile::source what = own.source();
    const chatfile::upload_options options = upload_options(in, own);
    const auto result = CALL(client_of(in)., send_presigned, *request, what, options);
    own.end();
    answer out = told(result);
    own.tell(out);
    return out;
}

answer do_complete_presigned(const line &in)
{
    const auto request = CALL(chatfile::presigned::, from_json, in.word("json"));
    if (!request)
        return told(request.error());
    call own(in);
    const chatfile::complete_presigned_options options{ own.cancel() };
    return told(CALL(client_of(in)., complete_presigned, *request, options));
}

answer do_receive_presigned(const line &in)
{
    const auto request = CALL(chatfile::presigned::, from_json, in.word("json"));
    if (!request)
        return told(request.error());
    call own(in);
    const chatfile::sink to = own.sink();
    const chatfile::download_options options = download_options(in, own);
    const auto result = CALL(client_of(in)., receive_presigned, *request, to, options);
    own.end();
    answer out = told_download(result, !to.path && !to.write);
    own.tell(out);
    return out;
}

answer do_presign_upload(const line &in)
{
    call own(in);
    const std::uint64_t size = in.has("size") ? in.u64("size") : chatfile::size_unknown;
    return told(CALL(client_of(in)., presign_upload, size, upload_options(in, own)));
}

answer do_presign_download(const line &in)
{
    call own(in);
    return told(CALL(client_of(in)., presign_download, in.word("file"), download_options(in, own)));
}

answer do_set_rates(const line &in)
{
    return told(CALL(client_of(in)., set_rates, in.u64("upload_rate"), in.u64("download_rate")), [](answer &) {});
}

answer do_seen(const line &in)
{
    const auto &seen = *slot_of(in).seen;
    answer out("ok");
    out.say("asked", seen.asked.load());
    out.say("logins", seen.logins.load());
    out.say("challenge", seen.challenge);
    out.say("log", seen.log);
    return out;
}

answer do_checksum(const line &in)
{
    const auto sum = CALL(chatfile::, netease_checksum, in.word("app_secret"), in.word("nonce"), in.word("cur_time"));
    return told(sum, [&](answer &out) { out.say("checksum", *sum); });
}

/* Reads the file in pieces of `step` bytes; asks for a digest in between, which must change nothing. */
chatfile::result<void> digest_pieces(chatfile::digest &digest, const line &in)
{
    std::ifstream file(in.path("path").value(), std::ios::binary);
    std::vector<char> piece(static_cast<std::size_t>(in.u64("step")));
    while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0) {
        const auto taken = CALL(digest., update, piece.data(), static_cast<std::size_t>(file.gcount()));
        if (!taken)
            return taken;
        if (!CALL(digest., text, chatfile::digest_kind::smh_full))
            die("no digest in between");
    }
    return {};
}

answer do_digest(const line &in)
{
    using kind = chatfile::digest_kind;
    call own(in);
    auto digest = CALL(chatfile::digest::, create, kind::smh_full | kind::smh_beginning | kind::openim | kind::crc64,
                       in.u64("part_size"));
    if (!digest)
        return told(digest.error());
    const auto taken = in.has("step") ? digest_pieces(*digest, in)
                                      : CALL(digest->, update_file, in.path("path").value(),
                                             chatfile::digest_update_file_options{ own.cancel() });
    return told(taken, [&](answer &out) {
        out.say("full", *CALL(digest->, text, kind::smh_full));
        out.say("beginning", *CALL(digest->, text, kind::smh_beginning));
        out.say("openim", *CALL(digest->, text, kind::openim));
        out.say("crc64", *CALL(digest->, text, kind::crc64));
        out.say("number", digest->crc64_value());
        out.say("parts", digest->part_count());
        for (std::size_t i = 0; i < digest->part_count() && i < 16; i++)
            out.say("part." + std::to_string(i), *CALL(digest->, part, i));
    });
}

answer do_combine(const line &in)
{
    const auto sum = [&](const char *key) { return std::strtoull(in.word(key).c_str(), nullptr, 10); };
    answer out("ok");
    out.say("number", chatfile::crc64_combine(sum("first"), sum("second"), in.u64("length")));
    return out;
}

answer do_version(const line &)
{
    answer out("ok");
    out.say("version", chatfile::version());
    out.say("number", chatfile::version_number());
    return out;
}

answer do_capabilities(const line &in)
{
    answer out("ok");
    out.say("value", client_of(in).capabilities());
    return out;
}

answer do_free(const line &in)
{
    slot_of(in) = slot();
    return answer("ok");
}

answer do_reset(const line &)
{
    for (slot &own : slots)
        own = slot();
    return answer("ok");
}

#define VERB(service) { #service, do_##service },
const std::map<std::string, answer (*)(const line &)> verbs = {
    EACH_SERVICE(VERB){ "open", do_open },
    { "upload", do_upload },
    { "download", do_download },
    { "delete", do_delete },
    { "delete_by_time", do_delete_by_time },
    { "abort_upload", do_abort_upload },
    { "info", do_info },
    { "exists", do_exists },
    { "check", do_check },
    { "list", do_list },
    { "list_all", do_list_all },
    { "presign_upload", do_presign_upload },
    { "presign_download", do_presign_download },
    { "send_presigned", do_send_presigned },
    { "complete_presigned", do_complete_presigned },
    { "receive_presigned", do_receive_presigned },
    { "set_rates", do_set_rates },
    { "capabilities", do_capabilities },
    { "checksum", do_checksum },
    { "digest", do_digest },
    { "combine", do_combine },
    { "version", do_version },
    { "seen", do_seen },
    { "free", do_free },
    { "reset", do_reset },
};

} // namespace

int main()
{
#ifdef __GLIBC__
    // As in programs of Delphi and Free Pascal: nothing that the library computes may raise.
    feenableexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
#endif
    for (std::string input; std::getline(std::cin, input);) {
        const line in(input);
        const auto verb = verbs.find(in.verb());
        if (verb == verbs.end())
            die("an unknown verb");
        std::cout << verb->second(in).text() << std::endl;
    }
    do_reset(line("reset"));
    return 0;
}
