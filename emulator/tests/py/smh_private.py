"""The store of a private deployment of SMH by boto3: `smh_private.py BASE SECRET`.

Such a store is signed for in the way of S3, version 4. SMH hands out finished header fields; here boto3 makes its own.
"""

import hashlib
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from kit import advance, clock_back, session

BASE, SECRET = sys.argv[1:]
LIBRARY = "smh0emulator0library"
FILES = f"/api/v1/file/{LIBRARY}/-/"
MIB = 1 << 20


def smh(method, path, body=None, **query):
    answer = session.request(method, BASE + path, params=query, json=body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


login = {"library_id": LIBRARY, "library_secret": "4b1e7c52d09f4a86b3a5f0c7e9d21864"}
TOKEN = smh("GET", "/api/v1/token", space_id="-", user_id="u", grant="admin", **login)["accessToken"]


def client(fields, secret=SECRET):
    """A client with the key that signed these fields."""
    key = fields["authorization"].split("Credential=")[1].split("/")[0]
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        proxies={},
        retries={"max_attempts": 1},
        request_checksum_calculation="when_required",
    )
    return boto3.client(
        "s3",
        endpoint_url=BASE,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        region_name="us-east-1",
        config=config,
    )


def fails(code, call, **named):
    try:
        call(**named)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return
    raise AssertionError(f"no {code}")


def at(upload):
    bucket, key = upload["path"][1:].split("/", 1)
    return {"Bucket": bucket, "Key": key}


def confirm(upload):
    return smh("POST", f"{FILES}{upload['confirmKey']}?confirm", {}, access_token=TOKEN)


def whole():
    upload = smh("PUT", FILES + "a.txt", {}, access_token=TOKEN)
    this, fields = at(upload) | {"Body": b"hello"}, upload["headers"]
    put = client(fields).put_object(**this, ContentType="text/plain")
    assert put["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"'
    fails("SignatureDoesNotMatch", client(fields, "0" * 32).put_object, **this)
    advance(BASE, 3601)
    fails("AccessDenied", client(fields).put_object, **this)
    clock_back(BASE)
    assert confirm(upload)["size"] == "5"


def parts():
    content = [b"a" * MIB, b"b"]
    wanted = {"partNumberRange": [1, 2]}
    upload = smh("POST", FILES + "b.bin?multipart", wanted, access_token=TOKEN)
    s3 = client(upload["parts"]["1"]["headers"])
    this = at(upload) | {"UploadId": upload["uploadId"]}
    for number, body in enumerate(content, 1):
        put = s3.upload_part(**this, PartNumber=number, Body=body)
        assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    fails("NoSuchUpload", s3.upload_part, **this | {"UploadId": "none"}, PartNumber=1, Body=b"1")
    assert confirm(upload)["size"] == str(MIB + 1)


whole()
parts()
print("done")
