//! The services behind the verbs, and what each alone can do.

mod easemob;
mod huawei;
mod netease;
mod openim;
mod smh;

use crate::service::easemob::{EasemobDownload, EasemobUpload};
use crate::service::huawei::{HuaweiDownload, HuaweiUpload};
use crate::service::netease::NeteaseUpload;
use crate::service::openim::{OpenimDownload, OpenimUpload};
use crate::service::smh::{SmhDelete, SmhDownload, SmhUpload};
use std::borrow::Cow;

/// Options of one service: those of another than the opened one are refused.
macro_rules! of_one_service {
    (
        $(#[$about:meta])*
        $name:ident { $($variant:ident($options:ty) = $field:literal),* $(,)? }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("What ", stringify!($variant), " alone can do.")]
                $variant($options)
            ),*
        }

        impl $name {
            /// The service, as its options are called.
            pub(crate) fn field(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $field),*
                }
            }

            /// What they say to all services.
            #[allow(dead_code, reason = "those of a deletion say nothing")]
            pub(in crate::client) fn common(&self) -> &dyn ServiceOptions {
                match self {
                    $(Self::$variant(options) => options),*
                }
            }
        }

        $(
            impl From<$options> for $name {
                fn from(options: $options) -> Self {
                    Self::$variant(options)
                }
            }

            impl OwnOptions<$name> for $options {
                fn of(options: &$name) -> Option<&Self> {
                    match options {
                        $name::$variant(own) => Some(own),
                        #[allow(unreachable_patterns, reason = "there may be options of one alone")]
                        _ => None,
                    }
                }
            }
        )*
    };
}

/// What options of one service say to what is common to all.
pub(in crate::client) trait ServiceOptions {
    /// Of an upload: a name that says more of the file's type than the one that it had.
    fn telling_name(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// Of a download: in which format a small picture is asked for.
    fn thumbnail_format(&self) -> Option<&str> {
        None
    }
}

/// The options of one service among those of any.
pub(in crate::client) trait OwnOptions<Any>: Clone + Default {
    fn of(options: &Any) -> Option<&Self>;
}

/// What a service is told, or its defaults.
pub(in crate::client) fn own<Any, Own: OwnOptions<Any>>(options: Option<&Any>) -> Own {
    options.and_then(Own::of).cloned().unwrap_or_default()
}

of_one_service! {
    /// What one service alone can do with an upload.
    ServiceUpload {
        Easemob(EasemobUpload) = "easemob",
        Netease(NeteaseUpload) = "netease",
        Huawei(HuaweiUpload) = "huawei",
        Smh(SmhUpload) = "smh",
        Openim(OpenimUpload) = "openim",
    }
}

of_one_service! {
    /// What one service alone can do with a download.
    ServiceDownload {
        Easemob(EasemobDownload) = "easemob",
        Huawei(HuaweiDownload) = "huawei",
        Smh(SmhDownload) = "smh",
        Openim(OpenimDownload) = "openim",
    }
}

of_one_service! {
    /// What one service alone can do with a deletion.
    ServiceDelete {
        Smh(SmhDelete) = "smh",
    }
}

/// For the fuzz targets: one of each service.
#[cfg(all(unix, any(test, fuzzing)))]
pub(crate) const SAMPLES: &[crate::client::OpenSample] = &[
    easemob::sample,
    huawei::sample,
    netease::sample,
    openim::sample,
    smh::sample,
];
