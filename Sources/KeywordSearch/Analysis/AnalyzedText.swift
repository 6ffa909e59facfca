/// The distinct terms of a text with their (weighted) frequencies: what an index keeps of a passage.
package struct AnalyzedText: Sendable {
    /// A term frequency is stored in a byte; by then BM25 has long been saturated.
    static let maximumFrequency = 255

    private(set) var terms = TermDictionary()
    private var frequencies: [UInt32] = []

    /// Counted words, each times the weight of its field.
    package private(set) var length = 0

    package var termCount: Int { terms.count }

    mutating func add(_ term: UnsafeBufferPointer<UInt8>, weight: Int, counts: Bool) {
        let number = terms.intern(term)
        if number == frequencies.count { frequencies.append(0) }
        frequencies[number] &+= UInt32(weight)
        if counts { length += weight }
    }

    func frequency(of number: Int) -> UInt32 {
        min(frequencies[number], UInt32(Self.maximumFrequency))
    }
}

/// A part of a passage that weighs as much as `weight` repetitions of it, as in BM25F with one length norm.
package struct KeywordField: Sendable {
    package var text: String
    /// At least 1; a heading is worth 2 or 3 of the body.
    package var weight: Int

    package init(_ text: String, weight: Int = 1) {
        self.text = text
        self.weight = max(weight, 1)
    }
}
