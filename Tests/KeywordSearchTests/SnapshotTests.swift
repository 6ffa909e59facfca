import TestSupport
import Testing

@testable import KeywordSearch

@Suite struct SnapshotTests {
    let analyzer = TextAnalyzer()

    private func sample() throws -> InvertedIndex {
        var index = InvertedIndex()
        for (slot, text) in [
            (0, "the cat sat on the mat"), (3, "max_connections 中文 cat cat"), (5000, "a dog"), (7, ""),
        ] {
            try index.set(UInt32(slot), analyzer.analyze(text))
        }
        index.remove(5000)
        return index
    }

    @Test func `what was saved is loaded, and can be changed further`() throws {
        let index = try sample()
        var loaded = try InvertedIndex(snapshot: index.snapshot(), ranking: index.ranking)
        let query = analyzer.query("cat dog 中文 max_connections mat")
        #expect(loaded.search(query, limit: 10) == index.search(query, limit: 10))
        #expect(loaded.documentCount == 3)
        #expect(loaded.averageLength == index.averageLength)
        #expect(loaded.statistics == index.statistics)
        #expect(loaded.snapshot() == index.snapshot())
        loaded.remove(3)
        #expect(loaded.documentFrequency(of: "cat") == 1)
        #expect(loaded.search(analyzer.query("max_connections"), limit: 10).isEmpty)
    }

    @Test func `an empty index is a snapshot too`() throws {
        #expect(try InvertedIndex(snapshot: InvertedIndex().snapshot()).documentCount == 0)
    }

    @Test func `every truncation is an error`() throws {
        let bytes = try sample().snapshot()
        for count in 0..<bytes.count {
            #expect(throws: SnapshotError.self) { try InvertedIndex(snapshot: Array(bytes[..<count])) }
        }
    }

    @Test func `every flipped bit is an error that says what is wrong`() throws {
        let bytes = try sample().snapshot()
        for bit in 0..<bytes.count * 8 {
            var altered = bytes
            altered[bit / 8] ^= 1 << UInt8(bit % 8)
            let error = #expect(throws: SnapshotError.self) { try InvertedIndex(snapshot: altered) }
            switch bit / 8 {
            case 0..<8: #expect(error == .notASnapshot)
            case 8..<12: #expect(error == .unsupportedVersion(1 ^ 1 << UInt32(bit - 64)))
            case 12..<16: #expect(error == .otherAnalyzer(TextAnalyzer.version ^ 1 << UInt32(bit - 96)))
            default: #expect(error == .checksumMismatch)
            }
        }
    }

    /// Bytes behind a right checksum, as a forger would write them, load or throw but never make a search crash.
    @Test(arguments: 0..<300)
    func `altered content with a right checksum is refused or harmless`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var bytes = try sample().snapshot()
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            bytes[Int.random(in: 24..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        let checksum = bytes.withUnsafeBytes { InvertedIndex.checksum($0) }
        withUnsafeBytes(of: checksum.littleEndian) { bytes.replaceSubrange(16..<24, with: $0) }
        do throws(SnapshotError) {
            var index = try InvertedIndex(snapshot: bytes)
            let found = index.search(analyzer.query("cat mat 中文"), limit: 10)
            #expect(found.allSatisfy { index.contains($0.slot) })
            for slot in 0..<UInt32(6000) { index.remove(slot) }
            #expect(index.statistics.postings == 0)
        } catch {
            guard case .malformed = error else {
                Issue.record("\(error) for seed \(seed)")
                return
            }
        }
    }
}
