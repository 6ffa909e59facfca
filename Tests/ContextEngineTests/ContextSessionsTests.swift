import ContextCore
import FoundationEssentials
import Retrieval
import SQL
import TestSupport
import Testing

@testable import ContextEngine

@Suite struct ContextSessionsTests {
    @Test func `a new session has an id, counts its turns, and says what it searched`() async throws {
        let engine = try await openEngine()
        try await engine.fillWithMatters()
        let first = try await engine.pull(ContextRequest("  systemd service failure\n"))
        #expect(first.sessionID.hasPrefix("s_") && first.turnNumber == 1)
        #expect(first.collectionsSearched == ["error-solutions", "best-practices"])
        #expect(first.contextIDs.count > 1 && first.context.hasPrefix("- **"))
        #expect(first.tokenCount == engine.library.tokens.count(first.context))
        #expect(first.degraded == ["embeddings"])
        let second = try await engine.pull(
            ContextRequest("postgres index failure", sessionID: first.sessionID),
            caller(after: 60)
        )
        #expect(second.turnNumber == 2 && second.sessionID == first.sessionID)
        let session = try await engine.sessions.session(first.sessionID, caller(after: 60))
        #expect(session.queries == ["systemd service failure", "postgres index failure"])
        #expect(session.itemsSent == first.contextIDs.count + second.contextIDs.count)
        #expect(session.tokensSent == first.tokenCount + second.tokenCount)
        #expect((session.createdAt, session.lastAccessed) == (start, start.adding(seconds: 60)))
    }

    @Test func `an unknown id starts under that id, an expired one afresh, a foreign one is not found`() async throws {
        let engine = try await openEngine(scopes: ["acme/ada", "acme/bob"])
        let (ada, bob) = (try principal("acme/ada"), try principal("acme/bob"))
        try await engine.fill("error-solutions", for: ada, [solution("a", "alpha failure", "Turn it off.")])
        let first = try await engine.pull(ContextRequest("alpha failure", sessionID: "mine"), caller(ada))
        #expect((first.sessionID, first.turnNumber, first.contextIDs) == ("mine", 1, ["a"]))
        for operation in 0..<3 {
            let error = await #expect(throws: ContextError.self) {
                switch operation {
                case 0: _ = try await engine.pull(ContextRequest("alpha failure", sessionID: "mine"), caller(bob))
                case 1: _ = try await engine.sessions.session("mine", caller(bob))
                default: try await engine.sessions.clear("mine", caller(bob))
                }
            }
            #expect(error?.status == 404)
        }
        #expect(
            try await engine.pull(ContextRequest("alpha failure", sessionID: "mine"), caller(ada, after: 3_599))
                .contextIDs == []
        )
        let late = caller(ada, after: 3_599 + 3_600)
        await #expect(throws: ContextError.self) { try await engine.sessions.session("mine", late) }
        let fresh = try await engine.pull(ContextRequest("alpha failure", sessionID: "mine"), late)
        #expect((fresh.turnNumber, fresh.contextIDs) == (1, ["a"]))
        #expect(try await engine.sessions.session("mine", late).createdAt == late.now)
    }

    @Test func `a cleared session is unknown and starts again`() async throws {
        let engine = try await openEngine()
        try await engine.fill("error-solutions", [solution("a", "alpha failure", "Turn it off.")])
        let turn = try await engine.pull(ContextRequest("alpha failure"))
        try await engine.sessions.clear(turn.sessionID, caller())
        await #expect(throws: ContextError.self) { try await engine.sessions.session(turn.sessionID, caller()) }
        await #expect(throws: ContextError.self) { try await engine.sessions.clear(turn.sessionID, caller()) }
        #expect(try await engine.pull(ContextRequest("alpha failure", sessionID: turn.sessionID)).contextIDs == ["a"])
    }

    @Test func `brief first, then in full at a higher level, then never again`() async throws {
        let engine = try await openEngine()
        try await engine.fill("error-solutions", [solution("a", "alpha failure", "Turn it off.", ["note": "n1"])])
        let id = try await engine.pull(ContextRequest("alpha failure")).sessionID
        func pull(_ level: ContextLevel) async throws -> ContextTurn {
            try await engine.pull(ContextRequest("alpha failure", sessionID: id, level: level))
        }
        let again = try await pull(.standard)
        #expect(again.contextIDs == [] && again.omitted.alreadySent == 1)
        #expect(try await pull(.detailed).context == "**Error:** alpha failure\n**Solution:** Turn it off.")
        for level in ContextLevel.allCases { #expect(try await pull(level).contextIDs == []) }
    }

    @Test func `the levels ask their collections in their form`() async throws {
        let engine = try await openEngine()
        try await engine.fill("error-solutions", [solution("a", "alpha failure", "Turn it off.", ["note": "n1"])])
        try await engine.fill(
            "codebase-context",
            [PassageDraft(id: "c", fields: ["file": "a.swift", "language": "swift", "content": "alpha failure"])]
        )
        try await engine.fill(
            "skills-patterns",
            [PassageDraft(id: "s", fields: ["practice": "alpha failure drill", "description": "Drill."])]
        )
        let standard = try await engine.pull(ContextRequest("alpha failure"))
        #expect(standard.contextIDs == ["a"])
        let detailed = try await engine.pull(ContextRequest("alpha failure", level: .detailed))
        #expect(Set(detailed.contextIDs) == ["a", "c"] && !detailed.context.contains("n1"))
        #expect(detailed.context.contains("```swift\nalpha failure\n```"))
        let whole = try await engine.pull(ContextRequest("alpha failure", level: .comprehensive))
        #expect(Set(whole.contextIDs) == ["a", "c", "s"] && whole.context.contains("**Metadata:** note: n1"))
        #expect(whole.collectionsSearched.count == 5)
        let named = try await engine.pull(
            ContextRequest("alpha failure", collections: ["skills-patterns", "skills-patterns"])
        )
        #expect(named.contextIDs == ["s"] && named.collectionsSearched == ["skills-patterns"])
    }

    @Test func `nothing found is a sentence, no ids and no error`() async throws {
        let engine = try await openEngine()
        for query in ["anything at all", "???"] {
            let turn = try await engine.pull(ContextRequest(query))
            #expect(turn.context == "No relevant context found in local knowledge base.")
            #expect((turn.contextIDs, turn.suggestions, turn.tokenCount, turn.turnNumber) == ([], [], 0, 1))
        }
        try await engine.fillWithMatters()
        #expect(try await engine.pull(ContextRequest("quantum chromodynamics")).context == ContextSessions.nothingFound)
    }

    @Test func `what the client has is not sent`() async throws {
        let engine = try await openEngine()
        try await engine.fill(
            "error-solutions",
            [
                solution("a", "alpha failure", "Turn it off."),
                solution("b", "alpha failure again", "Wait for the morning shift."),
            ]
        )
        let turn = try await engine.pull(ContextRequest("alpha failure", previousContextIDs: ["a", "unknown"]))
        #expect(turn.contextIDs == ["b"])
        #expect(turn.omitted.alreadySent == 1)
    }

    @Test(arguments: [(500, 6), (6, 6), (2, 2), (0, 0)])
    func `of what the client has a limited number is looked at, and nothing is sent`(limit: Int, count: Int)
        async throws
    {
        let engine = try await openEngine {
            $0.candidates = 2
            $0.limits.sentCandidates = limit
        }
        try await engine.fillWithMatters()
        let turn = try await engine.pull(
            ContextRequest(
                "systemd service failure",
                previousContextIDs: ["e0", "e4", "e8", "e12", "e16", "e20"],
                maxTokens: 32_000,
                collections: ["error-solutions"],
                explain: true
            )
        )
        #expect(Set(turn.contextIDs) == ["e24", "e28"])
        #expect(turn.omitted.alreadySent == count)
        #expect(turn.manifest?.candidates.count == 2 + count)
    }

    @Test(
        arguments: [
            (ContextRequest("  "), "query"), (ContextRequest(String(repeating: "x", count: 8_193)), "query"),
            (ContextRequest("x", maxTokens: 0), "max_tokens"), (ContextRequest("x", maxTokens: 32_001), "max_tokens"),
            (ContextRequest("x", maxTokens: .min), "max_tokens"), (ContextRequest("x", sessionID: ""), "session_id"),
            (ContextRequest("x", sessionID: "a\u{7F}"), "session_id"),
            (ContextRequest("x", collections: []), "collections"),
            (ContextRequest("x", metadata: [1]), "metadata"),
            (ContextRequest("x", metadata: ["x": .string(String(repeating: "y", count: 10_240))]), "metadata"),
        ] as [(ContextRequest, String)]
    )
    func `a request out of its limits is refused by field and leaves nothing behind`(
        request: ContextRequest,
        field: String
    ) async throws {
        let engine = try await openEngine()
        let error = await #expect(throws: ContextError.self) { try await engine.pull(request) }
        #expect(error?.status == 400)
        #expect(error?.parameter == field)
        let sessions = try await engine.library.database.read { try await $0.query("SELECT id FROM session").count }
        #expect(sessions == 0)
    }

    @Test func `a collection that is not there, or not the caller's, is not found`() async throws {
        let engine = try await openEngine(scopes: ["local", "globex"])
        let hidden = CollectionDraft(name: "hidden", kind: .text)
        _ = try await engine.library.create(hidden, for: try principal("globex"), at: start)
        for name in ["nowhere", "hidden"] {
            let error = await #expect(throws: ContextError.self) {
                try await engine.pull(ContextRequest("x", collections: [name]))
            }
            #expect(error?.status == 404)
            #expect(error?.parameter == "collections")
        }
    }

    @Test func `metadata is merged over the turns, up to the limit for the whole`() async throws {
        let engine = try await openEngine()
        let id = try await engine.pull(ContextRequest("x", metadata: ["a": 1, "b": 1])).sessionID
        _ = try await engine.pull(
            ContextRequest("x", sessionID: id, metadata: ["b": 2, "c": .string(String(repeating: "y", count: 6_000))])
        )
        let error = await #expect(throws: ContextError.self) {
            try await engine.pull(
                ContextRequest("x", sessionID: id, metadata: ["d": .string(String(repeating: "y", count: 6_000))])
            )
        }
        #expect(error?.parameter == "metadata")
        let session = try await engine.sessions.session(id, caller())
        #expect(session.turns.count == 2)
        #expect(session.metadata.objectValue?["a"] == 1 && session.metadata.objectValue?["b"] == 2)
        #expect(session.metadata.objectValue?["d"] == nil)
    }

    @Test func `a filter narrows and, in whatever form, does not widen`() async throws {
        let engine = try await openEngine()
        try await engine.fillWithMatters()
        let filter = try MetadataFilter(["severity": ["$not": ["$in": [0, 1]]]])
        let turn = try await engine.pull(
            ContextRequest(
                "systemd service failure",
                maxTokens: 32_000,
                collections: ["error-solutions"],
                filter: filter,
                explain: true
            )
        )
        #expect(!turn.contextIDs.isEmpty)
        #expect(turn.contextIDs.allSatisfy { (Int($0.dropFirst()) ?? 0) % 3 == 2 })
        #expect(turn.manifest?.candidates.allSatisfy { (Int($0.id.dropFirst()) ?? 0) % 3 == 2 } == true)
    }

    @Test func `the chunks beside a hit come along at comprehensive, unless the filter keeps them out`() async throws {
        let engine = try await openEngine()
        let history = try await engine.library.collection("skills-patterns", for: .local)
        let parts = ["before the storm", "alpha failure handling", "after the rain", "far away"]
        let content = parts.enumerated().map { "# Part \($0)\n\nThis is \($1).\n" }.joined(separator: "\n")
        let bytes = Array(content.utf8)
        _ = try await engine.library.ingest(
            DocumentDraft(source: "d.md", contentHash: [1], bytes: bytes.count),
            DocumentReader.Input(bytes: bytes, name: "d.md"),
            into: history,
            at: start
        )
        let all = try await engine.pull(ContextRequest("alpha failure handling", level: .comprehensive))
        #expect(all.contextIDs.count == 3)
        #expect(
            all.context.contains("before the storm") && all.context.contains("after the rain")
                && !all.context.contains("far away")
        )
        let filter = try MetadataFilter(["heading": ["$ne": "Part 2"]])
        let some = try await engine.pull(
            ContextRequest("alpha failure handling", level: .comprehensive, filter: filter)
        )
        #expect(!some.context.contains("after the rain"), "\(some.context)")
    }

    @Test func `the wire names are the contract's`() async throws {
        let engine = try await openEngine()
        let turn = try await engine.pull(ContextRequest("x", explain: true))
        let json = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(turn))
        let names: Set<String> = [
            "context", "context_ids", "suggestions", "token_count", "collections_searched", "session_id", "turn_number",
            "manifest_id", "omitted", "manifest", "degraded",
        ]
        #expect(Set(json.objectValue?.keys.map(\.self) ?? []) == names)
    }

    @Test(InstalledModel.isThere)
    func `with the model a question is answered by meaning, and nothing is degraded`() async throws {
        let engine = try await openEngine(embedder: try InstalledModel.embedder())
        try await engine.fill(
            "error-solutions",
            [
                solution("disk", "No space left on device", "Delete old log files or enlarge the partition."),
                solution("tls", "Certificate has expired", "Renew it and reload the web server."),
            ]
        )
        let turn = try await engine.pull(ContextRequest("my hard drive is full, what can I do?", explain: true))
        #expect(turn.contextIDs == ["disk"])
        #expect(turn.degraded == nil)
        #expect(turn.tokenCount == engine.library.tokens.count(turn.context))
        #expect(turn.manifest?.tokenizer.contains("WordPiece") == true)
        #expect(turn.manifest?.candidates.first?.vectorScore ?? 0 > 0.3)
        let unrelated = try await engine.pull(ContextRequest("recipe for a chocolate cake"))
        #expect(unrelated.contextIDs.isEmpty)
    }
}
