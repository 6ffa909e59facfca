import CVectorKernels
import TestSupport
import Testing
import VectorSearch

@Suite struct SnapshotTests {
    @Test func `an index with graph, pending, removed and replaced rows comes back the same`() throws {
        let sample = try sample()
        let bytes = snapshot(sample.index)
        let copy = try load(bytes)
        let isSame = copy.count == sample.index.count && copy.linkedCount == sample.linkedCount
        #expect(isSame)
        let written = snapshot(copy)
        #expect(written == bytes)
        for query in sample.queries {
            let before = try sample.index.search(query, k: 10)
            let after = try copy.search(query, k: 10)
            #expect(before == after)
        }
    }

    @Test func `a loaded index goes on where the other stopped`() throws {
        let sample = try sample()
        var copy = try load(snapshot(sample.index))
        sample.link()
        while copy.linkNext() > 0 {}
        let same = snapshot(copy) == snapshot(sample.index)
        #expect(same)
    }

    @Test func `an empty index comes back empty`() throws {
        let copy = try load(snapshot(VectorIndex(dimension: 12)))
        let hits = try copy.search([Float](repeating: 1, count: 12), k: 3)
        #expect(hits.isEmpty)
    }

    @Test func `another number of neighbours leaves the graph out`() throws {
        let sample = try sample()
        var configuration = sample.index.configuration
        configuration.neighbours = 8
        let copy = try load(snapshot(sample.index), configuration)
        let linked = copy.linkedCount
        #expect(linked == 0)
        let exact = try sample.index.search(sample.queries[0], k: 10, width: .max)
        let hits = try copy.search(sample.queries[0], k: 10)
        #expect(hits == exact)
    }

    @Test func `another dimension and too many slots are refused`() throws {
        let bytes = snapshot(try sample().index)
        #expect(throws: VectorError.badSnapshot("its vectors have 12 numbers instead of 13")) {
            try bytes.withUnsafeBytes { _ = try VectorIndex(snapshot: $0, dimension: 13) }
        }
        var configuration = VectorSearchConfiguration()
        configuration.slotLimit = 10
        #expect(throws: VectorError.self) { _ = try load(bytes, configuration) }
    }

    @Test func `every truncation and every extension is refused`() throws {
        let bytes = snapshot(try sample().index)
        for length in Array(0...130) + stride(from: 131, to: bytes.count, by: 97) {
            #expect(isRefused(Array(bytes.prefix(length))), "\(length) bytes")
        }
        #expect(isRefused(bytes + [0]))
    }

    @Test func `every flipped bit is refused`() throws {
        let bytes = snapshot(try sample().index)
        var random = SeededGenerator(seed: 21)
        let positions = Array(0..<64) + (0..<1500).map { _ in Int.random(in: 64..<bytes.count, using: &random) }
        for position in positions {
            var damaged = bytes
            damaged[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            #expect(isRefused(damaged), "bit at \(position)")
        }
    }

    @Test func `bytes with correct checksums but random contents are refused or answer without harm`() throws {
        let sample = try sample()
        let bytes = snapshot(sample.index)
        var random = SeededGenerator(seed: 22)
        var accepted = 0
        for _ in 0..<1500 {
            var forged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let word = Int.random(in: 2..<bytes.count / 4 - 1, using: &random) * 4
                let values: [UInt32] = [0, 1, 255, 1 << 20, .max, .random(in: 0 ... .max, using: &random)]
                withUnsafeBytes(of: values.randomElement(using: &random) ?? 0) {
                    forged.replaceSubrange(word..<word + 4, with: $0)
                }
            }
            resign(&forged)
            guard let copy = try? load(forged) else { continue }
            accepted += 1
            for query in sample.queries.prefix(3) { _ = try copy.search(query, k: 10) }
        }
        #expect((1..<1500).contains(accepted))
    }

    /// Makes both checksums right again, as an attacker would, unless the header no longer describes the bytes.
    private func resign(_ bytes: inout [UInt8]) {
        guard let sections = sections(of: bytes) else { return }
        var sum: UInt64 = 0
        for section in sections where !section.isEmpty { sum = checksum(bytes[section], seed: sum) }
        withUnsafeBytes(of: sum) { bytes.replaceSubrange(40..<48, with: $0) }
        withUnsafeBytes(of: checksum(bytes[..<48], seed: 0)) { bytes.replaceSubrange(48..<56, with: $0) }
    }

    private func checksum(_ bytes: ArraySlice<UInt8>, seed: UInt64) -> UInt64 {
        bytes.withUnsafeBytes { bytes in bytes.baseAddress.map { vs_checksum($0, bytes.count, seed) } ?? seed }
    }

    /// The sections by the documented layout, or `nil` if they don't fill the bytes.
    private func sections(of bytes: [UInt8]) -> [Range<Int>]? {
        let words = (0..<16).map { word in (0..<4).reduce(0) { $0 | Int(bytes[4 * word + $1]) << (8 * $1) } }
        let (dimension, slots, graph, neighbours, upper) = (words[3], words[4], words[5], words[6], words[8])
        guard dimension < 9000, slots < 1 << 24, graph < 1 << 24, neighbours < 99, upper < 1 << 24 else { return nil }
        let sizes = [
            slots * ((dimension + 15) / 16 * 16) * 4, (slots + 63) / 64 * 8, (slots + 63) / 64 * 8,
            (graph + 63) / 64 * 8, graph * 2 * neighbours * 4, graph * 4, upper * 4,
        ]
        guard sizes.reduce(64, +) == bytes.count else { return nil }
        var start = 64
        return sizes.map { size in
            defer { start += size }
            return start..<start + size
        }
    }

    private func sample() throws -> GraphSample {
        let sample = try GraphSample(rows: 130, dimension: 12)
        sample.link()
        for slot in 0..<10 { sample.remove(slot) }
        for slot in 20..<30 { try sample.set(slot, sample.queries[slot - 20]) }
        for slot in 140..<150 { try sample.set(slot, sample.queries[slot - 130]) }
        return sample
    }

    private func load(_ bytes: [UInt8], _ configuration: VectorSearchConfiguration? = nil) throws -> VectorIndex {
        var used = configuration ?? VectorSearchConfiguration()
        if configuration == nil {
            used.exactBelow = 0
            used.rowsPerBeamStep = 0
            used.linkingWidth = 80
        }
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
        defer { copy.deallocate() }
        copy.copyBytes(from: bytes)
        return try VectorIndex(
            snapshot: UnsafeRawBufferPointer(rebasing: copy[..<bytes.count]),
            dimension: 12,
            configuration: used
        )
    }

    private func isRefused(_ bytes: [UInt8]) -> Bool {
        do {
            _ = try load(bytes)
            return false
        } catch VectorError.badSnapshot {
            return true
        } catch {
            return false
        }
    }
}

private func snapshot(_ index: borrowing VectorIndex) -> [UInt8] {
    var bytes: [UInt8] = []
    index.writeSnapshot { bytes += $0 }
    return bytes
}
