import { RefusedError, UnreachableError } from "./errors.js";

/** What this client needs of a WebSocket: a browser's, newer Node's, or that of the package `ws`. */
export interface WebSocketLike {
  readonly readyState: number;
  send(text: string): void;
  close(code?: number): void;
  addEventListener(type: "open" | "message" | "error" | "close", listener: (event: any) => void): void;
}

export interface RoostOptions {
  /** As `roost serve` prints it: `http://127.0.0.1:8092`. */
  server: string;

  /** Node before 22 has no WebSocket of its own: `import WebSocket from "ws"` and hand it in. */
  WebSocket?: new (url: string) => WebSocketLike;

  /** Milliseconds that an answer may take, and for a prompt each next piece of it. Default: 30,000. */
  timeout?: number;

  retry?: Partial<RetryPolicy>;

  /** Keeps a copy of what a session has uploaded, and uploads it again when the connection was lost. Default: false. */
  resumesUploads?: boolean;

  /** Vectors in one message. Default: 1,000, which is what the server takes. */
  vectorsPerMessage?: number;

  /** Bytes of one message. Default: 16 MB, which is what the server takes. */
  bytesPerMessage?: number;

  /** Texts that are embedded by one request. Default: 96, which is what the server takes. */
  textsPerRequest?: number;
}

/**
 * When a request is made again: after a refusal that says "later" (overloaded, rate limited), and when the server can't be
 * reached; never after a refusal that would come again.
 */
export interface RetryPolicy {
  /** In all; 1 never tries again. Default: 4. */
  attempts: number;
  /** Milliseconds before the second attempt; each further pause is twice as long. Default: 200. */
  firstPause: number;
  /** No pause is longer, whatever the server says. Default: 10,000. */
  longestPause: number;
}

export type Settings = Required<Omit<RoostOptions, "WebSocket" | "retry">> &
  Pick<RoostOptions, "WebSocket"> & { retry: RetryPolicy };

export function settings(options: RoostOptions): Settings {
  return {
    timeout: 30_000,
    resumesUploads: false,
    vectorsPerMessage: 1_000,
    bytesPerMessage: 16 << 20,
    textsPerRequest: 96,
    ...options,
    server: options.server.replace(/\/+$/, ""),
    retry: { attempts: 4, firstPause: 200, longestPause: 10_000, ...options.retry },
  };
}

/** Milliseconds to wait after `attempt` attempts have failed; `undefined` when it is time to give up. */
export function pause(policy: RetryPolicy, attempt: number, error: unknown): number | undefined {
  const later =
    error instanceof UnreachableError ||
    (error instanceof RefusedError &&
      (error.retryAfter !== undefined || ["overloaded", "rate_limited", "shutting_down"].includes(error.code ?? "")));
  if (!later || attempt >= policy.attempts) return undefined;
  const asked = error instanceof RefusedError ? error.retryAfter : undefined;
  return Math.min(asked ?? policy.firstPause * 2 ** (attempt - 1), policy.longestPause);
}

/** Runs `body` until it succeeds, fails for good, or has used up its attempts. */
export async function retrying<Result>(policy: RetryPolicy, body: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await body();
    } catch (error) {
      const milliseconds = pause(policy, attempt, error);
      if (milliseconds === undefined) throw error;
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
    }
  }
}
