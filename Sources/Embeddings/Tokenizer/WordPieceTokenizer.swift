/// BERT's uncased tokenizer, as all-MiniLM-L6-v2 uses it.
///
/// The ids are those of Hugging Face's `tokenizers` for every text, with one exception: special tokens written in
/// the text, such as `[CLS]`, are ordinary text here. The reference honours them, which lets a document
/// end its own sequence.
///
/// Time is linear in the length of the text, also for a megabyte without a space: a word of more than 100 characters
/// is unknown, and no match looks further than the longest piece. Special tokens are not part of any result;
/// the model adds `[CLS]` and `[SEP]` around each window.
package struct WordPieceTokenizer: Sendable {
    package let vocabulary: Vocabulary

    package init(vocabulary: Vocabulary) {
        self.vocabulary = vocabulary
    }

    package func encode(_ text: String) -> [Int32] {
        scan(text, into: PieceCollector()).ids
    }

    package func count(_ text: String) -> Int {
        scan(text, into: PieceCounter(limit: .max)).count
    }

    /// Whether the text has at most `limit` pieces, found without reading further than that.
    package func fits(_ text: String, within limit: Int) -> Bool {
        scan(text, into: PieceCounter(limit: limit + 1)).count <= limit
    }

    /// The pieces with the bytes of the text that they come from, ascending.
    ///
    /// White space, control characters and stripped accents between two pieces belong to neither. Two pieces share a
    /// character's bytes only when its decomposition is split between them, as in Hangul.
    package func pieces(of text: String) -> [WordPiece] {
        scan(text, into: PieceLocator()).pieces
    }

    /// The UTF-8 offset at which piece `index` begins, or `nil` when there are no more than `index` pieces.
    ///
    /// The text before it has exactly `index` pieces, unless a character is shared (then fewer): greedy matching
    /// never looks back.
    package func offset(ofPiece index: Int, in text: String) -> Int? {
        scan(text, into: PieceFinder(target: index)).offset
    }

    private func scan<Sink: PieceSink>(_ text: String, into sink: Sink) -> Sink {
        var text = text
        return text.withUTF8 { bytes in
            var scanner = WordPieceScanner(vocabulary: vocabulary, sink: sink)
            scanner.scan(bytes)
            return scanner.sink
        }
    }
}

/// A token: its id and the UTF-8 bytes of the text that it stands for.
package struct WordPiece: Sendable, Equatable {
    package let id: Int32
    package let range: Range<Int>

    package init(id: Int32, range: Range<Int>) {
        self.id = id
        self.range = range
    }
}
