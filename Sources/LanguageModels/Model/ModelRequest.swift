package import ContextCore

/// What a model is asked, in no provider's format.
package struct ModelRequest: Sendable {
    package var messages: [Message]
    package var sampling = Sampling()
    package var tools: [Tool] = []
    package var toolChoice: ToolChoice?

    /// How many of the leading messages are the same in the next request of this conversation.
    ///
    /// Providers that
    /// cache prompts are told where that prefix ends.
    package var stablePrefix = 0

    /// What the answer should rest upon, in the order of its numbers.
    ///
    /// Its text is in the messages already; a model that quotes reads it here.
    package var passages: [Passage] = []

    /// What the nearest passages are about when none of them fits the question: a model that declines may name them.
    package var nearestTopics: [String] = []

    /// Who asks: what a model in this process weighs words by is counted over what they may read.
    package var principal = Principal.local

    /// The person's own words, without what was put before them; `nil` when the last message is just that.
    package var question: String?

    package init(_ messages: [Message], sampling: Sampling = Sampling()) {
        self.messages = messages
        self.sampling = sampling
    }
}

/// How an answer is chosen; `nil` leaves it to the provider.
package struct Sampling: Hashable, Sendable {
    /// Most tokens of the answer.
    package var maxTokens: Int?

    /// 0 … 2.
    package var temperature: Double?

    /// 0 … 1.
    package var topP: Double?

    /// Texts that end the answer when the model writes one; they are not part of it.
    package var stop: [String] = []
    package var seed: Int?

    package init(maxTokens: Int? = nil, temperature: Double? = nil) {
        self.maxTokens = maxTokens
        self.temperature = temperature
    }

    /// What is open here, as `defaults` have it.
    func completed(by defaults: Sampling) -> Sampling {
        var sampling = self
        sampling.maxTokens = maxTokens ?? defaults.maxTokens
        sampling.temperature = temperature ?? defaults.temperature
        sampling.topP = topP ?? defaults.topP
        sampling.stop = stop.isEmpty ? defaults.stop : stop
        sampling.seed = seed ?? defaults.seed
        return sampling
    }
}

/// Something that the model may ask to be run.
package struct Tool: Hashable, Sendable {
    package var name: String
    package var description: String?

    /// JSON Schema of the arguments.
    package var parameters: JSONValue

    package init(name: String, description: String? = nil, parameters: JSONValue) {
        self.name = name
        self.description = description
        self.parameters = parameters
    }
}

package enum ToolChoice: Hashable, Sendable {
    case automatic
    case never
    case required
    case named(String)
}
