import assert from "node:assert/strict";
import test from "node:test";
import { batches, numbers } from "../dist/batches.js";
import { RefusedError, UnreachableError } from "../dist/errors.js";
import { KeptVectors } from "../dist/kept.js";
import { pause } from "../dist/options.js";

/** Mulberry32: the same numbers in every run. */
function seeded(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

test("an upload is cut by count and by bytes, and loses nothing", () => {
  const random = seeded(3);
  const whole = (limit) => Math.floor(random() * limit);
  for (let round = 0; round < 50; round++) {
    const vectors = Array.from({ length: whole(60) }, (_, number) => ({
      id: number,
      vector: Float32Array.from({ length: 1 + whole(40) }, () => random() * 2 - 1),
      ...(number % 2 ? { metadata: { text: `é“${number}”😀\n` } } : {}),
    }));
    const limit = 600 + whole(2_400);
    const parts = batches(vectors, 7, limit);
    const read = parts.flatMap((part) => {
      const elements = JSON.parse(`[${part.json}]`);
      assert.equal(elements.length, part.vectors.length);
      assert.ok(elements.length >= 1 && elements.length <= 7);
      assert.ok(Buffer.byteLength(part.json) + 256 <= limit || elements.length === 1);
      return elements;
    });
    assert.deepEqual(
      read.map(({ vector, ...rest }) => ({ ...rest, vector: Float32Array.from(vector) })),
      vectors,
    );
  }
});

test("every single-precision number reads back as itself", () => {
  const random = seeded(5);
  const bits = Uint32Array.from({ length: 20_000 }, () => Math.floor(random() * 2 ** 32));
  const floats = new Float32Array(bits.buffer).filter(Number.isFinite);
  assert.deepEqual(Float32Array.from(JSON.parse(numbers(floats))), floats);
  assert.equal(numbers(Float32Array.of(0.1, -0.25, 1)), "[0.1,-0.25,1]");
});

test("what is no number is sent as the word that the server reports", () => {
  assert.equal(numbers([NaN, Infinity, -Infinity, 0.1]), "[NaN,Infinity,-Infinity,0.1]");
  assert.equal(numbers(Float32Array.of(NaN, Infinity)), "[NaN,Infinity]");
});

test("pauses double, follow the server, and end", () => {
  const policy = { attempts: 3, firstPause: 200, longestPause: 10_000 };
  const refusal = (code, retryAfter) => new RefusedError("", code, undefined, undefined, retryAfter);
  assert.equal(pause(policy, 1, refusal("overloaded")), 200);
  assert.equal(pause(policy, 2, new UnreachableError("")), 400);
  assert.equal(pause(policy, 1, refusal("rate_limited", 3_000)), 3_000);
  assert.equal(pause(policy, 1, refusal("overloaded", 99_000)), 10_000);
  assert.equal(pause(policy, 3, refusal("overloaded")), undefined);
  assert.equal(pause(policy, 1, refusal("invalid_request")), undefined);
  assert.equal(pause(policy, 1, new Error("else")), undefined);
});

test("what is refused leaves what is kept as it was", () => {
  const kept = new KeptVectors();
  const state = () => Object.fromEntries([...kept.all].map(({ id, vector }) => [JSON.stringify(id), vector[0]]));
  kept.store([{ id: "a", vector: [1] }, { id: 1, vector: [2] }], false);
  const before = state();
  assert.deepEqual(before, { '"a"': 1, 1: 2 });
  kept.store([{ id: "a", vector: [3] }, { id: "a", vector: [4] }, { id: "1", vector: [5] }], false)();
  assert.deepEqual(state(), before);
  const undo = kept.store([{ id: "d", vector: [6] }], true);
  assert.deepEqual(state(), { '"d"': 6 });
  undo();
  kept.remove(["a", "x"])();
  assert.deepEqual(state(), before);
  kept.remove(["a"]);
  assert.deepEqual(state(), { 1: 2 });
});
