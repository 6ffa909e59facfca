/// Makes a search query of a sentence that says what is missing, by rule.
///
///     "Missing specific systemd service configuration", asked about NixOS
///         → "NixOS systemd service configuration examples"
///
/// Words that only say *that* something is missing are dropped, the subject of the session's query is put in front where
/// the gap does not name it, and a gap about usage asks for examples. It knows English; in other languages nothing is
/// dropped and the subject is added, which still searches well.
package enum GapQuery {
    /// What a query is about, of its distinctive words (best first): its names, where it has any, else whatever does
    /// not merely say what to do.
    ///
    /// At most ``subjectWords``, in the order of the query.
    package static func subject(of query: String, distinctive terms: [String]) -> [String] {
        let words = query.split { $0.isWhitespace || ",;:!?()\"“”".contains($0) }.map { $0.trimmingTrailingStops() }
        // NixOS is looked up as Nix and OS, and is one subject. A part of a hyphenated word (“sent” of “server-sent”) is
        // none; scripts without spaces have only parts.
        let whole = terms.compactMap { term in
            words.first { $0 == term } ?? words.first { $0.contains(term) && $0.allSatisfy(\.isLatinLetterOrDigit) }
        }.uniqued()
        let terms = whole.isEmpty ? terms : whole
        let names = terms.filter { isName($0, opensSentence: $0 == words.first) }
        let topics = terms.filter { !tasks.contains($0.lowercased()) && !filler.contains($0.lowercased()) }
        let chosen = (names.isEmpty ? topics : names).prefix(subjectWords)
        func place(_ term: String) -> Int { words.firstIndex(of: term) ?? words.count }
        return chosen.sorted { place($0) < place($1) }
    }

    /// Written like a name: a capital or a digit where an ordinary word has none.
    private static func isName(_ word: String, opensSentence: Bool) -> Bool {
        let rest = opensSentence ? word.dropFirst() : word[...]
        return rest.contains { $0.isUppercase || $0.isNumber }
    }

    /// - Parameter subject: the most distinctive words of the session's query, in their order.
    /// - Returns: `nil` when nothing but filler is left.
    package static func query(for gap: String, subject: [String]) -> String? {
        let words = gap.split { $0.isWhitespace || ",;:!?()\"“”".contains($0) }
            .map { $0.trimmingTrailingStops() }
            .filter { !$0.isEmpty }
        let content = words.filter { !filler.contains($0.lowercased()) }
        guard !content.isEmpty else { return nil }
        let named = Set(content.map { $0.lowercased() })
        let missing = subject.filter { !named.contains($0.lowercased()) }.prefix(subjectWords)
        let asksForUse = content.contains { usage.contains($0.lowercased()) }
        let asksAlready = content.contains { $0.lowercased().hasPrefix("example") }
        return (missing + content + (asksForUse && !asksAlready ? ["examples"] : [])).joined(separator: " ")
    }

    /// More of the old query would drown the gap in it.
    private static let subjectWords = 2

    /// Says what is to be done, not with what.
    private static let tasks: Set<String> = [
        "run", "running", "use", "using", "set", "make", "get", "work", "working", "fix", "add", "change", "start",
        "write",
        "find", "show", "help", "create", "best", "way", "configure", "enable", "handle", "solve",
    ]

    /// Says that something is missing, or holds the sentence together.
    private static let filler: Set<String> = [
        "missing", "lacks", "lack", "lacking", "need", "needs", "needed", "want", "wanted", "unclear", "unknown",
        "absent",
        "incomplete", "insufficient", "not", "no", "without", "more", "specific", "concrete", "detailed", "details",
        "detail",
        "information", "info", "enough", "any", "some", "additional", "further", "clear", "about", "on", "of", "for",
        "the",
        "a", "an", "is", "are", "was", "were", "to", "how", "what", "which", "why", "when", "where", "do", "does",
        "did",
        "i", "we", "it", "its", "there", "this", "that", "these", "those", "and", "or", "in", "with", "mentioned",
        "given",
        "provided", "explained", "covered", "explanation", "explanations", "should", "would", "could", "can", "may",
        "might", "be",
        "required", "know", "understand", "exact", "exactly", "please", "isn't", "aren't", "doesn't", "don't", "didn't",
    ]

    /// A gap about these is best met by something to copy.
    private static let usage: Set<String> = [
        "configuration", "configure", "config", "syntax", "usage", "code", "command", "commands", "setup", "snippet",
        "implementation", "options", "settings", "file", "script",
    ]
}

extension Substring {
    fileprivate func trimmingTrailingStops() -> String {
        String(reversed().drop { $0 == "." || $0 == "'" }.reversed())
    }
}

extension Character {
    fileprivate var isLatinLetterOrDigit: Bool { isASCII && (isLetter || isNumber) }
}
