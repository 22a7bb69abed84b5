"""Reads the platform's own embeddings of its SKUs part by part, and says where each SKU lies in their space."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from xuanpin.models.affinity.style_space import fit_style_space
from xuanpin.models.arrays import Floats, Ints, Singles
from xuanpin.pipelines.context import Night

FITTED_SKUS = 20_000
"""SKUs, evenly spread, whose embeddings give the directions: many more than the numbers of an embedding."""
PART_NUMBERS = 64_000_000
"""Numbers of embeddings that are in memory at a time, 256 MB; each part reads the column of embeddings anew."""
BLOCK_ROWS = 4_096
"""SKUs that are placed at a time; bounds memory."""


def looks_of(night: Night, product_rows: Ints) -> Floats:
    """Return where SKUs lie among the directions of the platform's embeddings (SKUs × directions).

    `product_rows` are those of int_agent_skus, rising. A SKU without an embedding lies at the centre; there are no
    directions where no SKU has one.
    """
    widths = night.engine.select("int_vector_widths", as_of_date=night.as_of_date).to_pylist()
    if not widths:
        return np.zeros((len(product_rows), 0))
    width, known = widths[0]["width"], widths[0]["skus"]
    sample = [vectors for _, vectors in _vectors(night, width, -(-known // FITTED_SKUS), 0)]
    space = fit_style_space(np.concatenate([np.zeros((0, width), np.float32), *sample]))
    looks, parts = np.zeros((len(product_rows), space.directions)), -(-known * width // PART_NUMBERS)
    for part in range(parts):
        for rows, vectors in _vectors(night, width, parts, part):
            wanted = np.isin(rows, product_rows)
            looks[np.searchsorted(product_rows, rows[wanted])] = space.place(vectors)[wanted]
    return looks


def _vectors(night: Night, width: int, parts: int, part: int) -> Iterator[tuple[Ints, Singles]]:
    """Yield the product rows and embeddings of one in `parts` SKUs, block by block."""
    found = night.engine.select("int_style_vectors", as_of_date=night.as_of_date, width=width, parts=parts, part=part)
    # In one piece, so that blocks begin at the same rows each time: their last bits depend on it.
    for block in found.combine_chunks().to_batches(BLOCK_ROWS):
        numbers = block["style_vector"].flatten().to_numpy(zero_copy_only=False)
        yield np.asarray(block["product_row"], dtype=np.int64), np.asarray(numbers, np.float32).reshape(-1, width)
