"""Writes a llama of one layer with random weights: real enough for llama.cpp to load, run and stream."""

import sys

import gguf
import numpy

WIDTH, HEADS, HIDDEN, CONTEXT = 64, 4, 128, 2048

# Roles stand in plain letters: a vocabulary of bytes has no marks of its own.
TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)


def vocabulary():
    """SentencePiece's three special tokens, one per byte, and printable ASCII as pieces that answers can be made of."""
    kinds = gguf.TokenType
    tokens = [(b"<unk>", 0.0, kinds.UNKNOWN), (b"<s>", 0.0, kinds.CONTROL), (b"</s>", 0.0, kinds.CONTROL)]
    tokens += [(f"<0x{byte:02X}>".encode(), 0.0, kinds.BYTE) for byte in range(256)]
    tokens += [("▁".encode(), -1.0, kinds.NORMAL)]
    tokens += [(bytes([byte]), -1.0, kinds.NORMAL) for byte in range(0x21, 0x7F)]
    return tokens


def write(path):
    random = numpy.random.default_rng(20)
    tokens = vocabulary()

    def weights(*shape):
        return random.normal(0, 0.4, shape).astype(numpy.float32)

    def ones(count):
        return numpy.ones(count, dtype=numpy.float32)

    # Letters are likely, bytes and special tokens are not: answers are text, and go on until max_tokens ends them.
    output = weights(len(tokens), WIDTH)
    output[:259] *= 0.01

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list([text for text, _, _ in tokens])
    writer.add_token_scores([score for _, score, _ in tokens])
    writer.add_token_types([kind for _, _, kind in tokens])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template(TEMPLATE)
    tensors = {
        "token_embd.weight": weights(len(tokens), WIDTH),
        "output_norm.weight": ones(WIDTH),
        "output.weight": output,
        "blk.0.attn_norm.weight": ones(WIDTH),
        "blk.0.ffn_norm.weight": ones(WIDTH),
        "blk.0.ffn_gate.weight": weights(HIDDEN, WIDTH),
        "blk.0.ffn_up.weight": weights(HIDDEN, WIDTH),
        "blk.0.ffn_down.weight": weights(WIDTH, HIDDEN),
    }
    tensors |= {f"blk.0.attn_{part}.weight": weights(WIDTH, WIDTH) for part in ("q", "k", "v", "output")}
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write(sys.argv[1])
