/// The sizes of a BERT encoder.
package struct EncoderShape: Sendable, Equatable {
    package var layers: Int

    /// Elements of a token's vector, and of the embedding.
    package var width: Int

    /// Elements of the feed-forward layer in between.
    package var hidden: Int

    package var heads: Int
    package var positions: Int

    /// Tokens in one window with the two special ones: what the model was trained on.
    package var window: Int

    package var normEpsilon: Float

    /// all-MiniLM-L6-v2.
    package static let miniLM = EncoderShape(
        layers: 6,
        width: 384,
        hidden: 1536,
        heads: 12,
        positions: 512,
        window: 256,
        normEpsilon: 1e-12
    )
}
