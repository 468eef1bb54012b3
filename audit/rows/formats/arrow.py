"""Arrow batches of a file from somebody else: validated, counted and cut to size before a value of them is looked at.

Arrow's readers check much, but not all: an offset that points outside its buffer crashes whoever follows it, and a
kilobyte can stand for gigabytes (one text that a million rows refer to, a list of two thousand million nothings).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.nouns.dialogue import AuditError
from audit.rows.formats.fault import Fault
from audit.rows.formats.limits import LONGEST_ROW, check_unpacked, longest_row, said, too_long

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 250  # rows at a time: each may be a long text that the file holds once; 2,000 are a tenth quicker to read
BATCH_BYTES = 1 << 21  # or fewer, if that is more than a row
VALUE = 8  # bytes of a number, or of what says where a text or list begins
AT_ONCE = 25  # bytes of memory that reading a batch may take, for each character that a row may have: see room.WIDE


@contextmanager
def refusing(name: str, what: str, again: str) -> Iterator[None]:
    """Say in one sentence why a file cannot be read. `again`: what to do then."""
    import pyarrow as pa

    try:
        yield
    except pa.ArrowMemoryError as error:
        raise AuditError(
            f"{name}: a part of it takes more than {said(_at_once())} of memory to be read{_why()}; write it again "
            "in smaller parts, if you trust where it comes from"
        ) from error
    except (pa.ArrowException, OSError, ValueError, LookupError, OverflowError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise AuditError(f"{name}: the {what} is damaged or cut off ({reason}); {again}") from error


def sound(name: str, packed: int, batches: Iterator[Any]) -> Iterator[pa.RecordBatch]:
    """The batches, none of which weighs much more than BATCH_BYTES unless it is one row. To be used inside `refusing`.

    `packed`: bytes of the file. AuditError where they hold more than they may, or a row does.
    """
    unpacked = 0
    while (batch := _next(batches)) is not None:
        for column in batch.columns:
            _validate(column)
        unpacked += weight(batch)
        check_unpacked(name, unpacked, packed)
        yield from _parts(name, batch)


def _validate(column: Any) -> None:
    """Look at every value, of text only where it begins and ends: bytes that are no UTF-8 are a fault of their row."""
    import pyarrow as pa

    kinds = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary()}
    (column.view(kinds[column.type]) if column.type in kinds else column).validate(full=True)


def rows_of(batch: Any) -> Iterator[dict[str, Any] | Fault]:
    """The rows of an Arrow batch or table; one that Python has no values for is a Fault."""
    import pyarrow as pa

    try:
        yield from batch.to_pylist()
    except (ValueError, LookupError, OverflowError, pa.ArrowException) as error:
        if batch.num_rows == 1:
            yield _fault(error)
        else:
            for position in range(batch.num_rows):
                yield from rows_of(batch.slice(position, 1))


def weight(batch: Any) -> int:
    """Bytes of the batch once every row has values of its own; ValueError for kinds of columns that are not read."""
    return sum(_weight(column) for column in batch.columns)


def _next(batches: Iterator[Any]) -> Any:
    with _bounded(_at_once()):
        return next(batches, None)


def _at_once() -> int:
    return AT_ONCE * longest_row()


def _why() -> str:
    return " (more does not fit in --memory)" if longest_row() < LONGEST_ROW else ""


@contextmanager
def _bounded(size: int) -> Iterator[None]:
    """Within this, the process gets so many bytes at most on top of those that it has; asking for more is an error.

    What a file says of its own size may be a lie, so only the system can hold it to that: Linux does.
    """
    import resource

    import pyarrow as pa

    before = resource.getrlimit(resource.RLIMIT_DATA)
    own = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    wanted = own + size
    inside = before[0] == resource.RLIM_INFINITY or wanted < before[0]
    if inside:
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, before[1]))
    try:
        yield
    except pa.ArrowMemoryError as error:
        if inside:
            raise
        raise MemoryError(str(error)) from error  # what ran out is the memory of the process, whatever the part takes
    finally:
        if inside:
            resource.setrlimit(resource.RLIMIT_DATA, before)


if sys.platform != "linux":

    def _bounded(size: int) -> Any:
        return nullcontext(size)


def _parts(name: str, batch: Any) -> Iterator[Any]:
    """The batch in halves, and those in halves, until none weighs too much."""
    size = weight(batch)
    if batch.num_rows <= 1:
        if size > longest_row():
            raise AuditError(f"{name}: one row has {too_long()}; take it out")
        yield batch
    elif size <= BATCH_BYTES and batch.num_rows <= BATCH:
        yield batch
    else:
        half = min(BATCH, batch.num_rows // 2) if size <= BATCH_BYTES else batch.num_rows // 2
        yield from _parts(name, batch.slice(0, half))
        yield from _parts(name, batch.slice(half))


def _weight(array: Any) -> int:
    import pyarrow as pa
    from pyarrow import compute, types

    kind, own = array.type, VALUE * len(array)
    if isinstance(array, pa.ExtensionArray):
        return _weight(array.storage)
    if types.is_dictionary(kind):
        return own + _referred(array)
    if _is_text(kind):
        return own + (compute.sum(compute.binary_length(array)).as_py() or 0)
    if types.is_struct(kind):
        return own + sum(_weight(part) for part in array.flatten())
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind) or types.is_map(kind):
        return own + _weight(array.flatten())
    if types.is_primitive(kind) or types.is_null(kind) or types.is_decimal(kind) or types.is_fixed_size_binary(kind):
        return VALUE * len(array) if kind == pa.null() else -(-kind.bit_width // 8) * len(array)
    raise ValueError(f"a column of the type {kind} is not read")


def _referred(array: Any) -> int:
    """Bytes of the values that an array with a dictionary refers to, each as often as it does."""
    from pyarrow import compute

    if not _is_text(array.dictionary.type):
        return _weight(array.dictionary.take(array.indices))
    return compute.sum(compute.binary_length(array.dictionary).take(array.indices)).as_py() or 0


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return any(
        test(kind)
        for test in (
            types.is_string,
            types.is_large_string,
            types.is_binary,
            types.is_large_binary,
            types.is_string_view,
            types.is_binary_view,
        )
    )


def _fault(error: Exception) -> Fault:
    if isinstance(error, UnicodeDecodeError):
        return Fault(f"holds bytes that are not UTF-8 ({error.reason})")
    return Fault(f"holds a value that cannot be read ({' '.join(str(error).split())[:200]})")
