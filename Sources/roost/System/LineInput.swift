import Glibc
import Runtime
import Synchronization

/// Standard input, line by line, for a reader that can be told to stop waiting.
///
/// A thread of its own waits in `poll`, also for a pipe that others write to: a `read` alone could not be left.
final class LineInput: Sendable {
    /// Somebody asked not to wait any longer; what was not a whole line is forgotten.
    struct Interrupted: Error {}

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct State {
        var buffer: [UInt8] = []
        var lines = 0
        var isAtEnd = false
    }

    private let descriptor: CInt
    private let alarm: (reading: CInt, writing: CInt)
    private let thread = BlockingExecutor(name: "standard-input")
    private let state = Mutex(State())

    /// Bytes of a line; a longer one is refused rather than kept in memory.
    private static let limit = 4 << 20

    init(_ descriptor: CInt = STDIN_FILENO) throws(FileSystem.Failure) {
        var ends: [CInt] = [0, 0]
        guard pipe(&ends) == 0 else { throw FileSystem.Failure(path: "standard input", code: errno) }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        self.descriptor = descriptor
        alarm = (ends[0], ends[1])
    }

    deinit {
        close(alarm.reading)
        close(alarm.writing)
    }

    /// Lines that were read so far.
    var count: Int { state.withLock(\.lines) }

    /// The next line without its line break; `nil` at the end.
    ///
    /// - Throws: ``Failure`` for what is no line of UTF-8, ``Interrupted``, ``FileSystem/Failure``, `CancellationError`.
    func next() async throws -> String? {
        while true {
            if let line = try waiting() { return line }
            if state.withLock(\.isAtEnd) { return nil }
            try await fill()
        }
    }

    /// Ends the wait of ``next()``, or of the next call.
    func interrupt() {
        var byte: UInt8 = 0
        _ = Glibc.write(alarm.writing, &byte, 1)
    }

    /// A line that is there already, also the last one without a line break; `nil` when it would have to be waited for.
    func waiting() throws -> String? {
        let line: ArraySlice<UInt8>? = state.withLock { state in
            let end = state.buffer.firstIndex(of: 0x0A)
            guard let end = end ?? (state.isAtEnd && !state.buffer.isEmpty ? state.buffer.endIndex : nil) else {
                return nil
            }
            defer { state.buffer.removeSubrange(..<min(end + 1, state.buffer.endIndex)) }
            state.lines += 1
            return state.buffer[..<end]
        }
        guard let line else { return nil }
        guard let text = String(validating: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self) else {
            throw Failure(description: "line \(count) of standard input is not UTF-8")
        }
        return text
    }

    private func fill() async throws {
        let read = try await withTaskCancellationHandler {
            try await thread.run { [descriptor, alarm] in try Self.read(descriptor, alarm.reading) }
        } onCancel: {
            interrupt()
        }
        try Task.checkCancellation()
        guard let read else {
            state.withLock { $0.buffer = [] }
            throw Interrupted()
        }
        let length = state.withLock { state in
            if read.isEmpty { state.isAtEnd = true }
            state.buffer += read
            return state.buffer.count
        }
        guard length <= Self.limit || state.withLock({ $0.buffer.contains(0x0A) }) else {
            throw Failure(
                description:
                    "line \(count + 1) of standard input has more than \(Self.limit) bytes; break it into several"
            )
        }
    }

    /// Waits for bytes or for the alarm.
    ///
    /// - Returns: no bytes at the end; `nil` after the alarm.
    private static func read(_ descriptor: CInt, _ alarm: CInt) throws(FileSystem.Failure) -> [UInt8]? {
        var waits = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: alarm, events: Int16(POLLIN), revents: 0),
        ]
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let found = poll(&waits, 2, -1)
            if found < 0, errno == EINTR { continue }
            guard found >= 0 else { throw FileSystem.Failure(path: "standard input", code: errno) }
            guard waits[1].revents == 0 else {
                while Glibc.read(alarm, &bytes, bytes.count) > 0 {}
                return nil
            }
            let count = Glibc.read(descriptor, &bytes, bytes.count)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count >= 0 else { throw FileSystem.Failure(path: "standard input", code: errno) }
            return Array(bytes.prefix(count))
        }
    }
}
