import ContextCore
import LanguageModels

/// The messages that a summary does not stand for yet, oldest first.
///
/// One that is larger than all that can be read at once is read in pieces, each of the message's role; nothing is left
/// out and nothing is read twice.
struct UnreadMessages {
    /// Characters of a piece at least, whatever room there is: a reading has to come to an end.
    private static let shortestPiece = 200

    private var messages: ArraySlice<Message>

    init(_ messages: [Message]) {
        self.messages = messages[...]
    }

    var isEmpty: Bool { messages.isEmpty }

    /// One of which a part was read counts whole.
    var count: Int { messages.count }

    /// Takes as many as have room in `tokens`, or a piece of the first.
    mutating func next(within tokens: Int, _ meter: TokenMeter) -> [Message] {
        var budget = TokenBudget(limit: tokens)
        let fitting = messages.prefix { budget.spend(meter.count($0.text) + meter.perMessage) }
        messages = messages.dropFirst(fitting.count)
        guard fitting.isEmpty, let first = messages.popFirst() else { return Array(fitting) }
        let end = Self.pieceEnd(of: first.text, within: tokens - meter.perMessage, meter)
        let rest = String(first.text[end...])
        if !rest.trimmed.isEmpty { messages = [Message(first.role, rest)] + messages }
        return [Message(first.role, String(first.text[..<end]))]
    }

    private static func pieceEnd(of text: String, within tokens: Int, _ meter: TokenMeter) -> String.Index {
        let fitting = SentenceCut.leading(text, within: tokens) { meter.count($0) }
        let characters = (fitting?.count ?? 0) - Excerpt.mark.count
        return text.index(text.startIndex, offsetBy: max(shortestPiece, characters), limitedBy: text.endIndex)
            ?? text.endIndex
    }
}
