import { ConnectionLostError, RefusedError, RoostError, TimedOutError, UnreachableError } from "./errors.js";
import type { Settings, WebSocketLike } from "./options.js";

/** Any message of the server: its type, and the members that the type has. */
export type ServerMessage = { type: string; [member: string]: any };

interface Pending {
  /** Whether this was the last message for the id. */
  receive(message: ServerMessage): boolean;
  fail(error: RoostError): void;
  timer: ReturnType<typeof setTimeout>;
}

/** Under which the first message waits, which answers nothing. */
const greeting = "connected";

/** One open socket: requests with their answers, prompts with their pieces. */
export class Connection {
  sessionId = "";
  /** Why the connection has ended. */
  end: RoostError | undefined;
  private readonly pending = new Map<string, Pending>();
  private lastId = 0;

  private constructor(private readonly socket: WebSocketLike, private readonly timeout: number) {
    socket.addEventListener("message", (event) => this.receive(event.data));
    // An error says nothing that the close does not; without a listener some implementations would throw it.
    let reason = "the connection was cut.";
    socket.addEventListener("error", (event) => (reason = event.message || reason));
    socket.addEventListener("close", (event) => {
      const words = event.reason ? ` “${event.reason}”` : "";
      this.finish(new ConnectionLostError(`The connection to Roost was lost: ${reason} (code ${event.code})${words}`));
    });
  }

  /** Connects, and waits for the server's first message. */
  static async open(settings: Settings): Promise<Connection> {
    const WebSocket = settings.WebSocket ?? (globalThis as { WebSocket?: Settings["WebSocket"] }).WebSocket;
    if (!WebSocket) {
      throw new RoostError('There is no WebSocket here: import WebSocket from "ws" and pass { WebSocket }.');
    }
    const socket = new WebSocket(settings.server.replace(/^http/, "ws") + "/v1/ws");
    const connection = new Connection(socket, settings.timeout);
    try {
      connection.sessionId = String((await connection.answer(greeting, () => {})).sessionId ?? "");
      return connection;
    } catch (error) {
      socket.close();
      // A connection that never was can't have been lost.
      throw error instanceof ConnectionLostError ? new UnreachableError(`Roost can't be reached. ${error.message}`) : error;
    }
  }

  newId(): string {
    return String(++this.lastId);
  }

  /** @param json makes the message for an id. */
  request(json: (id: string) => string): Promise<ServerMessage> {
    const id = this.newId();
    return this.answer(id, () => this.socket.send(json(id)));
  }

  private answer(id: string, send: () => void): Promise<ServerMessage> {
    return new Promise((resolve, reject) => {
      const receive = (message: ServerMessage) => {
        if (message.type === "error") reject(refusal(message));
        else resolve(message);
        return true;
      };
      this.expect(id, receive, reject);
      if (!this.end) send();
    });
  }

  /** Messages for `id` until one is the last; leaving early says so to the server. */
  async *stream(id: string, json: string, isLast: (message: ServerMessage) => boolean): AsyncGenerator<ServerMessage> {
    const arrived: ServerMessage[] = [];
    let failure: RoostError | undefined;
    let wake = () => {};
    let isOver = false;
    const receive = (message: ServerMessage) => {
      if (message.type === "error") failure = refusal(message);
      else arrived.push(message);
      isOver = failure !== undefined || isLast(message);
      wake();
      return isOver;
    };
    this.expect(id, receive, (error) => {
      [failure, isOver] = [error, true];
      wake();
    });
    try {
      if (!this.end) this.socket.send(json);
      while (true) {
        const message = arrived.shift();
        if (message) yield message;
        else if (failure) throw failure;
        else if (isOver) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      if (!isOver) {
        this.settle(id);
        if (!this.end) this.socket.send(JSON.stringify({ type: "stream_cancel", id }));
      }
    }
  }

  close(): void {
    this.finish(new ConnectionLostError("The session was closed by this client."));
    this.socket.close(1000);
  }

  private expect(id: string, receive: Pending["receive"], fail: Pending["fail"]): void {
    if (this.end) return fail(this.end);
    this.pending.set(id, { receive, fail, timer: this.expiry(id) });
  }

  private expiry(id: string): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.settle(id)?.fail(new TimedOutError("Roost did not answer in time.")), this.timeout);
  }

  /** Takes it out of the table: whoever does so ends it. */
  private settle(id: string): Pending | undefined {
    const pending = this.pending.get(id);
    if (pending) clearTimeout(pending.timer);
    this.pending.delete(id);
    return pending;
  }

  private receive(data: unknown): void {
    if (typeof data !== "string") return;
    let message: ServerMessage;
    try {
      message = JSON.parse(data);
    } catch {
      return this.finish(new RoostError(`Roost's answer can't be read: ${data.slice(0, 200)}`));
    }
    const id = message.type === greeting ? greeting : String(message["requestId"] ?? message["id"]);
    const pending = this.pending.get(id);
    if (!pending) return;
    clearTimeout(pending.timer);
    if (pending.receive(message)) this.pending.delete(id);
    else pending.timer = this.expiry(id);
  }

  private finish(error: RoostError): void {
    this.end ??= error;
    for (const id of [...this.pending.keys()]) this.settle(id)?.fail(this.end);
  }
}

function refusal(message: ServerMessage): RefusedError {
  const seconds = message["retryAfter"];
  return new RefusedError(
    message["error"] ?? "Roost refused without a reason.",
    message["code"],
    message["param"],
    undefined,
    typeof seconds === "number" ? seconds * 1_000 : undefined,
  );
}
