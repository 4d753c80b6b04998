"""How the runtime spends memory and computing time on one model; no choice here changes an answer."""

from dataclasses import dataclass
from enum import StrEnum


class CacheType(StrEnum):
    """Number format of the attention cache; llama.cpp's names."""

    F32 = "f32"
    F16 = "f16"
    Q8_0 = "q8_0"
    Q4_0 = "q4_0"


class Speculation(StrEnum):
    """Whether drafts of one kind are used."""

    AUTO = "auto"  # while they pay, by measurement
    ON = "on"  # always, and as long as allowed
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Tuning:
    """mtp: drafts by the model's own multi-token prediction. lookup: drafts copied from the prompt and the open text.

    n_draft: tokens that an MTP draft may have, and how far a recurrent state can be rolled back in place; each costs a
    copy of the recurrent state for every sequence (llama.cpp's n_rs_seq). sequences: llama.cpp sequences; two work,
    the others hold states that are likely to be needed again; 0 = by the model's size. lanes: requests that can be at work
    at the same time; each beyond the first takes another sequence; 0 = by the model's size. checkpoint_bytes: host memory
    for checkpoints. n_ubatch: rows of the largest decode call. n_long_draft: tokens that a copied draft may have.
    cache_k, cache_v: the attention cache's number formats.
    """

    mtp: Speculation = Speculation.AUTO
    lookup: Speculation = Speculation.AUTO
    n_draft: int = 3
    sequences: int = 0
    lanes: int = 0
    checkpoint_bytes: int = 1 << 30
    n_ubatch: int = 256
    n_long_draft: int = 48
    cache_k: CacheType = CacheType.F16
    cache_v: CacheType = CacheType.F16

    @property
    def drafts(self) -> bool:
        """Whether any are to be rolled back in place; being able to makes each call of a small model a tenth slower."""
        return self.mtp is not Speculation.OFF or self.lookup is not Speculation.OFF
