import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** `ws` as a package manager or Debian (NODE_PATH) has put it there; an import would look into node_modules only. */
export const WebSocket = createRequire(import.meta.url)("ws");

const program = process.env.ROOST;
if (!program) throw new Error("ROOST is the path of the roost program; test/run sets it.");

/** A real server on a free port with a data directory of its own, until `stop`. */
export async function startServer({ port = 0, environment = {} } = {}) {
  const data = await mkdtemp(join(tmpdir(), "roost-client-"));
  const child = spawn(program, ["serve", "--data", data, "--port", String(port)], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(child, "exit");
  const [line] = await Promise.race([
    once(createInterface(child.stdout), "line"),
    ended.then(() => Promise.reject(new Error("roost ended before it was ready"))),
  ]);
  const server = line.split(" ").at(-1);
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
    await rm(data, { recursive: true, force: true });
  };
  return { server, port: Number(new URL(server).port), stop };
}

/** Runs a server for the length of `body`. */
export async function withServer(body, options) {
  const running = await startServer(options);
  try {
    await body(running);
  } finally {
    await running.stop();
  }
}

export const withoutModel = { environment: { ROOST_VECTOR_SEARCH_ENABLED: "false" } };

/** A direction per number: axis `number` mod 384, turned a little towards the next one. */
export function vector(number) {
  const vector = new Float32Array(384);
  vector[number % 384] = 1;
  vector[(number + 1) % 384] = Math.floor(number / 384) * 0.01;
  return vector;
}

export function vectors(from, to) {
  return Array.from({ length: to - from }, (_, index) => {
    const number = from + index;
    return {
      id: `v${number}`,
      vector: vector(number),
      metadata: { number, even: number % 2 === 0, text: `Passage ${number}.` },
    };
  });
}
