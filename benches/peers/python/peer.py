"""The jobs of the benches in Python: peer.py WHO JOB BASE_URL FILE SIZE COUNT BUFFER.

WHO is requests, urllib3, boto3, or chatfile: the binding of the library that CHATFILE_LIBRARY names.
Prints the CPU time of the work in microseconds, and by how many KiB the peak of the memory grew.
"""

import base64
import json
import os
import resource
import sys
from typing import Any, Callable, Dict

WHO, JOB, BASE_URL, FILE, SIZE, COUNT = sys.argv[1:7]
SIZE_NUMBER = int(SIZE)
CA_FILE = os.path.join(os.path.dirname(FILE), "ca.pem")
CHUNK = 128 * 1024
PART = 8 * 1024 * 1024

EASEMOB = {"Authorization": "Bearer YWMtF9QoiLBfEeaLW7Ez4VzH3g"}
NETEASE = {
    "Accept": "application/json",
    "AppKey": "0123456789abcdef0123456789abcdef",
    "Nonce": "4tgggergigwow323t23t",
    "CurTime": "1443592222",
    "CheckSum": "9e9db3b6c9abb2e1962cf3e6f7316fcc55583f86",
}
JSON_HEADERS = {"x-app-key": "0123456789", "Authorization": "Bearer 0123456789abcdef", "ccmessaging-token": "fedcba9876543210"}
SMH = "api/v1/file/smh0123456789/-/"
TOKEN = "access_token=acctk0123456789"


def peak_kib() -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def read_file() -> bytes:
    with open(FILE, "rb") as file:
        return file.read()


def text_file() -> str:
    return base64.b64encode(read_file()).decode()


def demand(is_right: bool, what: str) -> None:
    if not is_right:
        raise SystemExit(f"{WHO}: {JOB}: {what}")


def keep(data: bytes) -> None:
    """What was downloaded to memory, for the bench to compare."""
    demand(len(data) == SIZE_NUMBER, "wrong size")
    if JOB == "memory-download" and COUNT == "1":
        with open(FILE, "wb") as file:
            file.write(data)


def with_requests() -> Dict[str, Callable[[], None]]:
    import requests

    session = requests.Session()
    session.trust_env = False
    if JOB.startswith("tls-"):
        session.verify = CA_FILE

    def send(method: str, path: str, proof: str, **more: Any) -> Any:
        answer = session.request(method, f"{BASE_URL}/{path}", **more)
        demand(answer.status_code in (200, 201) and proof in answer.text, answer.text)
        return answer

    def upload() -> None:
        with open(FILE, "rb") as file:
            part = ("source.bin", file, "application/octet-stream")
            send("POST", "org/app/chatfiles", '"chatfile"', headers=EASEMOB, files={"file": part})

    def form() -> None:
        fields = {"type": "application/octet-stream", "ishttps": "true", "content": text_file()}
        send("POST", "msg/upload.action", '"code":200', headers=NETEASE, data=fields)

    def in_json() -> None:
        body = {"fileType": "jpg", "channel": "WEB", "fileStream": text_file()}
        send("POST", "apiaccess/ccmessaging/uploadFileStream", "objectKey", headers=JSON_HEADERS, json=body)

    def smh() -> None:
        send("PUT", f"{SMH}source.bin?{TOKEN}", "confirmKey", json={})
        with open(FILE, "rb") as file:
            send("PUT", "store/source.bin", "", data=file, headers={"x-cos-acl": "private"})
        send("POST", f"{SMH}0123456789?confirm&{TOKEN}", '"path"', json={})

    def get() -> Any:
        return session.get(f"{BASE_URL}/org/app/chatfiles/{SIZE}", headers=EASEMOB, stream=True)

    def download() -> None:
        if os.path.exists(FILE):
            os.remove(FILE)
        with get() as answer, open(FILE, "wb") as file:
            for chunk in answer.iter_content(CHUNK):
                file.write(chunk)
        demand(os.path.getsize(FILE) == SIZE_NUMBER, "wrong size")

    return {
        "easemob-upload": upload,
        "netease-form": form,
        "json-upload": in_json,
        "smh-simple": smh,
        "download": download,
        "memory-download": lambda: keep(get().content),
        "tls-upload": upload,
        "tls-download": download,
    }


def with_urllib3() -> Dict[str, Callable[[], None]]:
    import urllib3

    pool = urllib3.PoolManager(ca_certs=CA_FILE) if JOB.startswith("tls-") else urllib3.PoolManager()

    def send(method: str, path: str, proof: str, **more: Any) -> None:
        answer = pool.request(method, f"{BASE_URL}/{path}", **more)
        demand(answer.status in (200, 201) and proof.encode() in answer.data, answer.data.decode())

    def upload() -> None:
        part = ("source.bin", read_file(), "application/octet-stream")
        send("POST", "org/app/chatfiles", '"chatfile"', headers=EASEMOB, fields={"file": part})

    def form() -> None:
        fields = {"type": "application/octet-stream", "ishttps": "true", "content": text_file()}
        send("POST", "msg/upload.action", '"code":200', headers=NETEASE, fields=fields, encode_multipart=False)

    def in_json() -> None:
        body = json.dumps({"fileType": "jpg", "channel": "WEB", "fileStream": text_file()})
        headers = {**JSON_HEADERS, "Content-Type": "application/json"}
        send("POST", "apiaccess/ccmessaging/uploadFileStream", "objectKey", headers=headers, body=body)

    def smh() -> None:
        headers = {"Content-Type": "application/json"}
        send("PUT", f"{SMH}source.bin?{TOKEN}", "confirmKey", headers=headers, body="{}")
        with open(FILE, "rb") as file:
            length = {"x-cos-acl": "private", "Content-Length": SIZE}
            send("PUT", "store/source.bin", "", body=file, headers=length)
        send("POST", f"{SMH}0123456789?confirm&{TOKEN}", '"path"', headers=headers, body="{}")

    def get() -> Any:
        return pool.request("GET", f"{BASE_URL}/org/app/chatfiles/{SIZE}", headers=EASEMOB, preload_content=False)

    def download() -> None:
        if os.path.exists(FILE):
            os.remove(FILE)
        buffer = memoryview(bytearray(CHUNK))
        answer = get()
        with open(FILE, "wb", buffering=0) as file:
            while True:
                got = answer.readinto(buffer)
                if not got:
                    break
                file.write(buffer[:got])
        answer.release_conn()
        demand(os.path.getsize(FILE) == SIZE_NUMBER, "wrong size")

    def memory() -> None:
        answer = get()
        keep(answer.read())
        answer.release_conn()

    return {
        "easemob-upload": upload,
        "netease-form": form,
        "json-upload": in_json,
        "smh-simple": smh,
        "download": download,
        "memory-download": memory,
        "tls-upload": upload,
        "tls-download": download,
    }


def with_boto3() -> Dict[str, Callable[[], None]]:
    import boto3
    from boto3.s3.transfer import TransferConfig
    from botocore.config import Config

    config = Config(
        s3={"addressing_style": "path", "payload_signing_enabled": False},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    client = boto3.client(
        "s3",
        endpoint_url=BASE_URL,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=config,
    )
    transfer = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=4)
    return {"smh-parts": lambda: client.upload_file(FILE, "s3", "source.bin", Config=transfer)}


def with_chatfile() -> Dict[str, Callable[[], None]]:
    import chatfile

    options = chatfile.ClientOptions(calls_per_second=1_000_000)
    if JOB.startswith("tls-"):
        options.ca_certificates_path = CA_FILE
    unlimited = 2**64 - 1
    account: Any
    more: Dict[str, Any] = {}
    if JOB == "netease-form":
        account = chatfile.Netease(
            app_key=NETEASE["AppKey"], app_secret="0123456789ab", base_url=BASE_URL, max_upload_size=unlimited
        )
        more["netease"] = chatfile.NeteaseUpload(method=chatfile.NeteaseMethod.BASE64)
    else:
        account = chatfile.Easemob(
            app_key="org#app", token="YWMtF9QoiLBfEeaLW7Ez4VzH3g", base_url=BASE_URL, max_upload_size=unlimited
        )
    client = chatfile.Client(account, options)

    def upload() -> None:
        demand(client.upload(FILE, **more).size == SIZE_NUMBER, "wrong size")

    def download() -> None:
        if os.path.exists(FILE):
            os.remove(FILE)
        demand(client.download(SIZE, FILE).size == SIZE_NUMBER, "wrong size")

    return {
        "easemob-upload": upload,
        "netease-form": upload,
        "download": download,
        "memory-download": lambda: keep(client.download(SIZE).data or b""),
        "tls-upload": upload,
        "tls-download": download,
    }


def main() -> None:
    peak = peak_kib()
    jobs = {"requests": with_requests, "urllib3": with_urllib3, "boto3": with_boto3, "chatfile": with_chatfile}[WHO]()
    job = jobs[JOB]
    begun = cpu()
    for _ in range(int(COUNT)):
        job()
    print(round((cpu() - begun) * 1e6), peak_kib() - peak)


main()
