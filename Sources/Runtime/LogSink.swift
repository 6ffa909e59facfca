import Glibc
import Synchronization

/// Where log lines go.
///
/// A line is one `write`, under a lock, so lines of different threads never mix. A line that can't be written is lost: the
/// log must not take the server down with a full disk, nor hold it up with a reader that doesn't read. How many were lost
/// is said when there is room again.
package struct LogSink: Sendable {
    package enum Format: Sendable {
        /// `time=… level=info message="…" key=value`, for machines.
        case logfmt
        /// `12:03:04.567 INFO  message  key=value`, in colour, for a person at a terminal.
        case readable
    }

    private let format: Format
    private let output: @Sendable ([UInt8]) -> Void

    package init(format: Format, output: @escaping @Sendable ([UInt8]) -> Void) {
        self.format = format
        self.output = output
    }

    /// The format is chosen by whether a person can be reading.
    package static let standardError = LogSink(
        format: isatty(STDERR_FILENO) == 1 ? .readable : .logfmt,
        output: LineWriter(STDERR_FILENO).write
    )

    func write(_ level: Log.Level, _ message: String, _ metadata: [(key: String, value: String)], _ fields: Log.Fields)
    {
        var line = LogLine(capacity: 200)
        switch format {
        case .logfmt: line.beginLogfmt(time: .now, level: level, message: message)
        case .readable: line.beginReadable(time: .now, level: level, message: message)
        }
        for (key, value) in metadata { line.append(key, value) }
        for (key, value) in fields { line.append(key, value) }
        output(line.finished())
    }
}

/// Writes line after line to a descriptor, and gives up those for which there is no room.
final class LineWriter: Sendable {
    private let descriptor: Int32
    private let lost = Mutex(0)

    /// Milliseconds that a reader gets to make room, once; as long as it makes none, no other line waits for it.
    private static let patience: Int32 = 100

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    func write(_ line: [UInt8]) {
        lost.withLock { lost in
            guard hasRoom(within: lost == 0 ? Self.patience : 0) else { return lost += 1 }
            if lost > 0 { writeAll(Array("… \(lost) lines of the log were lost: nobody read them in time\n".utf8)) }
            lost = 0
            writeAll(line)
        }
    }

    /// A pipe that can be written to has room for a page.
    private func hasRoom(within patience: Int32) -> Bool {
        var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&state, 1, patience) != 0
    }

    private func writeAll(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
                let count = Glibc.write(descriptor, start, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }
}
