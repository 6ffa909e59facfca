package import ContextCore

/// What a caller says of a collection that is to be made.
package struct CollectionDraft: Sendable {
    package let name: String
    package let kind: PassageKind
    package let retention: Retention
    package let metadata: JSONValue

    package init(name: String, kind: PassageKind, retention: Retention = .permanent, metadata: JSONValue = .emptyObject) {
        self.name = name
        self.kind = kind
        self.retention = retention
        self.metadata = metadata
    }

    /// Seconds; a hundred years.
    private static let longestTime = 36_525 * 86_400

    /// Names go into URLs, configuration and shell commands.
    ///
    /// - Throws: ``ContextError`` unless the name is 1 to 64 letters, digits, dots, underscores and hyphens and
    ///   begins with a letter or digit, and the retention makes sense.
    package func validated() throws(ContextError) -> CollectionDraft {
        let allowed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
            default: false
            }
        }
        let startsWell = name.first.map { $0.isLetter || $0.isNumber } ?? false
        guard allowed, startsWell, name.utf8.count <= 64 else {
            throw .invalid(
                "name",
                "“\(name.clipped(to: 80))” is no collection name: use 1 to 64 of a-z, A-Z, 0-9, “-”, “_” and “.”, beginning with a letter or digit."
            )
        }
        guard metadata.objectValue != nil else {
            throw .invalid("metadata", "Metadata is an object, not \(metadata.description.clipped(to: 40)).")
        }
        let bytes = metadata.description.utf8.count
        let limit = PassageLimits().metadataBytes
        guard bytes <= limit else {
            throw .invalid("metadata", "Metadata too large: \(bytes) bytes (max: \(limit) bytes).")
        }
        switch retention {
        case .capacity(let count) where count < 1:
            throw .invalid("retention", "A capacity of \(count) passages keeps nothing; use 1 or more.")
        case .timeToLive(let seconds) where seconds < 1:
            throw .invalid("retention", "A time to live of \(seconds) s keeps nothing; use 1 or more.")
        case .timeToLive(let seconds) where seconds > Self.longestTime:
            throw .invalid("retention", "A time to live of \(seconds) s is too long (max: \(Self.longestTime)); use permanent.")
        case .connection:
            throw .invalid("retention", "Collections that live with a connection are made by a WebSocket session, not here.")
        default: return self
        }
    }
}
