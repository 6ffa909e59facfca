import Embeddings
import Runtime

/// Embeds texts, a batch a request and nothing from a cache; a report's times are those of one text in its request.
struct EmbeddingBenchmark {
    private let plan: BenchmarkPlan
    private let embedder: LocalEmbedder
    private let batches: [(subject: String, texts: [String])]

    static func run(_ plan: BenchmarkPlan, _ rounds: BenchmarkRounds, _ invocation: Invocation) async throws {
        let benchmark = try EmbeddingBenchmark(plan, try EmbedderChoice.localEmbedder(invocation.configuration))
        try await rounds { try await benchmark.round() }
    }

    /// The lines of the plan's file, else made-up sentences of about 20 and of about 256 tokens.
    private init(_ plan: BenchmarkPlan, _ embedder: LocalEmbedder) throws {
        self.plan = plan
        self.embedder = embedder
        if let path = plan.texts {
            var lines = try LineReader(path: path)
            var texts: [String] = []
            while let line = try lines.next() { texts.append(String(decoding: line, as: UTF8.self)) }
            batches = [("embed", texts)]
        } else {
            batches = [14, 190].map { words in
                var prose = Prose(seed: 1)
                let texts = (0..<max(1, plan.queries / 10)).map { _ in prose.text(words: words) }
                return ("embed, about \(embedder.tokenizer.count(texts[0])) tokens", texts)
            }
        }
    }

    private func round() async throws -> [BenchmarkReport] {
        var reports: [BenchmarkReport] = []
        for (subject, texts) in batches {
            var vectors: [Float] = []
            vectors.reserveCapacity(texts.count * embedder.dimensions)
            var times: [Double] = []
            for first in stride(from: 0, to: texts.count, by: plan.batch) {
                let request = Array(texts[first..<min(first + plan.batch, texts.count)])
                let start = MonotonicTime.now
                for embedding in try await embedder.embed(request) { vectors += embedding.vector }
                let each = MonotonicTime.now.seconds(since: start) * 1_000 / Double(request.count)
                times += repeatElement(each, count: request.count)
            }
            reports.append(BenchmarkReport(subject, milliseconds: times))
            if let path = plan.output { try vectors.withUnsafeBytes { try FileSystem.write(Array($0), to: path) } }
        }
        return reports
    }
}
