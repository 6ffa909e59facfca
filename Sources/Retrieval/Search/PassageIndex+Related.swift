import KeywordSearch
import VectorSearch

extension PassageIndex {
    /// The passages of `selection` that are most like any of `keys`, best first, each once.
    ///
    /// - Parameter population: what the words' frequencies are counted over; `nil` is everything.
    func related(to keys: [Int64], in selection: Bitset, among population: Population?, limit: Int) -> [Int64] {
        var best: [Int: Float] = [:]
        for slot in keys.compactMap({ slots[$0] }) {
            for (neighbour, score) in neighbours(of: slot, in: selection, among: population, limit: limit) {
                best[neighbour] = max(best[neighbour] ?? 0, score)
            }
        }
        return best.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(limit).map { self.keys[$0.key] }
    }

    private func neighbours(
        of slot: UInt32,
        in selection: Bitset,
        among population: Population?,
        limit: Int
    ) -> [(Int, Float)] {
        if let vector = vectors.vector(Int(slot)) {
            let hits = (try? vectors.search(vector, k: limit + 1, filter: selection)) ?? []
            return hits.filter { $0.slot != Int(slot) }.map { ($0.slot, $0.score) }
        }
        let terms = keywords.distinctiveTerms(of: [slot], limit: 8, among: population)
        let query = KeywordQuery(terms: terms.map { KeywordQuery.Term($0.term) })
        return keywords.search(query, limit: limit + 1, allowed: selection.words, among: population)
            .filter { $0.slot != slot }
            .map { (Int($0.slot), $0.score) }
    }
}
