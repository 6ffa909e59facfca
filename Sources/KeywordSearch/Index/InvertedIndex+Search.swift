package struct KeywordMatch: Sendable, Equatable {
    package let slot: UInt32
    package let score: Float
}

/// Exact top-k, term at a time within windows of slots.
///
/// For each window of 4,096 slots every term adds its contributions to an array of scores that stays in the first-level
/// cache, and what exceeds the k-th best so far goes to a heap. The cost is one multiply-add and one division per posting,
/// one comparison per slot of a window that any term touches, and nothing for other windows nor for those of which the
/// filter allows no slot: no work grows with the size of the table, nothing is shared between searches. Scores that the
/// caller wants of passages that others found are read off the same windows, for nothing. Skipping by upper bounds (WAND, MaxScore) would win only for lists much longer than an embedded index has, and would cost the simplicity.
extension InvertedIndex {
    private static let windowBits: UInt32 = 12
    private static let windowSize = 1 << Int(windowBits)

    /// The best `limit` passages that hold a term of the query, by descending score, equal ones by ascending slot.
    ///
    /// Bit `slot % 64` of word `slot / 64` of `allowed` says whether a slot may be found; slots past its end may not.
    package func search(
        _ query: KeywordQuery,
        limit: Int,
        allowed: [UInt64]? = nil,
        among population: Population? = nil
    ) -> [KeywordMatch] {
        search(query, limit: limit, allowed: allowed, among: population, scoring: []).best
    }

    /// The same, and from the same pass over the postings the scores of `slots`, be they among the best or not.
    ///
    /// - Parameter slots: ascending, all of them allowed.
    /// - Returns: also a score for each of `slots`, 0 where it holds no term of the query.
    package func search(
        _ query: KeywordQuery,
        limit: Int,
        allowed: [UInt64]?,
        among population: Population? = nil,
        scoring slots: [UInt32]
    ) -> (best: [KeywordMatch], scores: [Float]) {
        let population = population ?? everyone
        let norm = lengthNorm(population)
        var cursors = query.terms.compactMap { cursor(for: $0, among: population) }
        var scored = ScoredSlots(slots)
        guard limit > 0, !cursors.isEmpty else { return ([], scored.scores) }
        var best = TopMatches(limit: min(limit, documentCount), allowed: allowed)
        let groupCount = Self.windowSize / TopMatches.lanes
        withUnsafeTemporaryAllocation(of: TopMatches.Group.self, capacity: groupCount) { groups in
            groups.initialize(repeating: .zero)
            while let window = cursors.lazy.compactMap(\.window).min() {
                let start = window << Self.windowBits
                guard best.mayTake(from: start, count: Self.windowSize) else {
                    for index in cursors.indices { cursors[index].skip(window) }
                    continue
                }
                groups.withMemoryRebound(to: Float.self) { scores in
                    for index in cursors.indices { accumulate(&cursors[index], norm, window: window, into: scores) }
                    scored.read(scores, from: start)
                }
                best.take(groups, from: start)
            }
        }
        return (best.sorted(), scored.scores)
    }

    /// The scores of certain slots, read window after window.
    private struct ScoredSlots {
        let slots: [UInt32]
        var scores: [Float]
        private var position = 0

        init(_ slots: [UInt32]) {
            self.slots = slots
            scores = Array(repeating: 0, count: slots.count)
        }

        mutating func read(_ window: UnsafeMutableBufferPointer<Float>, from start: UInt32) {
            while position < slots.count, slots[position] < start { position += 1 }
            while position < slots.count, case let place = Int(slots[position] - start), place < window.count {
                scores[position] = window[place]
                position += 1
            }
        }
    }

    /// One term's list and how far the search has read it.
    private struct Cursor {
        let list: PostingList
        let weight: Float
        var position = 0

        var window: UInt32? {
            position < list.count ? list.postings[position].slot >> windowBits : nil
        }

        mutating func skip(_ window: UInt32) {
            position = list.index(of: (window + 1) << windowBits, from: position)
        }
    }

    private func cursor(for term: KeywordQuery.Term, among population: Population) -> Cursor? {
        guard let number = terms.find(term.text), lists[number].count > 0 else { return nil }
        return Cursor(list: lists[number], weight: term.weight * idf(of: number, among: population))
    }

    private func accumulate(
        _ cursor: inout Cursor,
        _ norm: (base: Float, perWord: Float),
        window: UInt32,
        into scores: UnsafeMutableBufferPointer<Float>
    ) {
        let last = Posting(slot: (window << Self.windowBits) | UInt32(Self.windowSize - 1), frequency: 255).word
        let mask = UInt32(Self.windowSize - 1)
        cursor.position = lengths.withUnsafeBufferPointer { lengths in
            cursor.list.postings.withUnsafeBufferPointer { postings in
                var position = cursor.position
                while position < postings.count, postings[position].word <= last {
                    let posting = postings[position]
                    let frequency = Float(posting.frequency)
                    let saturation = frequency / (frequency + norm.base + norm.perWord * lengths[Int(posting.slot)])
                    scores[Int(posting.slot & mask)] += cursor.weight * saturation
                    position += 1
                }
                return position
            }
        }
    }
}

/// What every score of this index depends on.
extension InvertedIndex {
    package var averageLength: Float {
        documentCount == 0 ? 0 : Float(Double(totalLength) / Double(documentCount))
    }

    /// k1 · (1 − b + b · (length + prior) / (average + prior)) as a constant and a factor for the length.
    func lengthNorm(_ population: Population) -> (base: Float, perWord: Float) {
        let average = population.averageLength + ranking.lengthPrior
        let perWord = average > 0 ? ranking.k1 * ranking.b / average : 0
        return (ranking.k1 * (1 - ranking.b) + perWord * ranking.lengthPrior, perWord)
    }

    /// In how many passages a term (as the analyzer makes it) occurs.
    package func documentFrequency(of term: String) -> Int { documentFrequency(of: term, among: everyone) }

    /// Distinct terms that some passage holds, and all postings: for metrics.
    package var statistics: (terms: Int, postings: Int) {
        lists.reduce(into: (0, 0)) { $0 = ($0.0 + ($1.count > 0 ? 1 : 0), $0.1 + $1.count) }
    }
}
