"""Which account a command line means: by options, the environment and a file with profiles."""

import argparse
import codecs
import collections.abc
import configparser
import datetime
import io
import os
import stat
from typing import Any, Dict, List, Optional, Tuple

from .. import Account
from ..client import _ACCOUNTS, _parts

#: The classes of accounts, and of what calls have for one service alone, by the service.
ACCOUNTS: Dict[str, Any] = {kind._service: kind for kind in _ACCOUNTS}
UPLOADS: Dict[str, Any] = {service: kind for service, (kind, _) in _parts("upload").items()}
DOWNLOADS: Dict[str, Any] = {service: kind for service, (kind, _) in _parts("download").items()}
DELETES: Dict[str, Any] = {
    service: kind for verb in ("delete", "delete_task") for service, (kind, _) in _parts(verb).items()
}

#: What a profile may say besides the fields of its account, for options of the command line that are not given.
SETTINGS = ("service", "proxy", "ca", "timeout", "allow_plain_http")


class UsageError(Exception):
    """The command line, or what it names, is wrong."""


def required(record: Any) -> List[str]:
    """The fields that have no default."""
    return [name for name in record._fields if name not in record._defaults]


def converted(record: Any, values: Dict[str, str], where: str) -> Any:
    """Makes a record of texts, which is of the types of its fields."""
    kinds = {name: record.__annotations__[name] for name in record._fields if name != "secret"}
    made: Dict[str, Any] = {}
    for name, value in values.items():
        if name not in kinds:
            raise UsageError(f"{where} has no {name}; there is {', '.join(sorted(kinds))}")
        made[name] = value_of(name, value, kinds[name])
    missing = [name for name in required(record) if name not in made]
    if missing:
        raise UsageError(f"{where} needs {' and '.join(missing)}")
    return record(**made)


def value_of(name: str, value: str, kind: Any) -> Any:
    """One text as of this type, which may be one of several."""
    if getattr(kind, "__origin__", None) is collections.abc.Sequence:
        return tuple(value.split(","))
    kinds: Tuple[Any, ...] = getattr(kind, "__args__", None) or (kind,)
    if bool in kinds:
        if value.lower() not in ("1", "0", "yes", "no", "true", "false", "on", "off"):
            raise UsageError(f"{name} is yes or no, not {value!r}")
        return value.lower() in ("1", "yes", "true", "on")
    if str in kinds:
        return value
    names: Dict[str, Any] = {}
    for kind in kinds:
        names.update(getattr(kind, "__members__", {}))
    if value.upper() in names:
        return names[value.upper()]
    try:
        if name.endswith("_time"):
            return datetime.datetime.fromisoformat(value)
        return float(value) if float in kinds else int(value)
    except ValueError:
        wanted = f"a number ({', '.join(names).lower()})" if names else "a number"
        if name.endswith("_time"):
            wanted = "a time (2026-07-26T00:00:00+08:00; without the zone it is that of this machine)"
        raise UsageError(f"{name} is {wanted}, not {value!r}") from None


def decoded(data: bytes) -> str:
    """The text of a file: UTF-8, also with the mark that editors on Windows put before it, or UTF-16 with one, as
    PowerShell writes it."""
    return data.decode("utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig")


def configuration_path() -> str:
    """Where the file is if nobody names another."""
    if os.name == "nt":
        folder = os.environ.get("APPDATA") or os.path.expanduser("~")
    else:
        folder = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return os.path.join(folder, "chatfile", "config.ini")


def read_configuration(given: Optional[str]) -> Dict[str, Dict[str, str]]:
    """The sections of the file, which only its owner may read: each is a profile, of the service of its name or that
    it names. The usual file need not be there."""
    path = given or os.environ.get("CHATFILE_CONFIG")
    if path is None:
        path = configuration_path()
        if not os.path.exists(path):
            return {}
    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise UsageError(
                    f"{path} holds secrets, and others may read or change it; run: chmod 600 {path}"
                )
            parser = configparser.ConfigParser(interpolation=None)
            # Lines end as they do in a text file.
            parser.read_file(io.StringIO(decoded(file.read()), newline=None))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the configuration: {error}") from None
    except configparser.Error as error:
        # Its text may quote a line of the file, which may be a secret.
        line = getattr(error, "lineno", None)
        raise UsageError(f"{path} is not a file of sections{f' (line {line})' if line else ''}") from None
    sections = {name: dict(parser[name]) for name in parser.sections()}
    for name, values in sections.items():
        values.setdefault("service", name)
    return sections


def check_service(name: str, section: Dict[str, str]) -> None:
    """A profile that is used is of a service; another need not be."""
    if section["service"] not in ACCOUNTS:
        raise UsageError(f"in the file with the profiles, [{name}] needs service = one of {', '.join(ACCOUNTS)}")


def of_its_name(sections: Dict[str, Dict[str, str]], service: str) -> Dict[str, str]:
    """The section that has the name of a service, unless it is of another."""
    section = sections.get(service, {})
    return section if section.get("service") == service else {}


def environment(service: str) -> Dict[str, str]:
    """The fields of an account that the environment has."""
    found = {}
    for name in ACCOUNTS[service]._fields:
        value = os.environ.get(f"{service}_{name}".upper())
        if value is not None and name != "secret":
            found[name] = value
    return found


def account_of(arguments: argparse.Namespace) -> Tuple[str, Account]:
    """The service and the account that the command line, the environment and the file give. What the profile says of
    connections becomes part of the arguments."""
    sections = read_configuration(arguments.config)
    profile = arguments.profile or os.environ.get("CHATFILE_PROFILE")
    service = arguments.service
    if profile is not None:
        if profile not in sections:
            known = f"; there is {', '.join(sections)}" if sections else ""
            raise UsageError(f"there is no profile {profile}{known}")
        check_service(profile, sections[profile])
        if service not in (None, sections[profile]["service"]):
            raise UsageError(f"the profile {profile} is of {sections[profile]['service']}, not of {service}")
        # It was chosen: the environment is for what it leaves open.
        section = sections[profile]
        service = section["service"]
        values = {**environment(service), **account_fields(section)}
    else:
        if service is None:
            service = only_service(sections)
        section = of_its_name(sections, service)
        values = {**account_fields(section), **environment(service)}
    if not values:
        names = ", ".join(f"{service}_{name}".upper() for name in required(ACCOUNTS[service]))
        raise UsageError(f"there are no credentials of {service}: set {names} and so on, or write them into a file (see --help)")
    for name in ("proxy", "ca"):
        if getattr(arguments, name) is None:
            setattr(arguments, name, section.get(name))
    if arguments.timeout is None and "timeout" in section:
        arguments.timeout = value_of("timeout", section["timeout"], float)
    if "allow_plain_http" in section:
        arguments.allow_plain_http |= value_of("allow_plain_http", section["allow_plain_http"], bool)
    return service, converted(ACCOUNTS[service], values, f"the account of {service}")


def account_fields(section: Dict[str, str]) -> Dict[str, str]:
    """What of a profile is of the account."""
    return {name: value for name, value in section.items() if name not in SETTINGS}


def only_service(sections: Dict[str, Dict[str, str]]) -> str:
    """The one that there are credentials of."""
    given = [name for name in ACCOUNTS if of_its_name(sections, name) or environment(name)]
    if not given:
        for name, section in sections.items():
            check_service(name, section)
    if len(given) != 1:
        why = f"there are credentials of {' and '.join(given)}" if given else "there are no credentials"
        raise UsageError(
            f"{why}: name one of {', '.join(ACCOUNTS)} by --service, or a profile by --profile, "
            "and give its credentials in the environment or a file (see --help)"
        )
    return given[0]


def special(arguments: argparse.Namespace, service: Optional[str], kinds: Dict[str, Any]) -> Dict[str, Any]:
    """What -O says for one service alone."""
    values: Dict[str, str] = {}
    for text in arguments.option or []:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"-O takes NAME=VALUE, not {text!r}")
        values[name] = value
    if service is None or service not in kinds:
        if values:
            raise UsageError(f"{arguments.command} has no options of {service or 'a service'}")
        return {}
    if not values and not required(kinds[service]):
        return {}
    return {service: converted(kinds[service], values, f"{arguments.command} at {service}")}
