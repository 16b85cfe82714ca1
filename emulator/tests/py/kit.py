"""What the scripts share: the emulator's clock, forms, and errors of S3-like stores."""

import re

import requests

session = requests.Session()
session.trust_env = False


def advance(base, seconds):
    """Moves the emulator's clock, and leaves the clients' where it is."""
    session.post(base + "/_emulator/clock", json={"advance_seconds": seconds}).raise_for_status()


def clock_back(base):
    session.delete(base + "/_emulator/clock").raise_for_status()


def post(form_url, fields, size, after=None):
    """Sends a form with a file of that size, and further fields after it."""
    parts = [(name, (None, value)) for name, value in fields.items()]
    parts.append(("file", ("f.png", b"x" * size, "image/png")))
    parts += [(name, (None, value)) for name, value in (after or {}).items()]
    return session.post(form_url, files=parts)


def refused(answer, status, code, words=""):
    """An answer must be this error in XML."""
    found = re.search("<Code>(.*?)</Code>.*?<Message>(.*?)</Message>", answer.text, re.S)
    assert answer.status_code == status and found, (answer.status_code, answer.text)
    assert found[1] == code and words in found[2], found.groups()
