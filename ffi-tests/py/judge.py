"""Reads recorded requests with parsers that are not ours, and compares with what was meant.

Usage: judge.py FOLDER, which holds expected.json and the requests it names. Always uses the standard library; h11,
python-multipart and werkzeug where they are installed.
"""

import base64
import email.parser
import email.policy
import http.server
import importlib.util
import io
import json
import pathlib
import sys
import urllib.parse


class Handler(http.server.BaseHTTPRequestHandler):
    """The parser of http.server without its server."""

    def __init__(self, data):
        self.rfile = io.BytesIO(data)
        self.wfile = io.BytesIO()
        self.client_address = ("test", 0)
        self.raw_requestline = self.rfile.readline()
        self.complaint = None
        if not self.parse_request():
            raise ValueError(f"http.server refuses the request: {self.complaint}")
        self.body = self.rfile.read()

    def send_error(self, code, message=None, explain=None):
        self.complaint = (code, message)


def meant_parts(body):
    """Each part as name, file name, media type, content."""
    parts = [(name, None, None, value.encode()) for name, value in body["multipart"]]
    name, file_name, media_type = body["file"]
    return parts + [(name, file_name, media_type, base64.b64decode(body["content"]))]


def with_email(media_type, data):
    policy = email.policy.HTTP.clone(raise_on_defect=True)
    whole = b"MIME-Version: 1.0\r\nContent-Type: " + media_type.encode() + b"\r\n\r\n" + data
    message = email.parser.BytesParser(policy=policy).parsebytes(whole)
    assert message.is_multipart()
    for part in message.iter_parts():
        disposition = part["Content-Disposition"]
        assert disposition.content_disposition == "form-data"
        media_type = part.get("Content-Type")
        file_name = disposition.params.get("filename")
        if file_name is not None:
            # Raw UTF-8, as browsers send it, comes as surrogates.
            file_name = file_name.encode(errors="surrogateescape").decode()
        yield disposition.params["name"], file_name, media_type, part.get_payload(decode=True)


def with_python_multipart(media_type, data):
    import python_multipart

    _, options = python_multipart.multipart.parse_options_header(media_type)
    parts, field, value = [], bytearray(), bytearray()

    def header_end():
        parts[-1][0][bytes(field).lower()] = bytes(value)
        field.clear()
        value.clear()

    parser = python_multipart.MultipartParser(
        options[b"boundary"],
        {
            "on_part_begin": lambda: parts.append(({}, bytearray())),
            "on_header_field": lambda data, start, end: field.extend(data[start:end]),
            "on_header_value": lambda data, start, end: value.extend(data[start:end]),
            "on_header_end": header_end,
            "on_part_data": lambda data, start, end: parts[-1][1].extend(data[start:end]),
        },
    )
    parser.write(data)
    parser.finalize()
    for headers, content in parts:
        kind, options = python_multipart.multipart.parse_options_header(headers[b"content-disposition"])
        assert kind == b"form-data"
        text = {key: value.decode() for key, value in options.items()}
        media_type = headers.get(b"content-type")
        yield text[b"name"], text.get(b"filename"), media_type and media_type.decode(), bytes(content)


def with_werkzeug(media_type, data):
    from werkzeug.formparser import parse_form_data

    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": media_type,
        "CONTENT_LENGTH": str(len(data)),
        "wsgi.input": io.BytesIO(data),
    }
    _, form, files = parse_form_data(environ, silent=False)
    for name, value in form.items(multi=True):
        yield name, None, None, value.encode()
    for name, file in files.items(multi=True):
        yield name, file.filename, file.content_type, file.read()


def unescape(file_name):
    """What browsers write in place of three characters; some parsers undo it, some leave it."""
    if file_name is None:
        return None
    return file_name.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def judge_body(handler, body, multipart_parsers):
    media_type = handler.headers.get("Content-Type")
    if body is None:
        assert handler.body == b""
        return
    assert int(handler.headers["Content-Length"]) == len(handler.body)
    if "raw" in body:
        assert handler.body == base64.b64decode(body["raw"])
    elif "json" in body:
        assert media_type == "application/json"
        assert json.loads(handler.body) == body["json"]
    elif "form" in body:
        pairs = urllib.parse.parse_qs(handler.body.decode("ascii"), strict_parsing=True, keep_blank_values=True)
        if body["content"] is not None:
            (text,) = pairs.pop("content")
            assert base64.b64decode(text, validate=True) == base64.b64decode(body["content"])
        assert pairs == {name: [value] for name, value in body["form"]}, pairs
    else:
        for parse in multipart_parsers:
            read = [(name, unescape(file), kind, data) for name, file, kind, data in parse(media_type, handler.body)]
            meant = [(name, unescape(file), kind, data) for name, file, kind, data in meant_parts(body)]
            assert read == meant, (parse.__name__, [part[:3] for part in read])


def judge_target(target, expected):
    if expected["query"] is None:
        assert target == expected["path"]
        return
    # An address of its own, so that no more is read into it than is there.
    parts = urllib.parse.urlsplit("http://h" + target)
    assert parts.netloc == "h" and not parts.fragment
    assert urllib.parse.unquote(parts.path, errors="strict") == expected["path"]
    query = urllib.parse.parse_qsl(parts.query, keep_blank_values=True, errors="strict")
    assert query == [tuple(pair) for pair in expected["query"]], query


def judge_head_with_h11(data, expected, handler):
    import h11

    connection = h11.Connection(our_role=h11.SERVER)
    connection.receive_data(data)
    request = connection.next_event()
    assert isinstance(request, h11.Request), request
    assert request.method == expected["method"].encode()
    assert request.target == handler.path.encode()
    body = b""
    while True:
        event = connection.next_event()
        if isinstance(event, h11.EndOfMessage):
            break
        assert isinstance(event, h11.Data), event
        body += event.data
    assert body == handler.body
    assert connection.trailing_data[0] == b""


def main():
    folder = pathlib.Path(sys.argv[1])
    multipart_parsers, judges = [with_email], ["the standard library"]
    for module, parser in [("python_multipart", with_python_multipart), ("werkzeug", with_werkzeug)]:
        if importlib.util.find_spec(module):
            multipart_parsers.append(parser)
            judges.append(module)
    has_h11 = importlib.util.find_spec("h11") is not None
    if has_h11:
        judges.append("h11")
    table = json.loads((folder / "expected.json").read_text())
    for expected in table:
        data = (folder / expected["request"]).read_bytes()
        handler = Handler(data)
        try:
            assert handler.command == expected["method"]
            judge_target(handler.path, expected)
            assert handler.request_version == "HTTP/1.1"
            assert "X-Evil" not in handler.headers
            # http.server reads the fields as those of a message without a body, and so misses the parts of a multipart one.
            misses = ("StartBoundaryNotFoundDefect", "MultipartInvariantViolationDefect")
            defects = [d for d in handler.headers.defects if type(d).__name__ not in misses]
            assert not defects, defects
            for name, value in expected["headers"]:
                assert handler.headers.get_all(name) == [value], name
            judge_body(handler, expected["body"], multipart_parsers)
            if has_h11:
                judge_head_with_h11(data, expected, handler)
        except Exception as error:
            raise SystemExit(f"{expected['request']} ({expected['method']} {expected['path']}): {error!r}") from error
    print(f"{len(table)} requests read as meant by {', '.join(judges)}")


main()
