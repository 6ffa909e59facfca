import ContextCore
import FoundationEssentials
import Glibc
import HTTP
import SQL
import TestSupport
import Testing

/// Several processes on one data directory.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SharedDirectoryTests {
    @Test func `a server finds what an import and an index beside it have written`() async throws {
        let folder = try TemporaryFolder()
        try await Server.with(in: folder, .withoutModel) { server in
            let lines = (0..<50).map { #"{"id": "i\#($0)", "text": "\#(Words.marker("m", 1)) passage number \#($0)"}"# }
            let file = folder.newFile("jsonl")
            try Files.write(lines.joined(separator: "\n"), to: file)
            let imported = try await run(["import", file, "--collection", "imported", "--kind", "text"], in: folder)
            #expect(imported.ending == .exited(0), "\(imported.errors)")
            try await waitUntil(server, finds: Words.marker("m", 1), 50)

            let source = folder.path + "/source"
            try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: false)
            try Files.write("# Herons\n\n\(Words.marker("m", 2)) stands in the marsh.\n", to: source + "/heron.md")
            let indexed = try await run(["index", source], in: folder)
            #expect(indexed.ending == .exited(0), "\(indexed.errors)")
            try await waitUntil(server, finds: Words.marker("m", 2), 1)

            try FileManager.default.removeItem(atPath: source + "/heron.md")
            let again = try await run(["index", source], in: folder)
            #expect(again.ending == .exited(0), "\(again.errors)")
            try await waitUntil(server, finds: Words.marker("m", 2), 0)
        }
    }

    @Test func `imports and a server that writes at the same time lose nothing`() async throws {
        let folder = try TemporaryFolder()
        try await Server.with(in: folder, .withoutModel.setting("ROOST_VECTOR_SEARCH_SNAPSHOT_CHANGES", "10")) {
            server in
            let lines = (0..<3_000).map {
                #"{"id": "i\#($0)", "text": "\#(Words.marker("m", 3)) passage number \#($0)"}"#
            }
            let file = folder.newFile("jsonl")
            try Files.write(lines.joined(separator: "\n"), to: file)
            async let first = run(["import", file, "--collection", "first", "--kind", "text"], in: folder)
            async let second = run(["import", file, "--collection", "second", "--kind", "text"], in: folder)
            for number in 0..<40 {
                let body: JSONValue = [
                    "passages": [["id": .string("s\(number)"), "fields": ["practice": "Written by the server."]]]
                ]
                #expect(try await server.caller.post("/v1/collections/best-practices/passages", body).status == 201)
            }
            for result in try await [first, second] { #expect(result.ending == .exited(0), "\(result.errors)") }
            while try await server.caller.get("/ready").number("passages") != 6_040 {
                try await Task.sleep(for: .milliseconds(50))
            }
            server.process.send(SIGTERM)
            #expect(await server.process.ended() == .exited(0))
        }
        try await Server.with(in: folder, .withoutModel) { server in
            let ready = try await server.caller.get("/ready")
            #expect(ready.number("passages") == 6_040)
        }
    }

    @Test func `a second server on the same directory is refused and told where the first one is`() async throws {
        let folder = try TemporaryFolder()
        try await Server.with(in: folder, .withoutModel) { server in
            let second = try await run(["serve", "--port", "0"], in: folder)
            #expect(second.ending == .exited(1))
            #expect(second.output.isEmpty)
            #expect(
                second.errors.contains(
                    "another server works on \(folder.data) (process \(server.process.id) at \(server.caller.address))"
                ),
                "\(second.errors)"
            )
            #expect(try await server.caller.get("/health").status == 200)
        }
    }

    /// The content of a queued document turns up in a file that is indexed before the queue has come to it.
    @Test func `a document whose twin was indexed meanwhile does not block those behind it`() async throws {
        let folder = try TemporaryFolder()
        let source = folder.path + "/source"
        try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: false)
        try Files.write("# One\n\nThe first text of the file.\n", to: source + "/a.md")
        #expect(try await run(["index", source, "--collection", "codebase-context"], in: folder).ending == .exited(0))
        let text = "# Two\n\n\(Words.marker("m", 4)) is in both.\n"
        try await Server.with(in: folder, .withoutModel) { server in
            // Many before it keep the queue busy while the file is indexed.
            for number in 0..<60 {
                let long =
                    "# Long \(number)\n\n" + String(repeating: "Sentence \(number) of a long document. ", count: 2_000)
                _ = try await server.caller.post(
                    "/v1/documents",
                    ["source": .string("l\(number)"), "text": .string(long)]
                )
            }
            let twin = try await server.caller.post("/v1/documents", ["source": "twin", "text": .string(text)])
            let last = try await server.caller.post(
                "/v1/documents",
                ["source": "last", "text": "# Last\n\nThe end.\n"]
            )
            try Files.write(text, to: source + "/a.md")
            #expect(
                try await run(["index", source, "--collection", "codebase-context"], in: folder).ending == .exited(0)
            )
            for document in [twin, last] {
                let id = try #require(document["document_id"]?.stringValue)
                while try await server.caller.get("/v1/documents/\(id)")["status"] == "queued" {
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
        }
    }

    /// A backup of the file by another program, say: longer than the server is willing to wait.
    @Test func `another process that holds the write lock for long delays the server's work and does not end it`()
        async throws
    {
        let folder = try TemporaryFolder()
        let settings = ServerSettings.withoutModel.setting("ROOST_DATABASE_BUSY_TIMEOUT_SECS", "0.05")
        try await Server.with(in: folder, settings) { server in
            var ids: [String] = []
            for number in 0..<20 {
                let text =
                    "# Long \(number)\n\n" + String(repeating: "Sentence \(number) of a long document. ", count: 500)
                let answer = try await server.caller.post(
                    "/v1/documents",
                    ["source": .string("l\(number)"), "text": .string(text)]
                )
                ids.append(try #require(answer["document_id"]?.stringValue))
            }
            let refused = try await holdingTheWriteLock(in: folder) {
                while !server.process.errors.contains("reading documents failed and is tried again") {
                    try await Task.sleep(for: .milliseconds(20))
                }
                let body: JSONValue = ["passages": [["fields": ["practice": "Wait for your turn."]]]]
                return try await server.caller.post("/v1/collections/best-practices/passages", body)
            }
            #expect(refused.status == 503)
            for id in ids {
                while try await server.caller.get("/v1/documents/\(id)")["status"] != "ready" {
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
        }
    }

    private func holdingTheWriteLock<Result: Sendable>(
        in folder: TemporaryFolder,
        _ body: () async throws -> Result
    ) async throws -> Result {
        let database = try await Database.open(.init(.file(folder.data + "/roost.db")), migrations: [])
        do {
            let result = try await database.transaction { _ in try await body() }
            await database.close()
            return result
        } catch {
            await database.close()
            throw error
        }
    }

    private func run(_ arguments: [String], in folder: TemporaryFolder) async throws -> RoostProcess.Result {
        try await RoostProcess.run(
            arguments + ["--data", folder.data],
            environment: ServerSettings.withoutModel.variables,
            in: folder
        )
    }

    /// The server looks at the change log twice a second.
    private func waitUntil(_ server: Server, finds marker: String, _ count: Int) async throws {
        let query: JSONValue = ["query": .string(marker), "mode": "keyword", "limit": 100]
        while try await server.caller.post("/v1/search", query).objects("results").count != count {
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
