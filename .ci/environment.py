"""Makes a virtual environment with the pinned versions in it: `python3 .ci/environment.py FOLDER [REQUIREMENT...]`.

A requirement is what pip takes: `-e .[dev]`, a wheel, a name. PyTorch is installed before everything else, and without CUDA
unless the machine has an NVIDIA GPU or KAPPABAR_CUDA=1 says so: see constraints.txt. Standard library only, and syntax that an
old Python reads, because it runs under whatever Python is there, also to say that that one is too old.
"""

import os
import shutil
import subprocess
import sys

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


def torch_wants_cuda(python):
    """Whether the PyTorch that is installed asks for CUDA's libraries."""
    program = "from importlib.metadata import requires; print(requires('torch') or [])"
    needs = subprocess.check_output([python, "-c", program], universal_newlines=True)
    return "nvidia-" in needs or "cuda-" in needs


def install_torch(python):
    """The pinned PyTorch. Without a GPU: a CPU build from wherever pip looks, or from PyTorch's own index, or none at all."""
    cuda_is_welcome = os.environ.get("KAPPABAR_CUDA") == "1" or shutil.which("nvidia-smi") is not None
    if sys.platform == "linux" and not cuda_is_welcome:
        with open(CONSTRAINTS, encoding="utf-8") as file:
            pin = next(line.strip() for line in file if line.startswith("torch=="))
        # In this order, and each without its dependencies, so that nothing large comes down before it is known to be right.
        attempts = (["-q", f"{pin}+cpu"], [f"{pin}+cpu", "--index-url", CPU_INDEX, "--retries", "1"], [pin])
        print(f"PyTorch: looking for a CPU build of {pin}", flush=True)
        if not any(pip_install(python, "--no-deps", *attempt, stderr=subprocess.DEVNULL) == 0 for attempt in attempts):
            stop(f"pip finds no {pin}, nor a CPU build of it at {CPU_INDEX}; is the network there?")
        if torch_wants_cuda(python):
            subprocess.call([python, "-m", "pip", "uninstall", "-q", "-y", "torch"])
            stop(
                f"only a CUDA build of {pin} (several GB) can be found, and no CPU build at {CPU_INDEX}; "
                "set KAPPABAR_TORCH_INDEX to an index that has one, or KAPPABAR_CUDA=1 to take the CUDA build"
            )
    install(python, "torch")


def main():
    check_python()
    folder, requirements = sys.argv[1], sys.argv[2:]
    python = make_folder(folder)
    install(python, "pip>=23.2", "setuptools", "wheel")
    install_torch(python)
    # Without build isolation the pinned setuptools builds the package, and nothing more is downloaded for it.
    if requirements:
        install(python, "--no-build-isolation", *requirements)


if __name__ == "__main__":
    main()
