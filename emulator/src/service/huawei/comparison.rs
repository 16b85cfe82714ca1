//! Its part of `chatfile-emulator compare`.

use crate::service::Comparison;

pub(crate) const COMPARISON: Comparison = Comparison {
    name: "huawei",
    variables: &[
        ("base", "HUAWEI_BASE_URL"),
        ("app_key", "HUAWEI_APP_KEY"),
        ("app_secret", "HUAWEI_APP_SECRET"),
        ("channel_id", "HUAWEI_CHANNEL_ID"),
        ("user_id", "HUAWEI_USER_ID"),
    ],
    tables: &[include_str!("comparison.jsonl")],
    pair: None,
    store: None,
    path: "",
    configure: |config, given| {
        config.huawei.app_key = given("app_key");
        config.huawei.app_secret = given("app_secret");
        config.huawei.channel_id = given("channel_id");
    },
    account: |config| {
        let own = &config.huawei;
        vec![
            ("app_key", own.app_key.clone()),
            ("app_secret", own.app_secret.clone()),
            ("channel_id", own.channel_id.clone()),
            ("user_id", "alice".to_owned()),
        ]
    },
};
