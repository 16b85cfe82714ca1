//! The variables of the live tests for the emulator.

use chatfile_emulator::{Config, Emulator};

pub(super) fn start() -> Emulator {
    Emulator::start(Config::default()).unwrap()
}

pub(super) fn lookup(emulator: &Emulator, name: &str) -> Option<String> {
    let control = emulator.control();
    let config = control.config();
    let url = emulator.base_url();
    let value = match name {
        "EASEMOB_BASE_URL" | "HUAWEI_BASE_URL" | "SMH_BASE_URL" => url,
        "NETEASE_BASE_URL" => format!("{url}/nimserver"),
        "OPENIM_BASE_URL" => url,
        "EASEMOB_APP_KEY" => format!("{}#{}", config.easemob.org, config.easemob.app),
        "EASEMOB_CLIENT_ID" => config.easemob.client_id.clone(),
        "EASEMOB_CLIENT_SECRET" => config.easemob.client_secret.clone(),
        "NETEASE_APP_KEY" => config.netease.app_key.clone(),
        "NETEASE_APP_SECRET" => config.netease.app_secret.clone(),
        // It has no certificate.
        "NETEASE_PLAIN_HTTP" => "1".into(),
        "HUAWEI_APP_KEY" => config.huawei.app_key.clone(),
        "HUAWEI_APP_SECRET" => config.huawei.app_secret.clone(),
        "HUAWEI_CHANNEL_ID" => config.huawei.channel_id.clone(),
        "HUAWEI_USER_ID" | "OPENIM_USER_ID" => "alice".into(),
        "OPENIM_ADMIN_SECRET" => config.openim.secret.clone(),
        "SMH_LIBRARY_ID" => config.smh.library_id.clone(),
        "SMH_LIBRARY_SECRET" => config.smh.library_secret.clone(),
        _ => return None,
    };
    Some(value)
}
