/// Why the server or the connection did not do what was asked.
public enum RoostError: Error, Sendable {
    /// The server refused: its sentence, and its code for programs (`invalid_request`, `overloaded`, …).
    case refused(Refusal)

    /// The connection can't be made.
    case unreachable(String)

    /// The connection has ended and with it the session: the server has forgotten its vectors.
    ///
    /// A session with `resumesUploads` comes back by itself; see ``VectorSession``.
    case connectionLost(String)

    /// No answer within ``ClientOptions/timeout``.
    case timedOut

    /// The upload stopped: the report says what was stored before.
    indirect case uploadStopped(UploadReport, cause: RoostError)

    /// An answer that this client can't read.
    case unexpectedAnswer(String)

    /// What this platform or this client can't do.
    case unsupported(String)

    public struct Refusal: Hashable, Sendable {
        public let message: String
        public let code: String?

        /// Which member of the request was to blame.
        public let parameter: String?

        /// HTTP's status; `nil` over the WebSocket.
        public let status: Int?

        /// After which trying again makes sense.
        public let retryAfter: Duration?
    }
}

extension RoostError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .refused(let refusal): refusal.message
        case .unreachable(let reason): "Roost can't be reached: \(reason)"
        case .connectionLost(let reason): "The connection to Roost was lost: \(reason)"
        case .timedOut: "Roost did not answer in time."
        case .uploadStopped(let report, let cause): "The upload stopped after \(report.uploaded) vectors. \(cause)"
        case .unexpectedAnswer(let what): "Roost's answer can't be read: \(what)"
        case .unsupported(let what): what
        }
    }

    /// Whether the same request may succeed a moment later, and what the server says of when.
    var retry: (isSensible: Bool, after: Duration?) {
        switch self {
        case .refused(let refusal):
            let isBusy = ["overloaded", "rate_limited", "shutting_down"].contains(refusal.code)
            return (isBusy || refusal.retryAfter != nil, refusal.retryAfter)
        case .unreachable: return (true, nil)
        default: return (false, nil)
        }
    }
}
