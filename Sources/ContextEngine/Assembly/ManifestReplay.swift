package import ContextCore
package import Retrieval
import Runtime

/// A context rebuilt from its manifest, or what stands in the way.
package enum ManifestReplay: Sendable {
    /// The same bytes as were sent.
    case exact(context: String)

    /// Some of its passages are gone or changed since.
    case incomplete(missing: [Missing])

    package struct Missing: Codable, Sendable {
        package let id: String
        package let collection: String

        /// `deleted`, `changed`, or `rendering` when the passages are there but another version renders them otherwise.
        package let reason: String
    }

    /// Renders the manifest's passages again, in its order and forms, and compares with its hash.
    package init(
        of manifest: ContextManifest,
        from library: PassageLibrary,
        for principal: Principal
    ) async throws {
        let included = manifest.candidates.filter(\.included)
        let passages = try await library.passages(keys: included.map(\.key), for: principal)
        let byKey = Dictionary(passages.map { ($0.key, $0) }) { first, _ in first }
        let missing = included.compactMap { Self.missing($0, in: byKey) }
        guard missing.isEmpty else {
            self = .incomplete(missing: missing)
            return
        }
        let renderer = PassageRenderer(limits: manifest.rendering)
        let parts = included.compactMap { candidate in
            byKey[candidate.key].map { renderer.render($0, as: candidate.form ?? manifest.form) }
        }
        let text = parts.isEmpty ? ContextSessions.nothingFound : ContextPacker.join(parts)
        if SHA256.hexadecimal(of: text) == manifest.contextHash {
            self = .exact(context: text)
        } else {
            self = .incomplete(
                missing: included.map { Missing(id: $0.id, collection: $0.collection, reason: "rendering") }
            )
        }
    }

    static func missing(_ candidate: ContextManifest.Candidate, in passages: [Int64: Passage]) -> Missing? {
        guard let passage = passages[candidate.key] else {
            return Missing(id: candidate.id, collection: candidate.collection, reason: "deleted")
        }
        guard ContentHash.hexadecimal(of: passage) == candidate.contentHash else {
            return Missing(id: candidate.id, collection: candidate.collection, reason: "changed")
        }
        return nil
    }
}
