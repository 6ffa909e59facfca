/// Limits and sizes of a ``LocalEmbedder``.
package struct LocalEmbedderConfiguration: Sendable {
    /// Batches that are computed at the same time.
    ///
    /// Each thread has its own working memory (about 3 MB).
    package var threads = 2

    /// Tokens in a batch: enough to make reading the weights cheap, few enough that a query doesn't wait long.
    package var batchTokens = 512

    /// Tokens that may wait before a request is refused.
    package var queueTokens = 4_000_000

    /// The kernels to compute with; the fastest that this processor can run unless told otherwise.
    package var instructions: EncoderInstructions?

    package var textsPerRequest = 10_000
    package var bytesPerText = 4 << 20

    package init() {}
}
