"""Headers without a file, for what is computed from them alone."""

from pathlib import Path

from foretoken.models.gguf_header import Header, Scalar

# Qwen3.6-27B, as its file says it.
QWEN_27B: dict[str, Scalar] = {
    "block_count": 65, "nextn_predict_layers": 1, "context_length": 262_144, "embedding_length": 5120,
    "attention.head_count": 24, "attention.head_count_kv": 4, "attention.key_length": 256, "attention.value_length": 256,
    "full_attention_interval": 4, "ssm.conv_kernel": 4, "ssm.state_size": 128, "ssm.group_count": 16,
    "ssm.time_step_rank": 48, "ssm.inner_size": 6144,
}  # fmt: skip
QWEN_CODER_7B: dict[str, Scalar] = {
    "block_count": 28, "context_length": 32_768, "embedding_length": 3584, "attention.head_count": 28,
    "attention.head_count_kv": 4,
}  # fmt: skip


def header(architecture: str, numbers: dict[str, Scalar], name: str = "Qwen") -> Header:
    keys = {f"{architecture}.{key}": value for key, value in numbers.items()}
    return Header(Path("model.gguf"), 1 << 30, {"general.architecture": architecture, "general.name": name, **keys})
