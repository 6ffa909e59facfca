/// What happens while a message is answered: one stream for every way in.
///
///     context  queued*  began  delta*  done
///
/// A turn that fails ends by throwing; what was said until then is kept.
package enum ConversationEvent: Sendable {
    case context(TurnContext)

    /// The model is busy; so many are served first, this one counted.
    case queued(position: Int)

    /// This model answers.
    case began(model: String)
    case delta(String)
    case done(Turn)
}

/// What the model was given.
package struct TurnContext: Encodable, Hashable, Sendable {
    package var passagesUsed: Int

    /// Messages of the conversation that stand in the prompt, and those that had no room.
    package var messagesUsed: Int
    package var messagesDropped: Int
    package var memoriesUsed = 0
    package var summaryUsed: Bool
    package var tokens: PromptLedger
    package var predictedCachedTokens: Int
    package var manifestID: String
    package var degraded: [String]?

    private enum CodingKeys: String, CodingKey {
        case tokens, degraded
        case passagesUsed = "passages_used"
        case messagesUsed = "messages_used"
        case messagesDropped = "messages_dropped"
        case memoriesUsed = "memories_used"
        case summaryUsed = "summary_used"
        case predictedCachedTokens = "predicted_cached_tokens"
        case manifestID = "manifest_id"
    }
}

/// A passage that an answer rests upon, under its number.
package struct Citation: Encodable, Hashable, Sendable {
    package var number: Int
    package var id: String
    package var title: String
    package var source: String
    package var collection: String
    package var score: Double
}

/// A turn that is over.
package struct Turn: Sendable {
    package let answer: ConversationMessage
    package let context: TurnContext?
    package let citations: [Citation]

    /// `nil` unless it was asked for.
    package let manifest: ContextManifest?

    /// Whether it was answered before, to a request with the same key.
    package let isRepetition: Bool
}
