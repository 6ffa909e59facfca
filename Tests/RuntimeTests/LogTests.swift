import Glibc
import Synchronization
import Testing

@testable import Runtime

@Suite struct LogTests {
    @Test func `an event is one line of logfmt`() throws {
        let lines = Lines()
        let log = Log(sink: lines.sink(.logfmt)).with(["service": "roost"])
        log.info("started", ["port": "8080", "empty": "", "quoted": #"a "b" \ c=d"#])
        let line = try #require(lines.all.first)
        #expect(
            line.wholeMatch(of: /time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=info message=started .*\n/) != nil
        )
        #expect(line.hasSuffix(#" service=roost port=8080 empty="" quoted="a \"b\" \\ c=d""# + "\n"))
    }

    @Test(arguments: ["a\nlevel=error message=forged", "a\r\nb", "\u{1B}[31m", "tab\there", "\u{7F}"])
    func `no value can begin a line or a field of its own`(value: String) throws {
        let lines = Lines()
        Log(sink: lines.sink(.logfmt)).warning("event", ["value": value, "a key\n=": "x"])
        let line = try #require(lines.all.first)
        #expect(line.utf8.filter { $0 < 0x20 || $0 == 0x7F } == [0x0A])
        #expect(line.contains(" value=\""))
        #expect(line.contains(" a_key__=x"))
    }

    @Test func `what is below the level is neither written nor computed`() {
        let lines = Lines()
        let log = Log(level: .warning, sink: lines.sink(.logfmt))
        func unreachable() -> String {
            Issue.record("computed")
            return ""
        }
        log.info(unreachable(), ["x": unreachable()])
        log.debug(unreachable())
        Log.disabled.error(unreachable())
        log.error("seen")
        #expect(lines.all.count == 1)
    }

    @Test func `a secret prints as stars, wherever it is put`() {
        let secret = Secret("hunter2")
        let lines = Lines()
        Log(sink: lines.sink(.logfmt)).info("\(secret)", ["key": "\(secret)", "all": "\([secret])"])
        var dumped = ""
        dump(secret, to: &dumped)
        for text in lines.all + [dumped, String(reflecting: secret)] { #expect(!text.contains("hunter2")) }
        #expect(secret.reveal() == "hunter2")
    }

    @Test func `a terminal gets the time of day, the level and the message first`() throws {
        let lines = Lines()
        Log(sink: lines.sink(.readable)).error("broken\npipe", ["peer": "::1"])
        let line = try #require(lines.all.first)
        #expect(line.contains("ERROR"))
        #expect(line.hasSuffix("broken pipe  peer=::1\n"))
    }

    @Test func `a log that nobody reads holds nobody up, and says later what was lost`() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        try #require(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
        let writer = LineWriter(ends[1])
        for _ in 0..<200 { writer.write(Array((String(repeating: "x", count: 999) + "\n").utf8)) }
        let read = Self.all(from: ends[0]).count / 1_000
        #expect((1..<200).contains(read))
        writer.write(Array("last\n".utf8))
        let text = String(decoding: Self.all(from: ends[0]), as: UTF8.self)
        #expect(text == "… \(200 - read) lines of the log were lost: nobody read them in time\nlast\n")
    }

    /// What is there to read without waiting.
    private static func all(from descriptor: Int32) -> [UInt8] {
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4_096)
        while case let count = read(descriptor, &piece, piece.count), count > 0 { all += piece.prefix(count) }
        return all
    }

    @Test func `a level has a name, in any case`() {
        #expect(Log.Level(name: "Warning") == .warning)
        #expect(Log.Level(name: "loud") == nil)
        #expect(Log.Level.allCases == Log.Level.allCases.sorted())
    }
}

private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock(\.self) }

    func sink(_ format: LogSink.Format) -> LogSink {
        LogSink(format: format) { [self] bytes in lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) } }
    }
}
