"""Tables as spreadsheets of the world write them, and those that are none."""

import codecs
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.experiments.table import MAX_COLUMNS, MAX_FIELD, read_table

CHINESE = "question,expected\n什么是退款？,七天\n“引号”,好\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (CHINESE.encode(), "UTF-8"),
        (codecs.BOM_UTF8 + CHINESE.encode(), "UTF-8"),
        (CHINESE.encode("gb18030"), "GB18030"),
        (CHINESE.encode("utf-16"), "UTF-16"),
        (codecs.BOM_UTF16_BE + CHINESE.encode("utf-16-be"), "UTF-16"),
    ],
)
def test_every_encoding_gives_the_same_rows(content: bytes, encoding: str) -> None:
    table = read_table(content)
    assert table.encoding == encoding
    assert table.columns == ("question", "expected")
    assert [dict(row.fields)["input"] for row in table.rows] == ["什么是退款？", "“引号”"]
    assert [row.expected for row in table.rows] == ["七天", "好"]


def test_quotes_newlines_and_delimiters_are_read() -> None:
    table = read_table('Input;Group\r\n"a;b\nc ""d""";x\r\n\r\nplain\r\n')
    assert [dict(row.fields)["input"] for row in table.rows] == ['a;b\nc "d"', "plain"]
    assert [row.group for row in table.rows] == ["x", ""]


def test_a_pasted_sheet_is_read() -> None:
    table = read_table("Customer question\tKey\nWhere is it?\tq-1\n")
    assert table.columns == ("customer_question", "key")
    assert table.rows[0].key == "q-1"
    assert dict(table.rows[0].fields)["input"] == "Where is it?"


def test_json_lines_are_read() -> None:
    lines = [{"input": "a", "n": 1.5, "on": True, "list": [1], "none": None}, {"input": "b"}]
    table = read_table("\n".join(json.dumps(line) for line in lines).encode(), "x.jsonl")
    assert dict(table.rows[0].fields) == {
        "input": "a",
        "n": "1.5",
        "on": "true",
        "list": "[1]",
        "none": "",
    }
    assert [row.key for row in table.rows] == ["1", "2"]


def test_many_columns_are_read() -> None:
    names = [f"c{n}" for n in range(MAX_COLUMNS)]
    table = read_table(",".join(names) + "\n" + ",".join("x" for _n in names))
    assert len(table.columns) == MAX_COLUMNS


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("input\n", "no rows"),
        (b"\x00\x01\x02\x03\x04\x05", "no table"),
        (b"input\n\xff\xff", "UTF-8"),
        ("a,b\n1,2,3\n", "Line 2.*3 fields.*2"),
        ('a,b\n"1,2\n', "Line 2.*quotes"),
        ("a,A\n1,2\n", "'a'"),
        ("input\n" + "x\n" * 10_001, "10,000 rows.*10,001"),
        ('{"input": 1\n', "Line 1"),
        ('{"input": "a"}\n[1]\n', "Line 2"),
        ("{}\n", "Line 1"),
        ("input\n" + "x" * (MAX_FIELD + 1), "200,001"),
        (",".join(f"c{n}" for n in range(201)) + "\n1\n", "201 columns"),
    ],
    ids=lambda given: repr(given)[:24],
)
def test_what_is_no_table_is_refused_in_words(content: str | bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read_table(content)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_are_refused(content: bytes) -> None:
    with contextlib.suppress(InvalidInput):
        assert read_table(content).rows
