import Runtime
import Synchronization

/// Embeddings on disk, by model and text, so that what was embedded once is not embedded again.
///
/// The key is the SHA-256 of both, not a fast hash: who can choose texts that collide could plant a vector for
/// another's text. The text itself is not stored. One process writes; another one that opens the same folder reads
/// only (``isWritable``). Disk access happens on a thread of its own. A cache that fails is no error: it misses.
package final class EmbeddingCache: Sendable {
    private let model: String
    private let thread = BlockingExecutor(name: "embedding-cache")
    private let file: EmbeddingCacheFile
    private let hits = Atomic<Int>(0)
    private let misses = Atomic<Int>(0)

    package var statistics: EmbeddingCacheStatistics {
        EmbeddingCacheStatistics(hits: hits.load(ordering: .relaxed), misses: misses.load(ordering: .relaxed))
    }

    /// Whether this process keeps what it embeds: no other one had the folder when it was opened.
    package var isWritable: Bool { file.isWritable }

    /// Opens the cache for vectors of one model, and makes folder and file when they aren't there.
    package init(
        folder: String,
        model: String,
        dimensions: Int,
        limits: EmbeddingCacheLimits = EmbeddingCacheLimits()
    ) throws(EmbeddingCacheError) {
        self.model = model
        file = try EmbeddingCacheFile(folder: folder, dimensions: dimensions, limits: limits)
    }

    /// The texts' embeddings in their order, from the cache or else from `embed`, which gets each missing text once.
    package func embeddings(
        of texts: [String],
        orElse embed: ([String]) async throws -> [Embedding]
    ) async throws -> [Embedding] {
        let keys = texts.map(key)
        var known = await thread.run { [file] in
            keys.reduce(into: [[UInt8]: Embedding]()) { $0[$1] = $0[$1] ?? file.find($1) }
        }
        var missing: [[UInt8]: String] = [:]
        for (key, text) in zip(keys, texts) where known[key] == nil { missing[key] = text }
        let hitCount = keys.count { known[$0] != nil }
        hits.wrappingAdd(hitCount, ordering: .relaxed)
        misses.wrappingAdd(keys.count - hitCount, ordering: .relaxed)
        if !missing.isEmpty {
            let new = zip(missing.keys, try await embed(Array(missing.values))).map { ($0, $1) }
            await thread.run { [file] in for (key, embedding) in new { file.keep(embedding, as: key) } }
            known.merge(new) { $1 }
        }
        return try keys.map { key throws(EmbeddingCacheError) in
            guard let embedding = known[key] else { throw .wrongCount }
            return embedding
        }
    }

    /// Forgets the texts, so that erasing somebody's words reaches their vectors too.
    package func remove(_ texts: [String]) async {
        let keys = texts.map(key)
        await thread.run { [file] in for key in keys { file.remove(key) } }
    }

    private func key(of text: String) -> [UInt8] { SHA256.hash("\(model)\u{0}\(text)".utf8) }
}

package struct EmbeddingCacheStatistics: Sendable, Equatable {
    package var hits: Int
    package var misses: Int

    package init(hits: Int, misses: Int) {
        self.hits = hits
        self.misses = misses
    }
}

package struct EmbeddingCacheLimits: Sendable {
    /// Embeddings that are kept.
    ///
    /// With 384 dimensions one takes 1.6 kB of disk; the file grows as it fills.
    package var entries = 100_000

    /// How old the note of an embedding's last use may be before a new use is written down.
    package var useGranularity = Duration.seconds(60)

    package init() {}
}

package enum EmbeddingCacheError: Error, Equatable, CustomStringConvertible {
    case unusable(path: String, errno: Int32)

    /// The embedder returned another number of embeddings than it was given texts.
    case wrongCount

    package var description: String {
        switch self {
        case .unusable(let path, let errno): "the embedding cache at \(path) cannot be opened (errno \(errno))"
        case .wrongCount: "the embedder did not return one embedding per text"
        }
    }
}
