import KeywordSearch
import VectorSearch

/// What is known of each slot that a half of the search has offered.
struct Candidates {
    private(set) var evidence: [Int: Evidence] = [:]

    /// Best first; the ranks are their places.
    mutating func offer(vectors hits: [VectorHit]) {
        for (place, hit) in hits.enumerated() {
            evidence[hit.slot, default: Evidence()].vectorRank = place + 1
            evidence[hit.slot]?.vectorScore = Double(hit.score)
        }
    }

    /// Best first; the ranks are their places.
    mutating func offer(words hits: [KeywordMatch]) {
        for (place, hit) in hits.enumerated() {
            evidence[Int(hit.slot), default: Evidence()].keywordRank = place + 1
            evidence[Int(hit.slot)]?.keywordScore = Double(hit.score)
        }
    }

    mutating func measure(_ slot: Int, vector score: Float) { evidence[slot]?.vectorScore = Double(score) }

    mutating func measure(_ slot: Int, words score: Float) { evidence[slot]?.keywordScore = Double(score) }

    /// Takes over what is known of `slots` from a later round, but keeps what the query's own words said.
    mutating func add(_ slots: Set<Int>, from other: Candidates) {
        for slot in slots where evidence[slot] == nil {
            var found = other.evidence[slot] ?? Evidence()
            found.keywordRank = nil
            found.keywordScore = nil
            evidence[slot] = found
        }
    }
}
