import FoundationEssentials
import Runtime
import TestSupport
import Testing

@testable import Embeddings

@Suite struct EmbeddingCacheTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func `what was embedded once is not embedded again, also after reopening`() async throws {
        try await withCache { cache in
            let embeddings = try await cache.embeddings(of: ["a", "b", "a"], orElse: embed)
            #expect(embeddings == embed(["a", "b", "a"]))
            #expect(cache.statistics == EmbeddingCacheStatistics(hits: 0, misses: 3))
        }
        try await withCache { cache in
            let embeddings = try await cache.embeddings(of: ["b", "c", "a"]) { missing in
                #expect(missing == ["c"])
                return embed(missing)
            }
            #expect(embeddings == embed(["b", "c", "a"]))
            #expect(cache.statistics == EmbeddingCacheStatistics(hits: 2, misses: 1))
        }
    }

    @Test func `the same text of another model is another entry`() async throws {
        try await withCache { _ = try await $0.embeddings(of: ["a"], orElse: embed) }
        try await withCache(model: "other") { cache in
            _ = try await cache.embeddings(of: ["a"], orElse: embed)
            #expect(cache.statistics.hits == 0)
        }
    }

    @Test func `a removed text is gone from the file`() async throws {
        try await withCache { cache in
            _ = try await cache.embeddings(of: ["secret"], orElse: embed)
            await cache.remove(["secret", "never there"])
            await #expect(throws: EmbeddingCacheError.wrongCount) {
                try await cache.embeddings(of: ["secret"]) { _ in [] }
            }
        }
        let file = try Data(contentsOf: URL(filePath: path))
        #expect(file.dropFirst(EmbeddingCacheHeader.byteCount).allSatisfy { $0 == 0 })
    }

    @Test func `a full bucket gives up what was used least recently`() throws {
        var limits = EmbeddingCacheLimits()
        limits.entries = 16
        limits.useGranularity = .zero
        let file = try EmbeddingCacheFile(folder: folder.path, dimensions: 4, limits: limits)
        let keys = (0..<17).map { SHA256.hash("text \($0)".utf8) }
        for key in keys[..<16] { file.keep(embed(["x"])[0], as: key) }
        #expect(file.find(keys[0]) != nil)
        file.keep(embed(["x"])[0], as: keys[16])
        #expect(keys.filter { file.find($0) == nil } == [keys[1]])
        let size = try Data(contentsOf: URL(filePath: path)).count
        #expect(size == EmbeddingCacheHeader(dimensions: 4, entries: 16).fileBytes)
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `whatever bytes are damaged, what is found is what was kept`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let texts = (0..<40).map { "text \($0)" }
        var limits = EmbeddingCacheLimits()
        limits.entries = 64
        try opened {
            let file = try EmbeddingCacheFile(folder: folder.path, dimensions: 4, limits: limits)
            for text in texts { file.keep(embed([text])[0], as: SHA256.hash(text.utf8)) }
        }
        var bytes = try Data(contentsOf: URL(filePath: path))
        for _ in 0..<200 {
            let position = Int.random(in: EmbeddingCacheHeader.byteCount..<bytes.count, using: &generator)
            bytes[position] = UInt8.random(in: 0...255, using: &generator)
        }
        try bytes.write(to: URL(filePath: path))
        let file = try EmbeddingCacheFile(folder: folder.path, dimensions: 4, limits: limits)
        for text in texts {
            let found = file.find(SHA256.hash(text.utf8))
            #expect(found == nil || found == embed([text])[0])
        }
    }

    @Test func `a file that was cut off anywhere, or is of another layout, still makes a cache`() throws {
        for length in [0, 5, 24, 4096, 5000] {
            try opened {
                let file = try EmbeddingCacheFile(folder: folder.path, dimensions: 4, limits: EmbeddingCacheLimits())
                file.keep(embed(["a"])[0], as: SHA256.hash("a".utf8))
            }
            let bytes = try Data(contentsOf: URL(filePath: path))
            try bytes.prefix(length).write(to: URL(filePath: path))
            let file = try EmbeddingCacheFile(folder: folder.path, dimensions: 4, limits: EmbeddingCacheLimits())
            file.keep(embed(["b"])[0], as: SHA256.hash("b".utf8))
            #expect(file.find(SHA256.hash("b".utf8)) == embed(["b"])[0], "cut at \(length)")
        }
    }

    @Test func `a second cache on the folder reads and does not write`() async throws {
        let first = try EmbeddingCache(folder: folder.path, model: "m", dimensions: 4)
        _ = try await first.embeddings(of: ["a"], orElse: embed)
        let second = try EmbeddingCache(folder: folder.path, model: "m", dimensions: 4)
        #expect(first.isWritable && !second.isWritable)
        _ = try await second.embeddings(of: ["a", "b"], orElse: embed)
        #expect(second.statistics == EmbeddingCacheStatistics(hits: 1, misses: 1))
        _ = try await first.embeddings(of: ["b"], orElse: embed)
        #expect(first.statistics.hits == 0)
    }

    @Test func `a folder that can't be made is an error`() {
        #expect(throws: EmbeddingCacheError.self) {
            try EmbeddingCache(folder: "/proc/nowhere", model: "m", dimensions: 4)
        }
    }

    private var path: String { "\(folder.path)/embeddings-4.cache" }

    /// Something that depends on the text.
    private func embed(_ texts: [String]) -> [Embedding] {
        texts.map { text in
            let sum = Float(text.utf8.reduce(0) { $0 &* 31 &+ Int($1) } % 1009)
            return Embedding(vector: [sum, 1, -sum, 0.5], tokenCount: text.utf8.count, windows: 1)
        }
    }

    /// Opens a cache for the length of `body`.
    private func withCache(model: String = "m", _ body: (EmbeddingCache) async throws -> Void) async throws {
        try await body(EmbeddingCache(folder: folder.path, model: model, dimensions: 4))
    }

    /// Closes all that `body` opens.
    private func opened(_ body: () throws -> Void) rethrows { try body() }
}
