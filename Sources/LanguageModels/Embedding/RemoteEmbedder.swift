package import Embeddings
package import HTTP
package import Runtime
import Synchronization

/// An embedding model behind a provider's HTTP interface: the one transport for all codecs.
///
/// Texts go out in batches. A failure that may pass is tried again for passages, as ``AttemptPlan`` says; a query has one attempt
/// and little time. A provider that keeps failing is left alone for a while, so that searches don't wait for it.
package final class RemoteEmbedder<Codec: EmbeddingCodec>: Embedder {
    private let codec: Codec
    private let client: HTTPClient
    private let configuration: RemoteEmbedderConfiguration
    private let secret: Secret?
    private let count: @Sendable (String) -> Int
    private let breaker: Mutex<CircuitBreaker>

    package let name: String
    package var window: Int? { configuration.windowTokens }

    /// - Parameters:
    ///   - name: as vectors are filed under.
    ///   - secret: hidden in what the provider says of a failure.
    ///   - count: tokens of a text, for its account and its windows.
    package init(
        _ codec: Codec,
        name: String,
        client: HTTPClient,
        configuration: RemoteEmbedderConfiguration,
        secret: Secret? = nil,
        count: @escaping @Sendable (String) -> Int
    ) {
        self.codec = codec
        self.name = name
        self.client = client
        self.configuration = configuration
        self.secret = secret
        self.count = count
        breaker = Mutex(
            CircuitBreaker(failures: configuration.failuresUntilRest, rest: configuration.routing.rest)
        )
    }

    package func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }

    package func embed(_ texts: [String], for purpose: EmbeddingPurpose) async throws -> [Embedding] {
        if let blank = texts.firstIndex(where: isBlank) { throw EmbeddingError.blankText(index: blank) }
        let windows = texts.map { TextWindows.cut($0, limit: configuration.windowTokens, count: count) }
        let pieces = windows.flatMap(\.self)
        var vectors: [[Float]] = []
        for start in stride(from: 0, to: pieces.count, by: configuration.batch) {
            let batch = Array(pieces[start..<min(start + configuration.batch, pieces.count)])
            vectors += try await answer(batch, for: purpose)
        }
        var rest = vectors[...]
        return zip(texts, windows).map { text, windows in
            let own = rest.prefix(windows.count)
            rest = rest.dropFirst(windows.count)
            return Embedding(vector: Self.mean(own), tokenCount: count(text), windows: windows.count)
        }
    }

    private static func mean(_ vectors: ArraySlice<[Float]>) -> [Float] {
        guard vectors.count > 1, let first = vectors.first else { return vectors.first ?? [] }
        return Embedding.mean(of: vectors.flatMap(\.self)[...], dimensions: first.count)
    }

    /// The vectors of one batch.
    ///
    /// One that is refused is asked for in halves: either it was too much at once, or a text is to blame, and is named.
    private func answer(_ texts: [String], for purpose: EmbeddingPurpose) async throws -> [[Float]] {
        do {
            return try await attempt(texts, for: purpose)
        } catch let error as ModelError where error.isCallersFault {
            guard texts.count > 1 else { throw EmbeddingError.textRefused(texts[0], reason: error.message) }
            let half = texts.count / 2
            return try await answer(Array(texts[..<half]), for: purpose)
                + answer(Array(texts[half...]), for: purpose)
        } catch let error as ModelError {
            throw EmbeddingError(error)
        }
    }

    /// - Throws: ``ModelError``; `CancellationError`.
    private func attempt(_ texts: [String], for purpose: EmbeddingPurpose) async throws -> [[Float]] {
        var plan = AttemptPlan(configuration.routing, hasFallback: false, at: .now)
        while true {
            do {
                return try await ask(texts, for: purpose)
            } catch let error as ModelError where purpose == .passage {
                switch plan.failed(error, afterOutput: false, at: .now, random: .random(in: 0...1)) {
                case .again(let pause): try await Task.pause(for: pause)
                case .fallBack, .giveUp: throw error
                }
            }
        }
    }

    private func ask(_ texts: [String], for purpose: EmbeddingPurpose) async throws -> [[Float]] {
        if let rest = breaker.withLock({ $0.permits(at: .now) }) {
            throw ModelError(
                .suspended,
                codec.name,
                "it failed repeatedly and is left alone for a while",
                retryAfter: rest
            )
        }
        do {
            let vectors = try await exchange(texts, timeouts: configuration.timeouts(for: purpose))
            breaker.withLock { $0.succeeded() }
            return vectors
        } catch let error as ModelError {
            breaker.withLock { breaker in
                if error.isTransient || error.kind == .malformed {
                    breaker.failed(at: .now)
                } else {
                    breaker.succeeded()
                }
            }
            throw error
        }
    }

    private func exchange(_ texts: [String], timeouts: ClientConfiguration.Timeouts) async throws -> [[Float]] {
        let request = try codec.encode(texts)
        do {
            return try await client.send(request, timeouts: timeouts) { response in
                guard response.status.category == 2 else { throw try await ProviderFault.read(response, codec.name) }
                let body = try await response.collect(limit: ProviderFault.bodyLimit)
                return try codec.decode(body, count: texts.count)
            }
        } catch let error as HTTPClientError {
            throw ModelError(error, codec.name, hasBegun: false).hiding(secret)
        } catch let error as ModelError {
            throw error.hiding(secret)
        }
    }
}

/// Everything that can be set about a provider's embedder, with its defaults.
package struct RemoteEmbedderConfiguration: Sendable {
    /// Texts of one request.
    package var batch = 100

    /// From a request to the end of its answer.
    package var timeout = Duration.seconds(30)

    /// The same for a query, which is then searched for by its words.
    package var queryTimeout = Duration.seconds(5)

    /// Tokens of a text that the model reads at once; longer ones are embedded by windows.
    ///
    /// `nil` sends every text whole: what is too long is refused by the provider, and never cut.
    package var windowTokens: Int?

    /// Failures in a row after which the provider is left alone, for `routing.rest`.
    package var failuresUntilRest = 3
    package var routing = RouterConfiguration()

    package init() {}

    func timeouts(for purpose: EmbeddingPurpose) -> ClientConfiguration.Timeouts {
        let limit = purpose == .query ? min(queryTimeout, timeout) : timeout
        var timeouts = ClientConfiguration.Timeouts()
        timeouts.connect = min(timeouts.connect, limit)
        timeouts.firstByte = limit
        timeouts.silence = limit
        timeouts.total = limit
        return timeouts
    }
}

extension EmbeddingError {
    /// A provider's failure, in the words of a caller who has texts.
    init(_ error: ModelError) {
        switch error.kind {
        case .unauthenticated, .unknownModel, .unsupported, .notConfigured, .malformed, .rejected,
            .contextLengthExceeded:
            self = .providerUnusable(error.description)
        default: self = .providerFailed(error.description, retryAfter: error.retryAfter)
        }
    }
}
