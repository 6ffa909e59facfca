import Glibc
import Runtime
import Synchronization

/// Standard output and standard error of the process.
///
/// An answer that can't be written is a failure of the command: a full disk behind `roost export > FILE` must not look like
/// a whole export. Lines about the work are lost silently, for there is no other place to say it.
struct Terminal: Sendable {
    /// Standard output takes nothing more.
    struct OutputFailure: Error, Equatable, CustomStringConvertible {
        let code: CInt

        /// Whoever read the output has gone: `roost export | head`.
        ///
        /// That is no failure, only the end.
        var isClosedPipe: Bool { code == EPIPE }

        var description: String { "standard output: \(String(cString: strerror(code)))" }
    }

    private static let turn = Mutex(())

    /// Whether somebody watches the progress, and may be shown a line that changes.
    let isInteractive: Bool
    let hasColour: Bool

    /// Whether a person types what comes in.
    let hasTypist: Bool

    /// Whether a person reads what goes out.
    let hasReader: Bool

    init(environment: Environment) {
        let hasReader = isatty(STDOUT_FILENO) == 1
        self.init(
            isInteractive: isatty(STDERR_FILENO) == 1,
            hasColour: hasReader && environment["NO_COLOR"] == nil,
            hasTypist: isatty(STDIN_FILENO) == 1,
            hasReader: hasReader
        )
    }

    init(isInteractive: Bool, hasColour: Bool, hasTypist: Bool = false, hasReader: Bool = false) {
        self.isInteractive = isInteractive
        self.hasColour = hasColour
        self.hasTypist = hasTypist
        self.hasReader = hasReader
    }

    /// A line of the answer.
    func print(_ line: String) throws(OutputFailure) { try write(line + "\n") }

    /// Somebody else's words as they come, where they are read without what would move the cursor, colour the screen or
    /// answer in the reader's name.
    func say(_ piece: String) throws(OutputFailure) { try write(hasReader ? Self.printable(piece) : piece) }

    /// Without control characters but line breaks and tabs.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { scalar in
                    scalar == "\n" || scalar == "\t" || scalar.properties.generalCategory != .control
                }
            )
        )
    }

    private func write(_ text: String) throws(OutputFailure) {
        let code = Self.write(text, to: STDOUT_FILENO)
        guard code == 0 else { throw OutputFailure(code: code) }
    }

    /// A line about the work.
    func note(_ line: String) { _ = Self.write(noted(line), to: STDERR_FILENO) }

    /// Takes the place of a line that changes, which comes back below it.
    func noted(_ line: String) -> String { (isInteractive ? Self.clearLine : "") + line + "\n" }

    /// Replaces the last line of standard error; only where ``isInteractive``.
    func replace(with line: String) { _ = Self.write(Self.clearLine + line, to: STDERR_FILENO) }

    private static let clearLine = "\r\u{1B}[K"

    func emphasized(_ text: String) -> String { hasColour ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

    func dimmed(_ text: String) -> String { hasColour ? "\u{1B}[2m\(text)\u{1B}[0m" : text }

    /// - Returns: 0, or the error number.
    private static func write(_ text: String, to descriptor: CInt) -> CInt {
        turn.withLock { _ in
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return errno }
                rest = rest.dropFirst(count)
            }
            return 0
        }
    }
}
