import TestSupport
import VectorSearch

extension SeededGenerator {
    /// Roughly normal: the sum of four 16-bit numbers, less their mean.
    mutating func normal() -> Float {
        let bits = next()
        let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + bits >> 48
        return (Float(sum) - 131_070) / 32_768
    }

    mutating func vector(_ dimension: Int) -> [Float] {
        var vector = [Float](repeating: 0, count: dimension)
        for index in 0..<dimension { vector[index] = normal() }
        return vector
    }

    mutating func filter(_ slots: Int, share: Double) -> Bitset {
        Bitset((0..<slots).filter { _ in Double.random(in: 0..<1, using: &self) < share })
    }
}

/// Points around centres, as embeddings of texts on some topics lie.
func clusteredVectors(_ count: Int, dimension: Int, clusters: Int, seed: UInt64) -> [[Float]] {
    var random = SeededGenerator(seed: seed)
    let centres = (0..<clusters).map { _ in random.vector(dimension) }
    return (0..<count).map { _ in
        let centre = centres[Int.random(in: 0..<clusters, using: &random)]
        return zip(centre, random.vector(dimension)).map { $0 + 0.7 * $1 }
    }
}

/// What an index must answer: every cosine in double precision, sorted.
struct BruteForce {
    private var rows: [Int: [Double]] = [:]

    mutating func set(_ slot: Int, _ vector: [Float]) { rows[slot] = unit(vector) }

    mutating func remove(_ slot: Int) { rows[slot] = nil }

    var count: Int { rows.count }

    func scores(_ query: [Float], filter: Bitset? = nil) -> [(slot: Int, score: Double)] {
        let query = unit(query)
        return rows.filter { filter?.contains($0.key) ?? true }
            .map { (slot: $0.key, score: dot($0.value, query)) }
            .sorted { ($1.score, $0.slot) < ($0.score, $1.slot) }
    }

    private func dot(_ a: [Double], _ b: [Double]) -> Double {
        var sum = 0.0
        for index in a.indices { sum += a[index] * b[index] }
        return sum
    }

    private func unit(_ vector: [Float]) -> [Double] {
        let norm = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        return vector.map { Double($0) / norm }
    }
}

/// How far a score may be off: the unit vectors are stored as floats.
let tolerance = 3e-7

/// Whether `hits` is the exact answer: right length, right scores in order, and each slot with its own score.
func isExact(_ hits: [VectorHit], _ expected: [(slot: Int, score: Double)], k: Int) -> Bool {
    let own = Dictionary(uniqueKeysWithValues: expected.map { ($0.slot, $0.score) })
    return hits.count == min(k, expected.count) && Set(hits.map(\.slot)).count == hits.count
        && zip(hits, expected).allSatisfy { hit, expected in
            abs(Double(hit.score) - expected.score) < tolerance
                && abs(Double(hit.score) - (own[hit.slot] ?? 9)) < tolerance
        }
        && zip(hits, hits.dropFirst()).allSatisfy { ($1.score, $0.slot) < ($0.score, $1.slot) }
}

/// The share of the true best `k` among the hits.
func recall(_ hits: [VectorHit], _ expected: [(slot: Int, score: Double)], k: Int) -> Double {
    let best = Set(expected.prefix(k).map(\.slot))
    return best.isEmpty ? 1 : Double(best.intersection(hits.map(\.slot)).count) / Double(best.count)
}
