// Generated from the sources here; mend it with: cargo xtask header
layout! {
chatfile_abort_upload_options { struct_size, cancel, resume_token, checkpoint }
chatfile_check_options { struct_size, cancel, store, reserved }
chatfile_client_options { struct_size, user_agent, connect_timeout_ms, stall_timeout_ms, deadline_ms, max_attempts, retry_delay_ms, retry_time_ms, calls_per_second, upload_rate, download_rate, fallback_urls, resolve, ip_version, proxy, proxy_login, proxy_login_user, no_proxy, proxy_from_environment, allow_plain_http, refuse_private_addresses, log_level, log, log_user, trace, trust, ca_certificates, ca_certificates_size, ca_certificates_path, client_certificate, client_key }
chatfile_complete_presigned_options { struct_size, cancel }
chatfile_delete_options { struct_size, cancel, smh }
chatfile_digest_update_file_options { struct_size, cancel }
chatfile_download_options { struct_size, max_size, offset, length, expected_size, expect_empty, expected_md5, expected_sha256, expected_crc64, referer, thumbnail, thumbnail_width, thumbnail_height, resume, durable, parallel_parts, progress, progress_user, cancel, easemob, huawei, smh, openim }
chatfile_easemob { struct_size, base_url, app_key, client_id, client_secret, username, password, token, token_ttl_seconds, max_upload_size, secret, secret_user }
chatfile_easemob_download { struct_size, share_secret }
chatfile_easemob_upload { struct_size, restrict_access, thumbnail_width, thumbnail_height, reserved }
chatfile_huawei { struct_size, base_url, app_key, app_secret, channel_id, user_id, user_name, locale, token_ttl_seconds, max_upload_size, secret, secret_user }
chatfile_huawei_download { struct_size, file_type, media_library, reserved }
chatfile_huawei_upload { struct_size, file_type }
chatfile_info_options { struct_size, cancel }
chatfile_list_options { struct_size, marker, limit, versions, cancel }
chatfile_netease { struct_size, base_url, app_key, app_secret, max_upload_size, secret, secret_user }
chatfile_netease_delete_task { struct_size, start_time_ms, end_time_ms, media_type, tag }
chatfile_netease_upload { struct_size, method, plain_http_url, tag, ttl_seconds }
chatfile_openim { struct_size, base_url, user_id, token, admin_secret, admin_user_id, platform, ask_admin_secret, max_upload_size, secret, secret_user }
chatfile_openim_download { struct_size, thumbnail_format }
chatfile_openim_upload { struct_size, name, group, cause, method, absolute }
chatfile_progress { struct_size, done, total, total_known, finished, activity, reserved, hashed, hash_total, rate, remaining_ms }
chatfile_sink { struct_size, path, write, user, to_memory, reserved }
chatfile_smh { struct_size, base_url, library_id, library_secret, access_token, space_id, user_id, client_id, session_id, grant, token_ttl_seconds, private_deployment, ask_access_token, secret, secret_user }
chatfile_smh_delete { struct_size, permanent, reserved }
chatfile_smh_download { struct_size, version, traffic_limit, link_ttl_seconds, disposition, reserved }
chatfile_smh_upload { struct_size, directory, labels, label_count, category, local_creation_time, local_modification_time, content_cas, part_size, traffic_limit, method, conflict, create_directories, skip_instant, prefer_same_origin, reserved }
chatfile_source { struct_size, path, data, data_size, read, rewind, user, length }
chatfile_upload_options { struct_size, file_name, media_type, progress, progress_user, cancel, parallel_parts, resumable, resume_token, checkpoint, compute_md5, compute_sha256, compute_crc64, message, media_width, media_height, media_duration_ms, easemob, netease, huawei, smh, openim }
}
