//! The requests of the API and the ids that it hands out, as the structs of the server that they are read into.

use super::fields::{Kind, Shape};

macro_rules! shapes {
    ($($name:ident = $package:literal $go:literal { $($field:literal $kind:expr),* $(,)? };)*) => {
        $(pub(super) static $name: Shape = Shape {
            package: $package,
            name: $go,
            fields: &[$(($field, $kind)),*],
        };)*
    };
}

use Kind::{Bool, Int, Int32, Int32s, Int64, Map, Structs, Text, Texts};

shapes! {
    ADMIN_TOKEN = "auth" "GetAdminTokenReq" { "secret" Text, "userID" Text };
    USER_TOKEN = "auth" "GetUserTokenReq" { "platformID" Int32, "userID" Text };
    PARSE_TOKEN = "auth" "ParseTokenReq" { "token" Text };
    FORCE_LOGOUT = "auth" "ForceLogoutReq" { "platformID" Int32, "userID" Text };
    REGISTER = "user" "UserRegisterReq" { "users" Structs(&USER) };
    USER = "sdkws" "UserInfo" {
        "userID" Text, "nickname" Text, "faceURL" Text, "ex" Text, "createTime" Int64, "appMangerLevel" Int32,
        "globalRecvMsgOpt" Int32,
    };
    PART_LIMIT = "third" "PartLimitReq" {};
    PART_SIZE = "third" "PartSizeReq" { "size" Int64 };
    INITIATE_MULTIPART = "third" "InitiateMultipartUploadReq" {
        "hash" Text, "size" Int64, "partSize" Int64, "maxParts" Int32, "cause" Text, "name" Text, "contentType" Text,
        "urlPrefix" Text,
    };
    AUTH_SIGN = "third" "AuthSignReq" { "uploadID" Text, "partNumbers" Int32s };
    COMPLETE_MULTIPART = "third" "CompleteMultipartUploadReq" {
        "uploadID" Text, "parts" Texts, "name" Text, "contentType" Text, "cause" Text, "urlPrefix" Text,
    };
    ACCESS_URL = "third" "AccessURLReq" { "name" Text, "query" Map };
    INITIATE_FORM = "third" "InitiateFormDataReq" {
        "name" Text, "size" Int64, "contentType" Text, "group" Text, "millisecond" Int64, "absolute" Bool,
    };
    COMPLETE_FORM = "third" "CompleteFormDataReq" { "id" Text, "urlPrefix" Text };
    // What is in the ids.
    FORM_ID = "third" "FormDataMate" { "name" Text, "size" Int64, "contentType" Text, "group" Text, "key" Text };
    UPLOAD_ID = "cont" "multipartUploadID" { "a" Int, "b" Text, "c" Text, "d" Int64, "e" Text };
}
