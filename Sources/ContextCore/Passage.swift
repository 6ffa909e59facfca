/// Text with an id that can be found again and shown to a model.
///
/// A document's chunk, a memory, an old message, a best practice and a vector that came over a WebSocket are all
/// passages; they differ in the collection that they live in.
package struct Passage: Identifiable, Hashable, Sendable {
    /// What callers know it by; unique within its collection.
    package let id: String

    /// The store's own number: unique, never used again.
    package let key: Int64

    package var collection: String

    /// The collection's own number in the store; 0 for a passage of no stored collection.
    package var collectionKey: Int64
    package var kind: PassageKind
    package var scope: Scope
    package var fields: [String: String]
    package var metadata: JSONValue

    /// The document that it is a chunk of, and the chunk's place in it, counted from 0.
    package var chunk: Chunk?

    package struct Chunk: Hashable, Sendable {
        package let document: Int64
        package let ordinal: Int

        package init(document: Int64, ordinal: Int) {
            self.document = document
            self.ordinal = ordinal
        }
    }

    package init(
        id: String,
        key: Int64,
        collection: String,
        collectionKey: Int64 = 0,
        kind: PassageKind,
        scope: Scope,
        fields: [String: String],
        metadata: JSONValue = .emptyObject,
        chunk: Chunk? = nil
    ) {
        self.id = id
        self.key = key
        self.collection = collection
        self.collectionKey = collectionKey
        self.kind = kind
        self.scope = scope
        self.fields = fields
        self.metadata = metadata
        self.chunk = chunk
    }

    /// What is embedded and searched: the fields that it has, in the kind's order.
    package var text: String { kind.text(of: fields) }

    /// A line that names it, for lists and citations.
    package var title: String {
        fields[kind.heading] ?? fields["source"] ?? String((fields[kind.body] ?? id).prefix(80))
    }

    package var source: String { fields["source"] ?? fields["file"] ?? fields["title"] ?? id }
}

extension PassageKind {
    package func text(of values: [String: String]) -> String {
        fields.compactMap { values[$0] }.joined(separator: "\n")
    }
}
