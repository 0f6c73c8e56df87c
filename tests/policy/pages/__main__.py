"""Writes the pages of all rules and the index, and removes pages of rules that there are no longer."""

from tests.policy.pages.files import ROOT, expected, superfluous

pages = expected()
for path, text in pages.items():
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        print(f"written: {path.relative_to(ROOT)}")  # noqa: T201  # the command's output
for path in superfluous(pages):
    path.unlink()
    print(f"removed: {path.relative_to(ROOT)}")  # noqa: T201
