"""What the settings of one source table will say, before they are written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from xuanpin.pipelines.connect.connection import Group
from xuanpin.pipelines.contracts import Contract, load_contract
from xuanpin.pipelines.engine.names import quoted
from xuanpin.pipelines.typed.phrase import Phrase


@dataclass(frozen=True)
class Made:
    """A column that no header has: `sql` over the rows of the drop, or a constant where `is_constant`, and `why`."""

    sql: str
    why: Phrase
    is_constant: bool = False


@dataclass
class TablePlan:
    """How one source table will be read from a `group` of exports.

    `headers` maps a contract column to the header that has it, `values` a column to the words that it has and ours,
    `formats` to its layout; `made` are columns of which there is no header. `condition` keeps rows of the drop, as of a
    WHERE or QUALIFY; `goods_cell` is the header of cells with several goods, each of which becomes a row. `fill_down`
    are headers that stand once for several rows, `written_once` those that do so although the id of the `whole` is on
    every row. `is_snapshot`: each file is the whole state; `names_customers`: a name stands for the customer.
    `left_out` are headers that are not read. `assumed` says what was decided for the table as a whole.
    """

    table: str
    group: Group
    headers: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)
    condition: str = ""
    goods_cell: str = ""
    fill_down: tuple[str, ...] = ()
    written_once: tuple[str, ...] = ()
    whole: str = ""
    is_snapshot: bool = False
    names_customers: bool = False
    left_out: list[str] = field(default_factory=list)
    assumed: list[Phrase] = field(default_factory=list)

    @property
    def contract(self) -> Contract:
        """The promise that the rows must keep."""
        return load_contract(self.table)

    def has(self, column: str) -> bool:
        """Tell whether a contract column comes from a header, is made, or is in an archive of chats."""
        return self.group.rooms is not None or column in self.headers or column in self.made

    def lacks(self, column: str) -> bool:
        """Tell whether the contract wants a column that nothing gives."""
        names = self.contract.column_names
        return column in names and self.contract.column(column).required and not self.has(column)

    def raw(self, column: str) -> str:
        """Return the SQL name of the header behind a contract column."""
        return quoted(self.headers[column])

    def make(self, column: str, sql: str, why: Phrase) -> None:
        """Let the view make a column by `sql`, in the place of its header if it has one; `why` is told."""
        self.headers.pop(column, None)
        self.made[column] = Made(sql, why)

    def make_beside(self, column: str, sql: str, why: Phrase) -> None:
        """Let the view make a column by `sql` of a header that is read for itself too; `why` is told."""
        self.made[column] = Made(sql, why)

    def assume(self, column: str, value: str, why: Phrase) -> None:
        """Let a column have one `value` in every row, and tell `why`."""
        self.made[column] = Made(value, why, is_constant=True)

    def expressions(self) -> dict[str, Made]:
        """Return the columns that need a view."""
        return {name: made for name, made in self.made.items() if not made.is_constant}

    def constants(self) -> dict[str, Made]:
        """Return the columns that have one value in every row."""
        return {name: made for name, made in self.made.items() if made.is_constant}


def copied(plan: TablePlan, table: str) -> TablePlan:
    """Return an empty plan of another `table` that reads the same exports."""
    return TablePlan(table, replace(plan.group))
