/// Turns text into terms: the same way for passages and for queries.
///
/// Words are segmented and folded; those of the letters a…z are stemmed as English, numbers, identifiers with digits and
/// other scripts are not. Safe to use from many threads; one value per process is enough.
package struct TextAnalyzer: Sendable {
    /// Changes when the same text would give other terms, so that stored indexes are rebuilt.
    package static let version: UInt32 = 1

    package var segmenter: WordSegmenter
    package var queries: KeywordQueryConfiguration
    private let stemmers = StemmerPool()

    package init(segmenter: WordSegmenter = WordSegmenter(), queries: KeywordQueryConfiguration = .init()) {
        self.segmenter = segmenter
        self.queries = queries
    }

    package func analyze(_ fields: [KeywordField]) -> AnalyzedText {
        var analyzed = AnalyzedText()
        for field in fields {
            forEachTerm(in: field.text) { term, word in
                analyzed.add(term, weight: field.weight, counts: word.role.counts)
            }
        }
        return analyzed
    }

    package func analyze(_ text: String) -> AnalyzedText {
        analyze([KeywordField(text)])
    }

    /// Every term in order, with repetitions and without weights.
    package func terms(of text: String) -> [String] {
        var terms: [String] = []
        forEachTerm(in: text) { term, _ in terms.append(String(decoding: term, as: UTF8.self)) }
        return terms
    }

    package func query(_ text: String) -> KeywordQuery {
        let meaningful = query(text, droppingStopWords: queries.dropsStopWords)
        return meaningful.isEmpty ? query(text, droppingStopWords: false) : meaningful
    }

    private func query(_ text: String, droppingStopWords: Bool) -> KeywordQuery {
        var terms: [KeywordQuery.Term] = []
        var numbers: [String: Int] = [:]
        forEachTerm(in: text) { bytes, word in
            if droppingStopWords, word.isLatin, word.role == .word, StopWords.contains(word.bytes) { return }
            let term = String(decoding: bytes, as: UTF8.self)
            let weight = weight(of: word.role)
            if let number = numbers[term] {
                terms[number].weight += weight
            } else {
                numbers[term] = terms.count
                terms.append(KeywordQuery.Term(term, weight: weight))
            }
        }
        return KeywordQuery(terms: terms)
    }

    private func weight(of role: Word.Role) -> Float {
        switch role {
        case .word, .pair: 1
        case .whole: queries.wholeWeight
        case .character: queries.characterWeight
        }
    }

    /// Lends each term of a text with the word that it comes from.
    func forEachTerm(in text: String, _ body: (UnsafeBufferPointer<UInt8>, Word) -> Void) {
        stemmers.withStemmer { stemmer in
            segmenter.forEachWord(in: text) { word in
                if word.isLatin, let stemmer {
                    stemmer.withStem(of: word.bytes) { body($0, word) }
                } else {
                    body(word.bytes, word)
                }
            }
        }
    }
}
