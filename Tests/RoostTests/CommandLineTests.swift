import Glibc
import TestSupport
import Testing

@testable import roost

/// The built command, from outside.
@Suite(.timeLimit(.minutes(5))) struct CommandLineTests {
    private func withCommand(_ body: (BuiltCommand) async throws -> Void) async throws {
        try await withTemporaryDirectory { try await body(BuiltCommand(directory: $0)) }
    }

    @Test(
        arguments: [
            (["version"], 0), (["--help"], 0), (["search", "-h"], 0),
            (["search", "x"], 1), (["export"], 1), (["status"], 1), (["ask", "x"], 1), (["chat"], 0),
            (["chat", "--conversation", "c_nowhere"], 1), (["chat", "--collection", "nowhere"], 1),
            (["embed", "x", "--config", "/nowhere/roost.json"], 1),
            (["status", "--config", "/nowhere/roost.json"], 1),
            (["index", "/nowhere"], 1), (["import", "/nowhere", "--collection", "best-practices"], 1),
            ([], 2), (["talk"], 2), (["chat", "x"], 2), (["chat", "--modell", "x"], 2), (["embed"], 2),
            (["embed", "a", " "], 2), (["embed", "a", "-"], 2), (["ask", " "], 2), (["search"], 2),
            (["search", "x", "--limit", "101"], 2),
        ] as [([String], Int32)]
    )
    func `the exit code is 0 when all is well, 1 after a failure, 2 for what is not understood`(
        words: [String],
        code: Int32
    ) async throws {
        try await withCommand { roost in
            let result = try roost.start(words).end()
            #expect(result.code == code, "\(result.errors)")
        }
    }

    @Test func `errors go to standard error only`() async throws {
        try await withCommand { roost in
            let result = try roost.run("serch", "x")
            #expect(result.output.isEmpty)
            #expect(result.errors.contains("Did you mean “search”?"))
        }
    }

    @Test func `the data directory is its owner's alone`() async throws {
        try await withCommand { roost in
            let folder = roost.directory + "/notes"
            try write("# Trains\n\nThe train to Bremen leaves at nine.\n", to: folder + "/trains.md")
            #expect(try roost.run("index", folder).code == 0)
            #expect(try roost.run("status").code == 0)
            #expect(try roost.run("search", "x", "--collection", "nowhere").code == 1)
            var status = stat()
            #expect(stat(roost.directory + "/data", &status) == 0)
            #expect(status.st_mode & 0o777 == 0o700)
        }
    }

    @Test func `what was imported is found, exported, and imported again as it was`() async throws {
        try await withCommand { roost in
            let file = roost.directory + "/in.jsonl"
            try write(
                """
                {"id":"a","fields":{"error":"Too many clients","solution":"Size the pools."},"metadata":{"n":1}}
                not json

                {"id":"b","text":"Write a plain text.","meta":{"n":2}}
                {"id":"c","fields":{"nonsense":"x"}}
                {"id":"d"}

                """,
                to: file
            )
            let imported = try roost.run("import", file, "--collection", "error-solutions", "--json")
            #expect(imported.code == 0)
            #expect(
                imported.output
                    == #"{"created":2,"evicted":0,"ignored":["meta"],"refused":3,"unchanged":0,"updated":0}"# + "\n"
            )
            #expect(imported.errors.contains("members without a meaning were ignored: meta."))
            for line in ["line 2:", "line 5:", "line 6:"] { #expect(imported.errors.contains(line)) }
            let found = try roost.run("search", "pools", "--json")
            #expect(found.output.contains(#""id":"a""#) && found.output.contains(#""below_threshold":0"#))
            let exported = try roost.run("export", "--collection", "error-solutions").output
            #expect(exported.split(separator: "\n").count == 2)
            try write(exported, to: file)
            let again = try roost.run("import", file, "--collection", "error-solutions", "--json").output
            #expect(
                again == #"{"created":0,"evicted":0,"ignored":[],"refused":0,"unchanged":2,"updated":0}"# + "\n"
            )
        }
    }

    @Test func `what can't be read is a failure and no empty file`() async throws {
        try await withCommand { roost in
            let result = try roost.run("import", roost.directory, "--collection", "best-practices")
            #expect(result.code == 1)
            #expect(result.errors.contains("Is a directory"))
        }
    }

    @Test func `an answer that can't be written is a failure, unless its reader has left`() async throws {
        try await withCommand { roost in
            let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
            defer { close(full) }
            let lost = try roost.start(["version"], output: full).end()
            #expect(lost.code == 1)
            #expect(lost.errors.contains("standard output: No space left on device"))

            var ends: [CInt] = [0, 0]
            try #require(pipe(&ends) == 0)
            close(ends[0])
            defer { close(ends[1]) }
            let left = try roost.start(["version"], output: ends[1]).end()
            #expect(left.code == 128 + SIGPIPE)
            #expect(left.errors.isEmpty)
        }
    }

    @Test(arguments: [
        ["status", "--data="], ["export", "--since", "2026-01-05"], ["export", "--min-confidence", "2"],
    ])
    func `an option that would mean nothing is refused`(words: [String]) async throws {
        try await withCommand { roost in
            let result = try roost.start(words).end()
            #expect(result.code != 0 && !result.errors.isEmpty)
        }
    }

    @Test func `an unknown collection is made when its kind is given`() async throws {
        try await withCommand { roost in
            let file = roost.directory + "/in.jsonl"
            try write(#"{"text":"Bananas are yellow today."}"#, to: file)
            let without = try roost.run("import", file, "--collection", "fruit")
            #expect(without.code == 1)
            #expect(without.errors.contains("Add --kind text"))
            let with = try roost.run("import", file, "--collection", "fruit", "--kind", "text")
            #expect(with.code == 0)
            let answer = try roost.run("ask", "Are bananas yellow?")
            #expect(answer.output.contains("Bananas are yellow today. [1]"))
        }
    }

    @Test func `a server says where it is, keeps a second one away, and stops on SIGTERM`() async throws {
        try await withCommand { roost in
            let server = try roost.start(["serve", "--port", "0"])
            try await waitForLine(server)
            let second = BuiltCommand(directory: roost.directory + "/second")
            try FileSystem.createDirectory(second.directory)
            let refused = try second.run("serve", "--port", "0", "--data", roost.directory + "/data")
            #expect(refused.code == 1)
            #expect(refused.errors.contains("another server works on"))
            let status = try second.run("status", "--data", roost.directory + "/data")
            #expect(status.output.contains("server      http://127.0.0.1:"))
            #expect(status.output.contains("healthy"))
            let result = try server.end(with: SIGTERM)
            #expect(result.code == 0)
            #expect(result.output.hasPrefix("Roost is ready at http://127.0.0.1:"))
            #expect(result.output.split(separator: "\n").count == 1)
        }
    }

    @Test func `a watched folder is followed until SIGTERM`() async throws {
        try await withCommand { roost in
            let file = roost.directory + "/notes/a.md"
            try write("# One\n\nThe first version.\n", to: file)
            let watcher = try roost.start(["index", roost.directory + "/notes", "--watch"])
            try await waitForLine(watcher)
            try write("# One\n\nThe second version is longer.\n", to: file)
            try await waitForLine(watcher, 2)
            let result = try watcher.end(with: SIGTERM)
            #expect(result.code == 0)
            #expect(result.output.split(separator: "\n").allSatisfy { $0.contains("1 indexed") })
        }
    }

    /// Both say something as soon as they are ready; the suite's time limit is the bound.
    private func waitForLine(_ process: BuiltCommand.Running, _ count: Int = 1) async throws {
        while try process.text(process.files.output).split(separator: "\n").count < count {
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test func `what only reads makes no store where there is none`() async throws {
        try await withCommand { roost in
            let result = try roost.run("status")
            #expect(result.code == 1 && result.output.isEmpty)
            #expect(result.errors.contains("there is no store at \(roost.directory)/data/roost.db"))
            #expect(!FileSystem.exists(roost.directory + "/data/roost.db"))
        }
    }

    @Test func `two servers do not share a database that lies in the directory of one of them`() async throws {
        try await withCommand { roost in
            let server = try roost.start(["serve", "--port", "0"])
            try await waitForLine(server)
            let second = BuiltCommand(directory: roost.directory + "/second")
            let file = second.directory + "/roost.json"
            try write(#"{"database_url":"sqlite:\#(roost.directory)/data/roost.db"}"#, to: file)
            let refused = try second.run("serve", "--port", "0", "--config", file)
            #expect(refused.code == 1)
            #expect(refused.errors.contains("another server works on \(roost.directory)/data/roost.db"))
            #expect(try server.end(with: SIGTERM).code == 0)
        }
    }

    @Test func `a note takes the place of the line that changes`() {
        #expect(Terminal(isInteractive: true, hasColour: false).noted("a: skipped") == "\r\u{1B}[Ka: skipped\n")
        #expect(Terminal(isInteractive: false, hasColour: false).noted("a: skipped") == "a: skipped\n")
    }
}
