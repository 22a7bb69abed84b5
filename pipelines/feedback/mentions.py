"""Has the customers' messages read that SQL has gathered, block by block."""

from __future__ import annotations

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.feedback.customer_reader import READING_SCHEMA, CustomerReader
from xuanpin.pipelines.feedback.known_titles import Catalogue
from xuanpin.pipelines.feedback.learning import ModelStore
from xuanpin.pipelines.feedback.reading import MESSAGES_A_BLOCK
from xuanpin.pipelines.feedback.word_lists import aspect_finder

_READINGS = "night.int_mention_readings"
_GATHERED = {
    "texts": "night.int_customer_texts",
    "posts": "night.int_mention_skus",
    "lines": "night.int_mention_lines",
}


def read_customers(night: Night, models: ModelStore) -> None:
    """Write night.int_mention_readings: one row per message and good it names (one without a good for most).

    `models` are those that read: each message is read by the one of its day.
    """
    if not night.engine.materialise("int_customer_texts", messages_a_block=MESSAGES_A_BLOCK):
        night.engine.store(_READINGS, READING_SCHEMA.empty_table(), READING_SCHEMA)
        return
    reader = customer_reader(night, models)
    night.engine.map_blocks(reader, _GATHERED, by="block", into=_READINGS, schema=READING_SCHEMA)


def customer_reader(night: Night, models: ModelStore) -> CustomerReader:
    """Gather what all messages of the stale days are read by; `models` are those in force."""
    chosen = night.settings.feedback
    versions = night.engine.distinct(_GATHERED["texts"], "model_version")["model_version"].to_pylist()
    return CustomerReader(
        catalogue=Catalogue.build(night),
        skus=night.engine.select("int_named_skus")["sku_id"].combine_chunks(),
        models={version: models.stored(version) for version in versions},
        scorer=models.scorer,
        features=models.features,
        aspects=aspect_finder(chosen.lexicon_folder),
        recent_days=chosen.recent_days,
        speaking_days=chosen.speaking_days,
        complaint_at=chosen.complaint_at,
        first_complaint_at=chosen.first_complaint_at,
    )
