import FoundationEssentials
import HTTP
import Runtime
import Synchronization

/// A provider that speaks OpenAI's format over our own server, and says what it was asked.
///
/// | the question ends in | the answer |
/// | --- | --- |
/// | `hold` | begins and never ends |
/// | `break` | begins, then the stream tells an error |
/// | `refuse` | status 401, with the key in the words |
/// | anything else | who answers, and the question |
package final class FakeModel: Sendable {
    package struct Request: Sendable {
        package let model: String

        /// The last message: passages, then the question.
        package let question: String

        /// Each message's role and text.
        package let messages: [String]
    }

    private let seen = Mutex<[Request]>([])

    package static let models = ["small", "large"]

    package init() {}

    package var requests: [Request] { seen.withLock(\.self) }

    /// Runs the provider for the length of `body`, on a free port of this machine.
    ///
    /// - Parameter body: gets the base address as settings have it.
    package static func run(_ body: @Sendable (_ model: FakeModel, _ base: String) async throws -> Void) async throws {
        let model = FakeModel()
        var configuration = ServerConfiguration()
        configuration.timeouts.drain = .milliseconds(100)
        let server = HTTPServer(configuration, router: model.router) { _, _ in
            .json(Array(#"{"error":{"message":"the fake failed"}}"#.utf8), .internalServerError)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            defer { group.cancelAll() }
            try await body(model, "http://127.0.0.1:\(server.ready.wait())/v1")
        }
    }

    private var router: Router<Void> {
        var router = Router<Void>()
        router.get("/v1/models") { _, _ in
            let items = Self.models.map { #"{"id":"\#($0)"}"# }.joined(separator: ",")
            return .json(Array(#"{"object":"list","data":[\#(items)]}"#.utf8))
        }
        router.post("/v1/chat/completions") { [self] request, _ in
            try respond(to: JSONDecoder().decode(Body.self, from: Data(request.body)), request.headers)
        }
        return router
    }

    private func respond(to body: Body, _ headers: HTTPHeaders) -> HTTPResponse {
        let question = body.messages.last?.content.text ?? ""
        seen.withLock {
            $0.append(
                Request(
                    model: body.model,
                    question: question,
                    messages: body.messages.map { "\($0.role): \($0.content.text)" }
                )
            )
        }
        let last = question.split(separator: "\n").last.map(String.init) ?? ""
        if last.hasSuffix("refuse") {
            let words = "Incorrect key: \(headers["Authorization"] ?? "")"
            return .json(Array(#"{"error":{"message":"\#(words)"}}"#.utf8), .unauthorized)
        }
        return .events { writer in
            for piece in ["I am ", "\(body.model), ", "asked: \(last) ", "[2], [", "1]."] {
                try await writer.send(Self.chunk(piece))
                if last.hasSuffix("hold"), piece == "I am " { try await Task.sleep(for: .seconds(3_600)) }
                if last.hasSuffix("break") {
                    return try await writer.send(ServerSentEvent(data: #"{"error":{"message":"out of memory"}}"#))
                }
            }
            for data in [
                #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
                #"{"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":9,"# + Self.cached + "}}", "[DONE]",
            ] { try await writer.send(ServerSentEvent(data: data)) }
        }
    }

    private static let cached = #""prompt_tokens_details":{"cached_tokens":64}"#

    private static func chunk(_ text: String) throws -> ServerSentEvent {
        let quoted = String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
        return ServerSentEvent(data: #"{"choices":[{"index":0,"delta":{"content":\#(quoted)}}]}"#)
    }

    private struct Body: Decodable {
        struct Message: Decodable {
            let role: String
            let content: Content
        }

        let model: String
        let messages: [Message]
    }

    /// A text, or its parts.
    private struct Content: Decodable {
        struct Part: Decodable { let text: String? }

        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            text =
                try (try? container.decode(String.self))
                ?? container.decode([Part].self).compactMap(\.text).joined(separator: "\n")
        }
    }
}
