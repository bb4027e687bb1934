"""What decides whether two deliveries of rows in memory are the same."""

import hashlib
import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa


def hash_rows(batches: Sequence[pa.Table], identity: str) -> str:
    """SHA-256 of canonical batches and of what gives them meaning.

    The same rows in the same order have the same hash, whatever library, types, chunks or dictionaries they came in.
    """
    digest = hashlib.sha256(identity.encode())
    whole = pa.concat_tables(batches)
    for name in whole.column_names:
        for part in _parts(whole[name]):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def _parts(column: pa.ChunkedArray) -> list[bytes]:
    """Bytes that depend on the values alone: not on what lies below a null, nor on how texts are numbered."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    whole = pa.concat_arrays(column.chunks) if column.num_chunks else pa.nulls(0, kind)
    if pa.types.is_string(kind):
        encoded = whole.dictionary_encode()
        texts = json.dumps(encoded.dictionary.to_pylist()).encode()
        return [texts, encoded.indices.fill_null(-1).to_numpy().astype("<i4").tobytes()]
    if pa.types.is_timestamp(kind):
        whole = whole.cast(pa.int64())
    numbers = whole.fill_null(0).to_numpy()
    nulls = np.packbits(whole.is_null().to_numpy(zero_copy_only=False))
    return [numbers.astype(numbers.dtype.newbyteorder("<")).tobytes(), nulls.tobytes()]
