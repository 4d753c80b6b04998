"""The model process: llama.cpp behind a small loopback HTTP application."""
