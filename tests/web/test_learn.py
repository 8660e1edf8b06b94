"""The pages of the view Learn: they have all claims, and name man pages."""

import json
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODELS = json.loads((ROOT / "src/compare/web/page/learn.json").read_text())["models"]
MANUAL_PAGE = r"[a-z0-9_]+\([2-7]\)"


def ids_of_claims():
    sources = (path.read_text() for path in ROOT.glob("src/compare/claims/claims*.cpp"))
    return {name for text in sources for name in re.findall(r'\bClaim claim\{\s*\.id = "([^"]+)"', text)}


class LearnTest(unittest.TestCase):
    def test_has_exactly_the_tested_claims(self):
        self.assertGreater(len(ids_of_claims()), 20)
        self.assertEqual({name for model in MODELS for name in model["claims"]}, ids_of_claims())

    def test_has_short_pages_that_name_man_pages(self):
        for model in MODELS:
            with self.subTest(model["id"]):
                self.assertIn(len(model["text"]), (2, 3, 4))
                self.assertLess(sum(len(text.split()) for text in model["text"]), 260)
                self.assertTrue(model["man"])
                for page in model["man"]:
                    self.assertRegex(page, f"^{MANUAL_PAGE}$")

    def test_names_the_article_at_its_first_mention(self):
        texts = [text for model in MODELS for text in model["text"] if "article" in text]
        self.assertRegex(texts[0], r"[Tt]he article the project started from \(Python I/O multiplexing, 2020\)")

    def test_compares_servers_that_its_page_describes(self):
        for model in MODELS:
            with self.subTest(model["id"]):
                self.assertGreater(len(model["compare"]["servers"]), 1)
                self.assertTrue(set(model["compare"]["servers"]) & set(model["servers"]))


if __name__ == "__main__":
    unittest.main()
