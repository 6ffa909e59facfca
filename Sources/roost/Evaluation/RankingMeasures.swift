import Glibc

/// Measures of a ranking at depth 10 as trec_eval defines them.
///
/// - nDCG: gain is the judgement, discount log₂(rank + 1), over the same sum of the best possible ranking.
/// - recall: relevant documents found, over all that are relevant.
/// - reciprocal rank: 1 over the place of the first relevant one.
///
/// Judgements of 0 and below are not relevant; what nobody judged counts as 0.
struct RankingMeasures: Equatable {
    static let depth = 10

    let ndcg: Double
    let recall: Double
    let reciprocalRank: Double

    init(ranking: [String], judgements: [String: Int]) {
        let gains = ranking.prefix(Self.depth).map { max(0, judgements[$0] ?? 0) }
        let ideal = judgements.values.filter { $0 > 0 }.sorted(by: >)
        let best = Self.discounted(ideal.prefix(Self.depth))
        ndcg = best > 0 ? Self.discounted(gains[...]) / best : 0
        recall = ideal.isEmpty ? 0 : Double(gains.count { $0 > 0 }) / Double(ideal.count)
        reciprocalRank = gains.firstIndex { $0 > 0 }.map { 1 / Double($0 + 1) } ?? 0
    }

    private static func discounted(_ gains: ArraySlice<Int>) -> Double {
        gains.enumerated().reduce(0) { $0 + Double($1.element) / log2(Double($1.offset + 2)) }
    }
}

/// The value below which a share of the samples lies: nearest rank, as HdrHistogram counts.
struct Percentiles {
    private let sorted: [Double]

    init(_ samples: [Double]) { sorted = samples.sorted() }

    subscript(share: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(sorted.count - 1, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
    }
}
