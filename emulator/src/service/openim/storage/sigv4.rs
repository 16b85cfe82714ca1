//! AWS Signature Version 4: made for the forms, parts and addresses that OpenIM hands out, and checked when they come
//! back. Dates follow the virtual clock, which ready-made S3 servers cannot do.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::http::encode_percent;
use crate::store::hex;

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
pub(crate) const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// The key pair and region of the store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signer<'a> {
    pub(crate) access_key: &'a str,
    pub(crate) secret_key: &'a str,
    pub(crate) region: &'a str,
}

/// What is signed of a request.
#[derive(Debug, Clone)]
pub(crate) struct Canonical<'a> {
    pub(crate) method: &'a str,
    /// Decoded.
    pub(crate) path: &'a str,
    /// Decoded; without the signature itself.
    pub(crate) query: Vec<(String, String)>,
    /// Names in lower case and in order.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) payload: &'a str,
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    // An HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Escapes all but the unreserved characters, and the slash where it separates.
pub(crate) fn escape(text: &str, keep_slash: bool) -> String {
    encode_percent(text, if keep_slash { b"/" } else { b"" })
}

/// A query in the order and escaping that is signed.
pub(crate) fn canonical_query(query: &[(String, String)]) -> String {
    let mut pairs: Vec<(String, String)> = query
        .iter()
        .map(|(key, value)| (escape(key, false), escape(value, false)))
        .collect();
    // A stable sort by name alone: values of one name stay in the order given.
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    let pairs: Vec<String> = pairs
        .into_iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    pairs.join("&")
}

impl Canonical<'_> {
    pub(crate) fn signed_headers(&self) -> String {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.join(";")
    }

    fn text(&self) -> String {
        let headers: String = self
            .headers
            .iter()
            .map(|(name, value)| {
                let words: Vec<&str> = value.split_ascii_whitespace().collect();
                format!("{name}:{}\n", words.join(" "))
            })
            .collect();
        format!(
            "{}\n{}\n{}\n{headers}\n{}\n{}",
            self.method,
            escape(self.path, true),
            canonical_query(&self.query),
            self.signed_headers(),
            self.payload,
        )
    }
}

impl Signer<'_> {
    fn key(&self, day: &str) -> Vec<u8> {
        let mut key = mac(format!("AWS4{}", self.secret_key).as_bytes(), day);
        for step in [self.region, "s3", "aws4_request"] {
            key = mac(&key, step);
        }
        key
    }

    /// `20260102/us-east-1/s3/aws4_request`
    pub(crate) fn scope(&self, day: &str) -> String {
        format!("{day}/{}/s3/aws4_request", self.region)
    }

    pub(crate) fn credential(&self, date: &str) -> String {
        format!("{}/{}", self.access_key, self.scope(day(date)))
    }

    /// The signature of a request; `date` is as in `X-Amz-Date`.
    pub(crate) fn sign(&self, date: &str, request: &Canonical<'_>) -> String {
        let digest = hex(&Sha256::digest(request.text()));
        let scope = self.scope(day(date));
        self.sign_text(date, &format!("{ALGORITHM}\n{date}\n{scope}\n{digest}"))
    }

    /// The signature of a form's policy, given in base64.
    pub(crate) fn sign_text(&self, date: &str, text: &str) -> String {
        hex(&mac(&self.key(day(date)), text))
    }

    pub(crate) fn authorization(&self, date: &str, request: &Canonical<'_>) -> String {
        format!(
            "{ALGORITHM} Credential={}, SignedHeaders={}, Signature={}",
            self.credential(date),
            request.signed_headers(),
            self.sign(date, request),
        )
    }

    /// The query of a presigned address, in order, with the signature last. `headers` are those to sign, the host among
    /// them, in order.
    pub(crate) fn presign(
        &self,
        date: &str,
        life_s: u64,
        method: &str,
        headers: Vec<(String, String)>,
        path: &str,
        more: &[(&str, &str)],
    ) -> Vec<(String, String)> {
        let mut request = Canonical {
            method,
            path,
            query: Vec::new(),
            headers,
            payload: UNSIGNED,
        };
        let own = [
            ("X-Amz-Algorithm", ALGORITHM.to_owned()),
            ("X-Amz-Credential", self.credential(date)),
            ("X-Amz-Date", date.to_owned()),
            ("X-Amz-Expires", life_s.to_string()),
            ("X-Amz-SignedHeaders", request.signed_headers()),
        ];
        let more = more
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        request.query = more
            .chain(own)
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let signature = self.sign(date, &request);
        let mut query = request.query;
        query.push(("X-Amz-Signature".to_owned(), signature));
        query
    }
}

/// The day of an `X-Amz-Date`; all of it when it is too short to be one.
pub(crate) fn day(date: &str) -> &str {
    date.get(..8).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of AWS's own documentation of Signature Version 4.
    const EXAMPLE: Signer<'_> = Signer {
        access_key: "AKIAIOSFODNN7EXAMPLE",
        secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        region: "us-east-1",
    };

    #[test]
    fn the_documented_signatures_come_out() {
        let query = EXAMPLE.presign(
            "20130524T000000Z",
            86_400,
            "GET",
            vec![(
                "host".to_owned(),
                "examplebucket.s3.amazonaws.com".to_owned(),
            )],
            "/test.txt",
            &[],
        );
        let query = canonical_query(&query);
        assert!(query.starts_with(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1"
        ));
        assert!(query.contains(
            "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        ));
        let empty = hex(&Sha256::digest(b""));
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let request = Canonical {
            method: "GET",
            path: "/test.txt",
            query: Vec::new(),
            headers: vec![
                header("host", "examplebucket.s3.amazonaws.com"),
                header("range", "bytes=0-9"),
                header("x-amz-content-sha256", &empty),
                header("x-amz-date", "20130524T000000Z"),
            ],
            payload: &empty,
        };
        assert_eq!(
            EXAMPLE.sign("20130524T000000Z", &request),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        );
    }
}
