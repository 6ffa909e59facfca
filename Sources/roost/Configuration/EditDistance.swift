/// How many letters have to be changed, for suggestions after a slip of the finger.
enum EditDistance {
    /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment), in O(n · m).
    static func between(_ left: some Sequence<Character>, _ right: some Sequence<Character>) -> Int {
        let (left, right) = (Array(left), Array(right))
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for i in left.indices {
            var row = [i + 1]
            for j in right.indices {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    cost = min(cost, beforeLast[j - 1] + 1)
                }
                row.append(cost)
            }
            (beforeLast, last) = (last, row)
        }
        return last[right.count]
    }

    /// The first of the candidates that are nearest; `nil` when more than a third of the letters would change.
    static func nearest(to text: String, in candidates: [String]) -> String? {
        let scored = candidates.map { (name: $0, distance: between(text.lowercased(), $0.lowercased())) }
        guard let best = scored.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(1, max(text.count, best.name.count) / 3) ? best.name : nil
    }
}
