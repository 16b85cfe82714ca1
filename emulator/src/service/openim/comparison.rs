//! Its part of `chatfile-emulator compare`.

use crate::service::{Asked, Comparison};

pub(crate) const COMPARISON: Comparison = Comparison {
    name: "openim",
    variables: &[
        ("base", "OPENIM_BASE_URL"),
        ("secret", "OPENIM_ADMIN_SECRET"),
        ("admin", "?OPENIM_ADMIN_USER_ID=imAdmin"),
        ("access_key", "?OPENIM_ACCESS_KEY"),
        ("secret_key", "?OPENIM_SECRET_KEY"),
    ],
    tables: &[
        include_str!("comparison.jsonl"),
        include_str!("comparison-store.jsonl"),
    ],
    pair: None,
    store: Some(Asked {
        // It says so when it is asked for a form.
        table: include_str!("comparison-first.jsonl"),
        part: "json.data.url",
    }),
    path: "",
    configure: |config, given| {
        config.openim.secret = given("secret");
        config.openim.admin_id = given("admin");
        let (id, secret) = (given("access_key"), given("secret_key"));
        if !secret.is_empty() {
            (config.openim.access_key, config.openim.secret_key) = (id, secret);
        }
    },
    account: |config| {
        let own = &config.openim;
        vec![
            ("secret", own.secret.clone()),
            ("admin", own.admin_id.clone()),
            ("access_key", own.access_key.clone()),
            ("secret_key", own.secret_key.clone()),
        ]
    },
};
