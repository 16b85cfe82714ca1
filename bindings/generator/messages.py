"""What to tell the person at the screen: bindings/messages/source.json becomes a table for each language, which a program
loads (share/chatfile/messages.en.json), and the tables on docs/messages.md and its twin.

The first row that fits an error counts, so rows with a condition stand before that without one.
"""

import json
from typing import Any, Dict, List

from .header import ROOT, Header, HeaderError

SOURCE = ROOT / "bindings" / "messages" / "source.json"
LANGUAGES = ("en", "zh")
PAGES = {"en": "docs/messages.md", "zh": "docs/messages.zh-CN.md"}
BEGIN = "<!-- messages (cargo xtask bindings makes this table) -->\n"
END = "<!-- end of the messages -->"


def outputs(header: Header) -> Dict[str, str]:
    """The tables, and the pages."""
    source: Dict[str, Any] = json.loads(SOURCE.read_text(encoding="utf-8"))
    statuses = {one.name: one.value for one in header.enums["status"].members if one.value}
    faults = {one.name: one.value for one in header.enums["tls_fault"].members}
    check(source, statuses, faults)
    made = {}
    for language in LANGUAGES:
        text = table(source, language, statuses, faults)
        made[f"bindings/messages/messages.{language}.json"] = text
        made[f"bindings/python/src/chatfile/messages.{language}.json"] = text
        page = (ROOT / PAGES[language]).read_text(encoding="utf-8")
        before, rest = page.split(BEGIN)
        _, after = rest.split(END)
        made[PAGES[language]] = before + BEGIN + rows(source, language) + END + after
    return made


def check(source: Dict[str, Any], statuses: Dict[str, int], faults: Dict[str, int]) -> None:
    """Every status has its row, and last the one that always fits; nothing unknown is named, and no text is missing."""

    def wrong(what: str) -> HeaderError:
        return HeaderError(f"bindings/messages/source.json: {what}")

    ended: List[str] = []
    for row in source["messages"]:
        name = f"CHATFILE_E_{row['status']}"
        when = row.get("when", {})
        if name not in statuses:
            raise wrong(f"there is no {name}")
        if name in ended:
            raise wrong(f"a row of {name} stands behind the one that always fits")
        if "tls_fault" in when and f"CHATFILE_TLS_{when['tls_fault']}" not in faults:
            raise wrong(f"there is no CHATFILE_TLS_{when['tls_fault']}")
        if "os_error" in when and when["os_error"] not in source["os_errors"]:
            raise wrong(f"there is no os_error {when['os_error']}")
        if "field" in when and when["field"] not in source["fields"]:
            raise wrong(f"there is no field {when['field']}")
        if row["offer"] not in source["offers"]:
            raise wrong(f"{name}: there is no offer {row['offer']}")
        if not when:
            ended.append(name)
    missing = [name for name in statuses if name not in ended]
    if missing:
        raise wrong(f"there is no message for {', '.join(missing)}")
    bands = {str(value // 100) for value in statuses.values()}
    if bands != set(source["bands"]):
        raise wrong(f"the bands are {', '.join(sorted(bands))}")
    for text in [*source["messages"], *source["bands"].values(), *source["offers"].values()]:
        if any(not text.get(language) for language in LANGUAGES):
            raise wrong(f"a language is missing: {text}")


def table(source: Dict[str, Any], language: str, statuses: Dict[str, int], faults: Dict[str, int]) -> str:
    """What a program loads."""
    messages = []
    for row in source["messages"]:
        name, when = f"CHATFILE_E_{row['status']}", row.get("when", {})
        entry: Dict[str, Any] = {"status": statuses[name], "name": name}
        if "tls_fault" in when:
            entry["tls_fault"] = faults[f"CHATFILE_TLS_{when['tls_fault']}"]
        if "at_proxy" in when:
            entry["at_proxy"] = when["at_proxy"]
        if "os_error" in when:
            entry["os_error"] = source["os_errors"][when["os_error"]]
        if "field" in when:
            entry["field"] = source["fields"][when["field"]]
        messages.append({**entry, "show": row[language], "offer": row["offer"]})
    offers = {name: text[language] for name, text in source["offers"].items()}
    bands = {band: {"show": row[language], "offer": row["offer"]} for band, row in source["bands"].items()}

    def lines(values: List[str]) -> str:
        return ",\n".join(f"    {value}" for value in values)

    def said(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    return (
        f'{{\n  "language": {said(language)},\n'
        f'  "offers": {{\n{lines([f"{said(name)}: {said(text)}" for name, text in offers.items()])}\n  }},\n'
        f'  "messages": [\n{lines([said(one) for one in messages])}\n  ],\n'
        f'  "bands": {{\n{lines([f"{said(band)}: {said(row)}" for band, row in bands.items()])}\n  }}\n}}\n'
    )


#: The head of the table, and what stands for a condition.
HEADS = {
    "en": ("| status | if | show | offer |", {"tls_fault": "TLS: `{}`", "at_proxy": "at the proxy", "os_error": "system: {}", "field": "field: {}"}),
    "zh": ("| 状态 | 条件 | 显示 | 提供 |", {"tls_fault": "TLS：`{}`", "at_proxy": "发生在代理处", "os_error": "系统错误：{}", "field": "字段：{}"}),
}
KINDS = {
    "en": {"missing": "not there", "denied": "denied", "in_use": "in use", "full": "disk full", "name": "name"},
    "zh": {"missing": "不存在", "denied": "无权限", "in_use": "被占用", "full": "磁盘已满", "name": "名称"},
}


def rows(source: Dict[str, Any], language: str) -> str:
    """The table of a page."""
    head, words = HEADS[language]
    fields = {group: ", ".join(f"`{name}`" for name in names) for group, names in source["fields"].items()}
    known = {"os_error": KINDS[language], "field": fields}
    lines = [head, "| --- | --- | --- | --- |"]
    last = ""
    for row in source["messages"]:
        name = f"`CHATFILE_E_{row['status']}`"
        when = ", ".join(words[key].format(known.get(key, {}).get(value, value)) for key, value in row.get("when", {}).items())
        offer = source["offers"][row["offer"]][language]
        lines.append(f"| {name if name != last else ''} | {when} | {row[language]} | {offer} |")
        last = name
    return "\n".join(lines) + "\n"
