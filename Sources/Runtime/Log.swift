/// Structured log: one line per event, written before the call returns.
///
/// A value: adding metadata makes another log, and nothing is shared but the sink. The fields of a call that is below the
/// level are never computed. What must not be printed is a ``Secret``, which prints as `***` wherever it ends up.
package struct Log: Sendable {
    package enum Level: Int, Comparable, Sendable, CaseIterable {
        case trace, debug, info, warning, error

        package var name: String { "\(self)" }

        package init?(name: String) {
            guard let level = Self.allCases.first(where: { $0.name == name.lowercased() }) else { return nil }
            self = level
        }

        package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// Keys and values in the order in which they are written.
    package typealias Fields = KeyValuePairs<String, String>

    /// `nil`: nothing is logged.
    package var level: Level?
    private var metadata: [(key: String, value: String)] = []
    private let sink: LogSink

    package init(level: Level = .info, sink: LogSink = .standardError) {
        self.level = level
        self.sink = sink
    }

    package static let disabled = {
        var log = Log(sink: LogSink(format: .logfmt) { _ in })
        log.level = nil
        return log
    }()

    /// The same log with fields that stand on every line.
    package func with(_ fields: Fields) -> Log {
        var log = self
        log.metadata += fields.map { ($0.key, $0.value) }
        return log
    }

    package func isEnabled(_ level: Level) -> Bool {
        self.level.map { level >= $0 } ?? false
    }

    package func log(_ level: Level, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
        guard isEnabled(level) else { return }
        sink.write(level, message(), metadata, fields())
    }

    package func trace(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
        log(.trace, message(), fields())
    }

    package func debug(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
        log(.debug, message(), fields())
    }

    package func info(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
        log(.info, message(), fields())
    }

    package func warning(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
        log(.warning, message(), fields())
    }

    package func error(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
        log(.error, message(), fields())
    }
}
