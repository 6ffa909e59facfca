import ContextCore
import FoundationEssentials
import Glibc
import HTTP
import TestSupport
import Testing

/// What was acknowledged is there after the server was killed, and index and tables agree, whatever the moment.
@Suite(.serialized, .timeLimit(.minutes(10))) struct CrashTests {
    @Test func `a server that is killed again and again loses nothing that it acknowledged`() async throws {
        try await Campaign(settings: .withoutModel, seed: 7, rounds: Campaign.scaled(38)).run()
    }

    @Test(InstalledModel.isThere)
    func `neither does one with a model, and its vectors come back with their passages`() async throws {
        try await Campaign(settings: ServerSettings(), seed: 11, rounds: Campaign.scaled(16), hasModel: true).run()
    }
}

/// Rounds of traffic, a kill, a restart and an inspection, all on the same data.
struct Campaign {
    let settings: ServerSettings
    let seed: UInt64
    let rounds: Int
    var hasModel = false

    /// Traffic lasts up to this long before the kill.
    private static let longestLife = 600

    /// Changes between two snapshots, round by round: after every change, now and then, never.
    private static let snapshotChanges = [1, 60, 5_000]

    /// Under a sanitizer everything takes ten times as long: `ROOST_TEST_SCALE` divides the rounds.
    static func scaled(_ rounds: Int) -> Int {
        let divisor = getenv("ROOST_TEST_SCALE").flatMap { Int(String(cString: $0)) } ?? 1
        return max(2, rounds / max(1, divisor))
    }

    func run() async throws {
        let folder = try TemporaryFolder()
        let ledger = SharedLedger()
        var random = SeededGenerator(seed: seed)
        try await withClient { client in
            try await createCollections(in: folder, client)
            for round in 0..<rounds {
                let delay = Int.random(in: 10...Self.longestLife, using: &random)
                try await live(round, for: .milliseconds(delay), in: folder, ledger, client)
                if round % 3 == 1 {
                    try await killWhileStarting(after: Int.random(in: 1...120, using: &random), in: folder)
                }
                try await inspect(round, in: folder, ledger, client)
                if round % 10 == 9 { try await StoredTables.expectSound(in: folder) }
            }
            try await checkExport(in: folder, ledger, client)
        }
        try await StoredTables.expectSound(in: folder)
    }

    private func settings(_ round: Int) -> ServerSettings {
        settings.setting(
            "ROOST_VECTOR_SEARCH_SNAPSHOT_CHANGES",
            "\(Self.snapshotChanges[round % Self.snapshotChanges.count])"
        )
    }

    private func createCollections(in folder: TemporaryFolder, _ client: HTTPClient) async throws {
        let server = try await Server(in: folder, settings, client)
        for name in [Traffic.notes, Traffic.facts] {
            let answer = try await server.caller.post("/v1/collections", ["name": .string(name), "kind": "text"])
            #expect(answer.status == 201)
        }
        try await end(server, by: SIGKILL)
    }

    private func live(
        _ round: Int,
        for delay: Duration,
        in folder: TemporaryFolder,
        _ ledger: SharedLedger,
        _ client: HTTPClient
    ) async throws {
        let server = try await Server(in: folder, settings(round), client)
        await Traffic(server: server, ledger: ledger, round: round).run(killingAfter: delay)
        try await end(server, by: SIGKILL)
    }

    private func killWhileStarting(after milliseconds: Int, in folder: TemporaryFolder) async throws {
        let process = try Server.start(in: folder, settings)
        try await Task.sleep(for: .milliseconds(milliseconds))
        process.send(SIGKILL)
        #expect(await process.ended() == .killed(by: SIGKILL))
        Self.expectNoComplaint(process.errors)
    }

    private func inspect(
        _ round: Int,
        in folder: TemporaryFolder,
        _ ledger: SharedLedger,
        _ client: HTTPClient
    ) async throws {
        let server = try await Server(in: folder, settings(round), client)
        let touched = ledger.with { $0.touched }
        var inspection = try await Inspection(server, folder, ledger, round: round)
        try await inspection.run()
        if hasModel { try await checkVectors(of: touched, server, ledger) }
        let leftovers = folder.names(in: folder.data).filter { $0.hasSuffix(".tmp") }
        #expect(leftovers.count <= 1, "half-written snapshots pile up: \(leftovers)")
        try await end(server, by: round.isMultiple(of: 2) ? SIGKILL : SIGTERM)
    }

    private func end(_ server: Server, by signal: Int32) async throws {
        server.process.send(signal)
        #expect(await server.process.ended() == (signal == SIGKILL ? .killed(by: signal) : .exited(0)))
        Self.expectNoComplaint(server.process.errors)
    }

    private static func expectNoComplaint(_ errors: String) {
        let complaints = errors.split(separator: "\n").filter {
            $0.contains("level=error") || $0.contains("ERROR") || $0.contains("Fatal error") || $0.contains("Sanitizer")
        }
        #expect(complaints.isEmpty, "\(errors)")
    }

    /// A passage is the nearest to its own text, so its vector is there.
    private func checkVectors(of touched: Set<Int>, _ server: Server, _ ledger: SharedLedger) async throws {
        let batches = ledger.with { ledger in ledger.batches.filter { touched.contains($0.key) }.map(\.value) }
        for batch in batches.prefix(6) {
            let answer = try await server.caller.post(
                "/v1/search",
                ["query": .string(batch.text), "mode": "vector", "limit": 3]
            )
            let texts = answer.objects("results").compactMap { $0.objectValue?["text"]?.stringValue }
            let first = batch.fates.keys.min().flatMap { batch.fates[$0] }
            if first == .kept { #expect(texts.contains { $0.contains(batch.text) }) }
        }
    }

    private func checkExport(in folder: TemporaryFolder, _ ledger: SharedLedger, _ client: HTTPClient) async throws {
        let server = try await Server(in: folder, settings, client)
        let lines = try await server.caller.lines("/training_data/export?format=raw")
        let responses = try lines.map { line in
            try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8)).objectValue?["response"]?.stringValue
        }
        #expect(Set(responses.compactMap(\.self)) == ledger.with { $0.reports })
        #expect(responses.count == ledger.with { $0.reports.count })
        try await end(server, by: SIGTERM)
    }
}
