//! Its part of `chatfile-emulator compare`.

use crate::service::Comparison;

pub(crate) const COMPARISON: Comparison = Comparison {
    name: "smh",
    variables: &[
        ("base", "?SMH_BASE_URL=https://api.tencentsmh.cn"),
        ("library_id", "SMH_LIBRARY_ID"),
        ("library_secret", "SMH_LIBRARY_SECRET"),
        ("space_id", "?SMH_SPACE_ID=-"),
        ("user_id", "?SMH_USER_ID=chatfile-compare"),
    ],
    tables: &[include_str!("comparison.jsonl")],
    pair: None,
    store: None,
    path: "",
    configure: |config, given| {
        config.smh.library_id = given("library_id");
        config.smh.library_secret = given("library_secret");
        let space = given("space_id");
        if !space.is_empty() && !config.smh.spaces.contains(&space) {
            config.smh.spaces.push(space);
        }
    },
    account: |config| {
        let own = &config.smh;
        vec![
            ("library_id", own.library_id.clone()),
            ("library_secret", own.library_secret.clone()),
            ("space_id", "-".to_owned()),
            ("user_id", "chatfile-compare".to_owned()),
        ]
    },
};
