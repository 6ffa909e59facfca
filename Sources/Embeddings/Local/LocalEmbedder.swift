internal import Dispatch
internal import Synchronization

/// Embeds texts in this process with all-MiniLM-L6-v2.
///
/// A request starts at once when a thread is free. While all are busy requests gather, and the next batch takes a
/// window from each in turn (``BatchQueue``). When a batch is all there is to do, the idle threads help with it: one
/// short question is computed on all of them. Tokenizing happens in the caller's task, at tens of megabytes a
/// second; the model runs on threads of its own and never on Swift's.
package final class LocalEmbedder: Sendable {
    package let tokenizer: WordPieceTokenizer
    package let model: String
    package var dimensions: Int { encoder.shape.width }

    /// Word pieces that fit into one window, so that a text is embedded as a whole.
    package var windowTokens: Int { encoder.shape.window - 2 }

    /// Word pieces of all requests that no thread has begun to compute.
    package var waitingTokens: Int { state.withLock(\.queue.waitingTokens) }

    /// Batches that were computed since the start.
    package var batches: Int { state.withLock(\.batches) }

    private let encoder: SentenceEncoder
    private let configuration: LocalEmbedderConfiguration
    private let workers: [Worker]
    private let state: Mutex<State>
    private let lastRequest = Atomic<UInt64>(0)

    fileprivate struct State {
        var queue: BatchQueue
        var requests: [BatchQueue.RequestID: EmbeddingRequest] = [:]
        var idle: [Int]
        var computing = 0
        var batches = 0
    }

    /// Loads the model: checks the files, packs the weights.
    ///
    /// - Throws: ``EmbeddingError``, ``Vocabulary/Failure`` or ``SafetensorsError``.
    package init(files: ModelFiles, configuration: LocalEmbedderConfiguration = LocalEmbedderConfiguration()) throws {
        let vocabulary = try Vocabulary(contentsOf: files.vocabulary)
        let encoder = try SentenceEncoder(
            file: SafetensorsFile(path: files.weights),
            vocabularyCount: vocabulary.count,
            instructions: configuration.instructions
        )
        let capacity = max(configuration.batchTokens, encoder.shape.window)
        tokenizer = WordPieceTokenizer(vocabulary: vocabulary)
        model = files.model
        self.encoder = encoder
        self.configuration = configuration
        workers = (0..<configuration.threads).map { number in
            Worker(number: number, workspace: EncoderWorkspace(capacity: capacity, shape: encoder.shape))
        }
        state = Mutex(
            State(
                queue: BatchQueue(batchTokens: configuration.batchTokens, limit: configuration.queueTokens),
                idle: Array(workers.indices)
            )
        )
    }

    /// One embedding per text, in their order.
    ///
    /// - Throws: ``EmbeddingError``, or `CancellationError` when the task is cancelled: what waits of the request
    /// is then
    ///   dropped, and a batch that is being computed ends unseen.
    package func embed(_ texts: [String]) async throws -> [Embedding] {
        guard !texts.isEmpty else { return [] }
        let plan = try plan(texts)
        let vectors = try await vectors(of: plan.sequences)
        return plan.embeddings(from: vectors, dimensions: dimensions)
    }

    private func plan(_ texts: [String]) throws -> WindowPlan {
        guard texts.count <= configuration.textsPerRequest else {
            throw EmbeddingError.tooManyTexts(texts.count, limit: configuration.textsPerRequest)
        }
        var plan = WindowPlan(vocabulary: tokenizer.vocabulary, window: encoder.shape.window)
        for (index, text) in texts.enumerated() {
            guard text.utf8.count <= configuration.bytesPerText else {
                throw EmbeddingError.textTooLong(
                    index: index,
                    bytes: text.utf8.count,
                    limit: configuration.bytesPerText
                )
            }
            guard plan.add(tokenizer.encode(text)) else { throw EmbeddingError.blankText(index: index) }
            try Task.checkCancellation()
        }
        return plan
    }

    private func vectors(of sequences: [[Int32]]) async throws -> [Float] {
        let id = lastRequest.wrappingAdd(1, ordering: .relaxed).newValue
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                start(EmbeddingRequest(sequences, dimensions: dimensions, continuation), as: id)
            }
        } onCancel: {
            let request = state.withLock { state in
                state.queue.remove(id)
                return state.requests.removeValue(forKey: id)
            }
            request?.fail(CancellationError())
        }
    }
}

extension LocalEmbedder {
    private func start(_ request: EmbeddingRequest, as id: BatchQueue.RequestID) {
        let outcome = state.withLock { state -> Result<[Int], any Error> in
            // The handler of a task that was cancelled before has run already and found nothing to take out.
            guard !Task.isCancelled else { return .failure(CancellationError()) }
            guard state.queue.submit(id, windowsOf: request.sequences.map(\.count)) else {
                return .failure(
                    EmbeddingError.overloaded(waiting: state.queue.waitingTokens, limit: configuration.queueTokens)
                )
            }
            state.requests[id] = request
            let woken = state.idle.suffix(state.queue.waitingWindows)
            state.idle.removeLast(woken.count)
            return .success(Array(woken))
        }
        switch outcome {
        case .success(let woken): for worker in woken { workers[worker].wake { [self] in work(on: workers[worker]) } }
        case .failure(let error): request.fail(error)
        }
    }

    /// Computes batches until nothing waits.
    private func work(on worker: Worker) {
        while let batch = nextBatch(for: worker) {
            let run = worker.prepare(batch.sequences, with: encoder, threads: batch.helpers.count + 1)
            for number in batch.helpers {
                workers[number].wake { [self] in
                    workers[number].help(run)
                    work(on: workers[number])
                }
            }
            let vectors = run.lead()
            let finished = state.withLock { $0.finish(batch.items, with: vectors, dimensions: dimensions) }
            for request in finished { request.end() }
        }
    }

    private struct Batch {
        var items: [BatchQueue.Item]
        var sequences: [[Int32]]

        /// Workers that have nothing else to do.
        var helpers: [Int]
    }

    private func nextBatch(for worker: Worker) -> Batch? {
        state.withLock { state in
            let items = state.queue.nextBatch(sharedBy: workers.count - state.computing)
            guard !items.isEmpty else {
                state.idle.append(worker.number)
                return nil
            }
            state.computing += 1
            let sequences = items.map { state.requests[$0.request]?.sequences[$0.index] ?? [] }
            guard state.queue.waitingWindows == 0 else { return Batch(items: items, sequences: sequences, helpers: []) }
            defer { state.idle.removeAll() }
            return Batch(items: items, sequences: sequences, helpers: state.idle)
        }
    }
}

extension LocalEmbedder.State {
    /// Files the vectors of a batch, and takes out the requests that are complete.
    fileprivate mutating func finish(
        _ items: [BatchQueue.Item],
        with vectors: [Float],
        dimensions: Int
    ) -> [EmbeddingRequest] {
        computing -= 1
        batches += 1
        for (position, item) in items.enumerated() {
            requests[item.request]?.file(vectors[position * dimensions..<(position + 1) * dimensions], at: item.index)
        }
        return Set(items.map(\.request)).compactMap { id in
            guard let request = requests[id], request.isComplete else { return nil }
            return requests.removeValue(forKey: id)
        }
    }
}
