"""SMH's store by COS's own SDK: `cos_sdk.py BASE SECRET`.

SMH tells its clients no keys, only finished signatures and a security token. Here the SDK is given the emulator's keys,
so that it signs each request by itself, for a time of its own, and with the fields and parameters that it would sign.
"""

import base64
import hashlib
import logging
import pathlib
import sys
import tempfile
import urllib.parse

import crcmod
from kit import advance, clock_back, refused, session
from qcloud_cos import CosConfig, CosS3Client, CosServiceError

BASE, SECRET = sys.argv[1:]
FILES = "/api/v1/file/smh0emulator0library/-/"
MIB = 1 << 20
BUCKET = "smh-1250000000"
crc64 = crcmod.mkCrcFun(0x142F0E1EBA9EA3693, initCrc=0, xorOut=0xFFFFFFFFFFFFFFFF, rev=True)
# The SDK logs each refusal, which are meant here.
logging.getLogger("qcloud_cos").setLevel(logging.CRITICAL)


def smh(method, path, body=None, **query):
    answer = session.request(method, BASE + path, params=query, json=body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


login = {"library_id": "smh0emulator0library", "library_secret": "4b1e7c52d09f4a86b3a5f0c7e9d21864"}
TOKEN = smh("GET", "/api/v1/token", space_id="-", user_id="u", grant="admin", **login)["accessToken"]


def begin(name, kind=""):
    method = "POST" if kind else "PUT"
    return smh(method, FILES + name + f"?{kind}", {}, access_token=TOKEN)


def confirm(upload, **told):
    return smh("POST", f"{FILES}{upload['confirmKey']}?confirm", told, access_token=TOKEN)


def client(upload, secret=SECRET, token=None, **options):
    """The SDK with what an upload is allowed; the host that it signs is the real store's."""
    handed = upload["headers"]
    key = urllib.parse.parse_qs(handed["Authorization"])["q-ak"][0]
    address = urllib.parse.urlsplit(BASE)
    config = CosConfig(
        Region="ap-guangzhou",
        SecretId=options.get("key", key),
        SecretKey=secret,
        Token=token or handed["x-cos-security-token"],
        Scheme="http",
        IP=address.hostname,
        Port=address.port,
    )
    return CosS3Client(config, retry=0)


def fails(code, words, call, **named):
    try:
        call(**named)
    except CosServiceError as error:
        assert error.get_error_code() == code and words in error.get_error_msg(), error
        return
    raise AssertionError(f"no {code}")


def at(upload):
    return {"Bucket": BUCKET, "Key": upload["path"][1:]}


def whole():
    content = b"hello cos"
    upload = begin("report.txt")
    cos, this = client(upload), at(upload)
    put = cos.put_object(**this, Body=content, ContentType="text/plain", EnableMD5=True)
    assert put["ETag"] == f'"{hashlib.md5(content).hexdigest()}"', put
    assert put["x-cos-hash-crc64ecma"] == str(crc64(content)), put
    other = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    fails("BadDigest", "", cos.put_object, **this, Body=content, ContentMD5=other)
    # The keys of another, other keys, a token for another object.
    strange = client(upload, secret="0" * 32)
    fails("SignatureDoesNotMatch", "", strange.put_object, **this, Body=content)
    strange = client(upload, key="AKIDother")
    fails("InvalidAccessKeyId", "", strange.put_object, **this, Body=content)
    strange = client(upload, token=begin("other.txt")["headers"]["x-cos-security-token"])
    fails("InvalidAccessKeyId", "", strange.put_object, **this, Body=content)
    done = confirm(upload, crc64=str(crc64(content)))
    assert done["size"] == str(len(content)) and done["crc64"] == str(crc64(content)), done
    return upload


def back(upload):
    cos, this = client(upload), at(upload)
    assert cos.get_object(**this)["Body"].get_raw_stream().read() == b"hello cos"
    some = cos.get_object(**this, Range="bytes=6-", ResponseContentType="x/y")
    assert (some["Body"].get_raw_stream().read(), some["Content-Type"]) == (b"cos", "x/y")
    assert cos.head_object(**this)["Content-Length"] == "9"
    missing = at(upload) | {"Key": this["Key"] + "x"}
    fails("AccessDenied", "token", cos.get_object, **missing)
    # A signed address, as a browser would follow it.
    token = {"x-cos-security-token": upload["headers"]["x-cos-security-token"]}
    # The SDK signs the space as %20, and writes it as a plus.
    label = {"response-content-disposition": 'attachment; filename="文 a.txt"', "response-cache-control": "no-store"}
    address = cos.get_presigned_url(**this, Method="GET", Expired=600, Params=label | token, SignHost=False)
    answer = session.get(address)
    assert answer.content == b"hello cos" and answer.headers["cache-control"] == "no-store", answer.text
    disposition = answer.headers["content-disposition"].encode("latin-1").decode()
    assert disposition == label["response-content-disposition"]
    refused(session.get(address.replace("attachment", "inline")), 403, "SignatureDoesNotMatch")
    advance(BASE, 601)
    refused(session.get(address), 403, "AccessDenied", "Request has expired")
    # The SDK signs for ten thousand seconds, but the token holds for an hour.
    advance(BASE, 3600)
    fails("ExpiredToken", "", cos.get_object, **this)
    clock_back(BASE)


def parts():
    content = [b"a" * MIB, b"b" * MIB, b"c"]
    upload = begin("video.mp4", "multipart")
    cos, this = client(upload), at(upload) | {"UploadId": upload["uploadId"]}
    for number in (3, 1, 2):
        body = content[number - 1]
        put = cos.upload_part(**this, PartNumber=number, Body=body, EnableMD5=True)
        assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"', put
    fails("InvalidArgument", "partNumber", cos.upload_part, **this, PartNumber=10001, Body=b"1")
    fails("NoSuchUpload", "", cos.upload_part, **this | {"UploadId": "none"}, PartNumber=1, Body=b"1")
    confirm(upload, crc64=str(crc64(b"".join(content))))
    fails("NoSuchUpload", "", cos.upload_part, **this, PartNumber=1, Body=b"1")
    # In ranges, several at a time, and compared with the store's checksum by the SDK.
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder, "video.mp4")
        cos.download_file(**at(upload), DestFilePath=str(target), PartSize=1, EnableCRC=True)
        assert target.read_bytes() == b"".join(content)


def late():
    upload = begin("late.txt")
    cos, this = client(upload), at(upload)
    advance(BASE, 10_001)
    fails("AccessDenied", "Request has expired", cos.put_object, **this, Body=b"1")
    clock_back(BASE)
    advance(BASE, -1000)
    fails("RequestTimeTooSkewed", "", cos.put_object, **this, Body=b"1")
    clock_back(BASE)


back(whole())
parts()
def owner(secret=SECRET, **options):
    """The SDK as the owner of the store has it: with its own keys, and without a token."""
    address = urllib.parse.urlsplit(BASE)
    key = options.pop("key", "AKIDemulator0cos0secret0id")
    config = CosConfig(
        Region="ap-guangzhou", SecretId=key, SecretKey=secret, Scheme="http", IP=address.hostname, Port=address.port
    )
    return CosS3Client(config, retry=0)


def own_objects():
    cos = owner()
    assert cos.bucket_exists(BUCKET)
    names = ["a b.txt", "dir/c+d.txt", "dir/e.txt", "文.txt"]
    for name in names:
        cos.put_object(Bucket=BUCKET, Key=name, Body=name.encode(), ContentType="text/plain", CacheControl="no-store",
                       Metadata={"x-cos-meta-one": "1"})
        back = cos.get_object(Bucket=BUCKET, Key=name)
        assert back["Body"].get_raw_stream().read() == name.encode()
        told = back["Content-Type"], back["Cache-Control"], back["x-cos-meta-one"]
        assert told == ("text/plain", "no-store", "1"), told
    found = cos.list_objects(Bucket=BUCKET, Prefix="dir/")["Contents"]
    assert [one["Key"] for one in found] == names[1:3], found
    found = cos.list_objects(Bucket=BUCKET, Delimiter="/", EncodingType="url")
    assert {"Prefix": "dir/"} in found["CommonPrefixes"], found
    first = cos.list_objects(Bucket=BUCKET, Prefix="", MaxKeys=2, Marker="a")
    assert first["IsTruncated"] == "true" and len(first["Contents"]) == 2, first
    again = cos.list_objects(Bucket=BUCKET, Marker=first["NextMarker"])
    assert all(one["Key"] > first["NextMarker"] for one in again["Contents"]), again
    fails("PreconditionFailed", "", cos.get_object, Bucket=BUCKET, Key=names[0], IfMatch='"0"')
    fails("InvalidRange", "", cos.get_object, Bucket=BUCKET, Key=names[0], Range="bytes=99-")
    fails("NotImplemented", "", cos.get_object_acl, Bucket=BUCKET, Key=names[0])
    fails("KeyTooLong", "", cos.put_object, Bucket=BUCKET, Key="k" * 851, Body=b"1")
    for name in names:
        cos.delete_object(Bucket=BUCKET, Key=name)
        fails("NoSuchKey", "", cos.get_object, Bucket=BUCKET, Key=name)
    fails("SignatureDoesNotMatch", "", owner("0" * 32).put_object, Bucket=BUCKET, Key="x", Body=b"1")
    fails("InvalidAccessKeyId", "", owner(key="AKIDother").put_object, Bucket=BUCKET, Key="x", Body=b"1")


def own_parts():
    cos = owner()
    this = {"Bucket": BUCKET, "Key": "films/a.mp4"}
    begun = cos.create_multipart_upload(**this, ContentType="video/mp4", Metadata={"x-cos-meta-one": "1"})
    upload = this | {"UploadId": begun["UploadId"]}
    contents = [b"a" * MIB, b"b" * MIB, b"c"]
    etags = [cos.upload_part(**upload, PartNumber=n, Body=b)["ETag"] for n, b in enumerate(contents, 1)]
    listed = cos.list_parts(**upload, MaxParts=2)
    assert [part["PartNumber"] for part in listed["Part"]] == ["1", "2"] and listed["IsTruncated"] == "true", listed
    listed = cos.list_parts(**upload, PartNumberMarker=int(listed["NextPartNumberMarker"]), EncodingType="url")
    assert [part["Size"] for part in listed["Part"]] == ["1"] and listed["IsTruncated"] == "false", listed
    other = cos.create_multipart_upload(**this)["UploadId"]
    found = cos.list_multipart_uploads(Bucket=BUCKET, Prefix="films/")["Upload"]
    assert {one["UploadId"] for one in found} == {begun["UploadId"], other}, found
    one = cos.list_multipart_uploads(Bucket=BUCKET, Prefix="films/", MaxUploads=1)
    assert one["IsTruncated"] == "true", one
    rest = cos.list_multipart_uploads(Bucket=BUCKET, Prefix="films/", KeyMarker=one["NextKeyMarker"],
                                      UploadIdMarker=one["NextUploadIdMarker"])
    assert len(rest["Upload"]) == 1 and rest["IsTruncated"] == "false", rest
    # SMH's own are among them.
    smhs = begin("listed.mp4", "multipart")
    every = cos.list_multipart_uploads(Bucket=BUCKET)["Upload"]
    assert smhs["uploadId"] in [one["UploadId"] for one in every], every

    def complete(*numbers, upload=upload, etags=etags):
        parts = [{"PartNumber": number, "ETag": etags[number - 1]} for number in numbers]
        return {"MultipartUpload": {"Part": parts}} | upload

    fails("InvalidPartOrder", "", cos.complete_multipart_upload, **complete(2, 1, 3))
    fails("InvalidPart", "", cos.complete_multipart_upload, **complete(1, 3))
    wrong = ['"0"', *etags[1:]]
    fails("InvalidPart", "", cos.complete_multipart_upload, **complete(1, 2, 3, etags=wrong))
    small = this | {"UploadId": other}
    two = [cos.upload_part(**small, PartNumber=n, Body=b"1")["ETag"] for n in (1, 2)]
    fails("EntityTooSmall", "", cos.complete_multipart_upload, **complete(1, 2, upload=small, etags=two))
    fails("InvalidArgument", "max-parts", cos.list_parts, **small, MaxParts=1001)
    cos.abort_multipart_upload(**small)
    fails("NoSuchUpload", "", cos.abort_multipart_upload, **small)
    fails("NoSuchUpload", "", cos.list_parts, **small)
    done = cos.complete_multipart_upload(**complete(1, 2, 3))
    assert done["ETag"].endswith('-3"') and done["Key"] == this["Key"], done
    told = cos.head_object(**this)
    assert told["x-cos-hash-crc64ecma"] == str(crc64(b"".join(contents))), told
    assert (told["Content-Type"], told["x-cos-meta-one"]) == ("video/mp4", "1"), told
    fails("NoSuchUpload", "", cos.complete_multipart_upload, **complete(1, 2, 3))
    # As the SDK plans it: in parts, several at a time, gone on with where parts are there already.
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "source"), pathlib.Path(folder, "target")
        source.write_bytes(b"".join(contents) * 2)
        half = this | {"Key": "half"}
        begun = cos.create_multipart_upload(**half)["UploadId"]
        cos.upload_part(**half, UploadId=begun, PartNumber=1, Body=source.read_bytes()[: MIB])
        cos.upload_file(**half, LocalFilePath=str(source), PartSize=1, MAXThread=2, EnableMD5=True)
        cos.download_file(**half, DestFilePath=str(target), PartSize=1, EnableCRC=True)
        assert target.read_bytes() == source.read_bytes()
    cos.delete_object(**this)


late()
own_objects()
own_parts()
print("done")
