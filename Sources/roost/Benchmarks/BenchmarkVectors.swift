/// Rows to search and queries for them.
struct BenchmarkVectors {
    let dimensions: Int
    let rows: [[Float]]
    let queries: [[Float]]

    /// From the plan's file, else made up.
    ///
    /// The last rows are held back as queries, at most a tenth of them.
    init(_ plan: BenchmarkPlan) throws {
        dimensions = plan.dimensions
        let all =
            if let path = plan.vectors {
                try Self.read(path, plan.dimensions)
            } else {
                Self.clustered(rows: plan.rows + plan.queries, plan.dimensions)
            }
        let held = max(1, min(all.count / 10, plan.queries))
        rows = Array(all.dropLast(held))
        queries = all.suffix(held)
    }

    /// Directions around a few hundred centres, as texts gather around topics.
    private static func clustered(rows: Int, _ dimensions: Int) -> [[Float]] {
        var generator = SeededGenerator(seed: 1)
        func direction() -> [Float] {
            (0..<dimensions).map { _ in Float.random(in: -1...1, using: &generator) }
        }
        let topics = (0..<200).map { _ in direction() }
        return (0..<rows).map { _ in
            let topic = topics[Int.random(in: topics.indices, using: &generator)]
            return zip(topic, direction()).map { $0 + $1 }
        }
    }

    /// 32-bit floats, little endian, row after row.
    private static func read(_ path: String, _ dimensions: Int) throws -> [[Float]] {
        let bytes = try FileSystem.read(path)
        let size = dimensions * MemoryLayout<Float>.size
        guard bytes.count > size, bytes.count.isMultiple(of: size) else {
            throw CommandFailure("\(path): \(bytes.count) bytes are no rows of \(dimensions) 32-bit numbers.")
        }
        return bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: size).map { start in
                (0..<dimensions).map { bytes.loadUnaligned(fromByteOffset: start + 4 * $0, as: Float.self) }
            }
        }
    }
}
