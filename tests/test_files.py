import pytest

from softkmeans.errors import DataError
from softkmeans.files import check_writable, remove_unfinished, replacing


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
