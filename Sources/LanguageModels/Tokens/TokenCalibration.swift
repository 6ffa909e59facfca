/// How many tokens a model's provider counts for each one that a tokenizer here does.
///
/// A smoothed mean of the ratio, and four smoothed deviations on top: what TCP does with round trips (RFC 6298), for the
/// same reason. It must rarely be too low, it learns from one measurement a turn, and the mixture of languages and code
/// drifts. One ratio above the factor lifts it above that ratio at once; it sinks only slowly, and not below the
/// tokenizer's own margin before ``minimum`` measurements.
package struct TokenCalibration: Hashable, Sendable {
    /// Before so many measurements the factor may only rise.
    package static let minimum = 8

    /// Whatever is measured, the factor stays within; a ratio beyond counts something else than the prompt.
    package static let bounds = 0.75...4.0

    /// Tokens below which a prompt tells more about the wrapping of messages than about texts.
    package static let shortest = 64

    /// Of the mean: no text is exactly like those before it.
    private static let leastDeviation = 0.005

    private let margin: Double
    private var mean = 1.0
    private var deviation = 0.0
    package private(set) var measurements = 0

    package init(margin: Double) {
        self.margin = margin
    }

    package var factor: Double {
        guard measurements > 0 else { return margin }
        let learned = mean + 4 * max(deviation, Self.leastDeviation * mean)
        let factor = measurements < Self.minimum ? max(learned, margin) : learned
        return min(max(factor, Self.bounds.lowerBound), Self.bounds.upperBound)
    }

    /// - Parameters:
    ///   - reported: tokens of the prompt as the provider counted them.
    ///   - counted: as the tokenizer did, without any factor.
    package mutating func learn(reported: Int, counted: Double) {
        guard counted >= Double(Self.shortest) else { return }
        let ratio = Double(reported) / counted
        guard Self.bounds.contains(ratio) else { return }
        if measurements == 0 {
            (mean, deviation) = (ratio, ratio / 40)
        } else {
            deviation += (abs(ratio - mean) - deviation) / 4
            mean += (ratio - mean) / 8
        }
        measurements += 1
    }
}
