import ContextCore
import LanguageModels
import Testing

struct ExtractiveModelTests {
    private let pools = passage(
        "p1",
        "Pools",
        "Every replica brings its own pool. Keep the sum of all pools below max_connections of the server. "
            + "Coffee is served in the kitchen on the second floor."
    )
    private let timeouts = passage(
        "p2",
        "Timeouts",
        "A statement timeout ends a query that runs for too long. "
            + "You should keep the sum of all pools below max_connections of the server."
    )

    private func answer(
        _ question: String,
        _ passages: [Passage],
        similarities: ([String]) -> [Double] = { _ in [] },
        _ configuration: ExtractiveModel.Configuration = .init()
    ) -> ExtractiveModel.Answer {
        let model = ExtractiveModel(configuration: configuration)
        let candidates = model.candidates(in: passages)
        return model.answer(
            question,
            from: passages,
            candidates: candidates,
            similarities: similarities(candidates.map(\.sentence)),
            weight: { _ in 1 }
        )
    }

    @Test func `the best-supported sentence comes first, with the number of its source`() {
        let answer = answer("sum of pools and max_connections", [pools, timeouts])
        #expect(
            answer.evidence.first?.sentence == "Keep the sum of all pools below max_connections of the server."
        )
        #expect(answer.sources.first?.id == "p1")
        #expect(answer.text.hasPrefix("Keep the sum of all pools below max_connections of the server. [1]"))
    }

    @Test func `what one passage said another one is not quoted for`() {
        let answer = answer("sum of pools and max_connections", [pools, timeouts])
        #expect(!answer.evidence.contains { $0.sentence.hasPrefix("You should keep") })
    }

    @Test func `no more sentences than configured`() {
        var configuration = ExtractiveModel.Configuration()
        configuration.sentences = 1
        configuration.minimumSupport = 0
        #expect(answer("pool timeout", [pools, timeouts], configuration).evidence.count == 1)
    }

    @Test func `meaning lifts a sentence that shares no word with the question`() {
        let answer = answer("where is espresso", [pools, timeouts]) { sentences in
            sentences.map { $0.hasPrefix("Coffee") ? 0.9 : 0.1 }
        }
        #expect(answer.evidence.map(\.sentence) == ["Coffee is served in the kitchen on the second floor."])
    }

    @Test func `a question that nothing answers gets an apology and the nearest topics`() {
        let answer = answer("giraffes", [pools, timeouts])
        #expect(answer.evidence.isEmpty)
        #expect(answer.text == "Sorry, nothing here answers that. The nearest topics are: Pools; Timeouts.")
    }

    @Test func `where no passage fits the request's nearest topics are named`() async throws {
        var request = ModelRequest([Message(.user, "giraffes")])
        request.nearestTopics = ["Pools", "Timeouts"]
        let answer = try await ExtractiveModel().answer(to: request).text
        #expect(answer.hasPrefix("Sorry, nothing here answers that. The nearest topics are: Pools; Timeouts."))
        #expect(answer.hasSuffix(ExtractiveModel.closing))
    }

    @Test func `nothing was found, nothing is claimed`() {
        #expect(answer("anything", []).text == "Sorry, nothing here answers that.")
    }

    @Test func `every citation names a source, and every source is cited`() {
        var configuration = ExtractiveModel.Configuration()
        configuration.minimumSupport = 0
        let answer = answer("timeout of a query in the pool", [pools, timeouts], configuration)
        #expect(Set(answer.evidence.map(\.citation)) == Set(1...answer.sources.count))
    }
}

extension ExtractiveModelTests {
    fileprivate func answer(
        _ question: String,
        _ passages: [Passage],
        _ configuration: ExtractiveModel.Configuration
    ) -> ExtractiveModel.Answer {
        answer(question, passages, similarities: { _ in [] }, configuration)
    }
}

private func passage(_ id: String, _ title: String, _ text: String) -> Passage {
    Passage(id: id, key: 1, collection: "notes", kind: .text, scope: .local, fields: ["title": title, "text": text])
}
