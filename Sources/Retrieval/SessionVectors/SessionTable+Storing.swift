import ContextCore
import VectorSearch

/// An upload is taken as a whole or not at all, save for vectors that are rejected alone.
extension SessionTable {
    mutating func store(_ upload: VectorUpload, replacing: Bool) throws(ContextError) -> SessionVectors.Stored {
        guard upload.numbers.count == upload.rows.count * vectors.dimension else {
            throw ContextError(.internalError, "The upload's numbers don't fit its rows.")
        }
        let growth = try makeRoom(for: upload, replacing: replacing)
        if replacing { removeAll() }
        grow(by: growth)
        var rejected: [(id: ClientID, fault: VectorFault)] = []
        upload.numbers.withUnsafeBufferPointer { numbers in
            for (number, row) in upload.rows.enumerated() {
                do throws(VectorFault) {
                    try store(row, Self.vector(number, of: numbers, vectors.dimension))
                } catch {
                    rejected.append((row.id, error))
                }
            }
        }
        if count == 0 { removeAll() }
        charge.settle(memoryUse)
        return SessionVectors.Stored(uploaded: upload.rows.count - rejected.count, rejected: rejected)
    }

    private mutating func store(
        _ row: VectorUpload.Row,
        _ vector: UnsafeBufferPointer<Float>
    ) throws(VectorFault) {
        try limits.check(row)
        let place = passages.place(of: row.id)
        do throws(VectorError) {
            try vectors.set(place.slot, vector)
        } catch {
            throw VectorFault(error)
        }
        passages.write(row.id, row.metadata, at: place)
        facets.forget(place.slot)
    }

    private static func vector(
        _ number: Int,
        of numbers: UnsafeBufferPointer<Float>,
        _ dimensions: Int
    ) -> UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(rebasing: numbers[number * dimensions..<(number + 1) * dimensions])
    }
}

extension SessionTable {
    /// What an upload may add.
    private struct Growth {
        var ids: Int
        var textBytes: Int

        /// As if every id were new.
        init(_ rows: some Sequence<VectorUpload.Row>) {
            (ids, textBytes) = rows.reduce((0, 0)) {
                ($0.0 + 1, $0.1 + $1.id.text.utf8.count + $1.metadata.utf8.count)
            }
        }
    }

    /// Throws if the upload doesn't fit, and has changed nothing then.
    ///
    /// At first every row counts as new. Only when that is too many is it worth knowing which ids are new and which
    /// vectors are good.
    private mutating func makeRoom(for upload: VectorUpload, replacing: Bool) throws(ContextError) -> Growth {
        let present = replacing ? 0 : count
        let most = Growth(upload.rows)
        if present + most.ids <= limits.vectorsPerSession, reserve(most, replacing) { return most }
        let growth = exactGrowth(by: upload, replacing: replacing)
        guard present + growth.ids <= limits.vectorsPerSession else {
            throw .sessionVectorLimit(limits.vectorsPerSession)
        }
        guard reserve(growth, replacing) else { throw .sessionVectorMemory(charge.limit) }
        return growth
    }

    /// Charges what the table will hold; it is foretold to the byte, since growing follows a rule.
    private mutating func reserve(_ growth: Growth, _ replacing: Bool) -> Bool {
        if replacing {
            let index = Self.emptyIndex(vectors.dimension)
            let table = PassageTable()
            let text = table.memoryUse(adding: growth.ids, bytes: growth.textBytes)
            return charge.reserve(index.memoryUse(slots: growth.ids) + text)
        }
        let rows = vectors.memoryUse(slots: passages.slots(adding: growth.ids))
        let text = passages.memoryUse(adding: growth.ids, bytes: growth.textBytes)
        return charge.reserve(rows + text + facets.memoryUse)
    }

    private mutating func grow(by growth: Growth) {
        vectors.reserve(passages.slots(adding: growth.ids))
        passages.reserve(adding: growth.ids, bytes: growth.textBytes)
    }

    private func exactGrowth(by upload: VectorUpload, replacing: Bool) -> Growth {
        var new: Set<ClientID> = []
        let good = upload.numbers.withUnsafeBufferPointer { numbers in
            upload.rows.enumerated().filter { number, row in
                let vector = Self.vector(number, of: numbers, vectors.dimension)
                guard (try? limits.check(row)) != nil, (try? UnitVector(vector)) != nil else { return false }
                if replacing || passages.slot(of: row.id) == nil { new.insert(row.id) }
                return true
            }
        }
        var growth = Growth(good.map(\.element))
        growth.ids = new.count
        return growth
    }
}
