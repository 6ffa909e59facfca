import ContextCore
import Documents
import Glibc
import KeywordSearch
import Runtime
import VectorSearch

/// How well each half of the search finds the passages of a collection, measured without judgements.
///
/// A probe takes a sentence out of a passage and asks for it. *Kept*: the passage still has the sentence, which is how
/// easy a literal match is. *Removed*: the passage competes without it, so only what the rest says about the matter can
/// find it, which is how a real question is answered. Both are means of the reciprocal logarithm of the rank (nDCG@10
/// with one right answer).
package struct CollectionTrust: Hashable, Sendable {
    package struct Half: Hashable, Sendable {
        package var removed = 0.0
        package var kept = 0.0

        /// Literal matches count half: they say that the half works at all, which removed sentences of very short
        /// passages cannot.
        ///
        /// The rest keeps two useless halves from an arbitrary verdict.
        var power: Double { removed + 0.5 * kept + 0.02 }

        package init(removed: Double = 0, kept: Double = 0) {
            self.removed = removed
            self.kept = kept
        }
    }

    package var words: Half
    package var vectors: Half
    package var probes: Int

    /// Passages of the collection when it was probed.
    package var passages: Int

    package init(words: Half = Half(), vectors: Half = Half(), probes: Int = 0, passages: Int = 0) {
        self.words = words
        self.vectors = vectors
        self.probes = probes
        self.passages = passages
    }

    /// The weight of the vectors in ``Fusion``, 0 … 1: the halves' powers squared, so that a clearly worse half fades.
    package var weight: Double {
        guard probes > 0 else { return 0.5 }
        let (word, vector) = (words.power * words.power, vectors.power * vectors.power)
        return vector / (word + vector)
    }

    /// Whether the collection has changed so much that it should be probed again.
    package func isStale(passages now: Int) -> Bool {
        abs(now - passages) * 4 > passages
    }
}

/// One question to a collection whose answer is known.
struct TrustProbe: Sendable {
    let key: Int64

    /// The sentence.
    let query: String

    /// The passage's fields without it.
    let rest: [String: String]

    static let sampleSize = 100

    /// Words of a sentence that can be a question.
    private static let words = 5...40

    /// Takes a sentence out of the passage's main field; of a text with fewer than two, one half.
    ///
    /// The text itself chooses which, so that it is the same one everywhere.
    ///
    /// - Returns: `nil` when nothing would be left, or nothing asked.
    init?(_ passage: Passage) {
        guard let body = passage.fields[passage.kind.body] else { return nil }
        let choice = SHA256.hash(body.utf8).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let sentences = SentenceSplitter.sentences(in: body)
        let fitting = sentences.filter { Self.words.contains(Self.wordCount($0)) }
        let taken: Substring
        if sentences.count >= 2, !fitting.isEmpty {
            taken = fitting[Int(choice % UInt64(fitting.count))]
        } else {
            guard let half = Self.half(of: body, second: choice.isMultiple(of: 2)) else { return nil }
            taken = half
        }
        var rest = passage.fields
        rest[passage.kind.body] = String(body[..<taken.startIndex] + body[taken.endIndex...])
        key = passage.key
        query = String(taken)
        self.rest = rest
    }

    private static func wordCount(_ text: Substring) -> Int {
        text.split { $0.isWhitespace }.count
    }

    private static func half(of body: String, second: Bool) -> Substring? {
        guard body.count >= 8 else { return nil }
        let middle = body.index(body.startIndex, offsetBy: body.count / 2)
        let cut = body[middle...].firstIndex(where: \.isWhitespace) ?? middle
        return second ? body[cut...] : body[..<cut]
    }
}

extension PassageIndex {
    /// A probe with everything computed that costs time: what is left for the lock is searching.
    struct PreparedProbe: Sendable {
        let key: Int64
        let words: KeywordQuery
        let rest: AnalyzedText
        let vector: [Float]?
        let restVector: [Float]?
    }

    /// Sums over the probes; the owner divides.
    func measure(_ probe: PreparedProbe, in collection: Int64, into trust: inout CollectionTrust) {
        guard let slot = slots[probe.key] else { return }
        var others = (collections[collection] ?? Bitset()).intersection(live)
        others.remove(Int(slot))
        let words = keywords.search(probe.words, limit: 10, allowed: others.words).map { Double($0.score) }
        let own = keywords.explain(slot, probe.words).reduce(0) { $0 + Double($1.contribution) }
        trust.words.kept += Self.gain(own, among: words)
        trust.words.removed += Self.gain(Double(keywords.score(of: probe.rest, for: probe.words)), among: words)
        trust.probes += 1
        guard let vector = probe.vector else { return }
        let hits = ((try? vectors.search(vector, k: 10, filter: others)) ?? []).map { Double($0.score) }
        if let kept = vectors.vector(Int(slot)) {
            trust.vectors.kept += Self.gain(Self.dot(vector, kept), among: hits)
        }
        if let rest = probe.restVector { trust.vectors.removed += Self.gain(Self.dot(vector, rest), among: hits) }
    }

    /// nDCG@10 with one right answer: 1 / log2(rank + 1), 0 from rank 11 on or without any score.
    private static func gain(_ score: Double, among others: [Double]) -> Double {
        let rank = 1 + others.count { $0 >= score }
        return score > 0 && rank <= 10 ? 1 / log2(Double(rank + 1)) : 0
    }

    private static func dot(_ left: [Float], _ right: [Float]) -> Double {
        zip(left, right).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
}
