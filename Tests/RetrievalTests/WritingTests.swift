import ContextCore
import Embeddings
import SQL
import TestSupport
import Testing

@testable import Retrieval

@Suite struct WritingTests {
    @Test(
        arguments: [
            (PassageDraft(fields: ["body": "x"]), "fields", ["body", "text, title, source"]),
            (PassageDraft(fields: [:]), "fields", ["title, text"]),
            (PassageDraft(fields: ["text": " \n\t", "source": "s"]), "fields", ["title, text"]),
            (PassageDraft(id: "", fields: ["text": "x"]), "id", ["0 bytes", "256"]),
            (PassageDraft(id: "a\nb", fields: ["text": "x"]), "id", ["control"]),
            (PassageDraft(id: String(repeating: "x", count: 257), fields: ["text": "x"]), "id", ["257", "256"]),
            (PassageDraft(fields: ["text": String(repeating: "x", count: 262_145)]), "fields", ["262145", "262144"]),
            (PassageDraft(fields: ["text": "x"], metadata: [1]), "metadata", ["[1]"]),
            (PassageDraft(fields: ["text": "x"], metadata: Self.nested(17)), "metadata", ["17", "16"]),
            (PassageDraft(fields: ["text": "x"], metadata: Self.sized(10_241)), "metadata", ["10241", "10240"]),
        ] as [(PassageDraft, String, [String])]
    )
    func `a refusal names the field, the value and the limit`(draft: PassageDraft, field: String, words: [String])
        throws
    {
        let error = try #require(throws: ContextError.self) { _ = try draft.validated(as: .text) }
        #expect(error.status == 400)
        #expect(error.parameter == field)
        for word in words { #expect(error.message.contains(word), "\(error.message)") }
        #expect(error.message.count < 300)
    }

    private static func nested(_ depth: Int) -> JSONValue {
        (1..<depth).reduce(JSONValue.emptyObject) { value, _ in ["x": value] }
    }

    private static func sized(_ bytes: Int) -> JSONValue {
        ["x": .string(String(repeating: "y", count: bytes - 8))]
    }

    @Test func `exactly the limit is accepted`() throws {
        for metadata in [Self.sized(10_240), Self.nested(16)] {
            #expect(
                try PassageDraft(fields: ["text": "x"], metadata: metadata).validated(as: .text).metadata == metadata
            )
        }
        let kept = try PassageDraft(id: String(repeating: "x", count: 256), fields: ["text": "x", "title": " "])
            .validated(as: .text)
        #expect(kept.fields == ["text": "x"])
    }

    @Test func `a bad passage is refused alone, with its place`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        let drafts = [text("a", "one"), text("b", " "), text("c", "three", Self.sized(10_241)), text("d", "four")]
        let receipt = try await library.write(drafts, to: notes, at: start)
        #expect(receipt.ids == ["a", "d"])
        #expect(receipt.created == 2)
        #expect(receipt.errors.map(\.index) == [1, 2])
        #expect(receipt.errors.map(\.id) == ["b", "c"])
        #expect(receipt.errors.map(\.param) == ["fields", "metadata"])
    }

    @Test func `a thousand passages are one call, one more is refused whole`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        let drafts = (0...1_000).map { text("p\($0)", "x") }
        let error = await #expect(throws: ContextError.self) { try await library.write(drafts, to: notes, at: start) }
        #expect(error?.status == 413)
        #expect(error?.message.contains("1001") == true && error?.message.contains("1000") == true)
        #expect(library.index.count == 0)
        #expect(try await library.write(Array(drafts.dropLast()), to: notes, at: start).created == 1_000)
        #expect(library.index.count == 1_000)
    }

    @Test func `writing again counts what changed, keeps the key, and leaves the rest alone`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        _ = try await library.write([text("a", "one"), text("b", "two", ["x": 1])], to: notes, at: start)
        let before = try await library.keys(ids: ["a", "b"], for: .local).sorted()
        let revision = library.index.revision
        let same = try await library.write(
            [text("a", "one"), text("b", "two", ["x": 1])],
            to: notes,
            at: start.adding(seconds: 9)
        )
        #expect((same.unchanged, same.updated, same.created) == (2, 0, 0))
        #expect(library.index.revision == revision)
        let changed = try await library.write(
            [text("a", "one"), text("b", "two", ["x": 2]), text("a", "new")],
            to: notes,
            at: start
        )
        #expect((changed.unchanged, changed.updated, changed.created) == (1, 2, 0))
        #expect(try await library.keys(ids: ["a", "b"], for: .local).sorted() == before)
        let unnamed = try await library.write([PassageDraft(fields: ["text": "z"])], to: notes, at: start)
        #expect(unnamed.ids.count == 1 && unnamed.ids[0].hasPrefix("p_"))
    }

    @Test func `a deleted passage is gone, and deleting it again is an error`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        _ = try await library.write([text("a", "one")], to: notes, at: start)
        try await library.deletePassage("a", from: notes)
        #expect(library.index.count == 0)
        let error = await #expect(throws: ContextError.self) { try await library.deletePassage("a", from: notes) }
        #expect(error?.status == 404)
    }

    @Test func `a full collection lets the oldest go and does not claim to have kept it`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection("few", .capacity(3))
        for number in 0..<3 {
            _ = try await library.write(
                [text("p\(number)", "common \(number)")],
                to: notes,
                at: start.adding(seconds: number)
            )
        }
        _ = try await library.write([text("p0", "common again")], to: notes, at: start.adding(seconds: 10))
        let receipt = try await library.write([text("p3", "common new")], to: notes, at: start.adding(seconds: 11))
        #expect(receipt.evicted == 1)
        let query = RetrievalQuery("common", mode: .keyword, in: [notes], limit: 9)
        #expect(Set(try await library.find(query)) == ["p0", "p2", "p3"])
        let flood = try await library.write(
            (0..<5).map { text("f\($0)", "common f") },
            to: notes,
            at: start.adding(seconds: 20)
        )
        #expect(flood.evicted == 5)
        #expect(flood.ids == ["f2", "f3", "f4"])
        #expect(Set(try await library.find(query)) == ["f2", "f3", "f4"])
        #expect(try await library.disagreements() == [])
    }

    @Test func `a time to live runs from the last writing, also of the same`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection("short", .timeToLive(60))
        let kept = try await library.textCollection("long")
        _ = try await library.write([text("a", "x"), text("b", "y")], to: notes, at: start)
        _ = try await library.write([text("c", "z")], to: kept, at: start)
        _ = try await library.write([text("b", "y")], to: notes, at: start.adding(seconds: 30))
        func sweep(_ seconds: Int) async throws -> Int {
            let swept = try await library.database.transaction {
                try await PassageStore.sweepExpired(at: start.adding(seconds: seconds), on: $0)
            }
            try await library.index.catchUp()
            return swept
        }
        #expect(try await sweep(59) == 0)
        #expect(try await sweep(60) == 1)
        #expect(try await library.allPassages().map(\.id).sorted() == ["b", "c"])
        #expect(try await sweep(89) == 0)
        #expect(try await sweep(1_000_000) == 1)
        #expect(try await library.disagreements() == [])
    }

    @Test(
        arguments: [
            (CollectionDraft(name: "", kind: .text), "name"), (CollectionDraft(name: "-a", kind: .text), "name"),
            (CollectionDraft(name: "a b", kind: .text), "name"), (CollectionDraft(name: "../etc", kind: .text), "name"),
            (CollectionDraft(name: "é", kind: .text), "name"),
            (CollectionDraft(name: String(repeating: "a", count: 65), kind: .text), "name"),
            (CollectionDraft(name: "a", kind: .text, retention: .capacity(0)), "retention"),
            (CollectionDraft(name: "a", kind: .text, retention: .timeToLive(0)), "retention"),
            (CollectionDraft(name: "a", kind: .text, retention: .timeToLive(.max)), "retention"),
            (CollectionDraft(name: "a", kind: .text, retention: .connection), "retention"),
            (CollectionDraft(name: "a", kind: .text, metadata: [1]), "metadata"),
            (CollectionDraft(name: "a", kind: .text, metadata: Self.sized(10_241)), "metadata"),
        ] as [(CollectionDraft, String)]
    )
    func `a collection that makes no sense is refused by field`(draft: CollectionDraft, field: String) async throws {
        let library = try await openLibrary()
        let error = await #expect(throws: ContextError.self) { try await library.create(draft, for: .local, at: start) }
        #expect(error?.status == 400)
        #expect(error?.parameter == field)
    }

    @Test func `a name is taken once a scope, and free again after deletion`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        _ = try await library.write([text("a", "x"), text("b", "y")], to: notes, at: start)
        let error = await #expect(throws: ContextError.self) { try await library.textCollection() }
        #expect(error?.status == 409)
        #expect(try await library.delete(notes) == 2)
        #expect(library.index.count == 0)
        let again = try await library.textCollection()
        #expect(again.key != notes.key)
        #expect(try await library.find(RetrievalQuery("x", in: [again, notes], limit: 5)).isEmpty)
    }

    @Test func `the built-in collections are made once`() async throws {
        let library = try await openLibrary()
        for _ in 0..<2 { try await library.createBuiltInCollections(in: .local, at: start) }
        let names = try await library.collections(for: .local).map(\.name)
        #expect(
            names == [
                "best-practices", "codebase-context", "error-solutions", "interaction-history", "skills-patterns",
            ]
        )
    }

    @Test func `fields and metadata come back as they went in, whatever is in them`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        let odd = "nul\u{0} quote\" back\\slash e\u{301} 🏳️‍🌈 \u{2028} end"
        let metadata: JSONValue = [
            "\u{1}": .string(odd), "n": .number(0.1), "big": .number(1e21), "deep": ["a": [.null, true]],
        ]
        _ = try await library.write(
            [PassageDraft(id: "é ü", fields: ["text": odd, "title": odd], metadata: metadata)],
            to: notes,
            at: start
        )
        let passage = try #require(try await library.allPassages().first)
        #expect(passage.id == "é ü")
        #expect(passage.fields == ["text": odd, "title": odd])
        #expect(passage.metadata == metadata)
        #expect(
            ContentHash.of(passage.fields, passage.metadata) == ContentHash.of(["title": odd, "text": odd], metadata)
        )
    }

    @Test func `a bill of one collection's facets and samples knows the living only`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        let other = try await library.textCollection("other")
        _ = try await library.write(
            (0..<20).map { text("p\($0)", "x", ["team": $0 < 15 ? "red" : "blue"]) },
            to: notes,
            at: start
        )
        _ = try await library.write([text("q", "x", ["team": "green"])], to: other, at: start.adding(seconds: 5))
        try await library.deletePassage("p0", from: notes)
        let facet = try #require(library.facets(of: notes, paths: 5, values: 5).first { $0.path == "team" })
        #expect(facet.values.map(\.value) == ["red", "blue"])
        #expect(facet.values.map(\.passages) == [14, 5])
        let samples = try await library.samples(of: notes, limit: 4)
        #expect(samples.count == 4 && Set(samples.map(\.id)).count == 4 && !samples.map(\.id).contains("p0"))
        #expect(try await library.lastChanges(in: [notes, other])[other.key] == start.adding(seconds: 5))
        #expect(try await library.lastChanges(in: []).isEmpty)
    }

    @Test(InstalledModel.isThere)
    func `a passage that comes twice in one call keeps a vector`() async throws {
        let embedder = try InstalledModel.embedder()
        let library = try await openLibrary(embedder: embedder)
        let notes = try await library.textCollection()
        _ = try await library.write([text("a", "A kitten sleeps.")], to: notes, at: start)
        let receipt = try await library.write(
            [text("a", "A train leaves."), text("a", "A kitten sleeps.")],
            to: notes,
            at: start
        )
        #expect(receipt.updated == 2)
        let lacking = try await library.database.read {
            try await PassageStore.unembedded(by: embedder.model, after: 0, limit: 9, on: $0)
        }
        #expect(lacking.isEmpty)
        #expect(try await library.find(RetrievalQuery("young cat", mode: .vector, in: [notes], limit: 1)) == ["a"])
        #expect(try await library.disagreements() == [])
    }
}
