package import ContextCore

/// A piece of an answer.
package enum ModelEvent: Hashable, Sendable {
    case text(String)

    /// A call whose arguments are complete.
    case toolCall(ToolCall)

    /// The last event.
    case finished(FinishReason, TokenUsage)
}

/// Why a model stopped.
package enum FinishReason: Hashable, Sendable {
    case stop
    /// `maxTokens` was reached.
    case length
    case toolCalls
    /// The provider's filter stopped it.
    case filtered
    /// In the provider's own word.
    case other(String)

    /// As OpenAI spells it.
    package var openAIName: String {
        switch self {
        case .stop: "stop"
        case .length: "length"
        case .toolCalls: "tool_calls"
        case .filtered: "content_filter"
        case .other(let word): word
        }
    }
}

/// Tokens as the provider counts them; `nil` where it did not say.
///
/// A number that no model's work can have is none: it is added to others here and there, and a sum must not overflow.
package struct TokenUsage: Hashable, Codable, Sendable {
    /// More than any bill will ever show.
    package static let plausible = 0...(1 << 40)

    /// All of the prompt, the cached part included.
    package private(set) var input: Int?
    package private(set) var output: Int?

    /// The part of the prompt that the provider read from its cache.
    package private(set) var cachedInput: Int?

    /// The part of the prompt that was written to the provider's cache.
    package private(set) var cacheWrite: Int?

    package init(input: Int? = nil, output: Int? = nil, cachedInput: Int? = nil, cacheWrite: Int? = nil) {
        self.input = Self.checked(input)
        self.output = Self.checked(output)
        self.cachedInput = Self.checked(cachedInput)
        self.cacheWrite = Self.checked(cacheWrite)
    }

    private static func checked(_ count: Int?) -> Int? {
        count.flatMap { plausible.contains($0) ? $0 : nil }
    }

    /// Providers report in parts: what `later` knows, wins.
    package mutating func merge(_ later: TokenUsage) {
        input = later.input ?? input
        output = later.output ?? output
        cachedInput = later.cachedInput ?? cachedInput
        cacheWrite = later.cacheWrite ?? cacheWrite
    }
}

/// An answer, gathered from its events.
package struct ModelAnswer: Hashable, Sendable {
    package var model: ModelName
    package private(set) var text = ""
    package private(set) var toolCalls: [ToolCall] = []

    /// `nil` while the answer is not complete.
    package private(set) var finish: FinishReason?
    package private(set) var usage = TokenUsage()

    package init(model: ModelName) {
        self.model = model
    }

    package mutating func append(_ event: ModelEvent) {
        switch event {
        case .text(let text): self.text += text
        case .toolCall(let call): toolCalls.append(call)
        case .finished(let reason, let usage):
            finish = reason
            self.usage = usage
        }
    }

    package var message: Message {
        Message(.assistant, text.isEmpty ? [] : [.text(text)], toolCalls: toolCalls)
    }
}
