/// A request that waits for the vectors of its sequences.
///
/// It ends exactly once: whoever takes it out of the table ends it.
struct EmbeddingRequest: Sendable {
    let sequences: [[Int32]]
    private var vectors: [Float]
    private var missing: Int
    private let continuation: CheckedContinuation<[Float], any Error>

    init(_ sequences: [[Int32]], dimensions: Int, _ continuation: CheckedContinuation<[Float], any Error>) {
        self.sequences = sequences
        self.continuation = continuation
        vectors = Array(repeating: 0, count: sequences.count * dimensions)
        missing = sequences.count
    }

    var isComplete: Bool { missing == 0 }

    /// Files the vector of sequence `index`.
    mutating func file(_ vector: ArraySlice<Float>, at index: Int) {
        vectors.replaceSubrange(index * vector.count..<(index + 1) * vector.count, with: vector)
        missing -= 1
    }

    func end() {
        continuation.resume(returning: vectors)
    }

    func fail(_ error: any Error) {
        continuation.resume(throwing: error)
    }
}
