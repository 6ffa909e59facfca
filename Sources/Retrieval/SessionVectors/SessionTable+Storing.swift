import ContextCore
import VectorSearch

/// An upload is taken as a whole or not at all, save for vectors that are rejected alone.
extension SessionTable {
    mutating func store(_ upload: VectorUpload, replacing: Bool) throws(ContextError) -> SessionVectors.Stored {
        guard upload.numbers.count == upload.rows.count * vectors.dimension else {
            throw ContextError(.internalError, "The upload's numbers don't fit its rows.")
        }
        try makeRoom(for: upload, replacing: replacing)
        if replacing { removeAll() }
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
    /// Throws if the upload doesn't fit, and has changed nothing then.
    ///
    /// At first every row counts as new. Only when that is too many is it worth knowing which ids are new and which
    /// vectors are good.
    private mutating func makeRoom(for upload: VectorUpload, replacing: Bool) throws(ContextError) {
        if (replacing ? 0 : count) + upload.rows.count <= limits.vectorsPerSession,
            reserve(upload.rows, new: upload.rows.count, replacing)
        {
            return
        }
        let (new, good) = newcomers(of: upload, replacing: replacing)
        guard (replacing ? 0 : count) + new <= limits.vectorsPerSession else {
            throw .sessionVectorLimit(limits.vectorsPerSession)
        }
        guard reserve(good, new: new, replacing) else { throw .sessionVectorMemory(charge.limit) }
    }

    private mutating func reserve(_ rows: [VectorUpload.Row], new: Int, _ replacing: Bool) -> Bool {
        let text = rows.reduce(0) { $0 + $1.id.text.utf8.count + $1.metadata.utf8.count }
        if replacing {
            let fresh = PassageTable()
            let index = Self.emptyIndex(vectors.dimension)
            return charge.reserve(index.memoryUse(slots: new) + fresh.memoryUse(adding: new, bytes: text))
        }
        let slots = passages.slots(adding: new)
        return charge.reserve(
            vectors.memoryUse(slots: slots) + passages.memoryUse(adding: new, bytes: text) + facets.memoryUse
        )
    }

    /// How many ids the good rows would add, and the good rows.
    private func newcomers(of upload: VectorUpload, replacing: Bool) -> (new: Int, good: [VectorUpload.Row]) {
        var new: Set<ClientID> = []
        var good: [VectorUpload.Row] = []
        upload.numbers.withUnsafeBufferPointer { numbers in
            for (number, row) in upload.rows.enumerated() {
                let vector = Self.vector(number, of: numbers, vectors.dimension)
                guard (try? limits.check(row)) != nil, (try? UnitVector(vector)) != nil else { continue }
                good.append(row)
                if replacing || passages.slot(of: row.id) == nil { new.insert(row.id) }
            }
        }
        return (new.count, good)
    }
}
