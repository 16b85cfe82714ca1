//! `GET ?attributes` (GetObjectAttributes), as MinIO has it.

use hyper::header;

use super::super::Context;
use super::error::{Error, Failure};
use super::{checksums, get, manners};
use crate::clock::http_date;
use crate::http::{Answer, set, text};
use crate::store::Meta;

const ATTRIBUTES: &str = "x-amz-object-attributes";
/// What a request may ask for.
const NAMES: [&str; 5] = [
    "Checksum",
    "ETag",
    "ObjectParts",
    "ObjectSize",
    "StorageClass",
];

pub(super) fn answer(context: &Context<'_>, key: &str) -> Result<Answer, Failure> {
    let version = context.head.query("versionId").unwrap_or_default();
    let is_present = manners::is_of_present_version(context);
    let is_present = is_present.map_err(|failure| of_argument(failure, "versionid", &version))?;
    let most = number(context, key, "X-Amz-Max-Parts")?;
    let after = number(context, key, "X-Amz-Part-Number-Marker")?;
    let lines = context.head.headers.get_all(ATTRIBUTES).iter();
    let lines = lines.map(|line| String::from_utf8_lossy(line.as_bytes()));
    let asked = lines.collect::<Vec<_>>().join(",");
    let asked = asked.split(',').filter(|name| !name.is_empty());
    let asked: Vec<&str> = asked.collect();
    let odd = asked.iter().find(|name| !NAMES.contains(name));
    if odd.is_some() || asked.is_empty() {
        let odd = odd.copied().unwrap_or_default();
        return Err(of_argument(Error::ATTRIBUTES.into(), ATTRIBUTES, odd));
    }
    if !is_present {
        return Err(Error::NO_SUCH_VERSION.into());
    }
    let meta = context.object(key).ok_or(Error::NO_SUCH_KEY)?;
    if let Some(mut answer) = get::unwanted(context, &meta)? {
        get::name_version(&meta, &mut answer);
        return Ok(answer);
    }
    let told = |name: &str, value: &dyn Fn() -> String| match asked.contains(&name) {
        true => value(),
        false => String::new(),
    };
    let mut body =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<getObjectAttributesResponse>".to_owned();
    body += &told("ETag", &|| format!("<ETag>{}</ETag>", meta.md5));
    body += &told("Checksum", &|| checksums::of_attributes(&meta));
    body += &told("ObjectParts", &|| parts(&meta, most, after));
    body += &told("StorageClass", &|| {
        let class = manners::storage_class(&meta);
        format!("<StorageClass>{class}</StorageClass>")
    });
    body += &told("ObjectSize", &|| match meta.size {
        0 => String::new(),
        size => format!("<ObjectSize>{size}</ObjectSize>"),
    });
    body += "</getObjectAttributesResponse>";
    let mut answer = text(200, "application/xml", body);
    let modified = http_date(meta.created_ms);
    set(&mut answer, header::LAST_MODIFIED, &modified);
    Ok(answer)
}

fn of_argument(failure: Failure, name: &str, value: &str) -> Failure {
    failure
        .with("ArgumentName", name)
        .with("ArgumentValue", value)
}

/// A number in a field of the header; 0 without one.
fn number(context: &Context<'_>, key: &str, field: &str) -> Result<i64, Failure> {
    let text = context.head.header(field).unwrap_or_default();
    if text.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|_| {
        let words = format!(
            "Invalid arguments provided for {}/{key}: (Unable to parse {field}, value should be an integer)",
            context.bucket
        );
        let failure = Failure::new(Error::ATTRIBUTES, words);
        of_argument(failure, &field.to_ascii_lowercase(), "")
    })
}

/// What was put at once counts as one part. That some are left out is told by the last number, as if it were how many there are.
fn parts(meta: &Meta, most: i64, after: i64) -> String {
    /// `maxPartsList` in MinIO.
    const MOST: i64 = 10_000;
    let most = if most == 0 { MOST } else { most };
    let numbers = meta.part_numbers.iter().zip(&meta.parts);
    let numbers = numbers.map(|(number, size)| (*number, *size));
    let mut all: Vec<(u32, u64)> = numbers.collect();
    if all.is_empty() {
        all.push((1, meta.size));
    }
    let sums = meta
        .part_labels
        .iter()
        .map(|labels| checksums::as_xml(labels));
    let sums = sums.chain(std::iter::repeat(String::new()));
    let behind = all.iter().zip(sums);
    let behind = behind.filter(|((number, _), _)| i64::from(*number) > after);
    let shown: Vec<_> = behind.take(usize::try_from(most).unwrap_or(0)).collect();
    let next = shown.last().map_or(0, |((number, _), _)| *number);
    let listed: String = shown
        .iter()
        .map(|((number, size), sum)| {
            format!("<Part><PartNumber>{number}</PartNumber><Size>{size}</Size>{sum}</Part>")
        })
        .collect();
    let count = all.len();
    let is_cut = next as usize != count;
    format!(
        "<ObjectParts><IsTruncated>{is_cut}</IsTruncated><MaxParts>{most}</MaxParts>\
         <NextPartNumberMarker>{next}</NextPartNumberMarker><PartNumberMarker>{after}</PartNumberMarker>\
         <PartsCount>{count}</PartsCount>{listed}</ObjectParts>"
    )
}
