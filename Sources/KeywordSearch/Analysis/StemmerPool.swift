import Synchronization

/// Lends stemmers: a handle of libstemmer must not be used by two threads.
///
/// There are as many as were ever in use at once; each holds its cache of 256 KiB.
final class StemmerPool: Sendable {
    private let idle = Mutex<[EnglishStemmer]>([])

    /// `body` gets `nil` without memory for a stemmer; words then stay unstemmed.
    func withStemmer<Result>(_ body: (EnglishStemmer?) -> Result) -> Result {
        let stemmer = idle.withLock { $0.popLast() } ?? EnglishStemmer()
        defer {
            if let stemmer { idle.withLock { $0.append(stemmer) } }
        }
        return body(stemmer)
    }
}
