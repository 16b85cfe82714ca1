"""OpenIM's object store by boto3, Amazon's own client of S3: `boto.py BASE`."""

import base64
import hashlib
import hmac
import io
import json
import sys

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from kit import advance, clock_back, post, refused, session

BASE = sys.argv[1]
BUCKET = "openim"
MIB = 1 << 20
# Seconds that a signature holds; a minute less and a minute more, however busy the machine is.
HOLDS, BEFORE, LATER = 600, 540, 120


def client(key="root", secret="openIM123", region="us-east-1"):
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        proxies={},
        retries={"max_attempts": 1},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.client(
        "s3",
        endpoint_url=BASE,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        region_name=region,
        config=config,
    )


def fails(code, call, *args, **named):
    try:
        call(*args, **named)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error
    raise AssertionError(f"no {code}")


s3 = client()


def objects():
    key = "a b/文+1~(x).txt"
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"hello boto", ContentType="text/plain")
    got = s3.get_object(Bucket=BUCKET, Key=key, Range="bytes=2-4")
    assert (got["Body"].read(), got["ContentType"]) == (b"llo", "text/plain")
    head = s3.head_object(Bucket=BUCKET, Key=key)
    assert head["ContentLength"] == 10 and head["ETag"] == f'"{hashlib.md5(b"hello boto").hexdigest()}"'
    fails("InvalidRange", s3.get_object, Bucket=BUCKET, Key=key, Range="bytes=10-")
    fails("NoSuchKey", s3.get_object, Bucket=BUCKET, Key="none")
    other = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    fails("BadDigest", s3.put_object, Bucket=BUCKET, Key=key, Body=b"hello", ContentMD5=other)
    # Signed by the bucket's own address, which has no slash at its end.
    fails("BucketAlreadyOwnedByYou", s3.create_bucket, Bucket=BUCKET)


def strangers():
    put = {"Bucket": BUCKET, "Key": "k", "Body": b"1"}
    fails("SignatureDoesNotMatch", client(secret="wrong").put_object, **put)
    fails("InvalidAccessKeyId", client(key="nobody").put_object, **put)
    # As MinIO without a region of its own: any will do.
    client(region="eu-west-1").put_object(**put)
    refused(session.put(f"{BASE}/{BUCKET}/k", data=b"1"), 403, "AccessDenied")


def presigned():
    def sign(what, seconds=HOLDS, **more):
        return s3.generate_presigned_url(what, {"Bucket": BUCKET, "Key": "p q", **more}, seconds)

    put = sign("put_object")
    answer = session.put(put, data=b"presigned")
    assert answer.status_code == 200, answer.text
    refused(session.put(put.replace("p%20q", "other"), data=b"1"), 403, "SignatureDoesNotMatch")
    labels = {"ResponseContentType": "x/y", "ResponseContentDisposition": 'attachment; filename="q w"'}
    get = sign("get_object", **labels)
    answer = session.get(get)
    assert (answer.content, answer.headers["content-type"]) == (b"presigned", "x/y")
    assert answer.headers["content-disposition"] == 'attachment; filename="q w"'
    refused(session.get(get.replace("x%2Fy", "x%2Fz")), 403, "SignatureDoesNotMatch")
    refused(session.delete(get), 403, "SignatureDoesNotMatch")
    refused(session.get(sign("get_object", 604801)), 400, "AuthorizationQueryParametersError")
    advance(BASE, BEFORE)
    assert session.get(get).status_code == 200
    advance(BASE, LATER)
    refused(session.get(get), 403, "AccessDenied", "Request has expired")
    refused(session.put(put, data=b"1"), 403, "AccessDenied", "Request has expired")
    clock_back(BASE)
    # Fields of the header hold for 15 minutes, either way.
    for seconds in (16 * 60, -16 * 60):
        advance(BASE, seconds)
        fails("RequestTimeTooSkewed", s3.put_object, Bucket=BUCKET, Key="k", Body=b"1")
        clock_back(BASE)


def parts():
    begun = s3.create_multipart_upload(Bucket=BUCKET, Key="m", ContentType="video/mp4")
    this = {"Bucket": BUCKET, "Key": "m", "UploadId": begun["UploadId"]}
    content = [b"a" * (5 * MIB), b"b" * (5 * MIB - 1), b"c"]
    digests = [hashlib.md5(part) for part in content]

    def complete(*numbers):
        listed = [{"PartNumber": n, "ETag": etags[n]} for n in numbers]
        return s3.complete_multipart_upload(**this, MultipartUpload={"Parts": listed})

    etags = {}
    for number in (3, 1, 2):
        body = content[number - 1]
        etags[number] = s3.upload_part(**this, PartNumber=number, Body=body)["ETag"]
        assert etags[number] == f'"{digests[number - 1].hexdigest()}"'
    fails("InvalidArgument", s3.upload_part, **this, PartNumber=10001, Body=b"1")
    fails("NoSuchUpload", s3.upload_part, **this | {"UploadId": "none"}, PartNumber=1, Body=b"1")
    fails("EntityTooSmall", complete, 1, 2, 3)
    fails("InvalidPartOrder", complete, 3, 1)
    etags[4] = etags[1]
    fails("InvalidPart", complete, 1, 4)
    etags[2] = etags[1]
    fails("InvalidPart", complete, 1, 2)
    # A part may be left out.
    whole = hashlib.md5(digests[0].digest() + digests[2].digest()).hexdigest()
    assert complete(1, 3)["ETag"] == f'"{whole}-2"'
    got = s3.get_object(Bucket=BUCKET, Key="m")
    assert got["Body"].read() == content[0] + content[2] and got["ContentType"] == "video/mp4"
    fails("NoSuchUpload", complete, 1, 3)
    begun = s3.create_multipart_upload(Bucket=BUCKET, Key="gone")
    this = {"Bucket": BUCKET, "Key": "gone", "UploadId": begun["UploadId"]}
    s3.upload_part(**this, PartNumber=1, Body=b"1")
    s3.abort_multipart_upload(**this)
    fails("NoSuchUpload", s3.upload_part, **this, PartNumber=1, Body=b"1")
    fails("NoSuchKey", s3.get_object, Bucket=BUCKET, Key="gone")
    # The client's own plan of parts, several at a time.
    large = bytes(range(256)) * 4096 * 13
    plan = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    s3.upload_fileobj(io.BytesIO(large), BUCKET, "large", Config=plan)
    back = io.BytesIO()
    s3.download_fileobj(BUCKET, "large", back, Config=plan)
    assert back.getvalue() == large and s3.head_object(Bucket=BUCKET, Key="large")["ETag"].endswith('-3"')


def forms():
    def form(status="200", key="form/${filename}"):
        return s3.generate_presigned_post(
            BUCKET,
            key,
            Fields={"success_action_status": status, "Content-Type": "image/png"},
            Conditions=[
                {"success_action_status": status},
                ["starts-with", "$Content-Type", "image/"],
                ["content-length-range", 2, "20"],
            ],
            ExpiresIn=HOLDS,
        )

    def send(size, status="200", after=None, **changed):
        made = form(status)
        fields = made["fields"] | {name.replace("_", "-"): value for name, value in changed.items()}
        return post(made["url"], fields, size, after)

    answer = send(20)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["etag"] == f'"{hashlib.md5(b"x" * 20).hexdigest()}"'
    assert answer.headers["location"] == f"{BASE}/{BUCKET}/form/f.png"
    assert send(2, "other").status_code == 204
    created = send(10, "201")
    assert created.status_code == 201 and "<Key>form/f.png</Key>" in created.text
    got = s3.get_object(Bucket=BUCKET, Key="form/f.png")
    assert (got["Body"].read(), got["ContentType"]) == (b"x" * 10, "image/png")
    assert send(10, after={"late": "1"}).status_code == 200
    assert send(10, Content_Type="image/gif").status_code == 200
    refused(send(21), 400, "EntityTooLarge")
    refused(send(1), 400, "EntityTooSmall")
    refused(send(10, more="1"), 403, "AccessDenied", "must appear in the list of policy conditions")
    refused(send(10, Content_Type="text/html"), 403, "AccessDenied", "Policy Condition failed")
    refused(send(10, key="elsewhere"), 403, "AccessDenied", "Policy Condition failed")
    refused(send(10, x_amz_signature="0" * 64), 403, "SignatureDoesNotMatch")
    other = form(key="other")["fields"]["policy"]
    refused(send(10, policy=other), 403, "SignatureDoesNotMatch")
    made = form()
    # The policy's own life counts, not the date of the signature.
    advance(BASE, BEFORE)
    assert post(made["url"], made["fields"], 10).status_code == 200
    advance(BASE, LATER)
    refused(post(made["url"], made["fields"], 10), 403, "AccessDenied", "Policy expired")
    clock_back(BASE)


def uploads_of_openim():
    """Parts of an upload that OpenIM began, under signatures that it did not make."""

    def call(path, token=None, **body):
        fields = {"operationID": "1"} | ({"token": token} if token else {})
        answer = session.post(BASE + path, json=body, headers=fields).json()
        assert answer["errCode"] == 0, answer
        return answer["data"]

    token = call("/auth/get_admin_token", secret="openIM123", userID="imAdmin")["token"]
    content = [b"1" * (5 * MIB), b"2"]
    digests = [hashlib.md5(part).hexdigest() for part in content]
    begun = call(
        "/object/initiate_multipart_upload",
        token,
        hash=hashlib.md5(",".join(digests).encode()).hexdigest(),
        size=5 * MIB + 1,
        name="video.mp4",
        contentType="video/mp4",
    )
    ticket = json.loads(base64.b64decode(begun["upload"]["uploadID"]))
    this = {"Bucket": BUCKET, "Key": ticket["c"], "UploadId": ticket["b"]}
    for number, part in enumerate(content, 1):
        s3.upload_part(**this, PartNumber=number, Body=part)
    done = {"uploadID": begun["upload"]["uploadID"], "parts": digests, "name": "video.mp4"}
    done = call("/object/complete_multipart_upload", token, **done, contentType="video/mp4")
    answer = session.get(done["url"])
    assert answer.content == b"".join(content) and answer.headers["content-type"] == "video/mp4"


def listings():
    """Listing, tags, and deleting many, as recorded from MinIO."""
    keys = ["l/a b.txt", "l/d/1", "l/d/2", "l/x&y", "l/z"]
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix="l/")
    assert [one["Key"] for one in found["Contents"]] == keys, found
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="l/", PaginationConfig={"PageSize": 2})
    assert [one["Key"] for page in pages for one in page["Contents"]] == keys
    pages = s3.get_paginator("list_objects").paginate(Bucket=BUCKET, Prefix="l/", PaginationConfig={"PageSize": 2})
    assert [one["Key"] for page in pages for one in page["Contents"]] == keys
    folders = s3.list_objects_v2(Bucket=BUCKET, Prefix="l/", Delimiter="/", MaxKeys=2)
    assert folders["IsTruncated"] and folders["CommonPrefixes"] == [{"Prefix": "l/d/"}], folders
    tags = {"TagSet": [{"Key": "one", "Value": "1 x"}, {"Key": "two", "Value": ""}]}
    s3.put_object_tagging(Bucket=BUCKET, Key="l/z", Tagging=tags)
    assert s3.get_object_tagging(Bucket=BUCKET, Key="l/z")["TagSet"] == tags["TagSet"]
    assert s3.get_object(Bucket=BUCKET, Key="l/z")["Body"].read() == b"x"
    s3.delete_object_tagging(Bucket=BUCKET, Key="l/z")
    assert s3.get_object_tagging(Bucket=BUCKET, Key="l/z")["TagSet"] == []
    gone = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in [*keys, "l/none"]]})
    assert len(gone["Deleted"]) == 6, gone
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="l/")["KeyCount"] == 0


def chunks():
    """A body in signed chunks, as MinIO's client for Go sends it."""

    class Streaming(S3SigV4Auth):
        def payload(self, request):
            return "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"

    def sign(key, text):
        return hmac.new(key, text.encode(), "sha256").digest()

    def put(key, damage=lambda body: body):
        pieces = [b"a" * 70000, b"bc", b""]
        fields = {"X-Amz-Decoded-Content-Length": "70002", "Content-Encoding": "aws-chunked"}
        request = AWSRequest("PUT", f"{BASE}/{BUCKET}/{key}", fields)
        Streaming(Credentials("root", "openIM123"), "s3", "us-east-1").add_auth(request)
        previous = request.headers["Authorization"].rpartition("Signature=")[2]
        date = request.headers["X-Amz-Date"]
        scope = f"{date[:8]}/us-east-1/s3/aws4_request"
        secret = b"AWS4openIM123"
        for step in scope.split("/"):
            secret = sign(secret, step)
        body = b""
        for piece in pieces:
            digests = [hashlib.sha256(b"").hexdigest(), hashlib.sha256(piece).hexdigest()]
            text = ["AWS4-HMAC-SHA256-PAYLOAD", date, scope, previous, *digests]
            previous = sign(secret, "\n".join(text)).hex()
            body += b"%x;chunk-signature=%s\r\n%s\r\n" % (len(piece), previous.encode(), piece)
        return session.put(request.url, data=damage(body), headers=dict(request.headers))

    assert put("chunks").status_code == 200
    got = s3.get_object(Bucket=BUCKET, Key="chunks")
    assert got["Body"].read() == b"a" * 70000 + b"bc" and "ContentEncoding" not in got
    refused(put("other", lambda body: body.replace(b"bc", b"bd")), 403, "SignatureDoesNotMatch")
    refused(put("less", lambda body: body[:70100]), 400, "IncompleteBody")


objects()
listings()
chunks()
strangers()
presigned()
parts()
forms()
uploads_of_openim()
print("done")
