import Glibc

/// A moment of a clock that never goes back: for durations, not for dates.
///
/// `ContinuousClock` says the same in twice the words and four times the instructions.
package struct MonotonicTime: Comparable, Sendable {
    package let nanoseconds: UInt64

    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    package static var now: MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    /// Seconds since `earlier`; 0 when that is not earlier.
    package func seconds(since earlier: MonotonicTime) -> Double {
        nanoseconds > earlier.nanoseconds ? Double(nanoseconds - earlier.nanoseconds) / 1e9 : 0
    }

    /// A negative duration leads to an earlier moment.
    package func advanced(by duration: Duration) -> MonotonicTime {
        let (seconds, attoseconds) = duration.components
        let step = Double(seconds) * 1e9 + Double(attoseconds) / 1e9
        return MonotonicTime(nanoseconds: UInt64(max(0, Double(nanoseconds) + step)))
    }

    package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
}
