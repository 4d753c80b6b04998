"""An engine over another server that speaks OpenAI's completions: llama-server, vLLM, or one like them."""
