"""Settings of running: where rows come from, who is asked and told, how long things stay, what the machine may use."""

from __future__ import annotations

from datetime import date
from pathlib import Path, PurePath
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from xuanpin.pipelines.settings.assumptions import StandIn, refuse_chat_without_groups, refuse_stand_in
from xuanpin.pipelines.settings.iceberg import IcebergSettings
from xuanpin.pipelines.settings.postgres import PostgresSettings
from xuanpin.pipelines.settings.section import Section
from xuanpin.pipelines.typed.phrase import phrase


class IngestSettings(Section):
    """How drops are read and how many bad rows a night accepts."""

    bad_share: float = Field(
        0.01, ge=0, le=1, description="share of a table's new rows that may break rules before the night stops"
    )
    rule_shares: dict[str, float] = Field(
        {}, description="another share for one rule, under the name `table.rule`, such as orders.quantity_below_minimum"
    )
    waiting_share: float = Field(
        0.5, ge=0, le=1, description="share of a table's new rows that may wait for a reference before the night stops"
    )
    earliest_day: date = Field(
        date(2010, 1, 1), description="day before which nothing of this platform can have happened or been planned"
    )


class PublishSettings(Section):
    """What readers get and how long it is kept."""

    database_days: int = Field(30, ge=1, description="list dates kept in published.duckdb, and in PostgreSQL")
    postgres: PostgresSettings = Field(PostgresSettings(), description="a PostgreSQL database that follows the lists")
    iceberg: IcebergSettings = Field(IcebergSettings(), description="a copy of the tables in the format of Iceberg")


TableName = Literal[
    "products",
    "inventory",
    "agents",
    "groups",
    "orders",
    "returns",
    "chat_messages",
    "overrides",
    "match_answers",
    "supplier_offers",
]


class ScheduleSettings(Section):
    """When the scheduler runs what; cron expressions are in Beijing time."""

    ingest_cron: str = Field("30 1 * * *", description="when to look for the day that has just closed")
    waits_for: tuple[TableName, ...] = Field(
        ("inventory", "orders", "returns", "chat_messages"),
        description="source tables that get rows every day; the night starts when all have rows of the day",
    )
    look_again_minutes: int = Field(10, ge=1, description="minutes between two looks for a day that is late")
    look_for_minutes: int = Field(
        240, ge=1, description="minutes after which a late source is reported and no longer looked for"
    )
    deadline_cron: str = Field(
        "30 4 * * *",
        description="when the night starts without late data; leaves four hours before the shop opens",
    )
    deliver_cron: str = Field(
        "*/5 * * * *", description="when messages, databases and asset events that are still owed are sent"
    )
    learning_cron: str = Field("0 13 * * 0", description="when the weekly training runs; no night runs at noon")
    step_minutes: int = Field(60, ge=1, description="minutes after which a hanging step is ended")
    answer_minutes: int = Field(
        270,
        ge=1,
        description="minutes that a review waits in Airflow for an answer; till 09:00 after a late night",
    )
    alert_minutes: int = Field(
        240, ge=1, description="minutes after a night was requested at which an alert is raised if it is unfinished"
    )


class ReviewSettings(Section):
    """Whether a person approves a list before readers see it."""

    mode: Literal["auto", "required"] = Field(
        "auto", description="auto publishes a list that passed every check; required waits for `xuanpin approve`"
    )
    on_no_answer: Literal["fallback", "approve"] = Field(
        "fallback",
        description="what `xuanpin cutoff` does when nobody answered: nobody has approved the new list; one that a "
        "brake holds always gives way to a fallback",
    )


class BrakesSettings(Section):
    """How far a night may be from the usual before a brake holds it: never current by itself, decided by a person.

    Each limit is in spreads of the platform's own nights, 0 for a brake that measures and never holds. Spreads shrink
    towards a stated one while nights are few; the very first nights are held against absolute limits.
    """

    matches_per_agent: float = Field(4.0, ge=0, description="spreads that matches per agent may fall")
    agents_without: float = Field(4.0, ge=0, description="spreads that the share of agents without any SKU may rise")
    list_turnover: float = Field(4.0, ge=0, description="spreads that the share of the last list that left may rise")
    satisfaction: float = Field(4.0, ge=0, description="spreads that the list's mean satisfaction may move")
    return_rate: float = Field(4.0, ge=0, description="spreads that the list's mean return rate may move")
    unmatched_skus: float = Field(
        4.0, ge=0, description="spreads that the share of listed SKUs that nobody is matched with may rise"
    )
    mentions_per_message: float = Field(4.0, ge=0, description="spreads that opinions read a message may move")
    orders_per_day: float = Field(4.0, ge=0, description="spreads that the day's order lines may move")
    rows_per_source: float = Field(
        4.0, ge=0, description="spreads that the day's rows of a source that comes daily may move"
    )
    usual_days: int = Field(
        56, ge=7, description="days of nights and sources that tell what is usual; eight of each weekday"
    )


class RetentionSettings(Section):
    """How long things are kept; `xuanpin tidy` deletes what is older."""

    run_days: int = Field(
        400, ge=1, description="days that the runs of a list date are kept; last year's season can be looked up"
    )
    other_run_days: int = Field(
        30,
        ge=1,
        description="days that runs are kept that are not the current one of their list date, and messages to groups",
    )
    chat_days: int = Field(
        400, ge=61, description="days that texts of messages are kept; what was read from them stays"
    )
    history_days: int = Field(
        1_100,
        ge=365,
        description="days that order, return, stock and chat versions are kept; covers three seasons",
    )
    log_days: int = Field(90, ge=1, description="days that log lines are kept")


class QualitySettings(Section):
    """How the checks of contracts are made."""

    expectations_days: int = Field(
        7,
        ge=0,
        le=3_650,
        description="days after which Great Expectations repeats the checks that SQL makes every night; 0 is every "
        "night. It also repeats them after each change of the program; loading it takes longer than checking a day",
    )


class PrivacySettings(Section):
    """How identities are protected."""

    key_variable: str = Field(
        "XUANPIN_CUSTOMER_KEY", description="environment variable that holds the key for hashing customer ids"
    )
    key_required: bool = Field(
        False, description="whether nothing is read without that key: customers are known by their names alone"
    )


class SourceTable(Section):
    """How one source table is found in the platform's export and translated to its contract."""

    reads: str | None = Field(
        None,
        description="folder, file or pattern with * below --sources (or database table) to read, a zip archive being "
        "a folder, or several parted by |; in a name | is written \\x7c and a blank at an end \\x20; the table's own "
        "name if unset",
    )
    sheet: str | None = Field(
        None, description="sheet of workbooks to read, or a pattern with *; the one with most columns if unset"
    )
    view: Path | None = Field(
        None, description="SQL file with one SELECT over the raw relation `drop`; relative to the settings file"
    )
    columns: dict[str, str] = Field({}, description="raw column name = contract column name")
    values: dict[str, dict[str, str]] = Field({}, description="per contract column: raw value = contract value")
    usual_words: tuple[str, ...] = Field(
        (), description="contract columns whose words without an entry in `values` are read as shops usually mean them"
    )
    constants: dict[str, str] = Field({}, description="contract column = value for every row of this source")
    formats: dict[str, str] = Field(
        {},
        description="contract column of times = how they are written, in strptime marks, such as %d/%m/%Y %H:%M; "
        "`excel` for the day numbers of a spreadsheet (`excel1904` for those of an old Mac)",
    )
    accepts: tuple[Literal["title_lines", "json_documents"], ...] = Field(
        (),
        description="files that hold more than rows and are read: `title_lines` with lines of text above "
        "the header, `json_documents` with their rows in a list",
    )
    fill_down: tuple[str, ...] = Field(
        (),
        description="raw columns, of an order such as its number and time, whose empty cells repeat the value above "
        "(merged cells); amounts that stand once for several rows do not belong here",
    )
    stand_in: StandIn | None = Field(
        None,
        description="what stands in for a table that the platform does not have: `orders`, from whose lines it is "
        "derived, or `nothing`; the report's head says what that costs",
    )
    snapshot: bool = Field(
        False,
        description="each file is the whole state on its day: absent time columns are filled with the day before the "
        "date of the file, in the first file with the earliest day",
    )

    @field_validator("reads")
    @classmethod
    def _below_the_sources(cls, reads: str | None) -> str | None:
        paths = [PurePath(part.strip()) for part in (reads or "").split("|")]
        if any(path.is_absolute() or ".." in path.parts or "\0" in str(path) for path in paths):
            raise ValueError(phrase("write a path below --sources, without .. and not from the root"))
        return reads

    @field_validator("view")
    @classmethod
    def _beside_the_settings(cls, view: Path | None, info: ValidationInfo) -> Path | None:
        folder = (info.context or {}).get("folder")
        return view if view is None or folder is None else Path(folder) / view


class ChatTable(SourceTable):
    """The same for chat_messages, which may come as archives that chat tools write: who is who in them."""

    agents: dict[str, str] = Field(
        {}, description="agents in archives of chats: the account or name that the archive has = agent_id"
    )
    assistants: tuple[str, ...] = Field(
        (), description="accounts or names in archives of chats that are staff or programs: neither agent nor customer"
    )
    card_sku: tuple[str, ...] = Field(
        (), description="parameters of the address of a card that hold a SKU, beside those of common shops (goods_id …)"
    )


class SourceTables(Section):
    """The source tables by name: products, inventory, agents, groups, orders, returns, chat_messages, overrides,
    match_answers and supplier_offers."""

    products: SourceTable = SourceTable()
    inventory: SourceTable = SourceTable()
    agents: SourceTable = SourceTable()
    groups: SourceTable = SourceTable()
    orders: SourceTable = SourceTable()
    returns: SourceTable = SourceTable()
    chat_messages: ChatTable = ChatTable()
    overrides: SourceTable = SourceTable()
    match_answers: SourceTable = SourceTable()
    supplier_offers: SourceTable = SourceTable()

    @field_validator("*")
    @classmethod
    def _what_the_table_can_be(cls, table: SourceTable, info: ValidationInfo) -> SourceTable:
        refuse_stand_in(str(info.field_name), table.stand_in, is_snapshot=table.snapshot)
        return table

    @model_validator(mode="after")
    def _chat_needs_groups(self) -> SourceTables:
        refuse_chat_without_groups(self.groups.stand_in, self.chat_messages.stand_in)
        return self


class SourcesSettings(Section):
    """Where the source tables come from: a folder of drops, or a PostgreSQL database."""

    kind: Literal["folder", "postgres"] = Field("folder", description="what --sources or the connection points at")
    connection_variable: str = Field(
        "XUANPIN_SOURCE_URI", description="environment variable that holds the PostgreSQL connection URI"
    )
    overlap_days: int = Field(
        2,
        ge=0,
        description="days read again before the newest row seen, so that late commits are not lost; a row that is "
        "written later with an older stamp is not read",
    )
    tables: SourceTables = Field(SourceTables(), description="how each source table is found and translated")
