//! What a test in the same process tells this service alone.

use std::io;

use super::{HuaweiOrigin, NAME};
use crate::control::Control;

impl Control {
    /// Lets Huawei's ccmessaging-token rotate at every so many-th call of a session; 0 is never.
    ///
    /// # Errors
    /// When no thread can be made.
    pub fn rotate_huawei_tokens(&self, every: u32) -> io::Result<()> {
        let body = serde_json::to_vec(&serde_json::json!({ "rotate_every": every }))?;
        self.tell(NAME, "POST", "", &[], &body).map(drop)
    }

    /// Stores a file of Huawei's AICC as if it had been sent from there; returns the id to download it by.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add_huawei_file(
        &self,
        origin: HuaweiOrigin,
        file_type: &str,
        content: &[u8],
    ) -> io::Result<String> {
        let query = [("origin", origin.kind()), ("type", file_type)];
        let told = self.tell(NAME, "POST", "files", &query, content)?;
        let id = told["fileId"].as_str();
        id.map(str::to_owned)
            .ok_or_else(|| io::Error::other("no id was given"))
    }
}
