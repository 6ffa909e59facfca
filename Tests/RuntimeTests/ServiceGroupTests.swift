import Runtime
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct ServiceGroupTests {
    @Test func `services stop in reverse order, each when those after it have ended`() async throws {
        let diary = Diary()
        let stop = Latch<Void>()
        let names = ["database", "engine", "server"]
        let group = ServiceGroup(names.map { ($0, Recorder(name: $0, diary: diary)) }, stop: stop)
        async let running: Void = group.run()
        for name in names { try await diary.wait(for: "\(name) began") }
        stop.open()
        try await running
        #expect(diary.lines.suffix(3) == ["server ended", "engine ended", "database ended"])
    }

    @Test func `a service that fails takes the group down, and its error is what run throws`() async throws {
        struct Broken: Error {}
        let diary = Diary()
        let broken = Recorder(name: "broken", diary: diary) { throw Broken() }
        let group = ServiceGroup([
            ("database", Recorder(name: "database", diary: diary)), ("broken", broken),
            ("server", Recorder(name: "server", diary: diary)),
        ])
        await #expect(throws: Broken.self) { try await group.run() }
        #expect(diary.lines.last == "database ended")
        #expect(diary.lines.contains("server ended"))
    }

    @Test func `a service that ends on its own is a failure with its name`() async throws {
        let group = ServiceGroup([("short", Recorder(name: "short", diary: Diary()) {})])
        let error = await #expect(throws: ServiceEnded.self) { try await group.run() }
        #expect(error?.description == "the service short ended on its own")
    }

    @Test func `cancelling the group's task cancels its services`() async throws {
        let diary = Diary()
        let group = ServiceGroup([("only", Recorder(name: "only", diary: diary))])
        let running = Task { try await group.run() }
        try await diary.wait(for: "only began")
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(diary.lines.last == "only ended")
    }
}

/// Writes down when it begins and ends.
private struct Recorder: Service {
    let name: String
    let diary: Diary
    var work: @Sendable () async throws -> Void = { try await Latch<Void>().wait() }

    func run() async throws {
        diary.write("\(name) began")
        defer { diary.write("\(name) ended") }
        try await work()
    }
}

private final class Diary: Sendable {
    private let pages = Mutex<[String]>([])

    var lines: [String] { pages.withLock(\.self) }

    func write(_ line: String) { pages.withLock { $0.append(line) } }

    func wait(for line: String) async throws {
        try await eventually { lines.contains(line) }
    }
}
