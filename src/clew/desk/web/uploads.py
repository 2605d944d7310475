"""No request may fill the disk: one whose files are too large in all is not read to its end."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

MOST_BYTES = 40 * 1024 * 1024
"""Declared: bytes of all files of one request; above what any form of the desk takes."""


class Capped(FileUploadHandler):
    """Stands before the handlers that keep files; by what is said of the length, and by count."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.read = 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 (Django's name)
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Refuse by the length that the request names.

        Raises
        ------
        RequestDataTooBig
            Answered with status 400.
        """
        del input_data, META, boundary, encoding
        self._take(content_length)
        self.read = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Count what is read, for a request need not name its length truly."""
        del start
        self._take(len(raw_data))
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the handlers behind."""
        del file_size

    def _take(self, size: int) -> None:
        self.read += size
        if self.read > MOST_BYTES:
            raise RequestDataTooBig("the files of this request are too large")
