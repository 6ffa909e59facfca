import Runtime
import VectorSearch

/// What is measured, and how much of it.
struct BenchmarkPlan: Sendable {
    var rows = 10_000
    var dimensions = 384
    var queries = 1_000

    /// Beam widths of the graph's search.
    var widths = [64]

    /// Shares of the rows that a search's filter lets pass.
    var shares = [1.0]

    /// Texts of one request to the embedder.
    var batch = 1_000

    /// Sessions that hold vectors at the same time.
    var sessions = 200

    /// Files: the vectors to search, the texts to embed, and where to write what came out.
    var vectors: String?
    var texts: String?
    var output: String?
}

/// How often what a subject has prepared is measured: it calls `measure` for every round.
///
/// So a program that compares us with somebody else can take turns with us, because a machine's speed drifts.
struct BenchmarkRounds {
    private let invocation: Invocation
    private let isPaced: Bool

    /// - Parameter isPaced: a round for each line of standard input, after a first line says that all is prepared.
    init(_ invocation: Invocation, isPaced: Bool) {
        self.invocation = invocation
        self.isPaced = isPaced
    }

    /// The report of a round is one line of JSON.
    func callAsFunction(_ measure: () async throws -> [some Encodable]) async throws {
        guard isPaced else { return try invocation.print(json: try await measure()) }
        invocation.terminal.print("ready")
        while readLine() != nil { try invocation.print(json: try await measure()) }
    }
}

/// Times of one kind of work, in milliseconds each.
struct BenchmarkReport: Encodable {
    let subject: String

    /// How often the work was done.
    let n: Int
    let p50: Double
    let p99: Double

    /// Pieces of work a second, one after the other.
    let rate: Double
    let rows: Int?
    let instructions: String
    var width: Int?

    /// The share of the rows that the filter let pass.
    var share: Double?
    var recall: Double?
    var buildSeconds: Double?

    private enum CodingKeys: String, CodingKey {
        case subject, n, rate, rows, instructions, width, share
        case p50 = "p50_ms"
        case p99 = "p99_ms"
        case recall = "recall@10"
        case buildSeconds = "build_s"
    }

    init(_ subject: String, milliseconds: [Double], rows: Int? = nil) {
        let times = Percentiles(milliseconds)
        let total = milliseconds.reduce(0, +)
        self.subject = subject
        n = milliseconds.count
        p50 = times[0.5].rounded(to: 4)
        p99 = times[0.99].rounded(to: 4)
        rate = total > 0 ? (Double(milliseconds.count) / total * 1_000).rounded(to: 1) : 0
        self.rows = rows
        instructions = InstructionSet.available.last.map { "\($0)" } ?? "portable"
    }
}

/// Numbers that are the same in every run: SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

func milliseconds(of work: () throws -> Void) rethrows -> Double {
    let start = MonotonicTime.now
    try work()
    return MonotonicTime.now.seconds(since: start) * 1_000
}
