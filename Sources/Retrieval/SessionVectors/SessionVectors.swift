package import ContextCore
import FoundationEssentials
import Synchronization
import VectorSearch

/// The vectors of one session, from the opening of its socket to its end.
///
/// Operations take effect in the order in which they were called; none of them touches another session.
package final class SessionVectors: Sendable {
    package struct Hit: Hashable, Sendable {
        package let id: ClientID

        /// Cosine similarity, from -1 to 1.
        package let score: Float

        /// The JSON object that was uploaded.
        package let metadata: String
    }

    package struct Found: Sendable {
        /// Best first, ties by id.
        package let hits: [Hit]

        /// The session's vectors, whether they were found or not.
        package let total: Int
    }

    package struct Stored: Sendable {
        /// Vectors that were taken; those whose id came again later in the same message count, too.
        package let uploaded: Int
        package let rejected: [(id: ClientID, fault: VectorFault)]
    }

    private struct Table: ~Copyable {
        var slots: [ClientID: Int] = [:]
        var rows: [VectorUpload.Row] = []
        var index: VectorIndex
    }

    private let limits: SessionVectorLimits
    private let dimensions: Int
    private let table: Mutex<Table>

    init(dimensions: Int, limits: SessionVectorLimits) {
        self.limits = limits
        self.dimensions = dimensions
        var configuration = VectorSearchConfiguration()
        configuration.exactBelow = .max
        table = Mutex(Table(index: VectorIndex(dimension: dimensions, configuration: configuration)))
    }

    package var count: Int { table.withLock { $0.slots.count } }

    /// Stores the vectors; an id that exists gets the new vector, of equal ids in one upload the last one stays.
    ///
    /// - Parameter replacing: clears the session first; if the upload is refused, nothing is cleared.
    /// - Throws: when nothing was stored, because the session or the memory of all sessions is full.
    package func store(_ upload: VectorUpload, replacing: Bool) async throws(ContextError) -> Stored {
        try table.withLock { (table) throws(ContextError) in
            let new = Set(upload.rows.map(\.id)).filter { replacing || table.slots[$0] == nil }.count
            guard (replacing ? 0 : table.slots.count) + new <= limits.vectorsPerSession else {
                throw .sessionVectorLimit(limits.vectorsPerSession)
            }
            if replacing { table = Table(index: VectorIndex(dimension: dimensions)) }
            var rejected: [(ClientID, VectorFault)] = []
            for (number, row) in upload.rows.enumerated() {
                guard row.metadata.utf8.count <= limits.metadataBytes else {
                    rejected.append(
                        (row.id, .metadataTooLarge(bytes: row.metadata.utf8.count, limit: limits.metadataBytes))
                    )
                    continue
                }
                let slot = table.slots[row.id] ?? table.rows.count
                do throws(VectorError) {
                    try table.index.set(slot, Array(upload.numbers[number * dimensions..<(number + 1) * dimensions]))
                    table.slots[row.id] = slot
                    if slot == table.rows.count { table.rows.append(row) } else { table.rows[slot] = row }
                } catch {
                    rejected.append((row.id, error == .zero ? .zero : .notFinite))
                }
            }
            return Stored(uploaded: upload.rows.count - rejected.count, rejected: rejected)
        }
    }

    /// The `count` vectors most similar to `query`: exact, best first.
    ///
    /// - Throws: for a query of the wrong dimensions or without a direction, and a count or threshold out of range.
    package func search(
        _ query: [Float],
        count: Int,
        threshold: Float? = nil,
        filter: MetadataFilter? = nil
    ) async throws(ContextError) -> Found {
        guard limits.neighbours.contains(count) else {
            throw .invalid(
                "k",
                "k must be \(limits.neighbours.lowerBound) to \(limits.neighbours.upperBound), not \(count)."
            )
        }
        guard query.count == dimensions else {
            throw .invalid("queryVector", "Invalid dimensions: expected \(dimensions), got \(query.count)")
        }
        if let threshold, !(0...1).contains(threshold) {
            throw .invalid("threshold", "threshold must be 0.0 to 1.0, not \(threshold).")
        }
        return try table.withLock { (table) throws(ContextError) in
            do throws(VectorError) {
                let hits = try table.index.search(
                    query,
                    k: table.rows.count,
                    minimumScore: threshold ?? -1,
                    width: .max
                )
                var found: [Hit] = []
                for hit in hits {
                    let row = table.rows[hit.slot]
                    let metadata = try? JSONDecoder().decode(JSONValue.self, from: Data(row.metadata.utf8))
                    if let filter, !filter.matches(metadata ?? .emptyObject) { continue }
                    found.append(Hit(id: row.id, score: hit.score, metadata: row.metadata))
                }
                found.sort { ($1.score, $0.id) < ($0.score, $1.id) }
                return Found(hits: Array(found.prefix(count)), total: table.slots.count)
            } catch {
                throw .invalid("queryVector", "Invalid vector values: contains NaN or Infinity, or only zeros")
            }
        }
    }

    /// How many of `ids` there were; they are gone now.
    package func delete(_ ids: [ClientID]) async throws(ContextError) -> Int {
        table.withLock { table in
            ids.count { id in
                guard let slot = table.slots.removeValue(forKey: id) else { return false }
                return table.index.remove(slot)
            }
        }
    }

    /// Forgets everything; what is called later finds nothing to do.
    package func close() {
        table.withLock { $0 = Table(index: VectorIndex(dimension: dimensions)) }
    }
}
