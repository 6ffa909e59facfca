/// How texts are laid out as sequences for the model, and how the sequences' vectors become the texts' again.
///
/// A text that fits is one sequence. A longer one is cut into as few windows as hold it, of about equal length so
/// that each deserves the same weight in their mean, and at the start of a word where one is near.
struct WindowPlan {
    /// With the special tokens around each.
    private(set) var sequences: [[Int32]] = []

    private var texts: [(tokens: Int, windows: Range<Int>)] = []
    private let vocabulary: Vocabulary
    private let limit: Int

    /// How far a cut moves back to find the start of a word.
    private static let reach = 16

    /// `window` is the length of the longest sequence, with its two special tokens.
    init(vocabulary: Vocabulary, window: Int) {
        self.vocabulary = vocabulary
        limit = window - 2
    }

    /// Whether the text had any word piece; without, nothing is added.
    mutating func add(_ ids: [Int32]) -> Bool {
        guard !ids.isEmpty else { return false }
        let first = sequences.count
        for range in Self.windows(of: ids, limit: limit, continuesWord: vocabulary.continuesWord) {
            sequences.append([vocabulary.classification] + ids[range] + [vocabulary.separator])
        }
        texts.append((ids.count, first..<sequences.count))
        return true
    }

    /// The embeddings of the texts from the vectors of the sequences, one after the other.
    func embeddings(from vectors: [Float], dimensions: Int) -> [Embedding] {
        texts.map { tokens, windows in
            let bounds = windows.lowerBound * dimensions..<windows.upperBound * dimensions
            let vector =
                windows.count == 1
                ? Array(vectors[bounds]) : Embedding.mean(of: vectors[bounds], dimensions: dimensions)
            return Embedding(vector: vector, tokenCount: tokens, windows: windows.count)
        }
    }

    static func windows(of ids: [Int32], limit: Int, continuesWord: (Int32) -> Bool) -> [Range<Int>] {
        var windows: [Range<Int>] = []
        var start = 0
        for left in stride(from: (ids.count + limit - 1) / limit, to: 0, by: -1) {
            let ideal = start + (ids.count - start + left - 1) / left
            // The later windows must still hold the rest.
            let earliest = max(start + 1, ids.count - (left - 1) * limit, ideal - reach)
            let end = ideal == ids.count ? nil : (earliest...ideal).last { !continuesWord(ids[$0]) }
            windows.append(start..<(end ?? ideal))
            start = end ?? ideal
        }
        return windows
    }
}
