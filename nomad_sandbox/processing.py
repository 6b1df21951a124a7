"""What happens to an upload behind the scenes: process, publish, delete, re-pack.

Work is done by threads of its own, one upload at a time in each, in the order and with the intermediate states that
a v0 server shows. Knows the states and their order. It must not know HTTP or who may ask for what.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from nomad_sandbox.accounts import Accounts
from nomad_sandbox.archive_files import (
    PARSER,
    BadArchiveFile,
    describe_archive,
    find_archive_files,
    read_archive_file,
    takes_archives,
    told_in,
)
from nomad_sandbox.calcs import Calc, calcs_of, create_calc, get_calc, update_calc
from nomad_sandbox.extract import BadArchive, extract
from nomad_sandbox.files import files_beside, write_stripped_potcars
from nomad_sandbox.hashes import file_digest, hashed
from nomad_sandbox.index import index_calcs, index_upload
from nomad_sandbox.logs import ProcessingLog
from nomad_sandbox.mainfiles import find_mainfiles, load_parsers
from nomad_sandbox.packed import forget_packed, pack
from nomad_sandbox.placeholders import describe_failure
from nomad_sandbox.publication import NotPublished, pack_by_embargo, publish_metadata
from nomad_sandbox.reader import Reader, Reading, Unreadable
from nomad_sandbox.store import Store, utc_now
from nomad_sandbox.uploads import Upload, delete_upload, get_upload, unfinished, update_upload

log = logging.getLogger(__name__)
PACE_S = 0.03


class _Stopped(Exception):
    pass


class Processing:
    """The workers of one store.

    Parameters
    ----------
    pace_s : float
        How long each intermediate state lasts at least, so that it can be seen; an upload of many calculations
        shares it among them.
    """

    def __init__(
        self,
        store: Store,
        accounts: Accounts,
        reader: Reader,
        *,
        pace_s: float = PACE_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._reader = reader
        self._pace_s = pace_s
        self._sleep = sleep
        self._parsers = load_parsers()
        self._queue: SimpleQueue[str | None] = SimpleQueue()
        self._only: dict[str, frozenset[str]] = {}
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._work, name=f"processing-{i}", daemon=True) for i in range(2)]

    def start(self) -> None:
        """Start the workers, and take up what an earlier sandbox of this store left unfinished."""
        self._store.clean_incoming(known=lambda upload_id: get_upload(self._store, upload_id) is not None)
        for upload in unfinished(self._store):
            self.submit(upload.upload_id)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the workers after the step that they are in; unfinished work is taken up at the next start."""
        self._stopping.set()
        for _ in self._threads:
            self._queue.put(None)
        self._reader.stop()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(timeout=5)

    def submit(self, upload_id: str, *, only: Iterable[str] | None = None) -> None:
        """Let a worker do the upload's current process; mainfiles are looked for among all files, or ``only`` these."""
        if only is not None:
            self._only[upload_id] = frozenset(only)
        self._queue.put(upload_id)

    def _work(self) -> None:
        while (upload_id := self._queue.get()) is not None:
            upload = get_upload(self._store, upload_id)
            if upload is None:
                continue
            try:
                self._run(upload)
            except _Stopped:
                return
            except Exception as error:
                if self._stopping.is_set():
                    return
                log.exception("upload %s: %s failed", upload_id, upload.current_process)
                self._fail(upload_id, f"process failed: {error}")

    def _run(self, upload: Upload) -> None:
        processes = {
            "process_upload": self._process,
            "publish_upload": self._publish,
            "delete_upload": self._delete,
            "re_process_upload": self._process,
            "change_files": self._change_files,
            "re_pack": self._re_pack,
        }
        processes[upload.current_process](upload)

    def _pause(self, share: int = 1) -> None:
        if self._stopping.is_set():
            raise _Stopped
        self._sleep(self._pace_s / share)

    def _fail(self, upload_id: str, error: str) -> None:
        changes = {"tasks_status": "FAILURE", "errors": [error], "process_running": False, "complete_time": utc_now()}
        update_upload(self._store, upload_id, changes)

    def _process(self, upload: Upload) -> None:
        self._pause()
        if not self._extract(upload):
            return
        update_upload(self._store, upload.upload_id, {"current_task": "parse_all"})
        only = self._only.pop(upload.upload_id, None)
        calc_ids = self._match(upload, only)
        self._pause()
        update_upload(self._store, upload.upload_id, {"process_running": False})
        for calc_id in calc_ids:
            self._process_calc(upload, calc_id, share=len(calc_ids))
        self._process_archive_files(upload, only)
        update_upload(self._store, upload.upload_id, {"current_task": "cleanup"})
        self._pause()
        update_upload(self._store, upload.upload_id, {"tasks_status": "SUCCESS", "complete_time": utc_now()})

    def _extract(self, upload: Upload) -> bool:
        if upload.upload_path is None:
            return True  # taken up again, after its files were extracted
        update_upload(self._store, upload.upload_id, {"current_task": "extracting", "tasks_status": "RUNNING"})
        folder = self._store.raw_folder(upload.upload_id)
        try:
            skipped = extract(Path(upload.upload_path), folder)
        except BadArchive as error:
            self._fail(upload.upload_id, str(error))
            return False
        write_stripped_potcars(folder)
        self._pause()
        warnings = [f"left out of the upload: {name}" for name in skipped[:100]]
        update_upload(self._store, upload.upload_id, {"upload_path": None, "warnings": warnings})
        self._store.incoming(upload.upload_id).unlink(missing_ok=True)
        return True

    def _match(self, upload: Upload, only: frozenset[str] | None) -> list[str]:
        folder = self._store.raw_folder(upload.upload_id)
        known = {calc.mainfile: calc for calc in calcs_of(self._store, upload.upload_id)}
        found = find_mainfiles(folder, self._parsers)
        with self._store.change():
            for mainfile, parser in found:
                if mainfile not in known and (only is None or mainfile in only):
                    create_calc(self._store, upload.upload_id, mainfile, parser.name)
        return [calc.calc_id for calc in calcs_of(self._store, upload.upload_id) if calc.tasks_running]

    def _process_archive_files(self, upload: Upload, only: frozenset[str] | None) -> None:
        """Make entries of archive files, once it is known what the calculations beside them are."""
        if not takes_archives(self._store, upload.upload_id):
            return
        folder, calcs = self._store.raw_folder(upload.upload_id), calcs_of(self._store, upload.upload_id)
        for mainfile in find_archive_files(folder, calcs):
            if only is not None and mainfile not in only:
                continue
            calc_id = create_calc(self._store, upload.upload_id, mainfile, PARSER)
            self._process_calc(upload, calc_id, share=len(calcs) + 1)

    def _read(self, calc: Calc, mainfile: Path, archive_path: Path) -> Reading:
        """Read a mainfile, write its archive, and give what it tells; an archive file is its own archive.

        Raises
        ------
        Unreadable
        """
        if calc.parser != PARSER:
            return self._reader.read(mainfile, calc.parser, archive_path)
        try:
            archive = read_archive_file(mainfile)
        except BadArchiveFile as error:
            raise Unreadable(str(error)) from error
        archive_path.write_text(json.dumps(archive), "utf-8")
        metadata = {**told_in(archive), **calc.metadata}
        update_calc(self._store, calc.calc_id, {"metadata": metadata})
        return Reading(describe_archive(archive, upload_id=calc.upload_id))

    def _process_calc(self, upload: Upload, calc_id: str, *, share: int) -> None:
        calc = get_calc(self._store, calc_id)
        assert calc is not None
        told = ProcessingLog(calc)
        update_calc(self._store, calc_id, {"current_task": "parsing", "tasks_status": "RUNNING"})
        told.add("parsing", "parser executed", parser=calc.parser)
        self._pause(share)
        archive_path = self._store.archive_path(upload.upload_id, calc_id)
        archive_path.parent.mkdir(parents=True, exist_ok=True)
        mainfile = self._store.raw_folder(upload.upload_id) / calc.mainfile
        try:
            reading = self._read(calc, mainfile, archive_path)
        except Unreadable as error:
            if self._stopping.is_set():
                raise _Stopped from error
            told.add("parsing", "parser failed with exception", level="ERROR", exception=str(error))
            archive_path.unlink(missing_ok=True)
            self._finish_calc(upload, calc, self._failed(calc, str(error)), told)
            return
        for task in ("normalizing", "archiving"):
            update_calc(self._store, calc_id, {"current_task": task})
            told.add(task, "processed")
            self._pause(share)
        for doubt in reading.doubts:
            told.add("parsing", doubt, level="ERROR")
        outcome = {"tasks_status": "SUCCESS", "found": reading.found, "errors": list(reading.doubts)}
        self._finish_calc(upload, calc, outcome, told)

    def _failed(self, calc: Calc, reason: str) -> dict[str, Any]:
        code = next((parser.code for parser in self._parsers if parser.name == calc.parser), None)
        return {
            "tasks_status": "FAILURE",
            "errors": ["parser failed with exception", reason],
            "found": describe_failure(code),
        }

    def _finish_calc(self, upload: Upload, calc: Calc, outcome: dict[str, Any], told: ProcessingLog) -> None:
        now, calc = utc_now(), get_calc(self._store, calc.calc_id) or calc
        files = files_beside(self._store.raw_folder(upload.upload_id), calc.mainfile)
        metadata = {**calc.metadata, "files": files, "last_processing": now}
        metadata["calc_hash"] = hashed(
            calc.parser, file_digest(self._store.raw_folder(upload.upload_id) / calc.mainfile)
        )
        told.write(self._store.log_path(upload.upload_id, calc.calc_id))
        with self._store.change():
            changes = {"complete_time": now, "process_running": False, "metadata": metadata, **outcome}
            update_calc(self._store, calc.calc_id, changes)
            index_calcs(self._store, self._accounts, [calc.calc_id])

    def _publish(self, upload: Upload) -> None:
        self._pause()
        # read again: whoever asks for a second time before we come here overwrites what was said first
        current = get_upload(self._store, upload.upload_id)
        assert current is not None
        pack(self._store, upload.upload_id)
        try:
            with self._store.change():
                publish_metadata(self._store, self._accounts, current)
                update_upload(self._store, upload.upload_id, {"published": True})
                index_upload(self._store, self._accounts, upload.upload_id)
                update_upload(self._store, upload.upload_id, {"process_running": False})
        except NotPublished as error:
            forget_packed(self._store, upload.upload_id)
            self._fail(upload.upload_id, str(error))

    def _change_files(self, upload: Upload) -> None:
        """Take a moment for files that changed and are not to be processed yet; a NOMAD has a process for that, too."""
        self._pause()
        update_upload(self._store, upload.upload_id, {"process_running": False})

    def _re_pack(self, upload: Upload) -> None:
        self._pause()
        with self._store.change():
            pack_by_embargo(self._store, upload.upload_id)
            index_upload(self._store, self._accounts, upload.upload_id)
            update_upload(self._store, upload.upload_id, {"process_running": False})

    def _delete(self, upload: Upload) -> None:
        self._pause()
        self._store.remove_files(upload.upload_id)
        delete_upload(self._store, upload.upload_id)
