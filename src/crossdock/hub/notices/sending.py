"""Sending one request to a receiver: to a checked address, bounded in time and size, no redirect followed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx2

from crossdock.hub.notices.addresses import AddressRefused, Resolve, checked_addresses

AT_ONCE = 4
"""Requests under way to one receiver."""
TIMEOUT = 10.0
"""Seconds for connecting, and for each step of the answer."""
LONGEST = 20.0
"""Seconds for one request altogether, however steadily its answer drips."""
LARGEST_ANSWER = 2048
"""Bytes of an answer that are looked at; more is not read."""


@dataclass(frozen=True)
class Parcel:
    """One request to be sent."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What came of it: the status (0 without an answer), how long it took, and what was wrong if anything."""

    status: int
    milliseconds: int
    error: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the receiver took it: a status of 2xx."""
        return 200 <= self.status < 300


class Sender:
    """Sends to receivers; used by one pass, closed after it. `allowed` are the private hosts that may be called."""

    def __init__(
        self,
        allowed: Sequence[str],
        *,
        resolve: Resolve | None = None,
        timeout: float = TIMEOUT,
        longest: float = LONGEST,
    ) -> None:
        self._allowed, self._resolve, self._longest = allowed, resolve, longest
        # Not by a proxy of the environment: that one would look names up again, and reach what we must not.
        self._http = httpx2.Client(timeout=timeout, follow_redirects=False, trust_env=False)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="notices")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def send(self, parcels: Sequence[Parcel]) -> list[Answer]:
        """Send at most `AT_ONCE` parcels side by side; an answer for each, in their order. Never raises for one."""
        began = time.monotonic()
        futures = [self._threads.submit(self._one, parcel) for parcel in parcels]
        wait(futures, timeout=self._longest)
        return [self._answer(future, began) for future in futures]

    def _answer(self, future: Future[Answer], began: float) -> Answer:
        if future.done():
            return future.result()
        return Answer(0, _since(began), f"no whole answer within {self._longest:g} seconds")

    def _one(self, parcel: Parcel) -> Answer:
        began = time.monotonic()
        try:
            status, text = self._post(parcel)
        except AddressRefused as error:
            return Answer(0, _since(began), str(error)[:500])
        except httpx2.TimeoutException:
            return Answer(0, _since(began), f"no answer within {TIMEOUT:g} seconds")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, RuntimeError) as error:
            return Answer(0, _since(began), f"{type(error).__name__}: {error}"[:500])
        return Answer(status, _since(began), _words(status, text))

    def _post(self, parcel: Parcel) -> tuple[int, str]:
        url = httpx2.URL(parcel.url)
        host, port = url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80)
        headers = {**parcel.headers, "Host": url.netloc.decode("ascii")}
        extensions = {"sni_hostname": host} if url.scheme == "https" else {}
        addresses = checked_addresses(host, port, self._allowed, self._resolve)
        for last, address in ((address == addresses[-1], address) for address in addresses):
            try:
                with self._http.stream(
                    "POST",
                    url.copy_with(host=address),
                    content=parcel.body,
                    headers=headers,
                    extensions=extensions,
                ) as response:
                    return response.status_code, self._beginning(response)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                if last:
                    raise
        raise AddressRefused(f"the name {host} has no address")

    def _beginning(self, response: httpx2.Response) -> str:
        if response.is_success:
            return ""
        text = b""
        for chunk in response.iter_raw(LARGEST_ANSWER):
            text += chunk
            if len(text) >= LARGEST_ANSWER:
                break
        return text[:LARGEST_ANSWER].decode("utf-8", "replace")


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _words(status: int, text: str) -> str:
    """Say what was wrong with an answer; nothing for one that accepts."""
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"it answered {status}: redirects are not followed, give the final address"
    shown = " ".join(text.replace("\x00", "").split())[:200]
    return f"it answered {status}" + (f": {shown}" if shown else "")
