"""How the shipped model is made: corpus, tokenizer, model, training, export, evaluation.

Nothing here is packaged. Of `foretoken` only what the measurement has to share with the server is imported.
"""
