//! What the codes of SMH and of its store mean: all that the vendor's own
//! clients list (smh-js-sdk 1.0.16 whole; of smh-sdk-ios 1.0.10 those about
//! libraries, spaces and files), and what COS says of objects.

use crate::error::Remedy;
use crate::error::Status::{
    Auth, Conflict, Expired, Forbidden, Integrity, NotFound, RateLimited, Service, TooLarge,
    Unavailable,
};
use crate::service::{Code, Judgement, NEW_TOKEN};

pub(super) const WAIT: &str = "wait a little and try again";
const OTHER_CALL: &str =
    "it belongs to calls that chatfile does not make; ask who runs the library";
const DAMAGED: &str = "the bytes were damaged on the way; upload the file again";
const NOT_ACCEPTED: &str = "the store does not accept the credentials of SMH, or wants the Referer of a page \
                            (hot-link protection), and none is sent; check its rules, and any proxy on the way";

/// The same request would be refused again: whoever can makes another.
pub(super) const EXPIRED: Judgement = Judgement::final_(
    Forbidden,
    "the credentials for the store have expired; try again",
)
.with_remedy(Remedy::Permission);

/// SMH itself says that there is no such file, or none any more. A wrong library
/// or address is another matter.
pub(super) const MISSING: &[&str] = &[
    "FileNotFound",
    "PathNotFound",
    "DirectoryNotFound",
    "CosObjectNonexistent",
    "FileRemovedByQuota",
];

/// A file or folder of that name is there.
pub(super) const TAKEN: &[&str] = &["SameNameDirectoryOrFileExists"];

pub(super) const CODES: &[Code] = &[
    Code {
        names: &["InvalidAccessToken"],
        judgement: Judgement::final_(Auth, "the token has expired; get a new one")
            .with_remedy(NEW_TOKEN),
    },
    Code {
        names: &["AccessTokenVersionNotMatch"],
        judgement: Judgement::final_(Auth, "the token is of another version; get a new one")
            .with_remedy(NEW_TOKEN),
    },
    Code {
        names: &["EmptyAccessToken"],
        judgement: Judgement::final_(Auth, "give an access token"),
    },
    Code {
        names: &[
            "WrongLibraryIdOrSecret",
            "EmptyLibraryIdOrSecret",
            "EmptyLibraryId",
            "EmptyLibrarySecret",
        ],
        judgement: Judgement::final_(Auth, "check library_id and library_secret"),
    },
    Code {
        names: &["AccessTokenNotMatchLibrary", "AccessTokenNotMatchSpace"],
        judgement: Judgement::final_(
            Auth,
            "the token is of another library or space; check library_id and space_id",
        ),
    },
    Code {
        names: &[
            "NoPermission",
            "WriteForbidden",
            "ReadForbidden",
            "NoSpecifiedPermission",
            "GrantAuthorityMissing",
        ],
        judgement: Judgement::final_(Forbidden, "get a token whose grant allows it"),
    },
    Code {
        names: &[
            "LibraryServiceExpired",
            "LibraryServiceTimeExpired",
            "LibraryRecycled",
            "SpaceBanned",
            "UserDisabled",
            "UserNotAllowed",
            "NoEnoughRemainingTrafficQuota",
            "FileDownloadCountLimitReached",
            "FunctionNotEnabled",
            "ApiDeprecated",
        ],
        judgement: Judgement::final_(Forbidden, "ask who runs the library"),
    },
    Code {
        names: &["SensitiveContentRecognized", "FileContentNotAvailable"],
        judgement: Judgement::final_(Forbidden, "the content was found to be unfit"),
    },
    Code {
        names: &["SensitiveNameRecognized"],
        judgement: Judgement::final_(
            Forbidden,
            "the name was found to be unfit; choose another file name",
        ),
    },
    Code {
        names: &[
            "VirusFileNotAvailable",
            "VirusFileNotAvailableAuthorize",
            "VirusFileNotAvailableDownload",
            "VirusFileNotAvailableShare",
        ],
        judgement: Judgement::final_(Forbidden, "a virus was found in the file"),
    },
    // Of temporary credentials that are over: a call that gets new ones may do.
    Code {
        names: &[
            "ExpiredToken",
            "RequestTimeTooSkewed",
            "RequestIsExpired",
            "InvalidAccessKeyId",
        ],
        judgement: EXPIRED,
    },
    // Denied without a reason, they may be over too.
    Code {
        names: &["AccessDenied"],
        judgement: Judgement::final_(Forbidden, NOT_ACCEPTED).with_remedy(Remedy::PermissionOnce),
    },
    Code {
        names: &["SignatureDoesNotMatch"],
        judgement: Judgement::final_(Forbidden, NOT_ACCEPTED),
    },
    Code {
        names: &[
            "LibraryNotFound",
            "LibraryNotRegistered",
            "SpaceNotFound",
            "NoSpace",
        ],
        judgement: Judgement::final_(NotFound, "check library_id and space_id"),
    },
    Code {
        names: &["DirectoryNotFound"],
        judgement: Judgement::final_(
            NotFound,
            "there is no such folder; an upload makes it with create_directories",
        )
        .with_remedy(Remedy::Folder),
    },
    Code {
        names: &["InvalidSpaceOrDirectoryPath"],
        judgement: Judgement::final_(NotFound, "check space_id and directory"),
    },
    Code {
        names: &[
            "FileNotFound",
            "PathNotFound",
            "CosObjectNonexistent",
            "NoSuchKey",
        ],
        judgement: Judgement::final_(NotFound, "check the path"),
    },
    Code {
        names: &["RootLinkFileNotFound"],
        judgement: Judgement::final_(NotFound, "it is a link, and what it leads to is gone"),
    },
    Code {
        names: &["MarkerNotFound"],
        judgement: Judgement::final_(NotFound, "begin the list anew, without a marker"),
    },
    Code {
        names: &["UploadNotFound", "ConfirmKeyNotFound", "NoSuchUpload"],
        judgement: Judgement::final_(
            NotFound,
            "the upload was cancelled, or is over; upload the file again",
        )
        .with_remedy(Remedy::Restart),
    },
    Code {
        names: &["RouteNotFound"],
        judgement: Judgement::final_(NotFound, "check the base URL"),
    },
    Code {
        names: &["FileRemovedByQuota"],
        judgement: Judgement::final_(Expired, "the space had run full, and the file was removed"),
    },
    Code {
        names: &["SameNameDirectoryOrFileExists"],
        judgement: Judgement::final_(
            Conflict,
            "choose another name, or the conflict strategy rename or overwrite, which overwrites no folder",
        ),
    },
    Code {
        names: &["PathConflict", "TargetBeingCoEdited", "SyncFolderLocked"],
        judgement: Judgement::final_(
            Conflict,
            "somebody else is at work on the same path; try again later, or choose another name",
        ),
    },
    Code {
        names: &["RenameTooManyTimes"],
        judgement: Judgement::final_(Conflict, "choose another name"),
    },
    Code {
        names: &["ContentCasConflict"],
        judgement: Judgement::final_(
            Conflict,
            "the file is not the one that was to be overwritten; look at it first",
        ),
    },
    Code {
        names: &["SymlinkOverwriteConflict", "CircleSymlink"],
        judgement: Judgement::final_(Conflict, "a link is in the way; choose another name"),
    },
    Code {
        names: &["OverwriteFileNotAllowed"],
        judgement: Judgement::final_(
            Conflict,
            "the space keeps old versions and overwrites none; use the conflict strategy rename",
        ),
    },
    // Nothing but fewer bytes helps, as with a single file that is too large;
    // the credentials are good, so it is not Forbidden.
    Code {
        names: &[
            "QuotaLimitReached",
            "LibraryQuotaLimitReached",
            "NoEnoughRemainingQuota",
            "NoQuota",
            "DestUserSpaceQuotaLimited",
            "DestTeamSpaceQuotaLimited",
        ],
        judgement: Judgement::final_(
            TooLarge,
            "the space is full; delete files or have its quota raised",
        ),
    },
    Code {
        names: &["EntityTooLarge"],
        judgement: Judgement::final_(TooLarge, "upload in parts"),
    },
    Code {
        names: &["RequestEntityTooLarge"],
        judgement: Judgement::final_(TooLarge, "send a smaller file or have the limit raised"),
    },
    // To confirm again would not mend the bytes; to send them again does.
    Code {
        names: &["BadCrc64"],
        judgement: Judgement::final_(Integrity, DAMAGED).with_remedy(Remedy::Resend),
    },
    Code {
        names: &["BadDigest", "InvalidDigest"],
        judgement: Judgement::passing(Integrity, DAMAGED),
    },
    Code {
        names: &["RateLimitExceeded"],
        judgement: Judgement::passing(RateLimited, WAIT),
    },
    Code {
        names: &["ReadRequestTimeout", "RequestTimeout"],
        judgement: Judgement::passing(Unavailable, WAIT).with_remedy(Remedy::Connection),
    },
    // Of the first ones the connection broke off, whatever the status says.
    Code {
        names: &[
            "IncompleteBody",
            "ClientDisconnected",
            "ServerOverloaded",
            "InternalServerError",
            "ProcessTimeout",
            "CipCheckServiceError",
        ],
        judgement: Judgement::passing(Unavailable, WAIT),
    },
    Code {
        names: &["LibraryInitializing"],
        judgement: Judgement::passing(
            Unavailable,
            "the library is being set up; wait a little and try again",
        ),
    },
    Code {
        names: &["FileContentIsLoading"],
        judgement: Judgement::passing(
            Unavailable,
            "the file is still being checked; wait a little and try again",
        ),
    },
    Code {
        names: &["UploadComplete"],
        judgement: Judgement::final_(Service, "the upload is complete already")
            .with_remedy(Remedy::Done),
    },
    Code {
        names: &["NotMultipartUpload", "EmptyCosUploadId"],
        judgement: Judgement::final_(
            Service,
            "only uploads in parts can be renewed; upload the file again",
        ),
    },
    Code {
        names: &["MultipartUploadIncomplete", "UploadIncomplete"],
        judgement: Judgement::final_(Service, "send the missing bytes first"),
    },
    Code {
        names: &["MultipartUploadPartTooSmall", "EntityTooSmall"],
        judgement: Judgement::final_(Service, "choose a larger part_size"),
    },
    Code {
        names: &[
            "FileNameLengthExceed",
            "IllegalFileName",
            "ExtnameNotAllowed",
            "EmptyFileName",
            "EmptyPath",
            "InvalidFilePath",
            "FileTypeNotAllowed",
            "FileTypeNotMatched",
            "DocumentTypeNotSupport",
            "DirectoryNameNotAvailable",
            "URITooLong",
        ],
        judgement: Judgement::final_(Service, "choose another file name"),
    },
    Code {
        names: &[
            "DirectoryNameLengthExceed",
            "DirectoryNotAllowed",
            "DirectoryLevelExceed",
            "RootDirectoryNotAllowed",
            "UploadToRootDirectoryNotAllowed",
            "InvalidDestinationPath",
        ],
        judgement: Judgement::final_(Service, "choose another directory"),
    },
    Code {
        names: &["NotMultiSpaceLibrary"],
        judgement: Judgement::final_(Service, "the library has one space; leave space_id out"),
    },
    Code {
        names: &["EmptySpaceId", "SpaceIdInvalid"],
        judgement: Judgement::final_(Service, "check space_id"),
    },
    Code {
        names: &["UserIdLengthExceed", "ClientIdLengthExceed"],
        judgement: Judgement::final_(Service, "choose a shorter user_id and client_id"),
    },
    Code {
        names: &[
            "ParamInvalid",
            "BadRequest",
            "InvalidConflictResolutionStrategy",
            "InvalidTimeFormat",
            "TimeStampInvalid",
            "InvalidTime",
            "HeaderFieldsTooLarge",
        ],
        judgement: Judgement::final_(Service, "check the options"),
    },
    Code {
        names: &[
            "CannotDownload",
            "CannotModify",
            "CannotPreview",
            "CannotSaveToNetDisk",
            "AnonymousNotAllowed",
            "ExtractionCodeInvalid",
            "LoginRequired",
            "OperationOnRawM3u8IsForbidden",
            "ShareAccessDenied",
            "ShareAuditing",
            "ShareDisabled",
            "ShareExpired",
            "ShareServiceDisabled",
            "ShareTokenInvalid",
        ],
        judgement: Judgement::final_(Forbidden, OTHER_CALL),
    },
    Code {
        names: &[
            "DirectoryHistoryNotFound",
            "FavoriteGroupNotFound",
            "FavoriteIdNotFound",
            "FileNotInShare",
            "M3u8Converting",
            "QuotaNotFound",
            "RecycledItemNotFound",
            "SearchIdNotFound",
            "ShareFileEmpty",
            "ShareNotFound",
            "SourceDirectoryNotFound",
            "SourceFileNotFound",
            "SourcePathNotFound",
            "TaskNotFound",
            "TrafficStatsNotFound",
        ],
        judgement: Judgement::final_(NotFound, OTHER_CALL),
    },
    Code {
        names: &[
            "DuplicateFavoriteRecord",
            "DuplicateQuota",
            "ShareHasBeenUpdated",
            "SpaceNotEmpty",
        ],
        judgement: Judgement::final_(Conflict, OTHER_CALL),
    },
    Code {
        names: &[
            "CaptchaInvalid",
            "CloseOldList",
            "DirectoryHistoryNotBeDeleted",
            "FileUncompressNotAllowed",
            "GraphicCaptchaFailed",
            "InvalidDirectoryStatsType",
            "InvalidFileHistoryCount",
            "InvalidFileHistoryExpireDay",
            "InvalidFileHistoryMergeInterval",
            "InvalidSourceDirectory",
            "InvalidSourceFile",
            "InvalidSourcePath",
            "InvalidSpaceConfig",
            "InvalidTargetFile",
            "InvalidTemplateName",
            "M3u8HttpKeyNotAllowed",
            "M3u8HttpSegmentNotAllowed",
            "M3u8InfoMapFieldUnknown",
            "M3u8InfoMapUnknown",
            "M3u8OnlyMediaPlaylistAllowed",
            "M3u8PlaylistInvalid",
            "M3u8SegmentsInvalid",
            "NoItemsProvided",
            "OnlyVideoCanBeTranscoded",
            "OrderByNotAllowed",
            "OrderByTypeNotAllowed",
            "QuotaCapacityInvalid",
            "QuotaCapacityLessThanSize",
            "QuotaCapacityRequired",
            "QuotaSpacesInvalid",
            "QuotaSpacesRequired",
            "RecycleBinNotEnabled",
            "ResolutionUpScalingNotAllowed",
            "ResourceMigrationNotEnabled",
            "ResourceNotSupported",
            "SearchIdInvalid",
            "SearchNotEnabled",
            "SearchTimeout",
            "SearchTooComplex",
            "SourceDirectoryIsParentOfDestination",
            "SymlinkDepthLimitExceeded",
            "SymlinkToDirectoryNotAllowed",
            "TooManyItems",
            "UnsupportedFileType",
            "UnsupportedSourceFormat",
            "UnsupportedTargetFormat",
            "WatermarkNotEnabled",
        ],
        judgement: Judgement::final_(Service, OTHER_CALL),
    },
];

#[cfg(test)]
#[path = "codes_tests.rs"]
mod tests;
