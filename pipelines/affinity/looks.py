"""Reads the platform's own embeddings of its SKUs part by part, and says where each SKU lies in their space."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from xuanpin.models.affinity.style_space import fit_style_space
from xuanpin.models.arrays import Floats, Ints, Singles
from xuanpin.pipelines.choice_model.columns import integers
from xuanpin.pipelines.context import Night

FITTED_SKUS = 20_000
"""SKUs, evenly spread, whose embeddings give the directions: many more than the numbers of an embedding."""
PART_NUMBERS = 40_000_000
"""Numbers of embeddings that are in memory at a time, 160 MB."""


def looks_of(night: Night, product_rows: Ints) -> Floats:
    """Return where SKUs lie among the directions of the platform's embeddings (SKUs × directions).

    `product_rows` are those of int_agent_skus, rising. A SKU without an embedding lies at the centre; there are no
    directions where no SKU has one.
    """
    widths = night.engine.select("int_vector_widths", as_of_date=night.as_of_date).to_pylist()
    if not widths:
        return np.zeros((len(product_rows), 0))
    width, known = widths[0]["width"], widths[0]["skus"]
    _, sample = _vectors(night, width, -(-known // FITTED_SKUS), 0)
    space = fit_style_space(sample)
    looks, parts = np.zeros((len(product_rows), space.directions)), -(-known * width // PART_NUMBERS)
    for part in range(parts):
        rows, vectors = _vectors(night, width, parts, part)
        place = np.minimum(np.searchsorted(product_rows, rows), len(product_rows) - 1)
        wanted = product_rows[place] == rows
        looks[place[wanted]] = space.place(vectors[wanted])
    return looks


def _vectors(night: Night, width: int, parts: int, part: int) -> tuple[Ints, Singles]:
    """Return the product rows and embeddings of one in `parts` SKUs."""
    found: pa.Table = night.engine.select(
        "int_style_vectors", as_of_date=night.as_of_date, width=width, parts=parts, part=part
    )
    numbers = found["style_vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return integers(found, "product_row"), np.asarray(numbers, dtype=np.float32).reshape(found.num_rows, width)
