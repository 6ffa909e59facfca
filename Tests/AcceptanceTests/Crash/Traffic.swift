import ContextCore
import Glibc
import HTTP
import TestSupport
import Testing

/// Clients that write and ask at the same time until the server is gone.
struct Traffic: Sendable {
    static let notes = "notes"
    static let facts = "facts"

    let server: Server
    let ledger: SharedLedger
    let round: Int

    /// Everything at once; the server is killed after `delay`.
    func run(killingAfter delay: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            for client in 0..<2 { group.addTask { await until(client) { try await keepPassages(&$0, client) } } }
            for client in 2..<4 { group.addTask { await until(client) { try await takeTurn(&$0, client) } } }
            group.addTask { await until(4) { try await submitDocument(&$0) } }
            group.addTask { await until(5) { try await recordInteraction(&$0) } }
            group.addTask { await until(6) { _ = try await rewritePassage(&$0) } }
            group.addTask { await until(7) { try await rewriteDocument(&$0) } }
            group.addTask {
                try? await Task.sleep(for: delay)
                server.process.send(SIGKILL)
            }
        }
    }

    /// Repeats one client's work until the connection breaks, which only the kill may do.
    private func until(_ client: Int, _ step: (inout SeededGenerator) async throws -> Void) async {
        var random = SeededGenerator(seed: UInt64(round * 100 + client))
        do {
            while true { try await step(&random) }
        } catch is HTTPClientError {
            _ = await server.process.ended()
        } catch {
            Issue.record("client \(client) of round \(round): \(error)")
        }
    }

    private var caller: Caller { server.caller }
}

// MARK: Passages

extension Traffic {
    private func keepPassages(_ random: inout SeededGenerator, _ client: Int) async throws {
        let number = ledger.with { $0.nextNumber() }
        let marker = Words.marker("p", number)
        let ids = (0..<Int.random(in: 1...12, using: &random)).map { "p\(number)-\($0)" }
        let texts = ids.map { _ in "\(marker) \(Words.sentence(25, using: &random))" }
        let passages = zip(ids, texts).map { JSONValue.object(["id": .string($0), "text": .string($1)]) }
        ledger.with {
            $0.batches[number] = Ledger.Batch(
                marker: marker,
                text: texts[0],
                fates: Dictionary(uniqueKeysWithValues: ids.map { ($0, .asked) })
            )
        }
        let answer = try await caller.post("/v1/collections/\(Self.facts)/passages", ["passages": .array(passages)])
        #expect(answer.status == 201)
        #expect(answer.texts("ids") == ids)
        ledger.with { ledger in for id in ids { ledger.batches[number]?.fates[id] = .kept } }
        if Int.random(in: 0..<3, using: &random) == 0 { try await deletePassage(ids[0], of: number) }
        // Each client deletes only what has its own parity, so that no two delete the same.
        let older = ledger.with { ledger in
            ledger.batches.filter {
                $0.key % 2 == client && !ledger.touched.contains($0.key) && $0.value.fates.values.contains(.kept)
            }
            .keys.min()
        }
        if let older, Int.random(in: 0..<4, using: &random) == 0 {
            let id = ledger.with { $0.batches[older]?.fates.filter { $0.value == .kept }.keys.min() }
            ledger.with { _ = $0.touched.insert(older) }
            if let id { try await deletePassage(id, of: older) }
        }
    }

    private func deletePassage(_ id: String, of number: Int) async throws {
        ledger.with { $0.batches[number]?.fates[id] = .deletionAsked }
        let answer = try await caller.delete("/v1/collections/\(Self.facts)/passages/\(id)")
        #expect(answer.status == 200)
        ledger.with { $0.batches[number]?.fates[id] = .deleted }
    }

    private func rewritePassage(_ random: inout SeededGenerator) async throws {
        let id = "rewritten-\(Int.random(in: 0..<3, using: &random))"
        let version = ledger.with {
            $0.rewrittenPassages[id, default: .init()].asked += 1
            return $0.rewrittenPassages[id]?.asked ?? 0
        }
        let text = "\(id) \(Words.marker("r", version)) \(Words.sentence(12, using: &random))"
        let body: JSONValue = ["passages": [["id": .string(id), "text": .string(text)]]]
        let answer = try await caller.post("/v1/collections/\(Self.notes)/passages", body)
        #expect(answer.status == 201)
        ledger.with { $0.rewrittenPassages[id]?.acknowledged = version }
    }
}

// MARK: Documents and interactions

extension Traffic {
    private func submitDocument(_ random: inout SeededGenerator) async throws {
        let number = ledger.with { $0.nextNumber() }
        let marker = Words.marker("d", number)
        ledger.with { $0.documents[number] = Ledger.Document(marker: marker) }
        let answer = try await caller.post("/v1/documents", Self.document("document \(number)", marker, &random))
        #expect(answer.status == 202)
        let id = try #require(answer["document_id"]?.stringValue)
        ledger.with {
            $0.documents[number]?.id = id
            $0.documents[number]?.fate = .kept
        }
        guard Int.random(in: 0..<4, using: &random) == 0 else { return }
        ledger.with { $0.documents[number]?.fate = .deletionAsked }
        #expect(try await caller.delete("/v1/documents/\(id)").status == 200)
        ledger.with { $0.documents[number]?.fate = .deleted }
    }

    /// The same source again and again: the last one that was acknowledged counts, however far the reading had come.
    private func rewriteDocument(_ random: inout SeededGenerator) async throws {
        let source = "report-\(Int.random(in: 0..<2, using: &random)).md"
        let version = ledger.with {
            $0.rewrittenDocuments[source, default: .init()].asked += 1
            return $0.rewrittenDocuments[source]?.asked ?? 0
        }
        let marker = Words.marker("w", version)
        let answer = try await caller.post("/v1/documents", Self.document(source, marker, &random))
        #expect(answer.status == 202)
        ledger.with { $0.rewrittenDocuments[source]?.acknowledged = version }
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...30, using: &random)))
    }

    private static func document(_ source: String, _ marker: String, _ random: inout SeededGenerator) -> JSONValue {
        let sections = (1...Int.random(in: 1...4, using: &random)).map { section in
            "## Section \(section)\n\n\(marker) \(source) \(Words.sentence(60, using: &random)).\n\n"
        }
        return [
            "source": .string(source), "text": .string("# \(source)\n\n" + sections.joined()),
            "collection": .string(Self.notes),
        ]
    }

    private func recordInteraction(_ random: inout SeededGenerator) async throws {
        let number = ledger.with { $0.nextNumber() }
        let marker = Words.marker("i", number)
        ledger.with { $0.interactions[number] = Ledger.Interaction(marker: marker) }
        let answer = try await caller.post(
            "/interactions/record",
            [
                "query": .string(Words.sentence(6, using: &random)),
                "response": .string("\(marker) \(Words.sentence(20, using: &random))"), "outcome": "success",
            ]
        )
        #expect(answer.status == 201)
        let id = try #require(answer["interaction_id"]?.stringValue)
        ledger.with { $0.interactions[number]?.id = id }
    }
}

// MARK: Sessions

extension Traffic {
    /// Rounds that share a session, so that it lives through several kills.
    private static let roundsOfSession = 6

    private func takeTurn(_ random: inout SeededGenerator, _ client: Int) async throws {
        let session = "session-\(client)-\(round / Self.roundsOfSession)"
        ledger.with { $0.sessions[session, default: .init()].asked += 1 }
        let turn = try await caller.post(
            "/context/multi_turn",
            [
                "session_id": .string(session), "query": .string(Words.sentence(4, using: &random)),
                "context_level": "detailed", "collections": [.string(Self.facts)], "max_tokens": 300,
            ]
        )
        #expect(turn.status == 200)
        let ids = turn.texts("context_ids")
        ledger.with { [round] ledger in
            guard var known = ledger.sessions[session] else { return }
            let repeated = known.delivered.intersection(ids)
            #expect(repeated.isEmpty, "\(session) in round \(round) was sent again: \(repeated.sorted())")
            #expect(turn.number("turn_number") == known.turns + 1)
            known.turns += 1
            known.delivered.formUnion(ids)
            known.items += ids.count
            ledger.sessions[session] = known
        }
        if Bool.random(using: &random) { try await report(on: session, &random) }
    }

    private func report(on session: String, _ random: inout SeededGenerator) async throws {
        let response = Words.marker("f", ledger.with { $0.nextNumber() })
        ledger.with { _ = $0.reportsAsked.insert(response) }
        let answer = try await caller.post(
            "/feedback/evaluate",
            [
                "session_id": .string(session), "response": .string(response),
                "confidence": .number(Double.random(in: 0...1, using: &random)),
                "gaps": [.string("Missing \(Words.sentence(3, using: &random))")],
            ]
        )
        #expect(answer.status == 200)
        ledger.with { _ = $0.reports.insert(response) }
    }
}
