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
    fails("AccessDenied", "token", strange.put_object, **this, Body=content)
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
    fails("AccessDenied", "Request has expired", cos.get_object, **this)
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
late()
print("done")
