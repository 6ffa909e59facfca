import assert from "node:assert/strict";
import test from "node:test";
import {
  ConnectionLostError,
  RefusedError,
  RoostClient,
  RoostError,
  UnreachableError,
  UploadStoppedError,
} from "../dist/index.js";
import { startServer, vector, vectors, WebSocket, withoutModel, withServer } from "./support/server.mjs";

const connectTo = (server, options = {}) => new RoostClient({ server, WebSocket, ...options });

test("uploads in batches, searches with a filter and a threshold, deletes", async () => {
  await withServer(async ({ server }) => {
    await connectTo(server, { vectorsPerMessage: 100 }).withSession(async (session) => {
      assert.ok(session.id.length > 0);
      assert.deepEqual((await session.search(vector(0))).hits, []);
      assert.deepEqual(await session.upload(vectors(0, 350), { replace: true }), {
        uploaded: 350,
        rejected: 0,
        errors: [],
      });

      const plain = await session.search(vector(7), { k: 3 });
      assert.equal(plain.totalVectors, 350);
      assert.equal(plain.hits.length, 3);
      assert.equal(plain.hits[0].id, "v7");
      assert.ok(plain.hits[0].score > 0.999);
      assert.equal(plain.hits[0].metadata.text, "Passage 7.");

      const filter = { $and: [{ even: true }, { number: { $gt: 7 } }, { $not: { text: "Passage 10." } }] };
      const { hits } = await session.search(vector(7), { k: 100, threshold: 0, filter });
      assert.equal(hits.length, 100);
      for (const { metadata } of hits) {
        assert.ok(metadata.even && metadata.number > 7 && metadata.number !== 10);
      }

      assert.equal(await session.delete(["v7", "v8", "nobody"]), 2);
      assert.deepEqual((await session.search(vector(7), { k: 1, threshold: 0.9 })).hits, []);
      assert.ok((await session.ping()) > 0);
      await session.upload([], { replace: true });
      assert.equal((await session.search(vector(1))).totalVectors, 0);
    });
  }, withoutModel);
});

test("bad vectors are rejected alone, with their sentences", async () => {
  await withServer(async ({ server }) => {
    await connectTo(server).withSession(async (session) => {
      const broken = vector(1);
      broken[3] = NaN;
      const report = await session.upload([
        { id: "short", vector: [1, 2] },
        { id: "nan", vector: broken },
        { id: 7, vector: vector(2) },
      ]);
      assert.deepEqual(report, {
        uploaded: 1,
        rejected: 2,
        errors: [
          "Vector short: Invalid dimensions: expected 384, got 2",
          "Vector nan: Invalid vector values: contains NaN or Infinity",
        ],
      });
      assert.equal((await session.search(vector(2), { k: 1 })).hits[0].id, 7);
    });
  }, withoutModel);
});

test("a refusal is an error with the server's sentence and leaves the session open", async () => {
  await withServer(async ({ server }) => {
    const roost = connectTo(server, { vectorsPerMessage: 1_001 });
    await roost.withSession(async (session) => {
      await assert.rejects(session.search(vector(0), { filter: { a: { $near: 1 } } }), (error) => {
        return error instanceof RefusedError && error.code === "invalid_request" && error.message.includes("$near");
      });
      await assert.rejects(session.search(vector(0), { k: 101 }), RefusedError);
      await assert.rejects(session.upload(vectors(0, 1_001)), /Upload batch size too large: 1001 vectors \(max: 1000\)/);
      await assert.rejects(session.upload([...vectors(0, 1_001), ...vectors(1_001, 1_002)].slice(1)), RefusedError);
      assert.equal((await session.upload(vectors(0, 1))).uploaded, 1);
    });
  }, withoutModel);
});

test("an upload that is refused in the middle says what was stored", async () => {
  const limited = { environment: { ...withoutModel.environment, ROOST_SESSION_VECTORS_LIMITS_VECTORS: "150" } };
  await withServer(async ({ server }) => {
    await connectTo(server, { vectorsPerMessage: 100 }).withSession(async (session) => {
      await assert.rejects(session.upload(vectors(0, 200)), (error) => {
        assert.ok(error instanceof UploadStoppedError && error.cause instanceof RefusedError);
        assert.match(error.message, /after 100 vectors. Session vector limit reached: 150/);
        return error.report.uploaded === 100;
      });
      assert.equal((await session.search(vector(0))).totalVectors, 100);
    });
  }, limited);
});

test("many requests share one session, and two sessions share nothing", async () => {
  await withServer(async ({ server }) => {
    const roost = connectTo(server);
    const [one, other] = await Promise.all([roost.connect(), roost.connect()]);
    assert.notEqual(one.id, other.id);
    await one.upload(vectors(0, 300));
    await other.upload([{ id: "v5", vector: vector(200) }]);
    const found = await Promise.all(Array.from({ length: 100 }, (_, number) => one.search(vector(number), { k: 1 })));
    for (const [number, { hits }] of found.entries()) assert.equal(hits[0].id, `v${number}`);
    assert.deepEqual((await other.search(vector(5), { threshold: 0.5 })).hits, []);
    const waiting = assert.rejects(one.search(vector(1)), ConnectionLostError);
    one.close();
    await waiting;
    await assert.rejects(one.ping(), ConnectionLostError);
    assert.equal((await other.search(vector(200), { k: 1 })).hits[0].id, "v5");
    other.close();
  }, withoutModel);
});

for (const resumesUploads of [true, false]) {
  test(`a lost connection is ${resumesUploads ? "made again with what was uploaded" : "an error"}`, async () => {
    const first = await startServer(withoutModel);
    const session = await connectTo(first.server, { resumesUploads, vectorsPerMessage: 40 }).connect();
    const id = session.id;
    await session.upload(vectors(0, 100));
    await session.delete(["v3"]);
    await first.stop();
    await withServer(async () => {
      if (resumesUploads) {
        // Both find the connection lost, and one new one serves both.
        const [found, empty] = await Promise.all([
          session.search(vector(42), { k: 1 }),
          session.search(vector(3), { threshold: 0.9 }),
        ]);
        assert.equal(found.totalVectors, 99);
        assert.equal(found.hits[0].id, "v42");
        assert.deepEqual(empty.hits, []);
        assert.notEqual(session.id, id);
        assert.equal((await session.upload(vectors(200, 201))).uploaded, 1);
      } else {
        await assert.rejects(session.search(vector(42)), ConnectionLostError);
      }
      session.close();
      await assert.rejects(session.ping(), ConnectionLostError);
    }, { ...withoutModel, port: first.port });
  });
}

test("where nobody listens the server is unreachable", async () => {
  const nobody = connectTo("http://127.0.0.1:9", { retry: { attempts: 2, firstPause: 1 } });
  await assert.rejects(nobody.connect(), UnreachableError);
  await assert.rejects(nobody.embed(["a"]), UnreachableError);
});

test("without a WebSocket the error says how to get one", { skip: "WebSocket" in globalThis }, async () => {
  const roost = new RoostClient({ server: "http://127.0.0.1:9" });
  await assert.rejects(roost.connect(), (error) => error instanceof RoostError && error.message.includes('from "ws"'));
});

test("embeds, finds by meaning and answers from the session", async () => {
  await withServer(async ({ server }) => {
    const roost = connectTo(server, { textsPerRequest: 2 });
    const texts = [
      "The keeper lights the lamp at dusk and puts it out at dawn.",
      "Gulls nest on the gallery in spring.",
      "The fog horn sounds twice a minute when ships can't see the light.",
    ];
    const embeddings = await roost.embed(texts);
    assert.deepEqual(embeddings.map(({ vector, windows }) => [vector.length, windows]), Array(3).fill([384, 1]));
    await assert.rejects(roost.embed(["a", " "]), (error) => error.status === 400 && error.param === "texts[1]");

    await roost.withSession(async (session) => {
      await session.upload(
        texts.map((text, number) => ({ id: `t${number}`, vector: embeddings[number].vector, metadata: { text } })),
      );
      const question = "When does the fog horn sound?";
      const [query] = await roost.embed([question]);
      assert.equal((await session.search(query.vector, { k: 1 })).hits[0].id, "t2");

      let answer = "";
      let end;
      for await (const event of session.ask(question, { vectors: { threshold: 0.3 } })) {
        if (event.type === "text") answer += event.text;
        else end = event;
      }
      assert.match(answer, /twice a minute/);
      assert.equal(end.reason, "complete");
      assert.equal(end.citations[0], "t2");
      assert.ok(end.promptTokens > 0);

      const vectors = { threshold: 0, filter: { text: { $ne: texts[2] } } };
      for await (const event of session.ask(question, { vectors })) {
        if (event.type === "end") assert.ok(!event.citations.includes("t2"));
      }

      // Whoever has heard enough may leave; the session goes on.
      for await (const event of session.ask(question, { vectors: { threshold: 0.3 } })) {
        assert.ok(event.type);
        break;
      }
      assert.equal((await session.search(query.vector, { k: 1 })).totalVectors, 3);
    });
  });
});
