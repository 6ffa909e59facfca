package import ContextCore
package import LanguageModels

/// Puts a prompt together within a budget.
///
/// Pure: parts in, prompt and account out. In the prompt the parts stand by how long they stay the same, so that a
/// provider's prompt cache can reuse as much as possible from one turn to the next:
///
///     system │ summary │ messages, oldest first ┊ passages and the question, in one message
///     ────────────── the stable prefix ──────────┊
///
/// The budget is spent in another order: what must be there (system, question), what stands for much (summary), then
/// recent messages and passages, each at most its share, then whatever still fits, newest and best first. A message goes
/// in only if all after it did: a gap in a conversation misleads more than a late beginning.
package struct PromptPlanner: Sendable {
    package struct Parts: Sendable {
        package var system: String
        package var summary: String?

        /// Not covered by the summary, oldest first.
        package var messages: [Message]
        package var question: Message

        /// Told when no passage fits; `nil` where passages were not looked for.
        package var nearestTopics: [String]?

        /// They go along beside the messages, and are tokens, too.
        package var tools: [Tool] = []

        package init(
            system: String,
            summary: String? = nil,
            messages: [Message],
            question: Message,
            nearestTopics: [String]? = nil
        ) {
            self.system = system
            self.summary = summary
            self.messages = messages
            self.question = question
            self.nearestTopics = nearestTopics
        }
    }

    package struct Prompt: Sendable {
        package let messages: [Message]
        package let stablePrefix: Int
        package let ledger: PromptLedger

        /// How many of the parts' messages had no room: the oldest.
        package let droppedMessages: Int
        package let pack: ContextPacker.Pack
    }

    /// The most of what is left after system, question and summary that passages may take before the messages had their
    /// turn.
    private static let passageShare = 0.4

    private let meter: TokenMeter

    package init(meter: TokenMeter) {
        self.meter = meter
    }

    /// Tokens of a message with what a chat format adds to it.
    package func cost(_ message: Message) -> Int { meter.count(message) }

    /// - Parameters:
    ///   - limit: tokens of the whole prompt.
    ///   - pack: fills a number of tokens with passages and their numbers.
    /// - Throws: ``ContextError`` (context length exceeded), with both numbers, when not even system and question fit.
    package func plan(
        _ parts: Parts,
        within limit: Int,
        pack: (_ tokens: Int) -> ContextPacker.Pack
    ) throws(ContextError) -> Prompt {
        var budget = TokenBudget(limit: limit)
        var ledger = PromptLedger()
        let system = parts.system.isEmpty ? nil : Message(.system, parts.system)
        ledger[.system] = system.map(cost) ?? 0
        ledger[.tools] = parts.tools.reduce(0) { $0 + meter.count($1) }
        ledger[.question] = cost(parts.question, nearestTopics: parts.nearestTopics)
        guard budget.spend(ledger.total) else {
            throw ContextError(
                .contextLengthExceeded,
                "The system prompt and the message have \(ledger.total) tokens (max: \(limit)). Shorten them or raise the limit."
            )
        }
        let summary = parts.summary.map { Message(.system, PromptTexts.summaryHeading + $0) }.filter {
            budget.spend(cost($0))
        }
        ledger[.summary] = summary.map(cost) ?? 0

        var messageBudget = TokenBudget(
            limit: budget.remaining - cost(pack(Int(Double(budget.remaining) * Self.passageShare)))
        )
        let fitting = parts.messages.suffix(parts.messages.reversed().prefix { messageBudget.spend(cost($0)) }.count)
        // Providers refuse a tool's answer without the call.
        let history = fitting.drop { $0.role == .tool }
        ledger[.messages] = history.reduce(0) { $0 + cost($1) }
        // What the messages left over belongs to the passages.
        let pack = pack(max(0, budget.remaining - ledger[.messages] - overhead))
        ledger[.passages] = cost(pack)

        let messages = Self.messages(
            system: parts.system,
            summary: ledger[.summary] > 0 ? parts.summary : nil,
            history: history,
            question: parts.question,
            passages: pack.parts.map(\.text),
            nearestTopics: parts.nearestTopics
        )
        return Prompt(
            messages: messages,
            stablePrefix: messages.count - 1,
            ledger: ledger,
            droppedMessages: parts.messages.count - history.count,
            pack: pack
        )
    }

    /// A passage as it stands in a prompt.
    static func numbered(_ passage: String, _ number: Int) -> String { "[\(number)] \(passage)" }

    /// The prompt of these parts: the same parts, the same bytes, which is what a replay rests upon.
    static func messages(
        system: String,
        summary: String?,
        history: some Sequence<Message>,
        question: Message,
        passages: [String],
        nearestTopics: [String]?
    ) -> [Message] {
        var messages: [Message] = []
        if !system.isEmpty { messages.append(Message(.system, system)) }
        if let summary { messages.append(Message(.system, PromptTexts.summaryHeading + summary)) }
        messages += history
        var question = question
        if !passages.isEmpty {
            let parts = passages.enumerated().map { numbered($1, $0 + 1) }.joined(separator: ContextPacker.separator)
            let text = PromptTexts.passagesHeading + parts + PromptTexts.questionHeading
            question.content.insert(.text(text), at: 0)
        } else if let nearestTopics {
            question.content.insert(.text(PromptTexts.nothingFound(nearestTopics)), at: 0)
        }
        return messages + [question]
    }

    /// What passages may have of so many tokens that prompt and messages leave, headings paid.
    func passageRoom(of tokens: Int) -> Int {
        max(0, Int(Double(tokens) * Self.passageShare) - overhead)
    }

    /// Tokens of the question, with what it says when no passage was found.
    func cost(_ question: Message, nearestTopics: [String]?) -> Int {
        cost(question) + meter.count(nearestTopics.map(PromptTexts.nothingFound) ?? "")
    }

    /// Tokens of the passages with their headings.
    func cost(_ pack: ContextPacker.Pack) -> Int {
        pack.parts.isEmpty ? 0 : pack.tokens + overhead
    }

    /// `[12] ` before a passage.
    package static let tokensPerNumber = 4

    /// Tokens of what stands before and behind passages.
    var overhead: Int { meter.count(PromptTexts.passagesHeading + PromptTexts.questionHeading) }
}

extension Optional {
    fileprivate func filter(_ isWanted: (Wrapped) -> Bool) -> Wrapped? {
        flatMap { isWanted($0) ? $0 : nil }
    }
}
