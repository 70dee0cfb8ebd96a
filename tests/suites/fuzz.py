"""Coverage-guided fuzzing of what reads configuration files. `python fuzz.py [SECONDS]`: 20 if not said."""

import random
import subprocess
import sys

import environments
import places
import reports

FUZZ = places.ROOT / "tests" / "fuzz"


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    reports.clear("fuzz")
    places.link_source()
    python = environments.ensure(places.BUILD / "fuzz" / "venv", sys.executable, "atheris\n")
    corpus = places.BUILD / "fuzz" / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    seed = random.randrange(1, 2**31)
    print(f"fuzz: {seconds} s, seed {seed}", flush=True)
    command = [
        str(python),
        str(FUZZ / "read_any_bytes.py"),
        str(places.SOURCE),
        str(corpus),
        f"-dict={FUZZ / 'words.dict'}",
        f"-seed={seed}",
    ]
    command += [
        f"-max_total_time={seconds}",
        "-max_len=600",
        "-timeout=10",
        f"-artifact_prefix={places.BUILD}/fuzz/",
    ]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    output = done.stdout.decode("utf-8", "replace")
    print("\n".join(output.splitlines()[-40 if done.returncode else -2 :]), flush=True)
    suite = reports.Suite("fuzz")
    name = f"no error but our own in {seconds} s"
    if done.returncode:
        suite.failed(name, output[-4000:], seconds)
    else:
        suite.passed(name, seconds)
    suite.write()
    sys.exit(suite.failures > 0)


if __name__ == "__main__":
    main()
