import ContextCore
import TestSupport
import Testing

/// Compares what a restarted server says with what was acknowledged, and its index with its tables.
///
/// What was in doubt is settled in the ledger on the way.
struct Inspection {
    let server: Server
    let folder: TemporaryFolder
    let ledger: SharedLedger
    let round: Int
    let tables: StoredTables
    private var random: SeededGenerator

    init(_ server: Server, _ folder: TemporaryFolder, _ ledger: SharedLedger, round: Int) async throws {
        self.server = server
        self.folder = folder
        self.ledger = ledger
        self.round = round
        random = SeededGenerator(seed: UInt64(1_000_000 + round))
        try await eventually(every: .milliseconds(20)) { try await StoredTables.waiting(in: folder) == 0 }
        try await eventually { try await server.caller.get("/ready").number("lag") == 0 }
        tables = try await StoredTables.read(in: folder)
    }

    mutating func run() async throws {
        try await checkCounts()
        checkPassages()
        try await checkDocuments()
        try await checkInteractions()
        try await checkSessions()
        checkReports()
        try await checkRewritten()
        for batch in sample() { try await checkSearch(batch) }
        ledger.with { $0.touched = [] }
    }

    /// Older batches that are looked up again in a round, beside all that it touched.
    private static let olderBatches = 8

    private mutating func sample() -> [Ledger.Batch] {
        let (touched, older) = ledger.with { ledger in
            let isTouched = ledger.touched
            let split = Dictionary(grouping: ledger.batches.sorted { $0.key < $1.key }) { isTouched.contains($0.key) }
            return (split[true, default: []].map(\.value), split[false, default: []].map(\.value))
        }
        return touched
            + (0..<min(older.count, Self.olderBatches)).map { _ in
                older[Int.random(in: 0..<older.count, using: &random)]
            }
    }

    private var place: Comment { "round \(round)" }

    // MARK: The index and the tables

    private func checkCounts() async throws {
        let collections = try await server.caller.get("/v1/collections").objects("collections")
        for collection in collections {
            let name = collection.objectValue?["name"]?.stringValue ?? ""
            let stored = tables.ids[name, default: []].count
            #expect(collection.objectValue?["passages"] == .number(Double(stored)), "\(name) in round \(round)")
        }
        let all = tables.ids.values.reduce(0) { $0 + $1.count }
        #expect(try await server.caller.get("/ready").number("passages") == all, place)
    }

    /// The ids of the passages whose text has the marker, as the search finds them; nothing else may be found.
    private func found(_ marker: String) async throws -> Set<String> {
        let answer = try await server.caller.post(
            "/v1/search",
            ["query": .string(marker), "mode": "keyword", "limit": 100]
        )
        #expect(answer.status == 200)
        var ids: Set<String> = []
        for hit in answer.objects("results") {
            guard let id = hit.objectValue?["id"]?.stringValue, let text = hit.objectValue?["text"]?.stringValue else {
                continue
            }
            #expect(text.contains(marker), place)
            ids.insert(id)
        }
        return ids
    }

    private func checkSearch(_ batch: Ledger.Batch) async throws {
        let stored = tables.ids[Traffic.facts, default: []].intersection(batch.fates.keys)
        #expect(try await found(batch.marker) == stored, place)
    }
}

// MARK: What was acknowledged

extension Inspection {
    private func checkPassages() {
        let stored = tables.ids[Traffic.facts, default: []]
        ledger.with { ledger in
            var known: Set<String> = []
            for (number, batch) in ledger.batches {
                known.formUnion(batch.fates.keys)
                if batch.isUnanswered {
                    let present = batch.fates.keys.filter(stored.contains)
                    #expect(present.isEmpty || present.count == batch.fates.count, "half a batch in round \(round)")
                }
                for (id, fate) in batch.fates {
                    switch fate {
                    case .kept: #expect(stored.contains(id), "\(id) was acknowledged before round \(round)")
                    case .deleted: #expect(!stored.contains(id), "\(id) was deleted before round \(round)")
                    case .asked, .deletionAsked: break
                    }
                    ledger.batches[number]?.fates[id] = stored.contains(id) ? .kept : .deleted
                }
            }
            let strangers = stored.subtracting(known)
            #expect(strangers.isEmpty, "nobody sent \(strangers)")
        }
    }

    private func checkDocuments() async throws {
        let documents = ledger.with { ledger in
            let touched = ledger.touched
            return ledger.documents.filter { touched.contains($0.key) }
        }
        for (number, document) in documents {
            let hits = try await found(document.marker)
            let stored = document.id.flatMap { tables.documents[$0] }
            switch document.fate {
            case .kept:
                #expect(stored?.status == "ready", "\(document.marker) was acknowledged in round \(round)")
                #expect(stored?.passages == hits, place)
                #expect(!hits.isEmpty, place)
            case .deleted: #expect(stored == nil && hits.isEmpty, "\(document.marker) was deleted in round \(round)")
            case .deletionAsked: #expect(stored?.passages ?? [] == hits, place)
            case .asked:
                let twin = tables.documents.first { $0.value.source == "document \(number)" }
                #expect(twin?.value.passages ?? [] == hits, place)
                ledger.with { $0.documents[number]?.id = twin?.key }
            }
            let isThere = !hits.isEmpty
            ledger.with { $0.documents[number]?.fate = isThere ? .kept : .deleted }
        }
        checkOlderDocuments()
    }

    private func checkOlderDocuments() {
        ledger.with { ledger in
            for (_, document) in ledger.documents where document.fate == .kept {
                #expect(document.id.map { tables.documents[$0] != nil } ?? false, "\(document.marker), \(place)")
            }
            let known = Set(ledger.documents.values.compactMap(\.id))
            let strangers = tables.documents.filter {
                !known.contains($0.key) && ledger.rewrittenDocuments[$0.value.source] == nil
            }
            #expect(strangers.isEmpty, "nobody sent \(strangers)")
        }
    }

    private func checkInteractions() async throws {
        let stored = tables.ids["interaction-history", default: []]
        let (known, touched) = ledger.with { ledger in
            let touched = ledger.touched
            return (
                Set(ledger.interactions.values.compactMap(\.id)),
                ledger.interactions.filter { touched.contains($0.key) }
            )
        }
        #expect(known.isSubset(of: stored), place)
        var adopted: Set<String> = []
        for (number, interaction) in touched {
            let hits = try await found(interaction.marker)
            if let id = interaction.id {
                #expect(hits == [id], place)
            } else {
                #expect(hits.count <= 1, place)
                adopted.formUnion(hits)
                ledger.with { $0.interactions[number]?.id = hits.first }
            }
        }
        #expect(stored == known.union(adopted), place)
    }

    private func checkSessions() async throws {
        for (id, session) in ledger.with({ $0.sessions }) {
            let answer = try await server.caller.get("/session/\(id)")
            let turns = answer.status == 404 ? 0 : try #require(answer.number("turn_count"))
            #expect((session.turns...max(session.turns, session.asked)).contains(turns), "\(id) in round \(round)")
            let sent = answer.number("total_context_items_sent") ?? 0
            #expect(turns == session.turns ? sent == session.items : sent >= session.items, "\(id) in round \(round)")
            ledger.with {
                $0.sessions[id]?.turns = turns
                $0.sessions[id]?.asked = turns
                $0.sessions[id]?.items = sent
            }
        }
    }

    private func checkReports() {
        ledger.with { ledger in
            #expect(ledger.reports.isSubset(of: tables.reports), place)
            #expect(tables.reports.isSubset(of: ledger.reportsAsked), place)
            ledger.reports = tables.reports
        }
    }

    /// The newest version that was acknowledged is there, or one that was asked for after it; no older one is found.
    private func checkRewritten() async throws {
        let (passages, documents) = ledger.with { ($0.rewrittenPassages, $0.rewrittenDocuments) }
        for (name, thing) in passages {
            let found = try await newest(of: thing, "r") { $0 == name }
            #expect(found >= thing.acknowledged, "\(name) is at \(found) in round \(round)")
            ledger.with { $0.rewrittenPassages[name]?.acknowledged = found }
        }
        for (name, thing) in documents {
            let own = tables.documents.values.first { $0.source == name }?.passages ?? []
            let found = try await newest(of: thing, "w", own.contains)
            #expect(found >= thing.acknowledged, "\(name) is at \(found) in round \(round)")
            ledger.with { $0.rewrittenDocuments[name]?.acknowledged = found }
        }
    }

    /// Versions behind the acknowledged one that are looked for.
    private static let versions = 3

    private func newest(of thing: Ledger.Rewritten, _ kind: Character, _ isOwn: (String) -> Bool) async throws -> Int {
        var found: [Int] = []
        for version in max(1, thing.acknowledged - Self.versions)...max(1, thing.asked) {
            let ids = try await self.found(Words.marker(kind, version))
            if ids.contains(where: isOwn) { found.append(version) }
        }
        #expect(found.count <= 1, "versions \(found) at the same time in round \(round)")
        return found.last ?? 0
    }
}
