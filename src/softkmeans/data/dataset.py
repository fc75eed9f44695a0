"""A data set, ready for use: points, ground truth, and where they came from."""

import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from softkmeans.arrays import Floats, Integers, label_means
from softkmeans.data import catalogue
from softkmeans.errors import DataError
from softkmeans.files import replacing


@dataclass(frozen=True)
class Provenance:
    """Where points and labels came from.

    Attributes
    ----------
    source : str
        ``real``, ``twin``, ``own`` or ``generated``.
    url, labels_url : str or None
        What they were read from (for own data sets a path).
    sha256 : str
        Canonical digest of the points that are used.
    retrieved : str or None
        UTC time of the download of the points, ISO format.
    rejected : tuple of str
        One line for each source that was tried and failed, and why.
    """

    source: str
    url: str | None
    labels_url: str | None
    sha256: str
    retrieved: str | None = None
    rejected: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Data:
    """Points with what is known of them.

    Attributes
    ----------
    name : str
    points : (n, d) array of float64
    n_clusters : int
    labels : (n,) array of int64 in 0 … K-1, or None without ground truth
    provenance : Provenance
    """

    name: str
    points: Floats
    n_clusters: int
    labels: Integers | None
    provenance: Provenance

    @property
    def true_centroids(self) -> Floats | None:
        """Means of the points by label, (K, d); None without labels."""
        if self.labels is None:
            return None
        return label_means(self.points, self.labels, self.n_clusters)

    @property
    def caption(self) -> str:
        """Short text for figures, that tells a twin from the real set."""
        match self.provenance.source:
            case "twin":
                return f"twin of {self.name} (a synthetic stand-in, not the real data)"
            case "generated":
                return f"{self.name}, {self.provenance.url}"
            case "own":
                return f"own data set {self.name}, sha256 {self.provenance.sha256[:8]}"
        citation = catalogue.lookup(self.name).citation
        return f"{self.name}, {citation}, sha256 {self.provenance.sha256[:8]}"


def save(data: Data, npz_path: Path, json_path: Path) -> None:
    """Write points and labels to `npz_path`, everything else to `json_path`: whole or not at all.

    The same values make the same bytes.
    """
    arrays = {"points": data.points} | ({} if data.labels is None else {"labels": data.labels})
    record = {
        "name": data.name,
        "caption": data.caption,
        "n_points": data.points.shape[0],
        "n_dims": data.points.shape[1],
        "n_clusters": data.n_clusters,
        "provenance": asdict(data.provenance),
    }
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    with replacing(npz_path) as unfinished:
        unfinished.write_bytes(buffer.getvalue())
    with replacing(json_path) as unfinished:
        unfinished.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def load(npz_path: Path, json_path: Path) -> Data:
    """Read what `save` wrote.

    Raises
    ------
    DataError
        The files are missing or damaged.
    """
    try:
        record = json.loads(json_path.read_text(encoding="utf-8"))
        provenance = record["provenance"] | {"rejected": tuple(record["provenance"]["rejected"])}
        with npz_path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            labels = arrays.get("labels")
            return Data(
                record["name"], arrays["points"], record["n_clusters"], labels, Provenance(**provenance)
            )
    except Exception as error:  # a damaged zip or JSON shows in many ways
        raise DataError(f"{npz_path} and {json_path} cannot be read ({error}); make them anew") from error
