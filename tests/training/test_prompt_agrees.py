"""The model is trained on exactly what the server sends."""

from foretoken.prompt.infill import infill
from foretoken.text.pieces import Text
from marked import snapshot
from special_texts import TEXTS
from training import segments


def test_the_prompt_of_the_server_is_the_form_of_training() -> None:
    prefix, typed, suffix = "import os\n\ndef f():\n", "    return os.", "\n\nprint(f())\n"
    for repo in ("repo", ""):
        prompt = infill(snapshot(f"{prefix}{typed}<CURSOR>{suffix}", repo_name=repo, path="pkg/mod.py"), 512)
        sent = "".join(piece.text if isinstance(piece, Text) else TEXTS[piece] for piece in prompt)
        cut = segments.Cut(prefix, typed + "path", suffix)
        trained = "".join(piece.text for piece in segments.infill_pieces(repo, "pkg/mod.py", cut))
        assert trained == sent + "path" + segments.END
