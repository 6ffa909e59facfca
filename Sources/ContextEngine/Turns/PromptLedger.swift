/// Where a prompt's tokens come from.
package enum PromptSource: String, Codable, CaseIterable, Sendable {
    case system, tools, summary, passages, messages, question
}

/// The tokens of a prompt by source, the account that every answer carries.
package struct PromptLedger: Hashable, Codable, Sendable {
    private var counts: [PromptSource: Int] = [:]

    package init() {}

    package subscript(source: PromptSource) -> Int {
        get { counts[source] ?? 0 }
        set { counts[source] = newValue }
    }

    package var total: Int { counts.values.reduce(0, +) }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        for source in PromptSource.allCases {
            counts[source] = try container.decodeIfPresent(Int.self, forKey: Key(source.rawValue))
        }
    }

    /// Every source has its number, also 0, and the sum stands beside them.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for source in PromptSource.allCases { try container.encode(self[source], forKey: Key(source.rawValue)) }
        try container.encode(total, forKey: Key("total"))
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
