"""How the shipped model is made: corpus, tokenizer, model, training, export, evaluation.

Nothing here is packaged, and nothing here imports `foretoken`.
"""
