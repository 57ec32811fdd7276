"""Makes a virtual environment with the pinned versions in it: `python3 .ci/environment.py FOLDER REQUIREMENT...`.

A requirement is what pip takes: `-e .[dev]`, a wheel, a name. PyTorch is installed before everything else, and without CUDA
unless the machine has an NVIDIA GPU or KAPPABAR_CUDA=1 says so: see constraints.txt. Standard library only, and syntax that an
old Python reads, because it runs under whatever Python is there, also to say that that one is too old.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

OLDEST = (3, 11)
NEWEST_TRIED = 14
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CONSTRAINTS = os.path.join(ROOT, "constraints.txt")
CPU_INDEX = os.environ.get("KAPPABAR_TORCH_INDEX", "https://download.pytorch.org/whl/cpu")
HOW_TO_CHOOSE = "or name another Python: make PYTHON=/path/to/python3"


def stop(message):
    sys.stderr.write(f"error: {message}\n")
    raise SystemExit(1)


def check_python():
    """Goes on under a newer Python where this one is too old and PATH has one; stops where there is none, or no venv in it."""
    major, minor = sys.version_info[:2]
    if (major, minor) < OLDEST:
        names = [f"python3.{m}" for m in range(NEWEST_TRIED, OLDEST[1] - 1, -1)]
        found = next((path for path in map(shutil.which, names) if path), None)
        if found:
            os.execv(found, [found, *sys.argv])
        stop(f"Python 3.{OLDEST[1]} or newer is needed, this one is {major}.{minor}; install one, {HOW_TO_CHOOSE}")
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        stop(f"this Python lacks its venv module; on Debian or Ubuntu: apt install python{major}.{minor}-venv; {HOW_TO_CHOOSE}")


def make_folder(folder):
    """The Python of a working environment in `folder`; one that does not run (moved, or its Python is gone) is made anew."""
    python = os.path.join(folder, "bin", "python")
    works = os.path.exists(python) and subprocess.call([python, "-c", "import pip"], stderr=subprocess.DEVNULL) == 0
    if not works and subprocess.call([sys.executable, "-m", "venv", "--clear", folder]) != 0:
        stop(f"could not make the virtual environment {folder}; Python's own message stands above")
    return python


def pip_install(python, *arguments, **options):
    """pip's exit code for installing `arguments` under the constraints."""
    command = [python, "-m", "pip", "install", "--disable-pip-version-check", "-c", CONSTRAINTS, *arguments]
    return subprocess.call(command, **options)


def install(python, *arguments):
    if pip_install(python, *arguments) != 0:
        stop(f"pip could not install {' '.join(arguments)}; its own message stands above")


def would_bring_cuda(python, *arguments):
    """Whether pip would install CUDA's libraries with `arguments`. Reads metadata, downloads nothing large."""
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report.json")
        if pip_install(python, "-q", "--dry-run", "--report", report, *arguments, stderr=subprocess.DEVNULL) != 0:
            return False
        with open(report, encoding="utf-8") as file:
            names = [item["metadata"]["name"].lower() for item in json.load(file)["install"]]
    return any(name.startswith(("nvidia-", "cuda-", "triton")) for name in names)


def install_torch(python):
    """The pinned PyTorch; where pip would take a CUDA build for a machine without a GPU, from PyTorch's index of CPU builds."""
    source = []
    cuda_is_welcome = os.environ.get("KAPPABAR_CUDA") == "1" or shutil.which("nvidia-smi") is not None
    if not cuda_is_welcome and would_bring_cuda(python, "torch"):
        source = ["--extra-index-url", CPU_INDEX]
        if would_bring_cuda(python, "torch", *source):
            stop(
                f"pip finds only a CUDA build of PyTorch (several GB), and nothing at {CPU_INDEX}; set KAPPABAR_TORCH_INDEX "
                "to an index with CPU builds, or KAPPABAR_CUDA=1 to take the CUDA build"
            )
    install(python, "torch", *source)


def main():
    check_python()
    folder, requirements = sys.argv[1], sys.argv[2:]
    python = make_folder(folder)
    install(python, "pip>=23.2", "setuptools", "wheel")
    install_torch(python)
    # Without build isolation the pinned setuptools builds the package, and nothing more is downloaded for it.
    install(python, "--no-build-isolation", *requirements)


if __name__ == "__main__":
    main()
