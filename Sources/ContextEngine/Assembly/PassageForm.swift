package import ContextCore

/// How much of a passage is shown.
package enum PassageForm: String, Codable, Comparable, Sendable {
    /// One bullet with the fields that carry the answer, long ones cut at a sentence with a visible mark.
    case brief

    /// Every field.
    case full

    /// Every field and all metadata.
    case complete

    /// By how much they tell. What was sent in one form may be sent again only in a form that tells more, and ``full``
    /// already tells the whole text.
    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .brief: 0
        case .full: 1
        case .complete: 2
        }
    }

    /// Whether a session that holds this form has the passage's whole text.
    package var isWhole: Bool { self != .brief }
}

/// Renders passages as the Markdown that models read.
///
/// Pure and deterministic: a manifest names passages and forms, and replaying it must give the same bytes.
package struct PassageRenderer: Sendable {
    package struct Limits: Sendable, Hashable, Codable {
        /// Characters of the heading field in a brief.
        package var briefHeading = 160

        /// Characters of the answer field in a brief: about 100 tokens, a short paragraph.
        package var briefBody = 420

        package init() {}
    }

    private let limits: Limits

    package init(limits: Limits = Limits()) {
        self.limits = limits
    }

    package func render(_ passage: Passage, as form: PassageForm) -> String {
        switch form {
        case .brief: brief(passage)
        case .full: full(passage)
        case .complete: complete(passage)
        }
    }

    private func full(_ passage: Passage) -> String {
        switch passage.kind {
        case .errorSolution, .practice:
            labelled(passage.kind.fields.map { (Self.label($0), passage.fields[$0]) })
        case .code:
            labelled([("File", passage.fields["file"]), ("Content", content(of: passage))])
        case .text:
            labelled([("Source", sourceLine(of: passage)), ("Content", passage.fields["text"])])
        }
    }

    private func complete(_ passage: Passage) -> String {
        guard let members = passage.metadata.objectValue, !members.isEmpty else { return full(passage) }
        let list = members.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.plainText)" }
        return full(passage) + "\n**Metadata:** " + list.joined(separator: "; ")
    }

    private func brief(_ passage: Passage) -> String {
        let kind = passage.kind
        let hasAnswer = kind.answer.contains { $0 != kind.heading && passage.fields[$0] != nil }
        let parts = (hasAnswer ? kind.answer : [kind.heading, kind.body]).compactMap { field -> String? in
            guard let value = passage.fields[field] else { return nil }
            let limit = field == kind.heading ? limits.briefHeading : limits.briefBody
            return "**\(Self.label(field)):** \(Excerpt.leading(value, characters: limit))"
        }
        return "- " + parts.joined(separator: " ")
    }

    private func labelled(_ parts: [(label: String, value: String?)]) -> String {
        parts.compactMap { part in
            part.value.map { "**\(part.label):**" + ($0.hasPrefix("\n") ? "" : " ") + $0 }
        }.joined(separator: "\n")
    }

    /// Code is fenced with its language; prose that came from a file is not.
    private func content(of passage: Passage) -> String? {
        guard let text = passage.fields["content"] else { return nil }
        guard let language = passage.fields["language"], !Self.prose.contains(language.lowercased()) else { return text }
        let fence = String(repeating: "`", count: max(3, Self.longestRun(of: UInt8(ascii: "`"), in: text) + 1))
        return "\n\(fence)\(language)\n\(text)\n\(fence)"
    }

    private func sourceLine(of passage: Passage) -> String? {
        switch (passage.fields["title"], passage.fields["source"]) {
        case (let title?, let source?): "\(title) (\(source))"
        case (let title, let source): title ?? source
        }
    }

    private static let prose: Set<String> = ["", "markdown", "text", "html", "pdf", "plain", "man"]

    /// The contract's word for the field: `text` is shown as content.
    private static func label(_ field: String) -> String {
        switch field {
        case "text": "Content"
        case "title": "Source"
        default: field.prefix(1).uppercased() + field.dropFirst()
        }
    }

    /// Of bytes: a combining mark makes another character of the last backtick, but not another fence.
    private static func longestRun(of byte: UInt8, in text: String) -> Int {
        var longest = 0
        var run = 0
        for candidate in text.utf8 {
            run = candidate == byte ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }
}
