//! What the codes of SMH and of its store mean: all that the vendor's own
//! clients list (smh-js-sdk 1.0.16 whole; of smh-sdk-ios 1.0.10 those about
//! libraries, spaces and files), and what COS says of objects.

use crate::error::Remedy;
use crate::error::Status::{
    Auth, Conflict, Expired, Forbidden, Integrity, NotFound, RateLimited, Service, TooLarge,
    Unavailable,
};
use crate::service::{Code, NEW_TOKEN, Verdict};

pub(super) const WAIT: &str = "wait a little and try again";
const OTHER_CALL: &str =
    "it belongs to calls that chatfile does not make; ask who runs the library";
const DAMAGED: &str = "the bytes were damaged on the way; upload the file again";
const NOT_ACCEPTED: &str = "the store does not accept the credentials of SMH, or wants the Referer of a page \
                            (hot-link protection), and none is sent; check its rules, and any proxy on the way";

pub(super) const EXPIRED: Verdict = Verdict::passing(
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
        verdict: Verdict::final_(Auth, "the token has expired; get a new one")
            .with_remedy(NEW_TOKEN),
    },
    Code {
        names: &["AccessTokenVersionNotMatch"],
        verdict: Verdict::final_(Auth, "the token is of another version; get a new one")
            .with_remedy(NEW_TOKEN),
    },
    Code {
        names: &["EmptyAccessToken"],
        verdict: Verdict::final_(Auth, "give an access token"),
    },
    Code {
        names: &[
            "WrongLibraryIdOrSecret",
            "EmptyLibraryIdOrSecret",
            "EmptyLibraryId",
            "EmptyLibrarySecret",
        ],
        verdict: Verdict::final_(Auth, "check library_id and library_secret"),
    },
    Code {
        names: &["AccessTokenNotMatchLibrary", "AccessTokenNotMatchSpace"],
        verdict: Verdict::final_(
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
        verdict: Verdict::final_(Forbidden, "get a token whose grant allows it"),
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
        verdict: Verdict::final_(Forbidden, "ask who runs the library"),
    },
    Code {
        names: &["SensitiveContentRecognized", "FileContentNotAvailable"],
        verdict: Verdict::final_(Forbidden, "the content was found to be unfit"),
    },
    Code {
        names: &["SensitiveNameRecognized"],
        verdict: Verdict::final_(
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
        verdict: Verdict::final_(Forbidden, "a virus was found in the file"),
    },
    // Of temporary credentials that are over: a call that gets new ones may do.
    Code {
        names: &[
            "ExpiredToken",
            "RequestTimeTooSkewed",
            "RequestIsExpired",
            "InvalidAccessKeyId",
        ],
        verdict: EXPIRED,
    },
    // Denied without a reason, they may be over too.
    Code {
        names: &["AccessDenied"],
        verdict: Verdict::final_(Forbidden, NOT_ACCEPTED).with_remedy(Remedy::PermissionOnce),
    },
    Code {
        names: &["SignatureDoesNotMatch"],
        verdict: Verdict::final_(Forbidden, NOT_ACCEPTED),
    },
    Code {
        names: &[
            "LibraryNotFound",
            "LibraryNotRegistered",
            "SpaceNotFound",
            "NoSpace",
        ],
        verdict: Verdict::final_(NotFound, "check library_id and space_id"),
    },
    Code {
        names: &["DirectoryNotFound"],
        verdict: Verdict::final_(NotFound, "make the folder first, or set create_directories")
            .with_remedy(Remedy::Folder),
    },
    Code {
        names: &["InvalidSpaceOrDirectoryPath"],
        verdict: Verdict::final_(NotFound, "check space_id and directory"),
    },
    Code {
        names: &[
            "FileNotFound",
            "PathNotFound",
            "CosObjectNonexistent",
            "NoSuchKey",
        ],
        verdict: Verdict::final_(NotFound, "check the path"),
    },
    Code {
        names: &["RootLinkFileNotFound"],
        verdict: Verdict::final_(NotFound, "it is a link, and what it leads to is gone"),
    },
    Code {
        names: &["MarkerNotFound"],
        verdict: Verdict::final_(NotFound, "begin the list anew, without a marker"),
    },
    Code {
        names: &["UploadNotFound", "ConfirmKeyNotFound", "NoSuchUpload"],
        verdict: Verdict::final_(
            NotFound,
            "the upload was cancelled, or is over; upload the file again",
        )
        .with_remedy(Remedy::Restart),
    },
    Code {
        names: &["RouteNotFound"],
        verdict: Verdict::final_(NotFound, "check the base URL"),
    },
    Code {
        names: &["FileRemovedByQuota"],
        verdict: Verdict::final_(Expired, "the space had run full, and the file was removed"),
    },
    Code {
        names: &["SameNameDirectoryOrFileExists"],
        verdict: Verdict::final_(
            Conflict,
            "choose another name, or the conflict strategy rename or overwrite",
        ),
    },
    Code {
        names: &["PathConflict", "TargetBeingCoEdited", "SyncFolderLocked"],
        verdict: Verdict::final_(
            Conflict,
            "somebody else is at work on the same path; try again later, or choose another name",
        ),
    },
    Code {
        names: &["RenameTooManyTimes"],
        verdict: Verdict::final_(Conflict, "choose another name"),
    },
    Code {
        names: &["ContentCasConflict"],
        verdict: Verdict::final_(
            Conflict,
            "the file is not the one that was to be overwritten; look at it first",
        ),
    },
    Code {
        names: &["SymlinkOverwriteConflict", "CircleSymlink"],
        verdict: Verdict::final_(Conflict, "a link is in the way; choose another name"),
    },
    Code {
        names: &["OverwriteFileNotAllowed"],
        verdict: Verdict::final_(
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
        verdict: Verdict::final_(
            TooLarge,
            "the space is full; delete files or have its quota raised",
        ),
    },
    Code {
        names: &["EntityTooLarge"],
        verdict: Verdict::final_(TooLarge, "upload in parts"),
    },
    Code {
        names: &["RequestEntityTooLarge"],
        verdict: Verdict::final_(TooLarge, "send a smaller file or have the limit raised"),
    },
    // To confirm again would not mend the bytes; to send them again does.
    Code {
        names: &["BadCrc64"],
        verdict: Verdict::final_(Integrity, DAMAGED).with_remedy(Remedy::Resend),
    },
    Code {
        names: &["BadDigest", "InvalidDigest"],
        verdict: Verdict::passing(Integrity, DAMAGED),
    },
    Code {
        names: &["RateLimitExceeded"],
        verdict: Verdict::passing(RateLimited, WAIT),
    },
    // Of the first ones the connection broke off, whatever the status says.
    Code {
        names: &[
            "IncompleteBody",
            "ReadRequestTimeout",
            "RequestTimeout",
            "ClientDisconnected",
            "ServerOverloaded",
            "InternalServerError",
            "ProcessTimeout",
            "CipCheckServiceError",
        ],
        verdict: Verdict::passing(Unavailable, WAIT),
    },
    Code {
        names: &["LibraryInitializing"],
        verdict: Verdict::passing(
            Unavailable,
            "the library is being set up; wait a little and try again",
        ),
    },
    Code {
        names: &["FileContentIsLoading"],
        verdict: Verdict::passing(
            Unavailable,
            "the file is still being checked; wait a little and try again",
        ),
    },
    Code {
        names: &["UploadComplete"],
        verdict: Verdict::final_(Service, "the upload is complete already")
            .with_remedy(Remedy::Done),
    },
    Code {
        names: &["NotMultipartUpload", "EmptyCosUploadId"],
        verdict: Verdict::final_(
            Service,
            "only uploads in parts can be renewed; upload the file again",
        ),
    },
    Code {
        names: &["MultipartUploadIncomplete", "UploadIncomplete"],
        verdict: Verdict::final_(Service, "send the missing bytes first"),
    },
    Code {
        names: &["MultipartUploadPartTooSmall", "EntityTooSmall"],
        verdict: Verdict::final_(Service, "choose a larger part_size"),
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
        verdict: Verdict::final_(Service, "choose another file name"),
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
        verdict: Verdict::final_(Service, "choose another directory"),
    },
    Code {
        names: &["NotMultiSpaceLibrary"],
        verdict: Verdict::final_(Service, "the library has one space; leave space_id out"),
    },
    Code {
        names: &["EmptySpaceId", "SpaceIdInvalid"],
        verdict: Verdict::final_(Service, "check space_id"),
    },
    Code {
        names: &["UserIdLengthExceed", "ClientIdLengthExceed"],
        verdict: Verdict::final_(Service, "choose a shorter user_id and client_id"),
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
        verdict: Verdict::final_(Service, "check the options"),
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
        verdict: Verdict::final_(Forbidden, OTHER_CALL),
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
        verdict: Verdict::final_(NotFound, OTHER_CALL),
    },
    Code {
        names: &[
            "DuplicateFavoriteRecord",
            "DuplicateQuota",
            "ShareHasBeenUpdated",
            "SpaceNotEmpty",
        ],
        verdict: Verdict::final_(Conflict, OTHER_CALL),
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
        verdict: Verdict::final_(Service, OTHER_CALL),
    },
];

#[cfg(test)]
#[path = "codes_tests.rs"]
mod tests;
