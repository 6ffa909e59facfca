/// How a ``RoostClient`` behaves.
public struct ClientOptions: Sendable {
    /// Sent as a bearer token where the server, or a proxy before it, asks for one.
    public var token: String?

    /// How long an answer may take, and for a prompt each next piece of it.
    public var timeout = Duration.seconds(30)

    public var retry = RetryPolicy()

    /// Keeps a copy of what a session has uploaded, and uploads it again when the connection was lost.
    ///
    /// Costs the vectors' memory once more, about 1.6 KB each and their metadata.
    public var resumesUploads = false

    /// Vectors in one message; the server takes 1,000.
    public var vectorsPerMessage = 1_000

    /// Bytes of one message; the server takes 16 MB.
    public var bytesPerMessage = 16 << 20

    /// Texts that are embedded by one request; the server takes 96.
    public var textsPerRequest = 96

    public init() {}
}

/// When a request is made again: after a refusal that says "later" (overloaded, rate limited), and when the server can't be
/// reached; never after a refusal that would come again.
public struct RetryPolicy: Sendable {
    /// Attempts in all; 1 never tries again.
    public var attempts = 4

    /// The pause before the second attempt; each further one is twice as long, unless the server names a time.
    public var firstPause = Duration.milliseconds(200)

    /// No pause is longer, whatever the server says.
    public var longestPause = Duration.seconds(10)

    public init() {}

    /// The pause after `attempt` attempts have failed; `nil` when it is time to give up.
    func pause(after attempt: Int, _ error: RoostError) -> Duration? {
        guard attempt < attempts, error.retry.isSensible else { return nil }
        return min(error.retry.after ?? firstPause * (1 << min(attempt - 1, 16)), longestPause)
    }

    /// Runs `body` until it succeeds, fails for good, or has used up its attempts.
    func run<Result>(_ body: () async throws -> Result) async throws -> Result {
        var attempt = 1
        while true {
            do {
                return try await body()
            } catch let error as RoostError {
                guard let pause = pause(after: attempt, error) else { throw error }
                attempt += 1
                try await Task.sleep(for: pause)
            }
        }
    }
}
