"""What SQL may say: an allow-list of syntax-tree nodes that mean the same on both engines, and advice for the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sqlglot import exp

Rule = Callable[[exp.Expr], str | None]

VOCABULARY = {
    "clauses": "Select From Table TableAlias With CTE Subquery Where Group Having Qualify Order Ordered Limit Join",
    "sets": "Union Distinct Unnest",
    "names and values": "Column Identifier Alias Dot Literal Boolean Null Placeholder Parameter Var Paren Tuple Star",
    "conditions": "And Or Not EQ NEQ GT GTE LT LTE Is In Between Exists NullSafeEQ NullSafeNEQ Like Case If",
    "values": "Coalesce Nullif Greatest Least Cast DataType DataTypeParam Interval DateDiff",
    "numbers": "Add Sub Mul Div Mod Neg Abs Exp Ln Sqrt Pow Floor Ceil Round Sign",
    "aggregates": "Count Sum Min Max Avg Filter LogicalOr LogicalAnd PercentileCont Stddev StddevPop Variance",
    "windows": "Window WindowSpec RowNumber Rank DenseRank Lag Lead FirstValue LastValue IgnoreNulls",
    "text": "Lower Upper Trim Length Substring Concat ConcatWs DPipe Replace SplitPart StartsWith RegexpLike"
    " RegexpReplace Translate MD5",
    "lists": "Array ArrayAgg ArraySort ArrayDistinct ArrayContains ArrayOverlaps ArraySize ArrayToString Split",
    "records": "Struct PropertyEQ ColumnDef",
}
SCHEMAS = ("source", "history", "night", "ops", "temp")
"""Where a statement's tables stand; `temp` is of one step alone, and gone after it."""
ALLOWED = frozenset(word for words in VOCABULARY.values() for word in words.split())

INSTEAD = {
    "AnyValue": "name the row: qualify row_number() over (… a total order …) = 1",
    "ApproxDistinct": "an approximate count differs between engines: count(distinct x)",
    "ApproxQuantile": "an approximate quantile differs between engines: quantile_cont(cast(x as double), p)",
    "ArgMax": "ties are open: qualify row_number() over (… a total order …) = 1",
    "ArgMin": "ties are open: qualify row_number() over (… a total order …) = 1",
    "AtTimeZone": "time inside is naive Beijing wall-clock: compute the business date at ingest",
    "Columns": "list the columns",
    "Comprehension": "unnest the list, then filter and group",
    "CurrentDate": "bind $as_of_date or $list_date",
    "CurrentTime": "bind the moment as a parameter",
    "CurrentTimestamp": "bind the moment as a parameter",
    "DayOfWeek": "engines count weekdays differently: bind the days or join a calendar table",
    "DayOfWeekIso": "engines count weekdays differently: bind the days or join a calendar table",
    "Dayname": "engines count weekdays differently: bind the days or join a calendar table",
    "Explode": "write cross join unnest(x) as u(item) in the from clause",
    "Extract": "parts of dates differ between engines: bind the days or join a calendar table",
    "First": "name the row: qualify row_number() over (… a total order …) = 1",
    "Format": "format strings differ between engines: cast(x as varchar) || …",
    "GroupConcat": "write array_to_string(array_sort(array_agg(x)), ', ')",
    "IntDiv": "write cast(floor(x / cast(y as double)) as bigint)",
    "Lambda": "unnest the list, then filter and group",
    "Last": "name the row: qualify row_number() over (… a total order …) = 1",
    "Log": "log(x) has another base on the other engine: ln(x)",
    "Offset": "keep row_number() over (… a total order …) between two bounds",
    "Pivot": "write max(x) filter (where y = …) or sum(case …) a column",
    "Rand": "randomness comes from a seed that is passed in: compute it in Python",
    "Slice": "slices are DuckDB's own: substring or qualify row_number()",
    "Bracket": "indexes start at 1 here and at 0 there: unnest or name the field",
    "TableSample": "a sample differs on every run: filter by a key",
    "TimeToUnix": "write date_diff('day', x, y)",
    "Uuid": "ids come from the inputs: md5(…) of the key",
    "WithinGroup": "write quantile_cont(cast(x as double), p)",
    "hash": "hash() is each engine's own: md5(x)",
    "now": "bind the moment as a parameter",
    "date_part": "parts of dates differ between engines: bind the days or join a calendar table",
    "list_aggregate": "unnest the list, then group",
    "printf": "format strings differ between engines: cast(x as varchar) || …",
}

WHOLE_NUMBERS = {"TINYINT", "SMALLINT", "INT", "BIGINT", "INT128", "HUGEINT"}
RANKING = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue)


def complaints(tree: exp.Expr) -> Iterator[str]:
    """Yield what in one parsed statement the two engines would not run alike."""
    for node in tree.walk():
        for rule in RULES:
            message = rule(node)
            if message:
                yield message


def _known_node(node: exp.Expr) -> str | None:
    name = node.name.lower() if isinstance(node, exp.Anonymous) else type(node).__name__
    if name in ALLOWED:
        return None
    advice = INSTEAD.get(name, "write it with what the other files use, or prove that both engines agree")
    return f"{name} is outside the subset: {advice}"


def _ordered_list(node: exp.Expr) -> str | None:
    if isinstance(node, exp.ArrayAgg) and node.find(exp.Order):
        return "an ordered list loses its order on the other engine: array_sort(array_agg(x) filter (…))"
    return None


def _day_difference(node: exp.Expr) -> str | None:
    if isinstance(node, exp.DateDiff) and node.text("unit").upper() != "DAY":
        return f"date_diff by {node.text('unit').lower()} counts differently elsewhere: date_diff('day', x, y)"
    return None


def _interval(node: exp.Expr) -> str | None:
    if not isinstance(node, exp.Interval):
        return None
    if not isinstance(node.this, exp.Literal):
        return "an interval takes no column or parameter: cast(d - n * interval 1 day as date)"
    outer = node.parent
    while isinstance(outer, exp.Add | exp.Sub | exp.Mul | exp.Paren):
        outer = outer.parent
    if not isinstance(outer, exp.Cast):
        return "date ± interval has another type on each engine: cast(d - n * interval 1 day as date)"
    return None


def _division(node: exp.Expr) -> str | None:
    if isinstance(node, exp.Mod) and not _never_zero(node.expression):
        return "% by zero stops the query: x % nullif(y, 0)"
    if not isinstance(node, exp.Div):
        return None
    if isinstance(node.expression, exp.Literal) and float(node.expression.this) == 0:
        return "/ 0 is inf here and null there: x / nullif(cast(y as double), 0)"
    if not any(_is_double(side) for side in (node.this, node.expression)):
        return "exact numbers divide differently on each engine: x / cast(y as double)"
    return None


def _whole_cast(node: exp.Expr) -> str | None:
    if not isinstance(node, exp.Cast) or node.to.this.name not in WHOLE_NUMBERS:
        return None
    inner = node.this.unnest()
    if isinstance(inner, exp.Div | exp.Round | exp.Avg) or _is_double(inner) or _is_decimal(inner):
        return "a cast of a fraction rounds here and cuts there: cast(floor(x) as bigint)"
    return None


def _round(node: exp.Expr) -> str | None:
    if isinstance(node, exp.Round) and node.args.get("decimals") and not _is_decimal(node.this):
        return "round(x, n) of a double differs in the last digit: publish rounds, or cast(x as decimal(…)) first"
    return None


def _back_reference(node: exp.Expr) -> str | None:
    if isinstance(node, exp.Literal) and node.is_string and re.search(r"\\\d", node.this):
        return r"\1 is $1 on the other engine: take parts apart in Python or with split_part"
    return None


def _star(node: exp.Expr) -> str | None:
    if not isinstance(node, exp.Star) or isinstance(node.parent, exp.Count):
        return None
    if isinstance(node.parent, exp.Column) and not any(node.args.values()) and node.find_ancestor(exp.CTE):
        return None
    return "* hides what a table promises: list the columns, or write k.* of one table inside a CTE"


def _join(node: exp.Expr) -> str | None:
    if not isinstance(node, exp.Join):
        return None
    if node.args.get("method"):
        return f"{node.method.lower()} join is DuckDB's own: join on …, or union all of events and last_value"
    if node.kind in ("SEMI", "ANTI"):
        return f"{node.kind.lower()} join is written as where [not] exists (select 1 from …)"
    return None


def _grouping(node: exp.Expr) -> str | None:
    if isinstance(node, exp.Union) and node.args.get("by_name"):
        return "union by name is DuckDB's own: list the columns in one order and write union all"
    if isinstance(node, exp.Group) and node.args.get("all"):
        return "group by all hides the grain: list the columns"
    if isinstance(node, exp.Distinct) and node.args.get("on"):
        return "distinct on leaves the row open: qualify row_number() over (… a total order …) = 1"
    if isinstance(node, exp.With) and node.recursive:
        return "recursive queries stay out of the subset: compute it in Python"
    return None


def _subquery_beside_group(node: exp.Expr) -> str | None:
    if not isinstance(node, exp.Select) or not node.args.get("group"):
        return None
    if not any(isinstance(item.unalias(), exp.Subquery) for item in node.selects):
        return None
    return "a subquery beside group by runs on one engine only: group in a CTE, then join"


def _order(node: exp.Expr) -> str | None:
    if isinstance(node, exp.Limit) and node.parent is not None and not node.parent.args.get("order"):
        return "limit without order takes any rows: order by a total order first"
    if isinstance(node, exp.Window) and not node.args.get("order") and node.this.find(*RANKING):
        return "a rank needs a total order: over (partition by … order by …)"
    return None


def _alias_in_where(node: exp.Expr) -> str | None:
    if not isinstance(node, exp.Select) or not node.args.get("where"):
        return None
    computed = {item.alias for item in node.selects if isinstance(item, exp.Alias)}
    used = {column.name for column in node.args["where"].find_all(exp.Column) if not column.table}
    clash = sorted(computed & used)
    return f"where sees the alias {clash[0]} on one engine only: name the table or use a CTE" if clash else None


def _commission(node: exp.Expr) -> str | None:
    if isinstance(node, exp.Column) and node.name == "commission_rate":
        return "commission_rate is for audits; no decision may read it: leave it out"
    return None


def unknown_tables(tree: exp.Expr) -> Iterator[str]:
    """Yield the tables of a statement for DuckDB alone that have no schema; temporary ones stand in `temp`."""
    for table in tree.find_all(exp.Table):
        if message := _schema(table):
            yield message


def _schema(node: exp.Expr) -> str | None:
    if not isinstance(node, exp.Table) or not node.name or node.db in SCHEMAS:
        return None
    defined = {cte.alias for cte in node.root().find_all(exp.CTE)}
    if not node.db and node.name in defined:
        return None
    return f"table {node.sql()} has no known schema: write source., history., night., ops. or temp."


def _is_double(node: exp.Expr) -> bool:
    inner = node.unnest()
    while isinstance(inner, exp.Nullif | exp.Coalesce | exp.Neg | exp.Greatest | exp.Least):
        inner = inner.this.unnest()
    if isinstance(inner, exp.Add | exp.Sub | exp.Mul | exp.Div):
        return _is_double(inner.this) or _is_double(inner.expression)
    return isinstance(inner, exp.Exp | exp.Ln | exp.Sqrt) or _casts_to(inner, {"DOUBLE"})


def _is_decimal(node: exp.Expr) -> bool:
    inner = node.unnest()
    fraction = isinstance(inner, exp.Literal) and not inner.is_string and "." in inner.this
    return fraction or _casts_to(inner, {"DECIMAL"})


def _casts_to(node: exp.Expr, types: set[str]) -> bool:
    return isinstance(node, exp.Cast) and node.to.this.name in types


def _never_zero(node: exp.Expr) -> bool:
    inner = node.unnest()
    return isinstance(inner, exp.Nullif) or (isinstance(inner, exp.Literal) and float(inner.this) != 0)


RULES: tuple[Rule, ...] = (
    _known_node,
    _ordered_list,
    _day_difference,
    _interval,
    _division,
    _whole_cast,
    _round,
    _back_reference,
    _star,
    _join,
    _grouping,
    _subquery_beside_group,
    _order,
    _alias_in_where,
    _commission,
    _schema,
)
