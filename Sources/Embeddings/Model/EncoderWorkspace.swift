internal import CTransformerKernels

/// One thread's memory for encoding batches of up to `capacity` tokens.
///
///     rows          capacity × width        the tokens' vectors, replaced by each layer
///     projections   capacity × 3 · width    queries, keys and values
///     attended      capacity × width        what attention mixed
///     hidden        tile × hidden           inside the feed-forward network
///     result        tile × width            what is added to the rows next
///
/// All matrices have room for a whole number of padded tiles; rows past the last token hold old numbers that are
/// computed along and never read.
final class EncoderWorkspace {
    /// Rows that are worked on together.
    ///
    /// Their part of `hidden`, 128 · 1536 floats, fits into a second-level cache of 1 MB.
    static let tileRows = 128

    /// Numbers of rows are rounded up to a multiple of this, so that at most 32 kernels are compiled per kind of layer.
    private static let rowStep = 4

    let context: DenseContext
    let capacity: Int
    let rows: UnsafeMutablePointer<Float>
    let projections: UnsafeMutablePointer<Float>
    let attended: UnsafeMutablePointer<Float>
    let hidden: UnsafeMutablePointer<Float>
    let result: UnsafeMutablePointer<Float>
    let attentionScratch: UnsafeMutablePointer<Float>

    struct Tile {
        var first: Int
        var count: Int

        /// `count` rounded up to a number of rows for which there are kernels.
        var padded: Int
    }

    init(capacity: Int, shape: EncoderShape) throws(EmbeddingError) {
        let padded = capacity + Self.rowStep
        self.capacity = capacity
        context = try DenseContext()
        rows = Self.allocate(padded * shape.width)
        projections = Self.allocate(padded * shape.width * 3)
        attended = Self.allocate(padded * shape.width)
        hidden = Self.allocate(Self.tileRows * shape.hidden)
        result = Self.allocate(Self.tileRows * shape.width)
        attentionScratch = Self.allocate(transformer_attention_scratch(shape.positions))
    }

    deinit {
        for matrix in [rows, projections, attended, hidden, result, attentionScratch] { matrix.deallocate() }
    }

    func forEachTile(of count: Int, _ body: (Tile) throws(EmbeddingError) -> Void) throws(EmbeddingError) {
        for first in stride(from: 0, to: count, by: Self.tileRows) {
            let rows = min(Self.tileRows, count - first)
            let padded = (rows + Self.rowStep - 1) / Self.rowStep * Self.rowStep
            try body(Tile(first: first, count: rows, padded: padded))
        }
    }

    /// At the start of a cache line.
    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Float>.stride, alignment: 64)
        let floats = bytes.bindMemory(to: Float.self, capacity: count)
        floats.initialize(repeating: 0, count: count)
        return floats
    }
}
