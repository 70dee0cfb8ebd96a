# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the answer of a host reaches the controller: behind it there are only values of the types, forms and
sizes that were expected."""

from __future__ import annotations

import contextlib
import re

from ansible import constants
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.common.text.converters import to_text
from ansible.plugins.action import ActionBase
from ansible_collections.fleetops.keepalive.plugins.module_utils._answer import shape as shapes
from ansible_collections.fleetops.keepalive.plugins.module_utils._answer import text
from ansible_collections.fleetops.keepalive.plugins.plugin_utils._boundary.deadline import leaving_nothing

#: How long an answer may be, in characters; how many lines may follow it; and how much is shown of
#: an error and of something that is not an answer.
MOST_CHARACTERS = 128 << 20
MOST_LINES_BEHIND = 1000
MOST_SHOWN = 4000
MOST_STDERR = 1 << 16
LAST_WORDS = 300

#: A path that may stand in a command line as it is.
PLAIN_PATH = re.compile(r"/[A-Za-z0-9._/+-]+\Z")

#: Keys of Ansible's own that it reads in what a module has answered.
_OF_MODULES = {"_ansible_parsed", "_ansible_suppress_tmpdir_delete"}

#: What Ansible returns for a task that goes on in the background (async), whose result a later task of
#: ansible.builtin.async_status reads.
_JOB = shapes.Record(
    {"ansible_job_id": shapes.Word(r"[\w.]{1,100}", "the number of a job")},
    {"results_file": shapes.Text(4096), "changed": shapes.Flag()},
    may_fail=True,
)


class Unanswered(Exception):
    """The host has not answered what it was asked; the text says in one sentence what it did."""


class CheckedAction(ActionBase):
    """A task whose module runs on the host, and of whose answer only the checked part is returned."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        job = self._task.async_val and not self._connection.has_native_async
        try:
            result.update(
                self.ask(_JOB if job else self.shape(self._task.args), self._task.args, task_vars, bool(job))
            )
        except Unanswered as fault:
            result.update(failed=True, msg=str(fault))
        if not job:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def shape(self, options):
        """The shape of the module's result for these options of the task."""
        raise NotImplementedError

    def ask(self, shape, options, task_vars, job=False):
        """Run the module of this task on the host and return what fits the shape.

        Raises Unanswered, and AnsibleError where the host is out of reach.
        """
        try:
            with leaving_nothing(), _in_clean_words():
                answer = self._execute_module(module_args=options, task_vars=task_vars, wrap_async=job)
        except AnsibleError:
            raise
        except Exception as error:
            # The host has answered something that Ansible's own reading stumbles over.
            raise self._unanswered(f"it cannot be read ({type(error).__name__})") from None
        if "module_stdout" in answer:
            raise self._unanswered(f"it is not JSON; the module {_last_words(answer)}")
        try:
            return self._with_interpreter(shapes.fit(shape, _with_sentences(answer)))
        except shapes.Unfit as fault:
            raise self._unanswered(str(fault)) from None

    def _unanswered(self, fault):
        return Unanswered(
            f"What the host answered is not a result of {self._task.action}: {fault}; make sure that it is "
            f"the host that it should be"
        )

    def _with_interpreter(self, answer):
        """The answer, with the Python that Ansible has found on the host, so that later tasks need not look
        for it again."""
        key, found = self._discovered_interpreter_key, self._discovered_interpreter
        if key and isinstance(found, str) and PLAIN_PATH.match(found):
            answer["ansible_facts"] = {key: found}
        return answer

    def _low_level_execute_command(self, *arguments, **more):
        """What Ansible does on the host for a module. What the host says on standard error is shown in
        warnings and errors of Ansible's."""
        done = super()._low_level_execute_command(*arguments, **more)
        stderr = text.lines(done["stderr"][-MOST_STDERR:])
        return dict(done, stderr=stderr, stderr_lines=stderr.splitlines())

    def _remove_tmp_path(self, *arguments, **more):
        with _in_clean_words():
            return super()._remove_tmp_path(*arguments, **more)

    def _parse_returned_data(self, res, *more):
        """What Ansible makes of an answer. It would show what follows one, and keys of its own in it, as
        warnings without a limit; these are dropped."""
        found = super()._parse_returned_data(
            dict(res, stdout=_without_rest(to_text(res.get("stdout") or ""))), *more
        )
        return _without_internal_keys(found) if isinstance(found, dict) else found


@contextlib.contextmanager
def _in_clean_words():
    """Pass on an error of Ansible's without the control characters that a host has put into it."""
    try:
        yield
    except AnsibleError as error:
        message = to_text(error)
        if shown(message) == message:
            raise
        kind = AnsibleConnectionFailure if isinstance(error, AnsibleConnectionFailure) else AnsibleError
        raise kind(shown(message)) from None


def shown(message):
    """What Ansible says of a host, in part in words of the host's: one line without control characters."""
    return text.shortened(text.line(" ".join(message.split())), MOST_SHOWN)


def _without_rest(output):
    """The output up to the last line that may end a JSON object; nothing of one that is too long to be an
    answer."""
    if len(output) > MOST_CHARACTERS:
        return ""
    end = len(output)
    for _line in range(MOST_LINES_BEHIND):
        start = output.rfind("\n", 0, end) + 1
        if output[start:end].rstrip().endswith("}"):
            return output[:end]
        end = start - 1
        if end < 0:
            break
    return ""


def _without_internal_keys(answer):
    """The answer without the keys that Ansible keeps for itself, as ansible.vars.clean has them; but for the
    two that a module may have."""
    theirs = {key for key in answer if key.startswith("_ansible_")} - _OF_MODULES
    return {
        key: value for key, value in answer.items() if key not in theirs.union(constants.INTERNAL_RESULT_KEYS)
    }


def _last_words(answer):
    """How the module ended, and the last line that it said, as the rest of a sentence."""
    status = answer["rc"] if isinstance(answer.get("rc"), int) else "no status"
    said = [answer[key] for key in ("module_stdout", "module_stderr") if isinstance(answer.get(key), str)]
    lines = [line.strip() for part in said for line in part[-10 * LAST_WORDS :].splitlines()]
    lines = [line for line in lines if line and not line.startswith("Shared connection to ")]
    return (
        f"ended with {status} and said: {text.line(lines[-1][-LAST_WORDS:])}"
        if lines
        else f"ended with {status} and said nothing"
    )


def _with_sentences(answer):
    """The answer, with its warnings as text; newer releases of Ansible make objects of them."""
    warnings = answer.get("warnings")
    if not isinstance(warnings, (list, tuple)):
        return answer
    sentences = [getattr(getattr(warning, "event", None), "msg", warning) for warning in warnings]
    return dict(answer, warnings=[sentence for sentence in sentences if isinstance(sentence, str)])
