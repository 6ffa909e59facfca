import ContextCore
import FoundationEssentials
import Glibc
import Runtime

/// What a command runs with.
struct Invocation: Sendable {
    let effective: EffectiveConfiguration
    let environment: Environment
    let terminal: Terminal
    let wantsJSON: Bool
    let log: Log

    /// Opened by SIGTERM and SIGINT.
    let stop: Latch<Void>

    /// Where SIGINT goes instead, if somebody takes it.
    let interrupts: Interrupts

    var configuration: Configuration { effective.values }

    /// Prints one line of JSON.
    func print(json value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try terminal.print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}

extension Invocation {
    /// Prints one line of JSON.
    func print(writing value: some JSONWritable) throws {
        var json = JSONWriter()
        value.write(to: &json)
        try terminal.print(String(decoding: json.bytes, as: UTF8.self))
    }
}

/// A command could not do its work; the description is for the person who ran it.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension Timestamp {
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
