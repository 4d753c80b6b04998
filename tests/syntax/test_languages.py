from foretoken.syntax.languages import language_for_path, language_name, languages


def test_extension_to_language() -> None:
    assert language_for_path("a/b.py") == "python"
    assert language_for_path("A.TSX") == "typescriptreact"
    assert language_for_path("Makefile") == "plaintext"


def test_no_extension_belongs_to_two_languages() -> None:
    extensions = [extension for language in languages().values() for extension in language.extensions]
    assert len(extensions) == len(set(extensions))


def test_names() -> None:
    assert language_name("csharp") == "C#"
    assert language_name("made-up") == "made-up"
