internal import CTransformerKernels

/// One thread's memory for encoding batches of up to `capacity` tokens.
///
///     rows          capacity × width     the tokens' vectors, replaced by each layer
///     attended      capacity × width     what attention mixed
///     hidden        tile × hidden        inside the feed-forward network
///     result        tile × width         what is added to the rows next
///     projections   capacity × 3 · 32    queries, keys and values of one head
///     attention     …                    scratch of the kernel
///
/// The first four belong to the batch that the thread leads and are shared with those who help it; the last two are the
/// thread's own. Unchecked because ``EncoderRun`` divides the shared ones among the threads, and the embedder gives a
/// workspace to one batch at a time.
final class EncoderWorkspace: @unchecked Sendable {
    let rows: UnsafeMutablePointer<Float>
    let attended: UnsafeMutablePointer<Float>
    let hidden: UnsafeMutablePointer<Float>
    let result: UnsafeMutablePointer<Float>
    let projections: UnsafeMutablePointer<Float>
    let attention: UnsafeMutablePointer<Float>

    init(capacity: Int, shape: EncoderShape) {
        rows = AlignedFloats.allocate(capacity * shape.width)
        attended = AlignedFloats.allocate(capacity * shape.width)
        hidden = AlignedFloats.allocate(EncoderProgram.tileRows * shape.hidden)
        result = AlignedFloats.allocate(EncoderProgram.tileRows * shape.width)
        projections = AlignedFloats.allocate(capacity * EncoderLayer.headColumns)
        attention = AlignedFloats.allocate(transformer_attention_scratch(shape.positions))
    }

    deinit {
        for matrix in [rows, attended, hidden, result, projections, attention] { matrix.deallocate() }
    }
}
