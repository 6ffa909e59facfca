import Foundation

/// One open socket: requests with their answers, prompts with their pieces.
///
/// It hangs up when its last owner lets go.
final class Connection: Sendable {
    /// What the server calls the session.
    let sessionID: String
    private let socket: WebSocketClient
    private let answers: PendingAnswers

    /// Connects, and waits for the server's first message.
    static func open(_ request: WebSocketRequest) async throws -> Connection {
        let answers = PendingAnswers(timeout: request.timeout)
        let socket = WebSocketClient(request) { answers.receive($0) }
        do {
            let greeting = try await answers.answer(to: PendingAnswers.greeting) { socket.start() }
            return Connection(greeting.sessionID ?? "", socket, answers)
        } catch {
            socket.close()
            // A connection that never was can't have been lost.
            guard case RoostError.connectionLost(let reason) = error else { throw error }
            throw RoostError.unreachable(reason)
        }
    }

    private init(_ sessionID: String, _ socket: WebSocketClient, _ answers: PendingAnswers) {
        self.sessionID = sessionID
        self.socket = socket
        self.answers = answers
    }

    deinit { socket.close() }

    var hasEnded: Bool { answers.end != nil }

    /// - Parameter message: makes the message for an id.
    func request(_ message: (_ id: String) throws -> Data) async throws -> ServerMessage {
        let id = answers.newID()
        let message = try message(id)
        return try await answers.answer(to: id) { socket.send(message) }
    }

    /// The answer to a prompt, piece by piece; letting go of it early stops the server.
    func ask(_ message: (_ id: String) throws -> Data) throws -> AsyncThrowingStream<AnswerEvent, any Error> {
        if let end = answers.end { throw end }
        let id = answers.newID()
        let message = try message(id)
        // As many pieces as the answer has: the server's limit of tokens bounds them.
        return AsyncThrowingStream { [self] answer in
            answer.onTermination = { [self] _ in
                if answers.forget(prompt: id) { socket.send(ClientMessage.cancel(id: id)) }
            }
            answers.deliver(id, to: answer)
            socket.send(message)
        }
    }

    func close() {
        answers.finish(.connectionLost("it was closed by this client."))
        socket.close()
    }
}
