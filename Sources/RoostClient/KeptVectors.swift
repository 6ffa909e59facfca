/// What a session would have to upload again: the vectors as the server has them, or is about to.
struct KeptVectors {
    private var vectors: [String: SessionVector] = [:]

    /// How it was before an upload.
    enum Undo {
        case everything([String: SessionVector])
        case places([(id: String, vector: SessionVector?)])
    }

    var all: [SessionVector] { Array(vectors.values) }

    /// - Parameter replacing: forgets everything else.
    /// - Returns: what takes it back, for an upload that is refused.
    mutating func store(_ upload: some Sequence<SessionVector>, replacing: Bool) -> Undo {
        guard !replacing else {
            let before = vectors
            vectors = Dictionary(upload.map { ($0.id, $0) }) { $1 }
            return .everything(before)
        }
        return .places(upload.map { ($0.id, vectors.updateValue($0, forKey: $0.id)) })
    }

    mutating func takeBack(_ undo: Undo) {
        switch undo {
        case .everything(let before): vectors = before
        // The latest change first: an id that came twice ends as it was.
        case .places(let places): for (id, vector) in places.reversed() { vectors[id] = vector }
        }
    }

    mutating func remove(_ ids: [String]) -> Undo {
        .places(ids.map { ($0, vectors.removeValue(forKey: $0)) })
    }
}
