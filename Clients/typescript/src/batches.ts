import type { Metadata } from "./filter.js";

/** A vector that a session keeps for as long as it lives. */
export interface SessionVector {
  /** A vector with an id that exists replaces the one before. */
  id: string | number;
  /** As many numbers as the server's model has (384); only its direction matters. */
  vector: ArrayLike<number>;
  /** At most 10 KB of JSON. */
  metadata?: Metadata;
}

/** Vectors of one message, encoded. */
export interface Batch {
  vectors: SessionVector[];
  json: string;
}

/** What a message has around its vectors, at most. */
const frame = 256;

/**
 * Cuts an upload into messages that the server takes: so many vectors, so many bytes of UTF-8. A vector is encoded once;
 * one that is larger than a message goes alone, and the server says what is wrong with it.
 */
export function batches(vectors: Iterable<SessionVector>, perMessage: number, bytesPerMessage: number): Batch[] {
  const batches: Batch[] = [];
  let open: { vectors: SessionVector[]; elements: string[]; bytes: number } | undefined;
  const finish = () => {
    if (open) batches.push({ vectors: open.vectors, json: open.elements.join(",") });
    open = undefined;
  };
  for (const vector of vectors) {
    const element = encode(vector);
    const bytes = utf8Length(element) + 1;
    if (open && (open.vectors.length >= perMessage || open.bytes + bytes > bytesPerMessage - frame)) finish();
    open ??= { vectors: [], elements: [], bytes: 0 };
    open.vectors.push(vector);
    open.elements.push(element);
    open.bytes += bytes;
  }
  finish();
  return batches;
}

function encode({ id, vector, metadata }: SessionVector): string {
  const rest = metadata === undefined ? "" : `,"metadata":${JSON.stringify(metadata)}`;
  return `{"id":${JSON.stringify(id)},"vector":${numbers(vector)}${rest}}`;
}

/**
 * The numbers as an array; of a Float32Array each with no more digits than it has. NaN and the infinities are the bare
 * words that the server finds and reports, where JSON would have a misleading null.
 */
export function numbers(vector: ArrayLike<number>): string {
  const single = vector instanceof Float32Array;
  return `[${Array.from(vector, (number) => (single ? shortest(number) : String(number))).join(",")}]`;
}

/** Nine significant digits tell every single-precision number from its neighbours; most need fewer. */
function shortest(number: number): string {
  const few = Number(number.toPrecision(8));
  return String(Math.fround(few) === number ? few : Number.isFinite(number) ? Number(number.toPrecision(9)) : number);
}

function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // Each half of a surrogate pair is two of its four bytes.
    if (unit > 0x7f) bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
