"""Other tools' door to the model runtime: OpenAI's and llama.cpp's HTTP requests, answered by the same worker."""
