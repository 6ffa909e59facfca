import FoundationEssentials
import HTTP
import Runtime
import Synchronization

/// A provider of embeddings on a real server, in OpenAI's and in Ollama's format, that does what a test says.
///
/// A text's vector is the sum of its words' vectors, which follow from the word and the model's number: equal texts are equally
/// directed, texts with common words are near, and vectors of two models have nothing to do with each other.
package final class EmbeddingProvider: Sendable {
    package struct Behaviour: Sendable {
        package var dimensions: Int

        /// Which model answers, whatever its name.
        package var model: UInt64

        /// Answered instead of vectors.
        package var failure: (status: Int, body: String, retryAfter: String?)?

        /// Requests that are answered before ``failure`` begins.
        package var patience = 0

        /// Every text with it is refused.
        package var refused: String?

        /// Most texts of one request.
        package var mostTexts = Int.max

        /// What becomes of an answer on its way.
        package var distort: @Sendable (inout [[Float]]) -> Void = { _ in }
        package var delay: Duration = .zero
        package var asksForBase64 = true
    }

    private struct State {
        var behaviour: Behaviour
        var requests = 0
        var texts = 0
        var bodies: [String] = []
    }

    private let state: Mutex<State>

    package init(dimensions: Int = 24, model: UInt64 = 1) {
        state = Mutex(State(behaviour: Behaviour(dimensions: dimensions, model: model)))
    }

    package func change(_ change: (inout Behaviour) -> Void) {
        state.withLock { change(&$0.behaviour) }
    }

    /// Answers nobody, as a server that starts.
    ///
    /// - Parameter count: requests since the beginning that are answered before.
    package func fail(after count: Int = 0) {
        change { behaviour in
            behaviour.failure = (503, #"{"error":{"message":"starting"}}"#, nil)
            behaviour.patience = count
        }
    }

    package func recover() { change { $0.failure = nil } }

    /// Requests that arrived.
    package var requests: Int { state.withLock(\.requests) }

    /// Texts that were embedded.
    package var texts: Int { state.withLock(\.texts) }

    /// The requests' bodies, the last one at the end.
    package var bodies: [String] { state.withLock(\.bodies) }

    /// Serves on the loopback for the length of `body`.
    ///
    /// - Parameter port: 0 picks a free one.
    package func whileServing<Result: Sendable>(
        on port: UInt16 = 0,
        _ body: (_ port: UInt16) async throws -> Result
    ) async throws -> Result {
        var configuration = ServerConfiguration()
        configuration.port = port
        configuration.timeouts.linger = .milliseconds(50)
        configuration.timeouts.drain = .milliseconds(200)
        let server = HTTPServer(configuration, router: router()) { error, _ in .text("\(error)", .internalServerError) }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            let result: Swift.Result<Result, any Error>
            do { result = .success(try await body(try await server.ready.wait())) } catch { result = .failure(error) }
            group.cancelAll()
            try await group.waitForAll()
            return try result.get()
        }
    }

    private func router() -> Router<Void> {
        var router = Router<Void>()
        for path in ["/embeddings", "/v1/embeddings", "/api/embed"] as [PathPattern] {
            router.post(path) { request, _ in try await self.answer(request) }
        }
        return router
    }

    private struct Question: Decodable {
        let input: [String]
        let dimensions: Int?
        let encoding_format: String?
    }

    private func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        let question = try JSONDecoder().decode(Question.self, from: Data(request.body))
        let behaviour = state.withLock { state in
            state.requests += 1
            state.bodies.append(String(decoding: request.body, as: UTF8.self))
            return state.behaviour
        }
        if behaviour.delay > .zero { try await Task.sleep(for: behaviour.delay) }
        if let failure = behaviour.failure, requests > behaviour.patience {
            var response = HTTPResponse.json(Array(failure.body.utf8), HTTPStatus(rawValue: failure.status))
            response.headers["Retry-After"] = failure.retryAfter
            return response
        }
        if let refused = behaviour.refused, question.input.contains(where: { $0.contains(refused) }) {
            return Self.refusal("This model's maximum context length is 8 tokens.")
        }
        if question.input.count > behaviour.mostTexts { return Self.refusal("too many inputs") }
        state.withLock { $0.texts += question.input.count }
        var vectors = question.input.map {
            Self.vector(of: $0, dimensions: question.dimensions ?? behaviour.dimensions, model: behaviour.model)
        }
        behaviour.distort(&vectors)
        if request.path == "/api/embed" { return Self.ollama(vectors) }
        return Self.openAI(vectors, asBase64: question.encoding_format == "base64" && behaviour.asksForBase64)
    }

    private static func refusal(_ message: String) -> HTTPResponse {
        .json(Array(#"{"error":{"message":"\#(message)","type":"invalid_request_error"}}"#.utf8), .badRequest)
    }

    private static func ollama(_ vectors: [[Float]]) -> HTTPResponse {
        .json(Array(#"{"model":"m","embeddings":\#(vectors.description),"prompt_eval_count":7}"#.utf8))
    }

    /// Last things first: the index says which is which.
    private static func openAI(_ vectors: [[Float]], asBase64: Bool) -> HTTPResponse {
        let items = vectors.enumerated().reversed().map { index, vector in
            let bytes = vector.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0).base64EncodedString() }
            let numbers = asBase64 ? "\"\(bytes)\"" : vector.description
            return #"{"object":"embedding","index":\#(index),"embedding":\#(numbers)}"#
        }
        let body = #"{"object":"list","data":[\#(items.joined(separator: ","))],"usage":{"prompt_tokens":7}}"#
        return .json(Array(body.utf8))
    }

    package static func vector(of text: String, dimensions: Int, model: UInt64) -> [Float] {
        var sum = [Float](repeating: 0, count: dimensions)
        for word in text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            let hash = word.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
            var generator = SeededGenerator(seed: hash ^ (model &* 0x9E37_79B9_7F4A_7C15))
            for place in 0..<dimensions { sum[place] += Float.random(in: -1...1, using: &generator) }
        }
        return sum
    }
}
