import ContextCore
package import HTTP
package import Runtime

/// A model behind a provider's HTTP interface: the one transport for all codecs.
package struct ProviderModel<Codec: ProviderCodec>: LanguageModel {
    private let codec: Codec
    private let client: HTTPClient
    private let timeouts: ModelTimeouts
    private let sampling: Sampling
    private let window: PromptWindow?
    private let secret: Secret?
    private let memory: ProviderMemory

    /// - Parameters:
    ///   - sampling: for what a request leaves open.
    ///   - window: `nil` where nobody said what it is; the provider then refuses what is too long.
    ///   - secret: hidden in what the provider says of a failure.
    package init(
        _ codec: Codec,
        client: HTTPClient,
        timeouts: ModelTimeouts = ModelTimeouts(),
        sampling: Sampling = Sampling(),
        window: PromptWindow? = nil,
        secret: Secret? = nil,
        log: Log = .disabled,
        metrics: Metrics = Metrics()
    ) {
        self.codec = codec
        self.client = client
        self.timeouts = timeouts
        self.sampling = sampling
        self.window = window
        self.secret = secret
        memory = ProviderMemory(codec.name, log: log, metrics: metrics)
    }

    package var name: ModelName { codec.name }

    package func promptLimit(for sampling: Sampling) -> Int? {
        window?.promptLimit(answer: sampling.completed(by: self.sampling).maxTokens)
    }

    /// A member that the model refuses is left out of the same request, and of all later ones; ``ProviderMemory`` tells.
    package func respond(to request: ModelRequest, _ receive: (ModelEvent) async throws -> Void) async throws {
        var request = request
        request.sampling = request.sampling.completed(by: sampling)
        if let window { try window.check(request, name) }
        var refused = memory.refused
        while true {
            var hasBegun = false
            do {
                return try await send(request, without: refused) { event in
                    hasBegun = true
                    try await receive(event)
                }
            } catch let error as ModelError where !hasBegun {
                guard let member = error.refused, codec.dispensable.contains(member),
                    let changed = memory.note(refusalOf: member, in: refused, error.message)
                else { throw error }
                refused = changed
            }
        }
    }

    package var countsTokens: Bool { codec.countsTokens && memory.countsTokens }

    package func countTokens(of request: ModelRequest) async throws -> Int? {
        guard countsTokens, var step = try codec.tokenCount(of: request) else { return nil }
        do {
            while case .ask(let outgoing, let then) = step {
                let body = try await client.send(outgoing, timeouts: timeouts.transport) { response in
                    guard response.status.category == 2 else { throw try await ProviderFault.read(response, name) }
                    return try await response.collect(limit: ProviderFault.bodyLimit)
                }
                step = try then(body)
            }
        } catch let error as HTTPClientError {
            throw ModelError(error, name, hasBegun: false).hiding(secret)
        } catch let error as ModelError {
            let error = error.hiding(secret)
            memory.noteCountingFailed(error)
            throw error
        }
        guard case .counted(let count) = step, TokenUsage.plausible.contains(count) else { return nil }
        return count
    }

    private func send(
        _ request: ModelRequest,
        without refused: RefusedMembers,
        _ receive: (ModelEvent) async throws -> Void
    ) async throws {
        var request = request
        request.sampling = refused.stripped(request.sampling)
        let outgoing = try codec.encode(request, without: refused)
        let clock = TokenClock(timeouts)
        do {
            try await client.send(outgoing, timeouts: timeouts.transport) { response in
                guard response.status.category == 2 else { throw try await ProviderFault.read(response, name) }
                try await read(response, clock, receive)
            }
        } catch let error as HTTPClientError {
            throw ModelError(error, name, hasBegun: clock.hasBegun).hiding(secret)
        } catch let error as ModelError {
            throw error.hiding(secret)
        }
    }

    private func read(
        _ response: ClientResponse,
        _ clock: TokenClock,
        _ receive: (ModelEvent) async throws -> Void
    ) async throws {
        var decoder = codec.makeDecoder()
        switch response.headers["Content-Type"]?.mediaType {
        case "text/event-stream", "application/x-ndjson", nil: break
        case "application/json", "text/json":
            let body = try await response.collect(limit: ProviderFault.bodyLimit)
            for event in try decoder.receive(whole: body) { try await receive(event) }
            return
        case let other?:
            throw ModelError(
                .malformed,
                name,
                "The answer is \(other.clipped(to: 80)), not a stream of events or JSON."
            )
        }
        while let bytes = try await response.next(within: clock.patience) {
            let before = decoder.progress
            var events: [ModelEvent] = []
            let decoding = Result { () throws(ModelError) in try decoder.receive(bytes, into: &events) }
            for event in events { try await receive(event) }
            try decoding.get()
            if case .finished? = events.last { return await close(response) }
            if decoder.progress > before { clock.restart() }
        }
        for event in try decoder.end() { try await receive(event) }
    }

    /// The answer is complete: the stream's end is waited for just long enough to keep the connection for later requests.
    ///
    /// What goes wrong now concerns nobody.
    private func close(_ response: ClientResponse) async {
        let deadline = MonotonicTime.now.advanced(by: timeouts.close)
        while true {
            let patience = Duration.seconds(deadline.seconds(since: .now))
            guard patience > .zero, (try? await response.next(within: patience)) != nil else { return }
        }
    }
}

/// How long a model may take.
package struct ModelTimeouts: Sendable {
    /// Name, TCP and TLS together.
    package var connect = Duration.seconds(10)

    /// From the request to the first token: reading a long prompt takes a model a while.
    package var firstToken = Duration.seconds(30)

    /// Between two tokens.
    package var silence = Duration.seconds(30)

    /// From the answer's end to the stream's; a connection that isn't through by then is given up.
    package var close = Duration.milliseconds(100)

    package init() {}

    var transport: ClientConfiguration.Timeouts {
        var timeouts = ClientConfiguration.Timeouts()
        timeouts.connect = connect
        timeouts.firstByte = firstToken
        timeouts.silence = max(firstToken, silence)
        return timeouts
    }
}

/// How long the next token may take: comments and pings between tokens are no progress.
private final class TokenClock {
    private let timeouts: ModelTimeouts
    private var deadline: MonotonicTime
    private(set) var hasBegun = false

    init(_ timeouts: ModelTimeouts) {
        self.timeouts = timeouts
        deadline = MonotonicTime.now.advanced(by: timeouts.firstToken)
    }

    var patience: Duration { .seconds(deadline.seconds(since: .now)) }

    /// The model has produced something, and whoever wanted it is through with it.
    func restart() {
        hasBegun = true
        deadline = MonotonicTime.now.advanced(by: timeouts.silence)
    }
}

extension ModelError {
    init(_ error: HTTPClientError, _ model: ModelName, hasBegun: Bool) {
        let kind: Kind =
            switch error.kind {
            case .unresolved, .connectFailed, .tls: .unreachable
            case .connectTimeout: .connectTimeout
            case .firstByteTimeout: .firstTokenTimeout
            case .silence, .totalTimeout: hasBegun ? .silence : .firstTokenTimeout
            case .invalidRequest: .notConfigured
            case .connectionLost, .stopped: .connectionLost
            case .headerTooLarge, .bodyTooLarge: .malformed
            }
        self.init(kind, model, error.message)
    }
}

extension String {
    /// A content type without its parameters.
    var mediaType: String {
        prefix { $0 != ";" }.lowercased().split(separator: " ").joined()
    }
}
