import ContextCore
import KeywordSearch
import SQL
import TestSupport
import Testing
import VectorSearch

@testable import Retrieval

@Suite struct TrustTests {
    /// Passages in which either half alone can tell them apart, with vectors of ``madeUpModel``.
    private func library(
        telling halves: Set<SearchMode>,
        _ generator: inout SeededGenerator
    ) async throws -> (PassageLibrary, PassageCollection) {
        let library = try await openLibrary(model: madeUpModel)
        let notes = try await library.textCollection()
        let passages = (0..<40).map { number in
            let word = halves.contains(.keyword) ? "word\(number)" : "word"
            let vector = halves.contains(.vector) ? generator.vector(8) : [1, 0, 0, 0, 0, 0, 0, 0]
            return (text("p\(number)", "The \(word) is here. The \(word) is there."), vector)
        }
        try await library.keep(passages, in: notes)
        return (library, notes)
    }

    private func probe(_ library: PassageLibrary, _ notes: PassageCollection) async throws -> CollectionTrust {
        let passages = try await library.allPassages()
        return library.index.withRead { index in
            var trust = CollectionTrust()
            for passage in passages {
                let vector = index.slots[passage.key].flatMap { index.vectors.vector(Int($0)) }
                let prepared = PassageIndex.PreparedProbe(
                    key: passage.key,
                    words: library.analyzer.query(passage.text),
                    rest: library.analyzer.analyze(passage.text),
                    vector: vector,
                    restVector: vector
                )
                index.measure(prepared, in: notes.key, into: &trust)
            }
            return trust
        }
    }

    @Test func `the half that tells passages apart is trusted`() async throws {
        var generator = SeededGenerator(seed: 1)
        let (words, notes) = try await library(telling: [.keyword], &generator)
        #expect(try await probe(words, notes).weight < 0.2)
        let (vectors, others) = try await library(telling: [.vector], &generator)
        #expect(try await probe(vectors, others).weight > 0.8)
        let (both, all) = try await library(telling: [.vector, .keyword], &generator)
        let trust = try await probe(both, all)
        #expect(abs(trust.weight - 0.5) < 0.01 && trust.probes == 40)
        #expect(CollectionTrust().weight == 0.5)
    }

    @Test func `several collections are trusted by their sizes, unknown ones not at all`() async throws {
        let library = try await openLibrary(model: madeUpModel)
        let large = try await library.textCollection("large")
        let small = try await library.textCollection("small")
        _ = try await library.write((0..<30).map { text("l\($0)", "a") }, to: large, at: start)
        _ = try await library.write((0..<10).map { text("s\($0)", "a") }, to: small, at: start)
        let keys = [large.key, small.key]
        #expect(library.index.withRead { $0.trust(in: keys) } == 0.5)
        try await library.index.setTrust(0.8, in: large.key, by: madeUpModel)
        #expect(library.index.withRead { $0.trust(in: keys) } == 0.8)
        try await library.index.setTrust(0.4, in: small.key, by: madeUpModel)
        #expect(abs(library.index.withRead { $0.trust(in: keys) } - 0.7) < 1e-9)
    }

    @Test func `a probe takes a sentence or a half, and what it leaves is the rest`() throws {
        func passage(_ body: String) -> Passage {
            Passage(id: "p", key: 1, collection: "c", kind: .text, scope: .local, fields: ["text": body, "title": "T"])
        }
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<200 {
            let sentences = (0..<1 + generator.below(4)).map { _ in
                (0..<1 + generator.below(12)).map { _ in generator.pick(["tree", "größe", "x"]) }.joined(separator: " ")
            }
            let body = sentences.joined(separator: ". ")
            guard let probe = TrustProbe(passage(body)) else {
                #expect(body.count < 8)
                continue
            }
            let rest = try #require(probe.rest["text"])
            #expect(body.contains(probe.query) && !probe.query.isEmpty)
            #expect(rest.count + probe.query.count == body.count)
            #expect(probe.rest["title"] == "T")
            #expect(TrustProbe(passage(body))?.query == probe.query)
        }
        #expect(TrustProbe(Passage(id: "p", key: 1, collection: "c", kind: .text, scope: .local, fields: [:])) == nil)
    }

    @Test func `without an embedder nothing is probed`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        _ = try await library.write((0..<30).map { text("p\($0)", "One sentence. Another one.") }, to: notes, at: start)
        try await library.refreshTrust(in: notes)
        try await library.probeTrust(in: notes)
        try await library.loadTrust()
        #expect(try await library.trust(for: .local).isEmpty)
    }

    @Test(InstalledModel.isThere)
    func `what was measured is kept, read again, and measured anew when a quarter has changed`() async throws {
        try await withTemporaryDirectory { directory in
            let embedder = try InstalledModel.embedder()
            let library = try await openLibrary(.file(directory + "/test.db"), embedder: embedder)
            let notes = try await library.textCollection()
            let subjects = ["cats", "taxes", "compilers", "weather", "bread", "trains", "music"]
            func drafts(_ numbers: Range<Int>) -> [PassageDraft] {
                numbers.map { number in
                    let subject = subjects[number % subjects.count]
                    let body =
                        "Note \(number) is about \(subject) in our town. Many people think of \(subject) every day."
                    return text("p\(number)", body)
                }
            }
            _ = try await library.write(drafts(0..<19), to: notes, at: start)
            try await library.refreshTrust(in: notes)
            #expect(try await library.trust(for: .local).isEmpty, "too few for a verdict")
            _ = try await library.write(drafts(19..<24), to: notes, at: start)
            try await library.refreshTrust(in: notes)
            let trust = try #require(try await library.trust(for: .local)["notes"])
            #expect(trust.probes == 24 && trust.passages == 24 && (0...1).contains(trust.weight))
            #expect(abs(library.index.withRead { $0.trust(in: [notes.key]) } - trust.weight) < 1e-9)
            _ = try await library.write(drafts(24..<30), to: notes, at: start)
            try await library.refreshTrust(in: notes)
            #expect(try await library.trust(for: .local)["notes"] == trust, "a quarter is not more than a quarter")
            let reopened = try await openLibrary(.file(directory + "/test.db"), embedder: embedder)
            try await reopened.loadTrust()
            #expect(abs(reopened.index.withRead { $0.trust(in: [notes.key]) } - trust.weight) < 1e-9)
            _ = try await reopened.write(drafts(30..<31), to: notes, at: start)
            try await reopened.refreshTrust(in: notes)
            #expect(try await reopened.trust(for: .local)["notes"]?.passages == 31)
        }
    }
}

@Suite struct TermTests {
    @Test func `the subject of a text is what its answers agree on, then what is rare`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        let bodies = ["nginx buffers responses", "nginx proxies events", "events arrive late", "an unrelated text"]
        _ = try await library.write(bodies.enumerated().map { text("p\($0)", $1) }, to: notes, at: start)
        let answers = Set(try await library.keys(ids: ["p0", "p1"], for: .local))
        let question = "Events arrive behind nginx"
        #expect(
            library.subjectTerms(of: question, answeredBy: answers, limit: 9, for: .local) == [
                "nginx", "Events", "arrive",
            ]
        )
        #expect(library.subjectTerms(of: question, answeredBy: [], limit: 1, for: .local) == ["arrive"])
        let frequencies = library.inverseDocumentFrequencies(of: ["nginx", "arriv", "unheard"], for: .local)
        #expect(try #require(frequencies["arriv"]) > #require(frequencies["nginx"]))
        #expect(try #require(frequencies["unheard"]) > #require(frequencies["arriv"]))
    }
}
