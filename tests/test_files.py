import pytest

from softkmeans.errors import ConfigError, DataError
from softkmeans.files import check_writable, read_yaml, remove_unfinished, replacing


def write_half(path):
    path.write_text("1,")
    raise ValueError("half way")


def test_file_appears_whole_or_not_at_all(tmp_path):
    file = tmp_path / "new" / "table.csv"
    with pytest.raises(ValueError, match="half way"), replacing(file) as unfinished:
        write_half(unfinished)
    assert not list(file.parent.iterdir())
    with replacing(file) as unfinished:
        unfinished.write_text("1,2\n")
        assert unfinished.suffix == file.suffix
        assert not file.exists()
    assert [path.name for path in file.parent.iterdir()] == ["table.csv"]
    assert file.read_text() == "1,2\n"


def test_only_what_killed_writers_left_is_removed(tmp_path):
    kept = [tmp_path / "runs.parquet", tmp_path / ".hidden.csv", tmp_path / "a" / "unfinished-1.csv"]
    for path in kept:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    writer = replacing(tmp_path / "a" / "runs.parquet")
    writer.__enter__().touch()  # and is never left
    assert len(list((tmp_path / "a").iterdir())) == 2
    remove_unfinished(tmp_path)
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(kept)


def test_folder_that_cannot_be_written_to(tmp_path):
    check_writable(tmp_path / "not" / "there" / "yet")
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="results cannot be written to: Not a directory"):
        check_writable(tmp_path / "file" / "results")


def test_yaml_has_the_line_of_each_key(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "a: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\ne: &e {f: 4}\ng:\n  <<: *e\n  h: 5\n"
    )
    found = read_yaml(tmp_path / "a.yaml")
    assert found.data == {"a": 1, "b": ["x", {"c": 2, "d": 3}], "e": {"f": 4}, "g": {"f": 4, "h": 5}}
    paths = [(), ("a",), ("b", 0), ("b", 1, "d"), ("e", "f"), ("g", "f"), ("g", "h")]
    assert [found.line(path) for path in paths] == [1, 1, 3, 5, 6, 6, 9]
    assert found.line(("b", 2)) is None


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "1: must hold a mapping of keys to values"),
        ("# only this\n", "1: must hold a mapping of keys to values"),
        ("- seed\n", "1: must hold a mapping of keys to values"),
        ("seed 1\n", "1: must hold a mapping of keys to values"),
        ("seed: 1\n\tdata: 2\n", "2: not valid YAML: found character '\\t' that cannot start any token"),
        ("seed: [1\ndata: 2\n", "2: not valid YAML: expected ',' or ']', but got ':'"),
        ("seed: 2020-13-01\n", "1: not valid YAML: month must be in 1..12"),
        ("seed: 1\n---\nseed: 2\n", "2: not valid YAML: but found another document"),
        ("seed: \0", "1: not valid YAML: unacceptable character"),
        ("seed: 1\na: &a [*a]\n", "1: not valid YAML: "),
        ("a: 1\nb:\n  c: 1\n  d: [{c: 1, e: 2, c: 3}]\n", "4: b.d[0].c: given twice, first on line 4"),
        (b"seed: 1\na: \xff\xfe\n", "2: not text in UTF-8"),
        (None, "1: cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_is_no_mapping_has_its_line(tmp_path, monkeypatch, text, error):
    monkeypatch.chdir(tmp_path)
    if text is not None:
        (tmp_path / "a.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        read_yaml(tmp_path / "a.yaml")
    assert str(caught.value).startswith(f"a.yaml:{error}")
    assert "\n" not in str(caught.value)
