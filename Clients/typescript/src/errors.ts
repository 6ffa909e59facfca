/** Why the server or the connection did not do what was asked. */
export class RoostError extends Error {
  override readonly name: string = "RoostError";
}

/** The server refused: its sentence is the message. */
export class RefusedError extends RoostError {
  override readonly name = "RefusedError";

  constructor(
    message: string,
    /** For programs: `invalid_request`, `overloaded`, … */
    readonly code?: string,
    /** Which member of the request was to blame. */
    readonly param?: string,
    /** HTTP's status; not over the WebSocket. */
    readonly status?: number,
    /** Milliseconds after which trying again makes sense. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/** The connection can't be made. */
export class UnreachableError extends RoostError {
  override readonly name = "UnreachableError";
}

/**
 * The connection has ended and with it the session: the server has forgotten its vectors. A session with
 * `resumesUploads` comes back by itself.
 */
export class ConnectionLostError extends RoostError {
  override readonly name = "ConnectionLostError";
}

/** No answer within `timeout`. */
export class TimedOutError extends RoostError {
  override readonly name = "TimedOutError";
}

/** The upload stopped; `report` says what was stored before, `cause` why. */
export class UploadStoppedError extends RoostError {
  override readonly name = "UploadStoppedError";

  constructor(readonly report: UploadReport, override readonly cause: RoostError) {
    super(`The upload stopped after ${report.uploaded} vectors. ${cause.message}`);
  }
}

/** What became of an upload. */
export interface UploadReport {
  uploaded: number;
  rejected: number;
  /** A sentence for each vector that was rejected; the others were stored. */
  errors: string[];
}
