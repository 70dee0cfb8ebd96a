"""`python everything.py TARGET…`: make each target, go on where one fails, and sum up all reports at the end."""

import subprocess
import sys
import time

import places
import reports


def main():
    targets = sys.argv[1:]
    total, rows, broken = reports.Count(), [], False
    for target in targets:
        suite = target.partition("-")[0]
        print(f"\n== make {target}", flush=True)
        reports.clear(suite)
        start = time.monotonic()
        status = subprocess.run(["make", "--no-print-directory", target], cwd=str(places.ROOT), stdin=subprocess.DEVNULL, check=False).returncode
        counted = reports.Count()
        for path in reports.of(suite):
            counted.add(reports.count(path))
        if (status and not counted.failed) or not (counted.passed or counted.failed):
            counted.failed += 1  # It broke before it could report a failed test, or it tested nothing.
        broken |= status != 0 or counted.failed > 0
        rows.append((target, counted, time.monotonic() - start))
        total.add(counted)
    print(f"\n{'suite':<18}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for target, counted, seconds in rows:
        print(f"{target:<18}{counted.passed:>8}{counted.failed:>8}{counted.skipped:>9}{seconds:>9.0f}")
    print(total, flush=True)
    (places.REPORTS / "total.txt").write_text(f"{total}\n")
    sys.exit(broken)


if __name__ == "__main__":
    main()
