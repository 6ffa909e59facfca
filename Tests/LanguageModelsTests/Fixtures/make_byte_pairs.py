"""Makes the fixtures of the byte pair encoding: a small vocabulary, and what tiktoken makes of tricky texts with it.

    pip install tiktoken==0.14.0 regex && python make_byte_pairs.py CORPUS…

The corpora are texts to learn the merges from; their words, not the texts, end up in the vocabulary.
"""

import base64
import json
import pathlib
import random
import sys

import tiktoken
from tiktoken._educational import bpe_train
from tiktoken_ext import openai_public

HERE = pathlib.Path(__file__).parent
TRICKY = [
    "", " ", "  ", "\n", "\r\n", " \n ", "a", "a\u0301", "\u0301a", "I'LL we've it's 'S 'ſ don'T", "ABCdef GHIjkl XMLHttpRequest",
    "x  y   z\n\n\n  w \r\n\r\n\t v", "1 12 123 1234 12345 ½ ²³ Ⅷ ٣٤٥٦", "hello/world//\n/x", "...!!!\n\n??/ /",
    "日本語のテキスト、漢字とカナ", "สวัสดีครับ", "Straße Ärger ǅungla ʰa ªº", "नमस्ते दुनिया", "👩‍👩‍👧 🏳️‍🌈 ☃\ufe0f", "a\u200bb\u00a0c\u2003d\u0085e\u001cf",
    "tab\tand\x0bform\x0cfeed", "\u0301\u0302AB\u0301cd", "A\u0301B\u0302C", "AʰB", "'", "''s", " 's", "\u0000\u0001", "end   ", "end \n  ", "<|endoftext|>",
]
ALPHABET = "aAbBzZ éÉßǅʰªא日ก\u0301\u093f0٣½Ⅷ'sSlLvVeErRdDmMtTſ \t\n\r\x0b\u00a0\u2003\u0085.,!/-_(){}👩\u200d\u200b<|>"


def texts(seed):
    generator = random.Random(seed)
    made = ["".join(generator.choices(ALPHABET, k=generator.randint(1, 40))) for _ in range(250)]
    repeated = [generator.choice(ALPHABET) * generator.randint(2, 60) for _ in range(30)]
    return TRICKY + made + repeated


def main(corpora):
    corpus = "\n".join(pathlib.Path(path).read_text() for path in corpora)
    corpus += "\n".join(texts(7)) * 3 + "        deep\n\n\n\n    code();\n\n" * 40
    fixture = {"tiktoken": tiktoken.__version__, "encodings": []}
    for constructor in (openai_public.cl100k_base, openai_public.o200k_base):
        openai_public.load_tiktoken_bpe = lambda *_, **__: {}
        parameters = constructor()
        ranks = bpe_train(corpus, 700, parameters["pat_str"])
        encoding = tiktoken.Encoding(parameters["name"], pat_str=parameters["pat_str"], mergeable_ranks=ranks, special_tokens={})
        lines = [f"{base64.b64encode(token).decode()} {rank}\n" for token, rank in sorted(ranks.items(), key=lambda x: x[1])]
        (HERE / f"small-{parameters['name']}.tiktoken").write_text("".join(lines))
        cases = [{"text": text, "tokens": encoding.encode_ordinary(text)} for text in texts(11)]
        fixture["encodings"].append({"name": parameters["name"], "cases": cases})
    (HERE / "byte_pairs.json").write_text(json.dumps(fixture, ensure_ascii=True, separators=(",", ":")))


main(sys.argv[1:])
