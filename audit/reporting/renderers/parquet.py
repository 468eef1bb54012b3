"""The findings of a Report as Parquet: a row for each, the columns of `Report.findings`."""

from __future__ import annotations

from audit.nouns.reports import Report


def render(report: Report) -> bytes:
    """The bytes of a Parquet file."""
    import pyarrow as pa
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    parquet.write_table(report.findings, sink)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]
