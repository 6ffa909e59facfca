import KeywordSearch

/// Makes one ranking of the two halves' rankings.
///
/// # How
///
/// Scores of the two halves don't compare: a cosine of 0.6 says little, a BM25 of 6 says nothing without the query. What
/// compares is how far a passage stands out among the best of its half *for this query*, so each half is standardised by
/// mean and deviation of its own best ``depth`` scores:
///
///     z = (score − mean) / deviation            F = (1 − trust) · z(words) + trust · z(vectors)
///
/// A passage that only one half offered gets its true score of the other half, so nobody is ranked by an absence. A half
/// that offers fewer than ``depth`` is measured by what else it says of the union: one passage with the query's word
/// among others without it stands out from their zeros, and not infinitely far.
///
/// Then the words learn from the first ranking (``InvertedIndex/expanded(_:by:terms:weight:)``): the five best passages,
/// weighted by a softmax of F, lend their most telling terms, and the fusion is made once more. That finds the
/// passages that say the same in other words, in a language that the vectors may not know.
///
/// # Trust
///
/// How much the vectors deserve differs more between collections than between queries: abstracts in English favour
/// them a little, turns of a dialogue or another language may make them useless. ``TrustProbe`` measures it per
/// collection without any judgements; until then it is one half.
///
/// # What it gets wrong
///
/// A query whose right answer is found by one half alone, in a collection that trusts the other, loses to reciprocal
/// ranks; feedback from five wrong passages drifts. Both are rarer than what the method gains; see the figures of
/// `roost eval` in the README. Constants are middle values of wide plateaus, not maxima.
package struct Fusion: Sendable {
    /// Best scores of each half that make its background, and offers to the union.
    package var depth = 200

    /// Passages that the query learns from, terms that it takes from them, and their share of the query.
    package var feedbackPassages = 5
    package var feedbackTerms = 20
    package var feedbackShare: Float = 0.3

    package init() {}
}

/// Where the scores of one half lie for one query.
struct ScoreBackground {
    private let mean: Double
    private let deviation: Double

    /// Scores that differ by less than this share of the largest are equal but for the rounding.
    private static let resolution = 0.01

    /// - Parameter scores: of the best passages. Without any, every score stands for nothing.
    init(_ scores: some Collection<Double>) {
        let count = Double(max(1, scores.count))
        let mean = scores.reduce(0, +) / count
        let spread = (scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
        let largest = scores.reduce(0) { max($0, abs($1)) }
        self.mean = mean
        deviation = largest > 0 ? max(spread, Self.resolution * largest) : 1
    }

    /// - Parameter score: `nil` where the half knows nothing of the passage, which counts neither for it nor against it.
    func standardized(_ score: Double?) -> Double { score.map { ($0 - mean) / deviation } ?? 0 }
}
