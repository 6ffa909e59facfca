/// A named set of passages with a kind, a scope and a retention.
package struct PassageCollection: Hashable, Sendable {
    package let key: Int64
    package let name: String
    package let kind: PassageKind
    package let scope: Scope
    package let retention: Retention
    package let metadata: JSONValue

    package init(
        key: Int64,
        name: String,
        kind: PassageKind,
        scope: Scope,
        retention: Retention = .permanent,
        metadata: JSONValue = .emptyObject
    ) {
        self.key = key
        self.name = name
        self.kind = kind
        self.scope = scope
        self.retention = retention
        self.metadata = metadata
    }

    /// Whether the contract relies on it: deleting it empties it.
    package var isBuiltIn: Bool { Self.builtIn.contains { $0.name == name } }

    /// The five of the context-session contract; they exist from the start.
    package static let builtIn: [(name: String, kind: PassageKind)] = [
        ("error-solutions", .errorSolution),
        ("best-practices", .practice),
        ("codebase-context", .code),
        ("skills-patterns", .practice),
        ("interaction-history", .text),
    ]
}

/// How long the passages of a collection are kept.
package enum Retention: Hashable, Sendable {
    case permanent

    /// When full the oldest goes.
    case capacity(Int)

    /// Seconds since the passage was last written.
    case timeToLive(Int)

    /// Until the connection that brought them closes; never written to disk.
    case connection
}

extension Retention: Codable {
    private enum CodingKeys: String, CodingKey { case type, passages, seconds }
    private enum Name: String, Codable { case permanent, capacity, timeToLive = "ttl", connection }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let name = Name(rawValue: try container.decode(String.self, forKey: .type)) else {
            throw DecodingError.dataCorruptedError(
                forKey: .type,
                in: container,
                debugDescription: "is none of permanent, capacity, ttl"
            )
        }
        switch name {
        case .permanent: self = .permanent
        case .capacity: self = .capacity(try Self.whole(.passages, in: container))
        case .timeToLive: self = .timeToLive(try Self.whole(.seconds, in: container))
        case .connection: self = .connection
        }
    }

    /// For a number that is no integer Foundation forgets where it stood.
    private static func whole(_ key: CodingKeys, in container: KeyedDecodingContainer<CodingKeys>) throws -> Int {
        guard let value = Int(exactly: try container.decode(Double.self, forKey: key)) else {
            throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: "is no whole number")
        }
        return value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .permanent: try container.encode(Name.permanent, forKey: .type)
        case .connection: try container.encode(Name.connection, forKey: .type)
        case .capacity(let passages):
            try container.encode(Name.capacity, forKey: .type)
            try container.encode(passages, forKey: .passages)
        case .timeToLive(let seconds):
            try container.encode(Name.timeToLive, forKey: .type)
            try container.encode(seconds, forKey: .seconds)
        }
    }
}
