/// A moment as milliseconds since 1970 UTC, written in ISO 8601.
package struct Timestamp: Hashable, Comparable, Sendable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    package func adding(seconds: Int) -> Timestamp {
        Timestamp(milliseconds: milliseconds + Int64(seconds) * 1_000)
    }

    /// `2026-01-05T21:00:00Z`; the milliseconds are dropped.
    package var iso8601: String {
        let seconds = Self.floorDivide(milliseconds, 1_000)
        let days = Self.floorDivide(seconds, 86_400)
        let clock = seconds - days * 86_400
        let (year, month, day) = Self.civil(days)
        return Self.pad(year, 4) + "-" + Self.pad(month, 2) + "-" + Self.pad(day, 2)
            + "T" + Self.pad(clock / 3_600, 2) + ":" + Self.pad(clock / 60 % 60, 2) + ":" + Self.pad(clock % 60, 2) + "Z"
    }

    /// Days since 1970 to the proleptic Gregorian calendar: Howard Hinnant, "chrono-Compatible Low-Level Date
    /// Algorithms", civil_from_days.
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let march = (5 * dayOfYear + 2) / 153
        let month = march < 10 ? march + 3 : march - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * march + 2) / 5 + 1)
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : (value - divisor + 1) / divisor
    }

    private static func pad(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Timestamp {
    /// Reads `2026-01-05`, `2026-01-05T21:00:00Z`, with or without a fraction of a second; UTC only.
    package init?(iso8601 text: String) {
        let parts = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        guard let date = Self.numbers(in: parts[0], separator: "-", widths: [4, 2, 2]), (1...12).contains(date[1]) else { return nil }
        let days = Self.days(date[0], date[1], date[2])
        // The 30th of February would quietly be another day.
        guard Self.civil(days) == (date[0], date[1], date[2]) else { return nil }
        var seconds = days * 86_400
        if parts.count == 2 {
            guard let clock = Self.secondsOfDay(parts[1]) else { return nil }
            seconds += clock
        }
        self.init(milliseconds: seconds * 1_000)
    }

    /// The inverse of ``civil(_:)``: days_from_civil of the same paper.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func secondsOfDay(_ text: Substring) -> Int64? {
        guard text.hasSuffix("Z") else { return nil }
        let parts = text.dropLast().split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.dropFirst().first ?? "0"
        guard let clock = numbers(in: parts[0], separator: ":", widths: [2, 2, 2]),
            (0..<24).contains(clock[0]), (0..<60).contains(clock[1]), (0...60).contains(clock[2]),
            !fraction.isEmpty, fraction.utf8.allSatisfy(isDigit)
        else { return nil }
        return clock[0] * 3_600 + clock[1] * 60 + clock[2]
    }

    /// Numbers of exactly so many digits each, without signs.
    private static func numbers(in text: Substring, separator: Character, widths: [Int]) -> [Int64]? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == widths, parts.allSatisfy({ $0.utf8.allSatisfy(isDigit) }) else { return nil }
        return parts.compactMap { Int64($0) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
