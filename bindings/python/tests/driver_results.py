"""What results and errors of the package say.

Made from include/chatfile.h by cargo xtask bindings; do not edit.
"""


def say_upload_result(answer, result):
    answer.say("file", result.file)
    answer.say("url", result.url)
    answer.say("share_secret", result.share_secret)
    answer.say("size", result.size)
    answer.say("instant", result.instant)
    answer.say("attempts", result.attempts)
    answer.say("md5", result.md5)
    answer.say("sha256", result.sha256)
    answer.say("crc64", result.crc64)
    answer.say("message", result.message)
    answer.say("message_type", result.message_type)
    answer.say("content_cas", result.content_cas)


def say_download_result(answer, result):
    answer.say("size", result.size)
    answer.say("file_size", result.file_size)
    answer.say("media_type", result.media_type)
    answer.say("content_encoding", result.content_encoding)
    answer.say("attempts", result.attempts)


def say_delete_result(answer, result):
    answer.say("task_id", result.task_id)
    answer.say("recycled_item_id", result.recycled_item_id)
    answer.say("attempts", result.attempts)


def say_file_info(answer, result):
    answer.say("name", result.name)
    answer.say("kind", result.kind)
    answer.say("size", result.size)
    answer.say("crc64", result.crc64)
    answer.say("etag", result.etag)
    answer.say("media_type", result.media_type)
    answer.say("creation_time", result.creation_time)
    answer.say("modification_time", result.modification_time)
    answer.say("local_creation_time", result.local_creation_time)
    answer.say("local_modification_time", result.local_modification_time)
    answer.say("label", result.labels)
    answer.say("category", result.category)
    answer.say("url", result.url)
    answer.say("content_cas", result.content_cas)
    answer.say("version", result.version)


def say_check_step(answer, result):
    answer.say("kind", result.kind)
    answer.say("verdict", result.verdict)
    answer.say("status", result.status)
    answer.say_milliseconds("time_ms", result.time)
    answer.say("text", result.text)
    answer.say("advice", result.advice)


def say_listing(answer, result):
    answer.say("count", len(result.entries))
    for index, entry in enumerate(result.entries):
        with answer.at(index):
            say_file_info(answer, entry)
    answer.say("next_marker", result.next_marker)


def say_check_result(answer, result):
    answer.say("count", len(result))
    for index, step in enumerate(result):
        with answer.at(index):
            say_check_step(answer, step)


def say_presigned(answer, result):
    answer.say("json", result.json)
    answer.say("needs_completion", result.needs_completion)
    answer.say("completion", result.completion)
    answer.say("expires_at", result.expires_at)
    answer.say("max_size", result.max_size)
    answer.say("method", result.method)
    answer.say("url", result.url)
    answer.say("header", result.headers)
    answer.say("prefix", result.prefix)
    answer.say("encoding", result.encoding)
    answer.say("suffix", result.suffix)
    answer.say("field", result.fields)
    answer.say("success_status", result.success_statuses)


def say_error(answer, result):
    answer.say("http_status", result.http_status)
    answer.say("service_code", result.service_code)
    answer.say("service_message", result.service_message)
    answer.say("request_id", result.request_id)
    answer.say("phase", result.phase)
    answer.say("retryable", result.retryable)
    answer.say_milliseconds("retry_after_ms", result.retry_after)
    answer.say("attempts", result.attempts)
    answer.say("callback_value", result.callback_value)
    answer.say("resume_token", result.resume_token)
    answer.say("file", result.file)
    answer.say("os_error", result.os_error)
    answer.say("limit", result.limit)
    answer.say("actual", result.actual)
    answer.say("tls_fault", result.tls_fault)
    answer.say("trace", result.trace)
    answer.say("at_proxy", result.at_proxy)
