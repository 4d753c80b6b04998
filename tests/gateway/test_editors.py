"""What editors' plugins really send, and what they read of the answer.

llama.vim: ggml-org/llama.vim, autoload/llama.vim as of the version with endpoint_fim and endpoint_inst (functions
s:ring_update, llama#fim, s:fim_on_response, llama#inst, llama#inst_send, s:inst_on_response).
llama.vscode: ggml-org/llama.vscode, src/llama-server.ts at 009e5b72 (createRequestPayload, handleOpenAICompletion,
createChatEditRequestPayload, createToolsRequestPayload).
Zed: zed-industries/zed, crates/edit_prediction/src/fim.rs at 09512d2e (format_fim_prompt, fim_stop_tokens) and
open_ai_compatible.rs; RawCompletionRequest and RawCompletionResponse in crates/cloud_llm_client.
"""

import json
import re

import httpx2 as httpx

from gateway.conftest import CHAIN
from gateway.gateway_models import SECONDS, Served
from gateway.test_http import AFTER_A, ask

CHUNKS = [{"text": "import os\n" * 8, "time": [1, 2], "filename": "a.py"}]


def curl(served: Served, path: str, body: dict[str, object]) -> str:
    """As llama.vim's curl sends it: the body in one piece, and an Authorization header in any case."""
    headers = {"Content-Type": "application/json", "Authorization": "Bearer ", **served.headers}
    answer = httpx.post(served.url + path, content=json.dumps(body), headers=headers, timeout=SECONDS)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_llama_vim_gathers_files(chat_server: Served):
    body = {
        "id_slot": 0, "input_prefix": "", "input_suffix": "", "input_extra": CHUNKS, "prompt": "", "n_predict": 0,
        "temperature": 0.0, "samplers": [], "stream": False, "cache_prompt": True, "t_max_prompt_ms": 1,
        "t_max_predict_ms": 1, "response_fields": [""],
    }  # fmt: skip
    assert json.loads(curl(chat_server, "/infill", body)) == {}


def test_llama_vim_completes(chain_server: Served):
    timings = [f"timings/{part}_{figure}" for part in ("prompt", "predicted")
               for figure in ("n", "ms", "per_token_ms", "per_second")]  # fmt: skip
    body = {
        "id_slot": 0, "input_prefix": "import os\n", "input_suffix": "\nb\n", "input_extra": CHUNKS, "prompt": "a",
        "n_predict": 128, "stop": [], "n_indent": 4, "top_k": 40, "top_p": 0.90,
        "samplers": ["top_k", "top_p", "infill"], "stream": False, "cache_prompt": True, "t_max_prompt_ms": 500,
        "t_max_predict_ms": 250, "response_fields": ["content", *timings, "truncated", "tokens_cached"],
    }  # fmt: skip
    raw = curl(chain_server, "/infill", body)
    assert re.match(r"\s*{", raw) and re.search(r'"content"\s*:"', raw)  # what the plugin looks for first
    answer = json.loads(raw)
    assert set(answer) == {"content", *timings, "truncated", "tokens_cached"}
    assert answer["content"] == AFTER_A and answer["truncated"] is False
    assert answer["timings/predicted_n"] == len(AFTER_A) and answer["timings/predicted_per_second"] > 0


def test_llama_vim_edits_by_instruction(chain_server: Served):
    messages = [
        {"role": "system", "content": "You are a text-editing assistant.\n--- SELECTION ---\nx = 1\n"},
        {"role": "user", "content": ""},
    ]
    warm = {
        "id_slot": 1, "messages": messages, "samplers": [], "n_predict": 0, "stream": False, "cache_prompt": True,
        "response_fields": [""],
    }  # fmt: skip
    assert json.loads(curl(chain_server, "/v1/chat/completions", warm))["usage"]["completion_tokens"] == 0
    messages[1]["content"] = "INSTRUCTION: double it"
    body = {
        "id_slot": 1, "messages": messages, "min_p": 0.1, "temperature": 0.0, "samplers": ["min_p", "temperature"],
        "stream": True, "cache_prompt": True, "model": "any",
    }  # fmt: skip
    content = ""
    for line in curl(chain_server, "/v1/chat/completions", body).split("\n"):
        if line.startswith("data: ") and line != "data: [DONE]":
            content += json.loads(line[6:])["choices"][0]["delta"].get("content", "")
    assert content == CHAIN[1:].decode()


def test_llama_vscode_completes_and_gets_ready(chain_server: Served):
    common = {
        "input_prefix": "import os\n", "input_suffix": "\nb\n", "input_extra": CHUNKS, "prompt": "a",
        "t_max_prompt_ms": 500, "t_max_predict_ms": 2500, "lora": [{"id": 0, "scale": 0.5}],
    }  # fmt: skip
    sampling = {
        "top_k": 40,
        "top_p": 0.99,
        "stream": False,
        "samplers": ["top_k", "top_p", "infill"],
        "cache_prompt": True,
    }
    answer = ask(chain_server, "/infill", **common, **sampling, n_predict=128, n_indent=4)
    assert answer["content"] == AFTER_A and answer["truncated"] is False and answer["tokens_cached"] > 0
    assert {"prompt_n", "prompt_ms", "prompt_per_second", "predicted_n", "predicted_ms", "predicted_per_second"} <= set(
        answer["timings"]
    )
    warm = {**common, "t_max_predict_ms": 1, "n_predict": 0, "samplers": [], "cache_prompt": True}
    assert ask(chain_server, "/infill", **warm)["content"] == ""


def test_llama_vscode_over_openai(chain_server: Served):
    answer = ask(
        chain_server, "/v1/completions", model="", prompt="Context:\n\na", max_tokens=128, temperature=0.1, top_p=0.99,
        stream=False,
    )  # fmt: skip
    assert isinstance(answer["choices"][0]["text"], str) and answer["choices"][0]["finish_reason"] in ("stop", "length")
    assert answer["usage"]["total_tokens"] > 0 and answer["model"] and answer["created"]


def test_llama_vscode_edits_and_calls_tools(chain_server: Served):
    messages = [{"role": "system", "content": "You are an expert coder."}, {"role": "user", "content": "modify"}]
    edit = {
        "messages": messages, "stream": False, "cache_prompt": True, "samplers": "edkypmxt", "temperature": 0.8,
        "dynatemp_range": 0, "dynatemp_exponent": 1, "top_k": 40, "top_p": 0.95, "min_p": 0.05, "typical_p": 1,
        "xtc_probability": 0, "repeat_last_n": 64, "repeat_penalty": 1, "presence_penalty": 0,
        "dry_multiplier": 0, "dry_base": 1.75, "dry_penalty_last_n": -1, "max_tokens": -1, "timings_per_token": False,
    }  # fmt: skip
    assert ask(chain_server, "/v1/chat/completions", **edit)["choices"][0]["message"]["content"]
    tools = [{"type": "function", "function": {"name": "read", "parameters": {"type": "object"}, "strict": True}}]
    called = [
        *messages,
        {"role": "assistant", "content": "", "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "read", "arguments": '{"path": "a"}'}}]},
        {"role": "tool", "tool_call_id": "1", "content": "text"},
    ]  # fmt: skip
    answer = ask(chain_server, "/v1/chat/completions", messages=called, stream=False, temperature=0.8, top_p=0.95,
                 tools=tools, tool_choice="auto")  # fmt: skip
    assert answer["choices"][0]["finish_reason"] in ("stop", "length")


def test_zed_predicts_an_edit(chain_server: Served):
    body = {
        "model": "tiny",
        "prompt": "<|fim_prefix|>def f(<|fim_suffix|>):\n<|fim_middle|>",
        "max_tokens": 64,
        "stop": ["<|endoftext|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>"],
    }
    answer = ask(chain_server, "/v1/completions", **body)
    assert {"id", "object", "created", "model", "choices", "usage"} <= set(answer)
    assert {"text", "finish_reason"} <= set(answer["choices"][0])
    assert {"prompt_tokens", "completion_tokens", "total_tokens"} <= set(answer["usage"])
    # Its prompt is three control tokens and two texts, not what these look like as text.
    assert answer["usage"]["prompt_tokens"] < 15


def test_continue_and_minuet_fill_in_the_middle(chain_server: Served):
    """continuedev/continue, OpenAI provider's fim: prompt and suffix; milanglacier/minuet-ai.nvim,
    openai_fim_compatible: the same, streamed, with optional fields of the user's beside them."""
    body = {"model": "x", "prompt": "a", "suffix": "", "max_tokens": 56, "top_p": 0.9, "stream": True,
            "stop": ["\n\n"], "stream_options": {"include_usage": True}, "presence_penalty": 0}  # fmt: skip
    answer = httpx.post(chain_server.url + "/v1/completions", json=body, headers=chain_server.headers)
    lines = [line[6:] for line in answer.text.split("\n") if line.startswith("data: ")]
    assert lines[-1] == "[DONE]" and json.loads(lines[-2])["usage"]["total_tokens"]
    assert all(json.loads(line)["choices"][0]["text"] is not None for line in lines[:-2])
