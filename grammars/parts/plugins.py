"""Parts of the user's own, named on the command line or in a spec as `module:Object`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import RunError, SpecError, did_you_mean


def names_object(text: str) -> bool:
    """Whether `text` has the form `module:Object` (each a dotted name), and so names a part of the user's own."""
    module, colon, path = text.strip().partition(":")
    return bool(colon) and _dotted(module) and _dotted(path)


def load_object(text: str) -> object:
    """Import `module:Object` (`Object` may be dotted) and return it.

    The module is looked for where Python looks, and in the current directory: a file beside the data is enough.
    Importing a module runs it, so only what the user named is ever imported.

    Raises SpecError, in one line, when the form is wrong, the module cannot be imported, or it has no such object; RunError when
    the module ends the process.
    """
    module_name, _, path = text.strip().partition(":")
    if not names_object(text):
        raise SpecError(f"{text!r} does not name a part: write module:Object, for example mylab.parts:MyTokenizer")
    item: object = _import(module_name)
    where = module_name
    for name in path.split("."):
        try:
            item = getattr(item, name)
        except AttributeError:
            shadowed = _shadowed(module_name)
            hint = shadowed or did_you_mean(name, dir(item))
            raise SpecError(f"{where!r} has no {name!r} (in {text!r}){hint}") from None
        where = f"{where}.{name}"
    return item


def _import(name: str) -> object:
    try:
        with _current_directory_on_path():
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or name
        if name == missing or name.startswith(f"{missing}."):
            hint = _shadowed(name) or f"; check {name!r}"
            raise SpecError(f"no module named {missing!r} here ({Path.cwd().name}/) or installed{hint}") from None
        raise SpecError(f"module {name!r} needs {missing!r}, which is not installed") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a user's module may fail in any way; it is still the user's mistake, told in one line
        reason = " ".join(str(error).split())
        words = f"module {name!r} could not be imported: {type(error).__name__}: {reason}"
        # What is no Exception would end the process, `sys.exit(0)` as if all were well: then nothing was done.
        raise (SpecError if isinstance(error, Exception) else RunError)(words) from error


def _shadowed(name: str) -> str:
    """What to do where a file of that name lies here, and an installed module or package was read instead; '' where none does."""
    here = Path.cwd().joinpath(*name.split(".")).with_suffix(".py")
    parents = [name.rsplit(".", n)[0] for n in range(name.count(".") + 1)]
    read = next((sys.modules[parent] for parent in parents if parent in sys.modules), None)
    if read is None or not here.is_file():
        return ""
    file = getattr(read, "__file__", None)
    if file is not None and (Path(file).resolve() == here.resolve() or Path(file).resolve().parent == here.resolve().parent):
        return ""
    return f"; {file or 'a part of Python'} was read, not {here.name} of this folder: rename your file"


@contextmanager
def _current_directory_on_path() -> Iterator[None]:
    """Last on the path, so that a file here cannot shadow an installed package."""
    here = str(Path.cwd())
    added = here not in sys.path
    if added:
        sys.path.append(here)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        if added and here in sys.path:
            sys.path.remove(here)


def _dotted(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))
