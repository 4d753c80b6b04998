"""Write a checkpoint as a GGUF file of architecture `qwen35`, with vocabulary and MTP block.

Types: f32; f16 and q8_0 store the matrices that way and the small tensors in f32.
"""

import argparse
import os
from pathlib import Path

import gguf
import numpy as np

from training import checkpoint
from training.command_help import Help
from training.model import Config, Model
from training.tokenizer import SPECIALS, Vocabulary

ARCHITECTURE = "qwen35"
NAME = "Foretoken Starter"
DESCRIPTION = "A small model for inline suggestions, trained from scratch for Foretoken"
TYPES = {
    "f32": (gguf.GGMLQuantizationType.F32, gguf.LlamaFileType.ALL_F32),
    "f16": (gguf.GGMLQuantizationType.F16, gguf.LlamaFileType.MOSTLY_F16),
    "q8_0": (gguf.GGMLQuantizationType.Q8_0, gguf.LlamaFileType.MOSTLY_Q8_0),
}

N_PROMPT = 1024
"""The prompt length, in tokens, that the server should keep to unless `--n-prompt` says otherwise."""


def load(path: Path) -> Model:
    """The model of a checkpoint, in evaluation mode."""
    state = checkpoint.load(path)
    model = Model(Config(**state["config"]))
    model.load_state_dict(state["model"])
    return model.eval()


def tensors(model: Model) -> dict[str, np.ndarray]:
    """All tensors by their GGUF name, float32, in numpy order [out, in]."""
    last = model.config.layers
    named = {}
    for name, parameter in model.state_dict().items():
        name = name.replace("mixer.", "").replace("blocks.", "blk.")
        name = name.replace("mtp.block.", f"blk.{last}.").replace("mtp.", f"blk.{last}.nextn.")
        value = parameter.float().numpy()
        if name.endswith(".a_log"):
            name, value = name.replace("a_log", "ssm_a"), -np.exp(value)
        named[name.replace("dt_bias", "ssm_dt.bias")] = value
    return named


def write_metadata(writer: gguf.GGUFWriter, c: Config, languages: list[str], n_prompt: int, name: str) -> None:
    """Architecture keys and our own."""
    writer.add_name(name)
    writer.add_description(DESCRIPTION)
    writer.add_license("apache-2.0")
    writer.add_block_count(c.layers + 1)  # the MTP block counts
    writer.add_nextn_predict_layers(1)
    writer.add_context_length(c.context_length)
    writer.add_embedding_length(c.width)
    writer.add_feed_forward_length(c.feed_forward)
    writer.add_head_count(c.heads)
    writer.add_head_count_kv(c.kv_heads)
    writer.add_key_length(c.head_size)
    writer.add_value_length(c.head_size)
    writer.add_layer_norm_rms_eps(c.epsilon)
    writer.add_rope_freq_base(c.rope_base)
    writer.add_rope_dimension_count(c.rope_size)
    writer.add_rope_dimension_sections(list(c.rope_sections))
    writer.add_ssm_conv_kernel(c.conv_kernel)
    writer.add_ssm_state_size(c.gdn_head_size)
    writer.add_ssm_group_count(c.gdn_heads)
    writer.add_ssm_time_step_rank(c.gdn_heads)
    writer.add_ssm_inner_size(c.gdn_heads * c.gdn_head_size)
    writer.add_uint32(f"{ARCHITECTURE}.full_attention_interval", c.attention_interval)
    writer.add_array("foretoken.languages", languages)
    writer.add_string("foretoken.infill.order", "psm")
    writer.add_uint32("foretoken.n_prompt", n_prompt)


def write_vocabulary(writer: gguf.GGUFWriter, vocabulary: Vocabulary) -> None:
    """Tokens, merges and the ids of the special ones.

    The specials are CONTROL: llama.cpp would find USER_DEFINED ones in a user's text too.
    """
    ids = vocabulary.special_ids
    kinds = [gguf.TokenType.NORMAL] * vocabulary.learnt + [gguf.TokenType.CONTROL] * len(SPECIALS)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen35")
    writer.add_token_list(vocabulary.tokens())
    writer.add_token_types(kinds)
    writer.add_token_merges(vocabulary.merges())
    writer.add_eos_token_id(ids["<|endoftext|>"])
    writer.add_pad_token_id(ids["<|endoftext|>"])
    writer.add_add_bos_token(False)
    for key, text in (
        ("fim_pre", "<|fim_prefix|>"),
        ("fim_suf", "<|fim_suffix|>"),
        ("fim_mid", "<|fim_middle|>"),
        ("fim_pad", "<|fim_pad|>"),
        ("fim_rep", "<|repo_name|>"),
        ("fim_sep", "<|file_sep|>"),
    ):
        writer.add_uint32(f"tokenizer.ggml.{key}_token_id", ids[text])


def export(
    model: Model,
    vocabulary: Vocabulary,
    out: Path,
    kind: str,
    languages: list[str],
    n_prompt: int = N_PROMPT,
    name: str = NAME,
) -> None:
    """Write `out` in one step, so that a reader never meets half a file."""
    quantisation, file_type = TYPES[kind]
    temporary = out.with_suffix(".new")
    writer = gguf.GGUFWriter(temporary, ARCHITECTURE)
    write_metadata(writer, model.config, languages, n_prompt, name)
    writer.add_file_type(file_type)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    write_vocabulary(writer, vocabulary)
    for name, value in tensors(model).items():
        # The convolution (rows of 4) and the two-row decay maps are small and delicate.
        large = value.ndim == 2 and value.shape[0] >= 32 and value.shape[1] % 32 == 0
        if large and kind != "f32":
            writer.add_tensor(name, gguf.quants.quantize(value, quantisation), raw_dtype=quantisation)
        else:
            writer.add_tensor(name, np.ascontiguousarray(value))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(temporary, out)


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    parser.add_argument("--checkpoint", type=Path, default=Path(".training/distilled.pt"))
    parser.add_argument("--tokenizer", type=Path, default=Path(".training/tokenizer.json"))
    parser.add_argument("--out", type=Path, default=Path(".training/model.gguf"))
    parser.add_argument("--type", choices=list(TYPES), default="q8_0")
    parser.add_argument("--languages", nargs="+", default=["python"], help="LSP language ids the model knows")
    parser.add_argument("--name", default=NAME, help="what the file calls itself (default: %(default)s)")
    parser.add_argument(
        "--n-prompt", type=int, default=N_PROMPT, help="tokens of a prompt that the server should keep to"
    )
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    model, vocabulary = load(args.checkpoint), Vocabulary.load(args.tokenizer)
    export(model, vocabulary, args.out, args.type, args.languages, args.n_prompt, args.name)
    print(f"{args.out}: {args.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
