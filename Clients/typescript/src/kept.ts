import type { SessionVector } from "./batches.js";

/** What a session would have to upload again. Each change returns what takes it back, for a request that is refused. */
export class KeptVectors {
  private vectors = new Map<string, SessionVector>();

  get all(): Iterable<SessionVector> {
    return this.vectors.values();
  }

  /** @param replace forgets everything else. */
  store(vectors: SessionVector[], replace: boolean): () => void {
    const before = this.vectors;
    if (replace) this.vectors = new Map();
    const undo = replace ? () => void (this.vectors = before) : this.remember(vectors.map(({ id }) => id));
    for (const vector of vectors) this.vectors.set(key(vector.id), vector);
    return undo;
  }

  remove(ids: (string | number)[]): () => void {
    const undo = this.remember(ids);
    for (const id of ids) this.vectors.delete(key(id));
    return undo;
  }

  private remember(ids: (string | number)[]): () => void {
    const before = new Map(ids.map((id) => [key(id), this.vectors.get(key(id))]));
    return () => {
      for (const [name, vector] of before) {
        if (vector) this.vectors.set(name, vector);
        else this.vectors.delete(name);
      }
    };
  }
}

/** The number 1 and the text "1" are two ids. */
function key(id: string | number): string {
  return JSON.stringify(id);
}
