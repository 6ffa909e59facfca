"""Writes the fixtures of EmbeddingsTests from the reference implementation.

    python generate.py MODEL_FOLDER

needs sentence-transformers. Each fixture notes the versions that made it. Texts are fixed or drawn with a fixed seed, so
a second run with the same versions writes the same files.
"""

import base64
import json
import os
import random
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy
import sentence_transformers
import tokenizers
import torch

HERE = Path(__file__).parent
MODEL = Path(sys.argv[1])

SENTENCES = [
    "hello",
    "The quick brown fox jumps over the lazy dog.",
    "What is retrieval-augmented generation, and when does it help?",
    "a",
    "!",
    "Zürich, São Paulo, Kraków, Đà Nẵng",
    "東京は日本の首都です。",
    "Привет, как дела?",
    "🙂🙃 emoji only 🚀",
    "def f(x): return {k: v for k, v in x.items() if v is not None}",
    "SELECT text FROM passage WHERE scope = 'acme/site' ORDER BY created_at DESC LIMIT 10;",
    "Supercalifragilisticexpialidocious antidisestablishmentarianism",
    "unaffable unwanted running",
    "1234567890 3.14159 0xDEADBEEF 1e-12",
    "Der Donaudampfschifffahrtsgesellschaftskapitän trinkt Kaffee.",
    "The mitochondria is the powerhouse of the cell. " * 4,
    "Boundary layer flow over a flat plate at supersonic speed with heat transfer. " * 8,
    "word " * 126,
    "Roost keeps conversations, memories, documents and session vectors. " * 18,
    " ".join(str(n) for n in range(1, 128)),
]

HAND_PICKED = SENTENCES + [
    "", " ", "\t\n\r", "  leading and trailing  ", "a\u00a0b", "a\u2003b\u2028c\u2029d", "a\u3000b", "a\u200bb", "a\u00adb",
    "nul\u0000byte", "bell\u0007", "del\u007fete", "a\u000bb\u000cc", "a\u0085b", "repl\ufffdacement", "\ufeffbom",
    "priv\ue000ate", "\U000f0000", "unassigned \u0378 \U000e0080", "noncharacter \uffff \U0010ffff",
    "Café", "Cafe\u0301", "İstanbul ISTANBUL ıi", "ẞ ß straße STRASSE", "ﬁ ﬂ ﬀ ligatures", "Ǆ ǅ ǆ", "Σίσυφος ΣΊΣΥΦΟΣ ς",
    "Ω Ω Å Å K K", "q\u0307\u0323 q\u0323\u0307", "e\u0301\u0302\u0303\u0304", "\u0301 starts with a mark", "!\u0301?\u0301",
    "각 한국어 텍스트 각", "ภาษาไทย", "हिन्दी में पाठ", "বাংলা", "தமிழ்", "ქართული", "עִבְרִית", "العَرَبِيَّة", "Tiếng Việt có dấu",
    "中文", "中文english混合text", "𠀀𠀁", "㐀", "豈更車", "丽", "カタカナ ひらがな ｶﾀｶﾅ", "ガギグ", "ー々〇", "「引用」、。",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "①②③", "½ ¼ ¾", "x² y³", "100℃", "№ 5", "™ ® ©", "€ £ ¥ ₿", "→ ← ↑", "∑ ∏ ∫ √", "± × ÷ ≠", "§ ¶ †",
    "“quotes” ‘single’ «guillemets» ‹x›", "— – ‐ ‑ − …", "don't can't won't", "e.g. i.e. etc.", "U.S.A.", "a-b_c/d\\e|f",
    "$100 50% #tag @user", "C++ C# F# .NET", "https://example.com/a?b=c&d=e#f", "me@example.com", "#include <stdio.h>", "a^b`c~d",
    "<div class=\"x\">&amp;</div>", "{\"key\": [1, 2.5, null]}", "\\n is not a newline", "^ ` ~ | $ + < = >", "##ing ##", "#", "[", "]",
    "👨‍👩‍👧‍👦 family", "👍🏽", "🇨🇭", "❤️", "a\ufe0fb", "1️⃣", "\u202eright to left\u202c", "x\u2060y", "\u034f", "a\u034fb",
    "〮a\U0001d165", "〮\U0001d165", "a\u302e\u302a\U0001d16d\U0001d165b", "\U0001d15e\U0001d160", "\U0001d1bb", "ᜓ᜔ \u1734", "\u166d \U000111c9",
    "x" * 99, "x" * 100, "x" * 101, "x" * 1000, "é" * 100, "é" * 101, "e\u0301" * 100, "e\u0301" * 101, "가" * 33, "가" * 34, "\u0000" * 200 + "a",
    "中" * 300, "!" * 300, "a " * 300, "ab" * 50, "ab" * 51, "🙂" * 100, "🙂" * 101, "1" * 100, "1" * 101,
    "ΐ ΰ ᾳ ᾼ ῼ", "ŉ ǰ ẖ ẗ", "𐐀𐐨", "ꭰ Ꭰ", "ა Ა", "ÅÄÖåäö", "ÆØÅæøå", "Łódź łódź", "Ħħ Ŧŧ", "ſ", "ʼn", "K", "\u037e\u0387\u1fef",
    "Ñandú piñata niño", "crème brûlée", "naïve façade", "Dvořák Škoda", "Ólafur Þór", "Ząb", "şişli", "ọ̀rọ̀",
    "embedding embeddings embedded embeddable", "tokenization untokenizable", "hydroxychloroquine", "COVID-19 SARS-CoV-2",
    "GPT-4o-mini llama3.1:8b", "camelCaseIdentifier snake_case_identifier", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "the " * 50, "\n\n\n", "line one\nline two\r\nline three\rline four", "tab\tseparated\tvalues", "vertical\u000btab", "\u001b[31mred\u001b[0m",
    "\u061d \u09fd \u2e43 \u2e52", "\u08d4 \u0898", "a\u1dfbb", "\U00011c30", "\U0001e000x", "\u0890 \u110cd".replace("\u110cd", "\U000110cd"),
    "Ა ა", "\u1c89 \ua7cb \ua7dc", "\U00010d50 \U00016ea0", "\U00011938", "\U0002b820 \U0002b920 \U0002ceb0", "\u9fff \u4dbf \u4dc0",
]

#: Honoured by the reference unless told otherwise; ordinary text for Roost.
SPECIAL = ["[CLS]", "a [SEP] b", "[PAD][PAD]", "[UNK] word", "the [MASK] fox", "[cls]", "[CLS", "x[SEP]y[CLS]z"]


def random_texts(count):
    source = random.Random(20240607)
    alphabets = [
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ     ",
        "abc .,;:!?-'\"()[]{}0123456789",
        "éèêëàâäôöûüçñ ÉÈÀ e\u0301a\u0300n\u0303",
        "中文字符テスト한국어 \u3000，。",
        "🙂🚀👍❤️\u200d\ufe0f abc",
        "\u0000\u0001\u007f\u0085\u00a0\u00ad\u200b\u2028 ab",
        "".join(chr(c) for c in range(0x300, 0x340)) + "aeiou ",
        "".join(chr(c) for c in range(0x370, 0x530)),
    ]
    for _ in range(count):
        kind = source.randrange(len(alphabets) + 1)
        if kind < len(alphabets):
            yield "".join(source.choice(alphabets[kind]) for _ in range(source.randint(1, 80)))
        else:
            scalars = (source.randrange(0x11000) for _ in range(source.randint(1, 40)))
            yield "".join(chr(c) for c in scalars if not 0xD800 <= c < 0xE000)


def fnv(numbers):
    value = 0xCBF29CE484222325
    for number in numbers:
        value = ((value ^ number) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def every_scalar(tokenizer):
    """For each block of 4,096 scalars a hash over the ids of "a", the scalar, "b", each text followed by 0xFFFFFF."""
    for start in range(0, 0x110000, 0x1000):
        scalars = [c for c in range(start, start + 0x1000) if not 0xD800 <= c < 0xE000]
        encodings = tokenizer.encode_batch([f"a{chr(c)}b" for c in scalars], add_special_tokens=False)
        yield format(fnv(n for e in encodings for n in [*e.ids, 0xFFFFFF]), "016x")


def write(name, **content):
    versions = {m.__name__: m.__version__ for m in (tokenizers, sentence_transformers, torch)}
    with open(HERE / name, "w") as file:
        json.dump({"versions": versions, **content}, file, indent=1)
        file.write("\n")


def main():
    tokenizer = tokenizers.Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    texts = HAND_PICKED + SPECIAL + list(random_texts(60))
    encodings = tokenizer.encode_batch(texts, add_special_tokens=False)
    write("tokens.json", texts=[{"text": t, "ids": e.ids} for t, e in zip(texts, encodings)])
    write("scalars.json", blocks=list(every_scalar(tokenizer)))

    model = sentence_transformers.SentenceTransformer(str(MODEL), device="cpu")
    assert all(len(tokenizer.encode(t).ids) <= 256 for t in SENTENCES), "the reference would truncate"
    vectors = [model.encode(t, normalize_embeddings=True).astype("<f4") for t in SENTENCES]
    write(
        "vectors.json",
        texts=[{"text": t, "vector": base64.b64encode(v.tobytes()).decode()} for t, v in zip(SENTENCES, vectors)],
    )


main()
