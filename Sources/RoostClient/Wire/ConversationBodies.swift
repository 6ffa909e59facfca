import Foundation

extension ReplyEvent {
    /// - Returns: `nil` for an event of a later server.
    /// - Throws: ``RoostError``, also for the event that tells one.
    init?(_ event: EventReader.Event) throws(RoostError) {
        switch event.name {
        case "context": self = .context(try Self.read(event))
        case "queued": self = .queued(position: try Self.read(event, as: Queued.self).position)
        case "delta": self = .text(try Self.read(event, as: Delta.self).content)
        case "done": self = .done(try Self.read(event))
        case "error": throw RoostError.Refusal(event: event.data).map(RoostError.refused) ?? Self.unreadable(event)
        default: return nil
        }
    }

    private struct Queued: Decodable { let position: Int }
    private struct Delta: Decodable { let content: String }

    private static func read<Body: Decodable>(
        _ event: EventReader.Event,
        as: Body.Type = Body.self
    ) throws(RoostError) -> Body {
        do { return try JSONDecoder.roost.decode(Body.self, from: event.data) } catch { throw unreadable(event) }
    }

    private static func unreadable(_ event: EventReader.Event) -> RoostError {
        .unexpectedAnswer("\(event.name): \(String(decoding: event.data.prefix(200), as: UTF8.self))")
    }
}

struct ConversationDraft: Encodable {
    let title: String?
    let systemPrompt: String?
    let collections: [String]?

    private enum CodingKeys: String, CodingKey {
        case title, collections
        case systemPrompt = "system_prompt"
    }
}

struct MessageDraft: Encodable {
    let content: String
    let model: String?
    let collections: [String]?
    let maximumContextTokens: Int?
    let stream = true

    init(_ content: String, _ options: MessageOptions) {
        self.content = content
        model = options.model
        collections = options.collections
        maximumContextTokens = options.maximumContextTokens
    }

    private enum CodingKeys: String, CodingKey {
        case content, model, collections, stream
        case maximumContextTokens = "max_context_tokens"
    }
}

struct MessagePage: Decodable {
    let messages: [ConversationMessage]
    let nextCursor: String?

    private enum CodingKeys: String, CodingKey {
        case messages
        case nextCursor = "next_cursor"
    }
}
