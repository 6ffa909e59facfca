import Embeddings
import Runtime

/// How the embedder is: a short text was embedded.
struct EmbedderStatus: Encodable {
    let name: String
    let dimensions: Int

    /// `ok` or `failed`.
    let status: String
    let milliseconds: Double
    let problem: String?

    /// - Throws: `CancellationError`.
    static func ask(_ embedder: CachedEmbedder?) async throws -> EmbedderStatus? {
        guard let embedder else { return nil }
        let start = MonotonicTime.now
        var problem: String?
        do {
            _ = try await embedder.embeddings(of: ["status"])
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            problem = "\(error)"
        }
        return EmbedderStatus(
            name: embedder.identity.name,
            dimensions: embedder.dimensions,
            status: problem == nil ? "ok" : "failed",
            milliseconds: MonotonicTime.now.milliseconds(since: start),
            problem: problem
        )
    }

    var text: String {
        "\(name), \(dimensions) numbers, \(status), \(milliseconds) ms" + (problem.map { ": \($0)" } ?? "")
    }
}
