//! uploadFileStream (huawei.md §3.3): JSON read as it arrives, its base64 decoded to disk.

use hyper::header::HeaderName;
use serde_json::{Map, Value};

use super::reply::{INVALID, MISSING, NOT_BASE64, Refusal, code, ok};
use super::{Context, HuaweiOrigin, UPLOAD_TYPES, new_file, token};
use crate::config::{HuaweiBase64, HuaweiReplyCode};
use crate::http::{Answer, JsonEvent, JsonObject, LenientBase64, RequestBody, set};
use crate::store::Upload;

/// Only this one exists.
pub(super) const CHANNEL: &str = "WEB";
/// Types and channels are short.
const LONGEST_TEXT: usize = 64 * 1024;

pub(super) async fn upload(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    token::check_access(context)?;
    let session = token::check_token(context)?;
    let mut answer = match receive(context, body).await {
        Ok(answer) => answer,
        Err(refusal) => refusal.answer(context.config),
    };
    hand_out(context, session, &mut answer);
    Ok(answer)
}

/// Puts a new token into the answer when it is time for one.
pub(super) fn hand_out(context: &Context<'_>, session: u64, answer: &mut Answer) {
    if let Some(next) = token::count_call(context, session) {
        set(answer, HeaderName::from_static("ccmessaging-token"), &next);
    }
}

/// What a body holds.
#[derive(Default)]
struct Fields {
    file_type: Option<String>,
    channel: Option<String>,
    /// The decoded file, and whether it was base64.
    file: Option<(Upload, Decoder)>,
    /// A field that should be text is something else.
    wrong: bool,
}

async fn receive(context: &Context<'_>, body: &mut RequestBody) -> Result<Answer, Refusal> {
    let fields = read(context, body).await?;
    if fields.wrong {
        return Err(Refusal::upload(INVALID));
    }
    let given = |value: Option<String>| value.filter(|value| !value.is_empty());
    let (Some(file_type), Some(channel), Some((file, decoder))) =
        (given(fields.file_type), given(fields.channel), fields.file)
    else {
        return Err(Refusal::upload(MISSING));
    };
    // Padding alone, or a lone character, is no file either.
    if file.size() == 0 && !decoder.foreign {
        return Err(Refusal::upload(MISSING));
    }
    let file_type = file_type.to_ascii_lowercase();
    if channel != CHANNEL || !UPLOAD_TYPES.contains(&file_type.as_str()) {
        return Err(Refusal::upload(INVALID));
    }
    if !decoder.is_good(context.config.base64) {
        return Err(Refusal::upload(NOT_BASE64));
    }
    let meta = new_file(HuaweiOrigin::Customer, &file_type, context.now_ms());
    let meta = context.state.store.keep(file, meta).await?;
    let mut reply = Map::new();
    let name = match context.config.reply_code {
        HuaweiReplyCode::ReturnCode => "returnCode",
        HuaweiReplyCode::ResultCode => {
            reply.insert("resultDesc".to_owned(), "success".into());
            "resultCode"
        }
    };
    reply.insert(name.to_owned(), code(context.config, 0));
    reply.insert("objectKey".to_owned(), meta.id.clone().into());
    Ok(ok(&reply))
}

async fn read(context: &Context<'_>, body: &mut RequestBody) -> Result<Fields, Refusal> {
    let mut fields = Fields::default();
    let mut name = String::new();
    let mut object = JsonObject::new(body);
    while let Some(event) = object.next().await? {
        match event {
            JsonEvent::Field(next) => name = next,
            JsonEvent::Other(Value::Null) => {}
            JsonEvent::Other(_) => {
                fields.wrong |= ["fileType", "channel", "fileStream"].contains(&name.as_str());
            }
            JsonEvent::Text(piece) => match name.as_str() {
                "fileType" => add(&mut fields.file_type, &piece)?,
                "channel" => add(&mut fields.channel, &piece)?,
                "fileStream" => {
                    if fields.file.is_none() || piece.is_empty() {
                        let file = context.state.store.create()?;
                        fields.file = Some((file, Decoder::default()));
                    }
                    if let Some((file, decoder)) = &mut fields.file {
                        file.write(&decoder.push(&piece)).await?;
                        let limit = context.config.max_upload;
                        if limit > 0 && file.size() > limit {
                            return Err(Refusal::too_large(context.config));
                        }
                    }
                }
                _ => {}
            },
        }
    }
    Ok(fields)
}

fn add(text: &mut Option<String>, piece: &[u8]) -> Result<(), Refusal> {
    if piece.is_empty() {
        *text = Some(String::new());
    }
    let text = text.get_or_insert_default();
    if text.len() + piece.len() > LONGEST_TEXT {
        return Err(Refusal::upload(INVALID));
    }
    text.push_str(&String::from_utf8_lossy(piece));
    Ok(())
}

/// Decodes base64 and remembers what is wrong with it.
#[derive(Debug, Default)]
struct Decoder {
    inner: LenientBase64,
    characters: u64,
    padding: u64,
    /// A character of another alphabet, or one behind the padding.
    foreign: bool,
}

impl Decoder {
    fn push(&mut self, text: &[u8]) -> Vec<u8> {
        for byte in text {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {
                    self.foreign |= self.padding > 0;
                }
                b'=' => self.padding += 1,
                // Line breaks, as MIME has them.
                b'\r' | b'\n' => continue,
                _ => self.foreign = true,
            }
            self.characters += 1;
        }
        let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
        self.inner.push(text, &mut out);
        out
    }

    fn is_good(&self, reading: HuaweiBase64) -> bool {
        let strict = || self.characters.is_multiple_of(4) && self.padding <= 2;
        !self.foreign && (reading == HuaweiBase64::Alphabet || strict())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(text: &str, reading: HuaweiBase64) -> bool {
        let mut decoder = Decoder::default();
        for piece in text.as_bytes().chunks(3) {
            decoder.push(piece);
        }
        decoder.is_good(reading)
    }

    #[test]
    fn both_readings_of_base64() {
        use HuaweiBase64::{Alphabet, Strict};
        // The third has the length of the vendor's sample: 117 characters and one of padding.
        let sample = format!("{}=", "A".repeat(117));
        for (text, alphabet, strict) in [
            ("aGVsbG8=", true, true),
            ("aGVs\r\nbG8=", true, true),
            (sample.as_str(), true, false),
            ("aGVsbG8", true, false),
            ("aGVsbG8=aGVs", false, false),
            ("data:image/png;base64,aGVs", false, false),
            ("-_-_", false, false),
            ("aGVs bG8=", false, false),
        ] {
            assert_eq!(good(text, Alphabet), alphabet, "{text}");
            assert_eq!(good(text, Strict), strict, "{text}");
        }
    }
}
