"""Settings that decide: what counts as evidence, what is safe, which list and which matches."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from xuanpin.pipelines.settings.section import Section


class FeedbackSettings(Section):
    """How group chat becomes evidence."""

    window_days: int = Field(60, ge=1, description="days of mentions kept as evidence and published")
    recent_days: int = Field(7, ge=1, description="days for which a group may still talk about a posted SKU")
    recency_hours: int = Field(6, ge=1, description="hours for which a message without a name may mean the last post")
    own_order_days: int = Field(
        45, ge=1, description="days after delivery for which a buyer may still write about a SKU"
    )
    speaking_days: float = Field(3.0, gt=0, description="mean days from delivery to a buyer's message about a SKU")
    guess_from: float = Field(
        0.5,
        ge=0,
        le=1,
        description="lowest probability of an own order that a message without a name is linked to",
    )
    complaint_at: float = Field(0.5, ge=0, le=1, description="highest satisfaction of a message that is a complaint")
    first_complaint_at: float = Field(
        0.2, ge=0, le=1, description="the same while the model has not been tested on outcomes or labels"
    )
    complaint_confidence: float = Field(
        0.6, ge=0, le=1, description="lowest probability of the right order line for a complaint to count as regret"
    )
    clear_opinion: float = Field(
        0.15,
        ge=0,
        le=0.5,
        description="distance of satisfaction from 0.5 (neither) that makes a buyer's message without a name feedback",
    )
    praise_from: float = Field(0.6, ge=0, le=1, description="lowest satisfaction of feedback that is praise")
    trusted_from: float = Field(0.5, ge=0, le=1, description="lowest trust weight of a message that is evidence")
    trust_buyer_in_burst: float = Field(
        0.5,
        ge=0,
        le=1,
        description="trust weight of praise of the sender's own order line in the words of a burst",
    )
    trust_customer_praise: float = Field(
        0.5,
        ge=0,
        le=1,
        description="trust weight of an earlier customer's praise of a SKU not known to be hers",
    )
    trust_customer: float = Field(
        0.7,
        ge=0,
        le=1,
        description="trust weight of an earlier customer's other feedback; complaints are seldom paid for",
    )
    trust_stranger_praise: float = Field(
        0.1,
        ge=0,
        le=1,
        description="trust weight of praise by an account without orders that first wrote on an earlier day",
    )
    trust_stranger: float = Field(
        0.3, ge=0, le=1, description="trust weight of other feedback by an account without orders"
    )
    fading: float = Field(
        0.8, gt=0, le=1, description="weight of a buyer's message relative to her next one on the same SKU"
    )
    burst_senders: int = Field(
        3, ge=2, description="accounts whose praise in the same words within burst_days is a burst and no evidence"
    )
    burst_days: int = Field(1, ge=0, description="days between two praises in the same words that belong to one burst")
    phrase_days: int = Field(
        5, ge=2, description="days on which praise in the same words is heard before it can be a set phrase"
    )
    phrase_part: float = Field(
        0.5,
        gt=0,
        le=1,
        description=(
            "share of the days with praise on which a set phrase is heard at least, and its largest share by one agent "
            "or of one SKU"
        ),
    )
    burst_over_usual: float = Field(
        2.0,
        ge=1,
        description="multiple of what is usual of a set phrase, by day and by SKU, above which it is a burst",
    )
    tied_skus: int = Field(
        2,
        ge=2,
        description="SKUs of one agent, praised by an account without orders, that tie the account to her",
    )
    danger_accounts: int = Field(
        2,
        ge=1,
        description="trusted accounts whose reports of danger hold a SKU where no buyer's own report does",
    )
    learning_days: int = Field(7, ge=1, description="days between two trainings of the sentiment model")
    learning_texts: int = Field(
        50_000, ge=2_000, description="newest customers' messages that the sentiment model learns from"
    )
    encoder_texts: int = Field(
        0,
        ge=0,
        description="short messages that the encoder of xuanpin[encoder] reads at each training (70 a second)",
    )
    kept_days: int = Field(
        21, ge=1, description="days after delivery from which a line without a return counts as kept"
    )
    lexicon_folder: Path | None = Field(
        None, description="folder of CSV files that extend models/text/lexicon (README.md there)"
    )


class ScoringSettings(Section):
    """How outcomes and feedback become calibrated numbers, and what counts as safe."""

    regret_cost: float = Field(
        2.25,
        ge=0,
        description=(
            "cost of a regretted unit, in kept and satisfied units: the purchase, later visits and trust; "
            "set so that regret is rarer than with a list of a few proven SKUs (docs/proof.md)"
        ),
    )
    ceiling_ratio: float = Field(
        2.0, gt=1, description="regret ceiling as a multiple of the category's mean regret rate"
    )
    landmine_cap: float = Field(0.30, gt=0, le=1, description="highest landmine probability of a listed SKU")
    landmine_promise: float = Field(0.05, gt=0, le=1, description="highest share of landmines on a list")
    promise_confidence: float = Field(
        0.95, ge=0.5, lt=1, description="probability with which a night's list keeps landmine_promise"
    )
    category_ceilings: dict[str, float] = Field(
        {}, description="regret ceilings (0-1) by category path; the longest matching path wins over the ratio"
    )
    horizon_days: int = Field(180, ge=7, description="days after delivery within which a return still counts")
    curve_pooling_lines: float = Field(
        20.0, gt=0, description="weight of the wider group's delay curve in a category's, in returned lines"
    )
    ceiling_pooling_lines: float = Field(
        200.0, gt=0, description="weight of the wider group's mean regret rate in a category's, in lines"
    )
    demand_days: int = Field(28, ge=1, description="days of posts and orders from which demand is estimated")
    demand_pooling_posts: float = Field(
        50.0, gt=0, description="weight of the department's demand in a category's, in posts"
    )
    cusum_threshold: float = Field(
        6.0,
        gt=0,
        description="CUSUM height (nats) that raises an alarm: at 6 a doubled rate fits e^6 = 400 times better",
    )
    changed_prior_lines: float = Field(
        10.0,
        gt=0,
        description="most prior strength (lines) of a SKU whose rate has changed: its past predicts little",
    )
    kin_lines: float = Field(
        50.0,
        gt=0,
        description=(
            "most that a new SKU's past under an older name or variant is worth, in lines; its own outweigh it by then"
        ),
    )
    drift_days: int = Field(90, ge=7, description="days in which a SKU needs enough outcomes for drift detection")
    drift_history_days: int = Field(
        1_100, ge=180, description="days of deliveries that drift detection covers; three seasons, no earlier date"
    )
    alarm_days: int = Field(28, ge=1, description="days that an alarm stays published after it was raised")
    alarm_false_share: float = Field(
        0.2,
        gt=0,
        le=1,
        description="expected share of false ones among alarms for people to read; weaker ones are published as notes",
    )
    detection_days: int = Field(
        180, ge=7, description="days of delivered lines from which complaint detection is estimated"
    )
    happy_from: float = Field(
        0.6, ge=0, le=1, description="lowest mean satisfaction of a buyer's messages at which she counts as satisfied"
    )
    fault_days: int = Field(
        60, ge=7, description="days of delivered lines searched for bad carriers, agents and customers"
    )
    doubt_days: int = Field(
        28,
        ge=1,
        description="days for which an agent's doubt of a SKU's quality stands, or her taking it against doubts",
    )
    doubt_record_days: int = Field(
        180, ge=28, description="days of answers by which the doubts of each agent are judged"
    )
    calibration_days: int = Field(56, ge=1, description="days of earlier predictions that are compared with outcomes")
    calibration_gap: float = Field(
        0.2, gt=0, description="share by which outcomes may differ from predictions without an alarm"
    )


class AssortmentSettings(Section):
    """Which rules tomorrow's list obeys; shares are of list_size, and a group larger than its share in the catalogue
    may take its share of the catalogue, so that the defaults fill a list from any catalogue."""

    list_size: int = Field(120, ge=1, description="SKUs on the list; eight times the slots of an agent with 15")
    list_floor: int = Field(
        20,
        ge=0,
        description="SKUs; a promise that leaves fewer (a platform without outcomes) is relaxed to list so many",
    )
    allow_relaxed: bool = Field(
        True,
        description="publish a list that relaxes a rule where rules conflict, never pins, bans or size",
    )
    category_max_share: float = Field(
        0.4, gt=0, le=1, description="share of a top-level category; keeps one category from displacing the others"
    )
    category_min: dict[str, int] = Field({}, description="fewest SKUs by category path; a merchandiser's commitment")
    category_max: dict[str, int] = Field({}, description="most SKUs by category path; a merchandiser's limit")
    supplier_max_share: float = Field(
        0.1, gt=0, le=1, description="share of a supplier; one supplier's bad week must not empty the list"
    )
    price_bands: int = Field(4, ge=1, le=20, description="bands of equally many candidates by list price")
    price_band_min_share: float = Field(
        0.1, ge=0, le=1, description="lowest share of each price band; agents' customers have different budgets"
    )
    cold_chain_max: int | None = Field(
        None, ge=0, description="SKUs that the cold chain can pack a day; unset for no limit"
    )
    explore_share: float = Field(
        0.1, ge=0, le=1, description="share reserved for new SKUs, and their limit while proven SKUs fill the rest"
    )
    explore_below_lines: int = Field(
        10,
        ge=0,
        description="buyers (each counted once, doubtful ones less) below which a SKU counts as new; "
        "ten separate a 5 % from a 25 % regret rate",
    )
    core_agents: int = Field(
        3,
        ge=1,
        description="agents whose groups bought a SKU before it counts as proven; fewer where SKUs have so few",
    )
    pick_share: float = Field(
        0.03,
        ge=0,
        le=1,
        description="share of places, rounded up, for SKUs that agents propose and the list would not hold otherwise",
    )
    frontier_candidates: int = Field(
        1_000,
        ge=0,
        description="most admitted candidates with which a night computes list_frontier (nine lists: less than a "
        "twelfth of a night of 400 candidates); the desk and `xuanpin plan --frontier` show 25 lists at any time",
    )
    clearance_share: float = Field(
        0.05, ge=0, le=1, description="share reserved for end-of-line SKUs of positive value"
    )
    max_change_share: float = Field(
        0.5, ge=0, le=1, description="share that may differ from the last list; agents plan their posts around it"
    )
    coverage_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="weight of value to segments against value to all agents; best where agents differ in both",
    )
    empty_slot_cost: float = Field(
        1.0,
        ge=0,
        description="cost of an agent's empty slot, in posts of the best SKUs; she may leave",
    )
    gap: float = Field(
        1e-3, gt=0, le=0.1, description="highest distance from the proven bound, as a share of its value"
    )


class MatchingSettings(Section):
    """How agents are matched with listed SKUs."""

    history_days: int = Field(
        365, ge=14, description="days of order history that influence an agent's matches; a year covers every season"
    )
    posts_days: int = Field(
        60, ge=7, description="days of posts from which groups' choices are learnt; older ones have changed"
    )
    fitted_agents: int = Field(
        2_000, ge=100, description="agents from whom shared effects are learnt; training time grows with it"
    )
    segments: int = Field(200, ge=1, le=200, description="segments of agents that the list must serve")
    exploration_share: float = Field(0.03, ge=0, le=0.05, description="share of slots filled at random, to learn from")
    repeat_share: float = Field(0.8, ge=0, le=1, description="largest share of slots that repeat yesterday's matches")
    category_share: float = Field(0.5, gt=0, le=1, description="largest share of slots in one category")
    alternates: int = Field(
        8, ge=0, le=50, description="SKUs that an agent is shown beside her matches, to post instead of one; 0: none"
    )
    floor_slots: int = Field(2, ge=0, description="matches that every agent gets before stock goes where it gains most")
    agent_regrets: bool = Field(False, description="count what an agent's couriers and promises add to regrets")
    overlap_share: float = Field(
        0.2, gt=0, le=1, description="share of common customers from which two agents are kept apart"
    )
    refusal_days: int = Field(
        60,
        ge=0,
        description="list dates for which an agent is not asked again about a SKU that she declined, unless its price "
        "fell or its landmine probability halved",
    )
    rest_days: int = Field(
        7, ge=0, description="the same where she declined because she had just posted it or it was sold out"
    )
    answer_days: int = Field(
        60, ge=14, description="list dates whose answers and posts tell what an agent takes; tastes of a season"
    )
    stock_margin: float = Field(
        0.5, ge=0, description="stock held back when dual prices are set, in standard deviations of its sales"
    )
