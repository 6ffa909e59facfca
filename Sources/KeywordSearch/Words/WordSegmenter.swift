/// Cuts text into the words that an index keeps: folded to lower case, without accents, in one pass over any bytes.
///
/// **Words** are runs of letters, digits and combining marks (the spirit of UAX #29): `don't` and `1,000.5` are one each
/// (the latter as `1000.5`).
///
/// **Names** such as `max_connections`, `nginx.conf`, `camelCase`, `state-of-the-art` or `TCP/IP` must be found as a whole
/// and by their parts. So the parts are ordinary words, and the name *written together* (`maxconnections`, `wifi` for
/// `Wi-Fi`) is one more term, a `.whole`. It has a document frequency and a term frequency of its own but does not count
/// towards the length of the passage: the statistics of BM25 stay those of the parts, a passage with the exact name wins
/// by the name's rarity, and `Wi-Fi`, `wi_fi` and `WiFi` all meet the plain word `wifi`. Between two digits the joining
/// sign stays (`2020-11-05`), otherwise `1-1` would be `11`. Two levels are kept: the names within a path, and the path.
/// Capitals cut a name (`HTMLParser`) but never leave a single letter (`mRNA`, `pH` and the plural `RNAs` stay one).
///
/// **Scripts without spaces** (Han with kana; Thai, Lao, Khmer, Myanmar; Hangul, whose words carry endings) become
/// overlapping pairs of characters, a character being a letter with its marks; a run of one stays single. A Han character
/// is besides a `.character` term of its own, and a Hangul word a `.whole`, both outside the length: that finds a lone
/// character, and pairs with single characters rank better than either (Nie et al. 2000, Luk & Kwok 2002).
///
/// Linear in time. A word longer than `maximumTermBytes` is cut there, a longer whole is left out (its parts are kept).
package struct WordSegmenter: Sendable {
    /// 64 bytes are longer than any word that is not an encoded blob.
    package var maximumTermBytes: Int

    package init(maximumTermBytes: Int = 64) {
        self.maximumTermBytes = max(maximumTermBytes, 16)
    }

    package func forEachWord(in text: String, _ body: (Word) -> Void) {
        var text = text
        text.withUTF8 { forEachWord(in: $0, body) }
    }

    /// Bytes that are not UTF-8 separate words.
    package func forEachWord(in text: UnsafeBufferPointer<UInt8>, _ body: (Word) -> Void) {
        let stride = maximumTermBytes + TermBuffer.slack
        withUnsafeTemporaryAllocation(byteCount: 3 * stride, alignment: 8) { memory in
            guard let base = memory.baseAddress else { return }
            ScalarFolding.ascii.withUnsafeBufferPointer { ascii in
                var scanner = WordScanner(
                    text: text,
                    ascii: ascii,
                    part: TermBuffer(memory: base, capacity: maximumTermBytes),
                    name: TermBuffer(memory: base + stride, capacity: maximumTermBytes),
                    path: TermBuffer(memory: base + 2 * stride, capacity: maximumTermBytes)
                )
                scanner.run(body)
            }
        }
    }

    /// All words in order, for tests and callers to whom speed does not matter.
    package func words(in text: String) -> [(text: String, role: Word.Role)] {
        var words: [(text: String, role: Word.Role)] = []
        forEachWord(in: text) { words.append((String(decoding: $0.bytes, as: UTF8.self), $0.role)) }
        return words
    }
}

/// A word as the segmenter lends it: `bytes` are valid during the call only.
package struct Word {
    package enum Role: UInt8, Sendable {
        /// Counts towards the length of a passage, like the next one.
        case word
        /// Two neighbouring characters, or a lone one, of a script without spaces.
        case pair
        /// A name or path of several words, written together.
        case whole
        /// A Han character within a longer run.
        case character

        package var counts: Bool { self == .word || self == .pair }
    }

    package let bytes: UnsafeBufferPointer<UInt8>
    package let role: Role
    /// Of the letters a…z and `'` only: English or near enough to be stemmed.
    package let isLatin: Bool
    /// Where it stands in the text, in bytes.
    package let source: Range<Int>
}
