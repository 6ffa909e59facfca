// Compiled, never run: what the types must let through, and what they must not.
import type { Filter, SearchReport, VectorSession } from "../src/index.js";

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
