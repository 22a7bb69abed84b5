"""Everything a deployment may choose, in one frozen, validated object; each default has its unit and reason."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from pipelines.errors import UsageError


class Section(BaseModel):
    """A group of settings; unknown keys are refused and values cannot change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class IngestSettings(Section):
    """How drops are read and how many bad rows a night accepts."""

    bad_share: float = Field(
        0.01, ge=0, le=1, description="share of a table's new rows that may break rules before the night stops"
    )
    rule_shares: dict[str, float] = Field(
        {}, description="another share for one rule, under the name `table.rule`, such as orders.quantity_below_minimum"
    )


class FeedbackSettings(Section):
    """How group chat becomes evidence."""

    window_days: int = Field(60, ge=1, description="days of mentions kept as evidence and published")
    recent_days: int = Field(7, ge=1, description="days for which a good shown to a group is still talked of")
    recency_hours: int = Field(6, ge=1, description="hours for which a message without a name may mean the last post")
    own_order_days: int = Field(45, ge=1, description="days after delivery for which a buyer still speaks of a good")
    speaking_days: float = Field(3.0, gt=0, description="days that buyers wait on average before they speak of a good")
    guess_from: float = Field(
        0.5, ge=0, le=1, description="lowest probability of an own order that a message without a name is put down to"
    )
    complaint_at: float = Field(0.5, ge=0, le=1, description="highest satisfaction of a message that is a complaint")
    first_complaint_at: float = Field(
        0.2, ge=0, le=1, description="the same while the model has not been tested on outcomes or labels"
    )
    complaint_confidence: float = Field(
        0.6, ge=0, le=1, description="lowest probability of the right order line for a complaint to count as regret"
    )
    trusted_from: float = Field(0.5, ge=0, le=1, description="lowest trust weight of a message that is evidence")
    fading: float = Field(
        0.8, gt=0, le=1, description="weight of a buyer's message against her next one on the same SKU"
    )
    burst_senders: int = Field(3, ge=2, description="accounts that praise in the same words within a day of each other")
    learning_days: int = Field(7, ge=1, description="days between two trainings of the sentiment student")
    learning_texts: int = Field(50_000, ge=2_000, description="newest customers' messages that a student learns from")
    encoder_texts: int = Field(
        0,
        ge=0,
        description="short messages that the encoder of xuanpin[encoder] teaches at each training (70 a second)",
    )
    kept_days: int = Field(
        21, ge=1, description="days after delivery from which a line without a return counts as kept"
    )
    lexicon_folder: Path | None = Field(None, description="folder of CSV files that extend the lexicon")


class ScoringSettings(Section):
    """How outcomes and feedback become calibrated numbers, and what counts as safe."""

    regret_cost: float = Field(1.0, ge=0, description="cost of one regretted unit, in kept and happy units")
    ceiling_ratio: float = Field(
        2.0, gt=1, description="regret ceiling as a multiple of the category's mean regret rate"
    )
    landmine_cap: float = Field(0.30, gt=0, le=1, description="highest landmine probability of a listed SKU")
    landmine_promise: float = Field(0.05, gt=0, le=1, description="highest expected share of landmines on a list")
    category_ceilings: dict[str, float] = Field(
        {}, description="regret ceilings (0-1) by category path; the longest matching path wins over the ratio"
    )
    horizon_days: int = Field(180, ge=7, description="days after delivery within which a return still counts")
    curve_pooling_lines: float = Field(
        20.0, gt=0, description="returned lines that a category borrows for its delay curve"
    )
    ceiling_pooling_lines: float = Field(
        200.0, gt=0, description="lines that a category borrows for its mean regret rate"
    )
    demand_days: int = Field(28, ge=1, description="days of showings and orders that say how a SKU sells today")
    demand_pooling_showings: float = Field(50.0, gt=0, description="showings that a category borrows for its demand")
    drift_threshold: float = Field(
        6.0, gt=0, description="CUSUM height (nats) that raises an alarm: a doubled rate fits e^6 = 400 times better"
    )
    changed_prior_lines: float = Field(
        10.0,
        gt=0,
        description="most prior strength (lines) of a SKU whose rate has changed: the past says little of it",
    )
    watch_days: int = Field(
        90, ge=7, description="days in which a SKU needs enough outcomes to be watched for a change"
    )
    alarm_days: int = Field(28, ge=1, description="days that an alarm stays published after it was raised")
    signs_days: int = Field(180, ge=7, description="days of delivered lines that tell how well complaints are heard")
    happy_from: float = Field(
        0.6, ge=0, le=1, description="least mean satisfaction of a buyer's messages that makes her a happy one"
    )
    fault_days: int = Field(
        60, ge=7, description="days of delivered lines searched for bad carriers, agents and customers"
    )
    calibration_days: int = Field(56, ge=1, description="days of earlier predictions held against outcomes")
    calibration_gap: float = Field(
        0.2, gt=0, description="share by which outcomes may miss predictions before an alarm; less is not worth a look"
    )


class AssortmentSettings(Section):
    """Which rules tomorrow's list obeys; shares are of list_size, and a group larger than its share in the catalogue
    may take its share of the catalogue, so that the defaults fill a list from any catalogue."""

    list_size: int = Field(
        120, ge=1, description="SKUs on the list; an agent with 15 places finds eight times her need"
    )
    list_floor: int = Field(
        20, ge=0, description="SKUs; a promise that leaves fewer (a platform without outcomes) is lifted just this far"
    )
    allow_relaxed: bool = Field(
        True, description="publish a list that gives up a rule where rules conflict; pins, bans, size never give way"
    )
    category_max_share: float = Field(
        0.4, gt=0, le=1, description="share of a top category; keeps one fashion from crowding out the rest"
    )
    category_min: dict[str, int] = Field({}, description="SKUs by category path, at least; a buyer's commitment")
    category_max: dict[str, int] = Field({}, description="SKUs by category path, at most; a buyer's limit")
    supplier_max_share: float = Field(
        0.1, gt=0, le=1, description="share of a supplier; one bad delivery week must not empty the shelf"
    )
    price_bands: int = Field(4, ge=1, le=20, description="bands of equally many candidates by list price")
    price_band_min_share: float = Field(
        0.1, ge=0, le=1, description="least share of each price band; agents serve different purses"
    )
    cold_chain_max: int | None = Field(
        None, ge=0, description="SKUs that the cold chain can pack a day; unset where it is no bottleneck"
    )
    explore_share: float = Field(
        0.1, ge=0, le=1, description="share reserved for new goods, and their limit while proven goods fill the rest"
    )
    explore_below_lines: int = Field(
        10,
        ge=0,
        description="mature order lines below which a SKU counts as new; ten tell a 5 % from a 25 % regret rate",
    )
    clearance_share: float = Field(0.05, ge=0, le=1, description="share reserved for end-of-line goods, if worth it")
    max_change_share: float = Field(
        0.5, ge=0, le=1, description="share that may differ from the last list; agents plan their posts around it"
    )
    coverage_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="weight of what segments find against value to all; best where agents differ in both",
    )
    empty_slot_cost: float = Field(
        1.0,
        ge=0,
        description="cost of an agent's slot that finds nothing, in posts of the best goods; she may turn away",
    )
    gap: float = Field(1e-3, gt=0, le=0.1, description="proven distance from the best list, as a share of its worth")


class MatchingSettings(Section):
    """How listed SKUs are given to agents."""

    history_days: int = Field(
        365, ge=14, description="days of order history that shape an agent's matches; a year holds every season"
    )
    posts_days: int = Field(60, ge=7, description="days of posts that teach what groups choose; tastes drift beyond")
    fitted_agents: int = Field(
        2_000, ge=100, description="agents from whom shared tastes are learnt; time grows with it"
    )
    segments: int = Field(200, ge=1, le=200, description="segments of agents that the list must serve")
    exploration_share: float = Field(0.03, ge=0, le=0.05, description="share of slots given by chance, to learn from")
    repeat_share: float = Field(0.8, ge=0, le=1, description="largest share of slots that repeat yesterday's matches")
    category_share: float = Field(0.5, gt=0, le=1, description="largest share of slots in one category")
    floor_slots: int = Field(2, ge=0, description="matches that every agent gets before stock goes to higher bids")
    overlap_share: float = Field(0.2, gt=0, le=1, description="shared customers from which two agents are kept apart")
    stock_margin: float = Field(
        0.5, ge=0, description="stock held back from prices, in standard deviations of its sales"
    )


class PublishSettings(Section):
    """What readers get and how long it stays."""

    database_days: int = Field(30, ge=1, description="list dates kept in published.duckdb")


TableName = Literal["products", "inventory", "agents", "groups", "orders", "returns", "chat_messages", "overrides"]


class ScheduleSettings(Section):
    """When a scheduler does what; cron lines are in Beijing time."""

    ingest_cron: str = Field("30 1 * * *", description="when to look for the day that has just closed")
    waits_for: tuple[TableName, ...] = Field(
        ("inventory", "orders", "returns", "chat_messages"),
        description="source tables that bring rows every day; the night starts when all have brought the day's",
    )
    look_again_minutes: int = Field(10, ge=1, description="minutes between two looks for a day that is late")
    look_for_minutes: int = Field(
        240, ge=1, description="minutes after which a source that is still late is reported and looked for no more"
    )
    deadline_cron: str = Field(
        "30 4 * * *", description="when the night starts with what is there; leaves four hours before the shop opens"
    )
    learning_cron: str = Field("0 13 * * 0", description="when the week's learning is done; no night runs at noon")
    step_minutes: int = Field(60, ge=1, description="minutes after which a step that hangs is ended")
    answer_minutes: int = Field(
        270,
        ge=1,
        description="minutes that a review waits in Airflow for an answer; till 09:00 after a late night",
    )
    alert_minutes: int = Field(
        240, ge=1, description="minutes after a night was called for at which an unfinished one raises an alert"
    )


class NotifySettings(Section):
    """Who is told when something fails or is late; nobody unless one of the ways is set."""

    webhook_variable: str | None = Field(
        None, description="environment variable that holds the address of a chat robot (WeCom, DingTalk and the like)"
    )
    email_to: tuple[str, ...] = Field((), description="addresses that get an e-mail")
    email_from: str = Field("xuanpin@localhost", description="sender of the e-mails")
    smtp_variable: str = Field(
        "XUANPIN_SMTP_URI", description="environment variable that holds smtp://user:password@host:port, or smtps://"
    )
    timeout_seconds: float = Field(10.0, gt=0, description="seconds that a notice may take; nobody waits for it longer")


class ReviewSettings(Section):
    """Whether a person approves a list before readers see it."""

    mode: Literal["auto", "required"] = Field(
        "auto", description="auto shows a list that passed every check; required waits for `xuanpin approve`"
    )
    on_no_answer: Literal["fallback", "approve"] = Field(
        "fallback", description="what `xuanpin cutoff` does when nobody answered; nobody has looked at the new list"
    )


class RetentionSettings(Section):
    """How long things are kept; `xuanpin tidy` deletes what is older."""

    run_days: int = Field(
        400, ge=1, description="days that the runs of a list date stay; last year's season can be looked up"
    )
    other_run_days: int = Field(
        30, ge=1, description="days that runs stay which are not the current one of their list date"
    )
    chat_days: int = Field(
        400, ge=61, description="days that the words of messages stay; what was read from them stays"
    )
    history_days: int = Field(
        1_100, ge=365, description="days of order, return, stock and chat versions that stay; three seasons teach"
    )
    log_days: int = Field(90, ge=1, description="days of lines that stay in the log")


class EngineSettings(Section):
    """What the engine may use of the machine."""

    memory_limit: str = Field("8GB", description="DuckDB memory limit")
    threads: int = Field(2, ge=1, description="threads of the engine")


class PrivacySettings(Section):
    """How identities are protected."""

    key_variable: str = Field(
        "XUANPIN_CUSTOMER_KEY", description="environment variable that holds the key for hashing customer ids"
    )


class SourceTable(Section):
    """How one source table is found in the platform's export and translated to its contract."""

    reads: str | None = Field(
        None, description="folder or file below --sources (or database table) to read; the table's own name if unset"
    )
    view: Path | None = Field(
        None, description="SQL file with one SELECT over the raw relation `drop`; relative to the settings file"
    )
    columns: dict[str, str] = Field({}, description="raw column name = contract column name")
    values: dict[str, dict[str, str]] = Field({}, description="per contract column: raw value = contract value")
    constants: dict[str, str] = Field({}, description="contract column = value for every row of this source")

    @field_validator("view")
    @classmethod
    def _beside_the_settings(cls, view: Path | None, info: ValidationInfo) -> Path | None:
        folder = (info.context or {}).get("folder")
        return view if view is None or folder is None else Path(folder) / view


class SourceTables(Section):
    """The source tables by name."""

    products: SourceTable = SourceTable()
    inventory: SourceTable = SourceTable()
    agents: SourceTable = SourceTable()
    groups: SourceTable = SourceTable()
    orders: SourceTable = SourceTable()
    returns: SourceTable = SourceTable()
    chat_messages: SourceTable = SourceTable()
    overrides: SourceTable = SourceTable()


class SourcesSettings(Section):
    """Where the source tables come from: a folder of drops, or a PostgreSQL database."""

    kind: Literal["folder", "postgres"] = Field("folder", description="what --sources or the connection points at")
    connection_variable: str = Field(
        "XUANPIN_SOURCE_URI", description="environment variable that holds the PostgreSQL connection URI"
    )
    overlap_days: int = Field(
        2, ge=0, description="days read again before the newest row seen, so that late commits are not lost"
    )
    tables: SourceTables = Field(SourceTables(), description="how each source table is found and translated")


class Settings(Section):
    """All settings of a deployment; the defaults run the demo."""

    ingest: IngestSettings = IngestSettings()
    feedback: FeedbackSettings = FeedbackSettings()
    scoring: ScoringSettings = ScoringSettings()
    assortment: AssortmentSettings = AssortmentSettings()
    matching: MatchingSettings = MatchingSettings()
    review: ReviewSettings = ReviewSettings()
    publish: PublishSettings = PublishSettings()
    retention: RetentionSettings = RetentionSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    notify: NotifySettings = NotifySettings()
    engine: EngineSettings = EngineSettings()
    privacy: PrivacySettings = PrivacySettings()
    sources: SourcesSettings = SourcesSettings()


def load_settings(path: Path | None) -> Settings:
    """Read a TOML file into validated settings; without a path, the defaults.

    Raises UsageError that names the file, the key and the nearest known key or the accepted range.
    """
    if path is None:
        return Settings()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"settings file {path} cannot be read: {error.strerror}; check the path given to --config"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"settings file {path} is not valid TOML: {error}") from error
    try:
        return Settings.model_validate(content, context={"folder": path.parent})
    except ValidationError as error:
        lines = [_explain(dict(item)) for item in error.errors()]
        raise UsageError(f"settings file {path}: " + "; ".join(lines)) from error


def _explain(item: dict[str, Any]) -> str:
    location = [str(part) for part in item["loc"]]
    name = ".".join(location)
    if item["type"] != "extra_forbidden":
        return f"{name}: {item['msg']} (got {item['input']!r})"
    known = _known_keys(location[:-1])
    nearest = difflib.get_close_matches(location[-1], known, n=1, cutoff=0.0)
    return f"unknown key {name}; the nearest known key is {'.'.join(location[:-1] + nearest)}"


def _known_keys(location: list[str]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in location:
        annotation = model.model_fields[part].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)
