import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Conversations: the server keeps the history, and puts into each prompt what fits: the system prompt always, then a summary,
/// the newest messages, and passages of what it knows.
///
/// ```swift
/// let talk = try await roost.startConversation(systemPrompt: "You know lighthouses.")
/// let reply = try await roost.sendMessage(talk.id, content: "When is the lamp lit?")
/// print(reply.message.content, reply.citations.map(\.title))
///
/// for try await event in try await roost.streamMessage(talk.id, content: "And put out?", .init(model: "gpt-4o")) {
///     if case .text(let piece) = event { print(piece, terminator: "") }
/// }
/// ```
extension RoostClient {
    /// - Parameter collections: what answers draw on; `nil` for everything that the caller may read.
    public func startConversation(
        systemPrompt: String? = nil,
        title: String? = nil,
        collections: [String]? = nil
    ) async throws -> Conversation {
        let draft = ConversationDraft(title: title, systemPrompt: systemPrompt, collections: collections)
        return try await call(.post, "v1/conversations", draft, as: Conversation.self)
    }

    /// The conversation as it is now.
    public func conversation(_ id: Conversation.ID) async throws -> Conversation {
        try await call(.get, "v1/conversations/\(id)", as: Conversation.self)
    }

    /// Deletes it with its messages, summaries and manifests.
    public func deleteConversation(_ id: Conversation.ID) async throws {
        struct Deletion: Decodable { let status: String }
        _ = try await call(.delete, "v1/conversations/\(id)", as: Deletion.self)
    }

    /// Everything that was said, oldest first.
    public func history(_ id: Conversation.ID) async throws -> [ConversationMessage] {
        var messages: [ConversationMessage] = []
        var cursor: String?
        repeat {
            let page = try await call(
                .get,
                "v1/conversations/\(id)/messages",
                query: [URLQueryItem(name: "limit", value: "200")]
                    + (cursor.map { [URLQueryItem(name: "cursor", value: $0)] } ?? []),
                as: MessagePage.self
            )
            messages += page.messages
            cursor = page.nextCursor
        } while cursor != nil
        return messages
    }

    /// The answer to a message, once it is whole.
    ///
    /// ``ClientOptions/timeout`` bounds the wait for each piece of it, not for all. Cancelling the task stops the model; the
    /// conversation keeps what was said. A message whose turn failed is not lost: it stands in the history.
    ///
    /// - Throws: ``RoostError``, `CancellationError`.
    public func sendMessage(
        _ id: Conversation.ID,
        content: String,
        _ options: MessageOptions = MessageOptions()
    ) async throws -> Reply {
        for try await event in try await streamMessage(id, content: content, options) {
            if case .done(let reply) = event { return reply }
        }
        try Task.checkCancellation()
        throw RoostError.connectionLost("the answer ended in the middle.")
    }

    /// The answer to a message, as it comes: `context`, `text` and `text`, at last `done`.
    ///
    /// Leaving the loop early stops the model; the conversation keeps what was said.
    ///
    /// - Throws: ``RoostError`` for what fails before the first event; what fails later is thrown by the stream.
    public func streamMessage(
        _ id: Conversation.ID,
        content: String,
        _ options: MessageOptions = MessageOptions()
    ) async throws -> AsyncThrowingStream<ReplyEvent, any Error> {
        var request = try request(.post, "v1/conversations/\(id)/messages", MessageDraft(content, options))
        request.setValue("text/event-stream", forHTTPHeaderField: "Accept")
        // The same message, however often it has to be sent.
        request.setValue(UUID().uuidString, forHTTPHeaderField: "Idempotency-Key")
        return try await self.options.retry.run { [request] in try await ReplySource.open(request) }
    }

    /// Answers a single question, of which the server keeps nothing: a conversation of one turn, which is deleted.
    ///
    /// Where it can't be deleted, because the server went away just then, it stays in the list of conversations.
    public func ask(_ question: String, _ options: MessageOptions = MessageOptions()) async throws -> Reply {
        let conversation = try await startConversation(title: "A single question", collections: options.collections)
        let reply: Result<Reply, any Error>
        do {
            reply = .success(try await sendMessage(conversation.id, content: question, options))
        } catch {
            reply = .failure(error)
        }
        try? await deleteConversation(conversation.id)
        return try reply.get()
    }
}
