"""Trains on a GPU machine that is lent for minutes and reached only by carrying files.

    here:   python -m recipe.accelerator pack --run runs/main --base BASE.gguf --data data --out runs/carried
    there:  python -m recipe.accelerator start runs/carried --seconds 480 --wait 500
            python -m recipe.accelerator collect --call 1 --out FOLDER
    here:   python -m recipe.accelerator merge --parts FOLDER … --base BASE.gguf --out runs/lent

README.md has the whole sequence.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import parts
from .folder import Folder
from .steps import Steps, table

MEBI = 1 << 20
ROOT = Path(__file__).resolve().parents[3]
# What one call carries at most, the working tree included, and what may come back from it.
CARRIED, LARGEST_CARRIED = 64 * MEBI, 60 * MEBI
BACK, LARGEST_BACK, FILES_BACK = 64 * MEBI, 16 * MEBI - 64 * 1024, 8
# Kept free in every call.
SPARE = MEBI
# Options of recipe.train that suit a device with 80 GB: two passes of 64 rows, 16,384 tokens, each.
OPTIONS = (
    "--batch 128 --passes 2 --length 256 --rate 2e-4 --allocate 0 --save-every 120 --evaluation-rows 256 "
    "--device cuda").split()
# What travels with every call though nothing needs it there.
NEEDLESS = "assets/models"


def parse(arguments):
    parser = argparse.ArgumentParser(prog="recipe.accelerator", description=__doc__.split("\n")[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    work = Path(tempfile.gettempdir()) / "fathom-accelerator"

    def verb(name, words):
        return verbs.add_parser(name, help=words, formatter_class=argparse.ArgumentDefaultsHelpFormatter).add_argument

    add = verb("pack", "here: write what must be carried, call by call")
    add("--run", type=Path, required=True, help="the run to go on from")
    add("--base", type=Path, required=True, help="the dense base model, GGUF")
    add("--data", type=Path, required=True, help="the corpus")
    add("--out", type=Path, required=True, help="a folder in the working tree that git ignores")
    add("--weights", choices=("master", "average"), default="master", help="which of the run's weights")
    add("--levels", type=int, default=127, help="steps on either side of 0 of a weight's distance from the base's")
    add("--largest", type=int, default=LARGEST_CARRIED, help="bytes of a file")
    add = verb("plan", "here: say again how to carry it, and whether the working tree is small enough")
    add("--out", type=Path, required=True, help="the folder of `pack`")
    add = verb("start", "there: take in what has arrived; train when that is all. After `--`: options of recipe.train")
    add("carried", type=Path, help="the folder of `pack`")
    add("--seconds", type=float, default=480, help="how long to train, cooldown included, from the end of the carrying")
    add("--wait", type=float, default=0, help="return after so many seconds, or when training is over")
    add("--trial", action=argparse.BooleanOptionalAction, default=True, help="compile while the rest is carried")
    add("--work", type=Path, default=work)
    add = verb("collect", "there: write what goes back with this call, from the last checkpoint")
    add("--call", type=int, required=True, help="1, 2, …; the first takes the weights as they are now")
    add("--out", type=Path, required=True)
    add("--weights", choices=("master", "average"), default="average", help="which of the run's weights")
    add("--largest", type=int, default=LARGEST_BACK, help="bytes of a file")
    add("--files", type=int, default=FILES_BACK, help="files a call")
    add("--total", type=int, default=BACK, help="bytes a call")
    add("--work", type=Path, default=work)
    add = verb("merge", "here: put what came back together, as a run's folder")
    add("--parts", type=Path, nargs="+", required=True, help="folders where parts lie")
    add("--base", type=Path, required=True, help="the dense base model, GGUF")
    add("--out", type=Path, required=True, help="the run's folder")
    add("--packed", type=Path, help="the folder of `pack`, for its steps")
    for name in ("train", "trial", "attempt"):
        add = verb(name, "there: what `start` starts")
        add("--work", type=Path, required=True)
        add("--shape", type=json.loads)
    # What comes after `--` is for recipe.train.
    arguments = sys.argv[1:] if arguments is None else arguments
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options = parser.parse_args(arguments[:end])
    options.extra = arguments[end + 1 :]
    return options


def tree_size(root):
    """Bytes of the working tree that travel with every call, without those in NEEDLESS; and of those."""
    git = ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(git, check=True, capture_output=True)
    paths = {root / name for name in listed.stdout.decode().split("\0") if name}
    paths |= set((root / "shared").rglob("*"))
    sizes = {path: path.lstat().st_size for path in paths if path.is_symlink() or path.is_file()}
    needless = sum(size for path, size in sizes.items() if path.is_relative_to(root / NEEDLESS))
    return sum(sizes.values()) - needless, needless


def pack(options):
    import torch

    from . import packed
    from .. import weights
    from ..student import dense

    tree, _ = tree_size(ROOT)
    room = CARRIED - SPARE - tree
    if room < MEBI:
        raise SystemExit(f"The working tree of {tree / MEBI:.1f} MiB leaves no room to carry anything.")
    shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True)
    steps, payload = Steps(options.out / "steps.jsonl"), {}
    measured = lambda name: f"{len(to_file(payload[name])) / MEBI:.1f} MiB"
    with steps.time("pack the base model") as notes:
        payload["base"] = packed.pack_base(options.base)
        notes.append(measured("base"))
    with steps.time("pack the weights") as notes:
        state = torch.load(options.run / "checkpoint.pt", map_location="cpu", weights_only=True, mmap=True)
        payload["start"] = packed.pack_state(state, dense(weights.read(options.base)), options.weights, options.levels)
        notes += [f"of step {state['step']}", measured("start")]
    with steps.time("pack the corpus") as notes:
        payload["corpus"] = packed.pack_corpus(options.data)
        notes += [f"{sum(part['count'] for part in payload['corpus']['parts'])} tokens", measured("corpus")]
    about = {"shape": payload["start"]["shape"]}
    for number, (name, content) in enumerate(parts.split(to_file(payload), min(options.largest, room), about), 1):
        path = options.out / f"call-{number}" / name
        path.parent.mkdir()
        path.write_bytes(content)
    print(table(steps.text()))
    plan(options)


def to_file(value):
    import io

    import torch

    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


def plan(options):
    calls = sorted(options.out.resolve().glob("call-*"), key=lambda path: int(path.name.split("-")[1]))
    tree, needless = tree_size(ROOT)
    print(f"\nCarry it in {len(calls)} calls; the working tree adds {tree / MEBI:.1f} MiB to each.")
    for call in calls:
        found, damaged = parts.read_all(call.glob("*.part"))
        size = sum(path.stat().st_size for path in call.iterdir())
        told = "fits" if size + tree <= CARRIED else "TOO LARGE: pack again"
        told = "DAMAGED: pack again" if damaged or not found else told
        name = call.relative_to(ROOT) if call.is_relative_to(ROOT) else call
        print(f"  carry {name}  {size / MEBI:.1f} MiB, {told}")
        if not call.is_relative_to(ROOT) or subprocess.run(["git", "-C", ROOT, "check-ignore", "-q", call]).returncode:
            print("    It must lie in the working tree where git ignores it, or it travels always, or never.")
    if needless:
        print(
            f"Move {NEEDLESS} out of the tree first, and back afterwards: its {needless / MEBI:.0f} MiB travel with "
            f"every call, and nothing needs them there.\n"
            f"    mv {NEEDLESS} .model/aside      # back: mv .model/aside {NEEDLESS}")
    return 1 if needless else 0


def command(verb, work, shape, extra):
    module = [sys.executable, "-m", "recipe.accelerator"]
    return [*module, verb, "--work", work.resolve(), "--shape", json.dumps(shape), "--", *extra]


def launch(options, verb, output, shape=None):
    """Starts another process that outlives this call."""
    with open(output, "a") as file:
        return subprocess.Popen(
            command(verb, options.work, shape, [*OPTIONS, *options.extra]), cwd=ROOT / "assets",
            stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"})


def start(options):
    folder = Folder(options.work)
    found, damaged = take_in(folder, options.carried)
    lost = parts.missing(found)
    for path in damaged:
        print(f"{path} arrived damaged: carry {path.parent.name} again.")
    if lost or not found:
        print(f"Still to come: parts {', '.join(map(str, lost))}." if found else "No part has arrived.")
        if found and options.trial and not folder.trial.exists():
            folder.trial.mkdir()
            launch(options, "trial", folder.trial_output, next(iter(found.values())).about["shape"])
        tell_end(folder.trial_output)
        return 1 if damaged or not found else 0
    if not folder.payload.exists():
        partial = folder.payload.with_suffix(".partial")
        partial.write_bytes(parts.join(folder.parts.iterdir()))
        partial.replace(folder.payload)
    until, job = time.time() + options.wait, None
    if not folder.done.exists() and not folder.is_held("train"):
        if not folder.clock:
            end_trial(folder)
            folder.clock = {"end": time.time() + options.seconds}
        job = launch(options, "train", folder.output)
    return wait(folder, job, until)


def take_in(folder, carried):
    """Keeps the sound parts among those carried; returns all that have arrived, and the damaged ones' paths."""
    folder.parts.mkdir(exist_ok=True)
    with folder.steps.time("arrive") as notes:
        new, damaged = parts.read_all(carried.glob("call-*/*.part"))
        for path in carried.glob("call-*/*.part"):
            if path not in damaged and not (folder.parts / path.name).exists():
                partial = folder.path / "arriving"
                shutil.copyfile(path, partial)
                partial.replace(folder.parts / path.name)
        found, _ = parts.read_all(folder.parts.iterdir())
        notes.append(f"parts {', '.join(map(str, sorted(found)))}" if found else "nothing")
    return found, damaged


# A trial that takes longer than this is waited for no more.
PATIENCE = 240


def end_trial(folder):
    """Waits for the trial, if there is one, and stops where it failed."""
    if not folder.trial.exists():
        return
    with folder.steps.time("wait for the trial"):
        for _ in range(PATIENCE * 4):
            if not folder.is_held("trial"):
                break
            time.sleep(0.25)
    tell_end(folder.trial_output)
    if folder.settings is None and not folder.is_held("trial"):
        raise SystemExit("The trial failed, so the training would, too. With --no-trial it is begun all the same.")


def wait(folder, job, until):
    """Tells how the training goes, until it is over or the time has come."""
    shown = 0
    while not folder.done.exists():
        if (job.poll() is not None) if job else not folder.is_held("train"):
            break
        if time.time() >= until:
            break
        if time.time() > shown + 20:
            shown = time.time()
            tell_progress(folder)
        time.sleep(0.2)
    tell_progress(folder)
    print(table(folder.steps.text()))
    if folder.done.exists():
        print("Training is over.")
        return 0
    if folder.is_held("train") or (job and job.poll() is None):
        print("Training goes on.")
        return 0
    tell_end(folder.output)
    print("Training stopped; the same command goes on from the last checkpoint.")
    return 1


def tell_progress(folder):
    log = folder.run / "log.jsonl"
    lines = log.read_text().splitlines() if log.exists() else []
    left = folder.clock.get("end", 0) - time.time()
    print(f"{left:.0f} s left: {lines[-1][:500] if lines else 'no step yet'}", flush=True)


def tell_end(path, size=3000):
    if path.exists() and path.stat().st_size:
        print(f"--- the end of {path.name}:\n{path.read_text(errors='replace')[-size:]}---")


def train(options):
    folder = Folder(options.work)
    with folder.lock("train"):
        from . import job

        job.train(folder, options.extra)


def attempt(options):
    from . import job

    job.attempt(Folder(options.work), options.shape, options.extra)


def trial(options):
    """Attempts until one works: where memory runs out the next one has twice the passes, and where anything else fails
    no compiler."""
    folder = Folder(options.work)
    with folder.lock("trial"), folder.steps.time("trial") as notes:
        passes, plain = int(options.extra[::-1][options.extra[::-1].index("--passes") - 1]), []
        for number in range(1, 5):
            settings = ["--passes", str(passes), *plain]
            inner = folder.trial / str(number)
            done = subprocess.run(
                command("attempt", inner, options.shape, [*options.extra, *settings]), cwd=ROOT / "assets",
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            print(done.stdout[-2500:], table(Folder(inner).steps.text()), sep="\n", flush=True)
            shutil.rmtree(inner, ignore_errors=True)
            if done.returncode == 0:
                folder.settings = settings
                notes.append(f"attempt {number}, {' '.join(settings)}")
                return
            if "OutOfMemoryError" in done.stdout:
                passes *= 2
            elif not plain:
                plain = ["--no-compile"]
            else:
                break
        notes.append("failed")
        raise SystemExit("No attempt worked.")


def collect(options):
    folder = Folder(options.work)
    folder.export.mkdir(exist_ok=True)
    if options.call == 1:
        export(folder, options)
    files = sorted(folder.export.glob("*.part"))
    if not files:
        raise SystemExit("Nothing was collected with call 1.")
    size = max(path.stat().st_size for path in files)
    count = max(min(options.files, options.total // size), 1)
    calls = -(-len(files) // count)
    options.out.mkdir(parents=True, exist_ok=True)
    for path in files[(options.call - 1) * count : options.call * count]:
        shutil.copyfile(path, options.out / f"call-{options.call}-{path.name}")
    print(table(folder.steps.text()))
    print(f"Call {options.call} of {calls}: {len(list(options.out.glob('*.part')))} of {len(files)} parts.")
    return 0


def export(folder, options):
    """Writes the last checkpoint's weights, and what was logged, in parts."""
    checkpoint = folder.run / "checkpoint.pt"
    if not checkpoint.exists():
        raise SystemExit("There is no checkpoint yet.")
    import torch

    from . import packed
    from ..student import dense

    with folder.steps.time("export") as notes:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True, mmap=True)
        base = dense(packed.unpack_base(torch.load(folder.base, weights_only=True)))
        packed_state = packed.pack_state(state, base, options.weights)
        notes.append(f"{options.weights} weights of step {state['step']}, {state['tokens']} token-passes")
    log = folder.run / "log.jsonl"
    content = to_file({"state": packed_state, "log": log.read_text(), "steps": folder.steps.text()})
    for path in folder.export.iterdir():
        path.unlink()
    for name, piece in parts.split(content, options.largest):
        (folder.export / name).write_bytes(piece)


def merge(options):
    import torch

    from . import packed
    from .. import weights
    from ..student import dense

    steps = Steps(options.out / "steps.jsonl")
    began = time.time()
    content = parts.join({path.resolve() for folder in options.parts for path in folder.rglob("*.part")})
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        found = torch.load(file.name, weights_only=True)
    state = packed.unpack_state(found["state"], dense(weights.read(options.base)))
    options.out.mkdir(parents=True, exist_ok=True)
    torch.save(state, options.out / "checkpoint.pt")
    (options.out / "log.jsonl").write_text(found["log"])
    before = Steps(options.packed / "steps.jsonl").text() if options.packed else ""
    steps.path.write_text(before + found["steps"])
    steps.add("merge", began, time.time() - began, f"step {state['step']}, {state['tokens']} token-passes")
    print(table(steps.text()))


def main(arguments=None):
    options = parse(arguments)
    return globals()[options.verb](options)


if __name__ == "__main__":
    sys.exit(main())
