import ContextCore
import ContextEngine
import LanguageModels
import Retrieval

/// The conversation that goes on in a chat, and how its next message is answered.
struct ChatSession: Sendable {
    private let roost: Roost
    private let collections: [String]?

    /// `nil` until the first message: a chat in which nothing is said leaves nothing behind.
    private(set) var conversation: Conversation?

    /// What messages ask for; `nil` for the preferred one.
    private(set) var model: String?

    /// For the next conversation that is begun.
    private(set) var systemPrompt: String?

    /// The ids of the last list, so that a number can stand for one.
    private var listed: [String] = []

    /// - Throws: ``ContextError`` for a collection or a conversation that isn't there.
    init(_ roost: Roost, collection: String?, model: String?, conversation: String?) async throws {
        self.roost = roost
        self.model = model
        if let collection { _ = try await roost.collections(named: collection) }
        collections = collection.map { [$0] }
        if let conversation { try await open(conversation) }
    }

    private var caller: RequestContext { roost.caller("chat") }
    private var conversations: Conversations { roost.engine.conversations }

    /// Who answers next.
    var modelName: ModelName { roost.engine.models.router(for: model).preferred.model.name }

    var configuredModels: [ModelName] { roost.engine.models.models.map(\.name) }

    /// Answers a message; the first one begins the conversation.
    mutating func begin(with content: String) async throws -> Conversation {
        if let conversation { return conversation }
        let title = content.split(whereSeparator: \.isNewline).first.map {
            String($0).clipped(to: Self.titleCharacters)
        }
        let begun = try await conversations.create(
            ConversationDraft(title: title, systemPrompt: systemPrompt, collections: collections),
            caller
        )
        conversation = begun
        return begun
    }

    private static let titleCharacters = 60

    /// - Parameter emit: takes the events in their order.
    func send(
        _ content: String,
        to conversation: Conversation,
        emit: (ConversationEvent) async throws -> Void
    ) async throws {
        // A server beside this process may have written passages since.
        try await roost.index.catchUp()
        try await conversations.send(
            MessageRequest(content: content, collections: collections, model: model),
            to: conversation.id,
            caller,
            emit: emit
        )
    }

    /// Has another model answer; without a provider there is none, whatever it is called.
    mutating func use(model name: String) { model = name }

    mutating func leave() { conversation = nil }

    /// - Parameter place: an id, or a number of the last list.
    mutating func open(_ place: String) async throws {
        let number = Int(place) ?? 0
        let id = listed.indices.contains(number - 1) ? listed[number - 1] : place
        conversation = try await conversations.conversation(id, caller)
        systemPrompt = conversation?.systemPrompt
    }

    /// A prompt that stood over earlier messages can't change: another conversation is begun with the next message, which
    /// also says whether the prompt is too long.
    mutating func use(systemPrompt text: String) {
        systemPrompt = text
        conversation = nil
    }

    mutating func list() async throws -> [Conversation] {
        let found = try await conversations.list(cursor: nil, limit: nil, caller).items
        listed = found.map(\.id)
        return found
    }

    /// Everything that was said, oldest first.
    func history() async throws -> [ConversationMessage] {
        guard let conversation else { return [] }
        var messages: [ConversationMessage] = []
        var cursor: String?
        repeat {
            let page = try await conversations.messages(of: conversation.id, cursor: cursor, limit: nil, caller)
            messages += page.items
            cursor = page.nextCursor
        } while cursor != nil
        return messages
    }

    /// What the last answer was given; `nil` before the first one.
    func context() async throws -> ContextAccount? {
        guard let id = conversation?.id else { return nil }
        let current = try await conversations.conversation(id, caller)
        let last = try await conversations.messages(
            of: id,
            cursor: "\(max(0, current.messageCount - 2))",
            limit: nil,
            caller
        )
        guard let manifestID = last.items.last(where: { $0.manifestID != nil })?.manifestID else { return nil }
        let manifest = try await roost.engine.sessions.manifest(manifestID, caller)
        let passages = try await roost.library.passages(
            keys: manifest.candidates.map(\.key),
            for: roost.principal
        )
        return ContextAccount(manifest: manifest, titles: Dictionary(passages.map { ($0.key, $0.title) }) { $1 })
    }
}

extension Roost {
    /// Who asks from the command line.
    ///
    /// - Parameter command: stands for the request in logs.
    func caller(_ command: String) -> RequestContext {
        RequestContext(principal: principal, now: .now, requestID: command)
    }
}
