package import ContextCore
import Documents
import Glibc
package import KeywordSearch

/// A summary made of the most central sentences of a conversation, in their order, word for word.
///
/// A sentence is central when it shares many weighty words with the others (the degree centrality of Erkan and Radev,
/// "LexRank", 2004, on TF-IDF vectors). Facts, numbers, names, decisions and open questions are preferred, since they are
/// what a conversation is continued from. Pure: the same messages, the same summary.
package struct ExtractiveSummary: Sendable {
    package struct Configuration: Sendable {
        /// The share of common weight from which one of two sentences is left out.
        package var duplicateShare = 0.7

        /// What a number, a name, a decision or an open question adds to a sentence's centrality, which is at most 1.
        package var preference = 0.15

        /// Longer sentences are tables or code.
        package var words = 3...80

        package init() {}
    }

    private let configuration: Configuration
    private let analyzer: TextAnalyzer

    package init(configuration: Configuration = Configuration(), analyzer: TextAnalyzer = TextAnalyzer()) {
        self.configuration = configuration
        self.analyzer = analyzer
    }

    /// - Parameters:
    ///   - limit: tokens of the summary.
    ///   - count: counts them.
    package func summary(of messages: [Message], within limit: Int, count: (String) -> Int) -> String {
        let sentences = messages.flatMap(sentences)
        let vectors = Self.vectors(of: sentences.map(\.terms))
        let scores = zip(sentences, Self.centrality(of: vectors)).map { $1 + preference(for: $0) }
        var budget = TokenBudget(limit: limit)
        var chosen: [Int] = []
        for place in sentences.indices.sorted(by: { (scores[$1], $0) < (scores[$0], $1) }) {
            let isRepetition = chosen.contains {
                Self.cosine(vectors[$0], vectors[place]) >= configuration.duplicateShare
            }
            if !isRepetition, budget.spend(count(sentences[place].line + "\n")) { chosen.append(place) }
        }
        return chosen.sorted().map { sentences[$0].line }.joined(separator: "\n")
    }

    private struct Sentence {
        let text: String
        let speaker: String
        let terms: [String]

        /// Who said it matters as much as what.
        var line: String { "\(speaker): \(text)" }
    }

    private func sentences(of message: Message) -> [Sentence] {
        let speaker = message.role.rawValue.prefix(1).uppercased() + message.role.rawValue.dropFirst()
        return SentenceSplitter.sentences(in: message.text).compactMap { sentence in
            let words = sentence.split(whereSeparator: \.isWhitespace)
            let text = words.joined(separator: " ")
            let terms = analyzer.terms(of: text)
            // Scripts without spaces have one word a sentence; their terms tell how much it says.
            guard configuration.words.contains(max(words.count, terms.count)) else { return nil }
            return Sentence(text: text, speaker: speaker, terms: terms)
        }
    }

    private func preference(for sentence: Sentence) -> Double {
        let words = sentence.text.split(separator: " ")
        let hasNumber = sentence.text.contains(where: \.isNumber)
        let hasName = words.dropFirst().contains { $0.first?.isUppercase == true && $0.count > 1 }
        let isQuestion = sentence.text.last == "?" || sentence.text.last == "？"
        let isDecision = words.contains { Self.decisions.contains($0.lowercased().filter(\.isLetter)) }
        return configuration.preference * Double([hasNumber, hasName, isQuestion, isDecision].count { $0 })
    }

    private static let decisions: Set<String> = [
        "decided", "decide", "decision", "agreed", "agree", "must", "should", "will", "chose", "choose", "use",
        "because",
        "need", "never", "always", "prefer", "deadline", "todo",
    ]

    /// TF-IDF, of length 1.
    private static func vectors(of sentences: [[String]]) -> [[String: Double]] {
        var frequency: [String: Int] = [:]
        for terms in sentences { for term in Set(terms) { frequency[term, default: 0] += 1 } }
        let total = Double(sentences.count)
        return sentences.map { terms in
            var vector: [String: Double] = [:]
            for term in terms { vector[term, default: 0] += 1 }
            for (term, count) in vector {
                vector[term] = count * log(1 + total / Double(frequency[term] ?? 1))
            }
            let length = vector.values.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return length > 0 ? vector.mapValues { $0 / length } : vector
        }
    }

    /// The mean likeness to all sentences, which is the product with their sum: linear and not quadratic.
    private static func centrality(of vectors: [[String: Double]]) -> [Double] {
        var sum: [String: Double] = [:]
        for vector in vectors { for (term, weight) in vector { sum[term, default: 0] += weight } }
        return vectors.map { vector in
            vector.reduce(0) { $0 + $1.value * (sum[$1.key] ?? 0) } / Double(max(1, vectors.count))
        }
    }

    private static func cosine(_ left: [String: Double], _ right: [String: Double]) -> Double {
        left.count > right.count ? cosine(right, left) : left.reduce(0) { $0 + $1.value * (right[$1.key] ?? 0) }
    }
}
