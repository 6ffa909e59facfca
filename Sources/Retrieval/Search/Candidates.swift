import KeywordSearch
import VectorSearch

/// What both halves of the search say of the passages that either of them offers, by ascending slot.
struct Candidates {
    struct Row {
        let slot: Int
        var evidence: Evidence
    }

    private(set) var rows: [Row]

    /// - Parameter scores: what the words say of each hit of `vectors`; empty when there are no words to ask.
    init(_ vectors: RankedHalf, _ words: RankedHalf, scores: [Float]) {
        rows = []
        rows.reserveCapacity(vectors.hits.count + words.hits.count)
        var words = words.hits[...]
        for (place, hit) in vectors.hits.enumerated() {
            while let word = words.first, word.slot < hit.slot { append(words: words.removeFirst()) }
            var evidence = Evidence()
            evidence.vectorRank = hit.rank
            evidence.vectorScore = Double(hit.score)
            if !scores.isEmpty { evidence.keywordScore = Double(scores[place]) }
            if let word = words.first, word.slot == hit.slot { evidence.keywordRank = words.removeFirst().rank }
            rows.append(Row(slot: hit.slot, evidence: evidence))
        }
        for word in words { append(words: word) }
    }

    private mutating func append(words hit: RankedHalf.Hit) {
        var evidence = Evidence()
        evidence.keywordRank = hit.rank
        evidence.keywordScore = Double(hit.score)
        rows.append(Row(slot: hit.slot, evidence: evidence))
    }

    subscript(slot: Int) -> Evidence? { place(of: slot).map { rows[$0].evidence } }

    private func place(of slot: Int) -> Int? {
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].slot < slot { low = middle + 1 } else { high = middle }
        }
        return low < rows.count && rows[low].slot == slot ? low : nil
    }

    /// Gives each passage that the words alone offer its score of the vectors.
    ///
    /// - Parameters:
    ///   - known: candidates for the same vector, which need not be measured again.
    ///   - measure: the scores of the slots of a set, of those that have a vector.
    mutating func complete(from known: Candidates? = nil, measure: (Bitset) -> [VectorHit]) {
        var missing = Bitset()
        for index in rows.indices where rows[index].evidence.vectorScore == nil {
            rows[index].evidence.vectorScore = known?[rows[index].slot]?.vectorScore
            if rows[index].evidence.vectorScore == nil { missing.insert(rows[index].slot) }
        }
        guard !missing.isEmpty else { return }
        for hit in measure(missing) {
            if let place = place(of: hit.slot) { rows[place].evidence.vectorScore = Double(hit.score) }
        }
    }
}

/// What one half of the search offers, by ascending slot.
struct RankedHalf {
    struct Hit {
        let slot: Int

        /// Counted from 1.
        let rank: Int
        let score: Float
    }

    let hits: [Hit]

    /// - Parameter vectors: best first.
    init(_ vectors: [VectorHit]) {
        self.init(vectors.enumerated().map { Hit(slot: $1.slot, rank: $0 + 1, score: $1.score) })
    }

    /// - Parameter words: best first.
    init(_ words: [KeywordMatch]) {
        self.init(words.enumerated().map { Hit(slot: Int($1.slot), rank: $0 + 1, score: $1.score) })
    }

    private init(_ ranking: [Hit]) {
        hits = ranking.sorted { $0.slot < $1.slot }
    }

    /// The background of the half's best scores.
    ///
    /// - Parameter zeros: passages that it scores 0.
    func background(zeros: Int = 0) -> ScoreBackground {
        ScoreBackground(hits.map { Double($0.score) } + repeatElement(0, count: max(0, zeros)))
    }

    var slots: [UInt32] { hits.map { UInt32($0.slot) } }
}
