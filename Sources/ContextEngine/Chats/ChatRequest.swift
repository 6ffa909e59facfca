import ContextCore
package import LanguageModels

/// A chat request as OpenAI's clients send it, whose caller holds the history; Roost may add passages.
package struct ChatRequest: Sendable {
    package var model: String?
    package var request: ModelRequest

    /// `nil` for a plain request, which goes to the model as it is.
    package var augmentation: Augmentation?

    package struct Augmentation: Sendable {
        /// Where passages are looked for; `nil` for all collections that the caller may read.
        package var collections: [String]?
        package var maxContextTokens: Int?

        /// Passages that are looked at; `nil` for as many as a conversation looks at.
        package var passages: Int?

        package init(collections: [String]? = nil, maxContextTokens: Int? = nil, passages: Int? = nil) {
            self.collections = collections
            self.maxContextTokens = maxContextTokens
            self.passages = passages
        }
    }

    package init(model: String?, request: ModelRequest, augmentation: Augmentation? = nil) {
        self.model = model
        self.request = request
        self.augmentation = augmentation
    }

    /// A single question, answered within the same boundaries as one of a conversation.
    package static func question(
        _ text: String,
        model: String? = nil,
        _ augmentation: Augmentation = Augmentation()
    ) -> ChatRequest {
        ChatRequest(
            model: model,
            request: ModelRequest([Message(.system, PromptTexts.boundaries), Message(.user, text)]),
            augmentation: augmentation
        )
    }
}

/// What happens while a chat request is answered.
package enum ChatEvent: Sendable {
    case context(TurnContext)
    case queued(position: Int)
    case began(ModelName)
    case model(ModelEvent)
}

/// What stands beside the answer to a chat request.
package struct ChatOutcome: Sendable {
    package var citations: [Citation] = []
    package var manifestID: String?

    package init(citations: [Citation] = [], manifestID: String? = nil) {
        self.citations = citations
        self.manifestID = manifestID
    }
}
