"""Mirrors to test against: the real one where there is one, else one made of twins; on disk and over HTTP."""

import fcntl
import gzip
import os
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from driving import new_project, succeed, without_a_mirror

from softkmeans.clustering import compiled
from softkmeans.data import catalogue
from softkmeans.data.catalogue import BENCHMARK, CATALOGUE, Entry
from softkmeans.data.dataset import Dataset
from softkmeans.data.mirrors import Location, Mirror, labels_at, points_at
from softkmeans.data.obtain import obtain
from softkmeans.data.parsing import canonical_digest
from softkmeans.data.twins import draw_twin

REAL_MIRROR = Path(
    os.environ.get("SOFTKMEANS_MIRROR") or Path(__file__).resolve().parents[2] / "shared" / "franti"
)

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Web:
    """A server on the loopback: what it answers by path, and which paths were asked for."""

    url: str
    answers: dict[str, bytes | int | Answer] = field(default_factory=dict)
    folder: Path | None = None
    asked: list[str] = field(default_factory=list)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        answer = self.answers.get(handler.path)
        if answer is None:
            file = None if self.folder is None else self.folder / handler.path.lstrip("/")
            answer = file.read_bytes() if file is not None and file.is_file() else 404
        if callable(answer):
            answer(handler)
            return
        status, body = (answer, b"no") if isinstance(answer, int) else (200, answer)
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@pytest.fixture
def make_web() -> Iterator[Callable[[], Web]]:
    """Start servers; they stop with the test."""
    servers: list[ThreadingHTTPServer] = []

    def start() -> Web:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with suppress(ConnectionError):  # the client may hang up
                    web.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        web = Web(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return web

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def web(make_web: Callable[[], Web]) -> Web:
    return make_web()


@pytest.fixture
def dead_url() -> str:
    """The address of a port on which nobody listens."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.server_close()
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No proxy between a test and its server, and no cache of the user's."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("SOFTKMEANS_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache that is not there yet."""
    return tmp_path / "cache"


def kept(cache: Path) -> list[str]:
    """Names of the files in a cache."""
    return sorted(path.name for path in cache.iterdir()) if cache.exists() else []


def sipu(url: str) -> Mirror:
    """The mirror of a server that has the file names of the original site."""
    return Mirror(f"{url}/sipu/", "sipu")


def put(root: Path, location: Location, text: bytes) -> None:
    path = root / location.url.removeprefix("file:")
    path.parent.mkdir(parents=True, exist_ok=True)
    if location.member:
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(location.member, text)
    else:
        path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)


def mirror_of_twins(root: Path) -> dict[str, Entry]:
    """Write the twins in the layouts of the mirrors; return a catalogue with their digests."""
    changed = dict(CATALOGUE)
    for name in BENCHMARK:
        dataset = CATALOGUE[name]
        points, labels = draw_twin(dataset)
        texts = {points_at: "".join("   ".join(map(str, row)) + "\r\n" for row in points.tolist()).encode()}
        changed[name] = replace(dataset, sha256=canonical_digest(points))
        if labels is not None:
            body = "".join(f"{label + 1}\n" for label in labels.tolist())
            texts[labels_at] = (
                f"VQ PARTITIONING\n2.0\n{dataset.n_clusters}\n{len(points)}\n-----\n{body}".encode()
            )
            changed[name] = replace(changed[name], labels_sha256=canonical_digest(labels + 1))
        for mirror in (Mirror("file:sipu", "sipu"), Mirror("file:gagolews/sipu", "gagolews")):
            for where, text in texts.items():
                if place := where(mirror, dataset):
                    put(root, place, text)
    return changed


@pytest.fixture(scope="session")
def _mirror_and_catalogue(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Entry]]:
    if (REAL_MIRROR / "sipu").is_dir():
        return REAL_MIRROR, dict(CATALOGUE)
    root = tmp_path_factory.mktemp("mirror")
    return root, mirror_of_twins(root)


@pytest.fixture
def mirror_folder(
    _mirror_and_catalogue: tuple[Path, dict[str, Entry]], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A folder with sipu/ and gagolews/sipu/; if it had to be made of twins, the catalogue says so too."""
    folder, entries = _mirror_and_catalogue
    monkeypatch.setattr(catalogue, "CATALOGUE", entries)
    return folder


@pytest.fixture
def file_mirrors(mirror_folder: Path) -> tuple[Mirror, ...]:
    sipu, gagolews = mirror_folder / "sipu", mirror_folder / "gagolews" / "sipu"
    return Mirror(sipu.resolve().as_uri(), "sipu"), Mirror(gagolews.resolve().as_uri(), "gagolews")


@pytest.fixture
def http_mirrors(web: Web, mirror_folder: Path) -> tuple[Mirror, ...]:
    web.folder = mirror_folder
    return Mirror(f"{web.url}/sipu/", "sipu"), Mirror(f"{web.url}/gagolews/sipu/", "gagolews")


@pytest.fixture(scope="session")
def benchmark_set(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Dataset]:
    """Give a set of the benchmark by name: the real one where there is a mirror, else its twin."""
    cache = tmp_path_factory.mktemp("sets")
    there = (REAL_MIRROR / "sipu").is_dir()
    mirrors = [
        Mirror((REAL_MIRROR / folder).resolve().as_uri(), layout)
        for folder, layout in (("sipu", "sipu"), ("gagolews/sipu", "gagolews"))
    ]

    def get(name: str) -> Dataset:
        return obtain(name, source="download" if there else "twin", mirrors=mirrors, cache=cache)

    return get


@contextmanager
def one_worker_at_a_time(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Hold a lock in the folder that all workers have in common, and give that folder."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


@pytest.fixture(scope="session", autouse=True)
def _engine(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Compile the engine once, and not in each worker at the same time."""
    with one_worker_at_a_time(tmp_path_factory):
        compiled.load()


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small configuration, run to its end once for all tests. Copy it, never change it."""
    with one_worker_at_a_time(tmp_path_factory) as folder:
        if not (folder / "finished.done").exists():
            made = new_project(folder / "finished")
            (made / "overlay.yaml").write_text(yaml.safe_dump(without_a_mirror()))
            (made / "said.txt").write_text(succeed(made, "--cores", "8"))
            (folder / "finished.done").touch()
    return folder / "finished"


@pytest.fixture
def finished_copy(finished_run: Path, tmp_path: Path) -> Path:
    """A copy of that run, times of files included."""
    return Path(shutil.copytree(finished_run, tmp_path / "finished"))
