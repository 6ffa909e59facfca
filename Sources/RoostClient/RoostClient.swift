public import Foundation

/// A Roost server, seen from a program that brings its own vectors, or that talks with people.
///
/// ```swift
/// let roost = RoostClient(server: URL(string: "http://127.0.0.1:8092")!)
/// let texts = ["The lamp is lit at dusk.", "Gulls nest on the gallery."]
/// let embeddings = try await roost.embed(texts)
///
/// try await roost.withSession { session in
///     try await session.upload(zip(texts, embeddings).enumerated().map { number, item in
///         SessionVector(id: "t\(number)", vector: item.1.vector, metadata: ["text": .string(item.0)])
///     })
///     let query = try await roost.embed("when does the light go on?")
///     for hit in try await session.search(query.vector, k: 1, threshold: 0.3).hits { print(hit.id, hit.score) }
/// }
/// ```
///
/// A value: it holds an address and options. Embedding and conversations are HTTP, a session is one WebSocket; see
/// ``VectorSession``.
///
/// On Apple's platforms `https` goes everywhere. On Linux it does for all but sessions: Foundation has no WebSocket there,
/// and this client's own has no TLS. ``connect()`` then says so; use `http` on the same machine, or through a tunnel.
public struct RoostClient: Sendable {
    public let server: URL
    public let options: ClientOptions

    /// - Parameter server: as `roost serve` prints it, `http://127.0.0.1:8092`.
    public init(server: URL, options: ClientOptions = ClientOptions()) {
        self.server = server
        self.options = options
    }

    /// Opens a session and closes it after `body`, whatever happens.
    public func withSession<Result>(
        _ body: (VectorSession) async throws -> Result
    ) async throws -> Result {
        let session = try await connect()
        defer { session.close() }
        return try await body(session)
    }

    /// Opens a session that lives until it is closed, or until nobody holds it any more.
    ///
    /// - Throws: ``RoostError``; an unreachable server has been tried as often as ``RetryPolicy`` says.
    public func connect() async throws -> VectorSession {
        VectorSession(self, try await open())
    }

    func open() async throws -> Connection {
        let request = try WebSocketRequest(server: server, options: options)
        return try await options.retry.run { try await Connection.open(request) }
    }
}

extension RoostClient {
    public func embed(_ text: String) async throws -> Embedding {
        guard let embedding = try await embed([text]).first else {
            throw RoostError.unexpectedAnswer("no embedding for one text")
        }
        return embedding
    }

    /// One embedding a text, in order; as many requests as it takes, one after the other.
    ///
    /// - Throws: ``RoostError``; a refusal names the text to blame by its index within its batch.
    public func embed(_ texts: [String]) async throws -> [Embedding] {
        var embeddings: [Embedding] = []
        embeddings.reserveCapacity(texts.count)
        for start in stride(from: 0, to: texts.count, by: max(1, options.textsPerRequest)) {
            let batch = Array(texts[start..<min(start + max(1, options.textsPerRequest), texts.count)])
            let answer = try await call(.post, "v1/embed", ["texts": batch], as: EmbeddingAnswer.self)
            guard answer.embeddings.count == batch.count else {
                throw RoostError.unexpectedAnswer("\(answer.embeddings.count) embeddings for \(batch.count) texts")
            }
            embeddings += answer.embeddings.map {
                Embedding(vector: $0.embedding, tokenCount: $0.tokenCount, windows: $0.windows)
            }
        }
        return embeddings
    }
}

private struct EmbeddingAnswer: Decodable {
    struct Item: Decodable {
        let embedding: [Float]
        let tokenCount: Int
        let windows: Int
    }

    let embeddings: [Item]
}
