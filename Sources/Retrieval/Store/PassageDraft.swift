package import ContextCore

/// What a caller says of a passage that is to be kept.
package struct PassageDraft: Sendable {
    /// `nil` lets the store choose one.
    ///
    /// An id that exists in the collection is updated.
    package var id: String?
    package var fields: [String: String]
    package var metadata: JSONValue
    package var chunk: Passage.Chunk?

    package init(
        id: String? = nil,
        fields: [String: String],
        metadata: JSONValue = .emptyObject,
        chunk: Passage.Chunk? = nil
    ) {
        self.id = id
        self.fields = fields
        self.metadata = metadata
        self.chunk = chunk
    }
}

/// What one passage may measure.
package struct PassageLimits: Sendable {
    /// Passages in one call, and of a document that are embedded at once: more would hold the writer, or the embedder, too long.
    package var batch = 1_000

    /// UTF-8 bytes of all fields together.
    ///
    /// A longer text is a document.
    package var textBytes = 256 * 1024

    /// UTF-8 bytes of the metadata as canonical JSON.
    package var metadataBytes = 10_240

    /// The same of a document, whose passages carry it all: what remains is for their own places, heading, line and page.
    package var documentMetadataBytes: Int { max(0, metadataBytes - 2_048) }

    package var metadataDepth = 16

    /// UTF-8 bytes of an id.
    package var idBytes = 256

    package init() {}
}

extension PassageDraft {
    /// - Throws: ``ContextError`` that names the field, the value and the limit.
    package func validated(as kind: PassageKind, limits: PassageLimits = PassageLimits()) throws(ContextError)
        -> PassageDraft
    {
        if let id { try Self.validate(id: id, limit: limits.idBytes) }
        if let stray = fields.keys.sorted().first(where: { !kind.fields.contains($0) }) {
            throw .invalid(
                "fields",
                "Unknown field “\(stray.clipped(to: 40))”. A passage of kind \(kind.rawValue) has: \(kind.fields.joined(separator: ", "))."
            )
        }
        let kept = fields.filter { !$0.value.allSatisfy(\.isWhitespace) }
        guard !kept.isEmpty, kept.keys.contains(where: kind.essential.contains) else {
            throw .invalid(
                "fields",
                "A passage needs at least one of \(kind.essential.joined(separator: ", ")), not empty."
            )
        }
        let bytes = kept.values.reduce(0) { $0 + $1.utf8.count }
        guard bytes <= limits.textBytes else {
            throw .invalid(
                "fields",
                "The text has \(bytes) bytes (max: \(limits.textBytes)). Send it as a document: POST /v1/documents splits it."
            )
        }
        try validateMetadata(limits)
        return PassageDraft(id: id, fields: kept, metadata: metadata, chunk: chunk)
    }

    private static func validate(id: String, limit: Int) throws(ContextError) {
        guard !id.isEmpty, id.utf8.count <= limit,
            id.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else {
            throw .invalid(
                "id",
                "The id “\(id.clipped(to: 40))” has \(id.utf8.count) bytes; use 1 to \(limit) without control characters."
            )
        }
    }

    private func validateMetadata(_ limits: PassageLimits) throws(ContextError) {
        guard metadata.objectValue != nil else {
            throw .invalid("metadata", "Metadata is an object, not \(metadata.description.clipped(to: 40)).")
        }
        guard metadata.depth <= limits.metadataDepth else {
            throw .invalid(
                "metadata",
                "Metadata is nested \(metadata.depth) levels deep (max: \(limits.metadataDepth))."
            )
        }
        let bytes = metadata.description.utf8.count
        guard bytes <= limits.metadataBytes else {
            throw .invalid("metadata", "Metadata too large: \(bytes) bytes (max: \(limits.metadataBytes) bytes).")
        }
    }
}
