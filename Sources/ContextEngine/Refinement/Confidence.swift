/// What a remote model's confidence means for the next step.
package enum ConfidenceLevel: String, Codable, Sendable {
    case high, medium, low

    package struct Thresholds: Codable, Sendable {
        /// From here on the answer is acceptable.
        package var high = 0.80

        /// Below this refining is strongly recommended.
        package var medium = 0.60

        package init() {}
    }

    package init(_ confidence: Double, thresholds: Thresholds = Thresholds()) {
        self =
            confidence >= thresholds.high ? .high : confidence >= thresholds.medium ? .medium : .low
    }
}

/// Estimates how far new context would raise a confidence.
///
/// The raw estimate is a share of the distance to certainty: `(1 − confidence) · gain`, where `gain` (0 … 1) says how much
/// of the gaps unsent passages answer. How much of it comes true is learned: over the recorded refinements the factor is
/// the least-squares slope through the origin, Σ estimate·change / Σ estimate², kept within [0, 2]. Until ``minimum``
/// refinements are known the factor is ``prior``.
package struct ConfidenceCalibration: Sendable {
    package struct Refinement: Sendable {
        package let estimate: Double
        package let change: Double

        package init(estimate: Double, change: Double) {
            self.estimate = estimate
            self.change = change
        }
    }

    /// A slope from fewer points says more about chance than about the collection.
    package static let minimum = 30

    /// Half of the distance: models gain less from context than the context's relevance promises.
    package static let prior = 0.5

    package let factor: Double

    package init(_ refinements: [Refinement]) {
        let squares = refinements.reduce(0) { $0 + $1.estimate * $1.estimate }
        guard refinements.count >= Self.minimum, squares > 0 else {
            factor = Self.prior
            return
        }
        let products = refinements.reduce(0) { $0 + $1.estimate * $1.change }
        factor = min(max(products / squares, 0), 2)
    }

    /// - Returns: within [0, 1 − confidence]; 0 where `gain` is.
    package func estimate(confidence: Double, gain: Double) -> Double {
        let distance = max(0, 1 - confidence)
        return min(max(distance * min(max(gain, 0), 1) * factor, 0), distance)
    }

    /// The estimate before calibration: what is recorded beside the change that followed.
    package static func raw(confidence: Double, gain: Double) -> Double {
        max(0, 1 - confidence) * min(max(gain, 0), 1)
    }
}
