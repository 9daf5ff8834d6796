"""The problems that are answered: one table of codes, which the docs and `/problems/{code}` are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from parkgraph.graph.errors import ParkGraphError


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A code with the HTTP status that it mostly has, a title in both languages, and what it means."""

    code: str
    status: int
    title: str
    title_zh: str
    meaning: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "type": type_of(self.code),
            "code": self.code,
            "status": self.status,
            "title": {"en": self.title, "zh": self.title_zh},
            "meaning": self.meaning,
        }


_TITLES_ZH = {
    "bad-request": "请求无法理解",
    "unknown-name": "名称未知",
    "mixed-amounts": "金额不可直接相加",
    "refused-cypher": "查询被拒绝",
    "not-found": "没有找到",
    "ambiguous": "名称有歧义",
    "refused": "数据被拒绝",
    "model": "模型文件不可用",
    "store": "存储出错",
    "store-missing": "存储不存在",
    "store-locked": "存储正被写入",
    "store-corrupt": "存储已损坏",
    "store-unreachable": "存储无法连接",
    "read-only": "只读",
    "conflict": "写入冲突",
    "timed-out": "超时",
    "too-large": "太大",
    "keys-unreadable": "密钥文件无法读取",
    "error": "出错",
}
OF_THE_SERVER: tuple[ProblemKind, ...] = (
    ProblemKind(
        "bad-host",
        400,
        "bad host",
        "主机名不对",
        "The server was called by a name that it does not answer to.",
    ),
    ProblemKind(
        "unauthorized", 401, "unauthorized", "需要密钥", "No key was sent, or one that is not known."
    ),
    ProblemKind(
        "forbidden",
        403,
        "forbidden",
        "权限不足",
        "The key's role does not allow this; the sentence names the role that does.",
    ),
    ProblemKind("bad-origin", 403, "bad origin", "来源不对", "A page of another site tried to write."),
    ProblemKind(
        "method-not-allowed",
        405,
        "method not allowed",
        "方法不支持",
        "The address takes another method; `Allow` names it.",
    ),
    ProblemKind(
        "length-required",
        411,
        "length required",
        "需要长度",
        "A body must say in `Content-Length` how large it is.",
    ),
    ProblemKind("uri-too-long", 414, "uri too long", "地址过长", "The address is longer than is taken."),
    ProblemKind(
        "too-many-requests",
        429,
        "too many requests",
        "请求过多",
        "More was asked than the rate allows; `Retry-After` says when to ask again.",
    ),
    ProblemKind(
        "http", 400, "http", "HTTP 错误", "The request breaks HTTP in another way; `status` says which."
    ),
    ProblemKind(
        "internal", 500, "internal", "内部错误", "Something went wrong on the server; it has been logged."
    ),
    ProblemKind(
        "stopping",
        503,
        "stopping",
        "服务器正在停止",
        "The server was told to stop while this was still being computed; ask again when it is back.",
    ),
)
"""What only a server answers; the other codes are those of the errors of the graph and of loading."""


def _errors(of: type[ParkGraphError]) -> Iterator[type[ParkGraphError]]:
    """An error and those below it."""
    yield of
    for inner in of.__subclasses__():
        yield from _errors(inner)


@cache
def problem_kinds() -> Mapping[str, ProblemKind]:
    """Every problem by its code, those of the graph first."""
    found = {
        error.code: ProblemKind(
            error.code,
            error.http_status,
            error.code.replace("-", " "),
            _TITLES_ZH.get(error.code, error.code),
            " ".join((error.__doc__ or "").split()),
        )
        for error in reversed(list(_errors(ParkGraphError)))
    }
    return dict(sorted(found.items(), key=lambda item: (item[1].status, item[0]))) | {
        kind.code: kind for kind in OF_THE_SERVER
    }


def type_of(code: str) -> str:
    """The `type` of a problem: a reference that the server answers (RFC 9457, section 3.1.1)."""
    return f"/problems/{code}"


def problem_body(status: int, code: str, detail: str, *, lang: str = "en", **more: Any) -> dict[str, Any]:
    """A problem as RFC 9457 has it, with `code` and what else is told."""
    kind = problem_kinds().get(code)
    title = code.replace("-", " ") if kind is None else kind.title_zh if lang == "zh" else kind.title
    body = {"type": type_of(code), "title": title, "status": status, "code": code, "detail": detail}
    return body | {key: value for key, value in more.items() if value}
