//! Structures of options whose fields can be set one after the other.

/// Declares structures of options or results. More fields may come, so other
/// crates cannot write one as a literal: they begin with `default()` or `new()`,
/// and set fields, or chain the setters that stand here for each `pub` field.
/// What is required, a bare `String` or `Secret`, has no setter: `new()` takes it.
macro_rules! options {
    ($($(#[$about:meta])* pub struct $name:ident $(<$life:lifetime>)? { $($fields:tt)* })*) => {
        $(
            $(#[$about])*
            #[non_exhaustive]
            pub struct $name $(<$life>)? { $($fields)* }

            impl $(<$life>)? $name $(<$life>)? {
                $crate::setters::setters! { $($fields)* }
            }
        )*
    };
}

/// A setter for each field, of the type in which it is most easily given.
macro_rules! setters {
    () => {};
    ($(#[$about:meta])* pub $field:ident: String, $($rest:tt)*) => {
        $crate::setters::setters! { $($rest)* }
    };
    ($(#[$about:meta])* pub $field:ident: Secret, $($rest:tt)*) => {
        $crate::setters::setters! { $($rest)* }
    };
    ($(#[$about:meta])* pub $field:ident: Option<ProgressCallback<$life:lifetime>>, $($rest:tt)*) => {
        $(#[$about])*
        #[must_use]
        pub fn $field(mut self, $field: impl FnMut($crate::Progress) -> $crate::Result<()> + $life) -> Self {
            self.$field = Some(Box::new($field));
            self
        }
        $crate::setters::setters! { $($rest)* }
    };
    ($(#[$about:meta])* pub $field:ident: Option<(LogLevel, LogCallback)>, $($rest:tt)*) => {
        $(#[$about])*
        #[must_use]
        pub fn $field(
            mut self,
            level: $crate::LogLevel,
            callback: impl Fn($crate::LogLevel, &str) + Send + Sync + 'static,
        ) -> Self {
            self.$field = Some((level, std::sync::Arc::new(callback)));
            self
        }
        $crate::setters::setters! { $($rest)* }
    };
    ($(#[$about:meta])* pub $field:ident: Option<String>, $($rest:tt)*) => {
        $crate::setters::setters! { @into $(#[$about])* $field: String }
        $crate::setters::setters! { $($rest)* }
    };
    ($(#[$about:meta])* pub $field:ident: Option<PathBuf>, $($rest:tt)*) => {
        $crate::setters::setters! { @into $(#[$about])* $field: PathBuf }
        $crate::setters::setters! { $($rest)* }
    };
    ($(#[$about:meta])* pub $field:ident: Option<Vec<u8>>, $($rest:tt)*) => {
        $crate::setters::setters! { @into $(#[$about])* $field: Vec<u8> }
        $crate::setters::setters! { $($rest)* }
    };
    ($(#[$about:meta])* pub $field:ident: Option<Secret>, $($rest:tt)*) => {
        $crate::setters::setters! { @into $(#[$about])* $field: Secret }
        $crate::setters::setters! { $($rest)* }
    };
    ($(#[$about:meta])* pub $field:ident: Option<ServiceUpload>, $($rest:tt)*) => {
        $crate::setters::setters! { @into $(#[$about])* $field: ServiceUpload }
        $crate::setters::setters! { $($rest)* }
    };
    ($(#[$about:meta])* pub $field:ident: Option<ServiceDelete>, $($rest:tt)*) => {
        $crate::setters::setters! { @into $(#[$about])* $field: ServiceDelete }
        $crate::setters::setters! { $($rest)* }
    };
    ($(#[$about:meta])* pub $field:ident: Option<ServiceDownload>, $($rest:tt)*) => {
        $crate::setters::setters! { @into $(#[$about])* $field: ServiceDownload }
        $crate::setters::setters! { $($rest)* }
    };
    ($(#[$about:meta])* pub $field:ident: Vec<String>, $($rest:tt)*) => {
        $(#[$about])*
        #[must_use]
        pub fn $field<T: Into<String>>(mut self, $field: impl IntoIterator<Item = T>) -> Self {
            self.$field = $field.into_iter().map(Into::into).collect();
            self
        }
        $crate::setters::setters! { $($rest)* }
    };
    ($(#[$about:meta])* pub $field:ident: Option<$type:ty>, $($rest:tt)*) => {
        $(#[$about])*
        #[must_use]
        pub fn $field(mut self, $field: $type) -> Self {
            self.$field = Some($field);
            self
        }
        $crate::setters::setters! { $($rest)* }
    };
    ($(#[$about:meta])* pub $field:ident: $type:ty, $($rest:tt)*) => {
        $(#[$about])*
        #[must_use]
        pub fn $field(mut self, $field: $type) -> Self {
            self.$field = $field;
            self
        }
        $crate::setters::setters! { $($rest)* }
    };
    (@into $(#[$about:meta])* $field:ident: $type:ty) => {
        $(#[$about])*
        #[must_use]
        pub fn $field(mut self, $field: impl Into<$type>) -> Self {
            self.$field = Some($field.into());
            self
        }
    };
}

pub(crate) use {options, setters};
