// Compiled, never run: what the types must let through, and what they must not.
import type { Filter, RoostOptions, SearchReport, VectorSession } from "../src/index.js";

// A browser's WebSocket, and one with an overload for each event as older types of ws have them.
export const platform: RoostOptions = { server: "http://127.0.0.1:8092", WebSocket };

declare class Overloaded {
  constructor(address: string | URL, protocols?: string[]);
  readonly readyState: 0 | 1 | 2 | 3;
  send(data: string | ArrayBuffer, callback?: (error?: Error) => void): void;
  close(code?: number, data?: string): void;
  addEventListener(type: "message", listener: (event: { data: unknown; type: string }) => void): void;
  addEventListener(type: "close", listener: (event: { code: number; reason: string }) => void): void;
  addEventListener(type: "error", listener: (event: { error: unknown; message: string }) => void): void;
  addEventListener(type: "open", listener: (event: { target: Overloaded }) => void): void;
}

export const overloaded: RoostOptions = { server: "http://127.0.0.1:8092", WebSocket: Overloaded };

export const filters: Filter[] = [
  {},
  { source: "a.pdf", page: { $gte: 3, $lt: 9 }, "author.name": { $in: ["Ada", null] } },
  { $or: [{ tags: "red" }, { $not: { year: { $exists: true } } }] },
  // @ts-expect-error a misspelt operator of a field
  { page: { $grater: 3 } },
  // @ts-expect-error a misspelt operator that joins
  { $nor: [{ page: 3 }] },
  // @ts-expect-error order is for numbers and texts
  { page: { $gt: true } },
];

export async function use(session: VectorSession): Promise<SearchReport> {
  await session.upload([{ id: 1, vector: new Float32Array(384), metadata: { tags: ["a", 1, null] } }]);
  // @ts-expect-error a vector needs an id
  await session.upload([{ vector: [1] }]);
  for await (const event of session.ask("Why?", { vectors: false })) {
    if (event.type === "end") event.citations.at(0);
    else event.text.at(0);
  }
  return session.search([1], { threshold: 0.5, filter: { a: 1 } });
}
