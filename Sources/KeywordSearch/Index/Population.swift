/// The passages over which BM25's statistics are taken: document frequency, count, average length.
///
/// A score says how rare the query's words are. Whoever may see some passages only must not learn from it which words the
/// others hold, so for him the statistics are those of a collection that has nothing else. All passages together cost
/// nothing; a part costs a look at each posting of the terms that are asked about, or at each member if these are fewer.
///
/// Belongs to the state of the index that it came from.
package struct Population: Sendable {
    /// Bit `slot % 64` of word `slot / 64`; `nil` for every passage.
    fileprivate let members: [UInt64]?
    package let documentCount: Int
    let averageLength: Float
}

extension InvertedIndex {
    /// Every passage.
    package var everyone: Population {
        Population(members: nil, documentCount: documentCount, averageLength: averageLength)
    }

    /// Only the passages of `members`, a set like ``search(_:limit:allowed:among:)``'s.
    ///
    /// O(members).
    package func population(of members: [UInt64]) -> Population {
        var count = 0
        var length = 0.0
        Self.forEach(in: members) { slot in
            guard contains(slot) else { return }
            count += 1
            length += Double(lengths[Int(slot)])
        }
        let average = count == 0 ? 0 : Float(length / Double(count))
        return Population(members: members, documentCount: count, averageLength: average)
    }

    /// In how many passages of the population a term (as the analyzer makes it) occurs.
    package func documentFrequency(of term: String, among population: Population) -> Int {
        terms.find(term).map { documentFrequency(of: $0, among: population) } ?? 0
    }

    func documentFrequency(of term: Int, among population: Population) -> Int {
        let list = lists[term]
        guard let members = population.members else { return list.count }
        var count = 0
        // Finding a posting is a binary search.
        if population.documentCount < list.count / 16 {
            Self.forEach(in: members) { slot in count += list.posting(in: slot) == nil ? 0 : 1 }
        } else {
            for posting in list.postings {
                let word = Int(posting.slot >> 6)
                count += word < members.count ? Int(members[word] >> UInt64(posting.slot & 63) & 1) : 0
            }
        }
        return count
    }

    func idf(of term: Int, among population: Population) -> Float {
        let frequency = documentFrequency(of: term, among: population)
        return ranking.idf(documentFrequency: frequency, documentCount: population.documentCount)
    }

    private static func forEach(in members: [UInt64], _ body: (UInt32) -> Void) {
        for (index, word) in members.enumerated() {
            var rest = word
            while rest != 0 {
                body(UInt32(index << 6 + rest.trailingZeroBitCount))
                rest &= rest - 1
            }
        }
    }
}
