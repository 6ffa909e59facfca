import ContextCore
import ContextEngine
import Retrieval

/// What a client of the session socket says.
struct SocketMessage {
    let reference: MessageReference
    let content: Content

    enum Content {
        case initialize(SessionInitialization)
        case upload(UploadMessage)
        case search(SearchMessage)
        case delete([ClientID])
        case ping
        case prompt(PromptRequest)
        case cancel
    }
}

/// What an answer repeats of the message that it answers, as the client wrote it.
struct MessageReference: Hashable, Sendable {
    var requestID: ClientID?
    var id: ClientID?

    /// What names a prompt.
    var prompt: ClientID? { id ?? requestID }
}

struct SessionInitialization {
    var sessionID: ClientID?
    var enablesRAG: Bool?
}

struct UploadMessage {
    var vectors: VectorUpload

    /// A sentence for each vector that was refused while it was read, in the order of the message.
    var refused: [String]
    var replaces: Bool
}

struct SearchMessage {
    var vector: [Float]
    var count: Int
    var threshold: Float?
    var filter: MetadataFilter?
}

/// A message that is refused; the socket stays open.
struct RefusedMessage: Error {
    var reference: MessageReference
    var error: ContextError
}
