import CStemmer

/// The Snowball English stemmer ("Porter2") behind a small cache.
///
/// The cache is direct-mapped: 4,096 entries of 64 bytes, in which the first two bytes are the lengths of the word and of
/// its stem, and 31 bytes each hold their text. Longer words go past it.
///
/// `@unchecked Sendable`: a handle has one user at a time, since ``StemmerPool`` hands it to one caller and takes it back
/// afterwards; nothing in here is shared with another handle.
final class EnglishStemmer: @unchecked Sendable {
    private static let entryCount = 4096
    private static let entrySize = 64
    private static let longest = 31

    private let handle: OpaquePointer
    private let cache: UnsafeMutablePointer<UInt8>

    /// `nil` without memory.
    init?() {
        guard let handle = sb_stemmer_new("english", "UTF_8") else { return nil }
        self.handle = handle
        cache = .allocate(capacity: Self.entryCount * Self.entrySize)
        cache.initialize(repeating: 0, count: Self.entryCount * Self.entrySize)
    }

    deinit {
        sb_stemmer_delete(handle)
        cache.deallocate()
    }

    /// Lends the stem of a lower-case ASCII word; the word itself if the library is out of memory.
    func withStem(of word: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        guard let start = word.baseAddress, word.count <= Self.longest else { return body(stem(of: word)) }
        let index = Int(truncatingIfNeeded: TermHash.hash(word) & UInt64(Self.entryCount - 1))
        let entry = cache + index * Self.entrySize
        let (cachedWord, cachedStem) = (entry + 2, entry + 2 + Self.longest)
        let known = UnsafeBufferPointer(start: cachedWord, count: Int(entry[0]))
        if known.count != word.count || !known.elementsEqual(word) {
            let stem = stem(of: word)
            guard let stemStart = stem.baseAddress, stem.count <= Self.longest else { return body(stem) }
            entry[0] = UInt8(word.count)
            entry[1] = UInt8(stem.count)
            cachedWord.update(from: start, count: word.count)
            cachedStem.update(from: stemStart, count: stem.count)
        }
        body(UnsafeBufferPointer(start: cachedStem, count: Int(entry[1])))
    }

    /// Valid until the next call.
    private func stem(of word: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        guard let stem = sb_stemmer_stem(handle, word.baseAddress, Int32(clamping: word.count)) else { return word }
        return UnsafeBufferPointer(start: stem, count: Int(sb_stemmer_length(handle)))
    }
}
