"""OpenIM's object store by MinIO's own client: `minio_client.py BASE FOLDER`. OpenIM's server uses its sister for Go."""

import datetime
import hashlib
import pathlib
import sys

from kit import advance, clock_back, post, refused, session
from minio import Minio, S3Error
from minio.datatypes import PostPolicy

BASE, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
BUCKET = "openim"
MIB = 1 << 20
# What is signed holds so long.
HOLDS = datetime.timedelta(minutes=10)


def client(secret="openIM123"):
    host = BASE.split("//")[1]
    return Minio(endpoint=host, access_key="root", secret_key=secret, secure=False, region="us-east-1")


store = client()


def fails(code, call, **named):
    try:
        call(**named)
    except S3Error as error:
        assert error.code == code, error
        return
    raise AssertionError(f"no {code}")


def files():
    large = bytes(range(251)) * (11 * MIB // 251)
    (FOLDER / "large").write_bytes(large)
    key = "dir/文 large"
    this = {"bucket_name": BUCKET, "object_name": key}
    store.fput_object(**this, file_path=str(FOLDER / "large"), part_size=5 * MIB, content_type="a/b")
    stat = store.stat_object(**this)
    assert (stat.size, stat.content_type) == (len(large), "a/b") and stat.etag.endswith("-3"), stat
    store.fget_object(**this, file_path=str(FOLDER / "back"))
    assert (FOLDER / "back").read_bytes() == large
    got = store.get_object(**this, offset=5 * MIB - 1, length=3)
    assert got.read() == large[5 * MIB - 1 : 5 * MIB + 2]
    fails("NoSuchKey", store.get_object, bucket_name=BUCKET, object_name="none")
    fails("SignatureDoesNotMatch", client("wrong").get_object, **this)


def presigned():
    this = {"bucket_name": BUCKET, "object_name": "p"}
    put = store.presigned_put_object(**this, expires=HOLDS)
    assert session.put(put, data=b"presigned").status_code == 200
    labels = {"response-content-type": "x/y", "response-content-disposition": "attachment; filename*=UTF-8''%E6%96%87"}
    get = store.presigned_get_object(**this, expires=HOLDS, response_headers=labels)
    answer = session.get(get)
    assert (answer.content, answer.headers["content-type"]) == (b"presigned", "x/y")
    assert answer.headers["content-disposition"] == labels["response-content-disposition"]
    advance(BASE, 602)
    refused(session.get(get), 403, "AccessDenied", "Request has expired")
    clock_back(BASE)


def forms():
    policy = PostPolicy(BUCKET, datetime.datetime.now(datetime.timezone.utc) + HOLDS)
    policy.add_equals_condition("key", "form.png")
    policy.add_starts_with_condition("Content-Type", "image/")
    policy.add_content_length_range_condition(0, 20)
    fields = store.presigned_post_policy(policy) | {"key": "form.png", "Content-Type": "image/png"}
    url = f"{BASE}/{BUCKET}"
    answer = post(url, fields, 20)
    assert answer.status_code == 204 and answer.headers["etag"] == f'"{hashlib.md5(b"x" * 20).hexdigest()}"'
    refused(post(url, fields, 21), 400, "EntityTooLarge")
    refused(post(url, fields | {"Content-Type": "text/html"}, 20), 403, "AccessDenied")
    advance(BASE, 602)
    refused(post(url, fields, 20), 403, "AccessDenied", "Policy expired")
    clock_back(BASE)


files()
presigned()
forms()
print("done")
