import ContextCore
import Retrieval
import Runtime
import SQL
import Testing

@testable import ContextEngine

@Suite struct ManifestTests {
    private func manifest(_ id: String, _ engine: Engine, for principal: Principal = .local) async throws
        -> ContextManifest?
    {
        try await engine.library.database.read { try await ManifestStore.manifest(id, for: principal, on: $0) }
    }

    @Test(arguments: ContextLevel.allCases)
    func `a context is replayed byte for byte from its stored manifest`(level: ContextLevel) async throws {
        let engine = try await openEngine()
        try await engine.fillWithMatters()
        try await engine.fill(
            "codebase-context",
            [
                PassageDraft(
                    id: "odd",
                    fields: [
                        "file": "failure.md", "content": "nul\u{0} ``` 🏳️‍🌈 e\u{301}\r\nfailure", "language": "markdown x",
                    ],
                    metadata: ["big": .number(1e21), "x": .number(0.1)]
                )
            ]
        )
        for (query, budget) in [("failure", 32_000), ("docker network failure", 120), ("nothing of the kind", 500)] {
            let turn = try await engine.pull(ContextRequest(query, level: level, maxTokens: budget))
            let stored = try #require(try await manifest(turn.manifestID, engine))
            #expect(stored.contextHash == SHA256.hexadecimal(of: turn.context))
            guard case .exact(let context) = try await ManifestReplay(of: stored, from: engine.library, for: .local)
            else {
                Issue.record("\(query) is not replayed")
                return
            }
            #expect(context.utf8.elementsEqual(turn.context.utf8))
        }
    }

    @Test func `what was deleted or changed is named instead of an invented context`() async throws {
        let engine = try await openEngine()
        try await engine.fill(
            "error-solutions",
            [
                solution("a", "alpha failure", "One way."), solution("b", "alpha failure too", "Quite another thing."),
                solution("c", "alpha failure three", "Sit down and wait."),
            ]
        )
        let turn = try await engine.pull(ContextRequest("alpha failure"))
        #expect(Set(turn.contextIDs) == ["a", "b", "c"])
        let collection = try await engine.library.collection("error-solutions", for: .local)
        try await engine.library.deletePassage("a", from: collection)
        try await engine.fill("error-solutions", [solution("b", "alpha failure too", "Changed.")])
        let stored = try #require(try await manifest(turn.manifestID, engine))
        guard case .incomplete(let missing) = try await ManifestReplay(of: stored, from: engine.library, for: .local)
        else {
            Issue.record("it was replayed")
            return
        }
        #expect(
            Dictionary(uniqueKeysWithValues: missing.map { ($0.id, $0.reason) }) == ["a": "deleted", "b": "changed"]
        )
    }

    @Test func `another rendering is told from another passage`() async throws {
        let engine = try await openEngine()
        try await engine.fill(
            "error-solutions",
            [solution("a", "alpha failure", String(repeating: "Many words. ", count: 60))]
        )
        let turn = try await engine.pull(ContextRequest("alpha failure"))
        var stored = try #require(try await manifest(turn.manifestID, engine))
        stored.rendering.briefBody = 10
        guard case .incomplete(let missing) = try await ManifestReplay(of: stored, from: engine.library, for: .local)
        else {
            Issue.record("it was replayed")
            return
        }
        #expect(missing.map(\.reason) == ["rendering"])
    }

    /// Every letter is a token.
    private struct Letters: Tokenizer {
        let name = "letters"
        let margin = 1.0

        func count(_ text: String) -> Int { text.count(where: \.isLetter) }
    }

    @Test func `the configured tokenizer counts the context, and the manifest names it`() async throws {
        let engine = try await openEngine(tokenizer: Letters())
        try await engine.fillWithMatters()
        let turn = try await engine.pull(ContextRequest("systemd service failure", maxTokens: 700))
        #expect(turn.tokenCount == Letters().count(turn.context) && turn.tokenCount > 200 && turn.tokenCount <= 700)
        #expect(try await manifest(turn.manifestID, engine)?.tokenizer == "letters")
    }

    @Test func `a manifest is its owner's alone`() async throws {
        let engine = try await openEngine(scopes: ["acme/ada"])
        let ada = try principal("acme/ada")
        try await engine.fill("error-solutions", for: ada, [solution("a", "alpha failure", "One way.")])
        let turn = try await engine.pull(ContextRequest("alpha failure"), caller(ada))
        #expect(try await manifest(turn.manifestID, engine, for: ada)?.candidates.count == 1)
        for other in [try principal("acme/bob"), try principal("acme"), try principal("globex"), .local] {
            #expect(try await manifest(turn.manifestID, engine, for: other) == nil)
        }
        let stored = try #require(try await manifest(turn.manifestID, engine, for: ada))
        guard
            case .incomplete(let missing) = try await ManifestReplay(
                of: stored,
                from: engine.library,
                for: principal("globex")
            )
        else {
            Issue.record("a foreign passage was shown")
            return
        }
        #expect(missing.map(\.reason) == ["deleted"])
    }

    @Test func `explain gives every candidate with its scores and the reason`() async throws {
        let engine = try await openEngine()
        try await engine.fillWithMatters()
        var request = ContextRequest("systemd service failure", maxTokens: 150, explain: true)
        request.filterJSON = ["a": 1]
        let manifest = try #require(try await engine.pull(request).manifest)
        #expect(manifest.candidates.map(\.rank) == Array(1...manifest.candidates.count))
        #expect(manifest.candidates.allSatisfy { $0.included == ($0.reason == nil) })
        #expect(manifest.candidates.filter(\.included).allSatisfy { $0.keywordScore != nil && $0.form != nil })
        #expect(manifest.candidates.contains { $0.reason == "over_budget" && $0.tokens != nil })
        #expect(manifest.candidates.filter(\.included).reduce(0) { $0 + ($1.tokens ?? 0) } >= manifest.tokens)
        #expect(manifest.filter == ["a": 1] && manifest.budget == 150)
        #expect(try await engine.pull(ContextRequest("systemd service failure")).manifest == nil)
    }

    @Test func `the sweeper takes what has outlived its time, and nothing else`() async throws {
        let engine = try await openEngine()
        let short = CollectionDraft(name: "short", kind: .text, retention: .timeToLive(600))
        _ = try await engine.library.create(short, for: .local, at: start)
        try await engine.fill("short", [PassageDraft(id: "t", fields: ["text": "brief life"])])
        try await engine.fill("error-solutions", [solution("a", "alpha failure", "One way.")])
        let turn = try await engine.pull(ContextRequest("alpha failure"))
        _ = try await engine.pull(ContextRequest("alpha failure", sessionID: "later"), caller(after: 1_000))
        func sweep(after seconds: Int) async throws -> [Int] {
            let sweeper = ExpirySweeper(
                database: engine.library.database,
                configuration: engine.configuration,
                now: { start.adding(seconds: seconds) },
                log: .disabled
            )
            let swept = try await sweeper.sweep()
            return [swept.sessions, swept.manifests, swept.passages]
        }
        #expect(try await sweep(after: 599) == [0, 0, 0])
        #expect(try await sweep(after: 3_600) == [1, 0, 1])
        #expect(try await manifest(turn.manifestID, engine) != nil)
        #expect(try await sweep(after: 30 * 86_400) == [1, 1, 0])
        #expect(try await manifest(turn.manifestID, engine) == nil)
        try await engine.library.index.catchUp()
        #expect(engine.library.index.count == 1)
    }
}
