"""`python everything.py TARGET…`: make each target, go on where one fails, and sum up all reports at the end.

The containers of molecule mostly wait for each other. So molecule runs one scenario at a time beside all the
others, and what it says is
shown when it has ended.
"""

import concurrent.futures
import os
import subprocess
import sys
import time

import places
import reports


def main():
    targets = sys.argv[1:]
    aside = [target for target in targets if target.startswith("molecule")]
    with concurrent.futures.ThreadPoolExecutor(1) as lane:
        begun = [lane.submit(made, target, subprocess.PIPE) for target in aside]
        rows = [made(target) for target in targets if target not in aside]
        for future in begun:
            rows.append(future.result())
            print(rows[-1][-1], flush=True)
    total, broken = reports.Count(), False
    for _target, counted, _seconds, status, _output in rows:
        broken |= status != 0 or counted.failed > 0
        total.add(counted)
    print(f"\n{'suite':<18}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for target, counted, seconds, _status, _output in rows:
        print(f"{target:<18}{counted.passed:>8}{counted.failed:>8}{counted.skipped:>9}{seconds:>9.0f}")
    print(total, flush=True)
    (places.REPORTS / "total.txt").write_text(f"{total}\n")
    sys.exit(broken)


def made(target, output=None):
    """Make a target: (target, what its reports count, seconds, exit status, what it said where output is a
    pipe)."""
    suite = target.partition("-")[0]
    print(f"\n== make {target}{' beside the others' if output else ''}", flush=True)
    reports.clear(suite)
    start = time.monotonic()
    environment = dict({"KEEPALIVE_JOBS": "1"}, **os.environ) if output else None
    done = subprocess.run(
        ["make", "--no-print-directory", target],
        cwd=str(places.ROOT),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output and subprocess.STDOUT,
        check=False,
    )
    counted = reports.Count()
    for path in reports.of(suite):
        counted.add(reports.count(path))
    if (done.returncode and not counted.failed) or not (counted.passed or counted.failed):
        counted.failed += 1  # It broke before it could report a failed test, or it tested nothing.
    return (
        target,
        counted,
        time.monotonic() - start,
        done.returncode,
        (done.stdout or b"").decode(errors="replace"),
    )


if __name__ == "__main__":
    main()
