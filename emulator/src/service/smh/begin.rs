//! The three calls that begin an upload, and instant upload within them (smh.md §1.3, §1.4).

use super::Context;
use super::body::{self, Fields};
use super::error::Error;
use super::hashes::ensure;
use super::landing::{Landing, land};
use super::object::Object;
use super::path::{key_extension, split_extension};
use super::reply::{ok, with_status};
use super::token::{BEGIN, BEGIN_FORCE};
use super::tree::{Place, Strategy};
use super::upload::{Kind, Upload, random_hex};
use super::world::{World, metadata};
use crate::config::SmhConflict;
use crate::http::{Answer, RequestBody, status_only};

/// "Files with size >= 1MB can achieve instant upload."
const SMALLEST_INSTANT: u64 = 1024 * 1024;

pub(super) async fn begin(
    context: &Context<'_>,
    kind: Kind,
    body: &mut RequestBody,
) -> Result<Answer, Error> {
    let query = |name| context.head.query(name);
    let asked = query("conflict_resolution_strategy");
    let strategy = Strategy::parse(asked.as_deref(), Strategy::Rename);
    context.authorize(match strategy {
        Ok(Strategy::Overwrite) => BEGIN_FORCE,
        _ => BEGIN,
    })?;
    let strategy = strategy?;
    let mut names = context.path()?;
    let name = names.pop().ok_or_else(|| Error::new("EmptyFileName"))?;
    let traffic_limit = body::traffic_limit(context)?;
    let file_size = match query("filesize").filter(|size| !size.is_empty()) {
        None => None,
        Some(size) => Some(
            size.parse::<u64>()
                .map_err(|_| Error::parameter("filesize is not a number of bytes"))?,
        ),
    };
    let fields = body::read(body).await?;
    let attributes = body::attributes(&fields)?;
    let numbers = body::part_numbers(context, &fields)?;
    if context.config.private_cloud && kind == Kind::Multipart && numbers.is_none() {
        return Err(Error::parameter("partNumberRange is required"));
    }
    let wanted = Wanted::read(&fields)?;
    refuse_extension(context, &name)?;
    wanted.wait(context).await;

    let now_ms = context.now_ms();
    let mut world = context.memory.world();
    let parent = world.tree.directory(&context.call.space, &names)?;
    check_room(context, &world, file_size.or(wanted.size))?;
    if context.config.conflict_at == SmhConflict::Begin {
        let place = world.tree.place(parent, &name, strategy, true)?;
        refuse_overwrite(context, &place)?;
    }
    let landing = |object| Landing {
        space: context.call.space.clone(),
        parent,
        name: name.clone(),
        strategy,
        content_cas: context.content_cas(),
        attributes: attributes.clone(),
        meta: metadata(context.head),
        object,
        is_virtual: None,
    };
    match wanted.look(context, &world) {
        Known::Nothing => {}
        Known::Beginning => return Ok(status_only(202)),
        Known::All(object) => {
            let history = context.config.history;
            let landed = land(&mut world, history, landing(object), now_ms)?;
            let landed = landed.ok_or_else(|| Error::new("DirectoryNotFound"))?;
            let fields = context.landed(&world, landed.node, landed.overwritten);
            return Ok(ok(&fields));
        }
    }
    let upload = create(context, kind, landing(String::new()), traffic_limit, now_ms);
    std::fs::create_dir_all(world.objects.folder_of(&upload.object))?;
    let info = context.upload_info(&upload, &numbers.unwrap_or_default());
    let key = upload.confirm_key.clone();
    world.uploads.add(upload)?;
    world.make_room_for_parts(&key)?;
    Ok(with_status(201, &info))
}

fn create(
    context: &Context<'_>,
    kind: Kind,
    landing: Landing,
    traffic_limit: Option<u64>,
    now_ms: i64,
) -> Upload {
    let object = random_hex(16);
    let key = format!(
        "{}/{object}{}",
        context.config.library_id,
        key_extension(&landing.name)
    );
    let start_s = now_ms.div_euclid(1000);
    Upload {
        confirm_key: random_hex(32),
        kind,
        object,
        key,
        // The store's own look: seconds, then hex.
        upload_id: (kind == Kind::Multipart).then(|| format!("{start_s}{}", random_hex(32))),
        space: landing.space,
        parent: landing.parent,
        name: landing.name,
        strategy: landing.strategy,
        created_ms: now_ms,
        start_s,
        end_s: context.end_s(start_s),
        traffic_limit,
        attributes: landing.attributes,
        meta: landing.meta,
        labels: Vec::new(),
        confirmed: None,
        parts: std::collections::BTreeMap::new(),
        revision: 0,
        gate: std::sync::Arc::default(),
    }
}

impl Context<'_> {
    /// Until when credentials hold that are given now.
    pub(super) fn end_s(&self, start_s: i64) -> i64 {
        let life = i64::try_from(self.config.upload_ttl).unwrap_or(i64::MAX);
        start_s.saturating_add(life)
    }
}

fn refuse_extension(context: &Context<'_>, name: &str) -> Result<(), Error> {
    let (_, extension) = split_extension(name);
    let extension = extension.trim_start_matches('.');
    let refused = &context.config.refused_extensions;
    if refused
        .iter()
        .any(|refused| refused.eq_ignore_ascii_case(extension))
    {
        return Err(Error::new("ExtnameNotAllowed"));
    }
    Ok(())
}

fn refuse_overwrite(context: &Context<'_>, place: &Place) -> Result<(), Error> {
    let refused = context.config.history == crate::config::SmhHistory::Refused;
    if refused && matches!(place, Place::Over(_)) {
        return Err(Error::new("OverwriteFileNotAllowed"));
    }
    Ok(())
}

/// Whether the library and the space have room for so much more.
pub(super) fn check_room(
    context: &Context<'_>,
    world: &World,
    size: Option<u64>,
) -> Result<(), Error> {
    let more = size.unwrap_or(0);
    let is_full = |quota: u64, spaces| world.used(spaces).saturating_add(more) > quota;
    let of_space = world.quotas.of(&context.call.space);
    if context
        .config
        .quota
        .is_some_and(|quota| is_full(quota, None))
        || of_space.is_some_and(|quota| is_full(quota.capacity, Some(&quota.spaces)))
    {
        return Err(Error::new("QuotaLimitReached"));
    }
    Ok(())
}

/// What the client says of the content.
#[derive(Debug)]
struct Wanted {
    full: Option<String>,
    beginning: Option<String>,
    size: Option<u64>,
}

/// What is known of that content.
enum Known {
    Nothing,
    Beginning,
    All(String),
}

impl Wanted {
    fn read(fields: &Fields) -> Result<Self, Error> {
        let hash = |name| -> Result<Option<String>, Error> {
            let text = body::text(fields, name)?;
            Ok(text.filter(|hash| !hash.is_empty()))
        };
        Ok(Self {
            full: hash("fullHash")?,
            beginning: hash("beginningHash")?,
            size: body::size(fields)?,
        })
    }

    fn begins(&self, object: &Object) -> bool {
        let wanted = self.beginning.as_deref();
        wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(&object.beginning_hash))
    }

    /// Waits for the hashes of files that may be this one.
    async fn wait(&self, context: &Context<'_>) {
        let memory = &context.memory;
        if self.full.is_none() {
            return;
        }
        let candidates: Vec<String> = {
            let world = memory.world();
            let unhashed = world.objects.all().filter(|object| {
                object.full_hash.is_none()
                    && Some(object.size) == self.size
                    && self.begins(object)
                    && world.tree.uses(&object.id)
            });
            unhashed.map(|object| object.id.clone()).collect()
        };
        for object in candidates {
            ensure(std::sync::Arc::clone(memory), object).await;
        }
    }

    fn look(&self, context: &Context<'_>, world: &World) -> Known {
        let Some(size) = self.size.filter(|size| *size >= SMALLEST_INSTANT) else {
            return Known::Nothing;
        };
        if let Some(full) = &self.full {
            let found = world.find_object(|object| {
                object.size == size
                    && object
                        .full_hash
                        .as_ref()
                        .is_some_and(|have| have.eq_ignore_ascii_case(full))
                    && self.begins(object)
            });
            return found.map_or(Known::Nothing, |object| Known::All(object.id.clone()));
        }
        let with_size = context.config.beginning_hash_with_size;
        let known = self.beginning.is_some()
            && world
                .find_object(|object| {
                    let fits = object.size == size || !with_size;
                    object.size >= SMALLEST_INSTANT && fits && self.begins(object)
                })
                .is_some();
        if known {
            Known::Beginning
        } else {
            Known::Nothing
        }
    }
}
