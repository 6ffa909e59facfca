package import ContextCore
import KeywordSearch

/// Turns a stored passage into a row of the index.
struct PassageAnalyzer: Sendable {
    private let analyzer = TextAnalyzer()

    func row(for indexable: PassageStore.Indexable) -> PassageIndex.Row {
        let passage = indexable.passage
        return PassageIndex.Row(
            key: passage.key,
            collection: indexable.passage.collectionKey,
            scope: passage.scope,
            facets: passage.filterable,
            words: analyzer.analyze(Self.fields(passage.fields, of: passage.kind)),
            vector: indexable.vector
        )
    }

    /// What names a passage says more about it than any other of its words.
    static func fields(_ values: [String: String], of kind: PassageKind) -> [KeywordField] {
        kind.fields.compactMap { field in
            values[field].map { KeywordField($0, weight: field == kind.heading ? KeywordField.headingWeight : 1) }
        }
    }
}

extension Passage {
    /// What filters see: the metadata, and beneath it the short fields, so that `source` or `language` can be filtered
    /// by without repeating them as metadata.
    package var filterable: JSONValue {
        let short = fields.filter {
            ["source", "file", "language", "category", "title", "confidence"].contains($0.key)
        }
        return JSONValue.object(short.mapValues { .string($0) }).merging(metadata)
    }
}
