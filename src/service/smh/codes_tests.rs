#![allow(clippy::unwrap_used, reason = "tests")]

use super::CODES;
use crate::error::Status;
use std::collections::BTreeSet;

/// `ServerErrorCode` in smh-js-sdk 1.0.16, utils/ErrorHandler.ts.
const JS: &[&str] = &[
    "BadRequest EmptyLibraryIdOrSecret EmptyLibrarySecret EmptyLibraryId EmptySpaceId \
     EmptyFileName EmptyCosUploadId EmptyAccessToken NotMultiSpaceLibrary \
     MultipartUploadIncomplete UploadIncomplete DirectoryNameLengthExceed DirectoryNotAllowed \
     RootDirectoryNotAllowed DirectoryLevelExceed FileNameLengthExceed ExtnameNotAllowed \
     UploadToRootDirectoryNotAllowed SourceDirectoryIsParentOfDestination InvalidSourceDirectory \
     InvalidSourceFile InvalidSpaceOrDirectoryPath InvalidConflictResolutionStrategy ParamInvalid \
     SpaceIdInvalid IllegalFileName FileTypeNotMatched BadCrc64 QuotaLimitReached \
     FileUncompressNotAllowed SearchTooComplex SearchNotEnabled RecycleBinNotEnabled \
     QuotaSpacesInvalid SearchIdInvalid InvalidDestinationPath MultipartUploadPartTooSmall \
     IncompleteBody TooManyItems NoItemsProvided InvalidTimeFormat OverwriteFileNotAllowed \
     InvalidFileHistoryCount InvalidFileHistoryExpireDay InvalidFileHistoryMergeInterval \
     SymlinkDepthLimitExceeded SymlinkToDirectoryNotAllowed SymlinkOverwriteConflict \
     UnsupportedSourceFormat UnsupportedTargetFormat FunctionNotEnabled UnsupportedFileType \
     QuotaCapacityLessThanSize QuotaCapacityRequired InvalidDirectoryStatsType \
     ResourceMigrationNotEnabled ResourceNotSupported ResolutionUpScalingNotAllowed \
     M3u8OnlyMediaPlaylistAllowed M3u8HttpKeyNotAllowed M3u8HttpSegmentNotAllowed \
     M3u8PlaylistInvalid M3u8SegmentsInvalid M3u8InfoMapUnknown M3u8InfoMapFieldUnknown \
     OnlyVideoCanBeTranscoded CaptchaInvalid WatermarkNotEnabled GraphicCaptchaFailed CloseOldList",
    "NoPermission AccessTokenNotMatchLibrary AccessTokenNotMatchSpace AccessTokenVersionNotMatch \
     InvalidAccessToken ReadForbidden WriteForbidden LibraryServiceExpired LibraryInitializing \
     OperationOnRawM3u8IsForbidden SpaceBanned ShareDisabled ShareExpired ShareAuditing \
     ShareTokenInvalid ExtractionCodeInvalid LoginRequired ShareAccessDenied AnonymousNotAllowed \
     CannotPreview CannotDownload CannotSaveToNetDisk CannotModify ShareServiceDisabled",
    "ConfirmKeyNotFound RouteNotFound LibraryNotFound SpaceNotFound DirectoryNotFound \
     SourceDirectoryNotFound SourceFileNotFound UploadNotFound FileNotFound PathNotFound \
     MarkerNotFound NoQuota QuotaNotFound WrongLibraryIdOrSecret FavoriteIdNotFound \
     FileRemovedByQuota CosObjectNonexistent RootLinkFileNotFound TrafficStatsNotFound \
     M3u8Converting ShareNotFound FileNotInShare ShareFileEmpty",
    "ReadRequestTimeout",
    "DuplicateQuota UploadComplete SameNameDirectoryOrFileExists DuplicateFavoriteRecord \
     SpaceNotEmpty PathConflict RenameTooManyTimes CircleSymlink ShareHasBeenUpdated",
    "RequestEntityTooLarge URITooLong RateLimitExceeded HeaderFieldsTooLarge",
    "SensitiveContentRecognized",
    "ClientDisconnected",
    "ServerOverloaded InternalServerError RequestTimeout",
];

/// QCloudSMHErrorCode.m in smh-sdk-ios 1.0.10, without what is about teams,
/// accounts, shares, WeChat and the like, and 409 of its request headers.
const IOS: &str = "AccessTokenNotMatchSpace ApiDeprecated BadCrc64 BadRequest CipCheckServiceError \
                   CircleSymlink ClientIdLengthExceed ContentCasConflict DestTeamSpaceQuotaLimited \
                   DestUserSpaceQuotaLimited DirectoryHistoryNotBeDeleted DirectoryHistoryNotFound \
                   DirectoryLevelExceed DirectoryNameLengthExceed DirectoryNameNotAvailable \
                   DirectoryNotAllowed DirectoryNotFound DocumentTypeNotSupport \
                   DuplicateFavoriteRecord DuplicateQuota EmptyAccessToken EmptyFileName \
                   EmptyLibraryId EmptyLibraryIdOrSecret EmptyLibrarySecret EmptyPath \
                   ExtnameNotAllowed FavoriteGroupNotFound FileContentIsLoading \
                   FileContentNotAvailable FileDownloadCountLimitReached FileNameLengthExceed \
                   FileNotFound FileRemovedByQuota FileTypeNotAllowed FileTypeNotMatched \
                   GrantAuthorityMissing InternalServerError InvalidAccessToken \
                   InvalidConflictResolutionStrategy InvalidDestinationPath InvalidFilePath \
                   InvalidSourceDirectory InvalidSourceFile InvalidSourcePath InvalidSpaceConfig \
                   InvalidSpaceOrDirectoryPath InvalidTargetFile InvalidTemplateName InvalidTime \
                   LibraryInitializing LibraryNotFound LibraryNotRegistered \
                   LibraryQuotaLimitReached LibraryRecycled LibraryServiceTimeExpired \
                   MultipartUploadIncomplete MultipartUploadPartTooSmall NoEnoughRemainingQuota \
                   NoEnoughRemainingTrafficQuota NoPermission NoQuota NoSpace \
                   NoSpecifiedPermission NotMultiSpaceLibrary NotMultipartUpload OrderByNotAllowed \
                   OrderByTypeNotAllowed ParamInvalid PathNotFound ProcessTimeout \
                   QuotaCapacityInvalid QuotaCapacityLessThanSize QuotaCapacityRequired \
                   QuotaLimitReached QuotaSpacesRequired RecycleBinNotEnabled RecycledItemNotFound \
                   RootDirectoryNotAllowed SameNameDirectoryOrFileExists SearchIdInvalid \
                   SearchIdNotFound SearchNotEnabled SearchTimeout SearchTooComplex \
                   SensitiveContentRecognized SensitiveNameRecognized ShareExpired \
                   SourceDirectoryIsParentOfDestination SourceDirectoryNotFound SourceFileNotFound \
                   SourcePathNotFound SpaceNotFound SyncFolderLocked TargetBeingCoEdited \
                   TaskNotFound TimeStampInvalid UploadIncomplete UploadNotFound \
                   UploadToRootDirectoryNotAllowed UserDisabled UserIdLengthExceed UserNotAllowed \
                   VirusFileNotAvailable VirusFileNotAvailableAuthorize \
                   VirusFileNotAvailableDownload VirusFileNotAvailableShare WrongLibraryIdOrSecret";

#[test]
fn each_code_of_the_vendors_own_clients_has_a_status_and_advice() {
    let mut known = BTreeSet::new();
    for code in CODES {
        assert!(!code.judgement.advice.is_empty());
        for name in code.names {
            assert!(known.insert(*name), "{name} stands twice");
        }
    }
    for name in JS
        .iter()
        .flat_map(|names| names.split(' '))
        .chain(IOS.split(' '))
    {
        assert!(known.contains(name), "{name}");
    }
}

#[test]
fn what_outsiders_missed_is_what_it_says() {
    for (name, status, retryable) in [
        ("LibraryQuotaLimitReached", Status::TooLarge, false),
        ("NoEnoughRemainingQuota", Status::TooLarge, false),
        ("AccessTokenVersionNotMatch", Status::Auth, false),
        ("LibraryInitializing", Status::Unavailable, true),
        ("ContentCasConflict", Status::Conflict, false),
        ("SensitiveNameRecognized", Status::Forbidden, false),
        ("VirusFileNotAvailable", Status::Forbidden, false),
        ("LibraryServiceTimeExpired", Status::Forbidden, false),
    ] {
        let judgement = crate::service::known(CODES, name).unwrap();
        assert_eq!(
            (judgement.status, judgement.retryable),
            (status, retryable),
            "{name}"
        );
    }
}
