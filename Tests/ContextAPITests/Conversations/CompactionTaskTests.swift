import ContextCore
import ContextEngine
import FoundationEssentials
import HTTP
import LanguageModels
import SQL
import TestSupport
import Testing

/// `?async=true` and `GET /api/compact/tasks/{id}`.
@Suite(.timeLimit(.minutes(5))) struct CompactionTaskTests {
    private static let body: JSONValue = ["messages": CompactionTests.messages("The lamp is lit at dusk by Anna.")]

    private func submit(_ roost: Roost, to path: String = "summarize", _ body: JSONValue = body) async throws -> String
    {
        let answer = try await roost.post("/api/compact/\(path)?async=true", body).json(status: 202)
        #expect(answer.names == ["task_id"])
        return try #require(answer["task_id"].stringValue)
    }

    private func task(_ id: String, _ roost: Roost) async throws -> JSONValue {
        try await roost.get("/api/compact/tasks/\(id)").json(status: 200)
    }

    @Test func `a task is queued, done, and then has the result of the same work at once`() async throws {
        try await withRoost(models: ScriptedModel(.say(["Short."])).catalog) { roost in
            let id = try await submit(roost)
            let waiting = try await task(id, roost)
            #expect(waiting["status"] == "queued" && waiting["progress"] == ["done": 0, "total": 1])
            #expect(waiting["result"] == .null && waiting["error"] == .null)
            #expect(try await roost.worker.doNext())
            let done = try await task(id, roost)
            #expect(done["status"] == "done" && done["progress"] == ["done": 1, "total": 1])
            #expect(done["result"] == (try await roost.post("/api/compact/summarize", Self.body).json(status: 200)))
            #expect(try await roost.worker.doNext() == false)
        }
    }

    @Test(InstalledModel.isThere) func `embeddings can wait, too, and keep every digit`() async throws {
        try await withRoost(embedder: try InstalledModel.embedder()) { roost in
            let id = try await submit(roost, to: "embeddings")
            #expect(try await roost.worker.doNext())
            let result = try await task(id, roost)["result"]
            let direct = try await roost.post("/api/compact/embeddings", Self.body).json(status: 200)
            #expect(result["embeddings"] == direct["embeddings"] && direct["cached"] == 1)
        }
    }

    @Test func `tasks are their owner's alone`() async throws {
        try await withRoost { roost in
            let id = try await submit(roost)
            await roost.get("/api/compact/tasks/\(id)", as: "ben").expectError(404)
            await roost.get("/api/compact/tasks/none").expectError(404)
        }
    }

    @Test func `no more are accepted than may wait`() async throws {
        var few = CompactionConfiguration()
        few.waitingTasks = 2
        try await withRoost(compaction: few) { roost in
            for _ in 0..<2 { _ = try await submit(roost) }
            let refused = await roost.post("/api/compact/summarize?async=true", Self.body)
            refused.expectError(503, "overloaded")
            #expect(refused.headers["Retry-After"] == "5")
            #expect(try await roost.worker.doNext())
            _ = try await submit(roost)
        }
    }

    @Test func `results are forgotten after their time, what waits is not`() async throws {
        try await withRoost { roost in
            let done = try await submit(roost)
            #expect(try await roost.worker.doNext())
            let waiting = try await submit(roost)
            roost.clock.advance(seconds: 86_399)
            try await roost.worker.sweep()
            #expect(try await task(done, roost)["status"] == "done")
            roost.clock.advance(seconds: 1)
            try await roost.worker.sweep()
            await roost.get("/api/compact/tasks/\(done)").expectError(404)
            #expect(try await task(waiting, roost)["status"] == "queued")
        }
    }

    @Test func `a task that is done in steps says how far it is`() async throws {
        let model = ScriptedModel(.say(["First part."]), .hang("Second"))
        try await withRoost(models: model.catalog) { roost in
            let text = String(repeating: "The keeper trims the wick. ", count: 60)
            let long = JSONValue.array(Array(repeating: ["role": "user", "content": .string(text)], count: 12))
            let id = try await submit(roost, to: "summarize", ["messages": long])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await roost.worker.doNext() }
                try await eventually { model.requests.count >= 2 }
                let task = try await task(id, roost)
                #expect(task["status"] == "running" && task["progress"]["total"] == 12)
                #expect((1..<12).contains(task["progress"]["done"].integer ?? 0))
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    @Test func `progress comes as events, the last with the result`() async throws {
        try await withRoost(models: ScriptedModel(.say(["Short."])).catalog) { roost in
            let id = try await submit(roost)
            try await withLiveServer(roost) { live in
                async let streamed = live.send(
                    .get,
                    "/api/compact/tasks/\(id)",
                    headers: ["Accept": "text/event-stream"]
                )
                #expect(try await roost.worker.doNext())
                let answer = try await streamed
                #expect(answer.headers["Content-Type"] == "text/event-stream")
                var parser = EventStreamParser()
                let events = try parser.receive(answer.text.utf8)
                #expect(events.allSatisfy { ["queued", "running", "done"].contains($0.event) })
                #expect(events.count { $0.event == "done" } == 1 && events.last?.event == "done")
                #expect(events.last?.data.contains(#""summary":"Short.""#) == true)
                // Who asks when all is over hears the end alone; who asks for nothing keeps the status.
                let late = try await live.send(
                    .get,
                    "/api/compact/tasks/\(id)",
                    headers: ["Accept": "text/event-stream"]
                )
                #expect(late.text.hasPrefix("event: done\n"))
                let none = try await live.send(
                    .get,
                    "/api/compact/tasks/none",
                    headers: ["Accept": "text/event-stream"]
                )
                none.expectError(404)
            }
        }
    }
}

/// What becomes of tasks when the server stops.
@Suite(.timeLimit(.minutes(5))) struct CompactionRestartTests {
    private static let body: JSONValue = ["messages": CompactionTests.messages("The lamp is lit at dusk by Anna.")]

    /// Runs each step with a server of its own on one database file.
    private func restarting(_ steps: (ModelCatalog, CompactionConfiguration, (Roost) async throws -> Void)...)
        async throws
    {
        let file = FileManager.default.temporaryDirectory.appending(path: "roost-\(UUID().uuidString).db")
        defer {
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.path + suffix) }
        }
        for (models, compaction, step) in steps {
            try await withRoost(models: models, compaction: compaction, at: .file(file.path), step)
        }
    }

    private func submit(_ roost: Roost) async throws -> String {
        let answer = try await roost.post("/api/compact/summarize?async=true", Self.body).json(status: 202)
        return try #require(answer["task_id"].stringValue)
    }

    /// Begins the task and stops in the middle of it, as a server does.
    private func interrupt(_ roost: Roost, asking model: ScriptedModel) async throws {
        let asked = model.requests.count
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try? await roost.worker.doNext() }
            try await eventually { model.requests.count > asked }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func `a task survives restarts, before it was begun and in the middle`() async throws {
        let slow = ScriptedModel(.hang("never"))
        let quick = ScriptedModel(.say(["Short."]))
        var id = ""
        try await restarting(
            (slow.catalog, CompactionConfiguration(), { id = try await submit($0) }),
            (slow.catalog, CompactionConfiguration(), { try await interrupt($0, asking: slow) }),
            (
                quick.catalog, CompactionConfiguration(),
                { roost in
                    let before = try await roost.get("/api/compact/tasks/\(id)").json(status: 200)
                    #expect(before["status"] == "running")
                    #expect(try await roost.worker.doNext())
                    let after = try await roost.get("/api/compact/tasks/\(id)").json(status: 200)
                    #expect(after["status"] == "done" && after["result"]["summary"] == "Short.")
                }
            )
        )
    }

    @Test func `a task that stops the server again and again is reported failed`() async throws {
        let slow = ScriptedModel(.hang("never"))
        try await restarting(
            (
                slow.catalog, CompactionConfiguration(),
                { roost in
                    let id = try await submit(roost)
                    for _ in 0..<3 { try await interrupt(roost, asking: slow) }
                    #expect(try await roost.worker.doNext())
                    let task = try await roost.get("/api/compact/tasks/\(id)").json(status: 200)
                    #expect(task["status"] == "failed" && task["error"]["code"] == "internal_error")
                    #expect(task["error"]["message"].stringValue?.contains("3 times") == true)
                    #expect(slow.requests.count == 3)
                }
            )
        )
    }

    @Test func `a task that can't be done any more is reported failed and holds up no other`() async throws {
        var off = CompactionConfiguration()
        off.isEnabled = false
        var id = ""
        try await restarting(
            (.extractive(), CompactionConfiguration(), { id = try await submit($0) }),
            (
                .extractive(), off,
                { roost in
                    #expect(try await roost.worker.doNext())
                    let task = try await roost.get("/api/compact/tasks/\(id)").json(status: 200)
                    #expect(task["status"] == "failed" && task["error"]["code"] == "not_configured")
                    #expect(task["error"].names == ["code", "message", "param", "type"])
                    #expect(try await roost.worker.doNext() == false)
                }
            )
        )
    }
}
