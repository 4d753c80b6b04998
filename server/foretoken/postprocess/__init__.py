"""What we dare to show: generated text -> suggestion or refusal, one filter a file."""
