package import ContextCore
import Documents
package import KeywordSearch

/// Answers with the best-supported sentences of the passages that were found; it is not a model, and says so.
///
/// A sentence is supported by the question's words that it has, each weighed by its inverse document frequency, and, where
/// the caller has vectors, by how near its meaning is to the question's. Pure: the same question and passages, the same
/// answer. What it gets wrong: it reads no sentence before the one it quotes, so a “this” may point nowhere.
package struct ExtractiveModel: Sendable {
    package struct Configuration: Sendable {
        /// Most sentences of an answer.
        package var sentences = 4

        /// Support from which a sentence is part of the answer, 0 … 1.
        package var minimumSupport = 0.35

        /// The weight of meaning beside words, where there are vectors.
        package var meaningShare = 0.5

        /// The share of common words from which two sentences say the same.
        package var duplicateShare = 0.7

        /// Sentences with fewer words tell nothing alone; those with more are tables or lists.
        package var words = 4...60

        package init() {}
    }

    /// A sentence with what it is worth.
    package struct Evidence: Sendable, Equatable {
        package let sentence: String
        package let support: Double

        /// The place of its source in ``Answer/sources``, counted from 1.
        package let citation: Int
    }

    package struct Answer: Sendable, Equatable {
        /// Best supported first.
        package let evidence: [Evidence]
        package let sources: [Source]

        /// What the nearest passages are about; only when nothing answers the question.
        package var nearestTopics: [String]
    }

    package struct Source: Sendable, Equatable {
        package let id: String
        package let title: String
        package let source: String
    }

    /// What stands under every answer.
    package static let disclosure =
        "No language model is configured: these are sentences quoted from the passages found."

    /// What the passages' owner knows and this target does not.
    package struct Measures: Sendable {
        /// The inverse document frequency of each term in what the principal may read.
        package var frequencies: @Sendable (_ terms: [String], _ principal: Principal) async throws -> [String: Double]

        /// The cosine of each sentence to the question, or nothing where there is no embedder.
        package var similarities: @Sendable (_ question: String, _ sentences: [String]) async throws -> [Double]

        package init(
            frequencies: @escaping @Sendable ([String], Principal) async throws -> [String: Double],
            similarities: @escaping @Sendable (String, [String]) async throws -> [Double]
        ) {
            self.frequencies = frequencies
            self.similarities = similarities
        }

        /// Every word weighs the same, and meaning is unknown.
        package static let none = Measures(
            frequencies: { terms, _ in Dictionary(terms.map { ($0, 1) }) { $1 } },
            similarities: { _, _ in [] }
        )
    }

    private let configuration: Configuration
    private let analyzer: TextAnalyzer
    private let measures: Measures

    package init(
        configuration: Configuration = Configuration(),
        analyzer: TextAnalyzer = TextAnalyzer(),
        measures: Measures = .none
    ) {
        self.configuration = configuration
        self.analyzer = analyzer
        self.measures = measures
    }

    /// The answer, with what the measures know.
    package func answer(
        _ question: String,
        from passages: [Passage],
        for principal: Principal
    ) async throws -> Answer {
        let candidates = candidates(in: passages)
        let frequencies = try await measures.frequencies(analyzer.query(question).terms.map(\.text), principal)
        return answer(
            question,
            from: passages,
            candidates: candidates,
            similarities: try await measures.similarities(question, candidates.map(\.sentence)),
            weight: { frequencies[$0] ?? 0 }
        )
    }

    /// A sentence of a passage that could be part of an answer.
    package struct Candidate: Sendable {
        package let sentence: String
        package let passage: Int
        let terms: Set<String>
    }

    /// All sentences of `passages` that are worth measuring, in their order; the caller may want their vectors.
    ///
    /// Source code has none: a line out of it answers nothing.
    package func candidates(in passages: [Passage]) -> [Candidate] {
        passages.enumerated().filter { !Self.isSourceCode($1) }.flatMap { place, passage in
            SentenceSplitter.sentences(in: passage.fields[passage.kind.body] ?? passage.text).compactMap { sentence in
                let words = sentence.split(whereSeparator: \.isWhitespace)
                guard configuration.words.contains(words.count) else { return nil }
                let text = words.joined(separator: " ")
                return Candidate(sentence: text, passage: place, terms: Set(analyzer.terms(of: text)))
            }
        }
    }

    private static func isSourceCode(_ passage: Passage) -> Bool {
        passage.kind == .code && passage.fields["language"] != nil
    }

    /// - Parameters:
    ///   - similarities: one for each candidate, the cosine to the question; empty where there is no embedder.
    ///   - weight: the inverse document frequency of a term.
    package func answer(
        _ question: String,
        from passages: [Passage],
        candidates: [Candidate],
        similarities: [Double] = [],
        weight: (String) -> Double
    ) -> Answer {
        let terms = Set(analyzer.query(question).terms.map(\.text))
        let weights = Dictionary(uniqueKeysWithValues: terms.map { ($0, max(0, weight($0))) })
        let total = weights.values.reduce(0, +)
        let measured = candidates.enumerated().map { place, candidate in
            let covered = candidate.terms.reduce(0) { $0 + (weights[$1] ?? 0) }
            let coverage = total > 0 ? covered / total : 0
            let similarity = place < similarities.count ? max(0, similarities[place]) : nil
            return (candidate: candidate, support: support(coverage, similarity), place: place)
        }
        let ranked = measured.filter { $0.support >= configuration.minimumSupport }
            .sorted { ($1.support, $0.place) < ($0.support, $1.place) }
        return cite(select(ranked.map { ($0.candidate, $0.support) }), passages)
    }

    private func support(_ coverage: Double, _ similarity: Double?) -> Double {
        guard let similarity else { return coverage }
        return coverage * (1 - configuration.meaningShare) + similarity * configuration.meaningShare
    }

    /// The best that do not repeat each other.
    private func select(_ ranked: [(Candidate, Double)]) -> [(Candidate, Double)] {
        var chosen: [(Candidate, Double)] = []
        for (candidate, support) in ranked where chosen.count < configuration.sentences {
            if !chosen.contains(where: { isRepetition(candidate.terms, $0.0.terms) }) {
                chosen.append((candidate, support))
            }
        }
        return chosen
    }

    private func isRepetition(_ left: Set<String>, _ right: Set<String>) -> Bool {
        let common = left.intersection(right).count
        return Double(common) >= configuration.duplicateShare * Double(max(1, min(left.count, right.count)))
    }

    private func cite(_ chosen: [(Candidate, Double)], _ passages: [Passage]) -> Answer {
        var order: [Int] = []
        let evidence = chosen.map { candidate, support in
            if !order.contains(candidate.passage) { order.append(candidate.passage) }
            let citation = (order.firstIndex(of: candidate.passage) ?? 0) + 1
            return Evidence(sentence: candidate.sentence, support: support, citation: citation)
        }
        let sources = order.map { passages[$0] }.map { Source(id: $0.id, title: $0.title, source: $0.source) }
        return Answer(
            evidence: evidence,
            sources: sources,
            nearestTopics: evidence.isEmpty ? Array(passages.map(\.title).prefix(3)) : []
        )
    }
}

extension ExtractiveModel.Answer {
    /// The sentences with their citations, one a line; or that there are none, and what is near.
    package var text: String {
        guard evidence.isEmpty else {
            return evidence.map { "\($0.sentence) [\($0.citation)]" }.joined(separator: "\n")
        }
        let topics = nearestTopics.isEmpty ? "" : " The nearest topics are: \(nearestTopics.joined(separator: "; "))."
        return "Sorry, nothing here answers that." + topics
    }
}
