"""Trees of branches: a root answer, and answers that left it at one of its tokens."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from core.backends.events import StoredReason
from core.branches.records import Branch, Origin, Tree
from core.errors import InvalidInput, NotFound
from core.i18n import _
from core.sampling.settings import Sampling
from core.storage.ids import new_id, now
from core.storage.ownership import Binned, Shelf, below, listed
from core.storage.schema import BranchRow, TreeRow


class Branches(Shelf[TreeRow]):
    """The trees of branches of one space."""

    kind = "tree"
    row_type = TreeRow

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

        `model`: the one whose token ids these are, loaded in `precision`. `finish_reason`: how the
        answer ended; one that did not come to its end can be grown.
        """
        wanted = ([*prompt_ids], [*answer_ids], model)
        with self._database.writing() as session:
            query = select(TreeRow).where(
                TreeRow.origin_kind == origin.kind,
                TreeRow.origin_id == origin.id,
                listed(TreeRow, self._space),
            )
            for tree in session.scalars(query):
                root = _root(session, tree.id)
                if (tree.prompt_ids, root.token_ids, root.model) == wanted:
                    return _branch(root)
            root = _planted(session, self._space, origin, prompt_ids, answer_ids, sampling, model)
            root.finish_reason, root.precision = finish_reason, precision
            return _branch(root)

    def list(self, limit: int = 100) -> list[Tree]:
        """The last changed first."""
        query = (
            select(TreeRow)
            .where(listed(TreeRow, self._space))
            .order_by(TreeRow.updated_at.desc())
            .limit(limit)
        )
        with self._database.reading() as session:
            return [self._record(row) for row in session.scalars(query)]

    def tree(self, tree_id: str) -> Tree:
        """The tree of that id."""
        with self._database.reading() as session:
            return self._record(self._seen(session, tree_id))

    def of(self, tree_id: str) -> Sequence[Branch]:
        """The branches of a tree in the order of their creation, the root first."""
        with self._database.reading() as session:
            self._seen(session, tree_id)
            return [_branch(row) for row in _rows(session, tree_id)]

    def rename_tree(self, tree_id: str, name: str) -> None:
        """Give a tree a name."""
        with self._database.writing() as session:
            self._own(session, tree_id).name = name

    def delete_branch(self, branch_id: str) -> None:
        """Put a branch and all that left it into the bin; of the root, the whole tree."""
        with self._database.writing() as session:
            row = self._row(session, branch_id)
            moment = now()
            if row.parent_id is None:
                self._own(session, row.tree_id).deleted_at = moment
                return
            for one in below(_rows(session, row.tree_id), row):
                one.deleted_at = moment

    def restore_branch(self, branch_id: str) -> None:
        """Bring a deleted branch back with what was deleted along with it; of the root, the
        tree."""
        with self._database.writing() as session:
            row = session.scalar(select(BranchRow).where(BranchRow.id == branch_id))
            if row is None:
                raise NotFound(_missing_branch(branch_id))
            if row.parent_id is None:
                self._in_bin(session, row.tree_id).deleted_at = None
                return
            self._own(session, row.tree_id)
            query = select(BranchRow).where(
                BranchRow.tree_id == row.tree_id, BranchRow.deleted_at == row.deleted_at
            )
            for one in below(session.scalars(query.order_by(BranchRow.number)).all(), row):
                one.deleted_at = None

    # --- branches -------------------------------------------------------------------------

    def get(self, branch_id: str) -> Branch:
        """The branch of that id."""
        with self._database.reading() as session:
            return _branch(self._row(session, branch_id, to_read=True))

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
        """A branch that leaves `parent_id` at `position` with `token_id` (`piece`), about to be
        written.

        `text`: what its first tokens say. Raises `InvalidInput` for a position that the parent
        does not have.
        """
        with self._database.writing() as session:
            parent = self._row(session, parent_id)
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
            self._own(session, parent.tree_id).updated_at = now()
            return _branch(row)

    def save_partial(self, branch_id: str, text: str, token_ids: Sequence[int]) -> None:
        """Keep what an unfinished branch has by now."""
        with self._database.writing() as session:
            row = self._row(session, branch_id)
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
            row = self._row(session, branch_id)
            row.text, row.token_ids = text, [*token_ids]
            row.finish_reason, row.error = finish_reason, error
            self._own(session, row.tree_id).updated_at = now()

    def rename(self, branch_id: str, name: str) -> None:
        """Give a branch a name."""
        with self._database.writing() as session:
            self._row(session, branch_id).name = name

    def erase_branch(self, branch_id: str) -> None:
        """Remove a deleted branch for good, with what was deleted along with it."""
        with self._database.writing() as session:
            row = session.scalar(select(BranchRow).where(BranchRow.id == branch_id))
            if row is None or row.deleted_at is None:
                raise NotFound(_missing_branch(branch_id))
            self._own(session, row.tree_id)
            session.delete(row)

    def binned_branches(self) -> Sequence[Binned]:
        """The branches in the bin, the last deleted first; not those that were deleted along with
        one that they had left, or with their tree."""
        above = aliased(BranchRow)
        query = (
            select(BranchRow)
            .join(TreeRow, TreeRow.id == BranchRow.tree_id)
            .outerjoin(above, above.id == BranchRow.parent_id)
            .where(
                BranchRow.deleted_at.is_not(None),
                above.deleted_at.is_distinct_from(BranchRow.deleted_at),
                listed(TreeRow, self._space),
            )
            .order_by(BranchRow.deleted_at.desc())
        )
        with self._database.reading() as session:
            return [
                Binned("branch", row.id, row.name or row.text, row.deleted_at)
                for row in session.scalars(query)
                if row.deleted_at
            ]

    def recover(self) -> int:
        """Mark branches that a former server left unfinished; how many there were."""
        with self._database.writing() as session:
            rows = session.scalars(select(BranchRow).where(BranchRow.finish_reason.is_(None)))
            found = rows.all()
            for row in found:
                row.finish_reason = "interrupted"
            return len(found)

    def _title(self, row: TreeRow) -> str:
        return row.name or row.title

    def _missing(self, id: str) -> str:
        return _(
            "There is no tree {id!r} here: it may have been deleted, or it is somebody else's."
        ).format(id=id)

    def _row(self, session: Session, branch_id: str, to_read: bool = False) -> BranchRow:
        row = session.scalar(select(BranchRow).where(BranchRow.id == branch_id))
        if row is None or row.deleted_at is not None:
            raise NotFound(_missing_branch(branch_id))
        (self._seen if to_read else self._own)(session, row.tree_id)
        return row

    def _record(self, row: TreeRow) -> Tree:
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
            shared=bool(row.shared),
            own=self._owns(row),
        )


def _planted(
    session: Session,
    space: str,
    origin: Origin,
    prompt_ids: Sequence[int],
    answer_ids: Sequence[int],
    sampling: Sampling,
    model: str,
) -> BranchRow:
    tree = TreeRow(
        id=new_id(),
        space=space,
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


def _rows(session: Session, tree_id: str) -> Sequence[BranchRow]:
    """The branches of a tree in the order of their creation; without those in the bin."""
    query = select(BranchRow).where(BranchRow.tree_id == tree_id, BranchRow.deleted_at.is_(None))
    return session.scalars(query.order_by(BranchRow.number)).all()


def _missing_branch(branch_id: str) -> str:
    return _("There is no branch {id!r}; it may have been deleted.").format(id=branch_id)


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
