"""Trees of branches: a root answer, and answers that left it at one of its tokens."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.backends.events import StoredReason
from core.branches.records import Branch, Origin, Tree
from core.errors import InvalidInput, NotFound
from core.i18n import _
from core.sampling.settings import Sampling
from core.storage.database import Database
from core.storage.ids import new_id, now
from core.storage.schema import BranchRow, TreeRow


class Branches:
    """Keep trees of branches; every call is one transaction. A missing id raises `NotFound`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- trees ----------------------------------------------------------------------------

    def plant(
        self,
        origin: Origin,
        prompt_ids: Sequence[int],
        answer_ids: Sequence[int],
        sampling: Sampling,
        model: str,
        finish_reason: StoredReason = "stop",
        precision: str = "",
    ) -> Branch:
        """The root of a tree on this answer: of the one that there is, or of a new one.

        `model`: the one whose token ids these are, loaded in `precision`. `finish_reason`: how the answer ended;
        one that did not come to its end can be grown.
        """
        wanted = ([*prompt_ids], [*answer_ids], model)
        with self._database.writing() as session:
            query = select(TreeRow).where(
                TreeRow.origin_kind == origin.kind, TreeRow.origin_id == origin.id
            )
            for tree in session.scalars(query):
                root = _root(session, tree.id)
                if (tree.prompt_ids, root.token_ids, root.model) == wanted:
                    return _branch(root)
            root = _planted(session, origin, prompt_ids, answer_ids, sampling, model)
            root.finish_reason, root.precision = finish_reason, precision
            return _branch(root)

    def list(self, limit: int = 100) -> list[Tree]:
        """The last changed first."""
        query = select(TreeRow).order_by(TreeRow.updated_at.desc()).limit(limit)
        with self._database.reading() as session:
            return [_tree(row) for row in session.scalars(query)]

    def tree(self, tree_id: str) -> Tree:
        """The tree of that id."""
        with self._database.reading() as session:
            return _tree(_tree_row(session, tree_id))

    def of(self, tree_id: str) -> Sequence[Branch]:
        """The branches of a tree in the order of their creation, the root first."""
        with self._database.reading() as session:
            _tree_row(session, tree_id)
            query = select(BranchRow).where(BranchRow.tree_id == tree_id).order_by(BranchRow.number)
            return [_branch(row) for row in session.scalars(query)]

    def rename_tree(self, tree_id: str, name: str) -> None:
        """Give a tree a name."""
        with self._database.writing() as session:
            _tree_row(session, tree_id).name = name

    def delete_tree(self, tree_id: str) -> None:
        """Remove a tree with all its branches."""
        with self._database.writing() as session:
            session.delete(_tree_row(session, tree_id))

    # --- branches -------------------------------------------------------------------------

    def get(self, branch_id: str) -> Branch:
        """The branch of that id."""
        with self._database.reading() as session:
            return _branch(_row(session, branch_id))

    def begin(
        self,
        parent_id: str,
        position: int,
        token_id: int,
        piece: str,
        sampling: Sampling,
        text: str,
        precision: str = "",
    ) -> Branch:
        """A branch that leaves `parent_id` at `position` with `token_id` (`piece`), about to be written.

        `text`: what its first tokens say. Raises `InvalidInput` for a position that the parent
        does not have.
        """
        with self._database.writing() as session:
            parent = _row(session, parent_id)
            if not 0 <= position <= len(parent.token_ids):
                raise InvalidInput(
                    _("The answer has {tokens} tokens; there is no position {position}.").format(
                        tokens=len(parent.token_ids), position=position
                    )
                )
            row = BranchRow(
                id=new_id(),
                tree_id=parent.tree_id,
                parent_id=parent_id,
                position=position,
                token_id=token_id,
                piece=piece,
                name="",
                model=parent.model,
                precision=precision,
                sampling=sampling.to_dict(),
                token_ids=[*parent.token_ids[:position], token_id],
                text=text,
                created_at=now(),
            )
            session.add(row)
            session.flush()
            _tree_row(session, parent.tree_id).updated_at = now()
            return _branch(row)

    def save_partial(self, branch_id: str, text: str, token_ids: Sequence[int]) -> None:
        """Keep what an unfinished branch has by now."""
        with self._database.writing() as session:
            row = _row(session, branch_id)
            row.text, row.token_ids = text, [*token_ids]

    def finish(
        self,
        branch_id: str,
        text: str,
        token_ids: Sequence[int],
        finish_reason: StoredReason,
        error: str | None = None,
    ) -> None:
        """Keep a branch's last state."""
        with self._database.writing() as session:
            row = _row(session, branch_id)
            row.text, row.token_ids = text, [*token_ids]
            row.finish_reason, row.error = finish_reason, error
            _tree_row(session, row.tree_id).updated_at = now()

    def rename(self, branch_id: str, name: str) -> None:
        """Give a branch a name."""
        with self._database.writing() as session:
            _row(session, branch_id).name = name

    def delete(self, branch_id: str) -> None:
        """Remove a branch and all that left it; of the root, the whole tree."""
        with self._database.writing() as session:
            row = _row(session, branch_id)
            session.delete(_tree_row(session, row.tree_id) if row.parent_id is None else row)

    def recover(self) -> int:
        """Mark branches that a former server left unfinished; how many there were."""
        with self._database.writing() as session:
            rows = session.scalars(select(BranchRow).where(BranchRow.finish_reason.is_(None)))
            found = rows.all()
            for row in found:
                row.finish_reason = "interrupted"
            return len(found)


def _planted(
    session: Session,
    origin: Origin,
    prompt_ids: Sequence[int],
    answer_ids: Sequence[int],
    sampling: Sampling,
    model: str,
) -> BranchRow:
    tree = TreeRow(
        id=new_id(),
        name="",
        origin_kind=origin.kind,
        origin_id=origin.id,
        title=origin.title,
        model=origin.model or model,
        precision=origin.precision,
        chat=origin.chat,
        prompt_ids=[*prompt_ids],
        created_at=now(),
        updated_at=now(),
    )
    root = BranchRow(
        id=new_id(),
        tree_id=tree.id,
        parent_id=None,
        position=0,
        token_id=None,
        piece="",
        name="",
        model=model,
        sampling=sampling.to_dict(),
        token_ids=[*answer_ids],
        text=origin.text,
        created_at=now(),
    )
    session.add(tree)
    # The tree first: the branch refers to it
    session.flush()
    session.add(root)
    session.flush()
    return root


def _root(session: Session, tree_id: str) -> BranchRow:
    query = select(BranchRow).where(BranchRow.tree_id == tree_id, BranchRow.parent_id.is_(None))
    return session.scalars(query).one()


def _tree_row(session: Session, tree_id: str) -> TreeRow:
    row = session.get(TreeRow, tree_id)
    if row is None:
        raise NotFound(_("There is no tree {id!r}; it may have been deleted.").format(id=tree_id))
    return row


def _row(session: Session, branch_id: str) -> BranchRow:
    row = session.scalar(select(BranchRow).where(BranchRow.id == branch_id))
    if row is None:
        raise NotFound(
            _("There is no branch {id!r}; it may have been deleted.").format(id=branch_id)
        )
    return row


def _tree(row: TreeRow) -> Tree:
    return Tree(
        id=row.id,
        name=row.name,
        origin=Origin(
            kind=row.origin_kind,  # type: ignore[arg-type]
            id=row.origin_id,
            title=row.title,
            model=row.model,
            precision=row.precision,
            chat=row.chat,
        ),
        prompt_ids=tuple(row.prompt_ids),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _branch(row: BranchRow) -> Branch:
    return Branch(
        id=row.id,
        tree_id=row.tree_id,
        parent_id=row.parent_id,
        position=row.position,
        token_id=row.token_id,
        piece=row.piece,
        name=row.name,
        model=row.model,
        sampling=Sampling.from_dict(row.sampling),
        token_ids=tuple(row.token_ids),
        text=row.text,
        finish_reason=row.finish_reason,  # type: ignore[arg-type]
        error=row.error,
        created_at=row.created_at,
        precision=row.precision,
    )
