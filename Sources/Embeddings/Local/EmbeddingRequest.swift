/// A request that waits for the vectors of its sequences.
///
/// It ends exactly once: whoever takes it out of the table ends it.
struct EmbeddingRequest: Sendable {
    let sequences: [[Int32]]
    private var vectors: [Float]
    private var missing: Int
    private var failure: EmbeddingError?
    private let continuation: CheckedContinuation<[Float], any Error>

    init(_ sequences: [[Int32]], dimensions: Int, _ continuation: CheckedContinuation<[Float], any Error>) {
        self.sequences = sequences
        self.continuation = continuation
        vectors = Array(repeating: 0, count: sequences.count * dimensions)
        missing = sequences.count
    }

    /// Whether nothing more will come.
    var isOver: Bool { missing == 0 || failure != nil }

    /// Files the vector at `position` of a batch as that of sequence `index`.
    mutating func file(
        _ batch: Result<[Float], EmbeddingError>,
        from position: Int,
        at index: Int,
        dimensions: Int
    ) {
        switch batch {
        case .success(let computed):
            let vector = computed[position * dimensions..<(position + 1) * dimensions]
            vectors.replaceSubrange(index * dimensions..<(index + 1) * dimensions, with: vector)
            missing -= 1
        case .failure(let error):
            failure = error
        }
    }

    func end() {
        if let failure { fail(failure) } else { continuation.resume(returning: vectors) }
    }

    func fail(_ error: any Error) {
        continuation.resume(throwing: error)
    }
}
