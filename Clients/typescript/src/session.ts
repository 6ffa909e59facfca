import { batches, numbers, type Batch, type SessionVector } from "./batches.js";
import { Connection, type ServerMessage } from "./connection.js";
import { ConnectionLostError, RefusedError, RoostError, UploadStoppedError, type UploadReport } from "./errors.js";
import { KeptVectors } from "./kept.js";
import type { Filter, Metadata } from "./filter.js";
import { retrying, type Settings } from "./options.js";

export interface SearchOptions {
  /** How many at most, 1 to 100. Default: 5. */
  k?: number;
  /** The least score, 0 to 1. */
  threshold?: number;
  filter?: Filter;
}

export interface Hit {
  id: string | number;
  /** The cosine of the angle between the two vectors, from -1 to 1. */
  score: number;
  metadata: Metadata;
}

export interface SearchReport {
  /** Best first; the search is exact. */
  hits: Hit[];
  /** Vectors of the session, found or not. */
  totalVectors: number;
  /** What the server needed for it. */
  milliseconds: number;
}

export interface AskOptions {
  /**
   * The session's vectors that may help: the server embeds the prompt, searches, and puts the passages' `text` before the
   * model. Default: `{ k: 5, threshold: 0.5 }`; `false` uses none.
   */
  vectors?: SearchOptions | false;
  maxTokens?: number;
  /** What was said before. */
  conversation?: string;
}

/** Pieces of the answer, then its end. */
export type AnswerEvent =
  | { type: "text"; text: string }
  | {
      type: "end";
      reason: "complete" | "cancelled";
      promptTokens: number;
      completionTokens: number;
      /** The session's vectors that the answer cites, by their ids. */
      citations: (string | number)[];
    };

/**
 * A session of vectors: yours alone, in the server's memory alone, for as long as the connection lives.
 *
 * When the connection is lost, however, the server has forgotten the vectors. Then every call throws
 * `ConnectionLostError`, and what to do is up to you: connect anew and upload again. With `resumesUploads` the session does
 * that by itself: it keeps a copy of what it has uploaded, and the next call connects, uploads the copy, and goes on. A
 * prompt that was being answered ends with the error in either case.
 */
export class VectorSession {
  private readonly kept = new KeptVectors();
  private resumption: Promise<Connection> | undefined;
  private isClosed = false;

  /** @internal */
  constructor(private readonly settings: Settings, private connection: Connection) {}

  /** The server's name for the session; another one after a reconnection. */
  get id(): string {
    return this.connection.sessionId;
  }

  /** Ends the session: the server forgets its vectors, calls that wait throw. */
  close(): void {
    this.isClosed = true;
    this.connection.close();
  }

  /**
   * Uploads the vectors in as many messages as they need. A bad vector is rejected alone: it is counted, and the report
   * has a sentence about it. A busy server is asked again.
   *
   * @param options.replace clears the session first.
   * @throws UploadStoppedError when some messages were stored and a further one was refused.
   */
  async upload(vectors: Iterable<SessionVector>, options: { replace?: boolean } = {}): Promise<UploadReport> {
    const replace = options.replace ?? false;
    const parts = this.batches(vectors);
    // Nothing in place of everything is an upload, too.
    if (parts.length === 0 && replace) parts.push({ vectors: [], json: "" });
    return this.perform(async (connection) => {
      const report: UploadReport = { uploaded: 0, rejected: 0, errors: [] };
      for (const [number, batch] of parts.entries()) {
        const clears = replace && number === 0;
        // Before it is sent: a connection that is lost just then is made anew with it.
        const undo = this.settings.resumesUploads ? this.kept.store(batch.vectors, clears) : () => {};
        try {
          add(report, await this.send(batch, clears, connection));
        } catch (error) {
          if (error instanceof RefusedError) undo();
          const stopped = number > 0 && error instanceof RoostError && !(error instanceof ConnectionLostError);
          throw stopped ? new UploadStoppedError(report, error) : error;
        }
      }
      return report;
    });
  }

  /** The session's vectors most like `vector`, best first. */
  async search(vector: ArrayLike<number>, options: SearchOptions = {}): Promise<SearchReport> {
    const rest = JSON.stringify({ k: options.k ?? 5, threshold: options.threshold, metadataFilter: options.filter });
    const found = await this.perform((connection) =>
      connection.request(
        (id) => `{"type":"searchVectors","requestId":"${id}","queryVector":${numbers(vector)},${rest.slice(1)}`,
      ),
    );
    return {
      hits: found["results"],
      totalVectors: found["totalVectors"],
      milliseconds: found["searchTimeMs"],
    };
  }

  /** How many of the ids there were; they are gone now. */
  async delete(ids: (string | number)[]): Promise<number> {
    return this.perform(async (connection) => {
      const undo = this.kept.remove(ids);
      try {
        const answer = await connection.request((requestId) => JSON.stringify({ type: "deleteVectors", requestId, ids }));
        return answer["deleted"];
      } catch (error) {
        if (error instanceof RefusedError) undo();
        throw error;
      }
    });
  }

  /** Milliseconds that the server takes to say that it is there. */
  async ping(): Promise<number> {
    const start = performance.now();
    await this.perform((connection) => connection.request((requestId) => JSON.stringify({ type: "ping", requestId })));
    return performance.now() - start;
  }

  /**
   * Asks the server's model, with the help of the session's vectors. Leaving the loop early stops the model.
   *
   *     for await (const event of session.ask("When is the lamp lit?")) if (event.type === "text") write(event.text);
   */
  async *ask(prompt: string, options: AskOptions = {}): AsyncGenerator<AnswerEvent> {
    const connection = await this.perform(async (connection) => {
      if (connection.end) throw connection.end;
      return connection;
    });
    const id = connection.newId();
    const json = JSON.stringify({
      type: "prompt",
      id,
      prompt,
      stream: true,
      maxTokens: options.maxTokens,
      conversationContext: options.conversation,
      useVectors: options.vectors === false ? undefined : vectorUse(options.vectors ?? {}),
    });
    for await (const message of connection.stream(id, json, (message) => message.type === "stream_end")) {
      if (message.type === "stream_chunk") yield { type: "text", text: message["content"] };
      if (message.type === "stream_end") yield answerEnd(message);
    }
  }

  private batches(vectors: Iterable<SessionVector>): Batch[] {
    return batches(vectors, this.settings.vectorsPerMessage, this.settings.bytesPerMessage);
  }

  private send(batch: Batch, replace: boolean, connection: Connection): Promise<ServerMessage> {
    return retrying(this.settings.retry, () =>
      connection.request(
        (id) => `{"type":"uploadVectors","requestId":"${id}","replace":${replace},"vectors":[${batch.json}]}`,
      ),
    );
  }

  /**
   * Runs `body` over the connection, and once more over a new one if it was lost and the session may resume. What a call
   * asks for may so be done twice, and each call is such that this makes no difference.
   */
  private async perform<Result>(body: (connection: Connection) => Promise<Result>): Promise<Result> {
    try {
      return await body(this.connection);
    } catch (error) {
      if (!(error instanceof ConnectionLostError) || !this.settings.resumesUploads || this.isClosed) throw error;
      return body(await this.resume());
    }
  }

  /** A new connection that holds what the lost one held; one for all calls that find it lost. */
  private resume(): Promise<Connection> {
    if (!this.connection.end) return Promise.resolve(this.connection);
    this.resumption ??= this.reconnect().finally(() => (this.resumption = undefined));
    return this.resumption;
  }

  private async reconnect(): Promise<Connection> {
    const connection = await retrying(this.settings.retry, () => Connection.open(this.settings));
    try {
      for (const batch of this.batches(this.kept.all)) await this.send(batch, false, connection);
      if (this.isClosed) throw new ConnectionLostError("The session was closed by this client.");
    } catch (error) {
      connection.close();
      throw error;
    }
    this.connection = connection;
    return connection;
  }
}

function vectorUse({ k = 5, threshold = 0.5, filter }: SearchOptions) {
  return { k, threshold, metadataFilter: filter };
}

function add(report: UploadReport, answer: ServerMessage): void {
  report.uploaded += answer["uploaded"];
  report.rejected += answer["rejected"];
  report.errors.push(...answer["errors"]);
}

function answerEnd(message: ServerMessage): AnswerEvent {
  return {
    type: "end",
    reason: message["reason"],
    promptTokens: message["usage"]?.prompt_tokens ?? 0,
    completionTokens: message["usage"]?.completion_tokens ?? 0,
    citations: (message["citations"] ?? []).map((citation: { id: string | number }) => citation.id),
  };
}
