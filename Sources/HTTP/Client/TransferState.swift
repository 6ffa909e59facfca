import Runtime

/// What is known of one answer: the thinking half of ``Transfer``.
///
///     header lines ─▶ head ─▶ bytes … ─▶ finished
///
/// Bytes are offered; above the limit they are refused, which pauses the transfer until the reader has taken half.
struct TransferState {
    enum Step<Value> {
        case ready(Value)
        case wait
        case failed(any Error)
    }

    private(set) var head: ClientResponse.Head?
    private(set) var isPaused = false
    /// When the peer last sent something, or was last allowed to.
    private var lastProgress = MonotonicTime.now
    private var pending: [UInt8] = []
    private var received = 0
    private var outcome: Result<Void, any Error>?
    /// Until when a waiting reader wants bytes; `nil` while none waits, or waits without an end.
    var deadline: MonotonicTime?

    private var draft: ClientResponse.Head?
    private var headerCount = 0
    private let limits: ClientConfiguration.Limits

    init(limits: ClientConfiguration.Limits) { self.limits = limits }

    var isFinished: Bool { outcome != nil }

    /// Seconds for which the peer has sent nothing in the middle of its answer; 0 while it is the reader who is slow.
    func silence(at now: MonotonicTime) -> Double {
        head == nil || isPaused ? 0 : now.seconds(since: lastProgress)
    }

    /// One line of a head, with or without its line break.
    ///
    /// Heads of 1xx are passed over.
    mutating func receive(header line: some Collection<UInt8>, at now: MonotonicTime = .now) {
        lastProgress = now
        headerCount += line.count
        guard headerCount <= limits.header else {
            let message = "the answer's header is larger than \(limits.header) bytes"
            return finish(.failure(HTTPClientError(.headerTooLarge, message)))
        }
        let text = String(decoding: line, as: UTF8.self).trimmed
        if text.hasPrefix("HTTP/") {
            draft = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
                .map { ClientResponse.Head(status: HTTPStatus(rawValue: $0), headers: [:]) }
        } else if text.isEmpty {
            if let draft, draft.status.category != 1, head == nil { head = draft }
            draft = nil
        } else if let colon = text.firstIndex(of: ":") {
            draft?.headers.add(String(text[..<colon]), String(text[text.index(after: colon)...]).trimmed)
        }
    }

    /// - Returns: whether the bytes were taken. If not, they must be offered again after the pause.
    mutating func receive(_ bytes: UnsafeRawBufferPointer, at now: MonotonicTime = .now) -> Bool {
        lastProgress = now
        guard pending.isEmpty || pending.count + bytes.count <= limits.buffer else {
            isPaused = true
            return false
        }
        received += bytes.count
        if received > limits.body {
            let message = "the answer's body is larger than \(limits.body) bytes"
            finish(.failure(HTTPClientError(.bodyTooLarge, message)))
        } else {
            pending += bytes
        }
        return true
    }

    /// The first outcome is the one that counts.
    mutating func finish(_ result: Result<Void, any Error>) {
        guard outcome == nil else { return }
        outcome = result
    }

    /// Nobody wants the rest.
    mutating func cancel() {
        pending = []
        outcome = .failure(CancellationError())
    }

    func headStep() -> Step<ClientResponse.Head> {
        if let head { return .ready(head) }
        switch outcome {
        case nil: return .wait
        case .failure(let error): return .failed(error)
        case .success: return .failed(HTTPClientError(.connectionLost, "the peer ended before its answer"))
        }
    }

    /// What has arrived, then the outcome.
    ///
    /// Takes the pause back: the caller must tell the transfer to go on.
    mutating func chunkStep(at now: MonotonicTime = .now) -> (step: Step<[UInt8]?>, resumes: Bool) {
        guard pending.isEmpty else {
            let bytes = pending
            pending = []
            let resumes = isPaused
            isPaused = false
            if resumes { lastProgress = now }
            return (.ready(bytes), resumes)
        }
        switch outcome {
        case nil: return (.wait, false)
        case .success: return (.ready(nil), false)
        case .failure(let error): return (.failed(error), false)
        }
    }
}

extension String {
    /// Without spaces, tabs and line breaks at either end.
    fileprivate var trimmed: String {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }
        var rest = utf8[...]
        while let first = rest.first, isSpace(first) { rest.removeFirst() }
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return String(decoding: rest, as: UTF8.self)
    }
}
