import Runtime
import Synchronization

/// A log that a test can read.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock(\.self) }

    var sink: LogSink {
        LogSink(format: .logfmt) { [self] bytes in
            lines.withLock { $0.append(String(decoding: bytes.dropLast(), as: UTF8.self)) }
        }
    }
}
