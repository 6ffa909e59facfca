/// The path of a route: literal segments and `{name}`, which stands for any one segment that isn't empty.
package struct PathPattern: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    enum Segment: Sendable, Hashable {
        case literal(String)
        case parameter(String)
    }

    package let description: String
    let segments: [Segment]

    package init(stringLiteral text: String) {
        // Patterns are written in the program; a wrong one is found by the first test that makes the router.
        precondition(text.utf8.first == 0x2F, "a path pattern begins with a slash: \(text)")
        description = text
        segments = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { segment in
            guard segment.hasPrefix("{"), segment.hasSuffix("}") else { return .literal(String(segment)) }
            return .parameter(String(segment.dropFirst().dropLast()))
        }
    }

    var isLiteral: Bool {
        segments.allSatisfy { if case .literal = $0 { true } else { false } }
    }

    /// The values of the parameters, or `nil` when the path isn't of this pattern.
    func match(_ path: [String]) -> [String: String]? {
        guard path.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (segment, text) in zip(segments, path) {
            switch segment {
            case .literal(let literal): guard literal == text else { return nil }
            case .parameter(let name):
                guard !text.isEmpty else { return nil }
                parameters[name] = text
            }
        }
        return parameters
    }

    /// Whether the other pattern's first difference is a parameter where this one has a literal.
    func isMoreSpecific(than other: PathPattern) -> Bool {
        for case (.literal, .parameter) in zip(segments, other.segments) { return true }
        return false
    }

    /// The pattern without the parameters' names: two that look the same match the same paths.
    var shape: [String?] {
        segments.map { if case .literal(let text) = $0 { text } else { nil } }
    }
}
