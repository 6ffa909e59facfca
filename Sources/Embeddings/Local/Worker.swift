internal import Dispatch

/// A thread that computes batches, with its working memory.
///
/// Unchecked because the workspace is used on the queue only, and the queue does one thing at a time.
final class Worker: @unchecked Sendable {
    let number: Int
    private let workspace: EncoderWorkspace
    private let queue: DispatchQueue

    init(number: Int, workspace: EncoderWorkspace) {
        self.number = number
        self.workspace = workspace
        queue = DispatchQueue(label: "embedding-\(number)", qos: .userInitiated)
    }

    func wake(_ body: @escaping @Sendable () -> Void) {
        queue.async(execute: body)
    }

    /// The sequences' vectors, one after the other.
    ///
    /// Only from inside ``wake(_:)``.
    func encode(_ sequences: [[Int32]], with encoder: SentenceEncoder) -> Result<[Float], EmbeddingError> {
        dispatchPrecondition(condition: .onQueue(queue))
        DenseContext.useOneThread()
        var vectors: [Float] = []
        vectors.reserveCapacity(sequences.count * encoder.shape.width)
        do {
            try encoder.encode(sequences, in: workspace) { _, vector in vectors.append(contentsOf: vector) }
            return .success(vectors)
        } catch {
            return .failure(error)
        }
    }
}
