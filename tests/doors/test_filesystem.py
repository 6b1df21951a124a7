"""Libraries that open paths open NOMAD's, on every API, and meet errors that are ours and the system's."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import fsspec
import h5py
import numpy as np
import pandas
import pytest
import xarray

import nomad_swagger as ns
from nomad_swagger.doors.filesystem import NomadFileSystem
from nomad_swagger.transport.retry import RetryPolicy
from tests.doors.conftest import APIS, DATA, Shelf
from tests.flows.relay import Fault, Relay

Options = Callable[..., dict[str, Any]]
each_api = pytest.mark.parametrize("api", APIS)
MOST_SHARE = 0.05


def file_system(server: str, **options: Any) -> NomadFileSystem:
    found = fsspec.filesystem("nomad", server=server, **options)
    assert isinstance(found, NomadFileSystem)
    return found


@each_api
@pytest.mark.parametrize("which", ["public", "private"])
def test_what_opens_paths_opens_ours(shelf: Shelf, options: Options, api: str, which: str) -> None:
    url, how = f"nomad://{api}/{getattr(shelf, which)}", options(api)
    pandas.testing.assert_frame_equal(pandas.read_csv(f"{url}/run/cutoffs.csv", storage_options=how), shelf.table)
    with fsspec.open(f"{url}/run/si.out", **how) as file:
        assert file.read() == (DATA / "si.out").read_bytes()
    with fsspec.open(f"{url}/run/large.h5", **how) as file, h5py.File(file) as opened:
        assert np.array_equal(opened["density"][5000:5100], shelf.large[5000:5100])
    with fsspec.open(f"{url}/run/dos.nc", **how) as file, xarray.open_dataset(file, engine="h5netcdf") as dataset:
        assert float(dataset["dos"][-1]) == 1.0
    fs = file_system(api, **how)
    names = ["cutoffs.csv", "deep", "dos.nc", "large.h5", "si.in", "si.out"]
    here = url.removeprefix("nomad://")
    if api == "old":  # v0 lists no upload as a whole: a folder that has no entry in it is not known
        names.remove("deep")
    assert sorted(fs.ls(f"{url}/run", detail=False)) == [f"{here}/run/{name}" for name in names]
    assert fs.glob(f"{url}/*/si.*") == [f"{here}/run/si.in", f"{here}/run/si.out"]
    assert fs.info(f"{url}/run/si.out")["size"] == (DATA / "si.out").stat().st_size
    assert fs.isdir(f"{url}/run")
    assert fs.isfile(f"{url}/run/si.in")
    assert not fs.exists(f"{url}/nosuch")
    assert fs.modified(f"{url}/run/si.in").year > 2000
    assert fs.cat_file(f"{url}/run/si.out", 10, -100) == (DATA / "si.out").read_bytes()[10:-100]


@pytest.mark.parametrize(("api", "which"), [("new", "public"), ("new", "private"), ("old", "public")])
def test_a_slice_of_a_large_file_costs_a_small_part_of_it(
    shelf: Shelf, options: Options, relay: Relay, api: str, which: str
) -> None:
    """On the stored zip (v1, public), and on the file route."""
    fs = file_system(api, **options(api, fresh=True))
    path = f"{api}/{getattr(shelf, which)}/run/large.h5"
    size = fs.info(path)["size"]
    middle = len(shelf.large) // 2
    before = relay.carried_bytes
    relay.passed.clear()
    with fs.open(path) as file, h5py.File(file) as opened:
        assert np.array_equal(opened["density"][middle : middle + 1000], shelf.large[middle : middle + 1000])
    carried = relay.carried_bytes - before
    print(f"{api}, {which}: {carried:,} of {size:,} bytes in {len(relay.passed)} requests")  # noqa: T201 - for docs
    assert carried < MOST_SHARE * size
    by_zip = [passing.path.endswith("/raw") for passing in relay.passed]
    assert all(by_zip) if (api, which) == ("new", "public") else not any(by_zip)


@each_api
def test_a_wrong_path_is_a_file_that_is_not_found_and_offers_the_nearest(
    shelf: Shelf, options: Options, api: str
) -> None:
    with pytest.raises(FileNotFoundError, match=r"si\.oud: no such file or folder; did you mean 'run/si\.out'") as hint:
        fsspec.open(f"nomad://{api}/{shelf.public}/run/si.oud", **options(api)).open()
    assert isinstance(hint.value, ns.NotFound)
    assert hint.value.status == 404
    with pytest.raises(ns.NotFound) as nowhere:
        pandas.read_csv(f"nomad://{api}/no-such-upload-at-all-x/a.csv", storage_options=options(api))
    assert isinstance(nowhere.value, FileNotFoundError)
    with pytest.raises(IsADirectoryError):
        file_system(api, **options(api)).open(f"{api}/{shelf.public}/run")


@each_api
def test_without_a_login_what_is_private_is_refused_in_our_words(shelf: Shelf, options: Options, api: str) -> None:
    how = options(api, anonymous=True)
    with pytest.raises(PermissionError) as refused:
        fsspec.open(f"nomad://{api}/{shelf.private}/run/si.out", **how).open()
    assert isinstance(refused.value, (ns.Unauthorized, ns.Forbidden))
    assert "log in" in str(refused.value).lower()
    fs = file_system(api, **how)
    with pytest.raises(ns.NomadError):
        fs.glob(f"{api}/{shelf.private}/run/*")
    with pytest.raises(PermissionError):
        fs.exists(f"{api}/{shelf.private}/run/si.out")


@pytest.mark.parametrize(("api", "which"), [("new", "public"), ("new", "private"), ("old", "public")])
def test_a_line_that_is_cut_goes_on_and_one_that_stays_cut_is_said(
    shelf: Shelf, options: Options, relay: Relay, api: str, which: str
) -> None:
    fs = file_system(api, **options(api, fresh=True))
    path, whole = f"{api}/{getattr(shelf, which)}/run/si.out", (DATA / "si.out").read_bytes()
    assert fs.cat_file(path, 0, 10) == whole[:10]
    relay.fault = lambda passing: Fault(kept_bytes=4000)
    assert fs.cat_file(path) == whole
    relay.fault = lambda passing: Fault(kept_bytes=0)
    with fs.open(path) as file, pytest.raises(ns.IncompleteTransfer, match=r"0 of [\d,]+ bytes"):
        file.read()
    fs.client.nomad.transport.policy = RetryPolicy(retries=0)
    relay.dead = True
    with fs.open(path) as file, pytest.raises(ns.ConnectionLost):
        file.read()


def test_nothing_is_changed_through_this_door(shelf: Shelf, options: Options) -> None:
    fs = file_system("new", **options("new"))
    path = f"new/{shelf.private}/run/si.out"
    for change in (
        lambda: fs.open(path, "w"),
        lambda: fs.open(path, "ab"),
        lambda: fs.pipe(path, b""),
        lambda: fs.write_text(path, ""),
        lambda: fs.touch(path),
        lambda: fs.rm(path),
        lambda: fs.mv(path, f"{path}2"),
        lambda: fs.copy(path, f"{path}2"),
        lambda: fs.put(str(DATA / "si.in"), path),
        lambda: fs.makedirs(f"{path}x"),
        lambda: pandas.DataFrame().to_csv(f"nomad://{path}", storage_options=options("new")),
    ):
        with pytest.raises(ns.UsageError, match="for reading alone") as refused:
            change()
        assert isinstance(refused.value, OSError)
    assert fs.cat_file(path) == (DATA / "si.out").read_bytes()


def test_a_file_system_is_of_one_server_and_its_login_goes_to_no_other(shelf: Shelf, options: Options) -> None:
    fs = file_system("new", **options("new", fresh=True, token="t0ken"))
    with pytest.raises(ns.UsageError, match="begins with the server, nomad://new/"):
        fs.ls(f"nomad://old/{shelf.public}")
    with pytest.raises(ns.UnknownArgument, match="did you mean 'newest'"):
        fsspec.open(f"nomad://newes/{shelf.public}/run/si.out", skip_instance_cache=True).open()


def test_the_servers_own_listing_is_of_your_uploads(shelf: Shelf, options: Options) -> None:
    fs = file_system("new", **options("new"))
    assert fs.ls("nomad://new/", detail=False) == [f"new/{shelf.private}"]


def test_file_systems_and_open_files_go_to_other_processes(shelf: Shelf, options: Options) -> None:
    fs = file_system("new", spec="auto")
    path = f"new/{shelf.private}/run/si.out"
    with fs.open(path) as file:
        file.seek(100)
        copies = pickle.loads(pickle.dumps((fs, file)))
    assert copies[0].cat_file(path, 0, 5) == (DATA / "si.out").read_bytes()[:5]
    assert copies[1].read(50) == (DATA / "si.out").read_bytes()[100:150]


def test_a_host_finds_its_api(shelf: Shelf) -> None:
    host = shelf.box.url.removeprefix("http://")
    assert file_system(host).client.nomad.profile.name in APIS
    host = host.replace("127.0.0.1", "localhost")
    with fsspec.open(f"nomad://{host}/{shelf.public}/run/si.in", "r", anonymous=True) as file:
        assert file.read() == (DATA / "si.in").read_text()
