# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From wanted values and a tree to the least edits that make the values effective. Pure: check mode is the same code."""

import gc
from collections import namedtuple
from contextlib import contextmanager

from . import position, resolve, scope as scopes, values
from .document import HEADER, Document
from .errors import KeepaliveError
from .lexer import encode, indentation, is_blank
from .tree import Candidate, read_tree

#: What is wanted in one scope. values: dict of Directive to meaning; absent: the Directives to take out instead;
#: canonical: whether the deciding line has to be written as the collection writes it, in the preferred file, for scanners that match text.
Policy = namedtuple('Policy', 'scope values absent canonical')
Policy.__new__.__defaults__ = (False,)

#: placement: auto, main, drop_in; drop_in: path of the drop-in, None where there can be none;
#: conflicts, match_overrides: report, comment, remove, fail; precedence: default, override.
Preferences = namedtuple('Preferences', 'placement drop_in conflicts match_overrides precedence')
DEFAULTS = Preferences('auto', None, 'report', 'report', 'default')

#: One file that changes; before, after: Documents, None where there is no file.
Edit = namedtuple('Edit', 'path before after')

TAKE_OUT = ('comment', 'remove')


class Plan(object):
    """edits: the Edits that make the policies effective; tree: what is read after them; candidate: its Candidate source."""

    def __init__(self, edits, tree, candidate):
        self.edits, self.tree, self.candidate = edits, tree, candidate


def plan(main, source, dialect, release, folders, policies, preferences=DEFAULTS, accounts=scopes.NoAccounts()):
    """Work out the edits that make policies (a list of Policy) effective in the files below main.

    source: a tree.Source; release: OpenSSH version tuple; folders: a tree.Folders; accounts: see criteria.example_connection.
    KeepaliveError names the line in the way where no allowed edit makes a policy effective.
    """
    with _without_collector():
        return _Planner(main, source, dialect, release, folders, preferences, accounts).run(policies)


@contextmanager
def _without_collector():
    """A tree of many blocks is many small objects, none of them garbage: the collector would go through them again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Planner(object):
    def __init__(self, main, source, dialect, release, folders, preferences, accounts):
        self.main, self.dialect, self.release, self.folders = main, dialect, release, folders
        self.preferences, self.accounts = preferences, accounts
        self.candidate = Candidate(source)
        self.ranked = []
        self.established = []
        self._tree = None

    @property
    def tree(self):
        if self._tree is None:
            self._tree = read_tree(self.main, self.candidate, self.dialect, self.release, self.folders)
        return self._tree

    def run(self, policies):
        self.ranked = sorted(policies, key=lambda policy: policy.scope.everybody)
        self._open_main()
        self._settle_misplaced()
        for policy in self._working_order():
            self._apply(policy)
        for policy in policies:
            self._settle_conflicts(policy)
            self._settle_overrides(policy, policies)
        for policy in policies:
            self._check(policy)
        return Plan(self._edits(), self.tree, self.candidate)

    def _working_order(self):
        """Everybody's policy first, so that narrower ones find it; what goes to the top goes there in reverse order."""
        if self._overriding:
            return self.ranked[::-1]
        return sorted(self.ranked, key=lambda policy: not policy.scope.everybody)

    def _open_main(self):
        if not self.candidate.exists(self.main):
            if self.dialect.side == 'sshd':
                raise KeepaliveError('path: %s does not exist; give the main file that sshd reads' % self.main)
            self._set(self.main, Document())

    # The documents ---------------------------------------------------------------------------------------------

    def _set(self, path, document):
        self.candidate.documents[path] = document
        self._tree = None

    def _document(self, path):
        return self.candidate.document(path) if self.candidate.exists(path) else Document([HEADER + b'\n'])

    def _headers(self, path):
        return [block.index for block in self.tree.blocks if block.path == path]

    def _edits(self):
        edits = []
        for path, after in sorted(self.candidate.documents.items()):
            source = self.candidate.source
            before = Document.parse(source.read(path)) if source.exists(path) else None
            if (before.lines if before else ()) != (after.lines if after else ()):
                edits.append(Edit(path, before, after))
        return edits

    # Taking lines out ------------------------------------------------------------------------------------------

    def _settle_misplaced(self):
        for line in self.tree.misplaced:
            if self.preferences.conflicts not in TAKE_OUT:
                raise KeepaliveError(
                    '%s: %s belongs to the other side and stops %s; what was meant here is %s: take the line out, or let '
                    'conflicts: comment do it' % (line.place, line.keyword, self.dialect.side, line.directive.keyword))
        self._take_out(self.tree.misplaced, self.preferences.conflicts)

    def _take_out(self, lines, how):
        """Comment or remove lines; a drop-in of ours that holds nothing more goes, too."""
        for path in sorted(set(line.path for line in lines)):
            document = self._document(path)
            indexes = set(line.index for line in lines if line.path == path)
            if how == 'remove':
                document = position.without_lines(document, indexes, self._headers(path))
            else:
                for index in indexes:
                    document = document.comment(index)
            self._set(path, None if self._is_spent(path, document) else document)

    def _is_spent(self, path, document):
        return path == self.preferences.drop_in and not any(
            line.strip() != HEADER and not is_blank(line) for line in document.lines)

    def _settle_conflicts(self, policy):
        lines = [line for directive in policy.values for line in self._conflicting(policy, directive)]
        if lines and self.preferences.conflicts == 'fail':
            raise KeepaliveError('conflicts: fail, and %s %s "%s %s" in the same scope without deciding the value' % (
                ', '.join(line.place for line in lines), 'says' if len(lines) == 1 else 'say',
                lines[0].directive.keyword, lines[0].text))
        if self.preferences.conflicts in TAKE_OUT:
            self._take_out(lines, self.preferences.conflicts)

    def _conflicting(self, policy, directive):
        deciding = self._decider(policy, directive)
        return [line for line in self.tree.of(directive)
                if deciding is not None and policy.scope.owns(line) and line.place != deciding.place]

    def _settle_overrides(self, policy, policies):
        if not policy.scope.everybody or self.dialect.side != 'sshd':
            return
        lines = self._overrides(policy, policies)
        if lines and self.preferences.match_overrides == 'fail':
            raise KeepaliveError('match_overrides: fail, and %s (%s) sets %s %s, not %s' % (
                lines[0].place, lines[0].scope, lines[0].directive.keyword, lines[0].text,
                values.canonical(lines[0].directive.kind, policy.values[lines[0].directive])))
        while lines and self.preferences.match_overrides in TAKE_OUT:
            self._take_out(lines, self.preferences.match_overrides)
            lines = self._overrides(policy, policies)

    def _overrides(self, policy, policies):
        """The lines of Match blocks that give another value than the policy for everybody, those of the call's own rules aside."""
        ours = [other.scope for other in policies if not other.absent]
        return [standing.line for standing in resolve.standings(self.tree) if standing.status == 'match_override'
                and standing.line.directive in policy.values and not any(scope.owns(standing.line) for scope in ours)]

    # Making one policy effective -------------------------------------------------------------------------------

    def _apply(self, policy):
        if policy.absent:
            lines = [line for line in self.tree.occurrences
                     if line.directive in policy.absent and policy.scope.owns(line) and not self._is_claimed(line)]
            self._take_out(lines, 'remove')
        for directive in self.dialect.directives:
            if directive in policy.values:
                self._establish(policy, directive)
                self.established.append((policy, directive))

    def _is_claimed(self, line):
        """Whether another policy of this call sets the directive right in this line's scope."""
        return any(line.directive in other.values and other.scope.owns(line) for other in self.ranked)

    def _establish(self, policy, directive):
        self._clear_of_blocks(policy, directive)
        line = self._first_say(policy, directive)
        while line is not None and policy.scope.owns(line):
            if self._is_right(line, policy):
                return
            if not self._may_edit(line):
                break
            self._rewrite(line, policy)
            line = self._first_say(policy, directive)
        if not self._insert(policy, directive, line):
            self._make_way(policy, directive, line)

    def _clear_of_blocks(self, policy, directive):
        """Scanners want the line outside of blocks, where that of a Match all would outrank it."""
        if policy.canonical and self.preferences.conflicts in TAKE_OUT:
            self._take_out([line for line in self.tree.of(directive) if line.chain and policy.scope.owns(line)], self.preferences.conflicts)

    def _is_right(self, line, policy):
        if resolve.meaning(line, self.release) != policy.values[line.directive]:
            return False
        return not policy.canonical or self._is_for_scanners(line, policy)

    def _is_for_scanners(self, line, policy):
        return self._may_edit(line) and self._document(line.path).lines[line.index].strip() == _written(line.directive, policy)

    def _may_edit(self, line):
        return self.preferences.placement == 'auto' or line.path == self._wanted_file()

    def _wanted_file(self):
        return self.main if self.preferences.placement == 'main' else self.preferences.drop_in

    def _rewrite(self, line, policy):
        text = self._indent(line) + _written(line.directive, policy)
        self._set(line.path, self._document(line.path).replace(line.index, text))

    def _indent(self, line):
        return indentation(self._document(line.path).lines[line.index])

    def _make_way(self, policy, directive, obstacle):
        """The wanted file's line cannot decide while other lines of the scope do: take those out if that is allowed."""
        if obstacle is None or not policy.scope.owns(obstacle) or self.preferences.conflicts not in TAKE_OUT:
            raise KeepaliveError(self._refusal(policy, directive, obstacle))
        self._take_out(self._conflicting_elsewhere(policy, directive), self.preferences.conflicts)
        self._establish(policy, directive)

    def _conflicting_elsewhere(self, policy, directive):
        return [line for line in self.tree.of(directive) if policy.scope.owns(line) and line.path != self._wanted_file()]

    def _refusal(self, policy, directive, obstacle):
        wanted = '%s %s' % (directive.keyword, values.canonical(directive.kind, policy.values[directive]))
        if self.preferences.placement == 'drop_in' and self._drop_in_include() is None:
            return 'placement: drop_in, but %s has no Include for %s that everybody reads; use placement: main' % (
                self.main, self.preferences.drop_in)
        if obstacle is None:
            obstacle = next(iter(self._yielding(policy, directive)), None)
        if obstacle is None:
            return '%s cannot be made effective for %s by a line in %s' % (wanted, policy.scope.label, self._wanted_file() or self.main)
        return self._in_the_way(policy, directive, obstacle, wanted)

    def _in_the_way(self, policy, directive, obstacle, wanted):
        return '%s (%s) says "%s %s" and stands in the way of "%s" for %s; %s' % (
            obstacle.place, obstacle.scope, directive.keyword, obstacle.text, wanted, policy.scope.label, self._way_out(policy, obstacle))

    def _way_out(self, policy, obstacle):
        if self._is_ranked_ahead(policy, obstacle):
            return 'put the rule for fewer first'
        ways = ['change that line']
        if self.preferences.placement != 'auto' and not policy.canonical:
            ways.append('use placement: auto')
        if policy.scope.owns(obstacle):
            ways.append('use conflicts: comment')
        elif self.dialect.side == 'ssh' and not self._overriding:
            ways.append('use precedence: override')
        return ' or '.join(ways)

    # Who has the first say -------------------------------------------------------------------------------------

    def _decider(self, policy, directive):
        line = self._first_say(policy, directive)
        return line if line is not None and policy.scope.owns(line) else None

    def _first_say(self, policy, directive):
        """The line that decides for the scope: one of its own, else the one that would outrank its own; None if there is none."""
        if policy.scope.everybody and not self._overriding:
            return resolve.for_everybody(self.tree, directive).line
        return next((line for line in self.tree.of(directive) if self._has_say(policy, line)), None)

    @property
    def _overriding(self):
        return self.dialect.side == 'ssh' and self.preferences.precedence == 'override'

    def _has_say(self, policy, line):
        scope = policy.scope
        if resolve.is_lost(self.tree, line) or resolve.meaning(line, self.release) is values.UNSET:
            return False
        if scope.owns(line):
            return True
        if self.dialect.side == 'sshd' and not line.chain:
            return False
        if not line.restricted:
            return self.dialect.side == 'ssh' or not self._may_stay_ahead(policy, line)
        if scope.excludes(line) or self._is_ranked_ahead(policy, line):
            return False
        if self._overriding:
            return line.directive not in policy.values or not self._is_right(line, policy)
        if self.dialect.side == 'ssh':
            return False
        return not self._is_exception(policy, line)

    def _is_ranked_ahead(self, policy, line):
        """Whether the line is of a policy of this call that may stay ahead: of an earlier rule, for everybody of any rule."""
        ahead = self.ranked[:self.ranked.index(policy)]
        return any(other.scope.owns(line) for other in ahead if not other.absent)

    def _is_exception(self, policy, line):
        """Whether the server's line may stay ahead of the scope's own: it says the same, is for fewer, or for others in practice."""
        return self._may_stay_ahead(policy, line) or policy.scope.contains(line) or self._spares_example(policy, line)

    def _may_stay_ahead(self, policy, line):
        """Whether the line says the same, and the scope has a line of its own already: a new one goes ahead all the same."""
        return (line.directive in policy.values and self._is_right(line, policy)
                and self._first_own(policy, line.directive) is not None)

    def _spares_example(self, policy, line):
        """Whether the scope has a line of its own already, and a connection made up for it does not fit the other line's blocks."""
        if self._first_own(policy, line.directive) is None:
            return False
        try:
            connection = scopes.example(policy.scope, self.tree, policy.values, self.accounts)
        except KeepaliveError:
            return False
        return any(scopes.criteria.fits_connection(block.conditions, connection) is False for block in line.chain)

    def _first_own(self, policy, directive):
        return next((line for line in self.tree.of(directive) if policy.scope.owns(line)), None)

    def _yielding(self, policy, directive):
        """Client lines of narrower or overlapping scopes that are in force and keep their own value."""
        covering = resolve.for_everybody(self.tree, directive).line
        return [line for line in self.tree.of(directive)
                if line.restricted and not policy.scope.owns(line) and not policy.scope.excludes(line)
                and (covering is None or policy.scope.owns(covering) or line.order < covering.order)]

    # Where a new line goes -------------------------------------------------------------------------------------

    def _insert(self, policy, directive, obstacle):
        """Try the places for a new line, the most natural first; True as soon as one makes it decide."""
        before = dict(self.candidate.documents)
        for path, edit in self._places(policy, directive, obstacle):
            if self.preferences.placement == 'auto' or path == self._wanted_file():
                self._set(path, edit())
                if self._is_settled(policy, directive):
                    return True
                self.candidate.documents = dict(before)
                self._tree = None
        return False

    def _is_settled(self, policy, directive):
        line = self._decider(policy, directive)
        if line is None or not self._is_right(line, policy) or not self._keeps_rank(policy, line):
            return False
        if self.dialect.side == 'sshd' or self._overriding:
            return True
        return all(other.order < line.order for wanted in policy.values for other in self._yielding(policy, wanted))

    def _keeps_rank(self, policy, line):
        """Whether every policy that was established before still decides, and on the server ahead of the new line where both may apply."""
        for other, directive in self.established:
            deciding = self._decider(other, directive)
            if deciding is None or not self._is_right(deciding, other):
                return False
            both = directive is line.directive and not other.scope.everybody and not policy.scope.everybody
            if both and self.dialect.side == 'sshd' and not other.scope.excludes(line) and deciding.order > line.order:
                return False
        return True

    def _places(self, policy, directive, obstacle):
        """(path, function that gives the edited Document) of every place to try, in order of preference."""
        text = _written(directive, policy)
        return self._unset_places(policy, directive, text) + self._new_places(policy, directive, text, obstacle)

    def _unset_places(self, policy, directive, text):
        """In the place of a line of the scope that decides nothing (ServerAliveInterval none)."""
        return [(line.path, lambda line=line: self._document(line.path).replace(line.index, self._indent(line) + text))
                for line in self.tree.of(directive)
                if policy.scope.owns(line) and resolve.meaning(line, self.release) is values.UNSET]

    def _new_places(self, policy, directive, text, obstacle):
        if policy.scope.everybody and self.dialect.side == 'sshd':
            return self._global_places(policy, directive, text)
        if self._overriding:
            return self._block_places(policy, directive, text) + self._top_places(policy, text)
        if policy.scope.everybody:
            return self._last_places(policy, directive, text)
        return (self._block_places(policy, directive, text) + self._ahead_places(policy, text, obstacle)
                + self._end_places(policy, text))

    def _global_places(self, policy, directive, text):
        paths = [self.preferences.drop_in] if self._drop_in_include() else []
        return [(path, lambda path=path: self._with_line(path, None, policy, directive, text)) for path in paths + [self.main]]

    def _block_places(self, policy, directive, text):
        """In a block of the scope that is there already."""
        return [(block.path, lambda block=block: self._with_line(block.path, block, policy, directive, text))
                for block in self.tree.blocks if policy.scope.owns_block(block)]

    def _last_places(self, policy, directive, text):
        """For all destinations, behind every value of their own: the drop-in, the last block for everybody, the main file's end."""
        has_own = any(line.restricted for wanted in policy.values for line in self.tree.of(wanted))
        in_drop_in = self._end_of_drop_in(policy, text)
        if in_drop_in and self.candidate.exists(self.preferences.drop_in):
            in_drop_in = [place for place in self._block_places(policy, directive, text)
                          if place[0] == self.preferences.drop_in] + in_drop_in
        if has_own and self.preferences.placement == 'auto':
            in_drop_in = []
        return in_drop_in + self._block_places(policy, directive, text)[::-1] + self._end_of_main(policy, text)

    def _ahead_places(self, policy, text, obstacle):
        """Immediately ahead of what would outrank the new block."""
        if obstacle is None:
            return []
        if not obstacle.chain:
            return [(obstacle.path, lambda: self._with_block(obstacle.path, obstacle.index, policy, text))]
        header = obstacle.chain[0]
        index = position.above(self._document(header.path), header.index)
        return [(header.path, lambda: self._with_block(header.path, index, policy, text))]

    def _end_places(self, policy, text):
        return self._end_of_drop_in(policy, text) + self._end_of_main(policy, text)

    def _end_of_drop_in(self, policy, text):
        path = self.preferences.drop_in
        if not self._drop_in_include():
            return []
        return [(path, lambda: self._with_block(path, len(self._document(path).lines), policy, text))]

    def _end_of_main(self, policy, text):
        return [(self.main, lambda: self._with_block(self.main, len(self._document(self.main).lines), policy, text))]

    def _top_places(self, policy, text):
        paths = [self.preferences.drop_in] if self._drop_in_include() else []
        return [(path, lambda path=path: self._with_block(path, position.top(self._document(path)), policy, text))
                for path in paths + [self.main]]

    def _drop_in_include(self):
        """The first Include line that brings the drop-in in for everybody; None without one."""
        path = self.preferences.drop_in
        return next((include for include in self.tree.includes if path and include.matches(path)
                     and (include.block is None or self._covers(include.block))), None)

    def _covers(self, block):
        return self.dialect.side == 'ssh' and all(around.everything for around in block.chain)

    def _with_line(self, path, block, policy, directive, text):
        document, headers = self._document(path), self._headers(path)
        part = position.section(document, headers, block.index if block else None)
        siblings = self._siblings(policy, directive, path, part)
        return position.put_line(document, part, directive, text, self.release, siblings)

    def _siblings(self, policy, directive, path, part):
        """The indexes of the lines in this section by which other directives of the policy are in force."""
        lines = [self._decider(policy, other) for other in self.dialect.directives if other in policy.values and other is not directive]
        return sorted(line.index for line in lines if line is not None and line.path == path and part.start <= line.index < part.end)

    def _with_block(self, path, index, policy, text):
        document = self._document(path)
        lines = [encode(policy.scope.header), position.BLOCK_INDENT + text]
        part = position.section(document, self._headers(path))
        swallowed = [line for line in position.active_lines(document, part) if line >= index]
        document = position.put_block(document, index, lines)
        return document.insert(index + len(lines) + 1, [b'Host *']) if swallowed and not policy.scope.everybody else document

    # The last word ---------------------------------------------------------------------------------------------

    def _check(self, policy):
        """Every line of ours must be readable, and somebody in the scope must get the wanted values."""
        for directive in policy.values:
            for line in self.tree.of(directive):
                if resolve.meaning(line, self.release) is None:
                    raise KeepaliveError('%s: "%s %s" is no value that OpenSSH reads; correct or remove the line%s' % (
                        line.place, line.directive.keyword, line.text,
                        ', or let conflicts: comment do it' if policy.scope.owns(line) else ''))
        try:
            somebody = scopes.example(policy.scope, self.tree, policy.values, self.accounts)
        except KeepaliveError:
            return
        decisions = decide(self.tree, somebody)
        for directive, wanted in policy.values.items():
            decision = decisions[directive]
            if decision.value != wanted and decision.undecided is None:
                raise KeepaliveError(self._refusal(policy, directive, decision.line))


def _written(directive, policy):
    return encode('%s %s' % (directive.keyword, values.canonical(directive.kind, policy.values[directive])))


def decide(tree, somebody):
    """Directive -> Decision for somebody as scope.example() gives them."""
    if tree.dialect.side == 'sshd':
        return resolve.for_connection(tree, somebody)
    return resolve.for_destination(tree, **somebody)
