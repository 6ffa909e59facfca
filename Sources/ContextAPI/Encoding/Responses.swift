import ContextCore
import FoundationEssentials
import HTTP

extension HTTPResponse {
    /// - Parameter ignored: members of the request that had no meaning; named in `X-Roost-Ignored`.
    static func json(
        encoding value: some Encodable,
        _ status: HTTPStatus = .ok,
        ignored: [String] = []
    ) throws -> HTTPResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return HTTPResponse.json(Array(try encoder.encode(value)), status).naming(ignored)
    }

    /// For answers that are mostly numbers.
    ///
    /// - Parameter capacity: bytes that the answer will have, about.
    static func json(writing value: some JSONWritable, capacity: Int, ignored: [String] = []) -> HTTPResponse {
        var json = JSONWriter(capacity: capacity)
        value.write(to: &json)
        return HTTPResponse.json(json.bytes).naming(ignored)
    }

    /// - Parameter ignored: members of the request that had no meaning; named in `X-Roost-Ignored`.
    func naming(_ ignored: [String]) -> HTTPResponse {
        guard !ignored.isEmpty else { return self }
        var response = self
        response.headers["X-Roost-Ignored"] = ignored.joined(separator: ", ").clipped(to: 500)
        return response
    }
}

extension ServerSentEvent {
    /// An event whose data is JSON on one line.
    init(_ event: String?, _ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        self.init(data: String(decoding: try encoder.encode(value), as: UTF8.self), event: event)
    }
}

extension ContextAPI {
    /// Server-sent events that tell the events of an operation.
    ///
    /// An error before anything was sent is answered with its status, afterwards with the event `error`.
    ///
    /// - Parameter errorName: `nil` for clients that read events without a name only.
    func eventStream(
        _ caller: RequestContext,
        errorName: String? = "error",
        _ produce: @escaping @Sendable (EventWriter) async throws -> Void
    ) -> HTTPResponse {
        .events(keepAlive: limits.eventSilence) { writer in
            do {
                try await produce(writer)
            } catch let error where !(error is CancellationError) {
                guard !writer.abandon() else { throw error }
                var event = errors.event(error, request: caller.requestID)
                event.event = errorName
                try await writer.send(event)
            }
        }
    }
}

extension ErrorRenderer {
    /// The event `error`: what happened after a stream had begun, in the form of every error.
    func event(_ error: any Error, request: String?) -> ServerSentEvent {
        let body = ErrorBody(error: foreseen(error, request: request).content)
        return (try? ServerSentEvent("error", body)) ?? ServerSentEvent(data: "{}", event: "error")
    }
}

/// The form of every error over HTTP: what OpenAI's clients parse.
package struct ErrorBody: Encodable {
    let error: Content

    struct Content: Encodable {
        let message: String
        let type: String
        let code: String
        let param: String?

        private enum CodingKeys: String, CodingKey { case message, type, code, param }

        /// `param` is there also when it is null.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(message, forKey: .message)
            try container.encode(type, forKey: .type)
            try container.encode(code, forKey: .code)
            try container.encode(param, forKey: .param)
        }
    }
}
