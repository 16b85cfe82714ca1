//! Every field of every service's set-up by its name, for the command line: `netease-max-upload` is `max_upload` of
//! `Config::netease`.

use serde_json::{Map, Value};

use super::Config;

/// A field of a service's set-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The service and the field, such as `netease-max-upload`.
    pub name: String,
    /// What it is set to: a text as it is, else in JSON.
    pub value: String,
    /// Whether it is on or off. To set it is to switch it on; with `no-` before the field's name it is switched off.
    pub is_switch: bool,
}

impl Config {
    /// All settings of all services, in the order of their names.
    #[must_use]
    pub fn settings(&self) -> Vec<Setting> {
        let services = self.fields();
        let fields = services.iter().filter_map(|(service, fields)| {
            let fields = fields.as_object()?.iter();
            Some(fields.map(move |(field, value)| Setting {
                name: format!("{service}-{}", field.replace('_', "-")),
                value: text(value),
                is_switch: value.is_boolean(),
            }))
        });
        fields.flatten().collect()
    }

    /// Changes a setting; `value` is only asked by those that are no switches. It gives a number, a word, or JSON where
    /// the setting is a list.
    ///
    /// # Errors
    /// Why the name or the value is not understood.
    pub fn set(
        &mut self,
        name: &str,
        value: impl FnOnce() -> Result<String, String>,
    ) -> Result<(), String> {
        let unknown = || format!("there is no setting called {name}");
        let (service, field) = name.split_once('-').ok_or_else(unknown)?;
        let field = field.replace('-', "_");
        let services = self.fields();
        let fields = services
            .get(service)
            .and_then(Value::as_object)
            .ok_or_else(unknown)?;
        let is_switch = |field: &str| fields.get(field).is_some_and(Value::is_boolean);
        if is_switch(&field) {
            return self.replace(service, &field, true.into());
        }
        if let Some(field) = field.strip_prefix("no_").filter(|field| is_switch(field)) {
            return self.replace(service, field, false.into());
        }
        if !fields.contains_key(&field) {
            return Err(unknown());
        }
        let value = value()?;
        // As it is where a text is meant, else as the JSON that it is.
        let wrong = match self.replace(service, &field, value.as_str().into()) {
            Ok(()) => return Ok(()),
            Err(wrong) => wrong,
        };
        let json = serde_json::from_str(&value).map_err(|_| wrong)?;
        self.replace(service, &field, json)
    }

    /// Changes fields of services, each an object of values by their names.
    ///
    /// # Errors
    /// Why a service, a field or a value is not understood.
    pub(crate) fn set_all(&mut self, services: &Map<String, Value>) -> Result<(), String> {
        for (service, fields) in services {
            let known = self.fields();
            let known = known.get(service).and_then(Value::as_object);
            let known = known.ok_or_else(|| format!("no service is called {service}"))?;
            let fields = fields
                .as_object()
                .ok_or_else(|| format!("{service} takes an object of settings"))?;
            for (field, value) in fields {
                if !known.contains_key(field) {
                    return Err(format!("{service} has no setting called {field}"));
                }
                self.replace(service, field, value.clone())?;
            }
        }
        Ok(())
    }

    /// The set-ups of the services, by their names.
    fn fields(&self) -> Map<String, Value> {
        let whole = Self {
            // A path need not be text.
            folder: None,
            ..self.clone()
        };
        match serde_json::to_value(whole) {
            Ok(Value::Object(whole)) => whole,
            _ => Map::new(),
        }
    }

    fn replace(&mut self, service: &str, field: &str, value: Value) -> Result<(), String> {
        let mut whole = Value::Object(self.fields());
        whole[service][field] = value;
        let mut changed: Self = serde_json::from_value(whole).map_err(|error| error.to_string())?;
        changed.folder = self.folder.take();
        *self = changed;
        Ok(())
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn set(config: &mut Config, name: &str, value: &str) -> Result<(), String> {
        config.set(name, || Ok(value.to_owned()))
    }

    #[test]
    fn each_kind_of_value_is_set() {
        let mut config = Config {
            folder: Some("/tmp/x".into()),
            ..Config::default()
        };
        for (name, value) in [
            ("easemob-max-upload", "5"),
            ("easemob-org", "17"),
            ("easemob-no-range", "unused"),
            ("openim-public-read", "unused"),
            ("openim-min-part-size", "7"),
            ("openim-multi-login", "one_each"),
            ("openim-users", r#"["a","b"]"#),
            ("smh-domain", "localhost:{port}"),
            ("smh-quota", "9"),
        ] {
            set(&mut config, name, value).unwrap();
        }
        assert_eq!(
            (config.easemob.max_upload, config.easemob.org.as_str()),
            (5, "17")
        );
        assert!(!config.easemob.range && config.openim.public_read);
        assert_eq!(config.openim.min_part_size, Some(7));
        assert_eq!(config.openim.multi_login, crate::OpenimMultiLogin::OneEach);
        assert_eq!(config.openim.users, ["a", "b"]);
        let named = crate::SmhDomain::Named("localhost:{port}".to_owned());
        assert_eq!((&config.smh.domain, config.smh.quota), (&named, Some(9)));
        assert_eq!(config.folder, Some("/tmp/x".into()));
    }

    #[test]
    fn what_is_not_understood_is_refused_and_changes_nothing() {
        let mut config = Config::default();
        for (name, value) in [
            ("easemob", "1"),
            ("easemob-", "1"),
            ("easemob-nothing", "1"),
            ("nobody-range", "1"),
            ("easemob-no-max-upload", "1"),
            ("bind-x", "1"),
            ("easemob-max-upload", "-1"),
            ("easemob-max-upload", "many"),
            ("easemob-restrict-access", "sometimes"),
        ] {
            assert!(set(&mut config, name, value).is_err(), "{name}");
        }
        assert_eq!(config.settings(), Config::default().settings());
    }

    #[test]
    fn every_setting_can_be_set_to_what_it_is() {
        let mut config = Config::default();
        let before = config.settings();
        for setting in before.iter().filter(|setting| !setting.is_switch) {
            set(&mut config, &setting.name, &setting.value).unwrap();
        }
        // "null" is also a word, and so what a text that is not set becomes.
        let is_text = |setting: &&Setting| setting.value != "null";
        let after = config.settings();
        assert!(
            before
                .iter()
                .filter(is_text)
                .eq(after.iter().filter(is_text))
        );
    }
}
