import ContextCore
import Glibc
import Retrieval
import Runtime

/// What sessions cost in memory, and whether it comes back when they close.
enum SessionMemoryBenchmark {
    struct Report: Encodable {
        let subject = "sessions"
        let sessions: Int
        let rows: Int

        /// What the server counts, a row; what the system counts is in the rest, in megabytes of resident memory.
        let bytesPerRow: Int
        let before: Double
        let open: Double
        let peak: Double

        /// Seconds after the last session closed until less than 5 % of the growth was left; `nil` if not in ten.
        let secondsToReturn: Double?
        let after: Double

        private enum CodingKeys: String, CodingKey {
            case subject, sessions, rows
            case bytesPerRow = "bytes_a_row"
            case before = "before_mb"
            case open = "open_mb"
            case peak = "peak_mb"
            case secondsToReturn = "returned_s"
            case after = "after_mb"
        }
    }

    static func run(_ plan: BenchmarkPlan, _ rounds: BenchmarkRounds) async throws {
        try await rounds { [try await measure(plan)] }
    }

    /// Sessions grow side by side, an upload each in turn, as they do behind sockets.
    private static func measure(_ plan: BenchmarkPlan) async throws -> Report {
        var generator = SeededGenerator(seed: 1)
        let before = try residentMegabytes()
        var limits = SessionVectorLimits()
        limits.memoryBytes = .max
        let store = SessionVectorStore(dimensions: plan.dimensions, limits: limits)
        let sessions = (0..<plan.sessions).map { _ in store.openSession() }
        for first in stride(from: 0, to: plan.rows, by: limits.vectorsPerMessage) {
            let upload = upload(first..<min(first + limits.vectorsPerMessage, plan.rows), plan.dimensions, &generator)
            for session in sessions { _ = try await session.store(upload, replacing: false) }
        }
        let (open, bytes) = (try residentMegabytes(), store.memoryUse)
        for session in sessions { session.close() }
        let closed = MonotonicTime.now
        var returned: Double?
        while returned == nil, MonotonicTime.now.seconds(since: closed) < 10 {
            try await Task.sleep(for: .milliseconds(20))
            if try residentMegabytes() < before + (open - before) * 0.05 {
                returned = MonotonicTime.now.seconds(since: closed).rounded(to: 2)
            }
        }
        return Report(
            sessions: plan.sessions,
            rows: plan.rows,
            bytesPerRow: bytes / (plan.sessions * plan.rows),
            before: before,
            open: open,
            peak: peakMegabytes(),
            secondsToReturn: returned,
            after: try residentMegabytes()
        )
    }

    private static func upload(_ rows: Range<Int>, _ dimensions: Int, _ generator: inout SeededGenerator)
        -> VectorUpload
    {
        VectorUpload(
            rows: rows.map { .init(id: .string("chunk_\($0)"), metadata: #"{"source":"a.pdf","page":\#($0)}"#) },
            numbers: (0..<rows.count * dimensions).map { _ in Float.random(in: -1...1, using: &generator) }
        )
    }

    private static func residentMegabytes() throws -> Double {
        let fields = String(decoding: try FileSystem.read("/proc/self/statm"), as: UTF8.self).split(separator: " ")
        let pages = fields.count > 1 ? Double(fields[1]) ?? 0 : 0
        return (pages * Double(sysconf(CInt(_SC_PAGESIZE))) / 1_048_576).rounded(to: 1)
    }

    private static func peakMegabytes() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return (Double(usage.ru_maxrss) / 1_024).rounded(to: 1)
    }
}
