"""Generators that compute exactly, take prompts as token ids, and note the ids of their answers."""

import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from foretoken.text.cancel import CancelToken
from foretoken.text.generation import Finish, GeneratedToken, GenerateRequest
from model.generators import Bench, plain
from model.mtp_reference import binding

IDS: dict[str, tuple[int, ...]] = {}
Answer = tuple[list[GeneratedToken], Finish, list[int]]


@contextmanager
def exact() -> Iterator[None]:
    """Contexts that are made meanwhile compute in F32 throughout: bit by bit the same however rows share calls.

    llama.cpp's fast attention sums in half precision on a CPU, whatever the cache's type is, and so turns near ties.
    """
    defaults = binding.llama_context_default_params

    def params():
        made = defaults()
        made.flash_attn_type = binding.LLAMA_FLASH_ATTN_TYPE_DISABLED
        made.type_k = made.type_v = binding.GGML_TYPE_F32
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(binding, "LLAMA_FLASH_ATTN_TYPE_AUTO", binding.LLAMA_FLASH_ATTN_TYPE_DISABLED)
        patch.setattr(binding, "llama_context_default_params", params)
        patch.setattr("foretoken.runtime.context.CACHE_TYPES", _F32())
        yield


class _F32(dict):
    def __missing__(self, cache_type: str) -> int:
        return binding.GGML_TYPE_F32


class Steady:
    """A machine on which a row costs next to nothing beside a call: drafts are as long as they may be."""

    known = True

    def observe(self, rows: int, seconds: float) -> None: ...

    def seconds(self, rows: int) -> float:
        return 1 + 0.01 * rows

    def rows_within(self, seconds: float, most: int, least: int = 8) -> int:
        return most


class Asked(Bench):
    """Computes exactly, and on a steady machine; takes texts that stand for ids."""

    def __init__(self, path: Path, **options: object) -> None:
        with exact():
            super().__init__(path, **options)
        self.ids: list[int] = []
        self._known: dict[GenerateRequest, Answer] = {}
        self.generator.evaluator.cost = self.generator.predictor.drafter._cost = Steady()
        vocabulary, choose = self.model.vocabulary, self.generator.predictor.choose
        tokenize = vocabulary.tokenize
        vocabulary.tokenize = lambda text: IDS[text] if text in IDS else tokenize(text)

        @functools.wraps(choose)
        def note(*arguments):
            choice = choose(*arguments)
            self.ids.append(choice.token_id)
            return choice

        self.generator.predictor.choose = note

    def ask(self, request: GenerateRequest, cancel: CancelToken | None = None) -> Answer:
        """The tokens, the finish and the ids."""
        self.ids = []
        *tokens, finish = self.generator.generate(request, cancel or CancelToken())
        return tokens, finish, self.ids

    def ask_afresh(self, request: GenerateRequest) -> Answer:
        """The same from nothing; only the first time, for then it is known."""
        if request not in self._known:
            self.state.forget()
            self._known[request] = self.ask(request)
        return self._known[request]


def said(token_ids: Sequence[int]) -> str:
    """A text that ``Asked`` reads as these ids: what the made models write is seldom UTF-8."""
    text = "ids " + " ".join(map(str, token_ids))
    IDS[text] = tuple(map(int, token_ids))
    return text


def random_ids(count: int, seed: int = 0) -> list[int]:
    return np.random.default_rng((count, seed)).integers(0, 300, count).tolist()


def go_on(token_ids: Sequence[int], n_predict: int = 60, **options: object) -> GenerateRequest:
    """A request that goes on from exactly these ids."""
    return plain(said(token_ids), n_predict, **{"heal": False, **options})
