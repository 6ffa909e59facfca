// The wire as any client sees it: `ws` and JSON, nothing of this package.
import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";
import { WebSocket, withServer } from "./support/server.mjs";

const sentences = [
  "The keeper lights the lamp of the lighthouse at dusk.",
  "Gulls nest on the gallery in spring.",
  "Rape oil was burnt in lamps before paraffin.",
];

async function embed(server, input) {
  const response = await fetch(`${server}/v1/embed`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ input }),
  });
  assert.equal(response.status, 200);
  const answer = await response.json();
  assert.equal(answer.dimensions, 384);
  assert.equal(answer.embedding.length, 384);
  assert.equal(answer.model, "all-MiniLM-L6-v2");
  return answer.embedding;
}

test("embeds three sentences, uploads them, and gets the right one back", async () => {
  await withServer(async ({ server }) => {
    const vectors = [];
    for (const [number, text] of sentences.entries()) {
      vectors.push({ id: `chunk_${number}`, vector: await embed(server, text), metadata: { text } });
    }
    const socket = new WebSocket(`${server.replace("http", "ws")}/v1/ws`);
    const next = async () => JSON.parse((await once(socket, "message"))[0].toString());

    const connected = await next();
    assert.equal(connected.type, "connected");
    assert.equal(typeof connected.sessionId, "string");

    socket.send(JSON.stringify({ type: "session_init", id: 1, sessionId: "mine", enableRag: true }));
    const acknowledged = await next();
    assert.equal(acknowledged.type, "session_init_ack");
    assert.equal(acknowledged.id, 1);

    // Two messages, the first of which clears the session.
    for (const [number, part] of [vectors.slice(0, 2), vectors.slice(2)].entries()) {
      const requestId = `upload-${number}`;
      socket.send(JSON.stringify({ type: "uploadVectors", requestId, vectors: part, replace: number === 0 }));
      const { type, requestId: repeated, uploaded, rejected, errors } = await next();
      assert.deepEqual(
        { type, repeated, uploaded, rejected, errors },
        { type: "uploadVectorsResult", repeated: requestId, uploaded: part.length, rejected: 0, errors: [] },
      );
    }

    const queryVector = await embed(server, "When does the keeper light the lighthouse lamp?");
    const question = { type: "searchVectors", requestId: "find", queryVector, k: 3, threshold: 0.7, metadataFilter: null };
    socket.send(JSON.stringify(question));
    const found = await next();
    assert.equal(found.type, "searchVectorsResult");
    assert.equal(found.requestId, "find");
    assert.equal(found.totalVectors, 3);
    assert.equal(typeof found.searchTimeMs, "number");
    assert.deepEqual(found.results.map(({ id }) => id), ["chunk_0"]);
    assert.ok(found.results[0].score >= 0.7 && found.results[0].score <= 1);
    assert.deepEqual(found.results[0].metadata, { text: sentences[0] });

    socket.close();
    await once(socket, "close");
  });
});
