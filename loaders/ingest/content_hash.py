"""Hash deliveries of rows in memory, to recognise equal ones."""

import hashlib
import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from loaders.canonical.batch import SCHEMA


def hash_rows(batches: Sequence[pa.Table], identity: str) -> str:
    """Return the SHA-256 of canonical batches and of their interpretation.

    The same rows in the same order have the same hash, whatever library, types, chunks or dictionaries they came with.
    """
    digest = hashlib.sha256(identity.encode())
    combined = pa.concat_tables(batch.select(SCHEMA.names) for batch in batches)
    for name in combined.column_names:
        for part in _parts(combined[name]):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def _parts(column: pa.ChunkedArray) -> list[bytes]:
    """Return bytes that depend on the values only: not on the data below a null, nor on the codes of a dictionary."""
    data_type = column.type
    if pa.types.is_dictionary(data_type):
        column, data_type = column.cast(data_type.value_type), data_type.value_type
    combined = pa.concat_arrays(column.chunks) if column.num_chunks else pa.nulls(0, data_type)
    if pa.types.is_string(data_type):
        encoded = combined.dictionary_encode()
        texts = json.dumps(encoded.dictionary.to_pylist()).encode()
        return [texts, encoded.indices.fill_null(-1).to_numpy().astype("<i4").tobytes()]
    if pa.types.is_timestamp(data_type):
        combined = combined.cast(pa.int64())
    numbers = combined.fill_null(0).to_numpy()
    nulls = np.packbits(combined.is_null().to_numpy(zero_copy_only=False))
    return [numbers.astype(numbers.dtype.newbyteorder("<")).tobytes(), nulls.tobytes()]
