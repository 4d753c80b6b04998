"""Train the byte-level BPE vocabulary, and read it back.

The pre-tokenizer is the one llama.cpp calls `qwen35`, so the vocabulary loads there as
is. Special tokens carry Qwen's own texts and are appended behind the learnt ones.
"""

import argparse
import json
import random
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from training.command_help import Help
from training.segments import END, FILE_SEP, FIM_MIDDLE, FIM_PREFIX, FIM_SUFFIX, REPO_NAME, Piece

SPECIALS = (
    END,
    "<|im_start|>",
    "<|im_end|>",
    FIM_PREFIX,
    FIM_MIDDLE,
    FIM_SUFFIX,
    "<|fim_pad|>",
    REPO_NAME,
    FILE_SEP,
)

PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}"
    r"| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""The word pattern of Qwen3.5 (as llama.cpp's `LLAMA_VOCAB_PRE_TYPE_QWEN35` has it)."""


class Vocabulary:
    """Text and special tokens to ids. Source text never becomes a special token."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.learnt = tokenizer.get_vocab_size()
        self.special_ids = {text: self.learnt + i for i, text in enumerate(SPECIALS)}
        self.size = self.learnt + len(SPECIALS)
        self._bytes: list[int] | None = None

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """Read what `train` wrote."""
        return cls(Tokenizer.from_file(str(path)))

    def encode(self, text: str) -> list[int]:
        """Ids of plain text. The specials are unknown to the tokenizer: it cannot emit them."""
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def encode_pieces(self, pieces: Iterable[Piece]) -> tuple[list[int], list[float]]:
        """Ids and loss weights of a training example."""
        ids: list[int] = []
        weights: list[float] = []
        for piece in pieces:
            new = [self.special_ids[piece.text]] if piece.special else self.encode(piece.text)
            ids += new
            weights += [piece.weight] * len(new)
        return ids, weights

    def byte_count(self, ids: Iterable[int]) -> int:
        """How many bytes the text of learnt tokens has; specials count none."""
        if self._bytes is None:  # in the byte-level alphabet every character stands for one byte
            self._bytes = [len(text) for text in self.tokens()[: self.learnt]]
        return sum(self._bytes[token_id] for token_id in ids if token_id < self.learnt)

    def tokens(self) -> list[str]:
        """All token texts in order of id (byte-level alphabet for the learnt ones)."""
        by_id = {index: text for text, index in self._tokenizer.get_vocab().items()}
        return [by_id[index] for index in range(self.learnt)] + list(SPECIALS)

    def merges(self) -> list[str]:
        """The BPE merges in order, as 'left right'."""
        merges = json.loads(self._tokenizer.to_str())["model"]["merges"]
        return [merge if isinstance(merge, str) else " ".join(merge) for merge in merges]


def train(texts: Iterable[str], size: int) -> Tokenizer:
    """A byte-level BPE with `size` tokens, room for the specials already taken off."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size - len(SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    parser.add_argument("--corpus", type=Path, default=Path(".training/corpus/corpus.jsonl"))
    parser.add_argument("--out", type=Path, default=Path(".training/tokenizer.json"))
    parser.add_argument("--size", type=int, default=4096, help="tokens, specials included (default %(default)s)")
    parser.add_argument("--megabytes", type=float, default=16, help="how much text to learn from (default %(default)s)")
    args = parser.parse_args()
    with args.corpus.open(encoding="utf-8") as stream:
        texts = [row["text"] for row in map(json.loads, stream) if row["split"] == "train"]
    random.Random(0).shuffle(texts)
    room, chosen = args.megabytes * 1e6, []
    for text in texts:
        if room <= 0:
            break
        chosen.append(text)
        room -= len(text)
    tokenizer = train(chosen, args.size)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(args.out))
    vocabulary = Vocabulary(tokenizer)
    sample = "".join(texts[-50:])
    print(f"{vocabulary.size} tokens, {len(sample.encode()) / len(vocabulary.encode(sample)):.2f} bytes per token")


if __name__ == "__main__":
    main()
