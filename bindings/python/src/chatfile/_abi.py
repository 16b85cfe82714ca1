"""The C ABI of libchatfile, as include/chatfile.h has it.

Made by cargo xtask bindings; do not edit.
"""

from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char_p,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any, Dict, Set, Tuple

CHATFILE_OK = 0
CHATFILE_LOG_ERROR = 1
CHATFILE_LOG_WARN = 2
CHATFILE_LOG_INFO = 3
CHATFILE_LOG_DEBUG = 4
CHATFILE_LOG_TRACE = 5
CHATFILE_IP_ANY = 0
CHATFILE_IP_V4 = 4
CHATFILE_IP_V6 = 6
CHATFILE_TRUST_BOTH = 0
CHATFILE_TRUST_BUILT_IN = 1
CHATFILE_TRUST_SYSTEM = 2
CHATFILE_CAN_UPLOAD = 1
CHATFILE_CAN_DOWNLOAD = 2
CHATFILE_CAN_DELETE_BY_TIME = 4
CHATFILE_CAN_SHARE_SECRET = 8
CHATFILE_CAN_THUMBNAIL = 16
CHATFILE_CAN_PRESIGN = 32
CHATFILE_CAN_DELETE = 64
CHATFILE_CAN_PARTS = 128
CHATFILE_CAN_INSTANT_UPLOAD = 256
CHATFILE_CAN_INFO = 512
CHATFILE_CAN_LIST = 1024
CHATFILE_CAN_MESSAGE = 2048
CHATFILE_ACTIVITY_WAITING = 0
CHATFILE_ACTIVITY_CONNECTING = 1
CHATFILE_ACTIVITY_SENDING = 2
CHATFILE_ACTIVITY_RECEIVING = 3
CHATFILE_ACTIVITY_HASHING = 4
CHATFILE_ACTIVITY_RENEWING = 5
CHATFILE_SIZE_UNKNOWN = (1 << 64) - 1
CHATFILE_MESSAGE_NONE = 0
CHATFILE_MESSAGE_AUTOMATIC = 1
CHATFILE_MESSAGE_FILE = 2
CHATFILE_MESSAGE_IMAGE = 3
CHATFILE_MESSAGE_AUDIO = 4
CHATFILE_MESSAGE_VIDEO = 5
CHATFILE_THUMBNAIL_NONE = 0
CHATFILE_THUMBNAIL_IMAGE = 1
CHATFILE_THUMBNAIL_VIDEO = 2
CHATFILE_CHECK_ADDRESS = 0
CHATFILE_CHECK_PROXY = 1
CHATFILE_CHECK_NAME = 2
CHATFILE_CHECK_CONNECTION = 3
CHATFILE_CHECK_TLS = 4
CHATFILE_CHECK_CLOCK = 5
CHATFILE_CHECK_CREDENTIALS = 6
CHATFILE_CHECK_SERVICE = 7
CHATFILE_VERDICT_OK = 1
CHATFILE_VERDICT_WARNING = 2
CHATFILE_VERDICT_FAILED = 3
CHATFILE_VERDICT_NOT_TRIED = 0
CHATFILE_ENCODING_NONE = 0
CHATFILE_ENCODING_IDENTITY = 1
CHATFILE_ENCODING_BASE64 = 2
CHATFILE_ENCODING_BASE64_FORM = 3
CHATFILE_DIGEST_SMH_FULL = 1
CHATFILE_DIGEST_SMH_BEGINNING = 2
CHATFILE_DIGEST_OPENIM = 4
CHATFILE_DIGEST_CRC64 = 8
CHATFILE_DIGEST_TEXT_SIZE = 129
CHATFILE_E_ARGUMENT = 100
CHATFILE_E_NULL = 101
CHATFILE_E_TEXT = 102
CHATFILE_E_STRUCT = 103
CHATFILE_E_LIMIT = 104
CHATFILE_E_UNSUPPORTED = 105
CHATFILE_E_SOURCE = 106
CHATFILE_E_SINK = 107
CHATFILE_E_SOURCE_CHANGED = 108
CHATFILE_E_MEMORY = 109
CHATFILE_E_CHECKPOINT = 110
CHATFILE_E_SYSTEM = 111
CHATFILE_E_RESOLVE = 200
CHATFILE_E_CONNECT = 201
CHATFILE_E_TLS = 202
CHATFILE_E_CONNECTION_LOST = 203
CHATFILE_E_CONNECT_TIMEOUT = 204
CHATFILE_E_STALLED = 205
CHATFILE_E_DEADLINE = 206
CHATFILE_E_REDIRECT = 207
CHATFILE_E_PROTOCOL = 208
CHATFILE_E_PROXY = 209
CHATFILE_E_BLOCKED_ADDRESS = 210
CHATFILE_E_SERVICE = 300
CHATFILE_E_AUTH = 301
CHATFILE_E_FORBIDDEN = 302
CHATFILE_E_NOT_FOUND = 303
CHATFILE_E_EXPIRED = 304
CHATFILE_E_TOO_LARGE = 305
CHATFILE_E_RATE_LIMITED = 306
CHATFILE_E_UNAVAILABLE = 307
CHATFILE_E_RESPONSE = 308
CHATFILE_E_CONFLICT = 309
CHATFILE_E_NOT_RESTRICTED = 310
CHATFILE_E_TRUNCATED = 400
CHATFILE_E_INTEGRITY = 401
CHATFILE_E_CANCELLED = 500
CHATFILE_E_CALLBACK = 501
CHATFILE_E_PANIC = 900
CHATFILE_PHASE_PREPARE = 0
CHATFILE_PHASE_TOKEN = 1
CHATFILE_PHASE_CONNECT = 2
CHATFILE_PHASE_SEND = 3
CHATFILE_PHASE_RECEIVE = 4
CHATFILE_PHASE_FINISH = 5
CHATFILE_TLS_NONE = 0
CHATFILE_TLS_OTHER = 1
CHATFILE_TLS_UNKNOWN_ISSUER = 2
CHATFILE_TLS_EXPIRED = 3
CHATFILE_TLS_NOT_YET_VALID = 4
CHATFILE_TLS_WRONG_NAME = 5
CHATFILE_TLS_REVOKED = 6
CHATFILE_TLS_BAD_SIGNATURE = 7
CHATFILE_TLS_WRONG_PURPOSE = 8
CHATFILE_TLS_CLIENT_CERTIFICATE = 9
CHATFILE_TLS_INCOMPATIBLE = 10
CHATFILE_TLS_NOT_SPOKEN = 11
CHATFILE_VERSION = "0.1.0"
CHATFILE_VERSION_MAJOR = 0
CHATFILE_VERSION_MINOR = 1
CHATFILE_VERSION_PATCH = 0
CHATFILE_NETEASE_METHOD_FORM = 0
CHATFILE_NETEASE_METHOD_BASE64 = 1
CHATFILE_NETEASE_CHECKSUM_SIZE = 41
CHATFILE_SMH_METHOD_AUTOMATIC = 0
CHATFILE_SMH_METHOD_SIMPLE = 1
CHATFILE_SMH_METHOD_FORM = 2
CHATFILE_SMH_METHOD_PARTS = 3
CHATFILE_SMH_CONFLICT_RENAME = 0
CHATFILE_SMH_CONFLICT_FAIL = 1
CHATFILE_SMH_CONFLICT_OVERWRITE = 2
CHATFILE_SMH_DISPOSITION_AUTOMATIC = 0
CHATFILE_SMH_DISPOSITION_SHOW = 1
CHATFILE_SMH_DISPOSITION_SAVE = 2
CHATFILE_OPENIM_METHOD_AUTOMATIC = 0
CHATFILE_OPENIM_METHOD_FORM = 1
CHATFILE_OPENIM_METHOD_PARTS = 2

chatfile_proxy_login_fn = CFUNCTYPE(c_int32, c_void_p, c_char_p, c_char_p, c_char_p, c_void_p, c_size_t, POINTER(c_size_t))

chatfile_log_fn = CFUNCTYPE(None, c_void_p, c_uint32, c_char_p)


class chatfile_client_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("user_agent", c_char_p),
        ("connect_timeout_ms", c_uint32),
        ("stall_timeout_ms", c_uint32),
        ("deadline_ms", c_uint32),
        ("max_attempts", c_uint32),
        ("retry_delay_ms", c_uint32),
        ("retry_time_ms", c_uint32),
        ("calls_per_second", c_uint32),
        ("upload_rate", c_uint64),
        ("download_rate", c_uint64),
        ("fallback_urls", c_char_p),
        ("resolve", c_char_p),
        ("ip_version", c_uint32),
        ("proxy", c_char_p),
        ("proxy_login", chatfile_proxy_login_fn),
        ("proxy_login_user", c_void_p),
        ("no_proxy", c_char_p),
        ("proxy_from_environment", c_int32),
        ("allow_plain_http", c_int32),
        ("refuse_private_addresses", c_int32),
        ("log_level", c_uint32),
        ("log", chatfile_log_fn),
        ("log_user", c_void_p),
        ("trace", c_int32),
        ("trust", c_uint32),
        ("ca_certificates", c_void_p),
        ("ca_certificates_size", c_size_t),
        ("ca_certificates_path", c_char_p),
        ("client_certificate", c_char_p),
        ("client_key", c_char_p),
    ]



class chatfile_progress(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("done", c_uint64),
        ("total", c_uint64),
        ("total_known", c_int32),
        ("finished", c_int32),
        ("activity", c_uint32),
        ("reserved", c_uint32),
        ("hashed", c_uint64),
        ("hash_total", c_uint64),
        ("rate", c_uint64),
        ("remaining_ms", c_int64),
    ]


chatfile_read_fn = CFUNCTYPE(c_int32, c_void_p, c_void_p, c_size_t, POINTER(c_size_t))

chatfile_rewind_fn = CFUNCTYPE(c_int32, c_void_p)


class chatfile_source(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("path", c_char_p),
        ("data", c_void_p),
        ("data_size", c_size_t),
        ("read", chatfile_read_fn),
        ("rewind", chatfile_rewind_fn),
        ("user", c_void_p),
        ("length", c_uint64),
    ]



class chatfile_easemob_upload(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("restrict_access", c_int32),
        ("thumbnail_width", c_uint32),
        ("thumbnail_height", c_uint32),
        ("reserved", c_uint32),
    ]



class chatfile_netease_upload(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("method", c_uint32),
        ("plain_http_url", c_int32),
        ("tag", c_char_p),
        ("ttl_seconds", c_uint64),
    ]



class chatfile_huawei_upload(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("file_type", c_char_p),
    ]



class chatfile_smh_upload(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("directory", c_char_p),
        ("labels", POINTER(c_char_p)),
        ("label_count", c_size_t),
        ("category", c_char_p),
        ("local_creation_time", c_char_p),
        ("local_modification_time", c_char_p),
        ("content_cas", c_char_p),
        ("part_size", c_uint64),
        ("traffic_limit", c_uint64),
        ("method", c_uint32),
        ("conflict", c_uint32),
        ("create_directories", c_int32),
        ("skip_instant", c_int32),
        ("prefer_same_origin", c_int32),
        ("reserved", c_int32),
    ]



class chatfile_openim_upload(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("name", c_char_p),
        ("group", c_char_p),
        ("cause", c_char_p),
        ("method", c_uint32),
        ("absolute", c_int32),
    ]


chatfile_progress_fn = CFUNCTYPE(c_int32, c_void_p, POINTER(chatfile_progress))


class chatfile_upload_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("file_name", c_char_p),
        ("media_type", c_char_p),
        ("progress", chatfile_progress_fn),
        ("progress_user", c_void_p),
        ("cancel", c_void_p),
        ("parallel_parts", c_uint32),
        ("resumable", c_int32),
        ("resume_token", c_char_p),
        ("checkpoint", c_char_p),
        ("compute_md5", c_int32),
        ("compute_sha256", c_int32),
        ("compute_crc64", c_int32),
        ("message", c_uint32),
        ("media_width", c_uint32),
        ("media_height", c_uint32),
        ("media_duration_ms", c_uint32),
        ("easemob", POINTER(chatfile_easemob_upload)),
        ("netease", POINTER(chatfile_netease_upload)),
        ("huawei", POINTER(chatfile_huawei_upload)),
        ("smh", POINTER(chatfile_smh_upload)),
        ("openim", POINTER(chatfile_openim_upload)),
    ]



class chatfile_abort_upload_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("cancel", c_void_p),
        ("resume_token", c_char_p),
        ("checkpoint", c_char_p),
    ]


chatfile_write_fn = CFUNCTYPE(c_int32, c_void_p, c_void_p, c_size_t)


class chatfile_sink(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("path", c_char_p),
        ("write", chatfile_write_fn),
        ("user", c_void_p),
        ("to_memory", c_int32),
        ("reserved", c_int32),
    ]



class chatfile_easemob_download(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("share_secret", c_char_p),
    ]



class chatfile_huawei_download(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("file_type", c_char_p),
        ("media_library", c_int32),
        ("reserved", c_int32),
    ]



class chatfile_smh_download(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("version", c_char_p),
        ("traffic_limit", c_uint64),
        ("link_ttl_seconds", c_uint64),
        ("disposition", c_uint32),
        ("reserved", c_uint32),
    ]



class chatfile_openim_download(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("thumbnail_format", c_char_p),
    ]



class chatfile_download_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("max_size", c_uint64),
        ("offset", c_uint64),
        ("length", c_uint64),
        ("expected_size", c_uint64),
        ("expect_empty", c_int32),
        ("expected_md5", c_char_p),
        ("expected_sha256", c_char_p),
        ("expected_crc64", c_char_p),
        ("referer", c_char_p),
        ("thumbnail", c_uint32),
        ("thumbnail_width", c_uint32),
        ("thumbnail_height", c_uint32),
        ("resume", c_int32),
        ("durable", c_int32),
        ("parallel_parts", c_uint32),
        ("progress", chatfile_progress_fn),
        ("progress_user", c_void_p),
        ("cancel", c_void_p),
        ("easemob", POINTER(chatfile_easemob_download)),
        ("huawei", POINTER(chatfile_huawei_download)),
        ("smh", POINTER(chatfile_smh_download)),
        ("openim", POINTER(chatfile_openim_download)),
    ]



class chatfile_info_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("cancel", c_void_p),
    ]



class chatfile_list_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("marker", c_char_p),
        ("limit", c_uint32),
        ("versions", c_int32),
        ("cancel", c_void_p),
    ]



class chatfile_smh_delete(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("permanent", c_int32),
        ("reserved", c_int32),
    ]



class chatfile_delete_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("cancel", c_void_p),
        ("smh", POINTER(chatfile_smh_delete)),
    ]



class chatfile_check_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("cancel", c_void_p),
        ("store", c_int32),
        ("reserved", c_uint32),
    ]



class chatfile_complete_presigned_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("cancel", c_void_p),
    ]



class chatfile_digest_update_file_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("cancel", c_void_p),
    ]


chatfile_secret_fn = CFUNCTYPE(c_int32, c_void_p, c_char_p, c_void_p, c_size_t, POINTER(c_size_t))


class chatfile_easemob(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("base_url", c_char_p),
        ("app_key", c_char_p),
        ("client_id", c_char_p),
        ("client_secret", c_char_p),
        ("username", c_char_p),
        ("password", c_char_p),
        ("token", c_char_p),
        ("token_ttl_seconds", c_uint64),
        ("max_upload_size", c_uint64),
        ("secret", chatfile_secret_fn),
        ("secret_user", c_void_p),
    ]



class chatfile_netease(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("base_url", c_char_p),
        ("app_key", c_char_p),
        ("app_secret", c_char_p),
        ("max_upload_size", c_uint64),
        ("secret", chatfile_secret_fn),
        ("secret_user", c_void_p),
    ]



class chatfile_netease_delete_task(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("start_time_ms", c_int64),
        ("end_time_ms", c_int64),
        ("media_type", c_char_p),
        ("tag", c_char_p),
    ]



class chatfile_huawei(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("base_url", c_char_p),
        ("app_key", c_char_p),
        ("app_secret", c_char_p),
        ("channel_id", c_char_p),
        ("user_id", c_char_p),
        ("user_name", c_char_p),
        ("locale", c_char_p),
        ("token_ttl_seconds", c_uint64),
        ("max_upload_size", c_uint64),
        ("secret", chatfile_secret_fn),
        ("secret_user", c_void_p),
    ]



class chatfile_smh(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("base_url", c_char_p),
        ("library_id", c_char_p),
        ("library_secret", c_char_p),
        ("access_token", c_char_p),
        ("space_id", c_char_p),
        ("user_id", c_char_p),
        ("client_id", c_char_p),
        ("session_id", c_char_p),
        ("grant", c_char_p),
        ("token_ttl_seconds", c_uint64),
        ("private_deployment", c_int32),
        ("ask_access_token", c_int32),
        ("secret", chatfile_secret_fn),
        ("secret_user", c_void_p),
    ]



class chatfile_openim(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("base_url", c_char_p),
        ("user_id", c_char_p),
        ("token", c_char_p),
        ("admin_secret", c_char_p),
        ("admin_user_id", c_char_p),
        ("platform", c_uint32),
        ("ask_admin_secret", c_int32),
        ("max_upload_size", c_uint64),
        ("secret", chatfile_secret_fn),
        ("secret_user", c_void_p),
    ]


chatfile_stop_fn = CFUNCTYPE(c_int32, c_void_p)

#: Every structure of the header.
STRUCTURES: Tuple[Any, ...] = (
    chatfile_client_options,
    chatfile_progress,
    chatfile_source,
    chatfile_easemob_upload,
    chatfile_netease_upload,
    chatfile_huawei_upload,
    chatfile_smh_upload,
    chatfile_openim_upload,
    chatfile_upload_options,
    chatfile_abort_upload_options,
    chatfile_sink,
    chatfile_easemob_download,
    chatfile_huawei_download,
    chatfile_smh_download,
    chatfile_openim_download,
    chatfile_download_options,
    chatfile_info_options,
    chatfile_list_options,
    chatfile_smh_delete,
    chatfile_delete_options,
    chatfile_check_options,
    chatfile_complete_presigned_options,
    chatfile_digest_update_file_options,
    chatfile_easemob,
    chatfile_netease,
    chatfile_netease_delete_task,
    chatfile_huawei,
    chatfile_smh,
    chatfile_openim,
)

#: Every function of the header: what it returns, and its parameters.
FUNCTIONS: Dict[str, Tuple[Any, Tuple[Any, ...]]] = {
    "chatfile_open_without_service": (c_uint32, (POINTER(chatfile_client_options), POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_client_free": (None, (c_void_p,)),
    "chatfile_client_capabilities": (c_uint32, (c_void_p,)),
    "chatfile_client_set_rates": (c_uint32, (c_void_p, c_uint64, c_uint64, POINTER(c_void_p))),
    "chatfile_cancel_new": (c_void_p, ()),
    "chatfile_cancel_fire": (None, (c_void_p,)),
    "chatfile_cancel_free": (None, (c_void_p,)),
    "chatfile_cancel_new_asking": (c_void_p, (chatfile_stop_fn, c_void_p)),
    "chatfile_upload": (c_uint32, (c_void_p, POINTER(chatfile_source), POINTER(chatfile_upload_options), POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_upload_result_file": (c_char_p, (c_void_p,)),
    "chatfile_upload_result_url": (c_char_p, (c_void_p,)),
    "chatfile_upload_result_share_secret": (c_char_p, (c_void_p,)),
    "chatfile_upload_result_size": (c_uint64, (c_void_p,)),
    "chatfile_upload_result_instant": (c_int32, (c_void_p,)),
    "chatfile_upload_result_attempts": (c_uint32, (c_void_p,)),
    "chatfile_upload_result_md5": (c_char_p, (c_void_p,)),
    "chatfile_upload_result_sha256": (c_char_p, (c_void_p,)),
    "chatfile_upload_result_crc64": (c_char_p, (c_void_p,)),
    "chatfile_upload_result_message": (c_char_p, (c_void_p,)),
    "chatfile_upload_result_message_type": (c_char_p, (c_void_p,)),
    "chatfile_upload_result_content_cas": (c_char_p, (c_void_p,)),
    "chatfile_upload_result_free": (None, (c_void_p,)),
    "chatfile_abort_upload": (c_uint32, (c_void_p, POINTER(chatfile_abort_upload_options), POINTER(c_void_p))),
    "chatfile_download": (c_uint32, (c_void_p, c_char_p, POINTER(chatfile_sink), POINTER(chatfile_download_options), POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_download_result_size": (c_uint64, (c_void_p,)),
    "chatfile_download_result_file_size": (c_int32, (c_void_p, POINTER(c_uint64))),
    "chatfile_download_result_data": (c_void_p, (c_void_p,)),
    "chatfile_download_result_media_type": (c_char_p, (c_void_p,)),
    "chatfile_download_result_content_encoding": (c_char_p, (c_void_p,)),
    "chatfile_download_result_attempts": (c_uint32, (c_void_p,)),
    "chatfile_download_result_free": (None, (c_void_p,)),
    "chatfile_info": (c_uint32, (c_void_p, c_char_p, POINTER(chatfile_info_options), POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_exists": (c_uint32, (c_void_p, c_char_p, POINTER(chatfile_info_options), POINTER(c_int32), POINTER(c_void_p))),
    "chatfile_file_info_name": (c_char_p, (c_void_p,)),
    "chatfile_file_info_kind": (c_char_p, (c_void_p,)),
    "chatfile_file_info_size": (c_int32, (c_void_p, POINTER(c_uint64))),
    "chatfile_file_info_crc64": (c_char_p, (c_void_p,)),
    "chatfile_file_info_etag": (c_char_p, (c_void_p,)),
    "chatfile_file_info_media_type": (c_char_p, (c_void_p,)),
    "chatfile_file_info_creation_time": (c_char_p, (c_void_p,)),
    "chatfile_file_info_modification_time": (c_char_p, (c_void_p,)),
    "chatfile_file_info_local_creation_time": (c_char_p, (c_void_p,)),
    "chatfile_file_info_local_modification_time": (c_char_p, (c_void_p,)),
    "chatfile_file_info_label_count": (c_size_t, (c_void_p,)),
    "chatfile_file_info_label": (c_char_p, (c_void_p, c_size_t)),
    "chatfile_file_info_category": (c_char_p, (c_void_p,)),
    "chatfile_file_info_url": (c_char_p, (c_void_p,)),
    "chatfile_file_info_content_cas": (c_char_p, (c_void_p,)),
    "chatfile_file_info_version": (c_char_p, (c_void_p,)),
    "chatfile_file_info_free": (None, (c_void_p,)),
    "chatfile_list": (c_uint32, (c_void_p, c_char_p, POINTER(chatfile_list_options), POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_listing_count": (c_size_t, (c_void_p,)),
    "chatfile_listing_entry": (c_void_p, (c_void_p, c_size_t)),
    "chatfile_listing_next_marker": (c_char_p, (c_void_p,)),
    "chatfile_list_cursor_new": (c_uint32, (c_void_p, c_char_p, POINTER(chatfile_list_options), POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_list_cursor_next": (c_uint32, (c_void_p, POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_list_cursor_free": (None, (c_void_p,)),
    "chatfile_listing_free": (None, (c_void_p,)),
    "chatfile_delete": (c_uint32, (c_void_p, c_char_p, POINTER(chatfile_delete_options), POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_delete_result_task_id": (c_char_p, (c_void_p,)),
    "chatfile_delete_result_recycled_item_id": (c_char_p, (c_void_p,)),
    "chatfile_delete_result_attempts": (c_uint32, (c_void_p,)),
    "chatfile_delete_result_free": (None, (c_void_p,)),
    "chatfile_check": (c_uint32, (c_void_p, POINTER(chatfile_check_options), POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_check_result_count": (c_size_t, (c_void_p,)),
    "chatfile_check_result_step": (c_void_p, (c_void_p, c_size_t)),
    "chatfile_check_step_kind": (c_uint32, (c_void_p,)),
    "chatfile_check_step_verdict": (c_uint32, (c_void_p,)),
    "chatfile_check_step_status": (c_uint32, (c_void_p,)),
    "chatfile_check_step_time_ms": (c_uint64, (c_void_p,)),
    "chatfile_check_step_text": (c_char_p, (c_void_p,)),
    "chatfile_check_step_advice": (c_char_p, (c_void_p,)),
    "chatfile_check_result_free": (None, (c_void_p,)),
    "chatfile_presign_upload": (c_uint32, (c_void_p, c_uint64, POINTER(chatfile_upload_options), POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_presign_download": (c_uint32, (c_void_p, c_char_p, POINTER(chatfile_download_options), POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_presigned_json": (c_char_p, (c_void_p,)),
    "chatfile_presigned_from_json": (c_uint32, (c_char_p, POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_send_presigned": (c_uint32, (c_void_p, c_void_p, POINTER(chatfile_source), POINTER(chatfile_upload_options), POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_receive_presigned": (c_uint32, (c_void_p, c_void_p, POINTER(chatfile_sink), POINTER(chatfile_download_options), POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_complete_presigned": (c_uint32, (c_void_p, c_void_p, POINTER(chatfile_complete_presigned_options), POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_presigned_needs_completion": (c_int32, (c_void_p,)),
    "chatfile_presigned_completion": (c_char_p, (c_void_p,)),
    "chatfile_presigned_expires_at": (c_int32, (c_void_p, POINTER(c_uint64))),
    "chatfile_presigned_max_size": (c_int32, (c_void_p, POINTER(c_uint64))),
    "chatfile_presigned_method": (c_char_p, (c_void_p,)),
    "chatfile_presigned_url": (c_char_p, (c_void_p,)),
    "chatfile_presigned_header_count": (c_size_t, (c_void_p,)),
    "chatfile_presigned_header_name": (c_char_p, (c_void_p, c_size_t)),
    "chatfile_presigned_header_value": (c_char_p, (c_void_p, c_size_t)),
    "chatfile_presigned_prefix": (c_char_p, (c_void_p,)),
    "chatfile_presigned_encoding": (c_uint32, (c_void_p,)),
    "chatfile_presigned_suffix": (c_char_p, (c_void_p,)),
    "chatfile_presigned_field_count": (c_size_t, (c_void_p,)),
    "chatfile_presigned_field_name": (c_char_p, (c_void_p, c_size_t)),
    "chatfile_presigned_field_value": (c_char_p, (c_void_p, c_size_t)),
    "chatfile_presigned_success_status": (c_int32, (c_void_p, c_size_t)),
    "chatfile_presigned_free": (None, (c_void_p,)),
    "chatfile_digest_new": (c_uint32, (c_uint32, c_uint64, POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_digest_update": (c_uint32, (c_void_p, c_void_p, c_size_t, POINTER(c_void_p))),
    "chatfile_digest_update_file": (c_uint32, (c_void_p, c_char_p, POINTER(chatfile_digest_update_file_options), POINTER(c_void_p))),
    "chatfile_digest_text": (c_uint32, (c_void_p, c_uint32, c_void_p, c_size_t, POINTER(c_void_p))),
    "chatfile_digest_crc64_value": (c_uint64, (c_void_p,)),
    "chatfile_digest_part_count": (c_size_t, (c_void_p,)),
    "chatfile_digest_part": (c_uint32, (c_void_p, c_size_t, c_void_p, c_size_t, POINTER(c_void_p))),
    "chatfile_digest_free": (None, (c_void_p,)),
    "chatfile_crc64_combine": (c_uint64, (c_uint64, c_uint64, c_uint64)),
    "chatfile_status_name": (c_char_p, (c_uint32,)),
    "chatfile_error_status": (c_uint32, (c_void_p,)),
    "chatfile_error_message": (c_char_p, (c_void_p,)),
    "chatfile_error_field": (c_char_p, (c_void_p,)),
    "chatfile_error_http_status": (c_int32, (c_void_p,)),
    "chatfile_error_service_code": (c_char_p, (c_void_p,)),
    "chatfile_error_service_message": (c_char_p, (c_void_p,)),
    "chatfile_error_request_id": (c_char_p, (c_void_p,)),
    "chatfile_error_phase": (c_uint32, (c_void_p,)),
    "chatfile_error_retryable": (c_int32, (c_void_p,)),
    "chatfile_error_retry_after_ms": (c_int32, (c_void_p, POINTER(c_uint64))),
    "chatfile_error_attempts": (c_uint32, (c_void_p,)),
    "chatfile_error_callback_value": (c_int32, (c_void_p,)),
    "chatfile_error_resume_token": (c_char_p, (c_void_p,)),
    "chatfile_error_file": (c_char_p, (c_void_p,)),
    "chatfile_error_os_error": (c_int32, (c_void_p,)),
    "chatfile_error_limit": (c_int32, (c_void_p, POINTER(c_uint64))),
    "chatfile_error_actual": (c_int32, (c_void_p, POINTER(c_uint64))),
    "chatfile_error_tls_fault": (c_uint32, (c_void_p,)),
    "chatfile_error_trace": (c_char_p, (c_void_p,)),
    "chatfile_error_at_proxy": (c_int32, (c_void_p,)),
    "chatfile_error_free": (None, (c_void_p,)),
    "chatfile_version": (c_char_p, ()),
    "chatfile_version_number": (c_uint32, ()),
    "chatfile_version_check": (c_uint32, (c_uint32, POINTER(c_void_p))),
    "chatfile_open_easemob": (c_uint32, (POINTER(chatfile_easemob), POINTER(chatfile_client_options), POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_open_netease": (c_uint32, (POINTER(chatfile_netease), POINTER(chatfile_client_options), POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_delete_by_time": (c_uint32, (c_void_p, POINTER(chatfile_netease_delete_task), POINTER(chatfile_delete_options), POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_netease_checksum": (c_uint32, (c_char_p, c_char_p, c_char_p, c_void_p, c_size_t, POINTER(c_void_p))),
    "chatfile_open_huawei": (c_uint32, (POINTER(chatfile_huawei), POINTER(chatfile_client_options), POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_open_smh": (c_uint32, (POINTER(chatfile_smh), POINTER(chatfile_client_options), POINTER(c_void_p), POINTER(c_void_p))),
    "chatfile_open_openim": (c_uint32, (POINTER(chatfile_openim), POINTER(chatfile_client_options), POINTER(c_void_p), POINTER(c_void_p))),
}

#: Times, which Python has in seconds: their names there, and how many of C's make a second.
TIMES: Dict[str, Tuple[str, int]] = {
    "connect_timeout_ms": ("connect_timeout", 1000),
    "stall_timeout_ms": ("stall_timeout", 1000),
    "deadline_ms": ("deadline", 1000),
    "retry_delay_ms": ("retry_delay", 1000),
    "retry_time_ms": ("retry_time", 1000),
    "remaining_ms": ("remaining", 1000),
    "ttl_seconds": ("ttl", 1),
    "media_duration_ms": ("media_duration", 1000),
    "link_ttl_seconds": ("link_ttl", 1),
    "token_ttl_seconds": ("token_ttl", 1),
    "start_time_ms": ("start_time", 1000),
    "end_time_ms": ("end_time", 1000),
}

#: Fields that point to several texts or bytes, by their structures, and those that say how many.
LENGTHS: Dict[Tuple[str, str], str] = {
    ("chatfile_client_options", "ca_certificates"): "ca_certificates_size",
    ("chatfile_smh_upload", "labels"): "label_count",
}

#: Numbers of which 0 may be meant, by their structures, and the fields that say so.
MEANT_AT_0: Dict[Tuple[str, str], str] = {
    ("chatfile_download_options", "expected_size"): "expect_empty",
}

#: Numbers of which 0 stands for the default.
DEFAULT_AT_0: Set[Tuple[str, str]] = {
    ("chatfile_easemob", "token_ttl_seconds"),
    ("chatfile_easemob", "max_upload_size"),
    ("chatfile_netease", "max_upload_size"),
    ("chatfile_huawei", "token_ttl_seconds"),
    ("chatfile_huawei", "max_upload_size"),
    ("chatfile_smh", "token_ttl_seconds"),
    ("chatfile_openim", "platform"),
    ("chatfile_openim", "max_upload_size"),
    ("chatfile_client_options", "connect_timeout_ms"),
    ("chatfile_client_options", "stall_timeout_ms"),
    ("chatfile_client_options", "deadline_ms"),
    ("chatfile_client_options", "max_attempts"),
    ("chatfile_client_options", "retry_delay_ms"),
    ("chatfile_client_options", "retry_time_ms"),
    ("chatfile_client_options", "calls_per_second"),
    ("chatfile_client_options", "upload_rate"),
    ("chatfile_client_options", "download_rate"),
    ("chatfile_client_options", "log_level"),
    ("chatfile_easemob_upload", "thumbnail_width"),
    ("chatfile_easemob_upload", "thumbnail_height"),
    ("chatfile_netease_upload", "ttl_seconds"),
    ("chatfile_smh_upload", "part_size"),
    ("chatfile_smh_upload", "traffic_limit"),
    ("chatfile_upload_options", "parallel_parts"),
    ("chatfile_upload_options", "media_width"),
    ("chatfile_upload_options", "media_height"),
    ("chatfile_upload_options", "media_duration_ms"),
    ("chatfile_smh_download", "traffic_limit"),
    ("chatfile_smh_download", "link_ttl_seconds"),
    ("chatfile_download_options", "max_size"),
    ("chatfile_download_options", "length"),
    ("chatfile_download_options", "thumbnail_width"),
    ("chatfile_download_options", "thumbnail_height"),
    ("chatfile_download_options", "parallel_parts"),
    ("chatfile_list_options", "limit"),
}
