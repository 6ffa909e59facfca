import ContextCore
import Retrieval
import TestSupport
import Testing

@testable import ContextEngine

/// What holds for every session, however its turns go.
@Suite struct SessionPropertyTests {
    private static let queries = [
        "systemd service failure", "postgres index failure", "docker network settings", "swift concurrency practice",
        "failure",
        "tidy service", "settings of the network", "runbook", "practice number3", "let value5",
    ]

    /// Walks through random turns and checks each against the promises; answers the last turn's session id.
    private func walk(_ engine: Engine, seed: UInt64, turns: Int) async throws {
        var generator = SeededGenerator(seed: seed)
        var id: String?
        var whole: Set<String> = []
        var brief: Set<String> = []
        var tokens = 0
        for number in 1...turns {
            let level = generator.pick(ContextLevel.allCases)
            let budget = generator.pick([1, 5, 50, 2_000, 32_000])
            let request = ContextRequest(
                generator.pick(Self.queries),
                sessionID: id,
                level: level,
                maxTokens: budget,
                explain: true
            )
            let turn = try await engine.pull(request)
            id = turn.sessionID
            #expect(turn.turnNumber == number)
            #expect(turn.tokenCount <= budget)
            tokens += turn.tokenCount
            let manifest = try #require(turn.manifest)
            let included = manifest.candidates.filter(\.included)
            #expect(included.map(\.id) == turn.contextIDs)
            #expect(Set(turn.contextIDs).count == turn.contextIDs.count)
            #expect(turn.contextIDs.isEmpty == (turn.context == ContextSessions.nothingFound))
            if !turn.contextIDs.isEmpty { #expect(turn.tokenCount == engine.library.tokens.count(turn.context)) }
            for candidate in included {
                #expect(!whole.contains(candidate.id), "\(candidate.id) was sent whole already")
                if candidate.form == .brief {
                    #expect(!brief.contains(candidate.id), "\(candidate.id) was sent briefly already")
                    brief.insert(candidate.id)
                } else {
                    whole.insert(candidate.id)
                }
            }
            let omitted = turn.omitted
            let left = omitted.alreadySent + omitted.overBudget + omitted.belowThreshold + omitted.nearDuplicate
            #expect(included.count + left == manifest.candidates.count)
            #expect(turn.suggestions.count <= 3 && Set(turn.suggestions).count == turn.suggestions.count)
        }
        let session = try await engine.sessions.session(try #require(id), caller())
        #expect(session.turns.count == turns)
        #expect(session.tokensSent == tokens)
        #expect(session.delivered.sent.count == whole.union(brief).count)
    }

    @Test(arguments: 1...3)
    func `thirty random turns never send a passage twice nor more than the budget`(seed: UInt64) async throws {
        let engine = try await openEngine()
        try await engine.fillWithMatters()
        try await walk(engine, seed: seed, turns: 30)
    }

    @Test(InstalledModel.isThere)
    func `so it is with the model`() async throws {
        let engine = try await openEngine(embedder: try InstalledModel.embedder())
        try await engine.fillWithMatters()
        try await walk(engine, seed: 9, turns: 20)
    }

    @Test func `fifty turns of one session at once lose none and send nothing twice`() async throws {
        let engine = try await openEngine()
        try await engine.fillWithMatters()
        let turns = try await withThrowingTaskGroup(of: ContextTurn.self) { group in
            for number in 0..<50 {
                group.addTask {
                    let query = Self.queries[number % Self.queries.count]
                    return try await engine.pull(
                        ContextRequest(query, sessionID: "one", maxTokens: 200, metadata: ["k\(number)": 1])
                    )
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(turns.map(\.turnNumber)) == Set(1...50))
        let ids = turns.flatMap(\.contextIDs)
        #expect(Set(ids).count == ids.count)
        let session = try await engine.sessions.session("one", caller())
        #expect(session.turns.map(\.number) == Array(1...50))
        #expect(session.itemsSent == ids.count)
        #expect(session.metadata.objectValue?.count == 50)
    }

    @Test func `reports beside turns undo nothing`() async throws {
        let engine = try await openEngine()
        try await engine.fillWithMatters()
        _ = try await engine.pull(ContextRequest("failure", sessionID: "one", maxTokens: 50))
        let sent = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<10 {
                group.addTask {
                    try await engine.pull(ContextRequest(Self.queries[number], sessionID: "one", maxTokens: 200))
                        .tokenCount
                }
                group.addTask {
                    let report = FeedbackRequest(
                        sessionID: "one",
                        response: "x",
                        confidence: 0.5,
                        gaps: ["missing docker"]
                    )
                    _ = try await engine.sessions.evaluate(report, caller())
                    return 0
                }
            }
            return try await group.reduce(0, +)
        }
        let session = try await engine.sessions.session("one", caller())
        #expect(session.turns.count == 11)
        #expect(session.tokensSent == sent + session.turns[0].tokens)
    }

    @Test(arguments: [ContextLevel.standard, .detailed])
    func `each suggestion, when asked, brings a passage that was not sent; at the end there is none`(
        level: ContextLevel
    ) async throws {
        let engine = try await openEngine()
        try await engine.fillWithMatters()
        var turn = try await engine.pull(
            ContextRequest("systemd service failure", sessionID: "one", level: level, maxTokens: 300)
        )
        #expect(!turn.suggestions.isEmpty)
        var sent = Set(turn.contextIDs)
        var rounds = 0
        while let suggestion = turn.suggestions.first, rounds < 60 {
            turn = try await engine.pull(ContextRequest(suggestion, sessionID: "one", level: level, maxTokens: 32_000))
            #expect(!Set(turn.contextIDs).subtracting(sent).isEmpty, "“\(suggestion)” brought nothing")
            sent.formUnion(turn.contextIDs)
            rounds += 1
        }
        #expect(turn.suggestions.isEmpty)
    }

    @Test func `a near-duplicate of what was sent is neither sent nor suggested`() async throws {
        let engine = try await openEngine()
        var generator = SeededGenerator(seed: 3)
        let body = Engine.words(60, &generator)
        try await engine.fill(
            "error-solutions",
            [solution("a", "alpha failure", body), solution("b", "alpha failure", body + " indeed")]
        )
        let first = try await engine.pull(ContextRequest("alpha failure", sessionID: "one"))
        #expect(first.contextIDs.count == 1)
        #expect(first.omitted.nearDuplicate == 1)
        #expect(first.suggestions.isEmpty)
        let second = try await engine.pull(ContextRequest("failure alpha", sessionID: "one"))
        #expect(second.contextIDs.isEmpty && second.suggestions.isEmpty)
    }

    @Test func `suggestions keep to the request's filter`() async throws {
        let engine = try await openEngine()
        try await engine.fillWithMatters()
        let filter = try MetadataFilter(["severity": 1])
        var turn = try await engine.pull(
            ContextRequest("docker network failure", sessionID: "one", maxTokens: 150, filter: filter)
        )
        var sent = Set(turn.contextIDs)
        for _ in 0..<20 {
            guard let suggestion = turn.suggestions.last else { break }
            turn = try await engine.pull(
                ContextRequest(suggestion, sessionID: "one", maxTokens: 32_000, filter: filter)
            )
            #expect(!Set(turn.contextIDs).subtracting(sent).isEmpty, "“\(suggestion)” brought nothing")
            sent.formUnion(turn.contextIDs)
        }
        #expect(turn.suggestions.isEmpty)
    }
}
