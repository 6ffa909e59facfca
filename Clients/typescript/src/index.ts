import { Connection } from "./connection.js";
import { RefusedError, RoostError, TimedOutError, UnreachableError } from "./errors.js";
import { retrying, settings, type RoostOptions, type Settings } from "./options.js";
import { VectorSession } from "./session.js";

export type { SessionVector } from "./batches.js";
export * from "./errors.js";
export type { Comparison, Condition, Fields, Filter, JSONValue, Metadata } from "./filter.js";
export type { RetryPolicy, RoostOptions, WebSocketLike } from "./options.js";
export { VectorSession } from "./session.js";
export type { AnswerEvent, AskOptions, Hit, SearchOptions, SearchReport } from "./session.js";

/** A text's direction in the space of meanings. */
export interface Embedding {
  /** Of length one: the dot product of two is their cosine similarity. */
  vector: number[];
  /** Word pieces of the text. */
  tokenCount: number;
  /** How many windows of the model the text filled; with more than one the vector is the mean of theirs. */
  windows: number;
}

/**
 * A Roost server, seen from a program that brings its own vectors.
 *
 *     const roost = new RoostClient({ server: "http://127.0.0.1:8092" });
 *     const [embedding] = await roost.embed(["The lamp is lit at dusk."]);
 *     const session = await roost.connect();
 */
export class RoostClient {
  private readonly settings: Settings;

  constructor(options: RoostOptions) {
    this.settings = settings(options);
  }

  /** Opens a session that lives until it is closed. */
  async connect(): Promise<VectorSession> {
    const connection = await retrying(this.settings.retry, () => Connection.open(this.settings));
    return new VectorSession(this.settings, connection);
  }

  /** Opens a session and closes it after `body`, whatever happens. */
  async withSession<Result>(body: (session: VectorSession) => Promise<Result>): Promise<Result> {
    const session = await this.connect();
    try {
      return await body(session);
    } finally {
      session.close();
    }
  }

  /** One embedding a text, in order; as many requests as it takes, one after the other. */
  async embed(texts: string[]): Promise<Embedding[]> {
    const embeddings: Embedding[] = [];
    for (let start = 0; start < texts.length; start += this.settings.textsPerRequest) {
      const batch = texts.slice(start, start + this.settings.textsPerRequest);
      const answer = await retrying(this.settings.retry, () => this.post("/v1/embed", { texts: batch }));
      for (const { embedding, tokenCount, windows } of answer.embeddings) {
        embeddings.push({ vector: embedding, tokenCount, windows });
      }
    }
    return embeddings;
  }

  private async post(path: string, body: unknown): Promise<any> {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), this.settings.timeout);
    try {
      const response = await fetch(this.settings.server + path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        signal: patience.signal,
      });
      if (!response.ok) throw await refusal(response);
      return await response.json();
    } catch (error) {
      if (error instanceof RoostError) throw error;
      if (patience.signal.aborted) throw new TimedOutError("Roost did not answer in time.");
      if (error instanceof SyntaxError) throw new RoostError("Roost's answer can't be read: it is no JSON.");
      throw new UnreachableError(`Roost can't be reached: ${String((error as Error).cause ?? error)}`);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** An error over HTTP, in the form of the server or of whatever stands before it. */
async function refusal(response: Response): Promise<RefusedError> {
  const content = (await response.json().catch(() => undefined))?.error;
  const seconds = Number(response.headers.get("Retry-After") ?? NaN);
  return new RefusedError(
    content?.message ?? `The server answered with status ${response.status}.`,
    content?.code,
    content?.param ?? undefined,
    response.status,
    Number.isFinite(seconds) ? seconds * 1_000 : undefined,
  );
}
