import ContextCore
import Embeddings
import FoundationEssentials
import Retrieval
import TestSupport
import Testing

@testable import ContextEngine

@Suite struct InteractionTests {
    @Test func `an interaction is found by a later session at comprehensive, and only there`() async throws {
        let engine = try await openEngine()
        let interaction = Interactions.Interaction(
            sessionID: "old",
            query: "How to drain the pool",
            response: "Open the lower valve.",
            outcome: .success,
            userFeedback: 1,
            metadata: ["outcome": "faked", "team": "red"]
        )
        let id = try await engine.interactions.record(interaction, caller())
        #expect(id.hasPrefix("i_"))
        #expect(try await engine.pull(ContextRequest("drain the pool", level: .detailed)).contextIDs.isEmpty)
        let turn = try await engine.pull(ContextRequest("drain the pool", level: .comprehensive))
        #expect(turn.contextIDs == [id])
        #expect(turn.context.contains("Open the lower valve.") && turn.context.contains("outcome: success"))
        let filter = try MetadataFilter(["outcome": "success", "user_feedback": 1, "team": "red", "session_id": "old"])
        #expect(
            try await engine.pull(ContextRequest("drain the pool", level: .comprehensive, filter: filter)).contextIDs
                == [id]
        )
    }

    @Test func `it stays in its scope`() async throws {
        let engine = try await openEngine(scopes: ["acme/ada", "acme/bob"])
        let (ada, bob) = (try principal("acme/ada"), try principal("acme/bob"))
        let interaction = Interactions.Interaction(
            query: "drain the pool",
            response: "Open the valve.",
            outcome: .partial
        )
        let id = try await engine.interactions.record(interaction, caller(ada))
        let request = ContextRequest("drain the pool", level: .comprehensive)
        #expect(try await engine.pull(request, caller(bob)).contextIDs.isEmpty)
        #expect(try await engine.pull(request, caller(ada)).contextIDs == [id])
    }

    @Test(
        arguments: [
            (Interactions.Interaction(query: "", response: "x", outcome: .success), "query"),
            (Interactions.Interaction(query: "x", response: "\n", outcome: .success), "response"),
            (Interactions.Interaction(query: "x", response: "x", outcome: .success, userFeedback: 2), "user_feedback"),
            (Interactions.Interaction(query: "x", response: "x", outcome: .success, metadata: .null), "metadata"),
        ] as [(Interactions.Interaction, String)]
    )
    func `one that makes no sense is refused by field`(interaction: Interactions.Interaction, field: String)
        async throws
    {
        let engine = try await openEngine()
        let error = await #expect(throws: ContextError.self) {
            try await engine.interactions.record(interaction, caller())
        }
        #expect(error?.status == 400)
        #expect(error?.parameter == field)
    }
}

@Suite struct TrainingDataExportTests {
    /// Two sessions with reports: the first unsure, then sure; the second in another scope.
    private func reported() async throws -> (engine: Engine, ada: Principal, bob: Principal) {
        let engine = try await openEngine(scopes: ["acme/ada", "acme/bob"])
        let (ada, bob) = (try principal("acme/ada"), try principal("acme/bob"))
        for principal in [ada, bob] {
            try await engine.fill("error-solutions", for: principal, [solution("a", "alpha failure", "Turn it off.")])
            try await engine.fill(
                "best-practices",
                for: principal,
                [PassageDraft(id: "b", fields: ["practice": "beta practice", "description": "Rest."])]
            )
        }
        _ = try await engine.pull(ContextRequest("alpha failure", sessionID: "ada"), caller(ada))
        _ = try await engine.pull(ContextRequest("beta practice", sessionID: "bob"), caller(bob))
        func report(_ principal: Principal, _ response: String, _ confidence: Double, _ seconds: Int) async throws {
            let request = FeedbackRequest(
                sessionID: principal.subject == "acme/ada" ? "ada" : "bob",
                response: response,
                confidence: confidence
            )
            _ = try await engine.sessions.evaluate(request, caller(principal, after: seconds))
        }
        try await report(ada, "Perhaps off.", 0.4, 10)
        try await report(bob, "Rest.", 0.7, 15)
        try await report(ada, "Certainly off.", 0.9, 20)
        return (engine, ada, bob)
    }

    private func lines(_ engine: Engine, _ selection: TrainingDataExport.Selection, _ principal: Principal) async throws
        -> [JSONValue]
    {
        var lines: [JSONValue] = []
        try await engine.trainingData.forEachLine(selection, for: principal) { line in
            #expect(!line.contains { $0.isNewline })
            lines.append(try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8)))
        }
        return lines
    }

    @Test func `raw lines hold what was reported, newest last, with the context that was sent`() async throws {
        let (engine, ada, _) = try await reported()
        let lines = try await lines(engine, .init(format: .raw), ada).compactMap(\.objectValue)
        #expect(lines.map { $0["response"] } == ["Perhaps off.", "Certainly off."])
        #expect(lines.map { $0["confidence"] } == [0.4, 0.9])
        #expect(lines.allSatisfy { $0["context"] == "- **Error:** alpha failure **Solution:** Turn it off." })
        #expect(lines[0]["recorded_at"] == .string(start.adding(seconds: 10).iso8601))
    }

    @Test func `chat lines are system, user and assistant`() async throws {
        let (engine, ada, _) = try await reported()
        let lines = try await lines(engine, .init(format: .chat, minimumConfidence: 0.5), ada)
        #expect(
            lines == [
                [
                    "messages": [
                        ["role": "system", "content": "- **Error:** alpha failure **Solution:** Turn it off."],
                        ["role": "user", "content": "alpha failure"],
                        ["role": "assistant", "content": "Certainly off."],
                    ]
                ]
            ]
        )
    }

    @Test func `a preference is the surer response over the unsurer one, whichever came first`() async throws {
        let (engine, ada, _) = try await reported()
        func pair(_ line: JSONValue?) -> [JSONValue?] {
            ["preferred_output", "non_preferred_output"].map { name in
                guard case .array(let messages)? = line?.objectValue?[name] else { return nil }
                return messages.first?.objectValue?["content"]
            }
        }
        let first = try await lines(engine, .init(format: .preference), ada)
        #expect(first.count == 1 && pair(first.first) == ["Certainly off.", "Perhaps off."])
        let worse = FeedbackRequest(sessionID: "ada", response: "No idea.", confidence: 0.1)
        _ = try await engine.sessions.evaluate(worse, caller(ada, after: 30))
        let more = try await lines(engine, .init(format: .preference, minimumConfidence: 0.4), ada)
        #expect(more.count == 2 && pair(more.last) == ["Perhaps off.", "No idea."])
    }

    @Test func `a query is remembered until as many others came up since as may be remembered`() throws {
        var pairs = PreferencePairs(limit: 3)
        var key: Int64 = 0
        func pair(_ session: String, _ confidence: Double, in scope: String = "local") throws -> PreferencePairs.Pair? {
            key += 1
            let report = FeedbackStore.Report(
                session: session,
                scope: try #require(Scope(path: scope)),
                subject: "local",
                at: start,
                turn: 1,
                query: "q",
                manifestID: nil,
                response: "r",
                confidence: confidence,
                gaps: [],
                suggested: [],
                estimate: 0,
                metadata: .emptyObject
            )
            return pairs.pair(with: report, key: key)
        }
        for session in ["a", "b", "c"] { #expect(try pair(session, 0.5) == nil) }
        #expect(try pair("a", 0.55) == nil)
        #expect(try pair("a", 0.9) == .init(rejected: 1, chosen: 5))
        #expect(try pair("b", 0.2) == .init(rejected: 6, chosen: 2))
        // The first makes room for the fourth; the others stay.
        #expect(try pair("d", 0.5) == nil)
        #expect(try pair("b", 0.5) == .init(rejected: 6, chosen: 8))
        #expect(try pair("c", 0.9) == .init(rejected: 3, chosen: 9))
        #expect(try pair("a", 0.9) == nil)
        #expect(try pair("c", 0.9, in: "acme") == nil)
    }

    @Test func `since, confidence and collection choose`() async throws {
        let (engine, ada, bob) = try await reported()
        #expect(try await lines(engine, .init(format: .raw, since: start.adding(seconds: 11)), ada).count == 1)
        #expect(try await lines(engine, .init(format: .raw, since: start.adding(seconds: 10)), ada).count == 2)
        #expect(try await lines(engine, .init(format: .raw, minimumConfidence: 0.9), ada).count == 1)
        #expect(try await lines(engine, .init(format: .raw, collection: "error-solutions"), ada).count == 2)
        #expect(try await lines(engine, .init(format: .raw, collection: "best-practices"), ada).isEmpty)
        #expect(try await lines(engine, .init(format: .raw, collection: "best-practices"), bob).count == 1)
    }

    @Test func `nobody exports another scope, and a deleted passage leaves a gap instead of an invention`() async throws
    {
        let (engine, ada, bob) = try await reported()
        #expect(try await lines(engine, .init(format: .raw), try principal("globex")).isEmpty)
        #expect(try await lines(engine, .init(format: .raw), bob).count == 1)
        try await engine.library.deletePassage("a", from: engine.library.collection("error-solutions", for: ada))
        let raw = try await lines(engine, .init(format: .raw), ada)
        #expect(raw.count == 2 && raw.allSatisfy { $0.objectValue?["context"] == .null })
        let chat = try await lines(engine, .init(format: .chat), ada)
        #expect(chat.count == 2 && !chat.contains { $0.description.contains("system") })
    }
}

@Suite struct DiscoveryTests {
    @Test func `the overview tells what there is in the caller's scopes, in under 300 tokens`() async throws {
        let engine = try await openEngine(scopes: ["local", "globex"])
        try await engine.fillWithMatters()
        let globex = try principal("globex")
        try await engine.fill(
            "best-practices",
            for: globex,
            [PassageDraft(id: "x", fields: ["practice": "hidden", "description": "Hidden."])]
        )
        let overview = try await engine.discovery.overview(caller())
        #expect(overview.collections.map(\.name) == PassageCollection.builtIn.map(\.name).sorted())
        #expect(overview.collections.first { $0.name == "error-solutions" }?.count == 32)
        #expect(overview.collections.first { $0.name == "best-practices" }?.count == 16)
        #expect(overview.collections.first { $0.name == "interaction-history" }?.updated == nil)
        #expect(overview.collections.first { $0.name == "error-solutions" }?.updated == "2026-01-05")
        let foreign = try await engine.discovery.overview(caller(globex))
        #expect(foreign.collections.reduce(0) { $0 + $1.count } == 1)
        guard InstalledModel.folder != nil else { return }
        let embedder = try InstalledModel.embedder()
        let text = String(decoding: try JSONEncoder().encode(overview), as: UTF8.self)
        #expect(TokenCounter(embedder.tokenizer).count(text) < 300)
    }

    @Test func `a collection's page has facets, samples and queries that work`() async throws {
        let engine = try await openEngine(scopes: ["local", "globex"])
        try await engine.fillWithMatters()
        let detail = try await engine.discovery.detail(of: "error-solutions", caller())
        #expect(detail.count == 32 && detail.fields == PassageKind.errorSolution.fields)
        #expect(detail.facets.first { $0.key == "severity" }?.values.count == 3)
        #expect(!detail.samples.isEmpty && !detail.queries.isEmpty)
        for query in detail.queries {
            let turn = try await engine.pull(ContextRequest(query, collections: ["error-solutions"]))
            #expect(!turn.contextIDs.isEmpty, "\(query)")
        }
        let foreign = try await engine.discovery.detail(of: "error-solutions", caller(principal("globex")))
        #expect(foreign.count == 0 && foreign.facets.isEmpty && foreign.samples.isEmpty && foreign.queries.isEmpty)
        let error = await #expect(throws: ContextError.self) {
            try await engine.discovery.detail(of: "nowhere", caller())
        }
        #expect(error?.status == 404)
    }
}
