/// What the passages of a collection are, and so which fields they have.
package enum PassageKind: String, CaseIterable, Codable, Hashable, Sendable {
    case errorSolution = "error-solution"
    case practice
    case code
    case text

    /// Every field of the kind, in the order in which they are embedded and shown in full.
    package var fields: [String] {
        switch self {
        case .errorSolution: ["error", "context", "solution", "source", "confidence"]
        case .practice: ["practice", "category", "description", "implementation", "source"]
        case .code: ["file", "language", "content", "source"]
        case .text: ["text", "title", "source"]
        }
    }

    /// The field that carries the substance: what a bare `"text"` fills, and what must not be empty.
    package var body: String {
        switch self {
        case .errorSolution: "solution"
        case .practice: "description"
        case .code: "content"
        case .text: "text"
        }
    }

    /// What names a passage of the kind in a list.
    package var heading: String {
        switch self {
        case .errorSolution: "error"
        case .practice: "practice"
        case .code: "file"
        case .text: "title"
        }
    }

    /// A passage without any of these says nothing.
    package var essential: [String] { answer.contains(body) ? answer : answer + [body] }

    /// The fields that carry the answer when there is room for one bullet only.
    package var answer: [String] {
        switch self {
        case .errorSolution: ["error", "solution"]
        case .practice: ["practice", "implementation"]
        case .code: ["file", "content"]
        case .text: ["title", "text"]
        }
    }
}
