internal import Dispatch

/// A thread that computes batches, with its working memory.
///
/// Unchecked because the workspace is used on the queue only, and the queue does one thing at a time; what a batch
/// shares of it with helpers, ``EncoderRun`` divides.
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

    /// A batch that this worker will lead, computed by up to so many threads.
    ///
    /// Only from inside ``wake(_:)``.
    func prepare(_ sequences: [[Int32]], with encoder: SentenceEncoder, threads: Int) -> EncoderRun {
        dispatchPrecondition(condition: .onQueue(queue))
        return EncoderRun(sequences, encoder: encoder, threads: threads, in: workspace)
    }

    /// Helps with another worker's batch.
    ///
    /// Only from inside ``wake(_:)``.
    func help(_ run: EncoderRun) {
        dispatchPrecondition(condition: .onQueue(queue))
        run.help(with: workspace)
    }
}
