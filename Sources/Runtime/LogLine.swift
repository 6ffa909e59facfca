import Glibc

/// The bytes of one log line.
struct LogLine {
    private var bytes: [UInt8] = []

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func beginLogfmt(time: WallTime, level: Log.Level, message: String) {
        bytes += "time=".utf8
        bytes += time.iso8601.utf8
        bytes += " level=".utf8
        bytes += level.name.utf8
        append("message", message)
    }

    mutating func beginReadable(time: WallTime, level: Log.Level, message: String) {
        bytes += time.timeOfDay.utf8
        bytes += Self.badge(level).utf8
        for byte in message.utf8 { bytes.append(byte < 0x20 ? 0x20 : byte) }
        bytes.append(0x20)
    }

    mutating func append(_ key: String, _ value: String) {
        bytes.append(0x20)
        // A key is ours; one that isn't a word would still break the line.
        for byte in key.utf8 { bytes.append(byte > 0x20 && byte != 0x3D && byte != 0x22 ? byte : 0x5F) }
        bytes.append(0x3D)
        if Self.isPlain(value) { bytes += value.utf8 } else { appendQuoted(value) }
    }

    consuming func finished() -> [UInt8] {
        bytes.append(0x0A)
        return bytes
    }

    /// Nobody can forge a second line or a second field with a value: quotes, backslashes and control characters are escaped.
    private mutating func appendQuoted(_ value: String) {
        bytes.append(0x22)
        for byte in value.utf8 {
            switch byte {
            case 0x22, 0x5C: bytes += [0x5C, byte]
            case 0x0A: bytes += "\\n".utf8
            case 0x0D: bytes += "\\r".utf8
            case 0x09: bytes += "\\t".utf8
            case 0..<0x20, 0x7F: bytes += "\\x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(0x22)
    }

    private static func isPlain(_ value: String) -> Bool {
        !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 != 0x5C && $0 != 0x7F }
    }

    private static func badge(_ level: Log.Level) -> String {
        switch level {
        case .trace: " \u{1B}[90mTRACE\u{1B}[0m "
        case .debug: " \u{1B}[36mDEBUG\u{1B}[0m "
        case .info: " \u{1B}[32mINFO\u{1B}[0m  "
        case .warning: " \u{1B}[33mWARN\u{1B}[0m  "
        case .error: " \u{1B}[31mERROR\u{1B}[0m "
        }
    }
}

/// The time of day in UTC, to the millisecond.
struct WallTime {
    let seconds: Int
    let milliseconds: Int

    static var now: WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(seconds: time.tv_sec, milliseconds: time.tv_nsec / 1_000_000)
    }

    /// RFC 3339, `2026-01-31T12:03:04.567Z`.
    var iso8601: String {
        let parts = parts
        return "\(pad(Int(parts.tm_year) + 1900, 4))-\(pad(parts.tm_mon + 1))-\(pad(parts.tm_mday))T\(clock(parts))Z"
    }

    var timeOfDay: String { clock(parts) }

    private var parts: tm {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        return parts
    }

    private func clock(_ parts: tm) -> String {
        "\(pad(parts.tm_hour)):\(pad(parts.tm_min)):\(pad(parts.tm_sec)).\(pad(milliseconds, 3))"
    }

    private func pad(_ number: some BinaryInteger, _ width: Int = 2) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
