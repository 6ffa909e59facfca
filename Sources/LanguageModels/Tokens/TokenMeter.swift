package import ContextCore

/// What texts and messages cost a model, before its provider has counted them.
package struct TokenMeter: Sendable {
    package let tokenizer: any Tokenizer

    /// What the tokenizer's counts are multiplied by.
    package var factor: Double

    /// Tokens of a picture: Anthropic's models need at most about 1,600, OpenAI's at most 1,105 and most often 765.
    package var perImage: Int

    package static let defaultPerImage = 1_600

    /// Roles and separators are tokens, too: OpenAI's cookbook counts 3 or 4 a message.
    private static let wrapping = 4

    /// - Parameter factor: `nil` is the tokenizer's own margin.
    package init(_ tokenizer: any Tokenizer, factor: Double? = nil, perImage: Int = defaultPerImage) {
        self.tokenizer = tokenizer
        self.factor = factor ?? tokenizer.margin
        self.perImage = perImage
    }

    package var name: String { tokenizer.name }

    /// What a chat format adds to a message.
    package var perMessage: Int { scaled(Self.wrapping) }

    package func count(_ text: String) -> Int { scaled(tokenizer.count(text)) }

    /// A message with its calls and pictures, and with what a chat format adds.
    package func count(_ message: Message) -> Int {
        let images = message.content.count { if case .image = $0 { true } else { false } }
        return count(message.text) + perMessage + images * perImage
            + message.toolCalls.reduce(0) { $0 + count($1.name + $1.arguments) }
    }

    package func count(_ tool: Tool) -> Int {
        count(tool.name + (tool.description ?? "") + tool.parameters.description) + perMessage
    }

    private func scaled(_ count: Int) -> Int { Int((Double(count) * factor).rounded(.up)) }
}
