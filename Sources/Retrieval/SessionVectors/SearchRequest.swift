import ContextCore
import VectorSearch

/// A search that was found to be possible.
struct SearchRequest: Sendable {
    /// How far a row may miss the threshold and still have reached it, so that an identical vector reaches 1.0.
    ///
    /// Vectors are stored as floats of unit length, and a similarity may be off by the rounding of two of them.
    private static let slack: Float = 0x1p-22

    let query: UnitVector
    let count: Int
    let threshold: Float?
    let filter: MetadataFilter?

    var minimumScore: Float { threshold.map { $0 - Self.slack } ?? -.infinity }

    /// Nothing is reported below the threshold that was asked for.
    func reported(_ score: Float) -> Float { max(score, threshold ?? -1) }

    init(
        _ vector: [Float],
        count: Int,
        threshold: Float?,
        filter: MetadataFilter?,
        dimensions: Int,
        limits: SessionVectorLimits
    ) throws(ContextError) {
        guard limits.neighbours.contains(count) else {
            let range = limits.neighbours
            throw .invalid("k", "Invalid k: \(count) (must be \(range.lowerBound) to \(range.upperBound))")
        }
        if let threshold, !(0...1).contains(threshold) {
            throw .invalid("threshold", "Invalid threshold: \(threshold) (must be 0.0 to 1.0)")
        }
        guard vector.count == dimensions else { throw Self.fault(.dimensions(expected: dimensions, got: vector.count)) }
        do throws(VectorError) {
            query = try UnitVector(vector)
        } catch {
            throw Self.fault(error == .zero ? .zero : .notFinite)
        }
        self.count = count
        self.threshold = threshold
        self.filter = filter
    }

    private static func fault(_ fault: VectorFault) -> ContextError {
        .invalid("queryVector", "Query vector: \(fault.reason)")
    }
}
