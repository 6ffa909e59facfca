import ContextCore
import Testing

@testable import Retrieval

/// Nothing crosses a scope, by any way in.
@Suite struct ScopeIsolationTests {
    /// One collection of the same name in each of four scopes, with the same words and vectors in all of them.
    private struct World {
        let library: PassageLibrary
        var collections: [String: PassageCollection] = [:]
        static let scopes = ["acme", "acme/site", "acme/site2", "globex"]

        init() async throws {
            library = try await openLibrary(model: madeUpModel)
            for path in Self.scopes {
                let collection = try await library.create(
                    CollectionDraft(name: "notes", kind: .text),
                    for: try principal(path),
                    at: start
                )
                collections[path] = collection
                for number in 0..<5 {
                    let draft = text(
                        "\(path)-\(number)",
                        "secret plans number\(number)",
                        ["n": .number(Double(number)), "owner": .string(path)]
                    )
                    try await library.keep(draft, [1, Float(number), 0, 0, 0, 0, 0, 1], in: collection)
                }
            }
        }

        var all: [PassageCollection] { Self.scopes.compactMap { collections[$0] } }
    }

    @Test(
        arguments: [
            ("acme", ["acme", "acme/site", "acme/site2"]), ("acme/site", ["acme/site"]), ("globex", ["globex"]),
            ("nobody", []), ("acme/site2", ["acme/site2"]),
        ]
    )
    func `whatever the filter, mode and collections asked, a search stays inside`(home: String, allowed: [String])
        async throws
    {
        let world = try await World()
        let caller = try principal(home)
        let filters: [JSONValue] = [
            .null, [:], ["$not": ["owner": .string(home)]],
            ["$or": [["owner": "globex"], ["owner": ["$exists": true]]]],
            ["owner": ["$nin": []]], ["$not": ["$or": []]], ["owner": "globex"], ["n": ["$gte": 0]],
        ]
        for json in filters {
            let filter = try MetadataFilter(json)
            for mode in SearchMode.allCases {
                let query = RetrievalQuery(
                    "secret plans",
                    vector: [1, 1, 0, 0, 0, 0, 0, 1],
                    mode: mode,
                    in: world.all,
                    filter: filter,
                    limit: 100
                )
                let hits = try await world.library.search(query, for: caller).hits
                #expect(hits.allSatisfy { allowed.contains($0.passage.scope.path) })
                let expected = try await world.library.allPassages().filter {
                    allowed.contains($0.scope.path) && filter?.matches($0.filterable) ?? true
                }
                #expect(Set(hits.map(\.passage.key)) == Set(expected.map(\.key)), "\(json) \(mode)")
            }
        }
    }

    @Test func `keys, passages and relatives of foreign passages are not given out`() async throws {
        let world = try await World()
        let caller = try principal("acme/site")
        let passages = try await world.library.allPassages()
        let own = Set(passages.filter { $0.scope.path == "acme/site" }.map(\.key))
        #expect(Set(try await world.library.keys(ids: passages.map(\.id), for: caller)) == own)
        #expect(Set(try await world.library.passages(keys: passages.map(\.key), for: caller).map(\.key)) == own)
        let related = try await world.library.related(
            to: passages.map(\.key),
            in: world.all,
            limit: 100,
            excluding: [],
            for: caller
        )
        #expect(related.allSatisfy { own.contains($0.key) })
        #expect(!related.isEmpty)
    }

    @Test func `chunks beside a chunk are the caller's own`() async throws {
        let world = try await World()
        let site = try #require(world.collections["acme/site"])
        let bytes = Array("# One\n\nFirst part.\n\n# Two\n\nSecond part.\n\n# Three\n\nThird part.\n".utf8)
        let draft = DocumentDraft(source: "a.md", contentHash: [1], bytes: bytes.count)
        let input = DocumentReader.Input(bytes: bytes, name: "a.md")
        guard
            case .indexed(let id, let count, _, _) = try await world.library.ingest(draft, input, into: site, at: start)
        else {
            Issue.record("not indexed")
            return
        }
        #expect(count == 3)
        let middle = try #require(try await world.library.allPassages().first { $0.chunk?.ordinal == 1 })
        #expect(try await world.library.neighbours(of: middle, reach: 1, for: principal("acme/site")).count == 2)
        #expect(try await world.library.neighbours(of: middle, reach: 1, for: principal("acme/site2")).isEmpty)
        #expect(try await world.library.neighbours(of: middle, reach: 0, for: principal("acme/site")).isEmpty)
        await #expect(throws: ContextError.self) { try await world.library.document(id, for: try principal("globex")) }
        await #expect(throws: ContextError.self) {
            try await world.library.deleteDocument(id, for: try principal("acme/site2"))
        }
        #expect(try await world.library.document(id, for: principal("acme")).id == id)
    }

    @Test func `a collection is seen from above, not from beside, and the nearest one wins`() async throws {
        let world = try await World()
        let library = world.library
        #expect(try await library.collections(for: principal("globex")).map(\.scope.path) == ["globex"])
        let member = try principal("acme/site", reading: ["acme", "acme/site"])
        #expect(try await library.collections(for: member).map(\.scope.path) == ["acme/site", "acme", "acme/site2"])
        #expect(try await library.collection("notes", for: member).scope.path == "acme/site")
        let guest = try principal("acme/site2/ada", reading: ["acme"])
        #expect(try await library.collection("notes", for: guest).scope.path == "acme/site2")
        let error = await #expect(throws: ContextError.self) {
            try await library.collection("notes", for: try principal("nobody"))
        }
        #expect(error?.status == 404)
    }

    @Test func `scores and explanations are the same whatever words other scopes hold`() async throws {
        func hits(withOthers: Bool) async throws -> [[SearchHit]] {
            let library = try await openLibrary(model: madeUpModel)
            let (mine, theirs) = (try principal("acme/site"), try principal("globex"))
            let draft = CollectionDraft(name: "notes", kind: .text)
            let hidden = try await library.create(draft, for: theirs, at: start)
            let notes = try await library.create(draft, for: mine, at: start)
            if withOthers {
                let drafts = (0..<40).map { text("h\($0)", "plan merger budget \(String(repeating: "x ", count: $0))") }
                _ = try await library.write(drafts, to: hidden, at: start)
            }
            let words = ["plan", "merger", "budget", "lighthouse", "keeper"]
            for number in 0..<12 {
                let body = (0...number).map { words[($0 * 7 + number) % words.count] }.joined(separator: " ")
                try await library.keep(text("p\(number)", body), [1, Float(number), 0, 0, 0, 0, 0, 1], in: notes)
            }
            var found: [[SearchHit]] = []
            for mode in SearchMode.allCases {
                for query in ["merger plan", "budget", "lighthouse merger of the keeper", "unheard plan"] {
                    let search = RetrievalQuery(
                        query,
                        vector: [1, 3, 0, 0, 0, 0, 0, 1],
                        mode: mode,
                        in: [notes, hidden],
                        limit: 20
                    )
                    found.append(try await library.search(search, for: mine).hits)
                }
            }
            #expect(
                library.subjectTerms(of: "merger plan of June", answeredBy: [], limit: 9, for: mine).count == 2
            )
            return found
        }
        let alone = try await hits(withOthers: false)
        let beside = try await hits(withOthers: true)
        for (left, right) in zip(alone, beside) {
            #expect(left.map(\.passage.id) == right.map(\.passage.id))
            #expect(left.map(\.score) == right.map(\.score))
            #expect(left.map(\.evidence) == right.map(\.evidence))
        }
    }
}
