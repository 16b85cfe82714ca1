//! What `{:?}` says of options and clients: no secret, and no callback.

use super::{Client, ClientOptions, DownloadOptions, UploadOptions, UploadResult};
use std::fmt;

/// Stands for what is set and not shown.
struct Redacted;

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

fn redacted<T>(value: &Option<T>) -> Option<Redacted> {
    value.as_ref().map(|_| Redacted)
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("service", &self.backend.name())
            .finish_non_exhaustive()
    }
}

// Each names all fields, so that a new one is decided on.

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            user_agent,
            connect_timeout,
            stall_timeout,
            deadline,
            max_attempts,
            retry_time,
            retry_delay,
            calls_per_second,
            upload_rate,
            download_rate,
            fallback_urls,
            resolve,
            ip_version,
            proxy,
            proxy_login,
            no_proxy,
            proxy_from_environment,
            allow_plain_http,
            refuse_private_addresses,
            trust,
            ca_certificates,
            client_certificate,
            client_key,
            trace,
            log,
        } = self;
        f.debug_struct("ClientOptions")
            .field("user_agent", user_agent)
            .field("connect_timeout", connect_timeout)
            .field("stall_timeout", stall_timeout)
            .field("deadline", deadline)
            .field("max_attempts", max_attempts)
            .field("retry_time", retry_time)
            .field("retry_delay", retry_delay)
            .field("calls_per_second", calls_per_second)
            .field("upload_rate", upload_rate)
            .field("download_rate", download_rate)
            .field("fallback_urls", fallback_urls)
            .field("resolve", resolve)
            .field("ip_version", ip_version)
            // It may hold a password.
            .field("proxy", &redacted(proxy))
            .field("proxy_login", proxy_login)
            .field("no_proxy", no_proxy)
            .field("proxy_from_environment", proxy_from_environment)
            .field("allow_plain_http", allow_plain_http)
            .field("refuse_private_addresses", refuse_private_addresses)
            .field("trust", trust)
            .field("ca_certificates", &redacted(ca_certificates))
            .field("client_certificate", &redacted(client_certificate))
            .field("client_key", &redacted(client_key))
            .field("trace", trace)
            .field("log", &log.as_ref().map(|(level, _)| level))
            .finish()
    }
}

impl fmt::Debug for UploadOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file_name,
            media_type,
            progress,
            cancel,
            compute_md5,
            compute_sha256,
            compute_crc64,
            message,
            media_width,
            media_height,
            media_duration,
            parallel_parts,
            resumable,
            resume_token,
            checkpoint,
            service,
        } = self;
        f.debug_struct("UploadOptions")
            .field("file_name", file_name)
            .field("media_type", media_type)
            .field("progress", &redacted(progress))
            .field("cancel", &redacted(cancel))
            .field("compute_md5", compute_md5)
            .field("compute_sha256", compute_sha256)
            .field("compute_crc64", compute_crc64)
            .field("message", message)
            .field("media_width", media_width)
            .field("media_height", media_height)
            .field("media_duration", media_duration)
            .field("parallel_parts", parallel_parts)
            .field("resumable", resumable)
            // It names the upload at the service.
            .field("resume_token", &redacted(resume_token))
            .field("checkpoint", checkpoint)
            .field("service", service)
            .finish()
    }
}

impl fmt::Debug for DownloadOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            max_size,
            offset,
            length,
            expected_size,
            expected_md5,
            expected_sha256,
            expected_crc64,
            parallel_parts,
            thumbnail,
            thumbnail_width,
            thumbnail_height,
            referer,
            resume,
            durable,
            progress,
            cancel,
            service,
        } = self;
        f.debug_struct("DownloadOptions")
            .field("max_size", max_size)
            .field("offset", offset)
            .field("length", length)
            .field("expected_size", expected_size)
            .field("expected_md5", expected_md5)
            .field("expected_sha256", expected_sha256)
            .field("expected_crc64", expected_crc64)
            .field("parallel_parts", parallel_parts)
            .field("thumbnail", thumbnail)
            .field("thumbnail_width", thumbnail_width)
            .field("thumbnail_height", thumbnail_height)
            .field("referer", referer)
            .field("resume", resume)
            .field("durable", durable)
            .field("progress", &redacted(progress))
            .field("cancel", &redacted(cancel))
            .field("service", service)
            .finish()
    }
}

impl fmt::Debug for UploadResult {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadResult")
            .field("file", &self.file)
            .field("size", &self.size)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_shown() {
        let client = ClientOptions::default()
            .user_agent("Chat/1")
            .proxy("http://user:hidden@proxy")
            .client_key("hidden")
            .ca_certificates("hidden");
        let upload = UploadOptions::default()
            .resume_token("hidden")
            .progress(|_| Ok(()));
        let stored = UploadResult {
            file: "file".into(),
            url: None,
            share_secret: Some("hidden".into()),
            size: 1,
            instant: false,
            attempts: 1,
            digests: crate::Digests::default(),
            message: Some("hidden".into()),
            message_type: Some("img".into()),
            content_cas: None,
        };
        let said = format!("{client:?} {upload:?} {stored:?} {stored:#?}");
        assert!(!said.contains("hidden"), "{said}");
        assert!(
            said.contains("Chat/1") && said.contains("proxy: Some(…)"),
            "{said}"
        );
    }
}
