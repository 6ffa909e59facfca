package import ContextCore
import KeywordSearch
package import LanguageModels
package import Retrieval

/// Answers with the best-supported sentences of passages; for the command line and for prompts.
package struct ExtractiveAnswers: Sendable {
    private let library: PassageLibrary
    private let model: ExtractiveModel
    private let analyzer = TextAnalyzer()

    package init(library: PassageLibrary, sentences: Int) {
        self.library = library
        var configuration = ExtractiveModel.Configuration()
        configuration.sentences = sentences
        model = ExtractiveModel(configuration: configuration, analyzer: analyzer)
    }

    /// - Parameter isRemembered: whether the embeddings of the question and of the sentences may stay in memory.
    package func answer(
        _ question: String,
        from passages: [Passage],
        isRemembered: Bool = true
    ) async throws -> ExtractiveModel.Answer {
        let candidates = model.candidates(in: passages)
        let frequencies = library.inverseDocumentFrequencies(of: analyzer.query(question).terms.map(\.text))
        let texts = [question] + candidates.map(\.sentence)
        let vectors = try await library.queryVectors(of: texts, isRemembered: isRemembered)
        return model.answer(
            question,
            from: passages,
            candidates: candidates,
            similarities: Self.similarities(vectors),
            weight: { frequencies[$0] ?? 0 }
        )
    }

    /// The cosine of each further vector to the first; empty where there is no embedder.
    private static func similarities(_ vectors: [[Float]?]) -> [Double] {
        guard let question = vectors.first ?? nil else { return [] }
        return vectors.dropFirst().map { vector in
            Double(zip(vector ?? [], question).reduce(0) { $0 + $1.0 * $1.1 })
        }
    }
}
