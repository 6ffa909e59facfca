package import ContextCore
import Embeddings
package import LanguageModels
package import Retrieval
import Runtime
import SQL
import Synchronization

/// Makes less of a history that its caller holds: vectors to choose from it by, or a summary to put in its place.
package final class Compaction: Sendable {
    package let configuration: CompactionConfiguration
    private let library: PassageLibrary
    private let summarizer: Summarizer
    private let meter: TokenMeter
    private let now: @Sendable () -> Timestamp
    private let memory: Mutex<VectorMemory>

    package init(
        library: PassageLibrary,
        summarizer: Summarizer,
        meter: TokenMeter,
        configuration: CompactionConfiguration,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.library = library
        self.summarizer = summarizer
        self.meter = meter
        self.configuration = configuration
        self.now = now
        memory = Mutex(
            VectorMemory(capacity: configuration.cachedVectors, timeToLive: configuration.cacheTimeToLive)
        )
    }

    /// Refuses what could never be done, before anything is done or queued.
    ///
    /// - Throws: ``ContextError`` that names the member to blame.
    package func check(_ work: CompactionWork) throws(ContextError) {
        guard configuration.isEnabled else {
            throw ContextError(.notConfigured, "This server does not compact: ENABLE_COMPACTION is false.")
        }
        let messages = work.messages
        guard (1...configuration.messages).contains(messages.count) else {
            throw .invalid("messages", "messages has \(messages.count); send 1 to \(configuration.messages).")
        }
        for (place, message) in messages.enumerated() {
            let member = "messages[\(place)].content"
            let count = message.text.count
            guard count <= configuration.contentCharacters else {
                throw .invalid(
                    member,
                    "\(member) has \(count) characters (max: \(configuration.contentCharacters)). Shorten it."
                )
            }
        }
        switch work {
        case .embeddings: try checkEmbeddable(messages)
        case .summary(_, let limit): try checkSummary(messages, limit)
        }
    }

    private func checkEmbeddable(_ messages: [Message]) throws(ContextError) {
        guard let embedder = library.localEmbedder else {
            throw ContextError(.notConfigured, "No embedding model is loaded; GET /ready names what is degraded.")
        }
        for (place, message) in messages.enumerated() where embedder.isBlank(message.text) {
            let member = "messages[\(place)].content"
            throw .invalid(member, "\(member) is blank; there is nothing to embed.")
        }
    }

    private func checkSummary(_ messages: [Message], _ limit: Int?) throws(ContextError) {
        guard messages.contains(where: { !$0.text.trimmed.isEmpty }) else {
            throw .invalid("messages", "Every message is blank; there is nothing to summarise.")
        }
        let range = 1...summarizer.longestSummary
        if let limit, !range.contains(limit) {
            throw .invalid("max_tokens", "max_tokens is \(limit); use 1 to \(range.upperBound).")
        }
    }

    /// - Parameters:
    ///   - key: whose share of a provider it takes.
    ///   - progress: told how many messages are done.
    /// - Throws: ``ContextError``, `EmbeddingError`, `CancellationError`, or what `progress` throws.
    package func perform(
        _ work: CompactionWork,
        for key: String,
        progress: (_ done: Int) async throws -> Void = { _ in }
    ) async throws -> CompactionResult {
        try check(work)
        switch work {
        case .embeddings(let messages): return .embeddings(try await embed(messages.map(\.text), progress))
        case .summary(let messages, let limit):
            return .summary(try await summarize(messages, limit, for: key, progress))
        }
    }

    /// Texts that are alike are computed once.
    private func embed(
        _ texts: [String],
        _ progress: (Int) async throws -> Void
    ) async throws -> EmbeddedMessages {
        guard let embedder = library.localEmbedder else {
            throw ContextError(.notConfigured, "No embedding model is loaded; GET /ready names what is degraded.")
        }
        let hashes = texts.map { SHA256.hexadecimal(of: $0) }
        let moment = now()
        var vectors: [String: [Float]] = memory.withLock { memory in
            hashes.reduce(into: [:]) { $0[$1] = $0[$1] ?? memory.vector(for: $1, at: moment) }
        }
        let cached = hashes.count { vectors[$0] != nil }
        let missing = Dictionary(zip(hashes, texts)) { first, _ in first }.filter { vectors[$0.key] == nil }
        var rest = Array(missing)[...]
        while !rest.isEmpty {
            try await progress(texts.count - rest.count)
            let batch = rest.prefix(configuration.batch)
            let computed = try await embedder.embeddings(of: batch.map(\.value)).map(\.vector)
            for (entry, vector) in zip(batch, computed) { vectors[entry.key] = vector }
            memory.withLock { memory in
                for (entry, vector) in zip(batch, computed) { memory.insert(vector, for: entry.key, at: moment) }
            }
            rest = rest.dropFirst(batch.count)
        }
        try await progress(texts.count)
        return EmbeddedMessages(
            vectors: hashes.compactMap { vectors[$0] },
            model: embedder.model,
            dimensions: embedder.dimensions,
            cached: cached
        )
    }

    private func summarize(
        _ messages: [Message],
        _ limit: Int?,
        for key: String,
        _ progress: (Int) async throws -> Void
    ) async throws -> MessageSummary {
        let summary = try await summarizer.summarize(messages, within: limit, for: key, progress: progress)
        return MessageSummary(
            text: summary.text,
            tokens: summary.tokens,
            messages: messages.count,
            sourceTokens: messages.reduce(0) { $0 + meter.count($1.text) },
            method: summary.method.rawValue,
            model: summary.model,
            contentHash: try ContextManifest.hash(of: messages)
        )
    }
}
