/// What a line that was typed into a chat means.
enum ChatLine: Equatable {
    case blank
    case message(String)
    case command(ChatOrder, argument: String)
    case unknown(String)
}

/// What can be asked for in a chat besides an answer.
enum ChatOrder: String, CaseIterable {
    case help, model, models, context, history, new, open, list, system, quit

    /// What stands for the argument in the help; `nil` takes none.
    var argument: String? {
        switch self {
        case .model: "[NAME]"
        case .open: "ID"
        case .system: "[TEXT]"
        default: nil
        }
    }

    var summary: String {
        switch self {
        case .help: "Show this."
        case .model: "Show who answers, or have another model answer from now on."
        case .models: "Show the models that are configured."
        case .context: "Show what the last answer was given: passages, messages, summary, tokens."
        case .history: "Show everything that was said."
        case .new: "Begin another conversation."
        case .open: "Go on with another conversation: its id, or its number in /list."
        case .list: "Show the conversations, last used first."
        case .system: "Show the system prompt, or begin a conversation with another one."
        case .quit: "End. So does Ctrl-D."
        }
    }

    /// Also in the words of other programs.
    init?(name: String) {
        switch name {
        case "exit", "bye", "q": self = .quit
        case "?": self = .help
        default: self.init(rawValue: name)
        }
    }
}

/// Makes messages and orders of lines: three quotes begin a message of several lines, and end it.
///
/// An order is a slash and a word of letters, so a path like `/etc/hosts` is no order; neither is a line that begins with
/// a space.
struct ChatLineReader {
    private static let fence = "\"\"\""

    private var block: [String]?

    /// Whether a message has begun that goes on in the next line.
    var isWithinMessage: Bool { block != nil }

    /// - Returns: `nil` while the message goes on.
    mutating func read(_ line: String) -> ChatLine? {
        if let begun = block {
            guard let last = line.dropping(suffix: Self.fence) else {
                block = begun + [line]
                return nil
            }
            return close(begun + [last])
        }
        guard let first = line.dropping(prefix: Self.fence) else { return Self.single(line) }
        if let text = first.dropping(suffix: Self.fence) { return close([text]) }
        block = [first]
        return nil
    }

    /// A message whose end never came is one all the same.
    mutating func end() -> ChatLine? { block.flatMap { close($0) } }

    mutating func forget() { block = nil }

    private mutating func close(_ lines: [String]) -> ChatLine {
        block = nil
        let text = lines.joined(separator: "\n")
        return text.contains { !$0.isWhitespace } ? .message(text) : .blank
    }

    private static func single(_ line: String) -> ChatLine {
        guard line.contains(where: { !$0.isWhitespace }) else { return .blank }
        let words = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        guard line.first == "/", let name = words.first?.dropFirst(), name == "?" || name.allSatisfy(\.isLetter) else {
            return .message(line)
        }
        guard let order = ChatOrder(name: name.lowercased()) else { return .unknown(String(name)) }
        let argument = (words.count > 1 ? words[1] : "").reversed().drop(while: \.isWhitespace).reversed()
        return .command(order, argument: String(argument))
    }
}

extension String {
    fileprivate func dropping(prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }

    fileprivate func dropping(suffix: String) -> String? {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : nil
    }
}
