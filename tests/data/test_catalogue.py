import pytest

from softkmeans.data.catalogue import BENCHMARK, CATALOGUE, FAMILIES, lookup, named_datasets
from softkmeans.data.mirrors import DEFAULT_MIRRORS, labels_at, points_at
from softkmeans.errors import DataError


def test_benchmark_is_the_27_sets_in_natural_order():
    assert len(BENCHMARK) == 27
    assert BENCHMARK[:4] == ("s1", "s2", "s3", "s4")
    assert BENCHMARK[-1] == "g2-2-100"
    assert sum(FAMILIES.values(), ()) == BENCHMARK
    assert list(FAMILIES) == ["S", "A", "Birch", "Unbalance", "DIM", "G2"]


def test_every_benchmark_set_has_a_digest_and_all_but_birch3_labels():
    assert all(len(CATALOGUE[name].sha256 or "") == 64 for name in BENCHMARK)
    assert [name for name in BENCHMARK if CATALOGUE[name].labels_sha256 is None] == ["birch3"]


def test_whole_g2_is_known():
    g2 = [known for known in CATALOGUE.values() if known.family == "G2"]
    assert len(g2) == 110
    assert len(CATALOGUE) == 17 + 110
    assert sum(known.sha256 is None for known in g2) == 100
    assert lookup("g2-1024-100").n_dims == 1024


@pytest.mark.parametrize("family", ["dim", "DIM", "Dim"])
def test_families_are_written_out_in_any_case(family):
    assert named_datasets(["s1", family, "dim032"]) == ("s1", *FAMILIES["DIM"])
    assert named_datasets(["all"]) == named_datasets(["ALL"]) == BENCHMARK


@pytest.mark.parametrize(("wrong", "right"), [("S1", "s1"), ("birch11", "birch1"), ("dim32", "dim032")])
def test_unknown_name_gives_the_nearest(wrong, right):
    with pytest.raises(DataError, match=f"^unknown data set '{wrong}'; did you mean '{right}'\\?$"):
        lookup(wrong)


def test_unknown_name_that_is_near_none():
    with pytest.raises(DataError, match=r"^unknown data set 'mnist-784'$"):
        lookup("mnist-784")


def test_locations():
    sipu, _, gagolews = DEFAULT_MIRRORS
    g2 = points_at(sipu, lookup("g2-4-30"))
    assert g2 is not None
    assert (g2.url, g2.member) == ("https://cs.uef.fi/sipu/datasets/g2-txt.zip", "g2-4-30.txt")
    labels = labels_at(sipu, lookup("a2"))
    assert labels is not None
    assert (labels.url.rsplit("/")[-1], labels.member) == ("a-gt-pa.zip", "a2-ga.pa")
    assert labels_at(sipu, lookup("birch1")) is None
    birch = labels_at(gagolews, lookup("birch1"))
    assert birch is not None
    assert birch.url.endswith("v1.1.0/sipu/birch1.labels0.gz")
    for name in ("birch3", "dim032", "g2-2-10"):
        assert points_at(gagolews, lookup(name)) is None
