"""What the ignore files of a workspace folder say, with Git's meaning (``gitignore(5)``).

In one folder ``.foretokenignore`` is asked before ``.ignore`` and that before ``.gitignore``; a deeper folder before
the ones above it; then the repository's ``info/exclude``, then the user's file for all repositories. The first file
with a rule for a path decides, by its last such rule. A folder that is ignored is not entered, so nothing in it can be
taken back. Folders above the workspace count up to the top of the repository that it lies in. Whether Git tracks a
file is not asked.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from foretoken.trust.git_config import git_config, global_excludes
from foretoken.trust.ignore_file import RuleTable, read_bounded
from foretoken.trust.left import Left, Reason
from foretoken.trust.repositories import Kind, Repository, enclosing_repository, repository_at, working_trees
from foretoken.trust.skipped_folders import skipped_by_contents, skipped_by_name

# Files whose change changes what is ignored; the later one wins.
IGNORE_FILES = (".gitignore", ".ignore", ".foretokenignore")
_KEPT_FRAMES = 4096
_MAX_NOTICES = 3


class _Level(NamedTuple):
    """The rules of one file. A path of the workspace is, relative to the file's folder, ``lead + path[cut:]``."""

    table: RuleTable
    cut: int
    lead: str
    git: bool  # whether the rules end where another repository begins


@dataclass(frozen=True, slots=True)
class Frame:
    """What holds inside one folder. ``levels`` are in the order in which they are asked."""

    levels: tuple[_Level, ...]
    excludes: tuple[_Level, ...]
    repository: Repository | None
    ignore_case: bool


class IgnoreRules:
    """The rules of one workspace folder, as they are on disk when a folder is entered.

    Paths are relative to the folder, with forward slashes. After an ignore file or Git's configuration has changed,
    make a new one. Not for several threads at once.
    """

    def __init__(self, root: Path, environment: Mapping[str, str] = os.environ) -> None:
        self.root = Path(os.path.realpath(root))
        self._environment = environment
        self._frames: dict[str, Frame | Left] = {}
        self.notices: list[str] = []  # sentences about ignore files that could not be taken whole; at most a few
        repository = enclosing_repository(self.root)
        excludes, ignore_case = self._repository_rules(repository, "")
        levels: tuple[_Level, ...] = ()
        if repository is not None and repository.top != self.root:
            levels, own = self._above(repository.top, ignore_case, excludes)
            if not own:
                # The repository says that the workspace is none of its business; who opens it says otherwise.
                levels, excludes = (), tuple(level for level in excludes if not level.git)
        levels = self._own_levels(str(self.root), "", ignore_case) + levels
        self.frame = Frame(levels, excludes, repository, ignore_case)

    def judge(self, frame: Frame, path: str, name: str, is_folder: bool) -> Left | None:
        """Why an entry of the folder that ``frame`` is for is left out, or None."""
        if is_folder or name == ".git":
            left = skipped_by_name(name)
            if left is not None:
                return left
        for levels in (frame.levels, frame.excludes):
            for table, cut, lead, _ in levels:
                rule = table.last_match(lead + path[cut:] if cut or lead else path, name, is_folder)
                if rule is not None:
                    return None if rule.negated else Left(Reason.IGNORED, str(rule))
        return None

    def enter(self, frame: Frame, path: str, name: str) -> Frame | Left:
        """The frame for a folder that ``judge`` let pass, or why the folder is left out for what it holds."""
        full = f"{self.root}/{path}"
        left = skipped_by_contents(full, name)
        if left is not None:
            return left
        if os.path.lexists(full + "/.git"):
            inner = repository_at(Path(full))
            if inner is not None:
                if inner.kind is Kind.WORKTREE and not self._only_tree(inner, frame.repository):
                    return Left(Reason.WORKTREE, str(inner.common))
                frame = self._inside(inner, frame, path)
        own = self._own_levels(full, path + "/", frame.ignore_case)
        return Frame(own + frame.levels, frame.excludes, frame.repository, frame.ignore_case) if own else frame

    def ignored(self, path: str) -> Left | None:
        """Why one path is left out, by its own name or by a folder above it; None when it is not. The path need not
        exist; where it is not a folder it is judged as a file."""
        frame: Frame | Left = self.frame
        parts = path.split("/")
        for depth, name in enumerate(parts[:-1], 1):
            frame = self._frame("/".join(parts[:depth]), name, frame)
            if isinstance(frame, Left):
                return frame
        full = f"{self.root}/{path}"
        is_folder = os.path.isdir(full) and not os.path.islink(full)
        if is_folder:
            last = self._frame(path, parts[-1], frame)
            return last if isinstance(last, Left) else None
        return self.judge(frame, path, parts[-1], False)

    def _frame(self, path: str, name: str, above: Frame) -> Frame | Left:
        frame = self._frames.get(path)
        if frame is None:
            frame = self.judge(above, path, name, True) or self.enter(above, path, name)
            if len(self._frames) >= _KEPT_FRAMES:
                self._frames.clear()
            self._frames[path] = frame
        return frame

    def _own_levels(self, folder: str, prefix: str, ignore_case: bool, lead: str = "") -> tuple[_Level, ...]:
        """Levels of the ignore files that lie in one folder. prefix: the folder in the workspace, with a slash."""
        levels = []
        for name in reversed(IGNORE_FILES):
            data = read_bounded(f"{folder}/{name}", follow=False)
            if data:
                source = "../" * lead.count("/") + prefix + name
                table = self._parsed(data, source, ignore_case)
                levels.append(_Level(table, len(prefix), lead, name == ".gitignore"))
        return tuple(levels)

    def _parsed(self, data: bytes, source: str, ignore_case: bool) -> RuleTable:
        table = RuleTable.parse(data, source, ignore_case)
        if table.dropped and len(self.notices) < _MAX_NOTICES:
            self.notices.append(f"{source} has too many or too long rules: {table.dropped:,} of them are not used")
        return table

    def _repository_rules(self, repository: Repository | None, prefix: str) -> tuple[tuple[_Level, ...], bool]:
        """Levels of ``info/exclude`` and the user's own file, and whether case is ignored."""
        config = git_config(None if repository is None else repository.common, self._environment)
        top = self.root if repository is None else repository.top
        lead = ""
        if repository is not None and self.root != top and top in self.root.parents:
            lead = self.root.relative_to(top).as_posix() + "/"
        files = []
        if repository is not None:
            files.append((repository.common / "info" / "exclude", prefix + ".git/info/exclude", True))
        user_file = global_excludes(config, top, self._environment)
        if user_file is not None:
            files.append((user_file, str(user_file), False))
        levels = []
        for path, source, git in files:
            data = read_bounded(path, follow=True)
            if data:
                table = self._parsed(data, source, config.ignore_case)
                levels.append(_Level(table, len(prefix), lead, git))
        return tuple(levels), config.ignore_case

    def _above(self, top: Path, ignore_case: bool, excludes: tuple[_Level, ...]) -> tuple[tuple[_Level, ...], bool]:
        """Levels of the folders from the repository's top to the workspace's parent; and whether, by them, the
        workspace itself is not ignored."""
        parts = self.root.relative_to(top).parts
        levels: tuple[_Level, ...] = ()
        folder, own = top, True
        for depth, name in enumerate(parts):
            lead = "/".join(parts[depth:]) + "/"
            levels = self._own_levels(str(folder), "", ignore_case, lead) + levels
            behind = len("/".join(parts[depth + 1 :])) + 1 if depth + 1 < len(parts) else 0
            for table, _, level_lead, _ in (*levels, *excludes):
                path = level_lead[: len(level_lead) - 1 - behind]
                rule = table.last_match(path, name, True)
                if rule is not None:
                    own = own and rule.negated
                    break
            folder /= name
        return levels, own

    def _inside(self, inner: Repository, frame: Frame, path: str) -> Frame:
        """The frame at the top of a repository inside the workspace: Git's rules begin anew, ours go on."""
        excludes, ignore_case = self._repository_rules(inner, path + "/")
        return Frame(tuple(level for level in frame.levels if not level.git), excludes, inner, ignore_case)

    def _only_tree(self, inner: Repository, outer: Repository | None) -> bool:
        """Whether a linked working tree is the one of its repository that this workspace takes."""
        bare = git_config(inner.common, self._environment).bare
        if outer is not None and outer.common == inner.common and not bare:
            return False
        trees = working_trees(inner.common)
        if bare and trees[:1] == [inner.common.parent]:
            del trees[0]  # nothing is checked out there
        within = [tree for tree in trees if tree == self.root or self.root in tree.parents]
        return not within or within[0] == Path(os.path.realpath(inner.top))
