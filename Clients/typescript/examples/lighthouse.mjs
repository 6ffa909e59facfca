// Embeds a few sentences, uploads them into a session, finds the one that a question means, and asks.
//
//     node examples/lighthouse.mjs [http://127.0.0.1:8092]
import { createRequire } from "node:module";
import { stdout } from "node:process";
import { RoostClient } from "../dist/index.js";

// In an application of your own: import WebSocket from "ws", or nothing at all from Node 22 on.
const WebSocket = globalThis.WebSocket ?? createRequire(import.meta.url)("ws");

const sentences = [
  "The keeper lights the lamp at dusk and puts it out at dawn.",
  "Gulls nest on the gallery in spring.",
  "The fog horn sounds twice a minute when ships can't see the light.",
];
const roost = new RoostClient({
  server: process.argv[2] ?? "http://127.0.0.1:8092",
  WebSocket,
  resumesUploads: true,
});

const embeddings = await roost.embed(sentences);
const vectors = sentences.map((text, number) => ({
  id: `sentence-${number}`,
  vector: embeddings[number].vector,
  metadata: { text, chapter: number + 1 },
}));

await roost.withSession(async (session) => {
  const report = await session.upload(vectors, { replace: true });
  console.log(`${report.uploaded} vectors uploaded, ${report.rejected} rejected`);

  const question = "What warns ships in fog?";
  const [query] = await roost.embed([question]);
  const { hits } = await session.search(query.vector, { k: 1, filter: { chapter: { $gte: 2 } } });
  for (const { id, score, metadata } of hits) console.log(id, score, metadata.text);

  for await (const event of session.ask(question, { vectors: { threshold: 0.2 } })) {
    if (event.type === "text") stdout.write(event.text);
    else console.log(`\n(${event.reason}, from ${event.citations.join(", ")})`);
  }
});
