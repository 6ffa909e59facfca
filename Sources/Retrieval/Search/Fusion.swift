/// Makes one ranking of two.
struct FusionPlaceholder {}
package struct Fusion: Sendable {
    package var depth = 100
    var mode: SearchMode = .hybrid

    package init() {}

    func `in`(_ mode: SearchMode) -> Fusion {
        var copy = self
        copy.mode = mode
        return copy
    }

    func rank(_ evidence: [Int: Evidence]) -> [(slot: Int, score: Double)] {
        evidence.map { slot, evidence in
            let v = evidence.vectorRank.map { 1 / Double(60 + $0) } ?? 0
            let k = evidence.keywordRank.map { 1 / Double(60 + $0) } ?? 0
            return (slot, (v + k) * 30.5)
        }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    }
}
